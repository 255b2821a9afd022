//! Acts on many cases, one after the other, at a pace, with a way to pause and to stop.
//!
//! A run lives in this program; [`aduana_redrive::client::run`] does the work. If the program ends, what was done is done, and the
//! same choice made again goes on from there.

pub(crate) mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aduana_cases::message::CaseId;
use aduana_redrive::answer::Skipped;
use aduana_redrive::client::run::{Plan, ResendOutcome};
use tokio::sync::watch;

use crate::chosen::Found;
use crate::deployment::ApiError;

/// How many runs are kept in mind.
const RUNS_MAX: usize = 50;

/// How many of the cases that were left out are named.
pub(crate) const SKIPPED_MAX: usize = 200;

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Go,
    Pause,
    Cancel,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Running,
    Paused,
    /// All are sent; their outcomes are awaited.
    Waiting,
    Cancelled,
    /// Something failed; it can go on from there.
    Broken,
    Finished,
}

impl Stage {
    /// Its name in an address.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Waiting => "waiting",
            Self::Cancelled => "cancelled",
            Self::Broken => "broken",
            Self::Finished => "finished",
        }
    }

    pub(crate) const fn has_ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Broken | Self::Finished)
    }
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) number: usize,
    pub(crate) started: String,
    pub(crate) plan: Plan,
    pub(crate) ids: Vec<CaseId>,
    /// More were chosen than one run takes.
    pub(crate) and_more: bool,
    progress: Mutex<Progress>,
    order: watch::Sender<Order>,
}

/// What was done so far.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    /// How many cases were worked on.
    pub(crate) looked_at: usize,
    /// How many were changed, or corrected.
    pub(crate) changed: usize,
    pub(crate) sent: Vec<CaseId>,
    pub(crate) skipped: usize,
    /// The first of them.
    pub(crate) named: Vec<Skipped>,
    /// What became of those that were sent, as far as it is known.
    pub(crate) outcomes: HashMap<CaseId, ResendOutcome>,
    pub(crate) error: Option<ApiError>,
}

impl Run {
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an order. `true` if the run is to be begun again with what is left.
    pub(crate) fn take_order(&self, order: Order) -> bool {
        self.order.send_replace(order);
        let mut progress = self.progress();
        let goes_on = order == Order::Go && matches!(progress.stage, Stage::Cancelled | Stage::Broken);
        if goes_on {
            progress.stage = Stage::Running;
            progress.error = None;
        }
        goes_on
    }

    fn set_stage(&self, stage: Stage) {
        self.progress().stage = stage;
    }
}

/// All runs of this program.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<(usize, Vec<Arc<Run>>)>);

impl Progress {
    /// That of a run that has done nothing yet.
    fn begun() -> Self {
        Self {
            stage: Stage::Running,
            looked_at: 0,
            changed: 0,
            sent: Vec::new(),
            skipped: 0,
            named: Vec::new(),
            outcomes: HashMap::new(),
            error: None,
        }
    }

    fn count(&self, outcome: ResendOutcome) -> usize {
        self.outcomes.values().filter(|known| **known == outcome).count()
    }

    pub(crate) fn stored(&self) -> usize {
        self.count(ResendOutcome::Stored)
    }

    pub(crate) fn held_again(&self) -> usize {
        self.count(ResendOutcome::HeldAgain)
    }

    /// What was sent and has no outcome yet.
    fn awaited(&self) -> Vec<CaseId> {
        let has_outcome = |id: &&CaseId| {
            matches!(self.outcomes.get(*id), Some(ResendOutcome::Stored | ResendOutcome::HeldAgain))
        };
        self.sent.iter().filter(|id| !has_outcome(id)).cloned().collect()
    }

    /// Counts what was left out, and names the first of it.
    fn skip(&mut self, skipped: Vec<Skipped>) {
        self.skipped += skipped.len();
        let room = SKIPPED_MAX.saturating_sub(self.named.len());
        self.named.extend(skipped.into_iter().take(room));
    }
}

impl Runs {
    fn inner(&self) -> MutexGuard<'_, (usize, Vec<Arc<Run>>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, started: String, plan: Plan, found: Found) -> Arc<Run> {
        let progress = Progress::begun();
        let mut inner = self.inner();
        inner.0 += 1;
        let order = watch::Sender::new(Order::Go);
        let Found { ids, and_more } = found;
        let (number, progress) = (inner.0, Mutex::new(progress));
        let run = Run { number, started, plan, ids, and_more, progress, order };
        let run = Arc::new(run);
        inner.1.push(Arc::clone(&run));
        if inner.1.len() > RUNS_MAX
            && let Some(at) = inner.1.iter().position(|run| run.progress().stage.has_ended())
        {
            inner.1.remove(at);
        }
        run
    }

    pub(crate) fn find(&self, number: usize) -> Option<Arc<Run>> {
        self.inner().1.iter().find(|run| run.number == number).cloned()
    }

    /// The newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Run>> {
        self.inner().1.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use aduana_redrive::answer::Code;
    use aduana_redrive::client::run::Work;

    use super::*;

    #[test]
    fn two_hundred_cases_that_were_left_out_are_named_and_all_are_counted() {
        let id = CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap();
        let skipped = Skipped { id, code: Code::Claimed, message: String::new(), codes: Vec::new() };
        for (count, named) in [(199, 199), (200, 200), (201, 200)] {
            let mut progress = Progress::begun();
            // In two goes: what the first leaves room for is taken of the second.
            progress.skip(vec![skipped.clone(); 150]);
            progress.skip(vec![skipped.clone(); count - 150]);
            assert_eq!((progress.skipped, progress.named.len()), (count, named));
        }
        assert_eq!(SKIPPED_MAX, 200);
    }

    fn add(runs: &Runs) -> Arc<Run> {
        let found = Found { ids: Vec::new(), and_more: false };
        runs.add(String::new(), Plan::of(Work::Discard, String::new()), found)
    }

    #[test]
    fn fifty_runs_are_kept_in_mind_and_the_next_takes_the_place_of_the_oldest_that_has_ended() {
        let runs = Runs::default();
        add(&runs);
        for number in 2..=RUNS_MAX {
            add(&runs).set_stage(Stage::Finished);
            assert_eq!(runs.all().len(), number);
        }
        for number in 4..=RUNS_MAX {
            runs.find(number).unwrap().set_stage(Stage::Running);
        }
        add(&runs);
        assert_eq!((runs.all().len(), RUNS_MAX), (50, 50));
        assert!(runs.find(1).is_some() && runs.find(2).is_none() && runs.find(3).is_some());
        add(&runs);
        add(&runs);
        assert_eq!(runs.all().len(), 51, "what runs is not forgotten");
    }
}
