//! Starts runs, shows them, and takes orders for them.

use std::sync::Arc;

use aduana_redrive::client::run::{PATIENCE, Plan, Work};
use aduana_redrive::request::{Annotation, ReasonRule};
use askama::Template;
use axum::extract::{Path, State};

use crate::act::{annotation, needs_reason};
use crate::chosen::{Chosen, Found};
use crate::request_context::RequestContext;
use crate::response::{Page, html, hx_redirect, redirect};
use crate::runs::{Order, Progress, Run, Stage, work};
use crate::shared::Shared;
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
    let prepared = form.first("prepared").and_then(|key| console.memory.prepared(key));
    let what = form.first("act").unwrap_or_default();
    let work = match what {
        "correct" | "correct_only" => {
            let prepared = prepared.as_ref().ok_or_else(|| context.not_found())?;
            Work::Correct { correction: prepared.correction.clone(), send: what == "correct" }
        }
        "resend" => Work::Resend,
        "discard" => Work::Discard,
        "reopen" => Work::Reopen,
        "release" => Work::Release,
        "annotate" => {
            // What is left empty for many stays as it is on each.
            let typed = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
            let Annotation { owner, note, ticket } = annotation(&context);
            Work::Annotate(Annotation { owner: typed(owner), note: typed(note), ticket: typed(ticket) })
        }
        _ => return Err(context.not_found()),
    };
    let (action, overridden) = (work.action(), form.has("override"));
    let reason = form.filled("reason").unwrap_or_default().to_owned();
    if reason.is_empty() && action.reason() == ReasonRule::Required {
        return Ok(needs_reason(&context));
    }
    let found = match prepared {
        Some(prepared) if matches!(work, Work::Correct { .. }) => {
            let mut ids = prepared.ids.clone();
            if overridden {
                ids.extend(prepared.still_invalid.iter().cloned());
            }
            Found { ids, and_more: prepared.and_more }
        }
        _ => {
            let chosen = Chosen::of(form).ids(&console.client(context.lang), action.states()).await;
            context.or_page(chosen)?
        }
    };
    let rate = form.filled("rate").and_then(|rate| rate.parse().ok());
    let plan = Plan { overridden, rate, patience: Some(PATIENCE), ..Plan::of(work, reason) };
    let run = console.runs.add(rfc3339(console.deployment.now_ms()), plan, found);
    let address = format!("/runs/{}", run.number);
    tokio::spawn(work::go(run, console.client(context.lang)));
    Ok(redirect(&address))
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
    if run.take_order(order) {
        tokio::spawn(work::go(Arc::clone(&run), console.client(context.lang)));
    }
    Ok(redirect(&format!("/runs/{}", run.number)))
}

fn found(console: &Shared, number: &str) -> Option<Arc<Run>> {
    console.runs.find(number.parse().ok()?)
}
