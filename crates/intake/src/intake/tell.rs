//! The held messages of a batch, from the case file on: queue, alert, mark.

use std::collections::HashMap;

use super::effects::{ALERT, Deadline, MARK, QUEUE};
use super::{Held, Intake, Numbered};
use crate::alerts::{Told, alerts};
use crate::arrival::{Judge, Refusal, contain};
use crate::message::CaseId;
use crate::ports::{Alerts, CaseFile, Clock, InvalidMessageChannel, InvoiceStore, Mark};
use crate::report::{HeldNote, RetryCause, Settled};

/// One held case, with the places in the batch of the messages that are copies of it.
struct Case {
    refusal: Refusal,
    records: Vec<usize>,
    /// What is done.
    queued: bool,
    alerted: bool,
    /// What was done just now, and is not marked yet.
    unmarked: Option<Mark>,
    failed: Option<RetryCause>,
}

impl Case {
    fn key(&self) -> (CaseId, u32) {
        (self.refusal.arrival.case_id.clone(), self.refusal.arrival.attempt)
    }
}

impl<S, C, Q, A, K, J> Intake<S, C, Q, A, K, J>
where
    S: InvoiceStore + Sync,
    C: CaseFile + Sync,
    Q: InvalidMessageChannel + Sync,
    A: Alerts + Sync,
    K: Clock + Sync,
    J: Judge + Sync,
{
    /// Queues, alerts and marks what is not yet, and settles every message.
    pub(super) async fn tell(&self, held: Vec<Numbered<Held>>, deadline: Deadline) -> Vec<Numbered<Settled>> {
        let mut cases = by_case(held);
        self.queue(&mut cases, deadline).await;
        self.alert(&mut cases, deadline).await;
        // The alert's mark says that both are done, so that one write is enough in the ordinary course.
        self.mark(&mut cases, Mark::Alerted, deadline).await;
        self.mark(&mut cases, Mark::Queued, deadline).await;
        cases.into_iter().flat_map(settle).collect()
    }

    async fn queue(&self, cases: &mut [Case], deadline: Deadline) {
        let mut messages = Vec::new();
        let mut waiting = Vec::new();
        for case in cases.iter_mut().filter(|case| !case.queued) {
            match contain(|| case.refusal.message()) {
                Ok(message) => {
                    messages.push(message);
                    waiting.push(case);
                }
                Err(panicked) => case.failed = Some(panicked.into()),
            }
        }
        if messages.is_empty() {
            return;
        }
        let sending = self.ports.channel.send(&messages);
        let answers = self.bounded_all(QUEUE, deadline, messages.len(), sending).await;
        for (case, answer) in waiting.into_iter().zip(answers) {
            match answer {
                Ok(()) => {
                    case.queued = true;
                    case.unmarked = Some(Mark::Queued);
                }
                Err(error) => case.failed = Some(error.into()),
            }
        }
    }

    async fn alert(&self, cases: &mut [Case], deadline: Deadline) {
        let untold: Vec<Told<'_>> = cases
            .iter()
            .filter(|case| case.queued && !case.alerted)
            .map(|case| Told {
                case_id: &case.refusal.arrival.case_id,
                attempt: case.refusal.arrival.attempt,
                reasons: &case.refusal.reasons,
            })
            .collect();
        if untold.is_empty() {
            return;
        }
        let alerts = alerts(&untold, self.settings.lang);
        let publishing = self.ports.alerts.publish(&alerts);
        let answers = self.bounded_all(ALERT, deadline, alerts.len(), publishing).await;
        let answers: HashMap<&(CaseId, u32), _> = alerts
            .iter()
            .zip(&answers)
            .flat_map(|(alert, answer)| alert.covers.iter().map(move |case| (case, answer)))
            .collect();
        for case in cases {
            match answers.get(&case.key()) {
                Some(Ok(())) => {
                    case.alerted = true;
                    case.unmarked = Some(Mark::Alerted);
                }
                Some(Err(error)) => case.failed = Some(error.clone().into()),
                None => {}
            }
        }
    }

    async fn mark(&self, cases: &mut [Case], mark: Mark, deadline: Deadline) {
        let mut done: Vec<&mut Case> = cases.iter_mut().filter(|case| case.unmarked == Some(mark)).collect();
        if done.is_empty() {
            return;
        }
        let keys: Vec<_> = done.iter().map(|case| case.key()).collect();
        let marking = self.ports.cases.mark(&keys, mark, self.ports.clock.now_ms());
        let answers = self.bounded_all(MARK, deadline, keys.len(), marking).await;
        for (case, answer) in done.iter_mut().zip(answers) {
            if let Err(error) = answer {
                case.failed.get_or_insert(error.into());
            }
        }
    }
}

/// Copies of a case, come in one batch, are queued and told of once.
fn by_case(held: Vec<Numbered<Held>>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut known: HashMap<(CaseId, u32), usize> = HashMap::new();
    for (record, Held { refusal, queued, alerted }) in held {
        let case = Case { refusal, records: vec![record], queued, alerted, unmarked: None, failed: None };
        let at = *known.entry(case.key()).or_insert(cases.len());
        match cases.get_mut(at) {
            Some(first) => first.records.push(record),
            None => cases.push(case),
        }
    }
    cases
}

fn settle(case: Case) -> Vec<Numbered<Settled>> {
    let end = match case.failed {
        Some(failure) => Settled::Retry(failure),
        None => Settled::Held(Box::new(HeldNote {
            case_id: case.refusal.arrival.case_id,
            attempt: case.refusal.arrival.attempt,
            source: case.refusal.arrival.source,
            reasons: case.refusal.reasons,
        })),
    };
    case.records.into_iter().map(|record| (record, end.clone())).collect()
}
