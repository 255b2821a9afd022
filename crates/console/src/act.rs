//! What is done to one case in one step.

use aduana_cases::message::CaseId;
use aduana_redrive::request::{
    Action, Annotate, Annotation, Batch, ReasonRule, Resend, Selection, SetAside, WhichInvoice,
};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::de::IgnoredAny;

use crate::deployment::{ApiError, Kind};
use crate::request_context::RequestContext;
use crate::response::{Page, redirect};
use crate::shared::Shared;

/// Does it, and shows the case.
pub(crate) async fn act(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let redrive_client = console.client(context.lang);
    let form = &context.form;
    let what = form.first("act").unwrap_or_default();
    let reason = form.filled("reason").unwrap_or_default();
    let version = form.filled("version").and_then(|version| version.parse().ok());
    let batch = Batch { version, ..Batch::of(Selection::Ids(vec![id.clone()])) };
    let (action, done) = match what {
        "discard" => (Action::Discard(batch), "discarded"),
        "reopen" => (Action::Reopen(batch), "reopened"),
        "release" => (Action::Release(batch), "released"),
        "annotate" => (Action::Annotate(Annotate { batch, annotation: annotation(&context) }), "annotated"),
        "resend" => {
            let overridden = form.has("override");
            (Action::Resend(Resend { batch, overridden, dry_run: false, stop_after: None }), "sent")
        }
        _ => return Err(context.not_found()),
    };
    if reason.is_empty() && action.name().reason() == ReasonRule::Required {
        return Ok(needs_reason(&context));
    }
    context.or_page(redrive_client.ask::<IgnoredAny>(reason, action).await)?;
    Ok(redirect(&format!("/cases/{id}?done={done}")))
}

/// Sets aside what is stored in the place of this case, so that it can be sent again.
pub(crate) async fn set_aside(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let Some(reason) = context.form.filled("reason") else { return Ok(needs_reason(&context)) };
    let fingerprint = context.form.filled("fingerprint").unwrap_or_default().to_owned();
    let order = Action::SetAside(SetAside { which: WhichInvoice::InTheWayOf(id.clone()), fingerprint });
    context.or_page(console.client(context.lang).ask::<IgnoredAny>(reason, order).await)?;
    Ok(redirect(&format!("/cases/{id}?done=set_aside")))
}

/// Owner, note and ticket as they were typed: an empty one removes what is there; one that the form does not have stays.
pub(crate) fn annotation(context: &RequestContext) -> Annotation {
    let typed = |name| context.form.first(name).map(|text| text.replace("\r\n", "\n"));
    Annotation { owner: typed("owner"), note: typed("note"), ticket: typed("ticket") }
}

/// The page for a form that does not say why. Browsers do not send it; nothing was done.
pub(crate) fn needs_reason(context: &RequestContext) -> Response {
    let error = ApiError { kind: Kind::Failed, message: context.w.needs_reason.to_owned(), help: None };
    let mut response = context.error(&error).into_response();
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
