//! The way back: what an arriving message carries of ours, and what is its producer's.

use serde::Deserialize;

use super::{json, names};
use crate::message::{Attribute, CaseId, Source};

/// What the attributes of a message that was held before say. Anybody may write them: only a body that the case has proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The case that the message belongs to.
    pub case: CaseId,
    /// The attempt of the case that it is.
    pub attempt: u32,
    /// Where it first came from, if it says so.
    pub source: Option<Source>,
    /// The producer's attributes.
    pub producer: Producer,
}

/// The producer's attributes of an arriving message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Producer {
    /// They came along.
    Here(Vec<Attribute>),
    /// They did not fit, and are in the case file, on the message's own case.
    InCaseFile {
        /// The attempt under which they are there.
        attempt: u32,
    },
}

/// What the value of `Reasons` tells on the way back.
#[derive(Deserialize)]
struct Reasons {
    attempt: u32,
}

/// Tells ours from the producer's. `None` for a message that was never held.
///
/// A message without a case id is all its producer's, whatever names it uses: `Source` is a common one. With one, the
/// names of [`names::OURS`] are ours, as a producer's attributes of these names travel inside `ProducerAttributes`.
///
/// A message moved back from the dead-letter queue by AWS's own redrive has no `Attempt`, but still the `Reasons` of the
/// attempt that was refused: it is the next one.
pub fn unpack(attributes: &[Attribute]) -> Option<Carried> {
    let text =
        |name: &str| attributes.iter().find(|attribute| attribute.name == name).and_then(Attribute::as_text);
    let case = text(names::INVALID_MESSAGE_ID).and_then(CaseId::parse)?;
    let attempt =
        text(names::ATTEMPT).and_then(|attempt| attempt.parse().ok()).filter(|attempt| *attempt > 0);
    let attempt = attempt.unwrap_or_else(|| text(names::REASONS).map_or(2, attempt_after));
    let producer = producer(attributes, text(names::PRODUCER_ATTRIBUTES), &case);
    let source = text(names::SOURCE).and_then(|source| source.parse().ok());
    Some(Carried { case, attempt, source, producer })
}

/// The attempt after the one that was refused for `reasons`. What says nothing is taken for a first one.
fn attempt_after(reasons: &str) -> u32 {
    #[expect(clippy::disallowed_methods, reason = "our own attribute, not an invoice")]
    let refused = serde_json::from_str::<Reasons>(reasons).map_or(1, |reasons| reasons.attempt);
    refused.saturating_add(1)
}

fn producer(attributes: &[Attribute], packed: Option<&str>, id: &CaseId) -> Producer {
    if let Some((case, attempt)) = packed.and_then(json::read_in_case_file)
        && case == *id
    {
        return Producer::InCaseFile { attempt };
    }
    let unpacked = packed.map(|packed| json::from_json(packed.as_bytes()));
    // What is not what we wrote is kept as it is, rather than lost.
    let keep_packed = !matches!(unpacked, Some(Ok(_)));
    let is_producers =
        |name: &str| !names::OURS.contains(&name) || (keep_packed && name == names::PRODUCER_ATTRIBUTES);
    let mut producer: Vec<Attribute> =
        attributes.iter().filter(|attribute| is_producers(&attribute.name)).cloned().collect();
    producer.extend(unpacked.and_then(Result::ok).unwrap_or_default());
    Producer::Here(producer)
}
