//! What the validator says to a draft.

use aduana_cases::message::CaseId;
use aduana_cases::time::day;
use aduana_invoice::json::break_in;
use aduana_redrive::answer::{CaseVerdict, Code, Difference, Reason};
use aduana_redrive::draft::{differences, reasons};
use aduana_redrive::request::Correction;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::value::to_raw_value;

use super::Draft;
use super::fields::{self, Field};
use crate::deployment::{ApiError, Kind};
use crate::request_context::RequestContext;
use crate::response::{Page, with_status};
use crate::shared::Shared;

/// So many differences are shown.
const SHOWN_MAX: usize = 50;

/// A verdict on a draft.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) is_valid: bool,
    /// What is left to be corrected, and warnings.
    pub(crate) reasons: Vec<Reason>,
    /// How many more of them there are.
    pub(crate) left_off: usize,
    /// Line and column where the text stops being JSON.
    pub(crate) not_json: Option<(usize, usize)>,
    /// In its place: why nobody can say.
    pub(crate) error: Option<ApiError>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) changes: usize,
}

#[derive(Template)]
#[template(path = "verdict_part.html")]
struct VerdictPart<'a> {
    v: &'a RequestContext,
    draft: &'a Draft,
    verdict: &'a Verdict,
    /// The fields anew, where it was the text that changed.
    fields: Option<&'a [Field]>,
    /// The text anew, where it was a field that changed.
    text: bool,
}

/// The verdict on what is being typed.
pub(crate) async fn verdict(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let mut draft = Draft::posted(&console, id, &context);
    // Which of the two was typed into: htmx says which part of the page asks.
    let by_field = context.typed_into.as_deref().is_some_and(fields::is_field);
    if by_field && let Ok(text) = fields::applied(&draft.text, &context.form, context.lang) {
        draft.text = text;
    }
    let verdict = Verdict::ask(&console, &context, &draft).await;
    let anew = fields::of(&draft.text, &verdict.reasons);
    let status = verdict.error.as_ref().map_or(StatusCode::OK, ApiError::status);
    let part = VerdictPart {
        v: &context,
        draft: &draft,
        verdict: &verdict,
        fields: (!by_field).then_some(anew.as_slice()),
        text: by_field,
    };
    Ok(with_status(status, &part))
}

impl Verdict {
    /// Asks the redrive function, and fills in the values.
    pub(crate) async fn ask(console: &Shared, context: &RequestContext, draft: &Draft) -> Self {
        let mut verdict = Self::default();
        if let Some(original) = &draft.original {
            (verdict.differences, verdict.changes) = differences(original.as_bytes(), draft.text.as_bytes());
            verdict.differences.truncate(SHOWN_MAX);
        }
        if let Some(at) = break_in(draft.text.as_bytes()) {
            verdict.not_json = Some(line_and_column(&draft.text, at));
            return verdict;
        }
        let Ok(body) = to_raw_value(&draft.text) else { return verdict };
        let ids = std::slice::from_ref(&draft.id);
        let redrive_client = console.client(context.lang);
        let previewed = redrive_client.preview(&draft.why, ids, &Correction::Body(body), false, None).await;
        match previewed.map_err(ApiError::from) {
            Ok(previewed) => {
                let case = previewed.cases.into_iter().next();
                verdict.is_valid = case.as_ref().is_some_and(|case| case.verdict == CaseVerdict::Valid);
                verdict.left_off = case.as_ref().map_or(0, |case| case.reasons_left_off);
                let left = case.map(|case| case.reasons).unwrap_or_default();
                verdict.reasons = filled_in(left, console, context, &draft.text);
            }
            Err(ApiError { kind: Kind::Refused(Code::NotJson), .. }) => {
                verdict.not_json = Some(line_and_column(&draft.text, draft.text.len()));
            }
            Err(error) => verdict.error = Some(error),
        }
        verdict
    }

    pub(crate) fn errors(&self) -> usize {
        self.reasons.iter().filter(|reason| reason.is_error()).count()
    }

    pub(crate) fn suggestions(&self) -> usize {
        self.reasons.iter().filter(|reason| reason.is_error() && reason.suggestion.is_some()).count()
    }
}

/// The reasons with what was expected and found, where our own rules find the same at the same place.
fn filled_in(left: Vec<Reason>, console: &Shared, context: &RequestContext, text: &str) -> Vec<Reason> {
    let today = day(console.deployment.now_ms());
    let own = reasons(console.validator.judge(text.as_bytes(), today).violations(), context.lang);
    let filled = |reason: Reason| {
        let same = own.iter().find(|own| own.code == reason.code && own.path == reason.path);
        match same {
            Some(own) => Reason { severity: reason.severity, ..own.clone() },
            None => Reason { expected: None, actual: None, suggestion: None, ..reason },
        }
    };
    left.into_iter().map(filled).collect()
}

/// Both from 1.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake_deployment::{self, now};

    #[test]
    fn fifty_differences_are_shown_and_all_are_counted() {
        let list = |count: usize, item: &str| format!("[{}]", vec![item; count].join(","));
        for (changes, shown) in [(49, 49), (50, 50), (51, 50)] {
            let draft = Draft {
                id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
                number: None,
                from: String::new(),
                original: Some(list(changes, "1")),
                text: list(changes, "2"),
                reason: String::new(),
                why: "to correct it".to_owned(),
                overridden: false,
            };
            let (console, _) =
                fake_deployment::console(|_| json!({ "valid": 0, "invalid": 0, "skipped": [], "cases": [] }));
            let verdict = now(Verdict::ask(&console, &fake_deployment::context(), &draft));
            assert_eq!((verdict.differences.len(), verdict.changes), (shown, changes));
        }
        assert_eq!(SHOWN_MAX, 50);
    }

    #[test]
    fn a_place_has_line_and_column() {
        assert_eq!(line_and_column("ab\nñx", 0), (1, 1));
        assert_eq!(line_and_column("ab\nñx", 5), (2, 2));
        assert_eq!(line_and_column("ab\nñx", 6), (2, 3));
    }
}
