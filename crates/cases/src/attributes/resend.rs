//! The way back into the intake queue: ours stripped but for what leads the outcome to its case, the producer's restored.

use super::{COUNT_MAX, MESSAGE_MAX, beside, is_sendable, json, names};
use crate::claim::ClaimCheck;
use crate::message::{Attribute, BodyVersion, CaseId};
use crate::ports::ResentMessage;

/// What goes into the intake queue for a case.
pub struct ToResend<'a> {
    /// The case id.
    pub id: &'a CaseId,
    /// The attempt that it will be.
    pub attempt: u32,
    /// Where body and attributes are in the case file.
    pub version: BodyVersion,
    /// Where the message first came from.
    pub source: &'a str,
    /// The exact bytes of the body.
    pub body: &'a [u8],
    /// The producer's attributes.
    pub producer: &'a [Attribute],
    /// The message group, which keeps one sender from delaying the rest.
    pub group: String,
}

/// The message as it goes into the queue, within all of SQS's limits. What does not fit is named: first the body, then the
/// producer's attributes, then both.
pub fn pack_resend(case: &ToResend<'_>) -> ResentMessage {
    let ours = [
        Attribute::text(names::INVALID_MESSAGE_ID, case.id.as_str()),
        Attribute::number(names::ATTEMPT, case.attempt),
        Attribute::text(names::SOURCE, case.source),
    ];
    let producer = beside(case.producer, COUNT_MAX - ours.len());
    let note = json::in_case_file(case.id, case.version.attempt);
    let note = vec![Attribute::text(names::PRODUCER_ATTRIBUTES, note)];
    let claim = ClaimCheck::new(case.id, case.version, case.body).to_string();
    let message = |body: &str, more: &[Attribute]| ResentMessage {
        case_id: case.id.clone(),
        attempt: case.attempt,
        body: body.to_owned(),
        attributes: ours.iter().chain(more).cloned().collect(),
        group: case.group.clone(),
        trace: None,
    };
    let text = std::str::from_utf8(case.body).ok().filter(|body| is_sendable(body));
    let body = text.unwrap_or(&claim);
    [(body, &producer), (&claim, &producer), (body, &note)]
        .into_iter()
        .map(|(body, attributes)| message(body, attributes))
        .find(|message| message.size() <= MESSAGE_MAX)
        .unwrap_or_else(|| message(&claim, &note))
}
