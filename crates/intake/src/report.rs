//! The outcomes of a batch, for the reply, the log and the metrics. All of it is data: the edge writes it.

mod log;
mod metrics;

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::alerts::DispatchResult;
use aduana_cases::case::Reasons;
use aduana_cases::error::EffectError;
use aduana_cases::log::{LogContext, LogLine};
use aduana_cases::message::{CaseId, Outcome, Sender, Source};

/// The outcome of a message, with what the log and the metrics say of it.
#[derive(Debug, Clone)]
pub(crate) enum MessageReport {
    Stored {
        /// The case that it closed.
        resolved: Option<CaseId>,
        /// The id to find it by in the log, if it is like another under another number.
        suspected: Option<CaseId>,
    },
    AlreadyStored {
        resolved: Option<CaseId>,
    },
    Held(Box<HeldReport>),
    Retry(RetryCause),
}

/// What the log says of a held message.
#[derive(Debug, Clone)]
pub(crate) struct HeldReport {
    pub(crate) case_id: CaseId,
    pub(crate) attempt: u32,
    pub(crate) source: Source,
    pub(crate) sender: Option<Sender>,
    pub(crate) reasons: Reasons,
}

/// A message that named a case which does not have its body. It was judged as a message that nobody has held before.
#[derive(Debug, Clone)]
pub(crate) struct RefusedClaim {
    pub(crate) message_id: String,
    /// The case that it named.
    pub(crate) claimed: CaseId,
    /// The case that is its own, if it is held.
    pub(crate) own: CaseId,
    pub(crate) sender: Option<Sender>,
}

/// Why a message is left to be delivered again.
#[derive(Debug, Clone)]
pub(crate) enum RetryCause {
    /// Too little time was left to start it.
    Deadline,
    /// Judging it panicked.
    Panic,
    /// An effect failed.
    Effect(EffectError),
    /// The message before it, in its partition and with the same invoice or case, failed.
    Behind,
}

impl MessageReport {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Stored { .. } => Outcome::Stored,
            Self::AlreadyStored { .. } => Outcome::AlreadyStored,
            Self::Held(_) => Outcome::Held,
            Self::Retry(_) => Outcome::Retry,
        }
    }
}

/// The outcomes of a batch.
#[derive(Debug, Clone)]
pub struct BatchReport {
    messages: Vec<(String, MessageReport)>,
    alerts: DispatchResult,
    refused_claims: Vec<RefusedClaim>,
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

/// The counts of a batch.
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
    /// Messages that named a case which does not have their body.
    pub refused_claims: usize,
    /// Alerts that were published.
    pub alerts_sent: usize,
    /// Alerts that could not be published, and will be tried again.
    pub alerts_failed: usize,
}

impl BatchReport {
    pub(crate) const fn new(
        messages: Vec<(String, MessageReport)>,
        alerts: DispatchResult,
        refused_claims: Vec<RefusedClaim>,
    ) -> Self {
        Self { messages, alerts, refused_claims }
    }

    /// The results of publishing alerts.
    pub const fn alerts(&self) -> &DispatchResult {
        &self.alerts
    }

    /// The id and the outcome of every message, in the order of the batch.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, Outcome)> {
        self.messages.iter().map(|(id, message)| (id.as_str(), message.outcome()))
    }

    /// What to reply.
    pub fn failures(&self) -> Failures {
        let failed = || self.outcomes().filter(|(_, outcome)| *outcome == Outcome::Retry).map(|(id, _)| id);
        let count = failed().count();
        if count == 0 {
            return Failures::None;
        }
        if count == self.messages.len() || failed().any(str::is_empty) {
            return Failures::All;
        }
        let distinct: BTreeSet<&str> = failed().collect();
        Failures::Some(distinct.into_iter().map(str::to_owned).collect())
    }

    /// The counts of a batch.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            received: self.messages.len(),
            refused_claims: self.refused_claims.len(),
            alerts_sent: self.alerts.sent,
            alerts_failed: self.alerts.failed,
            ..Counts::default()
        };
        for (_, message) in &self.messages {
            match message {
                MessageReport::Stored { resolved, .. } => {
                    counts.stored += 1;
                    counts.resolved += usize::from(resolved.is_some());
                }
                MessageReport::AlreadyStored { resolved } => {
                    counts.already_stored += 1;
                    counts.resolved += usize::from(resolved.is_some());
                }
                MessageReport::Held(held) => {
                    counts.held += 1;
                    *counts.held_by_category.entry(held.reasons.category.as_str()).or_default() += 1;
                    *counts.held_by_code.entry(held.reasons.code).or_default() += 1;
                }
                MessageReport::Retry(cause) => {
                    counts.retry += 1;
                    if let RetryCause::Effect(error) = cause {
                        *counts.failed_effects.entry((error.effect, error.kind.as_str())).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    /// The log: a line for each held message, each closed case, each refused claim, each cause of a retry, one if an alert could not be
    /// published, and one for the batch.
    pub fn log(&self) -> Vec<LogLine> {
        log::lines(self)
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
        let retry = || {
            MessageReport::Retry(RetryCause::Effect(EffectError::new(EffectErrorKind::Throttled, "store")))
        };
        let stored = || MessageReport::Stored { resolved: None, suspected: None };
        let message = |(id, ok): &(&str, bool)| ((*id).to_owned(), if *ok { stored() } else { retry() });
        BatchReport::new(outcomes.iter().map(message).collect(), DispatchResult::default(), Vec::new())
    }

    #[test]
    fn messages_are_counted_by_how_they_ended() {
        let case = CaseId::parse(&"0".repeat(32)).unwrap();
        let resolved = || Some(case.clone());
        let messages = [
            MessageReport::Stored { resolved: None, suspected: None },
            MessageReport::Stored { resolved: resolved(), suspected: None },
            MessageReport::AlreadyStored { resolved: resolved() },
            MessageReport::AlreadyStored { resolved: resolved() },
            MessageReport::AlreadyStored { resolved: None },
        ];
        let messages = messages.into_iter().map(|message| ("m".to_owned(), message)).collect();
        let alerts = DispatchResult { sent: 3, failed: 2, ..DispatchResult::default() };
        let counts = BatchReport::new(messages, alerts, Vec::new()).counts();
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
