//! Reports held messages to the administrators: enqueues alerts, publishes what is due, removes what was published.
//!
//! Once a message is in the outbox it will be reported, whatever fails after that: the next call after the due time publishes again.
//! So an alert that cannot be published does not hold its message back.

mod draft;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use aduana_invoice::{Fingerprint, Lang};

use super::outbox::{AlertOutbox as _, DIGEST_ALERTS_MAX, Digest, PendingAlert, Published, WRITES_MAX};
use super::{DispatchResult, at_once, together};
use crate::bounded::{bounded, bounded_all};
use crate::effects::{ENQUEUE, PUBLISH, READ_OUTBOX, REMOVE};
use crate::error::EffectError;
use crate::ports::{Alert, Alerts as _, CasePorts, Clock as _};
pub use draft::AlertItem;

/// The lease of the function that enqueues an alert to be published at once, or fixes a digest. It is longer than a function runs.
const LEASE_MS: i64 = 90_000;

/// A due time further ahead than any lease, by more than this, comes from a fast clock; treat it as due.
const SLACK_MS: i64 = 60_000;

/// The most digests of one group that one call publishes.
const DIGESTS_MAX: usize = 20;

/// The most groups whose windows are remembered.
const WINDOWS_MAX: usize = 10_000;

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
    /// Gives an effect until the deadline.
    pub async fn bounded<T>(
        &self,
        effect: &'static str,
        work: impl Future<Output = Result<T, EffectError>> + Send,
    ) -> Result<T, EffectError> {
        bounded(self.ports.clock(), self.stop_by_ms, effect, work).await
    }

    /// The same for `count` effects at once. One answer each, in order.
    pub async fn bounded_all(
        &self,
        effect: &'static str,
        count: usize,
        work: impl Future<Output = Vec<Result<(), EffectError>>> + Send,
    ) -> Vec<Result<(), EffectError>> {
        bounded_all(self.ports.clock(), self.stop_by_ms, effect, count, work).await
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
        let publishing = self.ports.alerts().publish(alerts);
        let answers = self.bounded_all(PUBLISH, alerts.len(), publishing).await;
        for (alert, answer) in alerts.iter().zip(&answers) {
            match answer {
                Ok(()) => dispatched.count(alert),
                Err(error) => dispatched.fail(error),
            }
        }
        answers.into_iter().map(|answer| answer.is_ok()).collect()
    }

    async fn remove(&self, published: &Published) -> Result<(), EffectError> {
        self.bounded(REMOVE, self.ports.cases().remove(published)).await
    }

    /// Publishes what is due of all groups: by now, or, with `everything`, also what a fast clock has put off. Whether it came to
    /// the end.
    pub async fn notify_due(
        &self,
        everything: bool,
        may_start: impl Fn() -> bool + Sync + Send,
        dispatched: &mut DispatchResult,
    ) -> Result<bool, EffectError> {
        let due_by_ms = (!everything).then(|| self.now_ms());
        let mut groups = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            if !may_start() {
                return Ok(false);
            }
            let reading = self.ports.cases().pending(due_by_ms, after.as_deref());
            let page = self.bounded(READ_OUTBOX, reading).await?;
            groups.extend(page.pending.into_iter().filter(|it| self.is_due(it.due_ms)).map(|it| it.group));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        for group in groups {
            if !may_start() {
                return Ok(false);
            }
            dispatched.add(&self.notify_group(&group).await);
        }
        Ok(true)
    }

    /// Publishes what is due of one group, and removes its window if nothing is pending.
    pub async fn notify_group(&self, group: &str) -> DispatchResult {
        let mut dispatched = DispatchResult::default();
        if let Err(error) = self.try_group(group, &mut dispatched).await {
            dispatched.fail(&error);
        }
        dispatched
    }

    async fn try_group(&self, group: &str, dispatched: &mut DispatchResult) -> Result<(), EffectError> {
        for _ in 0..DIGESTS_MAX {
            let outbox = self.bounded(READ_OUTBOX, self.ports.cases().group(group)).await?;
            // The function that enqueued them died, or could not publish them.
            let left: Vec<PendingAlert> = outbox
                .pending_alerts
                .iter()
                .filter(|it| it.at_once && self.is_due(it.due_ms))
                .cloned()
                .collect();
            dispatched.add(&self.notify_at_once(&left).await);
            let digest = match outbox.digest {
                Some(digest) => self.take_over(digest).await?,
                None => self.fix(group, &outbox.pending_alerts).await?,
            };
            let Some(digest) = digest else {
                if let Some(until_ms) = outbox.window_until_ms
                    && outbox.pending_alerts.is_empty()
                    && self.is_due(until_ms)
                {
                    self.bounded(REMOVE, self.ports.cases().close(group, until_ms)).await?;
                }
                return Ok(());
            };
            let is_published = self.notify_digest(&digest, &outbox.pending_alerts, dispatched).await?;
            // One digest takes so many; another look is only worth its call if there are more.
            if !is_published || outbox.pending_alerts.len() <= DIGEST_ALERTS_MAX {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A digest whose lease has lapsed.
    async fn take_over(&self, digest: Digest) -> Result<Option<Digest>, EffectError> {
        if !self.is_due(digest.lease_until_ms) {
            return Ok(None);
        }
        let lease_until_ms = self.now_ms().saturating_add(LEASE_MS);
        let taking = self.ports.cases().take_over(&digest, lease_until_ms);
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
        let fixing = self.ports.cases().fix(&digest, now_ms, now_ms.saturating_add(self.window_ms));
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
