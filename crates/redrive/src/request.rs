//! What the redrive is asked: one JSON object, `{"action":…,"actor":…,"reason":…,…}`.
//!
//! It is read strictly: an unknown action, a field that the action does not have, or a value of the wrong type is refused, and
//! nothing is done. `null` counts as left out. Numbers in a correction are kept as they are written.

mod actions;
mod parts;
mod wire;

use aduana_invoice::Lang;

use super::answer::Failure;
pub use super::transitions::Annotation;
pub use actions::{
    Action, ActionName, Annotate, Batch, Correct, Get, Groups, List, Preview, ReasonRule, Reconcile, Resend,
    SetAside, WhichBody, WhichInvoice,
};
pub use aduana_invoice::json::{PatchStep, PatchVerb};
pub use parts::{Correction, Query, Selection, SetValue};

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks: `system:schedule` for the schedule.
    pub actor: String,
    /// Why; empty where no reason is given.
    pub reason: String,
    /// The language of the answer's texts.
    pub lang: Lang,
    /// What is asked.
    pub action: Action,
}

impl Request {
    /// Reads a request. `verified` is the caller as the function URL knows it; it replaces the `actor` that the request names.
    ///
    /// # Errors
    ///
    /// `UnknownAction` or `BadRequest`, with the field and what is wrong with it.
    pub fn parse(json: &[u8], verified: Option<&str>) -> Result<Self, Failure> {
        wire::read(json, verified)
    }

    /// The request as JSON.
    pub fn to_json(&self) -> String {
        wire::write(self)
    }
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
