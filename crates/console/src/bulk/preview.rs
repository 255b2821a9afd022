//! What one change would make of each of many cases. Nothing is changed by it.

use std::collections::BTreeMap;

use aduana_cases::message::CaseId;
use aduana_redrive::answer::{PreviewedCase, Skipped};
use aduana_redrive::request::{Correction, PatchStep, Selection, SetValue};
use askama::Template;
use axum::extract::State;
use serde_json::value::to_raw_value;

use super::{Chosen, Found};
use crate::Shared;
use crate::deployment::{ApiError, Kind};
use crate::overview::WAITING;
use crate::page::{Page, html};
use crate::redrive_client::RedriveClient;
use crate::request_context::{Fields, RequestContext};
use crate::secret::Secret;

/// So many cases are judged before anything is done; the rest are judged as they are corrected.
const JUDGED_MAX: usize = 500;

/// So many in one request.
const BATCH: usize = 50;

/// So many places that change are named.
const PLACES_MAX: usize = 10;

/// A change that was previewed, and the cases that it is for.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) correction: Correction,
    /// Those that would be valid, and those that were not looked at.
    pub(crate) ids: Vec<CaseId>,
    /// Those that would not be.
    pub(crate) still_invalid: Vec<CaseId>,
    /// More were chosen than one run takes.
    pub(crate) and_more: bool,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    key: &'a str,
    total: usize,
    looked_at: usize,
    valid: usize,
    invalid: &'a [PreviewedCase],
    skipped: &'a [Skipped],
    /// Where something would change, and in how many cases.
    places: &'a [(String, usize)],
    /// How many places more.
    more_places: usize,
    /// More cases were chosen than one run takes.
    and_more: bool,
}

/// Judges the change on each case.
pub(crate) async fn preview(State(console): State<Shared>, context: RequestContext) -> Page {
    let redrive_client = RedriveClient::new(&console, context.lang);
    let correction = context.or_page(correction(&context))?;
    let Found { ids, and_more } =
        context.or_page(Chosen::of(&context.form).ids(&redrive_client, &WAITING).await)?;
    let looked_at = ids.len().min(JUDGED_MAX);
    let mut cases: Vec<PreviewedCase> = Vec::new();
    let mut skipped: Vec<Skipped> = Vec::new();
    for batch in ids.get(..looked_at).unwrap_or_default().chunks(BATCH) {
        let mut cursor = None;
        loop {
            let select = Selection::Ids(batch.to_vec());
            let answer = redrive_client.preview(select, Some(correction.clone()), BATCH, cursor).await;
            match answer {
                Ok(answer) => {
                    cases.extend(answer.cases);
                    skipped.extend(answer.skipped);
                    cursor = answer.cursor;
                }
                // Of one case alone, its refusal is the answer.
                Err(ApiError { kind: Kind::Refused(code), message, .. }) if batch.len() == 1 => {
                    let id = batch.iter().cloned();
                    skipped.extend(id.map(|id| Skipped {
                        id,
                        code,
                        message: message.clone(),
                        codes: Vec::new(),
                    }));
                    cursor = None;
                }
                Err(error) => return Err(context.error(&error)),
            }
            if cursor.is_none() {
                break;
            }
        }
    }
    let (places, more_places) = places(&cases);
    let (valid, invalid): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.verdict == "valid");
    let rest = ids.into_iter().skip(looked_at);
    let prepared = Prepared {
        correction,
        ids: valid.iter().map(|case| case.id.clone()).chain(rest).collect(),
        still_invalid: invalid.iter().map(|case| case.id.clone()).collect(),
        and_more,
    };
    let total = prepared.ids.len() + invalid.len() + skipped.len();
    let key = Secret::random().map(|key| key.reveal().to_owned()).unwrap_or_default();
    console.memory.prepare(key.clone(), prepared);
    let page = PreviewPage {
        v: &context,
        nav: "cases",
        key: &key,
        total,
        looked_at,
        valid: valid.len(),
        invalid: &invalid,
        skipped: &skipped,
        places: &places,
        more_places,
        and_more,
    };
    Ok(html(&page))
}

/// The change that the form asks for.
fn correction(context: &RequestContext) -> Result<Correction, ApiError> {
    let form = &context.form;
    let bad = |message: &str| ApiError { kind: Kind::Failed, message: message.to_owned(), help: None };
    match form.first("how") {
        Some("suggested") => Ok(Correction::Suggested(true)),
        Some("set") => {
            let values = values(form);
            if values.is_empty() { Err(bad(context.w.needs_pointer)) } else { Ok(Correction::Set(values)) }
        }
        Some("patch") => {
            #[expect(clippy::disallowed_methods, reason = "the person's patch, not an invoice")]
            let steps: Result<Vec<PatchStep>, _> =
                serde_json::from_str(form.first("patch").unwrap_or_default());
            steps.map(Correction::Patch).map_err(|error| {
                bad(&format!("{} ({}:{})", context.w.needs_patch, error.line(), error.column()))
            })
        }
        _ => Err(bad(context.w.needs_change)),
    }
}

/// The rows of place and value. A value is a text: the format takes numbers so, too.
fn values(form: &Fields) -> Vec<SetValue> {
    let rows = form.all("pointer").map(str::trim).zip(form.all("value"));
    let rows = rows.filter(|(pointer, _)| pointer.starts_with('/'));
    rows.filter_map(|(pointer, value)| {
        Some(SetValue { pointer: pointer.to_owned(), value: to_raw_value(value).ok()? })
    })
    .collect()
}

/// The places that change in the most cases, with the number of cases; and how many places there are besides.
fn places(cases: &[PreviewedCase]) -> (Vec<(String, usize)>, usize) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for difference in cases.iter().flat_map(|case| &case.diff) {
        *counts.entry(&difference.pointer).or_default() += 1;
    }
    let more = counts.len().saturating_sub(PLACES_MAX);
    let mut places: Vec<(String, usize)> =
        counts.into_iter().map(|(place, count)| (place.to_owned(), count)).collect();
    places.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    places.truncate(PLACES_MAX);
    (places, more)
}

#[cfg(test)]
mod tests {
    use aduana_redrive::answer::Difference;

    use super::*;

    /// A case that changes at these places.
    fn case(places: impl Iterator<Item = usize>) -> PreviewedCase {
        let difference = |at| Difference { pointer: format!("/f{at:02}"), before: None, after: None };
        PreviewedCase {
            id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
            state: aduana_cases::case::State::Open,
            version: 1,
            verdict: "valid".to_owned(),
            reasons: Vec::new(),
            reasons_left_off: 0,
            diff: places.map(difference).collect(),
            changes: 0,
        }
    }

    #[test]
    fn ten_places_are_named_those_of_the_most_cases_first_and_the_rest_is_counted() {
        for (count, named, more) in [(9, 9, 0), (10, 10, 0), (11, 10, 1)] {
            let (places, left) = places(&[case(0..count), case(std::iter::once(count - 1))]);
            assert_eq!((places.len(), left), (named, more));
            assert_eq!(
                places[0],
                (format!("/f{:02}", count - 1), 2),
                "the last that was found, in two cases"
            );
        }
        assert_eq!(PLACES_MAX, 10);
    }
}
