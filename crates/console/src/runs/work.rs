//! A run at work: what it reports goes into its progress, and the orders for it stop or pause it.

use std::sync::Arc;
use std::time::Duration;

use aduana_redrive::answer::{Code, Skipped};
use aduana_redrive::client::run::{self, Progress, Stop, Watcher};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Order, Run, Stage};
use crate::deployment::{ApiError, Kind};
use crate::redrive_client::RedriveClient;

/// Works on what is left, to the end or until it is stopped.
pub(crate) async fn go(run: Arc<Run>, redrive_client: RedriveClient) {
    let (done, awaited) = {
        let progress = run.progress();
        (progress.looked_at, progress.awaited())
    };
    let left = run.ids.get(done..).unwrap_or_default();
    let (run, orders) = (&*run, run.order.subscribe());
    let mut watching = Watching { run, orders, begun: Instant::now(), stage: Stage::Running };
    let ended = run::run(&redrive_client, &run.plan, left, awaited, &mut watching).await;
    let (is_sent, mut progress) = (watching.stage == Stage::Waiting, run.progress());
    progress.stage = match ended.map_err(ApiError::from) {
        Ok(Some(Stop::Interrupted)) if !is_sent => Stage::Cancelled,
        Ok(_) => Stage::Finished,
        // Of one case alone, its refusal is the answer: to a run it is a case that was left out.
        Err(ApiError { kind: Kind::Refused(code), message, .. })
            if left.len() == 1 && code != Code::BadRequest =>
        {
            let id = left.iter().cloned();
            let skipped =
                id.map(|id| Skipped { id, code, message: message.clone(), codes: Vec::new() }).collect();
            progress.skip(skipped);
            progress.looked_at = run.ids.len();
            Stage::Finished
        }
        Err(error) => {
            progress.error = Some(error);
            if is_sent { Stage::Finished } else { Stage::Broken }
        }
    };
}

/// Watches a run for the person at the browser.
struct Watching<'r> {
    run: &'r Run,
    orders: watch::Receiver<Order>,
    begun: Instant,
    /// What it does while it is not paused.
    stage: Stage,
}

impl Watcher for Watching<'_> {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn may_go_on(&mut self, at: Duration) -> bool {
        loop {
            let order = *self.orders.borrow_and_update();
            self.run.set_stage(if order == Order::Pause { Stage::Paused } else { self.stage });
            let changed = match order {
                Order::Cancel => return false,
                Order::Pause => self.orders.changed().await,
                Order::Go => tokio::select! {
                    biased;
                    changed = self.orders.changed() => changed,
                    () = sleep_until(self.begun + at) => return true,
                },
            };
            if changed.is_err() {
                return false;
            }
        }
    }

    fn report(&mut self, report: Progress) {
        let mut progress = self.run.progress();
        match report {
            Progress::Done(done) => progress.changed += done.len(),
            Progress::Sent(sent) => progress.sent.extend(sent.into_iter().map(|case| case.id)),
            Progress::Skipped(skipped) => progress.skip(skipped),
            Progress::Batch(cases) => progress.looked_at += cases,
            Progress::Waiting => {
                self.stage = Stage::Waiting;
                progress.stage = Stage::Waiting;
            }
            Progress::Outcomes(outcomes) => progress.outcomes.extend(outcomes),
        }
    }
}
