//! What the redrive is asked: one JSON object, `{"action":…,"actor":…,"reason":…,…}`.
//!
//! Read strictly: an unknown action, an unknown field, a value of the wrong type is refused, and nothing is done. Numbers in a
//! correction are kept as they are written.

use std::collections::BTreeMap;

use aduana_invoice::{Category, Lang};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::answer::{Code, Failure};
use crate::cases::State;
use crate::message::CaseId;

/// A request, one variant an action.
#[derive(Debug, Clone)]
pub enum Request {
    /// The cases that match, one line each.
    List(List),
    /// The groups of the cases that match, with counts.
    Groups(Groups),
    /// One case with everything: reasons, trail, versions of its body.
    Get(Get),
    /// What a correction would change, and how the result is judged. No effect.
    Preview(Preview),
    /// Stores a corrected body on each case.
    Correct(Correct),
    /// Sends cases through again.
    Resend(Resend),
    /// Gives cases up.
    Discard(OnCases),
    /// Opens discarded cases again, and resent ones whose outcome does not come.
    Reopen(OnCases),
    /// Says who looks after cases, notes a remark or a ticket.
    Annotate(Annotate),
    /// Lets parked cases be sent again.
    Release(OnCases),
    /// Sets right what nobody asks for: see [`crate::redrive`].
    Reconcile(Reconcile),
}

/// The names of the actions.
pub const ACTIONS: [&str; 11] = [
    "list",
    "groups",
    "get",
    "preview",
    "correct",
    "resend",
    "discard",
    "reopen",
    "annotate",
    "release",
    "reconcile",
];

/// `list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Who asks.
    pub actor: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases; all open ones if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Selection>,
    /// At most so many in this answer; 50 if it is left out, [`super::LIST_MAX`] at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `groups`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Groups {
    /// Who asks.
    pub actor: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Of which cases; of all open ones if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `get`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Who asks.
    pub actor: String,
    /// Why, where values are to be shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// The case.
    pub id: CaseId,
    /// Show values, and put on record that they were shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmask: bool,
    /// With this body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<WhichBody>,
}

/// A body of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichBody {
    /// The one that would be sent: the latest correction, or else that of the last attempt.
    Current,
    /// The one that came first.
    Original,
    /// The one that came with this attempt.
    Attempt(u32),
    /// The correction of this number.
    Correction(u32),
}

/// `preview`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// Who asks.
    pub actor: String,
    /// Why, where values are to be shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// What to change; nothing if it is left out: how are they judged as they are?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// Show values in the differences, and put on record that they were shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmask: bool,
    /// At most so many cases in this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `correct`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// Who corrects.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// What to change.
    pub correction: Correction,
    /// The version of the head that was looked at, for one case: if it has changed since, nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Store it although it is not valid, or although another body may be under way.
    #[serde(default, rename = "override", skip_serializing_if = "is_false")]
    pub overridden: bool,
    /// At most so many cases by this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `resend`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resend {
    /// Who sends.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// The version of the head that was looked at, for one case: if it has changed since, nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Send also what the validator will refuse.
    #[serde(default, rename = "override", skip_serializing_if = "is_false")]
    pub overridden: bool,
    /// Say what would be sent, and send nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Look at no more than so many cases by this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// Stop when so many could not be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `discard`, `reopen`, `release`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCases {
    /// Who does it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// The version of the head that was looked at, for one case: if it has changed since, nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// At most so many cases by this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `annotate`. What is left out stays as it is; an empty text takes away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotate {
    /// Who does it.
    pub actor: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// Who looks after them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The number of a ticket elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The version of the head that was looked at, for one case: if it has changed since, nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// At most so many cases by this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// Where the answer before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `reconcile`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// Who asks: `system:schedule` for EventBridge.
    pub actor: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// At most so many receives of the dead-letter queue; 50 if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<usize>,
}

/// Which cases: `{"ids":[…]}`, `{"group":"…"}` or `{"query":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, at most [`super::IDS_MAX`].
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
    /// From this seller: its identity, or a part of its name in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// From this source; `sqs:q` or the beginning of one, `kafka:topic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// With this text, in any case, in the id, the number, a name, the group's words, the owner or the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Last seen at this time or after: RFC 3339 in UTC (`2026-11-24`, `2026-11-24T09:30:00Z`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Last seen before this time: RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
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
    /// Apply what the validator suggests.
    Suggested(bool),
}

/// An operation of JSON Patch (RFC 6902), its value as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PatchStep {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: PatchVerb,
    /// JSON Pointer (RFC 6901) of the place.
    pub path: String,
    /// For `move` and `copy`: where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For `add`, `replace` and `test`.
    #[serde(default, deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
}

/// A value that is there, `null` included.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// The operations of JSON Patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "RFC 6902, section 4")]
pub enum PatchVerb {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
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

/// The language of a text for people: `en` or `es`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Es => Self::Es,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The members of a request, as they are written.
type Members = BTreeMap<String, Box<RawValue>>;

impl Request {
    /// Reads a request. `verified` is the caller as the edge knows it, which counts more than what the request says.
    pub fn parse(json: &[u8], verified: Option<&str>) -> Result<Self, Failure> {
        let bad = |error: &serde_json::Error| Failure::new(Code::BadRequest, Lang::En).because(error);
        #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
        let mut members: Members = serde_json::from_slice(json).map_err(|error| bad(&error))?;
        if let Some(actor) = verified {
            members.insert("actor".to_owned(), to_raw_value(actor).map_err(|error| bad(&error))?);
        }
        let lang = text(members.get("lang").map(AsRef::as_ref))
            .filter(|lang| lang == "es")
            .map_or(Lang::En, |_| Lang::Es);
        let action = text(members.remove("action").as_deref()).unwrap_or_default();
        match action.as_str() {
            "list" => read(&members, lang).map(Self::List),
            "groups" => read(&members, lang).map(Self::Groups),
            "get" => read(&members, lang).map(Self::Get),
            "preview" => read(&members, lang).map(Self::Preview),
            "correct" => read(&members, lang).map(Self::Correct),
            "resend" => read(&members, lang).map(Self::Resend),
            "discard" => read(&members, lang).map(Self::Discard),
            "reopen" => read(&members, lang).map(Self::Reopen),
            "annotate" => read(&members, lang).map(Self::Annotate),
            "release" => read(&members, lang).map(Self::Release),
            "reconcile" => read(&members, lang).map(Self::Reconcile),
            _ => Err(Failure::new(Code::UnknownAction, lang)),
        }
    }

    /// The action's name.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Groups(_) => "groups",
            Self::Get(_) => "get",
            Self::Preview(_) => "preview",
            Self::Correct(_) => "correct",
            Self::Resend(_) => "resend",
            Self::Discard(_) => "discard",
            Self::Reopen(_) => "reopen",
            Self::Annotate(_) => "annotate",
            Self::Release(_) => "release",
            Self::Reconcile(_) => "reconcile",
        }
    }

    /// Who asks.
    pub fn actor(&self) -> &str {
        match self {
            Self::List(request) => &request.actor,
            Self::Groups(request) => &request.actor,
            Self::Get(request) => &request.actor,
            Self::Preview(request) => &request.actor,
            Self::Correct(request) => &request.actor,
            Self::Resend(request) => &request.actor,
            Self::Discard(request) | Self::Reopen(request) | Self::Release(request) => &request.actor,
            Self::Annotate(request) => &request.actor,
            Self::Reconcile(request) => &request.actor,
        }
    }

    /// The reason that is given, empty where there is none; `None` for an action that has none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::List(_) | Self::Groups(_) | Self::Reconcile(_) => None,
            Self::Get(request) => Some(&request.reason),
            Self::Preview(request) => Some(&request.reason),
            Self::Correct(request) => Some(&request.reason),
            Self::Resend(request) => Some(&request.reason),
            Self::Discard(request) | Self::Reopen(request) | Self::Release(request) => Some(&request.reason),
            Self::Annotate(request) => Some(&request.reason),
        }
    }

    /// The language of the answer's texts.
    pub fn lang(&self) -> Lang {
        match self {
            Self::List(request) => request.lang,
            Self::Groups(request) => request.lang,
            Self::Get(request) => request.lang,
            Self::Preview(request) => request.lang,
            Self::Correct(request) => request.lang,
            Self::Resend(request) => request.lang,
            Self::Discard(request) | Self::Reopen(request) | Self::Release(request) => request.lang,
            Self::Annotate(request) => request.lang,
            Self::Reconcile(request) => request.lang,
        }
        .into()
    }

    /// The request as JSON, for whoever sends one.
    pub fn to_json(&self) -> String {
        let members = match self {
            Self::List(request) => serde_json::to_string(request),
            Self::Groups(request) => serde_json::to_string(request),
            Self::Get(request) => serde_json::to_string(request),
            Self::Preview(request) => serde_json::to_string(request),
            Self::Correct(request) => serde_json::to_string(request),
            Self::Resend(request) => serde_json::to_string(request),
            Self::Discard(request) | Self::Reopen(request) | Self::Release(request) => {
                serde_json::to_string(request)
            }
            Self::Annotate(request) => serde_json::to_string(request),
            Self::Reconcile(request) => serde_json::to_string(request),
        };
        // Texts, numbers and JSON as it was read: there is nothing in it that JSON cannot say. `actor` is always there.
        let members = members.unwrap_or_default();
        format!("{{\"action\":\"{}\",{}", self.action(), members.trim_start_matches('{'))
    }
}

/// From the text, not from a tree: what is written as a number in a correction must stay as it is written.
fn read<T: DeserializeOwned>(members: &Members, lang: Lang) -> Result<T, Failure> {
    let text = serde_json::to_string(members).unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
    serde_json::from_str(&text).map_err(|error| Failure::new(Code::BadRequest, lang).because(&error))
}

fn text(json: Option<&RawValue>) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
    serde_json::from_str(json?.get()).ok()
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
