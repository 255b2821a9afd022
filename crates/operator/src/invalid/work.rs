//! Watches a run over many cases for the user at the terminal: its progress bar, Ctrl-C, and what became of each case.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aduana_cases::message::CaseId;
use aduana_redrive::answer::{Done, SentCase, Skipped};
use aduana_redrive::client::run::{self, Plan, Progress, ResendOutcome, Stop, Watcher};
use tokio::time::Instant;

use super::outcome::noun;
use crate::failure::{ExitStatus, Failure};
use crate::interrupt::Interrupt;
use crate::redrive::Redrive;
use crate::terminal::Terminal;

/// What became of a run.
#[derive(Default)]
pub(super) struct Report {
    /// What was changed, and what was left as it is.
    pub(super) done: Done,
    pub(super) sent: Vec<SentCase>,
    /// Those that no answer names.
    pub(super) left: Vec<CaseId>,
    pub(super) stop: Option<Stop>,
    pub(super) failure: Option<Failure>,
    outcomes: HashMap<CaseId, ResendOutcome>,
}

impl Report {
    pub(super) fn outcome(&self, id: &CaseId) -> ResendOutcome {
        self.outcomes.get(id).copied().unwrap_or(ResendOutcome::Sent)
    }

    pub(super) fn skipped(&self) -> &[Skipped] {
        &self.done.skipped
    }

    pub(super) fn exit_status(&self) -> ExitStatus {
        let is_good =
            |outcome: &ResendOutcome| matches!(outcome, ResendOutcome::Sent | ResendOutcome::Stored);
        if self.stop == Some(Stop::Interrupted) {
            ExitStatus::Interrupted
        } else if self.stop.is_some() || !self.skipped().is_empty() || !self.outcomes.values().all(is_good) {
            ExitStatus::SomeRefused
        } else {
            ExitStatus::Good
        }
    }
}

/// Works on `ids`. What was done before a failure is known.
pub(super) async fn run(redrive: &Redrive, plan: &Plan, ids: &[CaseId], terminal: &mut Terminal) -> Report {
    terminal.start_progress(u64::try_from(ids.len()).ok(), noun(redrive.lang()));
    let (begun, interrupt) = (Instant::now(), Interrupt::listen());
    let mut watching = Watching { begun, interrupt, report: Report::default(), terminal };
    let ended = run::run(redrive, plan, ids, Vec::new(), &mut watching).await;
    let mut report = watching.report;
    terminal.end_progress();
    match ended {
        Ok(stop) => report.stop = stop,
        Err(error) => report.failure = Some(error.into()),
    }
    let done = report.done.done.iter().map(|case| &case.id);
    let sent = report.sent.iter().map(|case| &case.id);
    let skipped = report.skipped().iter().map(|case| &case.id);
    let answered: HashSet<&CaseId> = done.chain(sent).chain(skipped).collect();
    report.left = ids.iter().filter(|id| !answered.contains(id)).cloned().collect();
    report
}

struct Watching<'t> {
    begun: Instant,
    interrupt: Interrupt,
    report: Report,
    terminal: &'t mut Terminal,
}

impl Watcher for Watching<'_> {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn may_go_on(&mut self, at: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.interrupt.wait() => false,
            () = tokio::time::sleep_until(self.begun + at) => true,
        }
    }

    fn report(&mut self, progress: Progress) {
        let report = &mut self.report;
        match progress {
            Progress::Done(done) => report.done.done.extend(done),
            Progress::Sent(sent) => report.sent.extend(sent),
            Progress::Skipped(skipped) => report.done.skipped.extend(skipped),
            Progress::Batch(cases) => self.terminal.progress(u64::try_from(cases).unwrap_or_default()),
            Progress::Waiting => {}
            Progress::Outcomes(outcomes) => report.outcomes.extend(outcomes),
        }
    }
}
