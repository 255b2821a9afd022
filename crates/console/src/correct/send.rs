//! The buttons of the page: suggestions, fields, back to the original; store, and send.

use aduana_cases::message::CaseId;
use aduana_cases::time::day;
use aduana_invoice::{Fingerprint, Lang};
use aduana_redrive::answer::{Code, Done, Resent};
use aduana_redrive::draft::{DoesNotApply, apply, reasons};
use aduana_redrive::request::{Action, Batch, Correct, Correction, PatchStep, Resend, Selection, WhichBody};
use axum::extract::{Path, State};
use serde_json::value::to_raw_value;

use super::{Draft, fields};
use crate::deployment::{ApiError, Kind};
use crate::memory::Revealed;
use crate::redrive_client::RedriveClient;
use crate::request_context::RequestContext;
use crate::response::{Page, hx_redirect, redirect};
use crate::shared::Shared;
use crate::source_view::lay_out;

/// Does what the button says.
pub(crate) async fn correct(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let mut draft = Draft::posted(&console, id, &context);
    let op = context.form.filled("op").unwrap_or("check");
    let changed = match op.split_once(':').unwrap_or((op, "")) {
        ("suggestion", place) => suggestion(&console, &draft.text, place, context.lang),
        ("all", _) => all_suggestions(&console, &draft.text, context.lang),
        ("undo", _) => Ok(draft.original.clone().unwrap_or_default()),
        ("layout", _) => Ok(lay_out(&draft.text)),
        ("send" | "store", _) => {
            // Whoever typed into a field and then presses a button means both.
            if let Ok(text) = fields::applied(&draft.text, &context.form, context.lang) {
                draft.text = text;
            }
            return store_and_send(&console, &context, draft, op == "send").await;
        }
        ("rebase", _) => return rebase(&console, &context, draft).await,
        _ => fields::applied(&draft.text, &context.form, context.lang),
    };
    match changed {
        Ok(text) => {
            draft.text = text;
            draft.page(&console, &context, None).await
        }
        Err(DoesNotApply { code, message }) => {
            let error = ApiError { kind: Kind::Refused(code), message, help: None };
            draft.page(&console, &context, Some(&error)).await
        }
    }
}

/// One suggestion: that for this code at this place.
fn suggestion(console: &Shared, text: &str, place: &str, lang: Lang) -> Result<String, DoesNotApply> {
    let today = day(console.deployment.now_ms());
    let own = reasons(console.validator.judge(text.as_bytes(), today).violations(), lang);
    let is = |code: &str, path: &str| place.split_once(' ') == Some((code, path));
    let steps = own.iter().find(|own| is(&own.code, &own.path)).and_then(|own| own.suggestion.as_deref());
    #[expect(clippy::disallowed_methods, reason = "the validator's own patch, not an invoice")]
    let steps: Vec<PatchStep> =
        steps.and_then(|steps| serde_json::from_str(steps.get()).ok()).unwrap_or_default();
    let corrected = apply(text.as_bytes(), &Correction::Patch(steps), lang, |_| Vec::new())?;
    Ok(String::from_utf8_lossy(&corrected).into_owned())
}

fn all_suggestions(console: &Shared, text: &str, lang: Lang) -> Result<String, DoesNotApply> {
    let today = day(console.deployment.now_ms());
    let judge = |body: &[u8]| console.validator.judge(body, today).violations().to_vec();
    let corrected = apply(text.as_bytes(), &Correction::Suggested(true), lang, judge)?;
    Ok(String::from_utf8_lossy(&corrected).into_owned())
}

/// Stores the correction, and sends it. Refused if somebody else has changed the body meanwhile: looking at a case or a remark on
/// it is no change.
async fn store_and_send(console: &Shared, context: &RequestContext, mut draft: Draft, send: bool) -> Page {
    let redrive_client = console.client(context.lang);
    let failed = match attempt(console, &redrive_client, &mut draft, context, send).await {
        Ok(()) => {
            let done = if send { "sent" } else { "corrected" };
            let address = format!("/cases/{}?done={done}", draft.id);
            return Ok(if context.live { hx_redirect(&address) } else { redirect(&address) });
        }
        Err(error) => error,
    };
    draft.page(console, context, Some(&failed)).await
}

async fn attempt(
    console: &Shared,
    redrive_client: &RedriveClient,
    draft: &mut Draft,
    context: &RequestContext,
    send: bool,
) -> Result<(), ApiError> {
    let refused =
        |code, message: &str| ApiError { kind: Kind::Refused(code), message: message.to_owned(), help: None };
    if draft.reason.is_empty() {
        return Err(refused(Code::BadRequest, context.w.needs_reason));
    }
    let shown = redrive_client.get(&draft.id, None, Some(WhichBody::Current), None).await?;
    if shown.body.as_ref().is_none_or(|body| body.fingerprint != draft.from) {
        let last = shown.trail.last();
        let who = last.map(|step| format!("{} · {} · {}", step.at, step.actor, step.act)).unwrap_or_default();
        return Err(refused(Code::StaleVersion, &who));
    }
    let batch = |version| Batch { version, ..Batch::of(Selection::Ids(vec![draft.id.clone()])) };
    let (reason, overridden) = (draft.reason.as_str(), draft.overridden);
    let body = to_raw_value(&draft.text).map_err(|_| refused(Code::BadRequest, context.w.failed))?;
    let correct =
        Correct { batch: batch(Some(shown.version)), correction: Correction::Body(body), overridden };
    let done: Done = redrive_client.ask(reason, Action::Correct(correct)).await?;
    let version = done.done.first().map(|case| case.version);
    let resend = Resend { batch: batch(version), overridden, dry_run: false, stop_after: None };
    let reason = reason.to_owned();
    keep_in_sight(console, draft);
    if send {
        redrive_client.ask::<Resent>(&reason, Action::Resend(resend)).await?;
    }
    Ok(())
}

/// The correction is the case's body now, and whoever typed it has seen it.
fn keep_in_sight(console: &Shared, draft: &mut Draft) {
    let fingerprint = Fingerprint::of(draft.text.as_bytes()).to_string();
    let now_ms = console.deployment.now_ms();
    let before = console.memory.revealed(&draft.id, &draft.from, now_ms);
    let text = Some(draft.text.as_str().into());
    let revealed = match before {
        Some(before) => Revealed { text, fingerprint: fingerprint.clone(), ..before },
        None => {
            Revealed { why: draft.why.clone(), text, fingerprint: fingerprint.clone(), ..Revealed::default() }
        }
    };
    console.memory.reveal(&draft.id, now_ms, revealed);
    draft.from = fingerprint;
    draft.original = Some(draft.text.clone());
}

/// Goes on with what was typed, on the case as it is now.
async fn rebase(console: &Shared, context: &RequestContext, mut draft: Draft) -> Page {
    let shown = console.client(context.lang).get(&draft.id, None, Some(WhichBody::Current), None).await;
    match shown {
        Ok(shown) => {
            draft.from = shown.body.map(|body| body.fingerprint).unwrap_or_default();
            draft.page(console, context, None).await
        }
        Err(error) => draft.page(console, context, Some(&error.into())).await,
    }
}
