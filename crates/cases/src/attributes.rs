//! The attributes of a held message: ours next to the producer's, within what SQS takes, and back again.
//!
//! SQS takes ten attributes and 1 MiB in all, and refuses some characters. So, in this order: a producer's attributes that
//! do not fit go together into one, `ProducerAttributes`; our reasons shrink; the body is replaced by a claim check that
//! names it in the case file; the producer's attributes are. Nothing is dropped silently.

mod json;
mod resend;
mod unpack;

use std::collections::BTreeSet;

use crate::case::Reasons;
use crate::claim::ClaimCheck;
use crate::message::{Attribute, AttributeValue, BodyVersion, CaseId, Source};
use crate::ports::HeldMessage;
pub use json::{BadAttributes, from_json, to_json};
pub use resend::{ToResend, pack_resend};
pub use unpack::{Carried, Producer, unpack};

/// The most attributes of a message (SQS, *Message attributes*).
pub const COUNT_MAX: usize = 10;
/// The most bytes of a message: body, and the names, types and values of its attributes (SQS, *Message quotas*).
pub const MESSAGE_MAX: usize = 1_048_576;
/// The most bytes of the value of `Reasons`.
pub const REASONS_MAX: usize = 4096;

/// The names of our attributes. A message is known as ours by `InvalidMessageId`.
pub mod names {
    /// The case id.
    pub const INVALID_MESSAGE_ID: &str = "InvalidMessageId";
    /// The first, most telling code.
    pub const REASON_CODE: &str = "ReasonCode";
    /// The worst category present.
    pub const REASON_CATEGORY: &str = "ReasonCategory";
    /// Rule-set version, attempt, total count, and pairs of code and pointer, as JSON.
    pub const REASONS: &str = "Reasons";
    /// Where the message came from.
    pub const SOURCE: &str = "Source";
    /// The attempt, on a message that is resent.
    pub const ATTEMPT: &str = "Attempt";
    /// The producer's attributes that have no place of their own, as JSON.
    pub const PRODUCER_ATTRIBUTES: &str = "ProducerAttributes";

    /// All of them.
    pub const OURS: [&str; 7] =
        [INVALID_MESSAGE_ID, REASON_CODE, REASON_CATEGORY, REASONS, SOURCE, ATTEMPT, PRODUCER_ATTRIBUTES];
}

/// What goes into the queue for a held message.
pub struct ToHold<'a> {
    /// The case id.
    pub id: &'a CaseId,
    /// The attempt that was refused.
    pub attempt: u32,
    /// Where the message came from.
    pub source: &'a Source,
    /// The version of the rule set that refused it.
    pub ruleset: &'a str,
    /// Why.
    pub reasons: &'a Reasons,
    /// The exact bytes of the body, whatever they are.
    pub body: &'a [u8],
    /// The producer's attributes, whatever names and values they have.
    pub producer: &'a [Attribute],
}

/// The message as it goes into the queue, within all of SQS's limits.
pub fn pack(held: &ToHold<'_>) -> HeldMessage {
    let ours = held.ours();
    // One more of ours is to come, `Reasons`.
    let producer = beside(held.producer, COUNT_MAX - ours.len() - 1);
    let note =
        || vec![Attribute::text(names::PRODUCER_ATTRIBUTES, json::in_case_file(held.id, held.attempt))];
    let claim = || ClaimCheck::new(held.id, BodyVersion::received(held.attempt), held.body).to_string();
    match std::str::from_utf8(held.body).ok().filter(|body| is_sendable(body)) {
        Some(body) => held
            .fit(body.to_owned(), &ours, &producer)
            .or_else(|| held.fit(claim(), &ours, &producer))
            .or_else(|| held.fit(body.to_owned(), &ours, &note())),
        None => held.fit(claim(), &ours, &producer),
    }
    .unwrap_or_else(|| held.message(claim(), ours, note(), REASONS_MAX))
}

const REASONS_END: &str = "]}";

impl ToHold<'_> {
    /// Our attributes but `Reasons`, which takes what room is left.
    fn ours(&self) -> Vec<Attribute> {
        vec![
            Attribute::text(names::INVALID_MESSAGE_ID, self.id.as_str()),
            Attribute::text(names::REASON_CODE, self.reasons.code),
            Attribute::text(names::REASON_CATEGORY, self.reasons.category.as_str()),
            Attribute::text(names::SOURCE, self.source.to_string()),
        ]
    }

    /// The message with this body and these attributes and as many reasons as fit; `None` if not even none do.
    fn fit(&self, body: String, ours: &[Attribute], producer: &[Attribute]) -> Option<HeldMessage> {
        let message = self.message(body, ours.to_vec(), producer.to_vec(), 0);
        let room = MESSAGE_MAX.checked_sub(message.size())?;
        let budget = self.reasons_json(0).len().saturating_add(room).min(REASONS_MAX);
        let HeldMessage { body, .. } = message;
        Some(self.message(body, ours.to_vec(), producer.to_vec(), budget))
    }

    fn message(
        &self,
        body: String,
        mut attributes: Vec<Attribute>,
        producer: Vec<Attribute>,
        reasons_max: usize,
    ) -> HeldMessage {
        attributes.push(Attribute::text(names::REASONS, self.reasons_json(reasons_max)));
        attributes.extend(producer);
        HeldMessage { case_id: self.id.clone(), attempt: self.attempt, body, attributes }
    }

    /// `{"ruleset":…,"attempt":…,"count":…,"reasons":[[code,pointer],…]}` in at most `max` bytes, as far as reasons can be
    /// left off.
    fn reasons_json(&self, max: usize) -> String {
        let ruleset = serde_json::json!(self.ruleset);
        let (attempt, count) = (self.attempt, self.reasons.count);
        let mut json = format!(r#"{{"ruleset":{ruleset},"attempt":{attempt},"count":{count},"reasons":["#);
        let mut separator = "";
        for error in self.reasons.errors() {
            let pair = serde_json::json!([error.code, error.path]).to_string();
            if json.len() + separator.len() + pair.len() + REASONS_END.len() > max {
                break;
            }
            json.push_str(separator);
            json.push_str(&pair);
            separator = ",";
        }
        json.push_str(REASONS_END);
        json
    }
}

/// The producer's attributes in at most `slots` attributes: those that SQS takes as they are, under names that are not
/// ours, and, if any are left, these together in `ProducerAttributes`.
fn beside(producer: &[Attribute], slots: usize) -> Vec<Attribute> {
    // By name: an event's attributes come in no order, and the same message shall be sent the same way twice.
    let mut sorted: Vec<&Attribute> = producer.iter().collect();
    sorted.sort_by_key(|attribute| &attribute.name);
    let mut seen = BTreeSet::new();
    let (mut direct, mut rest): (Vec<&Attribute>, Vec<&Attribute>) =
        sorted.into_iter().partition(|attribute| {
            is_sendable_attribute(attribute)
                && !names::OURS.contains(&attribute.name.as_str())
                && seen.insert(attribute.name.as_str())
        });
    if !rest.is_empty() || direct.len() > slots {
        let kept = slots.saturating_sub(1).min(direct.len());
        rest.extend(direct.drain(kept..));
    }
    let mut attributes: Vec<Attribute> = direct.into_iter().cloned().collect();
    if !rest.is_empty() {
        attributes.push(Attribute::text(names::PRODUCER_ATTRIBUTES, to_json(rest)));
    }
    attributes
}

/// Whether SQS takes `text` as a body or as a value: not empty, and none but the characters that XML 1.0 allows.
pub fn is_sendable(text: &str) -> bool {
    let is_allowed = |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}');
    !text.is_empty() && text.chars().all(is_allowed)
}

/// Whether SQS takes the attribute as it is.
fn is_sendable_attribute(attribute: &Attribute) -> bool {
    is_sendable_name(&attribute.name)
        && match &attribute.value {
            AttributeValue::Text { data_type, value } => {
                is_data_type(data_type, &["String", "Number"]) && is_sendable(value)
            }
            AttributeValue::Binary { data_type, value } => {
                is_data_type(data_type, &["Binary"]) && !value.is_empty()
            }
        }
}

/// Letters, digits, `_`, `-` and `.`; at most 256; no `.` at either end or twice in a row; not beginning with `AWS.` or
/// `Amazon.` in any case (SQS, *Message attributes*).
fn is_sendable_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = name.to_ascii_lowercase();
    (1..=256).contains(&name.len())
        && name.bytes().all(is_allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
}

/// A logical type, alone or with a custom label: `Number`, `Number.int`; at most 256 characters.
fn is_data_type(data_type: &str, logical: &[&str]) -> bool {
    let (base, label) =
        data_type.split_once('.').map_or((data_type, None), |(base, label)| (base, Some(label)));
    data_type.len() <= 256 && logical.contains(&base) && label.is_none_or(is_sendable)
}

#[cfg(test)]
#[path = "attributes/tests.rs"]
mod tests;
