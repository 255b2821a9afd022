//! What one change would make of each of many cases. Nothing is changed by it.

use std::collections::BTreeMap;

use aduana_redrive::answer::{CaseVerdict, Previewed, PreviewedCase, Skipped};
use aduana_redrive::request::{ActionName, Correction, PatchStep, SetValue};
use askama::Template;
use axum::extract::State;
use serde_json::value::to_raw_value;

use crate::chosen::{Chosen, Found};
use crate::deployment::{ApiError, Kind};
use crate::form::Fields;
use crate::memory::Prepared;
use crate::request_context::RequestContext;
use crate::response::{Page, html};
use crate::secret::Secret;
use crate::shared::Shared;

/// So many cases are judged before anything is done; the rest are judged as they are corrected.
const JUDGED_MAX: usize = 500;

/// So many places that change are named.
const PLACES_MAX: usize = 10;

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    key: &'a str,
    /// Why it was tried out; what it is done for, if nothing else is said.
    reason: &'a str,
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
    let redrive_client = console.client(context.lang);
    let correction = context.or_page(correction(&context))?;
    let reason = context.form.filled("reason").unwrap_or_default();
    let Found { ids, and_more } = context
        .or_page(Chosen::of(&context.form).ids(&redrive_client, ActionName::Correct.states()).await)?;
    let looked_at = ids.len().min(JUDGED_MAX);
    let judged = ids.get(..looked_at).unwrap_or_default();
    let previewed =
        context.or_page(redrive_client.preview(reason, judged, &correction, false, None).await)?;
    let Previewed { cases, skipped, .. } = previewed;
    let (places, more_places) = places(&cases);
    let (valid, invalid): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.verdict == CaseVerdict::Valid);
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
        reason: context.reason_or(reason),
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
    use aduana_cases::message::CaseId;
    use aduana_redrive::answer::Difference;

    use super::*;

    /// A case that changes at these places.
    fn case(places: impl Iterator<Item = usize>) -> PreviewedCase {
        let difference = |at| Difference { pointer: format!("/f{at:02}"), before: None, after: None };
        PreviewedCase {
            id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
            state: aduana_cases::case::State::Open,
            version: 1,
            verdict: CaseVerdict::Valid,
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
