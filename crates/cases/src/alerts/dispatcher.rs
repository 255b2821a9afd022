//! Reports held messages to the administrators: enqueues alerts, publishes what is due, removes what was published.
//!
//! Once a message is in the outbox it will be reported, whatever fails after that: the next call after the due time publishes again.
//! So an alert that cannot be published does not hold its message back.

mod draft;

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use aduana_invoice::{Fingerprint, Lang};

use super::outbox::{
    AlertOutbox as _, DIGEST_ALERTS_MAX, Digest, PendingAlert, PendingEntry, PendingKind, Published,
    WRITES_MAX,
};
use super::{DispatchResult, ROUNDUP, at_once, together};
use crate::bounded::{Patience, bounded, bounded_all, once};
use crate::effects::{ENQUEUE, PUBLISH, READ_OUTBOX, REMOVE};
use crate::error::{EffectError, EffectErrorKind};
use crate::ports::{Alert, Alerts as _, CasePorts, Clock as _};
pub use draft::AlertItem;

/// The lease of the function that enqueues an alert to be published at once, or fixes a digest. It is longer than a function runs.
const LEASE_MS: i64 = 90_000;

/// A due time further ahead than any lease, by more than this, comes from a fast clock; treat it as due.
const SLACK_MS: i64 = 60_000;

/// How long after one due alert the next is published: five a second. SNS takes ten a second for an e-mail subscription, and new
/// groups are published beside them.
const PACE_MS: i64 = 200;

/// The most alerts of one group that one call publishes.
const DIGESTS_MAX: usize = 20;

/// The most groups with something due that one call looks at, and the most closed windows.
const DUE_MAX: usize = 1_000;

/// The most groups whose windows are remembered.
const WINDOWS_MAX: usize = 10_000;

/// What one call has to look at.
struct Due {
    groups: VecDeque<String>,
    /// Until when the brake was applied, if that is over.
    brake_ms: Option<i64>,
    is_all: bool,
}

/// The windows that this instance knows to be open: what saves a read for each batch of a burst.
#[derive(Debug, Default)]
pub struct Windows(Mutex<HashMap<String, i64>>);

impl Windows {
    fn get(&self, group: &str) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(group).copied()
    }

    fn put(&self, group: &str, until_ms: i64) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= WINDOWS_MAX {
            windows.clear();
        }
        windows.insert(group.to_owned(), until_ms);
    }
}

/// Enqueues and publishes alerts, for one call.
pub struct AlertDispatcher<'p, P> {
    /// The case file with the outbox, the topic, the time.
    pub ports: &'p P,
    /// The windows that this instance knows to be open.
    pub windows: &'p Windows,
    /// How long a suppression window is open, in milliseconds. 0 means none: each batch is reported at once.
    pub window_ms: i64,
    /// The language of the alerts.
    pub lang: Lang,
    /// When it must be done, in milliseconds since the Unix epoch.
    pub stop_by_ms: i64,
}

impl<P: CasePorts> AlertDispatcher<'_, P> {
    /// Gives an effect until the deadline, and tries it again while its service is throttling.
    pub async fn bounded<T, W: Future<Output = Result<T, EffectError>> + Send>(
        &self,
        effect: &'static str,
        work: impl Fn() -> W,
    ) -> Result<T, EffectError> {
        bounded(self.ports.clock(), self.stop_by_ms, effect, work).await
    }

    /// Gives an effect until the deadline, once.
    pub async fn once<T>(
        &self,
        effect: &'static str,
        work: impl Future<Output = Result<T, EffectError>> + Send,
    ) -> Result<T, EffectError> {
        once(self.ports.clock(), self.stop_by_ms, effect, work).await
    }

    /// What a caller waits by that tries again itself.
    pub fn patience(&self) -> Patience<'_, P::Clock> {
        Patience::new(self.ports.clock(), self.stop_by_ms)
    }

    /// The same for many effects in one call. One answer an entry, in order.
    pub async fn bounded_all<E, T, W: Future<Output = (Vec<E>, Vec<Result<T, EffectError>>)> + Send>(
        &self,
        effect: &'static str,
        entries: Vec<E>,
        work: impl Fn(Vec<E>) -> W,
    ) -> Vec<Result<T, EffectError>> {
        bounded_all(self.ports.clock(), self.stop_by_ms, effect, entries, work).await
    }

    fn now_ms(&self) -> i64 {
        self.ports.clock().now_ms()
    }

    fn is_due(&self, due_ms: i64) -> bool {
        let (now_ms, latest_ms) = (self.now_ms(), self.window_ms.max(LEASE_MS).saturating_add(SLACK_MS));
        due_ms <= now_ms || due_ms > now_ms.saturating_add(latest_ms)
    }

    /// Publishes these alerts of their own and removes what was published. The rest stays in the outbox.
    async fn notify_at_once(&self, pending_alerts: &[PendingAlert]) -> DispatchResult {
        let mut dispatched = DispatchResult::default();
        if pending_alerts.is_empty() {
            return dispatched;
        }
        let alerts: Vec<Alert> =
            pending_alerts.iter().map(|pending_alert| at_once(pending_alert, self.lang)).collect();
        let answers = self.publish(&alerts, &mut dispatched).await;
        let published = pending_alerts.iter().zip(answers).filter(|(_, is_published)| *is_published);
        let published: Vec<(String, String)> = published
            .map(|(pending_alert, _)| (pending_alert.group.clone(), pending_alert.id.clone()))
            .collect();
        for pending_alerts in published.chunks(WRITES_MAX) {
            let published = Published { digest: None, pending_alerts: pending_alerts.to_vec() };
            // What stays is published once more, under the same id.
            drop(self.remove(&published).await);
        }
        dispatched
    }

    /// Which of the alerts are published.
    async fn publish(&self, alerts: &[Alert], dispatched: &mut DispatchResult) -> Vec<bool> {
        let publishing = async { Ok(self.ports.alerts().publish(alerts).await) };
        // A busy topic is not waited for: what is not published stays in the outbox.
        let published = self.once(PUBLISH, publishing).await;
        let mut answers = published.unwrap_or_else(|error| vec![Err(error); alerts.len()]);
        answers.resize(alerts.len(), Err(EffectError::new(EffectErrorKind::Failed, PUBLISH)));
        let is_published = |(alert, answer): (&Alert, Result<(), EffectError>)| match answer {
            Ok(()) => {
                dispatched.count(alert);
                true
            }
            Err(error) => {
                dispatched.fail(&error.of(PUBLISH));
                false
            }
        };
        alerts.iter().zip(answers).map(is_published).collect()
    }

    async fn remove(&self, published: &Published) -> Result<(), EffectError> {
        self.bounded(REMOVE, || self.ports.cases().remove(published)).await
    }

    /// Publishes what is due of all groups, the longest due first and five a second: by now, or, with `everything`, also what a fast
    /// clock has put off. A group with much that is due has its turn again when all others have had theirs. Whether it came to the
    /// end.
    pub async fn notify_due(
        &self,
        everything: bool,
        may_start: impl Fn() -> bool + Sync + Send,
        dispatched: &mut DispatchResult,
    ) -> Result<bool, EffectError> {
        let due_by_ms = (!everything).then(|| self.now_ms());
        let Some(Due { mut groups, brake_ms, mut is_all }) = self.due(due_by_ms, &may_start).await? else {
            return Ok(false);
        };
        let (mut next_ms, mut turns) = (self.now_ms(), HashMap::new());
        while let Some(group) = groups.pop_front() {
            if self.now_ms() < next_ms {
                self.ports.clock().until_ms(next_ms).await;
            }
            if !may_start() {
                return Ok(false);
            }
            let (notified, is_more) = self.notify_group(&group).await;
            if notified.sent + notified.failed > 0 {
                next_ms = self.now_ms().saturating_add(PACE_MS);
            }
            dispatched.add(&notified);
            let turns: &mut usize = turns.entry(group.clone()).or_default();
            *turns += 1;
            match (is_more, *turns < DIGESTS_MAX) {
                (true, true) => groups.push_back(group),
                (true, false) => is_all = false,
                _ => {}
            }
        }
        if let Some(until_ms) = brake_ms {
            // That its time is over is enough, whatever is pending. The next run finds what stays.
            drop(self.bounded(REMOVE, || self.ports.cases().close(ROUNDUP, until_ms)).await);
        }
        Ok(is_all)
    }

    /// The groups with something due, the longest due first, and then those whose window is to be removed; `None` if the time is
    /// over.
    async fn due(
        &self,
        due_by_ms: Option<i64>,
        may_start: impl Fn() -> bool + Sync + Send,
    ) -> Result<Option<Due>, EffectError> {
        let (mut groups, mut closed) = (VecDeque::new(), VecDeque::new());
        let (mut known, mut known_closed) = (HashSet::new(), HashSet::new());
        let (mut after, mut brake_ms): (Option<String>, _) = (None, None);
        loop {
            if !may_start() {
                return Ok(None);
            }
            let reading = || self.ports.cases().pending(due_by_ms, after.as_deref());
            let page = self.bounded(READ_OUTBOX, reading).await?;
            let due = page.pending.into_iter().filter(|it| self.is_due(it.due_ms));
            for PendingEntry { group, kind, due_ms } in due {
                let is_window = matches!(kind, PendingKind::Window { .. });
                if is_window && group == ROUNDUP {
                    brake_ms = Some(due_ms);
                    continue;
                }
                let (groups, known) =
                    if is_window { (&mut closed, &mut known_closed) } else { (&mut groups, &mut known) };
                if known.insert(group.clone()) {
                    groups.push_back(group);
                }
            }
            after = page.next;
            if after.is_none() || groups.len() >= DUE_MAX || closed.len() >= DUE_MAX {
                break;
            }
        }
        closed.retain(|group| !known.contains(group));
        groups.append(&mut closed);
        Ok(Some(Due { groups, brake_ms, is_all: after.is_none() }))
    }

    /// Publishes one alert that is due of a group, or removes its window if nothing is pending. Whether there is more to publish.
    pub(super) async fn notify_group(&self, group: &str) -> (DispatchResult, bool) {
        let mut dispatched = DispatchResult::default();
        let is_more = match self.try_group(group, &mut dispatched).await {
            Ok(is_more) => is_more,
            Err(error) => {
                dispatched.fail(&error);
                false
            }
        };
        (dispatched, is_more)
    }

    async fn try_group(&self, group: &str, dispatched: &mut DispatchResult) -> Result<bool, EffectError> {
        let outbox = self.bounded(READ_OUTBOX, || self.ports.cases().group(group)).await?;
        let left = outbox.pending_alerts.iter().filter(|it| it.at_once && self.is_due(it.due_ms));
        // The function that enqueued it died, or could not publish it.
        if let Some(left) = left.min_by_key(|it| it.due_ms) {
            let alert = at_once(left, self.lang);
            if self.publish(std::slice::from_ref(&alert), dispatched).await != [true] {
                return Ok(false);
            }
            let pending_alerts = vec![(left.group.clone(), left.id.clone())];
            self.remove(&Published { digest: None, pending_alerts }).await?;
            return Ok(outbox.pending_alerts.len() > 1);
        }
        let digest = match outbox.digest {
            Some(digest) => self.take_over(digest).await?,
            None => self.fix(group, &outbox.pending_alerts).await?,
        };
        let Some(digest) = digest else {
            if let Some(until_ms) = outbox.window_until_ms
                && outbox.pending_alerts.is_empty()
                && self.is_due(until_ms)
            {
                self.bounded(REMOVE, || self.ports.cases().close(group, until_ms)).await?;
            }
            return Ok(false);
        };
        let is_published = self.notify_digest(&digest, &outbox.pending_alerts, dispatched).await?;
        // One digest takes so many; another look is only worth its call if there are more.
        Ok(is_published && outbox.pending_alerts.len() > DIGEST_ALERTS_MAX)
    }

    /// A digest whose lease has lapsed.
    async fn take_over(&self, digest: Digest) -> Result<Option<Digest>, EffectError> {
        if !self.is_due(digest.lease_until_ms) {
            return Ok(None);
        }
        let lease_until_ms = self.now_ms().saturating_add(LEASE_MS);
        let taking = || self.ports.cases().take_over(&digest, lease_until_ms);
        let is_ours = self.bounded(ENQUEUE, taking).await?;
        Ok(is_ours.then_some(digest))
    }

    /// Fixes a digest over the waiting alerts, if one of them is due; none if another function was quicker.
    async fn fix(&self, group: &str, pending_alerts: &[PendingAlert]) -> Result<Option<Digest>, EffectError> {
        let mut waiting: Vec<&PendingAlert> =
            pending_alerts.iter().filter(|pending_alert| !pending_alert.at_once).collect();
        if !waiting.iter().any(|pending_alert| self.is_due(pending_alert.due_ms)) {
            return Ok(None);
        }
        waiting.sort_by_key(|pending_alert| (pending_alert.due_ms, pending_alert.at_ms, &pending_alert.id));
        waiting.truncate(DIGEST_ALERTS_MAX);
        let pending_alerts: Vec<String> =
            waiting.iter().map(|pending_alert| pending_alert.id.clone()).collect();
        let now_ms = self.now_ms();
        let digest = Digest {
            id: id_of("digest", pending_alerts.iter().map(String::as_str)),
            group: group.to_owned(),
            pending_alerts,
            lease_until_ms: now_ms.saturating_add(LEASE_MS),
        };
        let fixing = || self.ports.cases().fix(&digest, now_ms, now_ms.saturating_add(self.window_ms));
        let is_ours = self.bounded(ENQUEUE, fixing).await?;
        Ok(is_ours.then_some(digest))
    }

    /// Whether it was published.
    async fn notify_digest(
        &self,
        digest: &Digest,
        pending_alerts: &[PendingAlert],
        dispatched: &mut DispatchResult,
    ) -> Result<bool, EffectError> {
        let of_it: Vec<&PendingAlert> =
            pending_alerts.iter().filter(|it| digest.pending_alerts.contains(&it.id)).collect();
        if let Some(alert) = together(digest, &of_it, self.lang) {
            let answers = self.publish(std::slice::from_ref(&alert), dispatched).await;
            if answers != [true] {
                return Ok(false);
            }
        }
        let with_group = |id: &String| (digest.group.clone(), id.clone());
        let published = Published {
            digest: Some(with_group(&digest.id)),
            pending_alerts: digest.pending_alerts.iter().map(with_group).collect(),
        };
        self.remove(&published).await?;
        Ok(true)
    }
}

/// 32 hexadecimal digits made of these words, in this order.
fn id_of<'w>(what: &'static str, words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<&str> = std::iter::once(what).chain(words).collect();
    let mut id = Fingerprint::of(words.join("\n").as_bytes()).to_string();
    id.truncate(32);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_windows_are_remembered_and_the_next_begins_anew() {
        let windows = Windows::default();
        let group = |at: usize| format!("{at:016x}");
        let remembered = |upto: usize| (0..upto).filter(|at| windows.get(&group(*at)).is_some()).count();
        for at in 0..WINDOWS_MAX - 1 {
            windows.put(&group(at), 1);
        }
        assert_eq!(remembered(WINDOWS_MAX), WINDOWS_MAX - 1);
        windows.put(&group(WINDOWS_MAX - 1), 1);
        assert_eq!(remembered(WINDOWS_MAX + 1), WINDOWS_MAX);
        windows.put(&group(WINDOWS_MAX), 1);
        assert_eq!(remembered(WINDOWS_MAX + 1), 1, "what was forgotten is read again");
    }
}
