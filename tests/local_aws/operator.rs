//! The program `aduana` against what is deployed.

use std::process::Command;

use serde_json::Value;
use xtask::aws::REGION;
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
