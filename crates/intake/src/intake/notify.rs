//! The held messages of a batch, from the case file on: queue, then the notice board, from where they are told of.

use std::collections::HashMap;

use super::effects::{Deadline, MARK, QUEUE};
use super::{Held, Indexed, Intake};
use crate::report::{Disposition, HeldNote, RetryCause};
use aduana_cases::alerts::{AlertDispatcher, AlertItem, DispatchResult};
use aduana_cases::judge_message::{Judge, Marks, RejectedMessage, contain};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{Alerts, CaseFile, Clock, InvalidMessageChannel, InvoiceStore};

/// One held case, with the places in the batch of the messages that are copies of it.
struct Case {
    rejected: RejectedMessage,
    records: Vec<usize>,
    /// What is done.
    queued: bool,
    alerted: bool,
    /// Queued just now, and not marked as such yet.
    unmarked: bool,
    failed: Option<RetryCause>,
}

impl Case {
    fn key(&self) -> (CaseId, u32) {
        (self.rejected.unpacked.case_id.clone(), self.rejected.unpacked.attempt)
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
    /// Queues what is not yet, puts it on the notice board, and settles every message.
    pub(super) async fn notify(
        &self,
        held: Vec<Indexed<Held>>,
        deadline: Deadline,
    ) -> (Vec<Indexed<Disposition>>, DispatchResult) {
        let mut cases = by_case(held);
        self.queue(&mut cases, deadline).await;
        let dispatched = self.alert(&mut cases, deadline).await;
        self.mark(&mut cases, deadline).await;
        (cases.into_iter().flat_map(settle).collect(), dispatched)
    }

    async fn queue(&self, cases: &mut [Case], deadline: Deadline) {
        let mut messages = Vec::new();
        let mut waiting = Vec::new();
        for case in cases.iter_mut().filter(|case| !case.queued) {
            match contain(|| case.rejected.message()) {
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
                    case.unmarked = true;
                }
                Err(error) => case.failed = Some(error.into()),
            }
        }
    }

    async fn alert(&self, cases: &mut [Case], deadline: Deadline) -> DispatchResult {
        let (waiting, untold): (Vec<usize>, Vec<AlertItem<'_>>) = cases
            .iter()
            .enumerate()
            .filter(|(_, case)| case.queued && !case.alerted)
            .map(|(at, case)| {
                let RejectedMessage { unpacked, reasons, .. } = &case.rejected;
                (at, AlertItem { case_id: &unpacked.case_id, attempt: unpacked.attempt, reasons })
            })
            .unzip();
        if untold.is_empty() {
            return DispatchResult::default();
        }
        let dispatcher = AlertDispatcher {
            outbox: &self.ports.cases,
            alerts: &self.ports.alerts,
            clock: &self.ports.clock,
            windows: &self.windows,
            window_ms: self.settings.window_ms,
            lang: self.settings.lang,
            stop_by_ms: deadline.stop_by_ms,
        };
        let (answers, dispatched) = dispatcher.notify(&untold).await;
        for (at, answer) in waiting.into_iter().zip(answers) {
            let Some(case) = cases.get_mut(at) else { continue };
            match answer {
                Ok(()) => (case.alerted, case.unmarked) = (true, false),
                Err(error) => case.failed = Some(error.into()),
            }
        }
        dispatched
    }

    /// Notes that they are queued where the board could not, so that the next delivery does not queue them again.
    async fn mark(&self, cases: &mut [Case], deadline: Deadline) {
        let mut done: Vec<&mut Case> = cases.iter_mut().filter(|case| case.unmarked).collect();
        if done.is_empty() {
            return;
        }
        let keys: Vec<_> = done.iter().map(|case| case.key()).collect();
        let marking = self.ports.cases.mark_queued(&keys, self.ports.clock.now_ms());
        let answers = self.bounded_all(MARK, deadline, keys.len(), marking).await;
        for (case, answer) in done.iter_mut().zip(answers) {
            if let Err(error) = answer {
                case.failed.get_or_insert(error.into());
            }
        }
    }
}

/// Copies of a case, come in one batch, are queued and told of once.
fn by_case(held: Vec<Indexed<Held>>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut known: HashMap<(CaseId, u32), usize> = HashMap::new();
    for (record, Held { rejected, marks: Marks { queued, alerted } }) in held {
        let case = Case { rejected, records: vec![record], queued, alerted, unmarked: false, failed: None };
        let at = *known.entry(case.key()).or_insert(cases.len());
        match cases.get_mut(at) {
            Some(first) => first.records.push(record),
            None => cases.push(case),
        }
    }
    cases
}

fn settle(case: Case) -> Vec<Indexed<Disposition>> {
    let end = match case.failed {
        Some(failure) => Disposition::Retry(failure),
        None => Disposition::Held(Box::new(HeldNote {
            case_id: case.rejected.unpacked.case_id,
            attempt: case.rejected.unpacked.attempt,
            source: case.rejected.unpacked.source,
            reasons: case.rejected.reasons,
        })),
    };
    case.records.into_iter().map(|record| (record, end.clone())).collect()
}
