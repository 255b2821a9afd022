//! A case with everything, and what is shown of values.

use std::fmt;

use aduana_invoice::{Category, Severity};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::CaseSummary;
use aduana_cases::trail::{Event, TrailEnd, verify};

/// `get`: a case with everything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shown {
    /// The case in one line.
    pub case: CaseSummary,
    /// The version of the head: for a `version` in a request that changes it.
    pub version: u64,
    /// The buyer's name, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_name: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The rule set that refused it.
    pub ruleset: String,
    /// When the administrators were alerted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerted_at: Option<String>,
    /// When its invoice was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// Until when it is claimed for a resend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_until: Option<String>,
    /// A body was sent, or may have been, and its outcome is not known.
    pub may_be_in_flight: bool,
    /// The bodies of the case that are on its trail, the first first.
    pub versions: Vec<Version>,
    /// Why it is held.
    pub reasons: Vec<Reason>,
    /// The stored invoice that has the key of its current body, where the case is held because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_the_way: Option<InTheWay>,
    /// Who set the case's stored invoice aside, when and why, if somebody did. The case stays resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<Event>,
    /// What happened to it.
    pub trail: Vec<Event>,
    /// Whether the trail's chain of hashes holds; otherwise the number of the first event that does not fit.
    pub trail_intact: bool,
    /// The first event that does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail_broken_at: Option<u32>,
    /// The body that was asked for. Masked: the same with every value replaced, or nothing where it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<ShownBody>,
    /// The producer's attributes, with the body that they came with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<ShownAttribute>,
}

/// A stored invoice that is in the way of another. No value of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InTheWay {
    /// Its fingerprint: what names it when it is to be set aside.
    pub fingerprint: String,
    /// When it was stored.
    pub stored_at: String,
    /// Where it came from.
    pub source: String,
    /// Who sent it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The id of the message that brought it.
    pub message_id: String,
}

/// A producer's attribute. Its value is masked, or as it is: text, or bytes in Base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownAttribute {
    /// The name.
    pub name: String,
    /// The data type, as SQS has it: `String`, `Number`, `Binary`, with a label of the producer's own or without.
    pub data_type: String,
    /// The value.
    pub value: String,
}

/// Shows the name.
impl fmt::Debug for ShownAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShownAttribute({})", self.name)
    }
}

impl Shown {
    /// The first event of the trail that does not fit: as the function says, which knows how many there must be; and as whoever
    /// asked finds it, by hashing the events once more. `None` if the record is whole.
    pub fn broken_at(&self) -> Option<u32> {
        let end = self.trail.last().map_or_else(TrailEnd::default, Event::end);
        let here = verify(&self.case.id, &self.trail, &end).err();
        let there = (!self.trail_intact).then(|| self.trail_broken_at.unwrap_or(1));
        here.into_iter().chain(there).min()
    }
}

/// A body of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The attempt that it came with, or that it corrects.
    pub attempt: u32,
    /// The number of the correction, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<u32>,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether it is the one that would be sent.
    pub current: bool,
}

/// A body as it is shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShownBody {
    /// The fingerprint of the exact bytes.
    pub fingerprint: String,
    /// The size of the exact bytes.
    pub bytes: usize,
    /// Whether `content` is exact; otherwise its values are replaced.
    pub exact: bool,
    /// What of it is in the answer. Left out where the bytes are no text and values are masked, where they cannot be masked, and
    /// where they would make the answer longer than Lambda hands on: then they are to be asked for in pieces.
    #[serde(flatten)]
    pub content: Option<Content>,
    /// Where the bytes of `content` begin, if they are a piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

/// A body, or a piece of one, as JSON can carry it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// The text.
    Text(String),
    /// Bytes in Base64 (RFC 4648), where they are no text, or a piece.
    Base64(String),
}

impl ShownBody {
    /// The text, where it is shown as text.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Shows sizes, never contents.
impl fmt::Debug for ShownBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShownBody({} bytes, exact: {})", self.bytes, self.exact)
    }
}

/// A reason. `expected`, `actual` and `suggestion` are masked, or as they are.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's code.
    pub code: String,
    /// The category.
    pub category: Category,
    /// Whether the invoice is invalid because of it.
    pub severity: Severity,
    /// JSON Pointer of the place.
    pub path: String,
    /// The business term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// What the rule says, in the language that was asked for.
    pub message: String,
    /// What was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Whether there is a suggested correction.
    pub can_be_suggested: bool,
    /// The suggested correction, a JSON Patch; left out where values are masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Box<RawValue>>,
}

impl Reason {
    /// Whether the invoice is invalid because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Shows the code and the place.
impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.code, self.path)
    }
}
