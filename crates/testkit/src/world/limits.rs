//! AWS's limits, as AWS enforces them. Whoever breaks one gets a panic: the code under test must never send such a thing.

use std::collections::BTreeSet;

use aduana_cases::body::{Packed, Parts};
use aduana_cases::case::NewCase;
use aduana_cases::message::{Attribute, AttributeValue};
use aduana_cases::ports::ResentMessage;
use aduana_cases::ports::{Alert, HeldMessage, NewInvoice};
use aduana_redrive::ports::Change;

const KB: usize = 1024;
const MIB: usize = 1024 * KB;
/// Entries of a batch of SQS or SNS, and messages of one receive.
pub(super) const ENTRIES: usize = 10;
/// Items of a transaction of DynamoDB, and keys of a `BatchGetItem`.
const ITEMS: usize = 100;
/// Twelve hours.
const HIDDEN_MS: i64 = 12 * 60 * 60 * 1000;
/// Parts of more than that are written before their head: `crates/aws/src/cases/oversized_parts.rs`.
const AHEAD_OF_THE_HEAD: usize = 3_400_000;

/// SQS and SNS on a batch of so many entries.
pub(super) fn batch(entries: usize) {
    assert!((1..=ENTRIES).contains(&entries), "TooManyEntriesInBatchRequest: {entries}");
}

/// DynamoDB `BatchGetItem` on these keys.
pub(super) fn keys<T: Ord>(keys: &[T]) {
    let distinct: BTreeSet<&T> = keys.iter().collect();
    assert!((1..=ITEMS).contains(&keys.len()), "ValidationException: {} keys", keys.len());
    assert_eq!(distinct.len(), keys.len(), "ValidationException: a key twice");
}

/// DynamoDB `TransactWriteItems` on so many small items.
pub(super) fn writes(count: usize) {
    assert!((1..=ITEMS).contains(&count), "ValidationException: {count} writes");
}

/// SQS on how long a received message is hidden.
pub(super) fn hidden(hide_ms: i64) {
    assert!((0..=HIDDEN_MS).contains(&hide_ms), "InvalidParameterValue: VisibilityTimeout");
}

/// Lambda on a reply that comes by a function URL: an answer is a text in it.
pub(super) fn reply(answer: &str) {
    let reply = serde_json::to_string(answer).expect("a text").len();
    assert!(reply <= 6 * MIB, "Function.ResponseSizeTooLarge: {reply} bytes");
}

/// SQS `SendMessageBatch` on these entries.
pub(super) fn send_message_batch(entries: &[HeldMessage]) {
    batch(entries.len());
    let total: usize = entries.iter().map(|entry| message_size(&entry.body, &entry.attributes)).sum();
    assert!(total <= MIB, "BatchRequestTooLong: {total} bytes");
    for entry in entries {
        message(&entry.body, &entry.attributes);
    }
}

/// SQS `SendMessageBatch` to the intake queue on these entries.
pub(super) fn resend_batch(entries: &[ResentMessage]) {
    batch(entries.len());
    let total: usize = entries.iter().map(|entry| message_size(&entry.body, &entry.attributes)).sum();
    assert!(total <= MIB, "BatchRequestTooLong: {total} bytes");
    for entry in entries {
        message(&entry.body, &entry.attributes);
        let is_group = entry.group.chars().all(|c| c.is_ascii_alphanumeric());
        assert!((1..=128).contains(&entry.group.len()) && is_group, "InvalidParameterValue: MessageGroupId");
    }
}

/// DynamoDB on what a person does to a case: the update of the head, the event, and the parts of a correction.
pub(super) fn change(change: &Change) {
    let redrive_state = &change.redrive_state;
    let texts = [&redrive_state.owner, &redrive_state.note, &redrive_state.ticket];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    assert!(texts <= 10 * KB, "an annotation of {texts} bytes next to the reasons");
    let parts = change.body.iter().flat_map(parts);
    transaction([2 * KB + texts, KB + change.event.reason.len()].into_iter().chain(parts));
}

/// SQS on one message.
pub(crate) fn message(body: &str, attributes: &[Attribute]) {
    assert!(!body.is_empty(), "MissingParameter: MessageBody");
    assert!(body.chars().all(is_allowed), "InvalidMessageContents: body");
    assert!(attributes.len() <= 10, "InvalidParameterValue: {} attributes", attributes.len());
    let size = message_size(body, attributes);
    assert!(size <= MIB, "InvalidParameterValue: {size} bytes");
    let names: BTreeSet<_> = attributes.iter().map(|attribute| &attribute.name).collect();
    assert_eq!(names.len(), attributes.len(), "InvalidParameterValue: a name twice");
    attributes.iter().for_each(attribute);
}

fn attribute(Attribute { name, value }: &Attribute) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    assert!(
        (1..=256).contains(&name.len()) && name.chars().all(is_name),
        "InvalidParameterValue: name {name:?}"
    );
    assert!(!name.starts_with('.') && !name.ends_with('.') && !name.contains(".."), "name {name:?}");
    let lower = name.to_lowercase();
    assert!(!lower.starts_with("aws.") && !lower.starts_with("amazon."), "reserved name {name:?}");
    let (data_type, is_empty) = match value {
        AttributeValue::Text { data_type, value } => {
            assert!(value.chars().all(is_allowed), "InvalidMessageContents: {name}");
            assert!(data_type.starts_with("String") || data_type.starts_with("Number"), "type of {name}");
            (data_type, value.is_empty())
        }
        AttributeValue::Binary { data_type, value } => {
            assert!(data_type.starts_with("Binary"), "type of {name}");
            (data_type, value.is_empty())
        }
    };
    assert!(!is_empty, "InvalidParameterValue: {name} must contain a non-empty value");
    assert!(data_type.len() <= 256, "type of {name}");
}

fn message_size(body: &str, attributes: &[Attribute]) -> usize {
    body.len() + attributes.iter().map(Attribute::size).sum::<usize>()
}

fn is_allowed(c: char) -> bool {
    matches!(u32::from(c), 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

/// SNS `PublishBatch` on these entries.
pub(super) fn publish_batch(entries: &[Alert]) {
    batch(entries.len());
    let total: usize = entries.iter().map(Alert::size).sum();
    assert!(total <= 256 * KB, "BatchRequestTooLong: {total} bytes");
    for Alert { subject, body, attributes, .. } in entries {
        let is_subject = |c: char| c.is_ascii() && !c.is_ascii_control();
        assert!((1..100).contains(&subject.len()) && subject.chars().all(is_subject), "Subject {subject:?}");
        assert!(subject.starts_with(|c: char| c.is_ascii_alphanumeric()), "Subject {subject:?}");
        assert!(!body.is_empty(), "Invalid parameter: Empty message");
        assert!(attributes.iter().all(|(_, value)| !value.is_empty()), "an empty attribute");
    }
}

/// DynamoDB on a case: the transaction that opens it.
pub(super) fn case(case: &NewCase) {
    let reasons: usize = case
        .reasons
        .listed
        .iter()
        .map(|violation| {
            let suggestion = serde_json::to_string(&violation.suggestion).expect("JSON").len();
            let texts = [
                violation.expected.as_deref(),
                violation.actual.as_deref(),
                violation.term,
                Some(violation.code),
            ];
            let texts: usize = texts.into_iter().flatten().map(str::len).sum();
            // The names of eight fields, and DynamoDB's overhead of a map and its members.
            violation.path.len() + texts + suggestion + 80
        })
        .sum();
    let head =
        reasons + summary(&case.summary) + case.ruleset.len() + case.reasons.group.label.len() + 2 * KB;
    let mut parts_of_case = parts(&case.body);
    parts_of_case.extend(case.producer_attributes.iter().flat_map(parts));
    if parts_of_case.iter().sum::<usize>() > AHEAD_OF_THE_HEAD {
        // Item by item, before the transaction.
        for part in parts_of_case.drain(..) {
            transaction([part].into_iter());
        }
    }
    transaction([head, KB].into_iter().chain(parts_of_case));
}

/// DynamoDB on an invoice: the write that stores it.
pub(super) fn invoice(invoice: &NewInvoice) {
    let inline = match &invoice.body.parts {
        Parts::Inline(bytes) => bytes.len(),
        Parts::Split(_) => 0,
    };
    let head = inline + summary(&invoice.summary) + invoice.warnings.len() * 20 + 2 * KB;
    transaction([head].into_iter().chain(parts(&invoice.body)));
}

fn summary(summary: &aduana_invoice::Summary) -> usize {
    let key = summary.key.as_ref().map_or(0, |key| key.seller.len().max(key.document.len()));
    assert!(key <= KB, "ValidationException: a key of {key} bytes");
    let texts = [&summary.seller, &summary.buyer, &summary.number, &summary.issue_date, &summary.currency];
    2 * key + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

fn parts(packed: &Packed) -> Vec<usize> {
    match &packed.parts {
        Parts::Inline(_) => Vec::new(),
        Parts::Split(parts) => parts.iter().map(|part| part.len() + 200).collect(),
    }
}

fn transaction(items: impl Iterator<Item = usize>) {
    let items: Vec<usize> = items.collect();
    for item in &items {
        assert!(
            *item <= 400 * KB,
            "ValidationException: Item size has exceeded the maximum allowed size ({item})"
        );
    }
    assert!(items.len() <= ITEMS, "ValidationException: {} items in a transaction", items.len());
    assert!(items.iter().sum::<usize>() <= 4 * MIB, "ValidationException: transaction over 4 MB");
}

#[cfg(test)]
mod tests;
