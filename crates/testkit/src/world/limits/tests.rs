//! The world refuses what AWS refuses: each limit is tried one below, at it and one above.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aduana_cases::case::{HoldStep, Reasons, State, on_hold};
use aduana_cases::message::{CaseId, Source};
use aduana_cases::trail::Event;
use aduana_invoice::{Category, Fingerprint, InvoiceKey, Severity, Summary, Violation};
use aduana_redrive::ports::RedriveState;

use super::*;

/// Asserts that the world takes what `check` hands it at one below `limit` and at `limit`, and refuses it at one above.
fn edge(limit: usize, check: impl Fn(usize)) {
    for (size, is_taken) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
        assert_eq!(takes(|| check(size)), is_taken, "{size}, the limit being {limit}");
    }
}

fn takes(check: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(check)).is_ok()
}

fn id() -> CaseId {
    CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap()
}

fn held(body: usize, attributes: Vec<Attribute>) -> HeldMessage {
    HeldMessage { case_id: id(), attempt: 1, body: "x".repeat(body), attributes }
}

fn resent(body: usize, group: usize) -> ResentMessage {
    let (body, group) = ("x".repeat(body), "a".repeat(group));
    ResentMessage { case_id: id(), attempt: 2, body, attributes: Vec::new(), group, trace: None }
}

fn alert(body: usize) -> Alert {
    Alert {
        id: "0".repeat(32),
        subject: "Aduana: invalid invoices are held",
        body: "x".repeat(body),
        attributes: vec![("Severity", "high".to_owned())],
        covers: Vec::new(),
    }
}

/// A packed body of these parts.
fn split(parts: &[usize]) -> Packed {
    let size = parts.iter().sum();
    Packed { size, parts: Parts::Split(parts.iter().map(|bytes| vec![0; *bytes]).collect()) }
}

fn summary(key: usize) -> Summary {
    let key = InvoiceKey { seller: "s".repeat(key), document: "n".to_owned() };
    Summary { key: Some(key), ..Summary::default() }
}

fn new_invoice(body: Packed, key: usize) -> NewInvoice {
    let summary = summary(key);
    NewInvoice {
        key: summary.key.clone().unwrap(),
        fingerprint: Fingerprint::of(b""),
        body,
        stored_at_ms: 0,
        message_id: "m".to_owned(),
        source: Source::Sqs { queue: "q".to_owned() },
        sender: None,
        case_id: None,
        ruleset: String::new(),
        summary,
        warnings: Vec::new(),
        likeness: None,
    }
}

fn new_case(body: Packed, listed: Vec<Violation>) -> NewCase {
    let reasons = Reasons { listed, ..Reasons::new(Vec::new(), &Summary::default()) };
    NewCase {
        id: id(),
        attempt: 1,
        source: Source::Sqs { queue: "q".to_owned() },
        sender: None,
        message_id: "m".to_owned(),
        received_at_ms: 0,
        seen_at_ms: 0,
        fingerprint: Fingerprint::of(b""),
        body,
        producer_attributes: None,
        ruleset: String::new(),
        reasons,
        summary: Summary::default(),
    }
}

fn new_change(note: usize, body: Option<Packed>) -> Change {
    let HoldStep::Open(event) = on_hold(None, &new_case(split(&[1]), Vec::new())) else { panic!("not new") };
    // Without its reason, of which the case has one.
    let event = Event { reason: String::new(), ..event };
    let redrive_state = RedriveState { note: Some("x".repeat(note)), ..RedriveState::default() };
    Change { version: 1, state: State::Open, redrive_state, event, body }
}

#[test]
fn the_world_takes_6_mb_of_a_reply_with_a_backslash_before_each_quote() {
    edge(6_291_456, |bytes| reply(&"x".repeat(bytes - "''".len())));
    edge(6_291_456 / 2, |bytes| reply(&"\"".repeat(bytes - 1)));
}

#[test]
fn the_world_takes_ten_entries_of_a_batch() {
    edge(10, |entries| send_message_batch(&vec![held(1, Vec::new()); entries]));
    edge(10, |entries| resend_batch(&vec![resent(1, 1); entries]));
    edge(10, |entries| publish_batch(&vec![alert(1); entries]));
    edge(10, batch);
    assert!(!takes(|| send_message_batch(&[])) && !takes(|| resend_batch(&[])) && !takes(|| batch(0)));
}

#[test]
fn the_world_takes_1_mib_of_a_message_and_of_a_batch_with_the_attributes() {
    let attributes = || vec![Attribute::text("Name", "value")];
    let counted = "Name".len() + "String".len() + "value".len();
    edge(1_048_576, |bytes| message(&"x".repeat(bytes - counted), &attributes()));
    edge(1_048_576, |bytes| send_message_batch(&[held(bytes - counted, attributes())]));
    edge(1_048_576, |bytes| {
        send_message_batch(&[held(600_000, Vec::new()), held(bytes - 600_000, Vec::new())]);
    });
    edge(1_048_576, |bytes| resend_batch(&[resent(600_000, 1), resent(bytes - 600_000, 1)]));
}

#[test]
fn the_world_takes_a_body_of_one_byte_and_no_empty_one() {
    assert!(takes(|| message("x", &[])) && !takes(|| message("", &[])));
    assert!(takes(|| publish_batch(&[alert(1)])) && !takes(|| publish_batch(&[alert(0)])));
}

#[test]
fn the_world_takes_ten_attributes_each_once() {
    let named =
        |count: usize| (0..count).map(|at| Attribute::text(format!("P{at}"), "v")).collect::<Vec<_>>();
    edge(10, |count| message("x", &named(count)));
    assert!(!takes(|| message("x", &[Attribute::text("P", "v"), Attribute::text("P", "w")])));
}

#[test]
fn the_world_takes_256_characters_of_an_attributes_name_and_type() {
    edge(256, |length| message("x", &[Attribute::text("n".repeat(length), "v")]));
    edge(256, |length| {
        let data_type = format!("String.{}", "t".repeat(length - "String.".len()));
        let value = AttributeValue::Text { data_type, value: "v".to_owned() };
        message("x", &[Attribute { name: "n".to_owned(), value }]);
    });
    for name in ["", ".a", "a.", "a..b", "aws.a", "AWS.a", "Amazon.a", "a b", "ñ"] {
        assert!(!takes(|| message("x", &[Attribute::text(name, "v")])), "{name:?}");
    }
    for name in ["a", "a.b", "aws", "awsa", "amazon", "_", "-"] {
        assert!(takes(|| message("x", &[Attribute::text(name, "v")])), "{name:?}");
    }
    let empty = AttributeValue::Binary { data_type: "Binary".to_owned(), value: Vec::new() };
    assert!(!takes(|| message("x", &[Attribute { name: "n".to_owned(), value: empty }])));
    assert!(!takes(|| message("x", &[Attribute::text("n", "")])));
}

#[test]
fn the_world_takes_the_characters_at_the_edges_of_what_sqs_takes() {
    for text in ["\t", "\n", "\r", " ", "\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{10000}", "\u{10ffff}"] {
        assert!(takes(|| message(text, &[Attribute::text("n", text)])), "{text:?}");
    }
    for text in ["\0", "\u{8}", "\u{b}", "\u{c}", "\u{e}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        assert!(!takes(|| message(text, &[])), "{text:?}");
        assert!(!takes(|| message("x", &[Attribute::text("n", text)])), "{text:?}");
    }
}

#[test]
fn the_world_takes_128_characters_of_a_message_group() {
    edge(128, |length| resend_batch(&[resent(1, length)]));
    assert!(!takes(|| resend_batch(&[resent(1, 0)])));
}

#[test]
fn the_world_takes_256_kib_of_alerts() {
    let around = alert(0).size();
    edge(262_144, |bytes| publish_batch(&[alert(bytes - around)]));
    edge(262_144, |bytes| publish_batch(&[alert(200_000), alert(bytes - 200_000 - 2 * around)]));
}

#[test]
fn the_world_takes_99_characters_of_a_subject() {
    // SNS: a subject has less than 100.
    edge(99, |length| {
        let subject: &'static str = "x".repeat(length).leak();
        publish_batch(&[Alert { subject, ..alert(1) }]);
    });
    for subject in ["", "\nx", "x\ny", "más", " x"] {
        assert!(!takes(|| publish_batch(&[Alert { subject, ..alert(1) }])), "{subject:?}");
    }
}

#[test]
fn the_world_takes_a_hundred_keys_and_a_hundred_writes() {
    edge(100, |count| keys(&(0..count).collect::<Vec<_>>()));
    edge(100, writes);
    assert!(!takes(|| keys::<u8>(&[])) && !takes(|| keys(&[1, 1])) && !takes(|| writes(0)));
    // A head and an event beside the parts of a body; an invoice beside its own.
    edge(100, |items| case(&new_case(split(&vec![1; items - 2]), Vec::new())));
    edge(100, |items| invoice(&new_invoice(split(&vec![1; items - 1]), 1)));
    edge(100, |items| change(&new_change(1, Some(split(&vec![1; items - 2])))));
}

#[test]
fn the_world_takes_400_kb_of_an_item() {
    // With the names and the keys of a part.
    edge(409_600, |bytes| case(&new_case(split(&[bytes - 200]), Vec::new())));
    edge(409_600, |bytes| invoice(&new_invoice(split(&[bytes - 200]), 1)));
    edge(409_600, |bytes| change(&new_change(1, Some(split(&[bytes - 200])))));
    // The head, with what its reasons take.
    let violation = |path: usize| Violation {
        code: "",
        category: Category::Data,
        severity: Severity::Error,
        path: "x".repeat(path),
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    };
    let label = Reasons::new(Vec::new(), &Summary::default()).group.label.len();
    let around = 2 * KB + 80 + "[]".len() + label;
    edge(409_600, |bytes| case(&new_case(split(&[1]), vec![violation(bytes - around)])));
    let inline = |bytes: usize| Packed { size: bytes, parts: Parts::Inline(vec![0; bytes]) };
    // The key stands in the item twice.
    let around = 2 * KB + 2;
    edge(409_600, |bytes| invoice(&new_invoice(inline(bytes - around), 1)));
}

#[test]
fn the_world_takes_4_mb_of_a_transaction() {
    // Eleven parts, an invoice, and what the last part is filled up with.
    let parts = |bytes: usize| {
        let mut parts = vec![350_000; 11];
        parts.push(bytes - 11 * 350_200 - 200 - 2 * KB - 2);
        split(&parts)
    };
    edge(4_194_304, |bytes| invoice(&new_invoice(parts(bytes), 1)));
    let parts = |bytes: usize| {
        let mut parts = vec![350_000; 11];
        parts.push(bytes - 11 * 350_200 - 200 - 3 * KB - 1);
        split(&parts)
    };
    edge(4_194_304, |bytes| change(&new_change(1, Some(parts(bytes)))));
    // A case's body of that size goes ahead of its head, part by part.
    assert!(takes(|| case(&new_case(split(&[350_000; 20]), Vec::new()))));
    assert!(!takes(|| case(&new_case(split(&[410_000; 20]), Vec::new()))));
}

#[test]
fn the_world_takes_1024_bytes_of_a_key() {
    edge(1_024, |bytes| invoice(&new_invoice(split(&[1]), bytes)));
    edge(1_024, |bytes| case(&NewCase { summary: summary(bytes), ..new_case(split(&[1]), Vec::new()) }));
}

#[test]
fn the_world_takes_10_kb_of_what_people_note() {
    edge(10 * KB, |bytes| change(&new_change(bytes, None)));
}

#[test]
fn the_world_hides_a_message_for_twelve_hours() {
    let edges = [(-1, false), (0, true), (43_199_999, true), (43_200_000, true), (43_200_001, false)];
    for (hide_ms, is_taken) in edges {
        assert_eq!(takes(|| hidden(hide_ms)), is_taken, "{hide_ms}");
    }
}
