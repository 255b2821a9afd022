//! What one change would make of each of many cases. Nothing is changed by it.

use aduana_intake::message::CaseId;
use aduana_intake::redrive::answer::{PreviewedCase, Skipped};
use aduana_intake::redrive::request::{Correction, PatchStep, Selection, SetValue};
use askama::Template;
use axum::extract::State;
use serde_json::value::to_raw_value;

use super::Chosen;
use crate::Shared;
use crate::deployment::{Kind, Trouble};
use crate::desk::Desk;
use crate::overview::WAITING;
use crate::page::{Page, html};
use crate::secret::Secret;
use crate::visit::{Fields, Visit};

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
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    key: &'a str,
    total: usize,
    looked_at: usize,
    valid: usize,
    invalid: &'a [PreviewedCase],
    skipped: &'a [Skipped],
    /// Where something would change, and in how many cases.
    places: &'a [(String, usize)],
}

/// Judges the change on each case.
pub(crate) async fn preview(State(console): State<Shared>, visit: Visit) -> Page {
    let desk = Desk::new(&console, visit.lang);
    let correction = visit.or_page(correction(&visit))?;
    let ids = visit.or_page(Chosen::of(&visit.form).ids(&desk, &WAITING).await)?;
    let looked_at = ids.len().min(JUDGED_MAX);
    let mut cases: Vec<PreviewedCase> = Vec::new();
    let mut skipped: Vec<Skipped> = Vec::new();
    for batch in ids.get(..looked_at).unwrap_or_default().chunks(BATCH) {
        let mut cursor = None;
        loop {
            let select = Selection::Ids(batch.to_vec());
            let answer = desk.preview(select, Some(correction.clone()), BATCH, cursor).await;
            match answer {
                Ok(answer) => {
                    cases.extend(answer.cases);
                    skipped.extend(answer.skipped);
                    cursor = answer.cursor;
                }
                // Of one case alone, its refusal is the answer.
                Err(Trouble { kind: Kind::Refused(code), message, .. }) if batch.len() == 1 => {
                    let id = batch.iter().cloned();
                    skipped.extend(id.map(|id| Skipped {
                        id,
                        code,
                        message: message.clone(),
                        codes: Vec::new(),
                    }));
                    cursor = None;
                }
                Err(trouble) => return Err(visit.trouble(&trouble)),
            }
            if cursor.is_none() {
                break;
            }
        }
    }
    let places = places(&cases);
    let (valid, invalid): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.verdict == "valid");
    let rest = ids.into_iter().skip(looked_at);
    let prepared = Prepared {
        correction,
        ids: valid.iter().map(|case| case.id.clone()).chain(rest).collect(),
        still_invalid: invalid.iter().map(|case| case.id.clone()).collect(),
    };
    let total = prepared.ids.len() + invalid.len() + skipped.len();
    let key = Secret::random().map(|key| key.reveal().to_owned()).unwrap_or_default();
    console.memory.prepare(key.clone(), prepared);
    let page = PreviewPage {
        v: &visit,
        nav: "cases",
        key: &key,
        total,
        looked_at,
        valid: valid.len(),
        invalid: &invalid,
        skipped: &skipped,
        places: &places,
    };
    Ok(html(&page))
}

/// The change that the form asks for.
fn correction(visit: &Visit) -> Result<Correction, Trouble> {
    let form = &visit.form;
    let bad = |message: &str| Trouble { kind: Kind::Failed, message: message.to_owned(), help: None };
    match form.first("how") {
        Some("suggested") => Ok(Correction::Suggested(true)),
        Some("set") => {
            let values = values(form);
            if values.is_empty() { Err(bad(visit.w.needs_pointer)) } else { Ok(Correction::Set(values)) }
        }
        Some("patch") => {
            #[expect(clippy::disallowed_methods, reason = "the person's patch, not an invoice")]
            let steps: Result<Vec<PatchStep>, _> =
                serde_json::from_str(form.first("patch").unwrap_or_default());
            steps.map(Correction::Patch).map_err(|error| {
                bad(&format!("{} ({}:{})", visit.w.needs_patch, error.line(), error.column()))
            })
        }
        _ => Err(bad(visit.w.needs_change)),
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

fn places(cases: &[PreviewedCase]) -> Vec<(String, usize)> {
    let mut places: Vec<(String, usize)> = Vec::new();
    for difference in cases.iter().flat_map(|case| &case.diff) {
        if let Some((_, count)) = places.iter_mut().find(|(place, _)| *place == difference.pointer) {
            *count += 1;
        } else if places.len() < PLACES_MAX {
            places.push((difference.pointer.clone(), 1));
        }
    }
    places.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    places
}
