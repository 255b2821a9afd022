//! What Lambda hands to the function, as messages. `eventSource` decides the shape.
//!
//! An event is read leniently: what is wrong with a record costs that record. One that cannot be read is never dropped,
//! nor taken for an invalid invoice: it is given back by its id, to be delivered again.

mod kafka;
mod sqs;

use std::collections::BTreeMap;
use std::fmt;

use aduana_cases::message::Envelope;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A JSON object, its values unread.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

pub use kafka::KEY as KAFKA_KEY;

/// How an event's messages came, which decides by what names their failures go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventSource {
    /// Through an SQS queue.
    #[default]
    Sqs,
    /// Through topics of Kafka.
    Kafka,
}

/// The messages of an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// How they came.
    pub source: EventSource,
    /// Those that can be read, in the order of the event.
    pub envelopes: Vec<Envelope>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
    /// The ids of records without a value, of which there is nothing to judge: they are done.
    pub tombstones: Vec<String>,
    /// The ids of those among `envelopes` whose value is not base64, as Lambda hands it out. Their body is the text that
    /// stood there: it is judged, and held with it unless it is an invoice in order.
    pub undecoded: Vec<String>,
}

/// A record that is not what its source sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The id by which its failure is named, if at least that can be read.
    pub id: Option<String>,
    /// What is wrong with it: names of fields, never their contents.
    pub what: &'static str,
}

/// Reads an event, given as its JSON text. The one place where event sources are distinguished.
///
/// An empty list of records is an empty batch; what is not an event of a source that we know is an error.
pub fn decode(event: &RawValue) -> Result<Batch, EventError> {
    let event: Fields<'_> = read(event).ok_or(EventError::NotAnObject)?;
    // Kafka names its source once, SQS in each record.
    if let Some(source) = event.get("eventSource") {
        return match text(&event, "eventSource") {
            Some(name) if kafka::SOURCES.contains(&name.as_str()) => kafka::decode(&event),
            _ => Err(EventError::of_source(source)),
        };
    }
    let records: Vec<&RawValue> =
        event.get("Records").and_then(|records| read(records)).ok_or(EventError::NoRecords)?;
    sqs::decode(&records)
}

/// `json` as a `T`, if it is one.
#[expect(clippy::disallowed_methods, reason = "an event of Lambda, not an invoice")]
fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    fields.get(name).and_then(|json| read(json))
}

/// A field that is there and is not `null`.
fn given<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a RawValue> {
    fields.get(name).copied().filter(|json| json.get() != "null")
}

/// An event that is none of those that the function takes. All of it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventError {
    /// It is not a JSON object.
    NotAnObject,
    /// It has no list of records.
    NoRecords,
    /// Its records come from somewhere else: the name of the source, as far as it is a name.
    Source(String),
    /// A message has another body than SQS took. What nobody sent is not judged, nor is anything that came beside it.
    Rewritten,
}

impl EventError {
    fn of_source(source: &RawValue) -> Self {
        const LONGEST: usize = 40;
        let name: String = read(source).unwrap_or_default();
        let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '-' | '_');
        Self::Source(name.chars().filter(is_allowed).take(LONGEST).collect())
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("read the event: ")?;
        match self {
            Self::NotAnObject => f.write_str("it is not a JSON object"),
            Self::NoRecords => {
                f.write_str("it has no list of records; is the trigger an SQS queue or a Kafka topic?")
            }
            Self::Rewritten => f.write_str(
                "its source rewrote a message: the body is not the one that `md5OfBody` is of, so nothing was judged, and all comes \
                 again; on LocalStack, mount localstack/keep-bodies.py into it, as localstack/compose.yaml does",
            ),
            Self::Source(source) => {
                let [msk, own] = kafka::SOURCES;
                write!(
                    f,
                    "its source is {source:?}; this function takes events of \"{}\", \"{msk}\" and \"{own}\"",
                    sqs::SOURCE
                )
            }
        }
    }
}

impl std::error::Error for EventError {}

#[cfg(test)]
#[path = "events/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "events/kafka_tests.rs"]
mod kafka_tests;
