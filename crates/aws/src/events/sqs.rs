//! Events of an SQS queue (Lambda, *Using Lambda with Amazon SQS*, "Example event").

use aduana_cases::message::{Attribute, AttributeValue, Envelope, Sender, Source, sent_to};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::value::RawValue;

use super::{Batch, EventError, Fields, Unreadable, given, read, text};

pub(super) const SOURCE: &str = "aws:sqs";

pub(super) fn decode(records: &[&RawValue]) -> Result<Batch, EventError> {
    let mut batch = Batch::default();
    let mut other_source = None;
    let mut any_of_ours = records.is_empty();
    for record in records {
        let fields: Fields<'_> = read(record).unwrap_or_default();
        match text(&fields, "eventSource") {
            Some(source) if source == SOURCE => any_of_ours = true,
            // SNS writes it so.
            _ => {
                let source = fields.get("eventSource").or_else(|| fields.get("EventSource"));
                other_source = source.copied().or(other_source);
            }
        }
        match envelope(&fields) {
            Ok(envelope) if is_rewritten(&fields, &envelope.body) => return Err(EventError::Rewritten),
            Ok(envelope) => batch.envelopes.push(envelope),
            Err(what) => batch.unreadable.push(Unreadable { id: message_id(&fields), what }),
        }
    }
    match other_source {
        // Not one record is of a queue: this is another trigger's event.
        Some(source) if !any_of_ours => Err(EventError::of_source(source)),
        _ => Ok(batch),
    }
}

fn envelope(fields: &Fields<'_>) -> Result<Envelope, &'static str> {
    let id = message_id(fields).ok_or("messageId")?;
    text(fields, "eventSource").filter(|source| source == SOURCE).ok_or("eventSource")?;
    let queue = text(fields, "eventSourceARN").and_then(|arn| queue(&arn)).ok_or("eventSourceARN")?;
    let (queue, was_moved) = sent_to(&queue);
    let body = text(fields, "body").ok_or("body")?.into_bytes();
    let attributes = match given(fields, "messageAttributes") {
        Some(attributes) => message_attributes(attributes).ok_or("messageAttributes")?,
        None => Vec::new(),
    };
    // What SQS says of the delivery. Without it the message is judged all the same, as one that may have come before.
    let system: Fields<'_> = given(fields, "attributes").and_then(read).unwrap_or_default();
    Ok(Envelope {
        source: Source::Sqs { queue: queue.to_owned() },
        id,
        body,
        attributes,
        // The count of what was moved may begin anew, and it was delivered before.
        receive_count: text(&system, "ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .filter(|_| !was_moved),
        sent_at_ms: text(&system, "SentTimestamp").and_then(|at| at.parse().ok()),
        sender: text(&system, "SenderId").and_then(|id| Sender::parse(&id)),
    })
}

/// Whether a body is another one than that which SQS took. SQS says its MD5 (*SQS API Reference*, `Message`, `MD5OfBody`), and
/// an event source that writes bodies anew leaves it as it was. Of an event that says none, as one written by hand, nobody knows.
fn is_rewritten(fields: &Fields<'_>, body: &[u8]) -> bool {
    given(fields, "md5OfBody").is_some_and(|json| {
        let due = read(json).and_then(|due: String| u128::from_str_radix(&due, 16).ok());
        due != Some(u128::from_be_bytes(Md5::digest(body).into()))
    })
}

fn message_id(fields: &Fields<'_>) -> Option<String> {
    text(fields, "messageId").filter(|id| !id.is_empty())
}

/// The queue's name: the last part of `arn:<partition>:sqs:<region>:<account>:<name>`.
fn queue(arn: &str) -> Option<String> {
    let mut parts = arn.split(':');
    let is_sqs = parts.next() == Some("arn") && parts.nth(1) == Some("sqs");
    let name = parts.nth(2).filter(|name| is_sqs && !name.is_empty());
    name.filter(|_| parts.next().is_none()).map(str::to_owned)
}

fn message_attributes(json: &RawValue) -> Option<Vec<Attribute>> {
    let attributes: Fields<'_> = read(json)?;
    attributes.into_iter().map(|(name, attribute)| message_attribute(name, attribute)).collect()
}

fn message_attribute(name: String, json: &RawValue) -> Option<Attribute> {
    let fields: Fields<'_> = read(json)?;
    let data_type = text(&fields, "dataType")?;
    let value = if data_type.starts_with("Binary") {
        let value = STANDARD.decode(text(&fields, "binaryValue")?).ok()?;
        AttributeValue::Binary { data_type, value }
    } else {
        AttributeValue::Text { data_type, value: text(&fields, "stringValue")? }
    };
    Some(Attribute { name, value })
}
