//! A message on its way: where it came from, what it carries, and what became of it.

use std::fmt;
use std::str::FromStr;

use aduana_invoice::Fingerprint;
use serde::{Deserialize, Serialize};

/// Where a message came from, as it stands in the `Source` attribute: `sqs:<queue>` or
/// `kafka:<topic>/<partition>/<offset>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// Reads what [`Source`] prints, and nothing else: a queue's name has at most 80 letters, digits, `-`, `_` and `.fifo` (SQS,
/// `CreateQueue`), a topic's at most 249 letters, digits, `.`, `_` and `-` (Kafka, `Topic.java`), and no number is negative. The
/// error is the unit: there is one way to be wrong.
impl FromStr for Source {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(queue) = text.strip_prefix("sqs:") {
            let stem = queue.strip_suffix(".fifo").unwrap_or(queue);
            let is_queue = queue.len() <= QUEUE_MAX && is_name(stem, b"-_");
            return is_queue.then(|| Self::Sqs { queue: queue.to_owned() }).ok_or(());
        }
        let mut parts = text.strip_prefix("kafka:").ok_or(())?.split('/');
        let (Some(topic), Some(partition), Some(offset), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let (partition, offset) = (number(partition)?, number(offset)?);
        let is_topic = topic.len() <= TOPIC_MAX && is_name(topic, b"._-");
        is_topic.then(|| Self::Kafka { topic: topic.to_owned(), partition, offset }).ok_or(())
    }
}

/// The most characters of the name of a queue, and of a topic.
const QUEUE_MAX: usize = 80;
const TOPIC_MAX: usize = 249;

/// Letters, digits and `others`, at least one.
fn is_name(text: &str, others: &[u8]) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

/// A number of digits alone.
fn number<T: FromStr>(text: &str) -> Result<T, ()> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).ok_or(())
}

/// Who sent a message, by the word of the service that it came by: the `SenderId` of SQS (SQS, `ReceiveMessage`), which is the unique
/// id of a user, or that of a role with the name of the session; for Kafka, which does not say, `kafka:<topic>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sender(String);

impl Sender {
    /// The most characters: the name of a session has at most 64, a topic's 249.
    const MAX: usize = 256;

    /// The sender that `text` names; `None` if it has other characters than the ids of IAM.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= Self::MAX && is_name(text, b"+=,.@:_-")).then(|| Self(text.to_owned()))
    }

    /// The sender of a topic's records.
    pub fn of_topic(topic: &str) -> Option<Self> {
        Self::parse(&format!("kafka:{topic}"))
    }

    /// The sender as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The id of a held message's case: 32 lower-case hexadecimal digits, deterministic from where the message first came
/// from, and kept through every resend.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CaseId(String);

impl CaseId {
    /// The length of an id, in characters.
    pub const LEN: usize = 32;

    /// The id of the case of a message that came from `source` under the message id `message_id` (which Kafka, whose
    /// offsets say it all, has not).
    pub fn of(source: &Source, message_id: &str) -> Self {
        let origin = match source {
            Source::Sqs { .. } => format!("{source}/{message_id}"),
            Source::Kafka { .. } => source.to_string(),
        };
        Self::of_text(&origin)
    }

    /// The id that a text makes.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut digits = Fingerprint::of(text.as_bytes()).to_string();
        digits.truncate(Self::LEN);
        Self(digits)
    }

    /// The id of the case of a message of this fingerprint that finds another's body under the id that is its own, as a record does
    /// whose topic was deleted and made anew.
    #[must_use]
    pub fn sibling(&self, fingerprint: &Fingerprint) -> Self {
        Self::of_text(&format!("beside:{self}/{fingerprint}"))
    }

    /// The id that `text` spells, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == Self::LEN && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CaseId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a case id is 32 lower-case hexadecimal digits")
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The end of the name of the queue to which SQS moves what was given up in another: `invoices-unprocessed` is that of `invoices`.
const UNPROCESSED: &str = "-unprocessed";

/// The queue that a message was sent to, where it is received from this one; and whether SQS has moved it. It stays a message of the
/// queue that it was sent to: its id is the same, and so is its case.
pub fn sent_to(queue: &str) -> (&str, bool) {
    queue.strip_suffix(UNPROCESSED).map_or((queue, false), |sent_to| (sent_to, true))
}

/// Which body of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BodyVersion {
    /// The attempt that it belongs to. The producer's attributes are that attempt's in either case.
    pub attempt: u32,
    /// The number of the correction; `None` for the body as it was received at that attempt.
    pub correction: Option<u32>,
}

impl BodyVersion {
    /// The body as it was received at `attempt`.
    pub const fn received(attempt: u32) -> Self {
        Self { attempt, correction: None }
    }
}

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
    /// How often it has been delivered, this time included; `None` where the source does not count, as Kafka does not.
    pub receive_count: Option<u32>,
    /// Milliseconds since the Unix epoch when the producer sent it, where known.
    pub sent_at_ms: Option<i64>,
    /// Who sent it, where known.
    pub sender: Option<Sender>,
}

impl Envelope {
    /// The id of the case that this message would open, if it carried none.
    pub fn own_case(&self) -> CaseId {
        CaseId::of(&self.source, &self.id)
    }

    /// Whether an earlier delivery may have left effects behind.
    pub fn may_be_redelivery(&self) -> bool {
        self.receive_count != Some(1)
    }
}

/// Shows ids and sizes, never what the message says.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("source", &self.source)
            .field("id", &self.id)
            .field("body_bytes", &self.body.len())
            .field("attributes", &self.attributes.len())
            .field("receive_count", &self.receive_count)
            .finish_non_exhaustive()
    }
}

/// A message attribute of SQS, or a header of Kafka.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    /// The attribute's name.
    pub name: String,
    /// The attribute's value.
    pub value: AttributeValue,
}

impl Attribute {
    /// An attribute of the data type `String`.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: AttributeValue::Text { data_type: "String".to_owned(), value: value.into() },
        }
    }

    /// An attribute of the data type `Number`.
    pub fn number(name: impl Into<String>, value: u32) -> Self {
        let value = AttributeValue::Text { data_type: "Number".to_owned(), value: value.to_string() };
        Self { name: name.into(), value }
    }

    /// The value, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            AttributeValue::Text { value, .. } => Some(value),
            AttributeValue::Binary { .. } => None,
        }
    }

    /// The bytes it counts towards the size of a message: name, type and value.
    pub fn size(&self) -> usize {
        self.name.len()
            + match &self.value {
                AttributeValue::Text { data_type, value } => data_type.len() + value.len(),
                AttributeValue::Binary { data_type, value } => data_type.len() + value.len(),
            }
    }
}

/// Shows the name and the size: a producer's values are not ours to print.
impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.name, self.size())
    }
}

/// The value of an attribute with its SQS data type, e.g. `String`, `Number.int`, `Binary`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// Shows the type and the size.
impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { data_type, value } => write!(f, "{data_type} ({} bytes)", value.len()),
            Self::Binary { data_type, value } => write!(f, "{data_type} ({} bytes)", value.len()),
        }
    }
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
    /// An effect failed, or it could not be judged: the message is left to be delivered again.
    Retry,
}

impl Outcome {
    /// The outcome's name as it stands in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::AlreadyStored => "already_stored",
            Self::Held => "held",
            Self::Retry => "retry",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_reads_back_what_it_prints() {
        for source in [
            Source::Sqs { queue: "aduana-invoices".to_owned() },
            Source::Kafka { topic: "invoices".to_owned(), partition: 3, offset: 41 },
        ] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        let (queue, topic) = ("q".repeat(QUEUE_MAX + 1), "t".repeat(TOPIC_MAX + 1));
        for wrong in [
            "",
            "sqs:",
            "sqs:.fifo",
            "sqs:Ana Pérez",
            &format!("sqs:{queue}"),
            "kafka:",
            "kafka:t/1",
            "kafka:t/1/2/3",
            "kafka:/1/2",
            "kafka:t/x/2",
            "kafka:t/-1/2",
            "kafka:t/+1/2",
            "kafka:a b/1/2",
            &format!("kafka:{topic}/1/2"),
            "s3:b",
        ] {
            assert_eq!(wrong.parse::<Source>(), Err(()), "{wrong}");
        }
        assert!(format!("sqs:{}", &queue[1..]).parse::<Source>().is_ok());
        assert!(format!("kafka:{}/1/2", &topic[1..]).parse::<Source>().is_ok());
    }

    #[test]
    fn a_sender_has_the_characters_of_iams_ids_and_no_others() {
        let longest = "a".repeat(Sender::MAX);
        for right in ["AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE:ana@example.com", &longest] {
            assert_eq!(Sender::parse(right).unwrap().as_str(), right);
        }
        for wrong in ["", "two words", "a\nb", "ñ", &format!("{longest}a")] {
            assert_eq!(Sender::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Sender::of_topic("invoices").unwrap().to_string(), "kafka:invoices");
    }

    /// One read is spared a message that can have left nothing behind.
    #[test]
    fn only_the_first_of_counted_deliveries_has_none_before_it() {
        for (receive_count, may_be) in [(None, true), (Some(0), true), (Some(1), false), (Some(2), true)] {
            let message = Envelope {
                source: Source::Sqs { queue: "q".to_owned() },
                id: "m-1".to_owned(),
                body: Vec::new(),
                attributes: Vec::new(),
                receive_count,
                sent_at_ms: None,
                sender: None,
            };
            assert_eq!(message.may_be_redelivery(), may_be, "{receive_count:?}");
        }
    }

    #[test]
    fn sqs_counts_the_name_the_type_and_the_value_of_an_attribute() {
        let binary = Attribute {
            name: "ab".to_owned(),
            value: AttributeValue::Binary { data_type: "Binary".to_owned(), value: vec![0; 5] },
        };
        assert_eq!((Attribute::text("abc", "defgh").size(), binary.size()), (3 + 6 + 5, 2 + 6 + 5));
    }

    #[test]
    fn a_case_id_tells_where_a_message_came_from_and_nothing_else() {
        let queue = Source::Sqs { queue: "q".to_owned() };
        let id = CaseId::of(&queue, "m-1");
        assert_eq!(id, CaseId::of(&queue, "m-1"));
        assert_ne!(id, CaseId::of(&queue, "m-2"));
        assert_ne!(id, CaseId::of(&Source::Sqs { queue: "p".to_owned() }, "m-1"));
        assert_eq!(CaseId::parse(id.as_str()), Some(id));

        let record = Source::Kafka { topic: "t".to_owned(), partition: 0, offset: 7 };
        assert_eq!(CaseId::of(&record, "t-0:7"), CaseId::of(&record, ""));
    }

    #[test]
    fn what_is_not_32_lower_case_hexadecimal_digits_is_no_case_id() {
        for wrong in ["", "abc", &"A".repeat(32), &"g".repeat(32), &"a".repeat(33), &"é".repeat(16)] {
            assert_eq!(CaseId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn debug_output_holds_no_values() {
        let envelope = Envelope {
            source: Source::Sqs { queue: "q".to_owned() },
            id: "m".to_owned(),
            body: b"SECRET".to_vec(),
            attributes: vec![Attribute::text("Customer", "SECRET")],
            receive_count: Some(1),
            sent_at_ms: None,
            sender: None,
        };
        let value = &envelope.attributes[0].value;
        assert!(!format!("{envelope:?}{:?}{value:?}", envelope.attributes).contains("SECRET"));
    }
}
