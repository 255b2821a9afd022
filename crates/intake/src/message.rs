//! A message on its way: where it came from, what it carries, and what became of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a message came from, as it stands in the `Source` attribute: `sqs:<queue>` or
/// `kafka:<topic>/<partition>/<offset>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// An SQS queue, by name.
    Sqs {
        /// The queue's name.
        queue: String,
    },
    /// A Kafka record.
    Kafka {
        /// The topic's name.
        topic: String,
        /// The partition's number.
        partition: i32,
        /// The record's offset in the partition.
        offset: i64,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqs { queue } => write!(f, "sqs:{queue}"),
            Self::Kafka { topic, partition, offset } => write!(f, "kafka:{topic}/{partition}/{offset}"),
        }
    }
}

/// The id of a held message's case: deterministic from where the message first came from, and kept through every resend.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CaseId(String);

/// One message as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where it came from.
    pub source: Source,
    /// The id under which its failure is reported: an SQS message id, or `<topic>-<partition>:<offset>`.
    pub id: String,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
    /// The producer's attributes and ours, as they arrived.
    pub attributes: Vec<Attribute>,
    /// How often it has been delivered, this time included; 1 where the source does not count.
    pub receive_count: u32,
    /// Milliseconds since the Unix epoch when the producer sent it, where known.
    pub sent_at_ms: Option<i64>,
}

/// A message attribute of SQS, or a header of Kafka.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The attribute's name.
    pub name: String,
    /// The attribute's value.
    pub value: AttributeValue,
}

/// The value of an attribute with its SQS data type, e.g. `String`, `Number.int`, `Binary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// `String` or `Number`, with an optional custom label.
    Text {
        /// The SQS data type.
        data_type: String,
        /// The value.
        value: String,
    },
    /// `Binary`, with an optional custom label.
    Binary {
        /// The SQS data type.
        data_type: String,
        /// The value.
        value: Vec<u8>,
    },
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Valid, and written to the invoices table.
    Stored,
    /// Valid, and already there with the same content: a duplicate delivery.
    AlreadyStored,
    /// Invalid: in the case file and in the dead-letter queue.
    Held,
    /// An effect failed: the message is left to be delivered again.
    Retry,
}
