//! One case: its invoice as a paper and as a text with every violation at its place, its reasons, its history, what can be done.

use aduana_cases::case::State as CaseState;
use aduana_cases::message::CaseId;
use aduana_redrive::answer::{Reason, Shown, ShownAttribute, ShownBody};
use aduana_redrive::request::WhichBody;
use askama::Template;
use axum::extract::{Path, State};

use crate::invoice_view::Paper;
use crate::memory::Revealed;
use crate::request_context::RequestContext;
use crate::response::{Page, html, hx_redirect, redirect};
use crate::shared::Shared;
use crate::source_view::{Row, View, view};

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    shown: &'a Shown,
    reasons: &'a [Reason],
    /// Whether the values are in sight.
    in_sight: bool,
    /// Whether the reasons are of the body that is shown.
    is_judged: bool,
    invoice_view: Option<Paper>,
    view: View,
    which: &'a str,
    names: &'a [Option<String>; 4],
    attributes: &'a [ShownAttribute],
}

#[derive(Template)]
#[template(path = "state.html")]
struct StatePart<'a> {
    v: &'a RequestContext,
    shown: &'a Shown,
}

/// Shows it.
pub(crate) async fn case(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let which = context.query.filled("body").unwrap_or("current");
    let body = which_body(which).ok_or_else(|| context.not_found())?;
    let shown = context.or_page(console.client(context.lang).get(&id, None, Some(body), None).await)?;
    let fingerprint = shown.body.as_ref().map(|body| body.fingerprint.as_str()).unwrap_or_default();
    let revealed = console.memory.revealed(&id, fingerprint, console.deployment.now_ms());
    let is_judged = judged(&shown, fingerprint);
    let masked = shown.body.as_ref().and_then(|body| body.text());
    let (text, reasons) = match &revealed {
        Some(revealed) => (revealed.text.as_deref(), revealed.reasons.as_slice()),
        None => (masked, shown.reasons.as_slice()),
    };
    let placed = if is_judged { reasons } else { &[] };
    let masked_names = names(&shown);
    let page = CasePage {
        v: &context,
        nav: "cases",
        in_sight: revealed.is_some(),
        is_judged,
        invoice_view: text.and_then(|text| Paper::read(text, placed, context.w)),
        view: text.map(|text| view(text, placed)).unwrap_or_default(),
        reasons,
        which,
        names: revealed.as_ref().map_or(&masked_names, |revealed| &revealed.names),
        attributes: revealed.as_ref().map_or(&shown.attributes, |revealed| &revealed.attributes),
        shown: &shown,
    };
    Ok(html(&page))
}

/// The state alone, asked for again and again while an outcome is awaited.
pub(crate) async fn state(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let shown = console.client(context.lang).get(&id, None, Some(WhichBody::Current), None).await;
    let shown = context.or_page(shown)?;
    let settled = match shown.case.state {
        CaseState::Resending | CaseState::Resent => {
            return Ok(html(&StatePart { v: &context, shown: &shown }));
        }
        CaseState::Resolved => "stored",
        CaseState::Open | CaseState::Parked | CaseState::Discarded => "refused",
    };
    // All of the page is another now.
    Ok(hx_redirect(&format!("/cases/{id}?done={settled}")))
}

/// Puts the values in sight. It is on record with its reason before anything is shown.
pub(crate) async fn reveal(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let which = context.form.filled("body").unwrap_or("current");
    let body = which_body(which).ok_or_else(|| context.not_found())?;
    let Some(reason) = context.form.filled("reason").or(context.reason.as_deref()) else {
        return Ok(crate::act::needs_reason(&context));
    };
    if context.form.has("session") {
        console.memory.set_reason(Some(reason.to_owned()));
    }
    let shown = console.client(context.lang).get(&id, Some(reason), Some(body), None).await;
    let shown = context.or_page(shown)?;
    let names = names(&shown);
    if let Some(body) = shown.body {
        let text = body.text().map(Into::into);
        let ShownBody { fingerprint, .. } = body;
        let (reasons, attributes) = (shown.reasons, shown.attributes);
        let why = reason.to_owned();
        let revealed = Revealed { why, text, fingerprint, reasons, names, attributes };
        console.memory.reveal(&id, console.deployment.now_ms(), revealed);
    }
    Ok(redirect(&match context.form.first("then") {
        Some("correct") => format!("/cases/{id}/correct?done=shown"),
        _ => format!("/cases/{id}?body={which}&done=shown"),
    }))
}

/// Puts the values out of sight again.
pub(crate) async fn hide(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    console.memory.hide(&id);
    Ok(redirect(&format!("/cases/{id}?done=hidden")))
}

/// `current`, `original`, `attempt:2`, `correction:1`.
fn which_body(name: &str) -> Option<WhichBody> {
    Some(match name.split_once(':') {
        None if name == "current" => WhichBody::Current,
        None if name == "original" => WhichBody::Original,
        Some(("attempt", number)) => WhichBody::Attempt(number.parse().ok()?),
        Some(("correction", number)) => WhichBody::Correction(number.parse().ok()?),
        _ => return None,
    })
}

/// Whether the case's reasons are those of this body: it came with the last attempt.
fn judged(shown: &Shown, fingerprint: &str) -> bool {
    shown.versions.iter().any(|version| {
        version.correction.is_none()
            && version.attempt == shown.case.attempt
            && version.fingerprint == fingerprint
    })
}

fn names(shown: &Shown) -> [Option<String>; 4] {
    let line = &shown.case;
    [line.seller.clone(), line.seller_name.clone(), shown.buyer_name.clone(), line.payable.clone()]
}
