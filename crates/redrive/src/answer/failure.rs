//! Refusals.

use std::fmt;

use aduana_invoice::Lang;
use serde::{Deserialize, Serialize};

use crate::texts;
use aduana_cases::error::EffectError;

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Code {
    /// There is no such action.
    UnknownAction,
    /// A field is missing, unknown, or of the wrong type; or a value cannot be.
    BadRequest,
    /// Values are shown or tested for a reason only, and none is given.
    NeedsReason,
    /// There is no such case, or no such body.
    NoSuchCase,
    /// No such invoice is stored.
    NoSuchInvoice,
    /// The case has changed since it was looked at.
    StaleVersion,
    /// The case is in a state in which this cannot be done.
    WrongState,
    /// Somebody else is sending the case.
    Claimed,
    /// Another body of the case may be under way.
    MayBeInFlight,
    /// The case has had too many attempts, and is parked.
    Parked,
    /// The patch does not fit the body.
    PatchDoesNotApply,
    /// The validator suggests nothing for this body.
    NothingSuggested,
    /// The corrected body is not valid.
    StillInvalid,
    /// The body is not JSON.
    NotJson,
    /// More at once than is taken.
    TooMany,
    /// A service did not answer as it should. Nothing was lost; try again.
    Unavailable,
    /// The message may have been sent: nobody can say. It is safe to send the case again later.
    Uncertain,
}

/// A refusal of the whole request: `{"error":{"code":…,"message":…,"help":…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error.
    pub error: ErrorBody,
}

/// What was refused, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Failure {
    /// A refusal in the words of its code.
    pub fn new(code: Code, lang: Lang) -> Self {
        let (message, help) = (texts::message(code, lang).to_owned(), texts::help(code, lang));
        Self { error: ErrorBody { code, message, help } }
    }

    /// With what exactly is wrong. Nothing of an invoice may be in it.
    #[must_use]
    pub fn because(mut self, cause: &dyn fmt::Display) -> Self {
        self.error.message = format!("{}: {cause}", self.error.message);
        self
    }

    /// For an effect that failed.
    pub(crate) fn unavailable(error: &EffectError, lang: Lang) -> Self {
        Self::new(Code::Unavailable, lang).because(error)
    }

    /// The refusal as JSON.
    pub fn to_json(&self) -> String {
        // Three texts: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl std::error::Error for Failure {}
