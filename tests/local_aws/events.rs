//! The sample events, through the function itself.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::stack::{Stack, events};

/// Each sample event with what `events/README.md` says it leaves: stored invoices and held messages.
const EVENTS: [(&str, usize, usize); 10] = [
    ("kafka-mixed", 2, 2),
    ("kafka-self-managed", 2, 0),
    ("kafka-hostile", 1, 4),
    ("kafka-empty", 0, 0),
    ("sqs-valid", 3, 0),
    ("sqs-invalid", 0, 4),
    ("sqs-mixed", 2, 4),
    ("sqs-duplicate", 1, 0),
    ("sqs-empty", 0, 0),
    ("sqs-hostile", 1, 9),
];

fn event(name: &str) -> String {
    fs::read_to_string(events().join(format!("{name}.json"))).unwrap()
}

fn no_failure() -> Value {
    json!({ "batchItemFailures": [] })
}

#[test]
fn each_sample_event_leaves_what_its_description_says() {
    for (name, stored, held) in EVENTS {
        let stack = Stack::deploy(name, &[]);
        assert_eq!(stack.invoke(&event(name)), no_failure(), "{name}");
        assert_eq!((stack.stored().len(), stack.cases().len()), (stored, held), "{name}");
        assert_eq!(stack.take_dead_letters().len(), held, "{name}");
    }
}

#[test]
fn a_batch_that_is_delivered_again_changes_nothing() {
    let stack = Stack::deploy("redelivery", &[]);
    let event = event("sqs-mixed");
    assert_eq!(stack.invoke(&event), no_failure());
    let first = (stack.stored(), stack.cases());
    assert_eq!(stack.invoke(&event), no_failure());
    assert_eq!((stack.stored(), stack.cases()), first);
    // Known as done from the case file: neither a copy in the queue nor a second alert.
    let ids: Vec<_> = stack
        .take_dead_letters()
        .iter()
        .map(|message| message.attributes["InvalidMessageId"].clone())
        .collect();
    assert_eq!((ids.iter().collect::<BTreeSet<_>>().len(), ids.len()), (4, 4));
    assert_eq!(stack.take_alerts().len(), 3);
}

#[test]
fn a_claim_to_a_case_that_is_not_there_is_refused_and_the_message_judged() {
    let stack = Stack::deploy("resent", &[]);
    assert_eq!(stack.invoke(&event("sqs-resent")), no_failure());
    assert_eq!(stack.stored().len(), 1);
    let [case] = stack.cases().try_into().unwrap();
    assert_eq!(xtask::aws::text(&case, "attempt"), Some("1"));
}
