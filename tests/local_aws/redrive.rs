//! Review, correct, resend: the redrive as it is deployed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use xtask::aws::text;

use crate::failures::IMPATIENT;
use crate::operator::command;
use crate::stack::{Stack, each, events, fingerprints, samples};

fn sample(name: &str) -> String {
    samples(name).remove(0).1
}

/// Corrected by its suggestion.
fn correctable() -> String {
    sample("invalid-data-BR-CO-16")
}

fn ask(stack: &Stack, action: &str, more: &Value) -> Value {
    let mut request = json!({ "action": action, "actor": "ana" });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    stack.ask(&request)
}

/// The id of the one case there is.
fn only_case(stack: &Stack) -> String {
    let [case] = stack.cases().try_into().unwrap();
    text(&case, "case_id").unwrap().to_owned()
}

fn ids(id: &str) -> Value {
    json!({ "ids": [id] })
}

fn acts(stack: &Stack, id: &str) -> Vec<String> {
    let shown = ask(stack, "get", &json!({ "id": id }));
    assert_eq!(shown["trail_intact"], true, "{shown}");
    shown["trail"].as_array().unwrap().iter().map(|step| step["act"].as_str().unwrap().to_owned()).collect()
}

fn one_state(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

/// What `aduana invalid …` prints; some of it may be refused.
fn aduana_of(stack: &Stack, words: &[&str]) -> String {
    let output = command(stack, &[&["invalid"], words].concat()).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn state(stack: &Stack) -> BTreeSet<String> {
    each(&stack.cases(), "state")
}

#[test]
fn a_held_invoice_is_found_corrected_and_sent_through_again_and_is_stored() {
    let stack = Stack::deploy("correct", &[]);
    let original = correctable();
    stack.send(&[&original]);
    let id = only_case(&stack);

    assert_eq!(ask(&stack, "list", &json!({}))["cases"][0]["id"], id.as_str());
    let groups = ask(&stack, "groups", &json!({}));
    assert_eq!((&groups["cases"], &groups["groups"][0]["count"]), (&json!(1), &json!(1)), "{groups}");
    let shown = ask(&stack, "get", &json!({ "id": id, "body": "current" }));
    assert_eq!(
        (&shown["case"]["state"], &shown["body"]["exact"]),
        (&json!("open"), &json!(false)),
        "{shown}"
    );

    let suggested =
        json!({ "select": ids(&id), "correction": { "suggested": true }, "reason": "seller agrees" });
    let preview = ask(&stack, "preview", &suggested);
    assert_eq!((&preview["valid"], &preview["invalid"]), (&json!(1), &json!(0)), "{preview}");
    assert_eq!(state(&stack), BTreeSet::from(["open".to_owned()]));
    let corrected = ask(&stack, "correct", &suggested);
    assert_eq!(corrected["done"][0]["changed"], true, "{corrected}");

    let resend = json!({ "select": ids(&id), "reason": "corrected" });
    let mut dry = resend.clone();
    dry["dry_run"] = true.into();
    assert_eq!(ask(&stack, "resend", &dry)["sent"][0]["attempt"], 2);
    assert_eq!(state(&stack), BTreeSet::from(["open".to_owned()]));
    let went = ask(&stack, "resend", &resend);
    assert_eq!(went["sent"], json!([{ "id": id, "attempt": 2 }]), "{went}");
    stack.settle();

    assert_eq!(state(&stack), BTreeSet::from(["resolved".to_owned()]));
    assert_eq!(stack.stored().len(), 1);
    let original = fingerprints([original.as_str()]);
    assert!(each(&stack.stored(), "fingerprint").is_disjoint(&original), "the corrected one is stored");
    let first =
        ask(&stack, "get", &json!({ "id": id, "unmask": true, "reason": "audit", "body": "original" }));
    assert_eq!(first["body"]["text"], correctable(), "and the original is kept");
    let acts = acts(&stack, &id);
    assert_eq!((acts.first().unwrap().as_str(), acts.contains(&"stored".to_owned())), ("received", true));

    // Its copy in the dead-letter queue has nothing to say any more.
    assert_eq!(stack.dead_letters(), 1);
    let reconciled = ask(&stack, "reconcile", &json!({}));
    assert_eq!((&reconciled["deleted"], &reconciled["complete"]), (&json!(1), &json!(true)), "{reconciled}");
    assert_eq!(stack.dead_letters(), 0);
}

#[test]
fn what_is_refused_again_is_open_again_at_its_next_attempt() {
    let stack = Stack::deploy("refused", &[]);
    stack.send(&[&correctable()]);
    let id = only_case(&stack);
    let resend = |overridden: bool| {
        let more = json!({ "select": ids(&id), "reason": "try as it is", "override": overridden });
        ask(&stack, "resend", &more)
    };
    let refused = resend(false);
    assert!(refused.to_string().contains("StillInvalid"), "{refused}");
    assert_eq!(resend(true)["sent"][0]["attempt"], 2);
    stack.settle();
    let [case] = stack.cases().try_into().unwrap();
    assert_eq!((text(&case, "state"), text(&case, "attempt")), (Some("open"), Some("2")));
    assert!(acts(&stack, &id).contains(&"refused".to_owned()));
    assert_eq!(stack.stored().len(), 0);
}

#[test]
fn what_sqss_own_redrive_moves_back_ends_on_its_case() {
    let stack = Stack::deploy("console", &[]);
    stack.send(&[&correctable()]);
    let id = only_case(&stack);
    assert_eq!(stack.move_dead_letters(), 1);
    let [case] = stack.cases().try_into().unwrap();
    assert_eq!(text(&case, "case_id"), Some(id.as_str()), "no second case");
    assert_eq!((text(&case, "state"), text(&case, "attempt")), (Some("open"), Some("2")));
    let [message] = stack.take_dead_letters().try_into().unwrap();
    assert_eq!(message.attributes["InvalidMessageId"], id);
    assert_eq!(message.body, correctable(), "byte for byte");
}

#[test]
fn what_sqs_dead_lettered_is_ingested_into_the_case_file() {
    let stack = Stack::deploy("unprocessed", &[]);
    stack.give_up(&correctable());
    stack.give_up(&sample("invalid-structure-not-json"));
    let reconciled = ask(&stack, "reconcile", &json!({}));
    assert_eq!((&reconciled["ingested"], &reconciled["failed"]), (&json!(2), &json!(0)), "{reconciled}");
    assert_eq!((stack.cases().len(), state(&stack)), (2, BTreeSet::from(["open".to_owned()])));
    assert_eq!(stack.dead_letters(), 2, "each is in the channel once, with its reasons");
    let again = ask(&stack, "reconcile", &json!({}));
    assert_eq!(again["ingested"], 0, "{again}");

    let listed = ask(&stack, "list", &json!({ "select": { "query": { "code": "BR-CO-16" } } }));
    let id = listed["cases"][0]["id"].as_str().unwrap_or_else(|| panic!("{listed}"));
    let suggested =
        json!({ "select": ids(id), "correction": { "suggested": true }, "reason": "seller agrees" });
    assert_eq!(ask(&stack, "correct", &suggested)["done"][0]["changed"], true);
    ask(&stack, "resend", &json!({ "select": ids(id), "reason": "corrected" }));
    stack.settle();
    assert_eq!(stack.stored().len(), 1);
}

#[test]
fn what_the_queue_dead_lettered_after_five_tries_is_ingested_and_resent_once_the_function_is_corrected() {
    let broken = Stack::deploy("corrected", &[&IMPATIENT[..], &[("Policy", "{")]].concat());
    let (_, valid) = samples("valid-").remove(0);
    broken.send(&[&valid, &correctable()]);
    assert_eq!((broken.dead_letters(), broken.cases().len()), (2, 0), "the queue itself moved them");

    let stack = Stack::deploy("corrected", &[("VisibilityTimeout", "60"), ("Policy", "")]);
    let reconciled = ask(&stack, "reconcile", &json!({}));
    assert_eq!((&reconciled["ingested"], &reconciled["failed"]), (&json!(2), &json!(0)), "{reconciled}");
    let unprocessed = ask(&stack, "list", &json!({ "select": { "query": { "code": "UNPROCESSED" } } }));
    assert_eq!(unprocessed["cases"].as_array().unwrap().len(), 2, "{unprocessed}");
    let said = aduana_of(&stack, &["resend", "--code", "UNPROCESSED", "--yes", "--reason", "corrected"]);
    assert!(
        said.contains("1 case sent"),
        "what is in order, and not what the validator would refuse: {said}"
    );
    stack.settle();
    assert_eq!(state(&stack), BTreeSet::from(["open".to_owned(), "resolved".to_owned()]));
    assert_eq!(each(&stack.stored(), "fingerprint"), fingerprints([valid.as_str()]));
}

#[test]
fn a_case_that_comes_back_too_often_is_parked_until_it_is_released() {
    let stack = Stack::deploy("parked", &[("AttemptsMax", "2")]);
    stack.send(&[&correctable()]);
    let id = only_case(&stack);
    let resend = || {
        let more = json!({ "select": ids(&id), "reason": "as it is", "override": true });
        let answer = ask(&stack, "resend", &more);
        stack.settle();
        answer
    };
    assert_eq!(resend()["sent"][0]["attempt"], 2);
    assert_eq!(resend()["error"]["code"], "Parked");
    assert_eq!((state(&stack), resend()["error"]["code"].as_str()), (one_state("parked"), Some("Parked")));
    let said = aduana_of(&stack, &["release", &id, "--reason", "the rule was corrected"]);
    assert!(said.contains('1'), "{said}");
    assert_eq!(state(&stack), one_state("open"));
    assert_eq!(resend()["sent"][0]["attempt"], 3);
    let expected =
        ["received", "claimed", "sent", "refused", "parked", "released", "claimed", "sent", "refused"];
    // What is refused before its send could be marked has no `sent`.
    let left: Vec<&str> = expected.into_iter().filter(|act| *act != "sent").collect();
    assert_eq!(acts(&stack, &id).into_iter().filter(|act| act != "sent").collect::<Vec<_>>(), left);
}

#[test]
fn a_forged_copy_of_an_ended_case_is_ingested_and_not_deleted() {
    let stack = Stack::deploy("forged", &[]);
    stack.send(&[&correctable()]);
    let id = only_case(&stack);
    ask(&stack, "discard", &json!({ "select": ids(&id), "reason": "r" }));
    let forged = [("InvalidMessageId", id.as_str()), ("Reasons", r#"{"attempt":1}"#)];
    stack.give_up_with(&sample("invalid-structure-not-json"), &forged);
    let reconciled = ask(&stack, "reconcile", &json!({}));
    assert_eq!((&reconciled["ingested"], &reconciled["deleted"]), (&json!(1), &json!(1)), "{reconciled}");
    assert_eq!((stack.cases().len(), stack.dead_letters()), (2, 1));
    assert_eq!(acts(&stack, &id), ["received", "discarded"]);
}

#[test]
fn what_cannot_be_done_says_why_and_changes_nothing() {
    let stack = Stack::deploy("refusals", &[]);
    stack.send(&[&correctable()]);
    let id = only_case(&stack);
    let before = stack.cases();
    let nobody = "0".repeat(32);
    let patch = json!([{ "op": "replace", "path": "/no/such/place", "value": 1 }]);
    let suggested = json!({ "suggested": true });
    for (action, more, code) in [
        ("dance", json!({}), "UnknownAction"),
        ("list", json!({ "colour": "red" }), "BadRequest"),
        ("get", json!({ "id": nobody }), "NoSuchCase"),
        (
            "correct",
            json!({ "select": ids(&id), "correction": { "patch": patch }, "reason": "r" }),
            "PatchDoesNotApply",
        ),
        ("correct", json!({ "select": ids(&id), "correction": suggested }), "BadRequest"),
        (
            "correct",
            json!({ "select": ids(&id), "correction": suggested, "reason": "r", "version": 99 }),
            "StaleVersion",
        ),
        ("resend", json!({ "select": ids(&id), "reason": "r" }), "StillInvalid"),
    ] {
        let answer = ask(&stack, action, &more);
        let error = if answer["error"].is_object() { &answer["error"] } else { &answer["skipped"][0] };
        assert_eq!(error["code"], code, "{action} {more}: {answer}");
    }
    // But for the trail: a patch that does not apply tells of what it met, and is on record as a look.
    let of_case = |cases: Vec<xtask::aws::Item>| {
        let mut case = cases.into_iter().next().unwrap();
        for name in ["version", "trail_seq", "trail_hash"] {
            case.remove(name);
        }
        case
    };
    assert_eq!(of_case(stack.cases()), of_case(before));
    assert_eq!(stack.dead_letters(), 1);
}

/// The sample requests in the order of `events/README.md`, each with a place in its answer and what is there.
const REQUESTS: [(&str, &str, &str); 13] = [
    ("list", "/cases/0/state", "\"open\""),
    ("groups", "/groups/0/count", "2"),
    ("get", "/trail_intact", "true"),
    ("preview", "/invalid", "0"),
    ("correct", "/done/0/changed", "true"),
    ("resend", "/skipped", "[]"),
    ("discard", "/done/0/state", "\"discarded\""),
    ("reopen", "/done/0/state", "\"open\""),
    ("annotate", "/done/0/changed", "true"),
    ("release", "/done", "[]"),
    ("reconcile", "/complete", "true"),
    ("function-url", "/statusCode", "200"),
    ("schedule", "/failed", "0"),
];

#[test]
fn each_sample_request_is_answered_as_its_description_says() {
    let stack = Stack::deploy("requests", &[]);
    let read = |name: &str| fs::read_to_string(events().join(format!("{name}.json"))).unwrap();
    stack.invoke(&read("sqs-mixed"));
    for (name, place, what) in REQUESTS {
        let answer = stack.aws.invoke(&stack.name("redrive"), &read(&format!("redrive-{name}"))).unwrap();
        let found = answer.pointer(place).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(what), "{name}: {answer}");
        stack.settle();
    }
    // By the function URL: the verified caller is on record, not whom the body names.
    let cases = stack.cases();
    let annotated = cases.iter().find(|case| text(case, "note") == Some("Asked again")).unwrap();
    let shown = ask(&stack, "get", &json!({ "id": text(annotated, "case_id").unwrap() }));
    let last = shown["trail"].as_array().unwrap().last().unwrap();
    assert_eq!(last["actor"], "arn:aws:sts::000000000000:assumed-role/Accounting/ana");
    assert!(stack.stored().len() > 2, "what was corrected and resent is stored");
}
