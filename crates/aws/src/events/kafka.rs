//! Events of Kafka topics, of Amazon MSK and of a cluster of one's own (Lambda, *Using Lambda with Amazon MSK* and
//! *… with self-managed Apache Kafka*, "Example event").
//!
//! ```json
//! {"eventSource":"aws:kafka","records":{"invoices-0":[{"topic":"invoices","partition":0,"offset":15,
//!   "timestamp":1545084650987,"key":"<base64>","value":"<base64>","headers":[{"name":[104,105]}]}]}}
//! ```

use aduana_cases::attributes::is_sendable;
use aduana_cases::message::{Attribute, AttributeValue, Envelope, Sender, Source};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::{Batch, EventError, EventSource, Fields, Unreadable, given, read, text};

/// What Lambda calls a cluster of Amazon MSK, and any other.
pub(super) const SOURCES: [&str; 2] = ["aws:kafka", "SelfManagedKafka"];

/// The attribute that holds a record's key.
pub const KEY: &str = "KafkaKey";
/// The data type of a header without a value. Kafka tells it from an empty one.
const NULL: &str = "Binary.null";

pub(super) fn decode(event: &Fields<'_>) -> Result<Batch, EventError> {
    let partitions: Fields<'_> =
        event.get("records").and_then(|records| read(records)).ok_or(EventError::NoRecords)?;
    let mut batch = Batch { source: EventSource::Kafka, ..Batch::default() };
    for (partition, records) in partitions {
        let records: Vec<&RawValue> = read(records).ok_or(EventError::NoRecords)?;
        for record in records {
            let fields: Fields<'_> = read(record).unwrap_or_default();
            let id = number(&fields, "offset").map(|offset| format!("{partition}:{offset}"));
            match message(&partition, &fields) {
                Ok(Message::Tombstone) => batch.tombstones.extend(id),
                Ok(Message::Whole(envelope)) => batch.envelopes.push(envelope),
                Ok(Message::Undecoded(envelope)) => {
                    batch.undecoded.extend(id);
                    batch.envelopes.push(envelope);
                }
                Err(what) => batch.unreadable.push(Unreadable { id, what }),
            }
        }
    }
    Ok(batch)
}

/// What a record holds.
enum Message {
    /// No value: it says that what came under its key before is to be forgotten. Nothing to judge.
    Tombstone,
    Whole(Envelope),
    /// Its value is not base64, which Lambda never hands out: it is taken as the text that it is.
    Undecoded(Envelope),
}

fn message(partition: &str, fields: &Fields<'_>) -> Result<Message, &'static str> {
    let offset = number(fields, "offset").ok_or("offset")?;
    let topic = text(fields, "topic").filter(|topic| !topic.is_empty()).ok_or("topic")?;
    let number_of_partition =
        number(fields, "partition").and_then(|number| i32::try_from(number).ok()).ok_or("partition")?;
    // The name that a failure goes by is the event's, and must be the record's as well.
    if partition != format!("{topic}-{number_of_partition}") {
        return Err("partition");
    }
    let Some(value) = given(fields, "value") else { return Ok(Message::Tombstone) };
    let value: String = read(value).ok_or("value")?;
    let mut attributes = match given(fields, "headers") {
        Some(headers) => self::headers(headers).ok_or("headers")?,
        None => Vec::new(),
    };
    if let Some(key) = given(fields, "key") {
        let key: String = read(key).ok_or("key")?;
        attributes.push(attribute(KEY.to_owned(), bytes(key).unwrap_or_else(String::into_bytes)));
    }
    let sender = Sender::of_topic(&topic);
    let envelope = |body| Envelope {
        source: Source::Kafka { topic, partition: number_of_partition, offset },
        id: format!("{partition}:{offset}"),
        body,
        attributes,
        // Kafka does not count: any record may have come before.
        receive_count: None,
        sent_at_ms: number(fields, "timestamp"),
        sender,
    };
    Ok(match bytes(value) {
        Ok(body) => Message::Whole(envelope(body)),
        Err(text) => Message::Undecoded(envelope(text.into_bytes())),
    })
}

/// The bytes that `base64` says, or the text again if it is not base64.
fn bytes(base64: String) -> Result<Vec<u8>, String> {
    STANDARD.decode(&base64).map_err(|_| base64)
}

/// A number that is not negative.
fn number(fields: &Fields<'_>, name: &str) -> Option<i64> {
    fields.get(name).and_then(|json| read(json)).filter(|number: &i64| *number >= 0)
}

/// `[{"name":[1,2,3]}]`. A name may come again.
fn headers(json: &RawValue) -> Option<Vec<Attribute>> {
    let headers: Vec<Fields<'_>> = read(json)?;
    headers.into_iter().flatten().map(|(name, value)| header(name, value)).collect()
}

fn header(name: String, json: &RawValue) -> Option<Attribute> {
    if json.get() == "null" {
        let value = AttributeValue::Binary { data_type: NULL.to_owned(), value: Vec::new() };
        return Some(Attribute { name, value });
    }
    let numbers: Vec<i16> = read(json)?;
    Some(attribute(name, numbers.into_iter().map(byte).collect::<Option<_>>()?))
}

/// A byte, signed as Java has them or not.
fn byte(number: i16) -> Option<u8> {
    u8::try_from(number).ok().or_else(|| i8::try_from(number).ok().map(i8::cast_unsigned))
}

/// Text where it is text that SQS takes, bytes otherwise: the attribute comes along in either case.
fn attribute(name: String, value: Vec<u8>) -> Attribute {
    match String::from_utf8(value) {
        Ok(text) if is_sendable(&text) => Attribute::text(name, text),
        Ok(text) => Attribute { name, value: binary(text.into_bytes()) },
        Err(error) => Attribute { name, value: binary(error.into_bytes()) },
    }
}

fn binary(value: Vec<u8>) -> AttributeValue {
    AttributeValue::Binary { data_type: "Binary".to_owned(), value }
}
