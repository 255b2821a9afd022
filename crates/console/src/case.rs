//! One case: its invoice as a paper and as a text with every violation at its place, its reasons, its history, what can be done.

use aduana_intake::cases::State as CaseState;
use aduana_intake::message::CaseId;
use aduana_intake::redrive::answer::{Reason, Shown, ShownAttribute, ShownBody};
use aduana_intake::redrive::request::WhichBody;
use askama::Template;
use axum::extract::{Path, State};

use crate::Shared;
use crate::body::{Row, View, view};
use crate::desk::Desk;
use crate::memory::Revealed;
use crate::page::{Page, html, led_to, see};
use crate::paper::Paper;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    v: &'a Visit,
    nav: &'static str,
    shown: &'a Shown,
    reasons: &'a [Reason],
    /// Whether the values are in sight.
    in_sight: bool,
    /// Whether the reasons speak of the body that is shown.
    is_judged: bool,
    paper: Option<Paper>,
    view: View,
    which: &'a str,
    names: &'a [Option<String>; 4],
    attributes: &'a [ShownAttribute],
}

#[derive(Template)]
#[template(path = "state.html")]
struct StatePart<'a> {
    v: &'a Visit,
    shown: &'a Shown,
}

/// Shows it.
pub(crate) async fn case(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| visit.not_found())?;
    let which = visit.query.filled("body").unwrap_or("current");
    let body = which_body(which).ok_or_else(|| visit.not_found())?;
    let shown = visit.or_page(Desk::new(&console, visit.lang).get(&id, body, None).await)?;
    let fingerprint = shown.body.as_ref().map(|body| body.fingerprint.as_str()).unwrap_or_default();
    let revealed = console.memory.revealed(&id, fingerprint, console.deployment.now_ms());
    let is_judged = judged(&shown, fingerprint);
    let masked = shown.body.as_ref().and_then(|body| body.text.as_deref());
    let (text, reasons) = match &revealed {
        Some(revealed) => (revealed.text.as_deref(), revealed.reasons.as_slice()),
        None => (masked, shown.reasons.as_slice()),
    };
    let placed = if is_judged { reasons } else { &[] };
    let masked_names = names(&shown);
    let page = CasePage {
        v: &visit,
        nav: "cases",
        in_sight: revealed.is_some(),
        is_judged,
        paper: text.and_then(|text| Paper::read(text, placed, visit.w)),
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
pub(crate) async fn state(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| visit.not_found())?;
    let shown = Desk::new(&console, visit.lang).get(&id, WhichBody::Current, None).await;
    let shown = visit.or_page(shown)?;
    let settled = match shown.case.state {
        CaseState::Resending | CaseState::Resent => return Ok(html(&StatePart { v: &visit, shown: &shown })),
        CaseState::Resolved => "stored",
        CaseState::Open | CaseState::Parked | CaseState::Discarded => "refused",
    };
    // All of the page is another now.
    Ok(led_to(&format!("/cases/{id}?done={settled}")))
}

/// Puts the values in sight. It is on record with its reason before anything is shown.
pub(crate) async fn reveal(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| visit.not_found())?;
    let which = visit.form.filled("body").unwrap_or("current");
    let body = which_body(which).ok_or_else(|| visit.not_found())?;
    let Some(reason) = visit.form.filled("reason") else { return Ok(crate::act::needs_reason(&visit)) };
    let shown = Desk::new(&console, visit.lang).get(&id, body, Some(reason)).await;
    let shown = visit.or_page(shown)?;
    let names = names(&shown);
    if let Some(ShownBody { text, fingerprint, .. }) = shown.body {
        let (text, reasons, attributes) = (text.map(Into::into), shown.reasons, shown.attributes);
        let revealed = Revealed { text, fingerprint, reasons, names, attributes };
        console.memory.reveal(&id, console.deployment.now_ms(), revealed);
    }
    Ok(see(&match visit.form.first("then") {
        Some("mend") => format!("/cases/{id}/mend?done=shown"),
        _ => format!("/cases/{id}?body={which}&done=shown"),
    }))
}

/// Puts the values out of sight again.
pub(crate) async fn hide(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| visit.not_found())?;
    console.memory.hide(&id);
    Ok(see(&format!("/cases/{id}?done=hidden")))
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
