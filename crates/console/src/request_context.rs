//! One request of the person at the browser: in which language, with what they typed.

use aduana_cases::case::State;
use aduana_invoice::json::Tree;
use aduana_invoice::{Lang, PatchOp};
use aduana_redrive::answer::{CaseSummary, Reason, Version};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::value::RawValue;

use crate::form::{Fields, is_local};
use crate::gate::Session;
use crate::i18n::{Words, words};
use crate::json_value;
use crate::response::denied;
use crate::shared::Shared;
use crate::source_view::cut;
use crate::time_format;

/// A request that was let in.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub(crate) lang: Lang,
    pub(crate) w: &'static Words,
    /// What every form must bring back.
    pub(crate) csrf: String,
    pub(crate) actor: String,
    pub(crate) place: String,
    /// Why values are read in this session, if that was said for all of it.
    pub(crate) reason: Option<String>,
    /// Path and query, to come back to.
    pub(crate) here: String,
    /// Whether a part of a page is asked for, by script.
    pub(crate) live: bool,
    /// The name of the input that was typed into, where a part of a page is asked for because of it.
    pub(crate) typed_into: Option<String>,
    /// When this browser was here last, RFC 3339.
    pub(crate) here_before: Option<String>,
    /// What was posted.
    pub(crate) form: Fields,
    /// What the address asks for.
    pub(crate) query: Fields,
}

impl RequestContext {
    pub(crate) fn new(console: &Shared, parts: &Parts, lang: Lang, session: &Session, form: Fields) -> Self {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
        Self {
            lang,
            w: words(lang),
            csrf: session.csrf.reveal().to_owned(),
            actor: console.deployment.actor().to_owned(),
            place: console.deployment.place().to_owned(),
            reason: console.memory.reason(),
            here: here.to_owned(),
            live: header("hx-request") == Some("true"),
            typed_into: header("hx-trigger-name").map(str::to_owned),
            here_before: session.last_visit.clone(),
            form,
            query: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        }
    }

    /// The language's tag.
    pub(crate) fn tag(&self) -> &'static str {
        match self.lang {
            Lang::En => "en",
            Lang::Es => "es",
        }
    }

    /// What a form for a reason begins with.
    pub(crate) fn reason_or<'t>(&'t self, other: &'t str) -> &'t str {
        self.reason.as_deref().unwrap_or(other)
    }

    /// The page to go on from: the one that the form was on, or this one.
    pub(crate) fn again(&self) -> &str {
        let back = self.form.first("back").filter(|back| is_local(back));
        back.unwrap_or(if self.form.is_empty() { &self.here } else { "/" })
    }

    /// What was done by the form before this page, if its address says so.
    pub(crate) fn done(&self) -> Option<&'static str> {
        Some(match self.query.first("done")? {
            "corrected" => self.w.done_corrected,
            "sent" => self.w.done_sent,
            "discarded" => self.w.done_discarded,
            "reopened" => self.w.done_reopened,
            "released" => self.w.done_released,
            "annotated" => self.w.done_annotated,
            "set_aside" => self.w.done_set_aside,
            "shown" => self.w.done_shown,
            "hidden" => self.w.done_hidden,
            "stored" => self.w.done_stored,
            "refused" => self.w.done_refused,
            _ => return None,
        })
    }
}

/// A step of a suggestion: a value for a place, or nothing in its place.
pub(crate) struct PutThere {
    pub(crate) place: String,
    pub(crate) value: Option<String>,
}

/// What templates say of values, beside `labels`.
#[expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "a template calls methods, on what it has at hand, and with references"
)]
impl RequestContext {
    /// What a case is called by: its invoice's number, or else its own id.
    pub(crate) fn title(&self, line: &CaseSummary) -> String {
        let nameless = || format!("{} {}", self.w.no_number, self.short(line.id.as_str()));
        line.number.as_deref().map_or_else(nameless, |number| cut(number, 80))
    }

    pub(crate) fn minute(&self, time: &str) -> String {
        time_format::minute(time)
    }

    pub(crate) fn day<'t>(&self, time: &'t str) -> &'t str {
        time_format::day(time)
    }

    pub(crate) fn in_one_unit(&self, seconds: &u64) -> String {
        time_format::in_one_unit(*seconds)
    }

    /// Whether somebody may correct a case in this state.
    pub(crate) fn may_correct(&self, state: &State) -> bool {
        matches!(state, State::Open | State::Parked)
    }

    pub(crate) fn nth<'r>(&self, reasons: &'r [Reason], at: &usize) -> Option<&'r Reason> {
        reasons.get(*at)
    }

    /// A suggestion, step by step; as it is written, where it has no steps.
    pub(crate) fn steps(&self, suggestion: &RawValue) -> Vec<PutThere> {
        #[expect(clippy::disallowed_methods, reason = "the validator's own patch, not an invoice")]
        let ops: Vec<PatchOp> = serde_json::from_str(suggestion.get()).unwrap_or_default();
        let put = |op| match op {
            PatchOp::Add { path, value } | PatchOp::Replace { path, value } => {
                let value = Tree::read(&value.to_string()).map(|tree| json_value::in_full(tree.root()));
                PutThere { place: path, value }
            }
            PatchOp::Remove { path } => PutThere { place: path, value: None },
        };
        ops.into_iter().map(put).collect()
    }

    pub(crate) fn cut(&self, text: &str, max: usize) -> String {
        cut(text, max)
    }

    /// The beginning of an id or a fingerprint, enough to distinguish one from another.
    pub(crate) fn short<'t>(&self, id: &'t str) -> &'t str {
        id.get(..12).unwrap_or(id)
    }

    /// The name of a body, as the address has it.
    pub(crate) fn name_of(&self, version: &Version) -> String {
        match version.correction {
            Some(number) => format!("correction:{number}"),
            None => format!("attempt:{}", version.attempt),
        }
    }
}

/// The gate has put it there; without the gate there is no page.
impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = axum::response::Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let context = parts.extensions.get::<Self>().cloned();
        context.ok_or_else(|| denied(axum::http::StatusCode::FORBIDDEN, Lang::En))
    }
}
