//! What the redrive is asked: one JSON object, `{"action":…,"actor":…,"reason":…,…}`.
//!
//! Read strictly: an unknown action, an unknown field, a value of the wrong type is refused, and nothing is done. Numbers in a
//! correction are kept as they are written.

mod actions;
mod parts;

use std::collections::BTreeMap;

use aduana_invoice::Lang;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::answer::{Code, Failure};
pub use actions::{
    Annotate, Correct, Get, Groups, List, Notify, OnCases, Preview, Reconcile, Resend, WhichBody,
};
pub use aduana_invoice::json::{PatchStep, PatchVerb};
pub use parts::{Correction, Language, Query, Selection, SetValue};

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
    /// Publishes the alerts that are due, and nothing else.
    Notify(Notify),
}

/// The names of the actions.
pub const ACTIONS: [&str; 12] = [
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
    "notify",
];

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
        let lang = text(members.get("lang").map(Box::as_ref))
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
            "notify" => read(&members, lang).map(Self::Notify),
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
            Self::Notify(_) => "notify",
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
            Self::Notify(request) => &request.actor,
        }
    }

    /// The reason that is given, empty where there is none; `None` for an action that has none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::List(_) | Self::Groups(_) | Self::Reconcile(_) | Self::Notify(_) => None,
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
            Self::Notify(request) => request.lang,
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
            Self::Notify(request) => serde_json::to_string(request),
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
