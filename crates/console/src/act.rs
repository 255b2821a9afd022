//! What is done to one case in one step.

use aduana_cases::message::CaseId;
use aduana_redrive::request::Request;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::Shared;
use crate::deployment::{ApiError, Kind};
use crate::page::{Page, redirect};
use crate::redrive_client::{Act, RedriveClient};
use crate::request_context::RequestContext;

/// Does it, and shows the case.
pub(crate) async fn act(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let redrive_client = RedriveClient::new(&console, context.lang);
    let form = &context.form;
    let what = form.first("act").unwrap_or_default();
    let act = Act {
        reason: form.filled("reason").unwrap_or_default().to_owned(),
        version: form.filled("version").and_then(|version| version.parse().ok()),
        overridden: form.has("override"),
    };
    if act.reason.is_empty() && what != "annotate" {
        return Ok(needs_reason(&context));
    }
    let ids = vec![id.clone()];
    let done = match what {
        "discard" => redrive_client.step(Request::Discard, ids, &act, None).await.map(|_| "discarded"),
        "reopen" => redrive_client.step(Request::Reopen, ids, &act, None).await.map(|_| "reopened"),
        "release" => redrive_client.step(Request::Release, ids, &act, None).await.map(|_| "released"),
        "annotate" => redrive_client.annotate(ids, remarks(&context), &act, None).await.map(|_| "annotated"),
        "resend" => redrive_client.resend(ids, &act, None).await.map(|_| "sent"),
        _ => return Err(context.not_found()),
    };
    let done = context.or_page(done)?;
    Ok(redirect(&format!("/cases/{id}?done={done}")))
}

/// Owner, note and ticket as they were typed: an empty one takes away what is there; one that is not asked for stays.
pub(crate) fn remarks(context: &RequestContext) -> [Option<String>; 3] {
    ["owner", "note", "ticket"].map(|name| context.form.first(name).map(|text| text.replace("\r\n", "\n")))
}

/// The page for a form that does not say why. Browsers do not send it; nothing was done.
pub(crate) fn needs_reason(context: &RequestContext) -> Response {
    let error = ApiError { kind: Kind::Failed, message: context.w.needs_reason.to_owned(), help: None };
    let mut response = context.error(&error).into_response();
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
