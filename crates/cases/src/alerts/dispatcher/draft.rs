//! From held messages to pending alerts in the outbox.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{AlertDispatcher, LEASE_MS, id_of};
use crate::alerts::outbox::{AlertOutbox as _, EnqueueReply, Entry, PendingAlert, WRITES_MAX, WindowUpdate};
use crate::alerts::{Cause, DispatchResult, GroupCount, ROUNDUP};
use crate::case::Reasons;
use crate::effects::{ENQUEUE, READ_OUTBOX};
use crate::error::{EffectError, EffectErrorKind};
use crate::message::CaseId;
use crate::ports::CasePorts;

/// How often an entry is tried whose cases or windows are not as they were read. Each alert of its own that another function takes
/// may cost one.
const TRIES: usize = 10;

/// How many alerts of new groups are published at once, in all functions together; then one more each [`AlertDispatcher::step_ms`].
const AT_ONCE_MAX: i64 = 5;

/// The shortest time until one more.
const STEP_MIN_MS: i64 = 1_000;

/// The writes of one transaction beside that of the brake.
const DRAFT_WRITES: usize = WRITES_MAX - 1;

/// Keeps the alerts that are published at once to a handful. It is the window of [`ROUNDUP`]: each such alert leaves it open for one
/// step longer, and it is never open for more than [`AT_ONCE_MAX`] steps.
struct Brake {
    until_ms: i64,
    latest_ms: i64,
    step_ms: i64,
    is_taken: bool,
}

impl Brake {
    /// Whether so many alerts more may be published at once.
    const fn take(&mut self, alerts: i64) -> bool {
        let until_ms = self.until_ms.saturating_add(alerts.saturating_mul(self.step_ms));
        let is_free = until_ms <= self.latest_ms;
        if is_free {
            self.until_ms = until_ms;
            self.is_taken = true;
        }
        is_free
    }
}

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

    fn counted(&self) -> GroupCount {
        GroupCount {
            group: self.group.clone(),
            reason_code: self.cause.code.clone(),
            reason_category: self.cause.category.clone(),
            count: self.cases.len(),
        }
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
            .filter(|(group, until_ms)| *group != ROUNDUP && self.is_due(**until_ms))
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
        let is_notified =
            |group: &String| to_notify.iter().any(|pending_alert| pending_alert.group == *group);
        for group in closed.iter().filter(|group| is_notified(group)) {
            dispatched.add(&self.notify_group(group).await.0);
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
        if !unknown.is_empty() {
            // What is remembered of the brake is older than what other functions have taken.
            unknown.push(ROUNDUP.to_owned());
        }
        for groups in unknown.chunks(WRITES_MAX) {
            let reading = || self.ports.cases().windows(groups);
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
            match self.bounded(ENQUEUE, || self.ports.cases().enqueue(&entry)).await? {
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
                        for group in groups.iter().map(String::as_str).chain([ROUNDUP]) {
                            windows.remove(group);
                        }
                        windows.extend(self.read(&groups, false).await?);
                    }
                }
            }
        }
        Err(EffectError::new(EffectErrorKind::Throttled, ENQUEUE).with_code("Busy"))
    }

    /// How long until one more alert may be published at once.
    const fn step_ms(&self) -> i64 {
        let step_ms = self.window_ms / AT_ONCE_MAX;
        if step_ms > STEP_MIN_MS { step_ms } else { STEP_MIN_MS }
    }

    fn entry(&self, drafts: &[Draft], windows: &Read) -> Entry {
        let (at_ms, step_ms) = (self.now_ms(), self.step_ms());
        let open_until_ms =
            |group: &str| windows.get(group).copied().filter(|until_ms| !self.is_due(*until_ms));
        let mut brake = Brake {
            until_ms: open_until_ms(ROUNDUP).unwrap_or(at_ms).max(at_ms),
            latest_ms: at_ms.saturating_add(step_ms.saturating_mul(AT_ONCE_MAX)),
            step_ms,
            is_taken: false,
        };
        let mut entry = Entry { at_ms, ..Entry::default() };
        let update = |group: &str, until_ms| {
            let read_ms = windows.get(group).copied();
            WindowUpdate { group: group.to_owned(), read_ms, until_ms }
        };
        let mut held_back = Vec::new();
        for draft in drafts {
            let due_ms = open_until_ms(&draft.group);
            if due_ms.is_none() && self.window_ms > 0 {
                // What waited for a window that has closed is published with it.
                if !brake.take(1 + i64::from(windows.contains_key(&draft.group))) {
                    held_back.push(draft);
                    continue;
                }
                entry.window_updates.push(update(&draft.group, at_ms.saturating_add(self.window_ms)));
            }
            entry.pending_alerts.push(PendingAlert {
                id: alert_id(&draft.group, &draft.cases),
                group: draft.group.clone(),
                cause: draft.cause.clone(),
                cases: draft.cases.clone(),
                at_ms,
                due_ms: due_ms.unwrap_or(at_ms.saturating_add(LEASE_MS)),
                at_once: due_ms.is_none(),
            });
        }
        if brake.is_taken {
            entry.window_updates.push(update(ROUNDUP, brake.until_ms));
        }
        if !held_back.is_empty() {
            let cases: Vec<_> = held_back.iter().flat_map(|draft| draft.cases.iter().cloned()).collect();
            entry.pending_alerts.push(PendingAlert {
                id: alert_id(ROUNDUP, &cases),
                group: ROUNDUP.to_owned(),
                cause: Cause::over(held_back.iter().map(|draft| draft.counted())),
                cases,
                at_ms,
                due_ms: at_ms.saturating_add(step_ms),
                at_once: false,
            });
        }
        entry
    }
}

fn alert_id(group: &str, cases: &[(CaseId, u32)]) -> String {
    let words: Vec<String> = cases.iter().map(|(case, attempt)| format!("{case} {attempt}")).collect();
    id_of("notice", std::iter::once(group).chain(words.iter().map(String::as_str)))
}

/// The messages by their groups, in the order in which the groups first appear; no draft too large for a transaction.
fn drafts(held: &[AlertItem<'_>]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, AlertItem { case_id, attempt, reasons }) in held.iter().enumerate() {
        let case = ((*case_id).clone(), *attempt);
        let at = last.get(reasons.group.id.as_str()).and_then(|at| drafts.get_mut(*at));
        if let Some(draft) = at.filter(|draft| draft.writes() < DRAFT_WRITES) {
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
        if let Some(batch) = batches.last_mut().filter(|_| writes <= DRAFT_WRITES) {
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
        assert_eq!(taken(&[10, 20, 63]), [[10, 20, 63]], "12 + 22 + 65 writes, and the brake");
        assert_eq!(taken(&[10, 20, 64]), [vec![10, 20], vec![64]]);
        assert_eq!(taken(&[97, 1, 94, 1]), [vec![97], vec![1, 94], vec![1]]);
    }
}
