//! `aduana invalid correct`.

use aduana_cases::case::State;
use aduana_redrive::answer::{Answer, CaseVerdict, Code, Difference, Previewed, PreviewedCase};
use insta::assert_snapshot;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::common::{feed, seen};
use crate::function::{Function, done, id, ids, json_of, line, lines, reason, resent, shown, skipped};

/// Three cases: the second stays invalid, the third cannot be looked at.
fn correct(request: &Value) -> Value {
    match request["action"].as_str().unwrap() {
        "list" => lines([1, 2, 3].map(|number| line(number, State::Open)).into(), None),
        "preview" => {
            let mut previewed = Previewed::default();
            for case in ids(request) {
                if case == id(3) {
                    previewed.skipped.push(skipped(3, Code::NotJson, &[]));
                    continue;
                }
                let invalid = case == id(2) || request["correction"].to_string().contains("still wrong");
                previewed.valid += usize::from(!invalid);
                previewed.invalid += usize::from(invalid);
                let difference = Difference {
                    pointer: "/totals/payable".to_owned(),
                    before: Some(to_raw_value("•••.••\u{1b}[2J").unwrap()),
                    after: Some(to_raw_value("•••.••").unwrap()),
                };
                previewed.cases.push(PreviewedCase {
                    id: case,
                    state: State::Open,
                    version: 3,
                    verdict: if invalid { CaseVerdict::Invalid } else { CaseVerdict::Valid },
                    reasons: if invalid { vec![reason()] } else { Vec::new() },
                    reasons_left_off: 0,
                    diff: vec![difference],
                    changes: 2,
                });
            }
            json_of(Answer::Preview(previewed))
        }
        "correct" => done(request, State::Open),
        "get" => json_of(Answer::Get(Box::new(shown(true)))),
        "resend" => resent(request, &[]),
        other => panic!("{other} was not to be asked"),
    }
}

#[test]
fn a_group_is_corrected_as_far_as_it_becomes_valid() {
    let function = Function::open(correct);
    let run = function.run(&["invalid", "correct", "--group", "g", "--suggested", "--yes", "--reason", "r"]);
    assert_snapshot!(run);
    assert_eq!(function.actions(), ["list", "preview", "correct"]);
    let correct = &function.asked()[2];
    assert_eq!(correct["select"]["ids"], json!([id(1)]));
    assert_eq!((&correct["version"], &correct["correction"]), (&json!(3), &json!({"suggested": true})));
}

/// The name that the command had before; it is in no help.
#[test]
fn fix_is_another_name_for_correct_that_no_help_shows() {
    let function = Function::open(correct);
    let args = ["--group", "g", "--suggested", "--yes", "--reason", "r"];
    let [correct, fix] =
        ["correct", "fix"].map(|name| function.run(&[&["invalid", name], &args[..]].concat()));
    assert_eq!(fix, correct);
    let help = crate::common::run(&["invalid", "--help"]);
    assert!(help.contains("correct") && !help.contains("fix"), "{help}");
}

#[test]
fn a_verdict_speaks_spanish() {
    let args = ["invalid", "correct", "--group", "g", "--suggested", "--dry-run", "--lang", "es"];
    assert_snapshot!(Function::open(correct).run(&args));
}

#[test]
fn nothing_is_stored_without_a_yes() {
    for args in [&["--dry-run"][..], &["--reason", "r"]] {
        let function = Function::open(correct);
        let one = id(1).to_string();
        let args = [&["invalid", "correct", &one, "--set", "/totals/payable=115.00"], args].concat();
        feed(function.command(&args), b"n\n");
        assert_eq!(function.actions(), ["preview"]);
        let set = json!([{"pointer": "/totals/payable", "value": 115.00}]);
        assert_eq!(function.asked()[0]["correction"]["set"], set);
    }
}

#[test]
fn what_stays_invalid_is_stored_only_if_it_is_overridden() {
    let correct_two = |more: &[&str]| {
        let (function, two) = (Function::open(correct), id(2).to_string());
        let args = [&["invalid", "correct", &two, "--suggested", "--yes", "--reason", "r"], more].concat();
        (function.run(&args), function.actions().len())
    };
    let (run, asked) = correct_two(&[]);
    assert!(run.starts_with("exit code 1\n") && asked == 1, "{run}");
    let (run, asked) = correct_two(&["--override"]);
    assert!(run.starts_with("exit code 1\n") && asked == 2, "it is stored, and not in order: {run}");
}

#[test]
fn what_is_corrected_is_sent_if_that_was_asked_for() {
    let function = Function::open(correct);
    let one = id(1).to_string();
    let args = ["invalid", "correct", &one, "--suggested", "--yes", "--resend", "--reason", "r"];
    assert_snapshot!(function.run(&args));
    assert_eq!(function.actions(), ["preview", "correct", "resend"]);
}

#[test]
fn a_body_is_for_one_case_and_a_correction_is_one_thing() {
    let function = Function::open(correct);
    for args in [
        &["--group", "g", "--body", "valid.json", "--reason", "r"][..],
        &["--group", "g", "--edit", "--reason", "r"],
        &["--group", "g", "--suggested", "--set", "/a=1", "--reason", "r"],
        &["--group", "g", "--reason", "r"],
        &["--group", "g", "--patch", "valid.json", "--reason", "r"],
    ] {
        let run = function.run(&[&["invalid", "correct"], args].concat());
        assert!(run.starts_with("exit code 2\n"), "{run}");
    }
    assert!(!function.actions().contains(&"correct".to_owned()));
}

#[cfg(unix)]
#[test]
fn an_edited_body_is_stored_exactly_and_its_draft_removed() {
    let function = Function::open(correct);
    let folder = std::env::temp_dir().join(format!("aduana-test-edit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut command =
        function.command(&["invalid", "correct", id(1).as_str(), "--edit", "--yes", "--reason", "r"]);
    command.env("EDITOR", "sed -i s/100.00/115.00/").env("TMPDIR", &folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", seen(&output));
    assert_eq!(function.actions(), ["get", "preview", "correct"]);
    assert_eq!(
        function.asked()[2]["correction"]["body"],
        json!(crate::function::BODY.replace("100.00", "115.00"))
    );
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn nothing_that_was_typed_is_lost() {
    let function = Function::open(correct);
    let folder = std::env::temp_dir().join(format!("aduana-test-keep-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = function.command(&["invalid", "correct", id(1).as_str(), "--edit", "--reason", "r"]);
    command.env("EDITOR", "sed -i 's/100.00/\"still wrong\"/'").env("TMPDIR", &folder);
    let output = feed(command, b"n\n");
    assert_eq!(output.status.code(), Some(1), "{}", seen(&output));
    let draft = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path().join("invoice.json");
    assert!(std::fs::read_to_string(&draft).unwrap().contains("still wrong"));
    assert!(seen(&output).contains(&format!("--body {}", draft.display())), "{}", seen(&output));
    assert_eq!(function.actions(), ["get", "preview"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_body_that_is_left_as_it_is_changes_nothing() {
    let function = Function::open(correct);
    let mut command = function.command(&["invalid", "correct", id(1).as_str(), "--edit", "--reason", "r"]);
    command.env("EDITOR", "true");
    assert!(seen(&command.output().unwrap()).ends_with("nothing was changed\n"));
    assert_eq!(function.actions(), ["get"]);
}
