//! What a client can tell of a correction before it asks: the corrected text, what differs, the reasons in words.
//!
//! The redrive computes the same when it is asked; this saves it the way back and forth while somebody is still typing. Whether a
//! body is valid is not decided here: that is asked ([`super::request::Action::Preview`]).

use aduana_invoice::json::Differences;
use aduana_invoice::{Lang, Violation};

use super::DIFF_MAX;
use super::answer::{Code, Difference, Reason};
use super::correct::difference;
use super::corrected_body::corrected;
use super::request::Correction;
use super::show::Shows;

/// Why a correction cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoesNotApply {
    /// The code.
    pub code: Code,
    /// What is wrong, in words. Pointers may be in it, and no value.
    pub message: String,
}

/// The corrected body. `judge` gives the violations of a body, where suggestions are asked for.
pub fn apply(
    body: &[u8],
    correction: &Correction,
    lang: Lang,
    judge: impl Fn(&[u8]) -> Vec<Violation>,
) -> Result<Vec<u8>, DoesNotApply> {
    corrected(body, correction, |body| Ok(judge(body))).map_err(|skip| {
        let refused = skip.failure(lang).error;
        DoesNotApply { code: refused.code, message: refused.message }
    })
}

/// The places at which two bodies differ, with their values, the first [`DIFF_MAX`] of them; and how many there are.
pub fn differences(before: &[u8], after: &[u8]) -> (Vec<Difference>, usize) {
    let Differences { listed, count } = difference(before, after, true);
    debug_assert!(listed.len() <= DIFF_MAX, "no more than can be shown");
    (listed, count)
}

/// The reasons for these violations, with their values.
pub fn reasons(violations: &[Violation], lang: Lang) -> Vec<Reason> {
    let shows = Shows { unmask: true, lang, retention_ms: 0 };
    violations.iter().map(|violation| shows.reason(violation)).collect()
}
