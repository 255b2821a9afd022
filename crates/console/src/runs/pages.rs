//! Starts runs, shows them, and takes orders for them.

use std::sync::Arc;

use aduana_intake::cases::State as CaseState;
use askama::Template;
use axum::extract::{Path, State};

use super::{Order, Progress, Run, Stage, Work, work};
use crate::Shared;
use crate::act::{needs_reason, remarks};
use crate::bulk::{Chosen, Found};
use crate::desk::{Act, Desk};
use crate::overview::WAITING;
use crate::page::{Page, html, led_to, see};
use crate::visit::Visit;
use crate::when::rfc3339;

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    runs: Vec<(Arc<Run>, Progress)>,
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    run: &'a Run,
    progress: &'a Progress,
}

#[derive(Template)]
#[template(path = "run_part.html")]
struct RunPart<'a> {
    v: &'a Visit,
    run: &'a Run,
    progress: &'a Progress,
}

/// All of them.
pub(crate) async fn runs(State(console): State<Shared>, visit: Visit) -> Page {
    let runs = console.runs.all().into_iter().map(|run| {
        let progress = run.progress().clone();
        (run, progress)
    });
    Ok(html(&RunsPage { v: &visit, nav: "runs", runs: runs.collect() }))
}

/// One of them; by script the counts alone, until there is something else to do: then the whole page is another.
pub(crate) async fn run(State(console): State<Shared>, Path(number): Path<String>, visit: Visit) -> Page {
    let run = found(&console, &number).ok_or_else(|| visit.not_found())?;
    let progress = &run.progress().clone();
    if visit.live && visit.query.first("stage") != Some(progress.stage.as_str()) {
        return Ok(led_to(&format!("/runs/{}", run.number)));
    }
    if visit.live {
        return Ok(html(&RunPart { v: &visit, run: &run, progress }));
    }
    Ok(html(&RunPage { v: &visit, nav: "runs", run: &run, progress }))
}

/// Begins one.
pub(crate) async fn start(State(console): State<Shared>, visit: Visit) -> Page {
    let form = &visit.form;
    let desk = Desk::new(&console, visit.lang);
    let act = Act {
        reason: form.filled("reason").unwrap_or_default().to_owned(),
        version: None,
        overridden: form.has("override"),
    };
    let what = form.first("act").unwrap_or_default();
    if act.reason.is_empty() && what != "annotate" {
        return Ok(needs_reason(&visit));
    }
    let (work, states): (Work, &[CaseState]) = match what {
        "mend" | "mend_only" => {
            let prepared = form.first("prepared").and_then(|key| console.memory.prepared(key));
            let prepared = prepared.ok_or_else(|| visit.not_found())?;
            let mut ids = prepared.ids.clone();
            if act.overridden {
                ids.extend(prepared.still_invalid.iter().cloned());
            }
            let work = Work::Mend { correction: prepared.correction.clone(), send: what == "mend" };
            let found = Found { ids, and_more: prepared.and_more };
            return Ok(begin(&console, &visit, work, act, found));
        }
        "resend" => (Work::Resend, &[CaseState::Open]),
        "discard" => (Work::Discard, &WAITING),
        "reopen" => (Work::Reopen, &[CaseState::Discarded, CaseState::Resent]),
        "release" => (Work::Release, &[CaseState::Parked]),
        "annotate" => {
            // What is left empty for many stays as it is on each.
            let remarks = remarks(&visit).map(|text| text.filter(|text| !text.trim().is_empty()));
            (Work::Annotate(remarks), &CaseState::ALL)
        }
        _ => return Err(visit.not_found()),
    };
    let found = visit.or_page(Chosen::of(form).ids(&desk, states).await)?;
    Ok(begin(&console, &visit, work, act, found))
}

fn begin(console: &Shared, visit: &Visit, work: Work, act: Act, found: Found) -> axum::response::Response {
    let rate = visit.form.filled("rate").and_then(|rate| rate.parse().ok()).filter(|rate| *rate > 0);
    let started = rfc3339(console.deployment.now_ms());
    let run = console.runs.add(started, work, act, rate, found);
    let address = format!("/runs/{}", run.number);
    tokio::spawn(work::go(run, Desk::new(console, visit.lang)));
    see(&address)
}

/// Pauses it, lets it go on, ends it.
pub(crate) async fn order(State(console): State<Shared>, Path(number): Path<String>, visit: Visit) -> Page {
    let run = found(&console, &number).ok_or_else(|| visit.not_found())?;
    let order = match visit.form.first("order") {
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
            progress.trouble = None;
        }
        before
    };
    if order == Order::Go && matches!(stage, Stage::Cancelled | Stage::Broken) {
        tokio::spawn(work::go(Arc::clone(&run), Desk::new(&console, visit.lang)));
    }
    Ok(see(&format!("/runs/{}", run.number)))
}

fn found(console: &Shared, number: &str) -> Option<Arc<Run>> {
    console.runs.find(number.parse().ok()?)
}
