//! Runs one action over many cases: batch by batch, at a pace, in growing waves where that is asked for, and waits for the outcomes
//! of what was sent.
//!
//! A run keeps nothing. If it is cut off, what was done is done, and the same cases run again go on from there: what was sent is no
//! longer open, and each invoice is stored once.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use super::pace::{Pace, Rate};
use super::{Asked, BATCH, Client, Transport, batch_of};
use crate::LIST_MAX;
use crate::answer::{Done, DoneCase, Resent, SentCase, Skipped};
use crate::request::{
    Action, ActionName, Annotate, Annotation, Batch, Correct, Correction, Resend, Selection,
};
use aduana_cases::case::State;
use aduana_cases::message::CaseId;

/// How long outcomes are awaited if nothing else is said: longer than a message that fails once is hidden in the queue, so that a
/// second delivery still counts.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// The pause before the second look at outcomes. Most invoices are stored within a second, so the first looks are close together;
/// each pause doubles, up to the longest, so that a long wait costs a few requests a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The first waves of a ramp: one case shows whether the cause is gone, five and twenty whether it is gone for all senders. Each
/// later wave is [`GROWTH`] times the one before, so that ten thousand cases take eight waves.
const WAVES: [usize; 3] = [1, 5, 20];
const GROWTH: usize = 4;

/// What is done to each case.
#[derive(Debug, Clone)]
pub enum Work {
    /// Stores a correction, and sends what was corrected if `send` is set.
    Correct {
        /// What to change.
        correction: Correction,
        /// Whether to send it.
        send: bool,
    },
    /// Sends it.
    Resend,
    /// Discards it.
    Discard,
    /// Opens it again.
    Reopen,
    /// Lets it be sent again.
    Release,
    /// Notes an owner, a remark or a ticket.
    Annotate(Annotation),
}

impl Work {
    /// The action that it is.
    pub const fn action(&self) -> ActionName {
        match self {
            Self::Correct { .. } => ActionName::Correct,
            Self::Resend => ActionName::Resend,
            Self::Discard => ActionName::Discard,
            Self::Reopen => ActionName::Reopen,
            Self::Release => ActionName::Release,
            Self::Annotate(_) => ActionName::Annotate,
        }
    }

    /// Whether it only sends.
    pub const fn is_resend(&self) -> bool {
        matches!(self, Self::Resend)
    }
}

/// What a run does, why, and how fast.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is done to each case.
    pub work: Work,
    /// Why; recorded on each case.
    pub reason: String,
    /// Store and send also what is not valid.
    pub overridden: bool,
    /// The version that the case must have, for a run of one case.
    pub version: Option<u64>,
    /// At most so many cases a second.
    pub rate: Option<Rate>,
    /// In growing waves: each is awaited, and the run stops if any of it is held again.
    pub ramp: bool,
    /// How long the outcomes of a wave are awaited; `None`: not at all.
    pub patience: Option<Duration>,
    /// Stop when so many cases were skipped.
    pub stop_after: Option<usize>,
}

impl Plan {
    /// A plan without limits, which waits for nothing.
    pub const fn of(work: Work, reason: String) -> Self {
        Self {
            work,
            reason,
            overridden: false,
            version: None,
            rate: None,
            ramp: false,
            patience: None,
            stop_after: None,
        }
    }

    fn batch_size(&self) -> usize {
        self.rate.map_or(BATCH, |rate| rate.batch_max(BATCH))
    }

    /// The size of a wave, counted from 0.
    fn wave(&self, number: u32) -> usize {
        let [.., last] = WAVES;
        if !self.ramp {
            return usize::MAX;
        }
        let known = usize::try_from(number).ok().and_then(|at| WAVES.get(at).copied());
        let beyond = number.saturating_sub(2);
        known.unwrap_or_else(|| GROWTH.saturating_pow(beyond).saturating_mul(last))
    }
}

/// What became of a case that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResendOutcome {
    /// It is in the queue; nobody waited for more.
    Sent,
    /// It was awaited, and is not known yet.
    Pending,
    /// Its invoice was stored.
    Stored,
    /// It is held again.
    HeldAgain,
}

impl ResendOutcome {
    /// Its name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Pending => "pending",
            Self::Stored => "stored",
            Self::HeldAgain => "refused",
        }
    }

    const fn of(state: State) -> Self {
        match state {
            State::Resending | State::Resent => Self::Pending,
            State::Resolved => Self::Stored,
            State::Open | State::Parked | State::Discarded => Self::HeldAgain,
        }
    }
}

/// Why a run ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Its watcher stopped it.
    Interrupted,
    /// As many cases were skipped as the plan allows.
    TooManySkipped,
    /// A wave of a ramp has cases that are held again.
    HeldAgain,
    /// The outcomes did not come in time.
    NoOutcome,
}

/// What a run reports, in order.
#[derive(Debug, Clone)]
pub enum Progress {
    /// These cases were changed, or were so already.
    Done(Vec<DoneCase>),
    /// These cases are in the queue.
    Sent(Vec<SentCase>),
    /// These were left as they are, with why.
    Skipped(Vec<Skipped>),
    /// A batch of so many cases is over.
    Batch(usize),
    /// The outcomes of what was sent are awaited from now on.
    Waiting,
    /// What became of these cases, as far as it is known now.
    Outcomes(HashMap<CaseId, ResendOutcome>),
}

/// Who watches a run, and gives it time. Times are those that have passed since any one moment.
pub trait Watcher: Send {
    /// The time.
    fn now(&self) -> Duration;

    /// Waits until that time, and for as long as the run is paused. `false`: the run is to stop.
    fn may_go_on(&mut self, at: Duration) -> impl Future<Output = bool> + Send;

    /// Takes note of what was done.
    fn report(&mut self, progress: Progress);
}

/// Works on `ids`. `sent` are cases that an earlier part of the same run has sent, and whose outcomes are still awaited.
///
/// A run about one case errs with that case's refusal; of many cases, one that is refused is skipped.
pub async fn run<T: Transport, W: Watcher>(
    client: &Client<T>,
    plan: &Plan,
    ids: &[CaseId],
    sent: Vec<CaseId>,
    watcher: &mut W,
) -> Asked<Option<Stop>, T> {
    let pace = Pace::new(plan.rate);
    Running { client, plan, total: ids.len(), pace, sent, skipped: 0, watcher }.waves(ids).await
}

struct Running<'r, T, W> {
    client: &'r Client<T>,
    plan: &'r Plan,
    total: usize,
    pace: Pace,
    /// What was sent and is not awaited yet.
    sent: Vec<CaseId>,
    skipped: usize,
    watcher: &'r mut W,
}

impl<T: Transport, W: Watcher> Running<'_, T, W> {
    async fn waves(&mut self, ids: &[CaseId]) -> Asked<Option<Stop>, T> {
        let (mut rest, mut number) = (ids, 0);
        loop {
            let (wave, later) = rest.split_at(self.plan.wave(number).min(rest.len()));
            let before = self.sent.len();
            for batch in wave.chunks(self.plan.batch_size()) {
                let at = self.pace.slot(batch.len(), self.watcher.now());
                if !self.watcher.may_go_on(at).await {
                    return Ok(Some(Stop::Interrupted));
                }
                // Once begun, a batch is awaited: what is reported is what happened.
                let stop = self.batch(batch).await?;
                if stop.is_some() {
                    return Ok(stop);
                }
                self.watcher.report(Progress::Batch(batch.len()));
            }
            // A wave of which nothing could be sent has shown nothing: the next is not larger.
            number += u32::from(self.sent.len() > before);
            if let Some(patience) = self.plan.patience {
                let stop = self.outcomes(patience).await?;
                if stop.is_some() {
                    return Ok(stop);
                }
            }
            rest = later;
            if rest.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn batch(&mut self, ids: &[CaseId]) -> Asked<Option<Stop>, T> {
        match &self.plan.work {
            Work::Resend => self.resend(ids, self.plan.version).await,
            Work::Correct { send, .. } => {
                let corrected = self.each(ids).await?;
                // A correction makes a new version.
                if *send { self.resend(&corrected, None).await } else { Ok(None) }
            }
            Work::Discard | Work::Reopen | Work::Release | Work::Annotate(_) => {
                self.each(ids).await?;
                Ok(None)
            }
        }
    }

    /// The cases that it was done to.
    async fn each(&mut self, ids: &[CaseId]) -> Asked<Vec<CaseId>, T> {
        let Plan { work, reason, overridden, version, .. } = self.plan;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let batch = Batch { cursor, version: *version, ..batch_of(ids) };
            let action = match work {
                Work::Correct { correction, .. } => {
                    let (correction, overridden) = (correction.clone(), *overridden);
                    Action::Correct(Correct { batch, correction, overridden })
                }
                Work::Discard => Action::Discard(batch),
                Work::Reopen => Action::Reopen(batch),
                Work::Release => Action::Release(batch),
                Work::Annotate(annotation) => {
                    Action::Annotate(Annotate { batch, annotation: annotation.clone() })
                }
                Work::Resend => return Ok(all),
            };
            let Done { done, skipped, cursor: next } =
                self.client.page(reason, action, ids, self.total).await?;
            all.extend(done.iter().map(|case| case.id.clone()));
            self.watcher.report(Progress::Done(done));
            self.skip(skipped);
            cursor = next;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    async fn resend(&mut self, ids: &[CaseId], version: Option<u64>) -> Asked<Option<Stop>, T> {
        let mut cursor = None;
        while !ids.is_empty() {
            let batch = Batch { version, cursor, ..batch_of(ids) };
            let (overridden, stop_after) = (self.plan.overridden, self.may_skip());
            let action = Action::Resend(Resend { batch, overridden, dry_run: false, stop_after });
            let answer: Resent = self.client.page(&self.plan.reason, action, ids, self.total).await?;
            self.sent.extend(answer.sent.iter().map(|case| case.id.clone()));
            self.watcher.report(Progress::Sent(answer.sent));
            self.skip(answer.skipped);
            if answer.stopped || self.may_skip() == Some(0) {
                return Ok(Some(Stop::TooManySkipped));
            }
            cursor = answer.cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(None)
    }

    fn skip(&mut self, skipped: Vec<Skipped>) {
        self.skipped = self.skipped.saturating_add(skipped.len());
        self.watcher.report(Progress::Skipped(skipped));
    }

    /// How many more may be skipped.
    fn may_skip(&self) -> Option<usize> {
        self.plan.stop_after.map(|most| most.saturating_sub(self.skipped))
    }

    /// Looks at what was sent until each has its outcome, the patience is at its end, or the watcher stops it.
    async fn outcomes(&mut self, patience: Duration) -> Asked<Option<Stop>, T> {
        let mut pending = std::mem::take(&mut self.sent);
        if pending.is_empty() {
            return Ok(None);
        }
        self.watcher.report(Progress::Waiting);
        let until = self.watcher.now().saturating_add(patience);
        let (mut pause, mut is_held_again) = (FIRST_PAUSE, false);
        let stop = loop {
            let outcomes = self.look(&pending).await?;
            let of = |id: &CaseId| outcomes.get(id).copied().unwrap_or(ResendOutcome::Pending);
            is_held_again |= outcomes.values().any(|outcome| *outcome == ResendOutcome::HeldAgain);
            pending.retain(|id| of(id) == ResendOutcome::Pending);
            self.watcher.report(Progress::Outcomes(outcomes));
            let now = self.watcher.now();
            if pending.is_empty() {
                break None;
            }
            if now >= until {
                break Some(Stop::NoOutcome);
            }
            if !self.watcher.may_go_on(now.saturating_add(pause).min(until)).await {
                return Ok(Some(Stop::Interrupted));
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        };
        Ok(if is_held_again && self.plan.ramp { Some(Stop::HeldAgain) } else { stop })
    }

    async fn look(&self, ids: &[CaseId]) -> Asked<HashMap<CaseId, ResendOutcome>, T> {
        let mut outcomes: HashMap<_, _> = ids.iter().map(|id| (id.clone(), ResendOutcome::Pending)).collect();
        for ids in ids.chunks(LIST_MAX) {
            let mut cursor = None;
            loop {
                let page = self.client.list(Selection::Ids(ids.to_vec()), LIST_MAX, cursor).await?;
                outcomes.extend(page.cases.into_iter().map(|line| (line.id, ResendOutcome::of(line.state))));
                cursor = page.cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(outcomes)
    }
}

#[cfg(test)]
#[path = "run/tests.rs"]
mod tests;
