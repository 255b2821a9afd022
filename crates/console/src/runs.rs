//! Acts on many cases, one after the other, at a pace, with a way to pause and to stop.
//!
//! A run lives in this program. If the program ends, what was done is done, and the same choice made again goes on from there: what
//! was sent is no longer open, and each invoice is stored once.

mod pages;
mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aduana_cases::message::CaseId;
use aduana_redrive::answer::Skipped;
use aduana_redrive::request::Correction;
use tokio::sync::watch;

use crate::bulk::Found;
use crate::deployment::ApiError;
use crate::redrive_client::Act;

pub(crate) use self::pages::{order, run, runs, start};

/// How many runs are kept in mind.
const RUNS_MAX: usize = 50;

/// How many of the cases that were left out are named.
pub(crate) const SKIPPED_MAX: usize = 200;

/// What is done to each case.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    Correct { correction: Correction, send: bool },
    Resend,
    Discard,
    Reopen,
    Release,
    Annotate([Option<String>; 3]),
}

impl Work {
    pub(crate) const fn only_sends(&self) -> bool {
        matches!(self, Self::Resend)
    }

    const fn sends(&self) -> bool {
        matches!(self, Self::Resend | Self::Correct { send: true, .. })
    }
}

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
    pub(crate) work: Work,
    pub(crate) act: Act,
    /// So many cases a second; as fast as it goes, if it is not said.
    pub(crate) rate: Option<u32>,
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
    pub(crate) stored: usize,
    pub(crate) refused: usize,
    pub(crate) error: Option<ApiError>,
}

impl Run {
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
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
    const fn begun() -> Self {
        Self {
            stage: Stage::Running,
            looked_at: 0,
            changed: 0,
            sent: Vec::new(),
            skipped: 0,
            named: Vec::new(),
            stored: 0,
            refused: 0,
            error: None,
        }
    }
}

impl Runs {
    fn inner(&self) -> MutexGuard<'_, (usize, Vec<Arc<Run>>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, started: String, work: Work, act: Act, rate: Option<u32>, found: Found) -> Arc<Run> {
        let progress = Progress::begun();
        let mut inner = self.inner();
        inner.0 += 1;
        let order = watch::Sender::new(Order::Go);
        let Found { ids, and_more } = found;
        let (number, progress) = (inner.0, Mutex::new(progress));
        let run = Run { number, started, work, act, rate, ids, and_more, progress, order };
        let run = Arc::new(run);
        inner.1.push(Arc::clone(&run));
        if inner.1.len() > RUNS_MAX
            && let Some(at) = inner.1.iter().position(|run| run.progress().stage.has_ended())
        {
            inner.1.remove(at);
        }
        run
    }

    fn find(&self, number: usize) -> Option<Arc<Run>> {
        self.inner().1.iter().find(|run| run.number == number).cloned()
    }

    /// The newest first.
    fn all(&self) -> Vec<Arc<Run>> {
        self.inner().1.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(runs: &Runs) -> Arc<Run> {
        let found = Found { ids: Vec::new(), and_more: false };
        runs.add(String::new(), Work::Discard, Act::default(), None, found)
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
