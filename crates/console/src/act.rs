//! What is done to one case in one step.

use aduana_intake::message::CaseId;
use aduana_intake::redrive::request::Request;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::Shared;
use crate::deployment::{Kind, Trouble};
use crate::desk::{Act, Desk};
use crate::page::{Page, see};
use crate::visit::Visit;

/// Does it, and shows the case.
pub(crate) async fn act(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| visit.not_found())?;
    let desk = Desk::new(&console, visit.lang);
    let form = &visit.form;
    let what = form.first("act").unwrap_or_default();
    let act = Act {
        reason: form.filled("reason").unwrap_or_default().to_owned(),
        version: form.filled("version").and_then(|version| version.parse().ok()),
        overridden: form.has("override"),
    };
    if act.reason.is_empty() && what != "annotate" {
        return Ok(needs_reason(&visit));
    }
    let ids = vec![id.clone()];
    let done = match what {
        "discard" => desk.step(Request::Discard, ids, &act, None).await.map(|_| "discarded"),
        "reopen" => desk.step(Request::Reopen, ids, &act, None).await.map(|_| "reopened"),
        "release" => desk.step(Request::Release, ids, &act, None).await.map(|_| "released"),
        "annotate" => desk.annotate(ids, remarks(&visit), &act, None).await.map(|_| "annotated"),
        "resend" => desk.resend(ids, &act, None).await.map(|_| "sent"),
        _ => return Err(visit.not_found()),
    };
    let done = visit.or_page(done)?;
    Ok(see(&format!("/cases/{id}?done={done}")))
}

/// Owner, note and ticket as they were typed: an empty one takes away what is there; one that is not asked for stays.
pub(crate) fn remarks(visit: &Visit) -> [Option<String>; 3] {
    ["owner", "note", "ticket"].map(|name| visit.form.first(name).map(|text| text.replace("\r\n", "\n")))
}

/// The page for a form that does not say why. Browsers do not send it; nothing was done.
pub(crate) fn needs_reason(visit: &Visit) -> Response {
    let trouble = Trouble { kind: Kind::Failed, message: visit.w.needs_reason.to_owned(), help: None };
    let mut response = visit.trouble(&trouble).into_response();
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
