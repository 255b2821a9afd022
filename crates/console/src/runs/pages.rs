//! Starts runs, shows them, and takes orders for them.

use std::sync::Arc;

use aduana_cases::case::State as CaseState;
use askama::Template;
use axum::extract::{Path, State};

use super::{Order, Progress, Run, Stage, Work, work};
use crate::Shared;
use crate::act::{needs_reason, remarks};
use crate::bulk::{Chosen, Found};
use crate::overview::WAITING;
use crate::page::{Page, html, hx_redirect, redirect};
use crate::redrive_client::{Act, RedriveClient};
use crate::request_context::RequestContext;
use crate::time_format::rfc3339;

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    runs: Vec<(Arc<Run>, Progress)>,
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    run: &'a Run,
    progress: &'a Progress,
}

#[derive(Template)]
#[template(path = "run_part.html")]
struct RunPart<'a> {
    v: &'a RequestContext,
    run: &'a Run,
    progress: &'a Progress,
}

/// All of them.
pub(crate) async fn runs(State(console): State<Shared>, context: RequestContext) -> Page {
    let runs = console.runs.all().into_iter().map(|run| {
        let progress = run.progress().clone();
        (run, progress)
    });
    Ok(html(&RunsPage { v: &context, nav: "runs", runs: runs.collect() }))
}

/// One of them; by script the counts alone, until there is something else to do: then the whole page is another.
pub(crate) async fn run(
    State(console): State<Shared>,
    Path(number): Path<String>,
    context: RequestContext,
) -> Page {
    let run = found(&console, &number).ok_or_else(|| context.not_found())?;
    let progress = &run.progress().clone();
    if context.live && context.query.first("stage") != Some(progress.stage.as_str()) {
        return Ok(hx_redirect(&format!("/runs/{}", run.number)));
    }
    if context.live {
        return Ok(html(&RunPart { v: &context, run: &run, progress }));
    }
    Ok(html(&RunPage { v: &context, nav: "runs", run: &run, progress }))
}

/// Begins one.
pub(crate) async fn start(State(console): State<Shared>, context: RequestContext) -> Page {
    let form = &context.form;
    let redrive_client = RedriveClient::new(&console, context.lang);
    let act = Act {
        reason: form.filled("reason").unwrap_or_default().to_owned(),
        version: None,
        overridden: form.has("override"),
    };
    let what = form.first("act").unwrap_or_default();
    if act.reason.is_empty() && what != "annotate" {
        return Ok(needs_reason(&context));
    }
    let (work, states): (Work, &[CaseState]) = match what {
        "correct" | "correct_only" => {
            let prepared = form.first("prepared").and_then(|key| console.memory.prepared(key));
            let prepared = prepared.ok_or_else(|| context.not_found())?;
            let mut ids = prepared.ids.clone();
            if act.overridden {
                ids.extend(prepared.still_invalid.iter().cloned());
            }
            let work = Work::Correct { correction: prepared.correction.clone(), send: what == "correct" };
            let found = Found { ids, and_more: prepared.and_more };
            return Ok(begin(&console, &context, work, act, found));
        }
        "resend" => (Work::Resend, &[CaseState::Open]),
        "discard" => (Work::Discard, &WAITING),
        "reopen" => (Work::Reopen, &[CaseState::Discarded, CaseState::Resent]),
        "release" => (Work::Release, &[CaseState::Parked]),
        "annotate" => {
            // What is left empty for many stays as it is on each.
            let remarks = remarks(&context).map(|text| text.filter(|text| !text.trim().is_empty()));
            (Work::Annotate(remarks), &CaseState::ALL)
        }
        _ => return Err(context.not_found()),
    };
    let found = context.or_page(Chosen::of(form).ids(&redrive_client, states).await)?;
    Ok(begin(&console, &context, work, act, found))
}

fn begin(
    console: &Shared,
    context: &RequestContext,
    work: Work,
    act: Act,
    found: Found,
) -> axum::response::Response {
    let rate = context.form.filled("rate").and_then(|rate| rate.parse().ok()).filter(|rate| *rate > 0);
    let started = rfc3339(console.deployment.now_ms());
    let run = console.runs.add(started, work, act, rate, found);
    let address = format!("/runs/{}", run.number);
    tokio::spawn(work::go(run, RedriveClient::new(console, context.lang)));
    redirect(&address)
}

/// Pauses it, lets it go on, ends it.
pub(crate) async fn order(
    State(console): State<Shared>,
    Path(number): Path<String>,
    context: RequestContext,
) -> Page {
    let run = found(&console, &number).ok_or_else(|| context.not_found())?;
    let order = match context.form.first("order") {
        Some("pause") => Order::Pause,
        Some("cancel") => Order::Cancel,
        _ => Order::Go,
    };
    run.order.send_replace(order);
    let stage = {
        let mut progress = run.progress();
        let before = progress.stage;
        if order == Order::Go && matches!(before, Stage::Cancelled | Stage::Broken) {
            progress.stage = Stage::Running;
            progress.error = None;
        }
        before
    };
    if order == Order::Go && matches!(stage, Stage::Cancelled | Stage::Broken) {
        tokio::spawn(work::go(Arc::clone(&run), RedriveClient::new(&console, context.lang)));
    }
    Ok(redirect(&format!("/runs/{}", run.number)))
}

fn found(console: &Shared, number: &str) -> Option<Arc<Run>> {
    console.runs.find(number.parse().ok()?)
}
