//! `aduana invalid`: what looks at cases, and what changes them in one step.

use aduana_cases::case::State;
use aduana_invoice::{Fingerprint, Lang};
use aduana_redrive::answer::{
    Answer, CaseSummary, Code, Content, Failure, GroupAlert, GroupLine, GroupLines,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{feed, lines as objects, seen};
use crate::function::{ACTOR, BODY, Function, done, id, json_of, line, lines, refused, shown};

/// Three open cases on two pages, of which the second seller means harm.
fn three(request: &Value) -> Value {
    let hostile = CaseSummary {
        seller_name: Some("=HYPERLINK(\"http://x\")\u{1b}[2J\u{202e}".to_owned()),
        number: Some("-1+2".to_owned()),
        owner: Some("maria".to_owned()),
        ..line(2, State::Open)
    };
    match request["cursor"].as_str() {
        None => lines(vec![line(1, State::Open), hostile], Some("2")),
        Some(_) => lines(vec![line(3, State::Parked)], None),
    }
}

#[test]
fn the_open_cases_page_by_page() {
    let function = Function::open(three);
    assert_snapshot!(function.run(&["invalid", "list"]));
    assert_eq!(function.asked()[0]["select"], json!({"query": {"state": ["open"]}}));
    assert_eq!(function.asked()[1]["cursor"], "2");
    assert_snapshot!(Function::open(three).run(&["invalid", "list", "--lang", "es", "--limit", "2"]));
}

#[test]
fn every_filter_reaches_the_function() {
    let function = Function::open(|_| lines(Vec::new(), None));
    let args = "invalid list --state open,parked --group g --code BR-CO-15 --category data --seller Andina --source kafka:t --text x --since 2026-11-01 --until 2026-11-24";
    assert_snapshot!(function.run(&args.split(' ').collect::<Vec<_>>()));
    let query = json!({"state": ["open", "parked"], "group": "g", "code": "BR-CO-15", "category": "data", "seller": "Andina",
        "source": "kafka:t", "text": "x", "since": "2026-11-01", "until": "2026-11-24"});
    assert_eq!(function.asked()[0]["select"]["query"], query);
}

#[test]
fn programs_get_a_case_a_line() {
    let output = Function::open(three).command(&["invalid", "list", "--all", "--output", "json"]).output();
    let output = output.unwrap();
    let cases = objects(&output.stdout);
    assert_eq!(cases.len(), 3);
    assert_eq!(cases[1]["owner"], "maria");
    assert!(!output.stdout.contains(&0x1b));
}

#[cfg(unix)]
#[test]
fn a_watch_prints_what_is_new_or_has_changed_until_ctrl_c() {
    use std::process::{Command, Stdio};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    let (looked, wait) = std::sync::mpsc::channel();
    let (looked, looks) = (Mutex::new(looked), AtomicU32::new(0));
    let function = Function::open(move |_| {
        let look = looks.fetch_add(1, Ordering::SeqCst);
        looked.lock().unwrap().send(look).unwrap();
        // The same twice, but for the second case, which comes later.
        let mut cases = vec![line(1, State::Open)];
        cases.extend((look > 0).then(|| line(2, State::Parked)));
        for case in &mut cases {
            "2026-11-24T09:00:00.000Z".clone_into(&mut case.first_seen);
            "2026-11-24T09:00:00.000Z".clone_into(&mut case.received_at);
        }
        lines(cases, None)
    });
    let mut command = function.command(&["invalid", "list", "--watch", "--every", "1", "--output", "json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while wait.recv_timeout(Duration::from_secs(30)).unwrap() < 2 {}
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let ids: Vec<_> = objects(&output.stdout).iter().map(|case| case["id"].clone()).collect();
    assert_eq!(ids, [json!(id(1)), json!(id(2))]);
}

#[test]
fn groups_that_come_in_several_answers_are_added_up() {
    let group = |name: &str, count| GroupLine {
        group: name.to_owned(),
        label: "BR-CO-15 /totals/tax_inclusive".to_owned(),
        code: "BR-CO-15".to_owned(),
        category: aduana_invoice::Category::Data,
        message: "The total with tax is not the sum of its parts.".to_owned(),
        seller: None,
        count,
        first_seen: "2026-11-24T09:00:00.000Z".to_owned(),
        last_seen: "2026-11-24T10:30:00.000Z".to_owned(),
        alert: (name == "b").then(|| GroupAlert {
            alerted_at: Some("2026-11-24T10:28:00.000Z".to_owned()),
            not_alerted: 12,
            next_at: Some("2026-11-24T10:33:00.000Z".to_owned()),
        }),
    };
    let answer = move |request: &Value| {
        let (groups, cursor) = match request["cursor"].as_str() {
            None => (vec![group("a", 3)], Some("more".to_owned())),
            Some(_) => (vec![group("a", 2), group("b", 40)], None),
        };
        json_of(Answer::Groups(GroupLines { groups, cursor, ..GroupLines::default() }))
    };
    assert_snapshot!(Function::open(answer).run(&["invalid", "groups"]));
}

fn get(request: &Value) -> Value {
    json_of(Answer::Get(Box::new(shown(request["unmask"] == json!(true)))))
}

#[test]
fn a_case_is_shown_masked_and_harmless() {
    let one = id(1).to_string();
    assert_snapshot!(Function::open(get).run(&["invalid", "show", &one]));
    assert_snapshot!(Function::open(get).run(&["invalid", "show", &one, "--lang", "es"]));
}

#[test]
fn the_exact_body_is_shown_for_a_reason_on_record() {
    let function = Function::open(get);
    let one = id(1).to_string();
    let run = function.run(&["invalid", "show", &one, "--body", "--unmask", "--reason", "audit"]);
    assert_eq!(run, format!("exit code 0\n--- standard output\n{BODY}"));
    let asked = &function.asked()[0];
    assert_eq!(
        (&asked["actor"], &asked["reason"], &asked["unmask"]),
        (&json!(ACTOR), &json!("audit"), &json!(true))
    );
    for bad in [&["--body"][..], &["--unmask"], &["--reason", "x"]] {
        let run = function.run(&[&["invalid", "show", &one], bad].concat());
        assert!(run.starts_with("exit code 2\n"), "{run}");
    }
    assert_eq!(function.asked().len(), 1, "nothing was asked without a reason");
}

/// Answers as the function does about a body of three pieces, or, from the second piece on, about another one.
fn get_in_pieces(request: &Value, later: &[u8]) -> Value {
    let mut shown = shown(true);
    let body = shown.body.as_mut().unwrap();
    (body.content, body.bytes) = (None, BODY.len());
    body.fingerprint = Fingerprint::of(BODY.as_bytes()).to_string();
    if let Some(from) = request["from"].as_u64() {
        let from = usize::try_from(from).unwrap();
        let bytes = if from == 0 { BODY.as_bytes() } else { later };
        let piece: Vec<u8> = bytes.iter().skip(from).take(25).copied().collect();
        body.content = Some(Content::Base64(STANDARD.encode(piece)));
        body.from = Some(from);
    }
    json_of(Answer::Get(Box::new(shown)))
}

#[test]
fn a_body_that_is_too_long_for_an_answer_is_read_in_pieces_for_the_same_reason() {
    let one = id(1).to_string();
    let args = ["invalid", "show", &one, "--body", "--unmask", "--reason", "audit", "--which", "original"];
    let function = Function::open(|request| get_in_pieces(request, BODY.as_bytes()));
    assert_eq!(function.run(&args), format!("exit code 0\n--- standard output\n{BODY}"));
    let asked = function.asked();
    let from: Vec<_> = asked.iter().map(|request| request["from"].as_u64()).collect();
    assert_eq!(from, [None, Some(0), Some(25), Some(50)]);
    for request in &asked {
        assert_eq!((&request["reason"], &request["unmask"]), (&json!("audit"), &json!(true)));
        assert_eq!((&request["actor"], &request["body"]), (&json!(ACTOR), &json!("original")));
    }
    // Nothing of a body that was replaced meanwhile is taken for the whole, whether it is as long or ends before.
    for later in [BODY.replace('1', "2"), BODY[..30].to_owned()] {
        let function = Function::open(move |request| get_in_pieces(request, later.as_bytes()));
        let run = function.run(&args);
        assert!(run.starts_with("exit code 2\n") && run.contains("corrected meanwhile"), "{run}");
        assert!(!run.contains("standard output"), "{run}");
    }
}

#[test]
fn an_altered_history_is_reported_even_if_the_function_does_not_see_it() {
    let history = |shown: aduana_redrive::answer::Shown| {
        let function = Function::open(move |_| json_of(Answer::Get(Box::new(shown.clone()))));
        function.run(&["invalid", "history", id(1).as_str()])
    };
    assert_snapshot!(history(shown(false)));
    let mut altered = shown(false);
    "system:nobody".clone_into(&mut altered.trail[0].actor);
    assert_snapshot!(history(altered));
    // One that is missing at the end is seen by the function alone, which knows how many there are.
    let mut cut = shown(false);
    (cut.trail_intact, cut.trail_broken_at) = (false, Some(2));
    let run = history(cut);
    assert!(run.starts_with("exit code 1\n") && run.contains("from event 2 on"), "{run}");
}

#[test]
fn an_export_for_spreadsheets_runs_no_formula() {
    assert_snapshot!(
        Function::open(|request| {
            let Value::Object(mut page) = three(request) else { panic!("not a page") };
            for case in page["cases"].as_array_mut().unwrap() {
                for time in ["received_at", "first_seen"] {
                    case[time] = json!("2026-11-24T09:00:00.000Z");
                }
            }
            Value::Object(page)
        })
        .run(&["invalid", "export"])
    );
}

#[test]
fn an_export_for_programs_is_one_document_or_one_a_line() {
    let export = |format| {
        let output = Function::open(three).command(&["invalid", "export", "--output", format]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(objects(export("ndjson").as_bytes()).len(), 3);
    #[expect(clippy::disallowed_methods, reason = "the program's output, not an invoice")]
    let all: Vec<Value> = serde_json::from_str(&export("json")).unwrap();
    assert_eq!(all.len(), 3);
}

#[test]
fn an_unmasked_export_asks_for_each_case_and_says_why() {
    let function = Function::open(|request| match request["action"].as_str() {
        Some("list") => lines(vec![line(1, State::Open)], None),
        _ => get(request),
    });
    let run = function.run(&["invalid", "export", "--output", "ndjson", "--unmask", "--reason", "audit"]);
    assert!(run.starts_with("exit code 0\n"), "{run}");
    assert_eq!(function.actions(), ["list", "get"]);
    assert_eq!(function.asked()[1]["reason"], "audit");
}

#[test]
fn one_case_is_discarded_without_a_question() {
    let function = Function::open(|request| done(request, State::Discarded));
    assert_snapshot!(function.run(&[
        "invalid",
        "discard",
        id(1).as_str(),
        "--reason",
        "test data",
        "--if-version",
        "3"
    ]));
    let asked = &function.asked()[0];
    assert_eq!((&asked["action"], &asked["version"]), (&json!("discard"), &json!(3)));
    assert_eq!((&asked["actor"], &asked["reason"]), (&json!(ACTOR), &json!("test data")));
}

fn many(request: &Value) -> Value {
    match request["action"].as_str() {
        Some("list") => three(request),
        Some("release") => done(request, State::Open),
        _ => done(request, State::Discarded),
    }
}

#[test]
fn several_cases_are_confirmed_first() {
    for (answer, code, asked) in [("n\n", 1, 2), ("", 2, 2), ("sí\n", 0, 3)] {
        let function = Function::open(many);
        let args = ["invalid", "discard", "--group", "g", "--reason", "test data"];
        let output = feed(function.command(&args), answer.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{}", seen(&output));
        assert_eq!(function.asked().len(), asked, "{answer:?}");
    }
    let function = Function::open(many);
    assert_snapshot!(seen(&feed(function.command(&["invalid", "discard", "--all", "--reason", "r"]), b"")));
    assert_snapshot!(seen(&feed(
        function.command(&["invalid", "discard", "--all", "--reason", "r"]),
        b"no\n"
    )));
}

#[test]
fn what_is_released_or_reopened_is_looked_for_where_it_is() {
    for (verb, states) in [("release", json!(["parked"])), ("reopen", json!(["discarded", "resent"]))] {
        let function = Function::open(many);
        function.run(&["invalid", verb, "--all", "--yes", "--reason", "r"]);
        assert_eq!(function.asked()[0]["select"]["query"]["state"], states);
        assert_eq!(function.actions().last().unwrap(), verb);
    }
}

#[test]
fn a_change_needs_cases_and_a_reason() {
    let function = Function::open(many);
    for args in [
        &["invalid", "discard", "--reason", "r"][..],
        &["invalid", "discard", id(1).as_str(), "--yes"],
        &["invalid", "discard", id(1).as_str()],
        &["invalid", "discard", "xyz", "--reason", "r"],
        &["invalid", "annotate", id(1).as_str()],
    ] {
        let run = function.run(args);
        assert!(run.starts_with("exit code 2\n"), "{run}");
    }
    assert!(function.asked().is_empty());
}

#[test]
fn a_note_and_an_owner_are_kept_and_taken_away() {
    let function = Function::open(|request| done(request, State::Open));
    assert_snapshot!(function.run(&[
        "invalid",
        "annotate",
        id(1).as_str(),
        "--owner",
        "",
        "--note",
        "calls back"
    ]));
    let asked = &function.asked()[0];
    assert_eq!(
        (&asked["owner"], &asked["note"], &asked["ticket"]),
        (&json!(""), &json!("calls back"), &Value::Null)
    );
}

#[test]
fn ids_come_from_standard_input_too() {
    let function = Function::open(|request| done(request, State::Discarded));
    let input = format!("{}\n\n{}\n{}\n", id(1), id(2), id(1));
    let output =
        feed(function.command(&["invalid", "discard", "-", "--yes", "--reason", "r"]), input.as_bytes());
    assert!(output.status.success(), "{}", seen(&output));
    assert_eq!(function.asked()[0]["select"]["ids"], json!([id(1), id(2)]));
}

#[test]
fn a_failure_is_reported_with_what_to_do() {
    let output = |answer: Value| {
        let function = Function::open(move |_| answer.clone());
        function.run_directly(&["invalid", "discard", id(1).as_str(), "--reason", "r", "--if-version", "2"])
    };
    assert_snapshot!(output(refused(Code::StaleVersion)));
    assert_snapshot!(output(json!({"__type": "ResourceNotFoundException", "Message": "Function not found"})));
    assert_snapshot!(output(
        json!({"__type": "AccessDeniedException", "Message": "User x is not authorized to perform: lambda:InvokeFunction"})
    ));
    assert_snapshot!(output(
        json!({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 60.00 seconds"})
    ));
    assert_snapshot!(output(
        json!({"errorType": "Runtime.ExitError", "errorMessage": "exit status 101 \u{1b}[2J"})
    ));
    assert_snapshot!(output(json!({"done": "what?"})));
    assert_snapshot!(output(
        json!({"error": {"code": "FromTheFuture", "message": "not yet", "help": "wait"}})
    ));
}

#[test]
fn an_invoice_is_set_aside_by_its_key_its_fingerprint_and_a_reason() {
    let event = json!({"seq": 1, "at": "2026-11-25T08:00:00.000Z", "actor": ACTOR, "way": "url", "act": "set_aside", "attempt": 1,
        "reason": "not theirs", "before": "f", "after": "", "prev": "", "hash": "h"});
    let function = Function::open(move |_| json!({"fingerprint": "f", "event": event, "changed": true}));
    let base = ["invoices", "set-aside", "tax:EC:1", "7", "--reason", "not theirs"];
    let run = function.run(&[&base[..], &["--fingerprint", "f", "--yes"]].concat());
    assert!(run.starts_with("exit code 0") && run.contains("its number is free"), "{run}");
    let asked = &function.asked()[0];
    assert_eq!((&asked["action"], &asked["fingerprint"]), (&json!("set_aside"), &json!("f")));
    assert_eq!((&asked["reason"], &asked["actor"]), (&json!("not theirs"), &json!(ACTOR)));
    assert_eq!(asked["key"], json!({ "seller": "tax:EC:1", "document": "7/invoice/2026" }));
    for bad in [&["--yes"][..], &["--fingerprint"]] {
        let run = function.run(&[&base[..], bad].concat());
        assert!(run.starts_with("exit code 2\n"), "{run}");
    }
    assert_eq!(function.asked().len(), 1);
}

#[test]
fn a_search_by_the_seller_without_a_reason_is_refused_with_the_option_that_gives_it() {
    for (lang, why) in [("en", "for a reason only"), ("es", "solo con un motivo")] {
        let of = if lang == "es" { Lang::Es } else { Lang::En };
        let function = Function::open(move |_| json!(Failure::new(Code::NeedsReason, of)));
        let run = function.run(&["invalid", "list", "--seller", "Andina", "--lang", lang]);
        assert!(run.starts_with("exit code 2") && run.contains(why) && run.contains("--reason"), "{run}");
    }
    let function = Function::open(|_| lines(Vec::new(), None));
    function.run(&["invalid", "list", "--seller", "Andina", "--reason", "ticket 71"]);
    assert_eq!(
        (&function.asked()[0]["reason"], &function.asked()[0]["actor"]),
        (&json!("ticket 71"), &json!(ACTOR))
    );
}
