//! The fields of each action.

use serde::{Deserialize, Serialize};

use super::parts::{Correction, Language, Query, Selection};
use aduana_cases::message::CaseId;

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
    /// At most so many in this answer; 50 if it is left out, [`crate::LIST_MAX`] at most.
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
    /// Of that body, the exact bytes from this one on, counted from 0: as many as there are in a piece
    /// ([`crate::PIECE_MAX`]), in Base64, and without the producer's attributes. With `unmask` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
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
    /// Who asks: `system:schedule` for the schedule.
    pub actor: String,
    /// The language of the texts.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
    /// At most so many receives of the dead-letter queue; 50 if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<usize>,
}

/// `notify`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Who asks: `system:schedule` for the schedule.
    pub actor: String,
    /// The language of the answer's texts. That of the alerts is the deployment's.
    #[serde(default, skip_serializing_if = "Language::is_default")]
    pub lang: Language,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}
