//! What several actions have in common: which cases, what to change, in which language.

use aduana_invoice::Category;
use aduana_invoice::json::PatchStep;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;

/// Which cases: `{"ids":[…]}`, `{"group":"…"}` or `{"query":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, at most [`crate::IDS_MAX`].
    Ids(Vec<CaseId>),
    /// Those of this group that the action can be done to.
    Group(String),
    /// Those that match.
    Query(Query),
}

/// What cases must be like. All of it must match.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// In one of these states; open if it is left out or empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<State>,
    /// Of this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// With this code among their errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// With this as the worst category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// From this seller: its identity, or a part of its name in any case. Both are masked, so it takes a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// From this source; `sqs:q` or the beginning of one, `kafka:topic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Sent by this sender, by the word of SQS, or by one of the sessions of this role: `AIDA…`, `AROA…`, `kafka:topic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// With this text, in any case, in the id, the number, the group's words, the owner or the ticket: in nothing that is masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Last seen at this time or after: RFC 3339 in UTC (`2026-11-24`, `2026-11-24T09:30:00Z`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Last seen before this time: RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Selection {
    /// Whether what it finds tells of values that are masked.
    pub(crate) fn tests_values(&self) -> bool {
        matches!(self, Self::Query(query) if query.tests_values())
    }
}

impl Query {
    /// Whether what it finds tells of values that are masked.
    pub(crate) const fn tests_values(&self) -> bool {
        self.seller.is_some()
    }
}

impl Correction {
    /// Whether it brings values or steps of its own: what comes of it then tells of the values that it meets.
    pub(crate) const fn tests_values(&self) -> bool {
        !matches!(self, Self::Suggested(_))
    }
}

/// What to change in a body: `{"body":…}`, `{"patch":[…]}`, `{"set":[…]}` or `{"suggested":true}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Take this body in its place: a JSON string that holds the exact text, or the object itself.
    Body(Box<RawValue>),
    /// Apply this JSON Patch (RFC 6902).
    Patch(Vec<PatchStep>),
    /// Put these values there, whether there was one or not.
    Set(Vec<SetValue>),
    /// Apply what the validator suggests, again and again while that makes room for more: up to eight times, and no oftener than
    /// makes 1 MiB of body or 5,000 violations together, but once in any case. What is left stands in the verdict on what comes
    /// of it.
    Suggested(bool),
}

/// A value for a place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetValue {
    /// JSON Pointer (RFC 6901) of the place.
    pub pointer: String,
    /// What is to stand there.
    pub value: Box<RawValue>,
}
