//! From held messages to pending alerts in the outbox.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{AlertDispatcher, LEASE_MS, id_of};
use crate::alerts::outbox::{AlertOutbox as _, EnqueueReply, Entry, PendingAlert, WRITES_MAX, WindowUpdate};
use crate::alerts::{Cause, DispatchResult};
use crate::case::Reasons;
use crate::effects::{ENQUEUE, READ_OUTBOX};
use crate::error::{EffectError, EffectErrorKind};
use crate::message::CaseId;
use crate::ports::CasePorts;

/// How often an entry is tried whose cases or windows are not as they were read.
const TRIES: usize = 5;

/// A held message that is to be reported.
#[derive(Debug, Clone, Copy)]
pub struct AlertItem<'a> {
    /// Its case.
    pub case_id: &'a CaseId,
    /// Its attempt.
    pub attempt: u32,
    /// Why it is held.
    pub reasons: &'a Reasons,
}

/// Messages of one group that go into one alert, with their places among the given messages.
struct Draft {
    group: String,
    cause: Cause,
    cases: Vec<(CaseId, u32)>,
    places: Vec<usize>,
}

impl Draft {
    /// The writes that it takes at most: a window and a pending alert beside the cases.
    fn writes(&self) -> usize {
        self.cases.len() + 2
    }
}

/// The windows of the groups at hand.
type Read = HashMap<String, i64>;

impl<P: CasePorts> AlertDispatcher<'_, P> {
    /// Enqueues alerts of held messages, and publishes those that are to be published at once. One answer a message, in order: whether
    /// it is in the outbox.
    pub async fn notify(&self, held: &[AlertItem<'_>]) -> (Vec<Result<(), EffectError>>, DispatchResult) {
        let drafts = drafts(held);
        let groups: HashSet<&String> = drafts.iter().map(|draft| &draft.group).collect();
        let groups: Vec<String> = groups.into_iter().cloned().collect();
        let mut windows = match self.read(&groups, true).await {
            Ok(windows) => windows,
            Err(error) => return (vec![Err(error); held.len()], DispatchResult::default()),
        };
        // What waited for a window that has closed may not be published yet.
        let closed: Vec<String> = windows
            .iter()
            .filter(|(_, until_ms)| self.is_due(**until_ms))
            .map(|(group, _)| group.clone())
            .collect();
        let mut answers = vec![Ok(()); held.len()];
        let mut to_notify = Vec::new();
        for mut batch in packed(drafts) {
            match self.enqueue(&mut batch, &mut windows).await {
                Ok(pending_alerts) => {
                    to_notify
                        .extend(pending_alerts.into_iter().filter(|pending_alert| pending_alert.at_once));
                }
                Err(error) => {
                    for place in batch.iter().flat_map(|draft| &draft.places) {
                        if let Some(answer) = answers.get_mut(*place) {
                            *answer = Err(error.clone());
                        }
                    }
                }
            }
        }
        let mut dispatched = self.notify_at_once(&to_notify).await;
        for group in closed {
            dispatched.add(&self.notify_group(&group).await);
        }
        (answers, dispatched)
    }

    /// The windows of these groups; those that are remembered as open, if `remembered` will do.
    async fn read(&self, groups: &[String], remembered: bool) -> Result<Read, EffectError> {
        let mut windows = Read::new();
        if self.window_ms == 0 {
            return Ok(windows);
        }
        let mut unknown = Vec::new();
        for group in groups {
            match self.windows.get(group).filter(|until_ms| remembered && !self.is_due(*until_ms)) {
                Some(until_ms) => drop(windows.insert(group.clone(), until_ms)),
                None => unknown.push(group.clone()),
            }
        }
        for groups in unknown.chunks(WRITES_MAX) {
            let reading = self.ports.cases().windows(groups);
            for (group, until_ms) in self.bounded(READ_OUTBOX, reading).await? {
                self.windows.put(&group, until_ms);
                windows.insert(group, until_ms);
            }
        }
        Ok(windows)
    }

    /// Writes some drafts in one transaction. The pending alerts that were written.
    async fn enqueue(
        &self,
        drafts: &mut Vec<Draft>,
        windows: &mut Read,
    ) -> Result<Vec<PendingAlert>, EffectError> {
        for _ in 0..TRIES {
            drafts.retain(|draft| !draft.cases.is_empty());
            if drafts.is_empty() {
                return Ok(Vec::new());
            }
            let entry = self.entry(drafts, windows);
            match self.bounded(ENQUEUE, self.ports.cases().enqueue(&entry)).await? {
                EnqueueReply::Done => {
                    for WindowUpdate { group, until_ms, .. } in &entry.window_updates {
                        self.windows.put(group, *until_ms);
                        windows.insert(group.clone(), *until_ms);
                    }
                    return Ok(entry.pending_alerts);
                }
                EnqueueReply::Changed { enqueued, windows: changed } => {
                    for draft in &mut *drafts {
                        draft.cases.retain(|case| !enqueued.contains(case));
                    }
                    if changed {
                        let groups: Vec<String> = drafts.iter().map(|draft| draft.group.clone()).collect();
                        for group in &groups {
                            windows.remove(group);
                        }
                        windows.extend(self.read(&groups, false).await?);
                    }
                }
            }
        }
        Err(EffectError::new(EffectErrorKind::Throttled, ENQUEUE).with_code("Busy"))
    }

    fn entry(&self, drafts: &[Draft], windows: &Read) -> Entry {
        let at_ms = self.now_ms();
        let mut entry = Entry { at_ms, ..Entry::default() };
        for Draft { group, cause, cases, .. } in drafts {
            let read_ms = windows.get(group).copied();
            let open_until_ms = read_ms.filter(|until_ms| !self.is_due(*until_ms));
            if open_until_ms.is_none() && self.window_ms > 0 {
                let until_ms = at_ms.saturating_add(self.window_ms);
                entry.window_updates.push(WindowUpdate { group: group.clone(), read_ms, until_ms });
            }
            let words: Vec<String> =
                cases.iter().map(|(case, attempt)| format!("{case} {attempt}")).collect();
            let words = std::iter::once(group.as_str()).chain(words.iter().map(String::as_str));
            entry.pending_alerts.push(PendingAlert {
                id: id_of("notice", words),
                group: group.clone(),
                cause: cause.clone(),
                cases: cases.clone(),
                at_ms,
                due_ms: open_until_ms.unwrap_or(at_ms.saturating_add(LEASE_MS)),
                at_once: open_until_ms.is_none(),
            });
        }
        entry
    }
}

/// The messages by their groups, in the order in which the groups first appear; no draft too large for a transaction.
fn drafts(held: &[AlertItem<'_>]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, AlertItem { case_id, attempt, reasons }) in held.iter().enumerate() {
        let case = ((*case_id).clone(), *attempt);
        let at = last.get(reasons.group.id.as_str()).and_then(|at| drafts.get_mut(*at));
        if let Some(draft) = at.filter(|draft| draft.writes() < WRITES_MAX) {
            draft.cases.push(case);
            draft.places.push(place);
        } else {
            last.insert(&reasons.group.id, drafts.len());
            drafts.push(Draft {
                group: reasons.group.id.clone(),
                cause: Cause::of(reasons),
                cases: vec![case],
                places: vec![place],
            });
        }
    }
    drafts
}

/// As many drafts together as one transaction takes.
fn packed(drafts: Vec<Draft>) -> Vec<Vec<Draft>> {
    let mut batches: Vec<Vec<Draft>> = Vec::new();
    let mut writes = 0;
    for draft in drafts {
        writes += draft.writes();
        if let Some(batch) = batches.last_mut().filter(|_| writes <= WRITES_MAX) {
            batch.push(draft);
        } else {
            writes = draft.writes();
            batches.push(vec![draft]);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use aduana_invoice::Summary;

    use super::*;

    #[test]
    fn one_transaction_takes_as_many_drafts_as_it_has_writes_for() {
        let reasons = Reasons::new(Vec::new(), &Summary::default());
        let case = |at| (CaseId::parse(&format!("{at:032x}")).unwrap(), 1);
        let draft = |cases: usize| Draft {
            group: cases.to_string(),
            cause: Cause::of(&reasons),
            cases: (0..cases).map(case).collect(),
            places: Vec::new(),
        };
        let taken = |cases: &[usize]| {
            let batches = packed(cases.iter().map(|cases| draft(*cases)).collect());
            let sizes = |batch: &Vec<Draft>| batch.iter().map(|draft| draft.cases.len()).collect::<Vec<_>>();
            batches.iter().map(sizes).collect::<Vec<_>>()
        };
        assert_eq!(WRITES_MAX, 100);
        assert_eq!(taken(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(taken(&[10, 20, 64]), [[10, 20, 64]], "12 + 22 + 66 writes");
        assert_eq!(taken(&[10, 20, 65]), [vec![10, 20], vec![65]]);
        assert_eq!(taken(&[98, 1, 95, 1]), [vec![98], vec![1, 95], vec![1]]);
    }
}
