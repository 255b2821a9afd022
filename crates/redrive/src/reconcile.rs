//! `reconcile`: the scheduled repair.
//!
//! In this order: lapsed claims end; due alerts are published; the dead-letter queue is read; expiring messages are counted; ended
//! cases whose retention is over expire. The queue is read as far as calls and time allow. What is looked at and stays is hidden until the run is over, so that a run sees each
//! message once; the next run begins anew, as a queue has no order to go on in. Any run that reaches the end of the queue has
//! seen all of it.

mod copies;
mod expire;
mod ingest;

use std::collections::HashMap;

use super::PAGES_MAX;
use super::answer::{Failure, NotifyReport, Reconciled};
use super::context::RedriveContext;
use super::ports::{
    CaseLine, CaseStore, DeadLetter, DeadLetterQueue, HEADS_MAX, PageOf, Partition, RedrivePorts,
};
use super::request::Reconcile;
use super::transitions::on_lapsed;
use aduana_cases::alerts::DispatchResult;
use aduana_cases::case::State;
use aduana_cases::effects::{DELETE, LIST, RECEIVE};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::CaseId;
use aduana_cases::time::{from_rfc3339, rfc3339};

/// How often the queue is asked if nothing is said, and at most.
const RECEIVES_USUAL: usize = 50;
const RECEIVES_MOST: usize = 1_000;

/// How much longer than the run messages are hidden, in milliseconds.
const HIDE_MARGIN_MS: i64 = 5_000;

/// A run.
struct Run {
    report: Reconciled,
    /// The copies that stay in the queue, by case and attempt: their message ids.
    kept: HashMap<(CaseId, u32), String>,
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) async fn reconcile(&self, request: &Reconcile) -> Result<Reconciled, Failure> {
        let mut run = Run { report: Reconciled::default(), kept: HashMap::new() };
        let receives = request.max_receives.unwrap_or(RECEIVES_USUAL).clamp(1, RECEIVES_MOST);
        let lapsed = self.end_claims(&mut run.report).await;
        let notified = self.notify_due(true, &mut run.report).await;
        let emptied = self.go_through_queue(&mut run, receives).await;
        let counted = self.count_expiring(&mut run.report).await;
        let expired = self.expire_ended(&mut run.report).await;
        let mut report = run.report;
        let steps = [lapsed, notified, emptied, counted, expired];
        report.failed += steps.iter().filter(|step| step.is_err()).count();
        report.complete = report.failed == 0 && steps.iter().all(|step| matches!(step, Ok(true)));
        // If nothing at all could be done, the call fails, so that the schedule reports it.
        match steps {
            [Err(error), Err(_), Err(_), Err(_), _] => Err(Failure::unavailable(&error, self.lang)),
            _ => Ok(report),
        }
    }

    /// `notify`: publishes the alerts that are due, and nothing else. What a schedule asks for between two reconciles.
    pub(super) async fn notify_now(&self) -> Result<NotifyReport, Failure> {
        let mut report = Reconciled::default();
        let notified = self.notify_due(false, &mut report).await;
        let complete = notified.map_err(|error| Failure::unavailable(&error, self.lang))?;
        let Reconciled { alerts_sent, alerts_failed, .. } = report;
        Ok(NotifyReport { alerts_sent, alerts_failed, complete: complete && alerts_failed == 0 })
    }

    async fn notify_due(&self, everything: bool, report: &mut Reconciled) -> Result<bool, EffectError> {
        let mut dispatched = DispatchResult::default();
        let reported =
            self.pipeline().dispatcher.notify_due(everything, || self.may_start(), &mut dispatched).await;
        report.count_alerts(&dispatched);
        reported
    }

    /// Opens the cases whose claims have lapsed. Whether it came to the end.
    async fn end_claims(&self, report: &mut Reconciled) -> Result<bool, EffectError> {
        let mut of = page(State::Resending);
        for _ in 0..PAGES_MAX {
            if !self.may_start() {
                return Ok(false);
            }
            let page = self.within(LIST, || self.ports.cases().page(&of)).await?;
            let ids: Vec<CaseId> = page.lines.into_iter().map(|line| line.id).collect();
            for ids in ids.chunks(HEADS_MAX) {
                let heads = self.heads(ids).await?;
                for record in heads.into_iter().filter(|record| record.has_lapsed(self.now_ms())) {
                    let id = record.id().clone();
                    match self.act(&id, Some(record), None, on_lapsed).await {
                        Ok(acted) => report.lapsed += usize::from(acted.changed),
                        Err(_) => report.failed += 1,
                    }
                }
            }
            match page.next {
                Some(next) => of.after = Some(next),
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Whether it came to the end of the queue.
    async fn go_through_queue(&self, run: &mut Run, receives: usize) -> Result<bool, EffectError> {
        for _ in 0..receives {
            if !self.may_start() {
                return Ok(false);
            }
            let hide_ms = self.call.deadline_ms.saturating_sub(self.now_ms()).saturating_add(HIDE_MARGIN_MS);
            let receiving = || self.ports.dead_letter_queue().receive(hide_ms);
            let dead_letters = self.within(RECEIVE, receiving).await?;
            if dead_letters.is_empty() {
                return Ok(true);
            }
            run.report.looked_at += dead_letters.len();
            self.sort_out(run, dead_letters).await?;
        }
        Ok(false)
    }

    /// Deletes messages of the dead-letter queue. How many are gone.
    async fn delete(&self, dead_letters: &[DeadLetter], report: &mut Reconciled) -> usize {
        if dead_letters.is_empty() {
            return 0;
        }
        let receipts: Vec<String> =
            dead_letters.iter().map(|dead_letter| dead_letter.receipt.clone()).collect();
        let deleting = |receipts: Vec<String>| async move {
            let answers = self.ports.dead_letter_queue().delete(&receipts).await;
            (receipts, answers)
        };
        let answers = self.within_all(DELETE, receipts, deleting).await;
        let gone = answers.iter().filter(|answer| answer.is_ok()).count();
        report.failed += answers.len() - gone;
        gone
    }

    /// Counts the open cases whose copies in the queue expire soon.
    async fn count_expiring(&self, report: &mut Reconciled) -> Result<bool, EffectError> {
        let (now_ms, retention_ms) = (self.now_ms(), self.settings.retention_ms);
        let oldest = PageOf { limit: 1, ..page(State::Open) };
        let oldest = self.within(LIST, || self.ports.cases().page(&oldest)).await?;
        report.oldest_open = oldest.lines.into_iter().next().map(|line| line.last_seen);
        // What was queued before has expired, what was queued after has time.
        let at = |before_ms: i64| Some(rfc3339(now_ms.saturating_sub(before_ms)));
        let mut of = PageOf {
            since: at(retention_ms),
            until: at(retention_ms.saturating_sub(self.settings.warn_ms)),
            ..page(State::Open)
        };
        let expires = |line: CaseLine| Some(from_rfc3339(&line.queued_at?)?.saturating_add(retention_ms));
        for _ in 0..PAGES_MAX {
            if !self.may_start() {
                return Ok(false);
            }
            let page = self.within(LIST, || self.ports.cases().page(&of)).await?;
            for expires_ms in page.lines.into_iter().filter_map(expires) {
                report.expiring += 1;
                let first = report.expires_first.take();
                report.expires_first = first.into_iter().chain([rfc3339(expires_ms)]).min();
            }
            match page.next {
                Some(next) => of.after = Some(next),
                None => return Ok(true),
            }
        }
        Ok(false)
    }
}

impl Reconciled {
    const fn count_alerts(&mut self, dispatched: &DispatchResult) {
        self.alerts_sent += dispatched.sent;
        self.alerts_failed += dispatched.failed;
    }
}

/// The lines of a state, the oldest first.
fn page(state: State) -> PageOf {
    let partition = Partition::State(state);
    PageOf { partition, since: None, until: None, oldest_first: true, after: None, limit: 1_000 }
}
