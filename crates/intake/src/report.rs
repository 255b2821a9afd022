//! What became of a batch, for the reply, the log and the metrics. All of it is data: the edge writes it.

mod log;
mod metrics;

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::alerts::DispatchResult;
use aduana_cases::case::Reasons;
use aduana_cases::error::EffectError;
use aduana_cases::log::{LogContext, LogLine};
use aduana_cases::message::{CaseId, Outcome, Source};

/// How a message was settled.
#[derive(Debug, Clone)]
pub(crate) enum Disposition {
    Stored {
        /// The case that was closed by it.
        resolved: Option<CaseId>,
    },
    AlreadyStored {
        resolved: Option<CaseId>,
    },
    Held(Box<HeldNote>),
    Retry(RetryCause),
}

/// What is told of a held message.
#[derive(Debug, Clone)]
pub(crate) struct HeldNote {
    pub(crate) case_id: CaseId,
    pub(crate) attempt: u32,
    pub(crate) source: Source,
    pub(crate) reasons: Reasons,
}

/// Why a message is left to be delivered again.
#[derive(Debug, Clone)]
pub(crate) enum RetryCause {
    /// Too little time was left to begin with it.
    Deadline,
    /// Judging it panicked.
    Panic,
    /// An effect failed.
    Effect(EffectError),
    /// The message before it, in its partition and with the same invoice or case, failed.
    Behind,
}

impl Disposition {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Stored { .. } => Outcome::Stored,
            Self::AlreadyStored { .. } => Outcome::AlreadyStored,
            Self::Held(_) => Outcome::Held,
            Self::Retry(_) => Outcome::Retry,
        }
    }
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct BatchReport {
    dispositions: Vec<(String, Disposition)>,
    dispatched: DispatchResult,
}

/// Which messages are to be delivered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failures {
    /// None.
    None,
    /// These, by their ids: each once, none empty, all of the batch.
    Some(Vec<String>),
    /// All of them. The function should err, so that its `Errors` metric moves: every message failed, or one did that
    /// has no id to be named by.
    All,
}

/// How many messages ended how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages in the batch.
    pub received: usize,
    /// Invoices written.
    pub stored: usize,
    /// Duplicate deliveries.
    pub already_stored: usize,
    /// Messages held.
    pub held: usize,
    /// Messages left to be delivered again.
    pub retry: usize,
    /// Cases closed, as their invoice was stored.
    pub resolved: usize,
    /// Messages held, by their `ReasonCategory`.
    pub held_by_category: BTreeMap<&'static str, usize>,
    /// Messages held, by their `ReasonCode`.
    pub held_by_code: BTreeMap<&'static str, usize>,
    /// Messages left because of an effect, by effect and kind of error.
    pub failed_effects: BTreeMap<(&'static str, &'static str), usize>,
    /// Alerts that were published.
    pub alerts_sent: usize,
    /// Alerts that could not be published, and will be tried again.
    pub alerts_failed: usize,
}

impl BatchReport {
    pub(crate) const fn new(dispositions: Vec<(String, Disposition)>, dispatched: DispatchResult) -> Self {
        Self { dispositions, dispatched }
    }

    /// What became of the alerts.
    pub const fn dispatched(&self) -> &DispatchResult {
        &self.dispatched
    }

    /// The id and the outcome of every message, in the order of the batch.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, Outcome)> {
        self.dispositions.iter().map(|(id, dispositions)| (id.as_str(), dispositions.outcome()))
    }

    /// What to reply.
    pub fn failures(&self) -> Failures {
        let failed = || self.outcomes().filter(|(_, outcome)| *outcome == Outcome::Retry).map(|(id, _)| id);
        let count = failed().count();
        if count == 0 {
            return Failures::None;
        }
        if count == self.dispositions.len() || failed().any(str::is_empty) {
            return Failures::All;
        }
        let distinct: BTreeSet<&str> = failed().collect();
        Failures::Some(distinct.into_iter().map(str::to_owned).collect())
    }

    /// How many messages ended how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            received: self.dispositions.len(),
            alerts_sent: self.dispatched.sent,
            alerts_failed: self.dispatched.failed,
            ..Counts::default()
        };
        for (_, dispositions) in &self.dispositions {
            match dispositions {
                Disposition::Stored { resolved } => {
                    counts.stored += 1;
                    counts.resolved += usize::from(resolved.is_some());
                }
                Disposition::AlreadyStored { resolved } => {
                    counts.already_stored += 1;
                    counts.resolved += usize::from(resolved.is_some());
                }
                Disposition::Held(note) => {
                    counts.held += 1;
                    *counts.held_by_category.entry(note.reasons.category.as_str()).or_default() += 1;
                    *counts.held_by_code.entry(note.reasons.code).or_default() += 1;
                }
                Disposition::Retry(cause) => {
                    counts.retry += 1;
                    if let RetryCause::Effect(error) = cause {
                        *counts.failed_effects.entry((error.effect, error.kind.as_str())).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    /// The log: a line for each held message, one for each case that was closed, one for each cause of a retry, one if an alert was not published, one for the batch.
    pub fn log(&self) -> Vec<LogLine> {
        log::lines(&self.dispositions, &self.dispatched, &self.counts())
    }

    /// The metrics, as documents of CloudWatch's embedded metric format: one with the counts, and one for each category,
    /// each code and each failed effect.
    pub fn metrics(&self, context: &LogContext) -> Vec<String> {
        metrics::documents(&self.counts(), context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aduana_cases::error::EffectErrorKind;

    fn report(outcomes: &[(&str, bool)]) -> BatchReport {
        let retry =
            || Disposition::Retry(RetryCause::Effect(EffectError::new(EffectErrorKind::Throttled, "store")));
        let stored = || Disposition::Stored { resolved: None };
        let settle = |(id, ok): &(&str, bool)| ((*id).to_owned(), if *ok { stored() } else { retry() });
        BatchReport::new(outcomes.iter().map(settle).collect(), DispatchResult::default())
    }

    #[test]
    fn messages_are_counted_by_how_they_ended() {
        let case = CaseId::parse(&"0".repeat(32)).unwrap();
        let resolved = || Some(case.clone());
        let dispositions = [
            Disposition::Stored { resolved: None },
            Disposition::Stored { resolved: resolved() },
            Disposition::AlreadyStored { resolved: resolved() },
            Disposition::AlreadyStored { resolved: resolved() },
            Disposition::AlreadyStored { resolved: None },
        ];
        let dispositions =
            dispositions.into_iter().map(|dispositions| ("m".to_owned(), dispositions)).collect();
        let dispatched = DispatchResult { sent: 3, failed: 2, ..DispatchResult::default() };
        let counts = BatchReport::new(dispositions, dispatched).counts();
        assert_eq!((counts.received, counts.stored, counts.already_stored, counts.resolved), (5, 2, 3, 3));
        assert_eq!((counts.alerts_sent, counts.alerts_failed, counts.held, counts.retry), (3, 2, 0, 0));
    }

    #[test]
    fn failures_are_named_once_and_never_by_an_empty_id() {
        assert_eq!(report(&[]).failures(), Failures::None);
        assert_eq!(report(&[("a", true)]).failures(), Failures::None);
        assert_eq!(report(&[("a", true), ("b", false)]).failures(), Failures::Some(vec!["b".to_owned()]));
        let twice = report(&[("a", true), ("b", false), ("b", false)]);
        assert_eq!(twice.failures(), Failures::Some(vec!["b".to_owned()]));
        assert_eq!(report(&[("a", false), ("b", false)]).failures(), Failures::All);
        assert_eq!(report(&[("a", true), ("", false)]).failures(), Failures::All);
    }
}
