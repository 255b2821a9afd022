//! A burst of invalid invoices, and the alerts to the administrators.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xtask::aws::text;

use crate::stack::{Stack, eventually, samples};

/// The part for programs of an alert.
fn for_programs(alert: &Value) -> Value {
    let last = alert["Message"].as_str().unwrap().trim_end().lines().next_back().unwrap();
    #[expect(clippy::disallowed_methods, reason = "an alert, not an invoice")]
    serde_json::from_str(last).unwrap()
}

#[test]
fn a_burst_is_few_alerts_and_their_counts_add_up() {
    const MESSAGES: usize = 600;
    // The window is shorter than the burst takes: some digests come from the validator, the others from the redrive.
    let stack = Stack::deploy("burst", &[("AlertWindow", "10")]);
    let urgent = stack.subscribe("urgent", &json!({ "Severity": ["critical", "high"] }));
    let (_, invalid) = samples("invalid-structure-BR-02").remove(0);
    for _ in 0..MESSAGES / 10 {
        stack.post(&[invalid.as_str(); 10]);
    }
    stack.settle();
    assert_eq!(stack.cases().len(), MESSAGES);
    assert!(stack.cases().iter().all(|case| text(case, "alerted_at").is_some()));
    eventually("every alert is sent", || {
        let answer = stack.ask(&json!({ "action": "notify", "actor": "the test" }));
        assert_eq!(answer["alerts_failed"], 0, "{answer}");
        stack.board().iter().all(|item| text(item, "item") == Some("window"))
    });

    let alerts = stack.take_alerts();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for alert in &alerts {
        let part = for_programs(alert);
        assert_eq!(alert["MessageAttributes"]["Severity"]["Value"], part["severity"]);
        assert_eq!(alert["MessageAttributes"]["AlertId"]["Value"], part["id"]);
        counts.insert(part["id"].as_str().unwrap().to_owned(), part["count"].as_u64().unwrap());
    }
    assert_eq!(counts.values().sum::<u64>(), MESSAGES as u64, "{counts:?}");
    assert!(alerts.len() < 30, "{} alerts", alerts.len());
    let of = |severity: &str| alerts.iter().filter(|it| for_programs(it)["severity"] == severity).count();
    assert!(of("high") >= 1 && of("medium") >= 1, "one at once, others together");
    assert_eq!(stack.take(&urgent).len(), of("high"), "a subscription takes what it filters for");
}

#[test]
fn groups_tell_what_the_administrators_know() {
    let stack = Stack::deploy("known", &[]);
    let (_, invalid) = samples("invalid-structure-BR-02").remove(0);
    for _ in 0..2 {
        stack.send(&[&invalid]);
    }
    let groups = stack.ask(&json!({ "action": "groups", "actor": "the test" }));
    let alert = &groups["groups"][0]["alert"];
    assert_eq!((alert["not_alerted"].as_u64(), alert["next_at"].is_string()), (Some(1), true), "{groups}");
    assert_eq!(stack.take_alerts().len(), 1);
}
