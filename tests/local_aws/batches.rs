//! What becomes of messages that come in through the queue.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::aws::text;

use crate::stack::{Stack, each, fingerprints, sample_after, samples};

#[test]
fn each_message_of_a_mixed_batch_ends_in_its_place() {
    let stack = Stack::deploy("mixed", &[]);
    let valid: Vec<_> = samples("valid-").into_iter().take(3).map(|(_, text)| text).collect();
    let invalid: Vec<_> = [
        "invalid-structure-not-json",
        "invalid-data-BR-CO-15",
        "invalid-data-several",
        "invalid-range-BR-27",
    ]
    .map(|name| samples(name).remove(0).1)
    .into();
    let batch: Vec<&str> = valid.iter().chain(&invalid).map(String::as_str).collect();
    stack.send(&batch);

    assert_eq!(each(&stack.stored(), "fingerprint"), fingerprints(valid.iter().map(String::as_str)));
    let cases = stack.cases();
    assert_eq!(each(&cases, "fingerprint"), fingerprints(invalid.iter().map(String::as_str)));
    assert_eq!(each(&cases, "state"), BTreeSet::from(["open".to_owned()]));

    let messages = stack.take_dead_letters();
    let bodies: BTreeSet<&str> = messages.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, invalid.iter().map(String::as_str).collect(), "byte for byte, each once");
    assert_eq!(messages.len(), invalid.len());
    let by_id: BTreeMap<&str, _> = cases.iter().map(|case| (text(case, "case_id").unwrap(), case)).collect();
    for message in &messages {
        let attribute = |name: &str| message.attributes[name].as_str();
        let case = by_id[attribute("InvalidMessageId")];
        assert_eq!(text(case, "reason_code"), Some(attribute("ReasonCode")));
        assert_eq!(text(case, "reason_category"), Some(attribute("ReasonCategory")));
        assert_eq!(attribute("Source"), "sqs:mixed-invoices");
        #[expect(clippy::disallowed_methods, reason = "an attribute, not an invoice")]
        let reasons: Value = serde_json::from_str(attribute("Reasons")).unwrap();
        assert_eq!(text(case, "reason_count"), Some(reasons["count"].to_string().as_str()));
        assert_eq!(message.attributes.len(), 5);
    }

    // Every held message is in exactly one alert, and no alert contains a value.
    let alerts = stack.take_alerts();
    let alerted: Vec<String> = alerts.iter().flat_map(cases_in).collect();
    let alerted_once: BTreeSet<&str> = alerted.iter().map(String::as_str).collect();
    assert_eq!((alerted_once, alerted.len()), (by_id.keys().copied().collect(), cases.len()));
    for case in &cases {
        for value in ["seller_name", "number", "payable"].iter().filter_map(|name| text(case, name)) {
            for alert in &alerts {
                assert!(!alert["Message"].as_str().unwrap().contains(value), "{value} is in {alert}");
            }
        }
        assert!(text(case, "queued_at").is_some() && text(case, "alerted_at").is_some(), "{case:?}");
    }
}

/// The cases that the part for programs of an alert names.
fn cases_in(alert: &Value) -> Vec<String> {
    let last = alert["Message"].as_str().unwrap().trim_end().lines().next_back().unwrap();
    #[expect(clippy::disallowed_methods, reason = "an alert, not an invoice")]
    let json: Value = serde_json::from_str(last).unwrap();
    json["cases"].as_array().unwrap().iter().map(|case| case.as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_invoice_that_comes_again_is_stored_once() {
    let stack = Stack::deploy("again", &[]);
    let (original, same_in_other_bytes) = sample_after("duplicate-of-");
    stack.send(&[&original, &original]);
    stack.send(&[&original, &same_in_other_bytes]);
    assert_eq!(each(&stack.stored(), "fingerprint"), fingerprints([original.as_str()]));
    assert_eq!((stack.stored().len(), stack.cases().len(), stack.take_dead_letters().len()), (1, 0, 0));
    assert_eq!(stack.take_alerts(), Vec::<Value>::new());
}

#[test]
fn another_invoice_under_a_stored_number_is_held() {
    let stack = Stack::deploy("conflict", &[]);
    let (original, other) = sample_after("conflict-with-");
    stack.send(&[&original]);
    stack.send(&[&other]);
    assert_eq!(each(&stack.stored(), "fingerprint"), fingerprints([original.as_str()]));
    assert_eq!(each(&stack.cases(), "reason_code"), BTreeSet::from(["FE-D-016".to_owned()]));
    let [message] = stack.take_dead_letters().try_into().unwrap();
    assert_eq!(
        (message.body.as_str(), message.attributes["ReasonCode"].as_str()),
        (other.as_str(), "FE-D-016")
    );
}
