//! The program `aduana` against what is deployed.

use std::process::Command;

use serde_json::{Value, json};
use xtask::aws::{REGION, text};
use xtask::folders::Folders;

use crate::stack::{Stack, events};

/// The program, led to this stack.
pub(crate) fn command(stack: &Stack, words: &[&str]) -> Command {
    let mut aduana = Command::new(Folders::find().target().join("debug/aduana"));
    aduana.args(words).current_dir(events()).env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    aduana.env("AWS_ENDPOINT_URL", stack.aws.endpoint()).env("AWS_REGION", REGION);
    aduana
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("ADUANA_PREFIX", &stack.prefix);
    aduana
}

/// What the program prints, when all goes well.
pub(crate) fn aduana(stack: &Stack, words: &[&str]) -> String {
    let output = command(stack, words).output().expect("aduana runs: `cargo xtask build --dev` builds it");
    assert!(output.status.success(), "aduana {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn aduana_publishes_invoices_and_shows_what_became_of_them() {
    let stack = Stack::deploy("operator", &[]);
    aduana(
        &stack,
        &["publish", "invoices/valid-ec-papeleria.json", "invoices/invalid-structure-not-json.json"],
    );
    stack.settle();

    #[expect(clippy::disallowed_methods, reason = "what aduana says, not an invoice")]
    let status: Value = serde_json::from_str(&aduana(&stack, &["status", "--output", "json"])).unwrap();
    assert_eq!(status["invoices"]["today"], 1, "{status}");
    assert_eq!(status["cases"][0]["count"], 1, "{status}");

    #[expect(clippy::disallowed_methods, reason = "what aduana says, not an invoice")]
    let listed: Value =
        serde_json::from_str(&aduana(&stack, &["invoices", "list", "--output", "json"])).unwrap();
    let key = ["seller", "number"].map(|name| listed[name].as_str().unwrap());
    let body = aduana(&stack, &["invoices", "show", "--body", key[0], key[1]]);
    assert_eq!(body, std::fs::read_to_string(events().join("invoices/valid-ec-papeleria.json")).unwrap());
}

/// The last event of the only case's history.
fn last(stack: &Stack) -> Value {
    let id = text(&stack.cases()[0], "case_id").unwrap().to_owned();
    let shown = stack.ask(&json!({ "action": "get", "actor": "the test", "id": id }));
    assert_eq!(shown["trail_intact"], true, "{shown}");
    shown["trail"].as_array().unwrap().last().unwrap().clone()
}

#[test]
fn an_act_is_asked_for_by_the_signed_address_and_where_nobody_is_verified_the_history_says_so() {
    const ROOT: &str = "arn:aws:iam::000000000000:root";
    let stack = Stack::deploy("address", &[]);
    stack.send(&["not JSON"]);
    let id = text(&stack.cases()[0], "case_id").unwrap().to_owned();
    let act = |action: &str, more: &[&str]| {
        let words = [&["invalid", action, &id, "--yes", "--reason", "a test"][..], more].concat();
        let output = command(&stack, &words).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        (said, last(&stack))
    };

    // By the HTTP API: the caller is the local AWS's word, without what `aduana` says of its user.
    let (said, event) = act("discard", &[]);
    assert!(!said.contains("note:"), "{said}");
    assert_eq!(
        (&event["act"], &event["way"], &event["actor"]),
        (&json!("discarded"), &json!("url"), &json!(ROOT))
    );

    let (said, event) = act("reopen", &["--redrive-url", "direct"]);
    assert!(!said.contains("note:"), "{said}");
    assert_eq!((&event["act"], &event["way"]), (&json!("reopened"), &json!("direct")));
    assert_ne!(event["actor"], ROOT);

    // The other entrances take their own events alone, and the schedule's is on record as that.
    let redrive = stack.name("redrive");
    let request = json!({ "action": "discard", "actor": "ana", "reason": "r", "select": { "ids": [id] } });
    let refused = stack.aws.invoke(&format!("{redrive}:signed"), &request.to_string()).unwrap();
    assert_eq!(refused["statusCode"], 400, "{refused}");
    assert!(stack.aws.invoke(&format!("{redrive}:schedule"), &request.to_string()).is_err());
    assert_eq!(last(&stack)["act"], "reopened");

    // A function URL, at which this local AWS names nobody.
    let stack = Stack::deploy("address", &[("RedriveEndpoint", "url")]);
    let words = ["invalid", "discard", &id, "--yes", "--reason", "a test"];
    let output = command(&stack, &words).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("note: the redrive was invoked directly"), "{said}");
    assert!(said.contains("HTTP 403"), "{said}");
    assert_eq!((&last(&stack)["act"], &last(&stack)["way"]), (&json!("discarded"), &json!("direct")));
}
