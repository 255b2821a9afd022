//! Tells the administrators: puts held messages on the notice board, publishes what is due, takes down what was published.
//!
//! Once a message is on the board it will be told of, whatever fails after that: publishing is tried again by whoever comes by when it
//! is due. So an alert that cannot be sent costs its message nothing.

mod draft;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use aduana_invoice::{Fingerprint, Lang};

use super::board::{Digest, NOTICES_MAX, Notice, NoticeBoard, Told, WRITES_MAX};
use super::{Telling, at_once, together};
use crate::bounded::{bounded, bounded_all};
use crate::error::EffectError;
use crate::ports::{Alert, Alerts, Clock};
pub(crate) use draft::ToTell;

const PUBLISH: &str = "publish the alert";
const READ: &str = "read the notice board";
const POST: &str = "put the notice up";
const TAKE_DOWN: &str = "take the notice down";

/// How long whoever puts up a notice to be told at once, or fixes a digest, is left to publish it: longer than a function runs.
const LEASE_MS: i64 = 90_000;

/// What is due later than anything can be was put up by a clock that ran ahead by more than this, and is due now.
const SLACK_MS: i64 = 60_000;

/// The most digests of one group that one call tells.
const DIGESTS_MAX: usize = 20;

/// The most groups whose windows are remembered.
const WINDOWS_MAX: usize = 10_000;

/// The windows that this instance knows to be open: what saves a read for each batch of a burst.
#[derive(Debug, Default)]
pub(crate) struct Windows(Mutex<HashMap<String, i64>>);

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

/// What it takes to tell, for one call.
pub(crate) struct Herald<'h, N, A, K> {
    pub(crate) board: &'h N,
    pub(crate) alerts: &'h A,
    pub(crate) clock: &'h K,
    pub(crate) windows: &'h Windows,
    /// How long a window is open, in milliseconds; 0: what is held is told at once, batch by batch.
    pub(crate) window_ms: i64,
    pub(crate) lang: Lang,
    /// When it must be done, in milliseconds since the Unix epoch.
    pub(crate) stop_by_ms: i64,
}

impl<N: NoticeBoard + Sync, A: Alerts + Sync, K: Clock + Sync> Herald<'_, N, A, K> {
    fn is_due(&self, due_ms: i64) -> bool {
        let (now_ms, latest_ms) =
            (self.clock.now_ms(), self.window_ms.max(LEASE_MS).saturating_add(SLACK_MS));
        due_ms <= now_ms || due_ms > now_ms.saturating_add(latest_ms)
    }

    /// Publishes these alerts of their own and takes down what was published. The rest stays on the board.
    async fn tell_at_once(&self, notices: &[Notice]) -> Telling {
        let mut telling = Telling::default();
        if notices.is_empty() {
            return telling;
        }
        let alerts: Vec<Alert> = notices.iter().map(|notice| at_once(notice, self.lang)).collect();
        let answers = self.publish(&alerts, &mut telling).await;
        let told = notices.iter().zip(answers).filter(|(_, is_told)| *is_told);
        let told: Vec<(String, String)> =
            told.map(|(notice, _)| (notice.group.clone(), notice.id.clone())).collect();
        for notices in told.chunks(WRITES_MAX) {
            let told = Told { digest: None, notices: notices.to_vec() };
            // What stays up is published once more, under the same id.
            drop(self.take_down(&told).await);
        }
        telling
    }

    /// Which of the alerts are published.
    async fn publish(&self, alerts: &[Alert], telling: &mut Telling) -> Vec<bool> {
        let publishing = self.alerts.publish(alerts);
        let answers = bounded_all(self.clock, self.stop_by_ms, PUBLISH, alerts.len(), publishing).await;
        for (alert, answer) in alerts.iter().zip(&answers) {
            match answer {
                Ok(()) => telling.count(alert),
                Err(error) => telling.fail(error),
            }
        }
        answers.into_iter().map(|answer| answer.is_ok()).collect()
    }

    async fn take_down(&self, told: &Told) -> Result<(), EffectError> {
        bounded(self.clock, self.stop_by_ms, TAKE_DOWN, self.board.take_down(told)).await
    }

    /// Tells what is due of all groups: by now, or, with `everything`, also what a clock that ran ahead has put off. Whether it came to
    /// the end.
    pub(crate) async fn tell_due(
        &self,
        everything: bool,
        may_start: impl Fn() -> bool + Sync + Send,
        telling: &mut Telling,
    ) -> Result<bool, EffectError> {
        let due_by_ms = (!everything).then(|| self.clock.now_ms());
        let mut groups = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            if !may_start() {
                return Ok(false);
            }
            let reading = self.board.posted(due_by_ms, after.as_deref());
            let page = bounded(self.clock, self.stop_by_ms, READ, reading).await?;
            groups.extend(page.posted.into_iter().filter(|it| self.is_due(it.due_ms)).map(|it| it.group));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        for group in groups {
            if !may_start() {
                return Ok(false);
            }
            telling.add(&self.tell_group(&group).await);
        }
        Ok(true)
    }

    /// Tells what is due of one group, and notes that it is quiet.
    pub(crate) async fn tell_group(&self, group: &str) -> Telling {
        let mut telling = Telling::default();
        if let Err(error) = self.try_group(group, &mut telling).await {
            telling.fail(&error);
        }
        telling
    }

    async fn try_group(&self, group: &str, telling: &mut Telling) -> Result<(), EffectError> {
        for _ in 0..DIGESTS_MAX {
            let board = bounded(self.clock, self.stop_by_ms, READ, self.board.board(group)).await?;
            // Whoever put them up died, or could not publish them.
            let left: Vec<Notice> =
                board.notices.iter().filter(|it| it.at_once && self.is_due(it.due_ms)).cloned().collect();
            telling.add(&self.tell_at_once(&left).await);
            let digest = match board.digest {
                Some(digest) => self.take_over(digest).await?,
                None => self.fix(group, &board.notices).await?,
            };
            let Some(digest) = digest else {
                if let Some(until_ms) = board.window_until_ms
                    && board.notices.is_empty()
                    && self.is_due(until_ms)
                {
                    bounded(self.clock, self.stop_by_ms, TAKE_DOWN, self.board.close(group, until_ms))
                        .await?;
                }
                return Ok(());
            };
            let is_told = self.tell_digest(&digest, &board.notices, telling).await?;
            // One digest takes so many; another look is only worth its call if there are more.
            if !is_told || board.notices.len() <= NOTICES_MAX {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A digest that nobody is telling any more.
    async fn take_over(&self, digest: Digest) -> Result<Option<Digest>, EffectError> {
        if !self.is_due(digest.lease_until_ms) {
            return Ok(None);
        }
        let lease_until_ms = self.clock.now_ms().saturating_add(LEASE_MS);
        let taking = self.board.take_over(&digest, lease_until_ms);
        let is_ours = bounded(self.clock, self.stop_by_ms, POST, taking).await?;
        Ok(is_ours.then_some(digest))
    }

    /// Fixes a digest over the notices that wait, if one of them is due; none if somebody else is quicker.
    async fn fix(&self, group: &str, notices: &[Notice]) -> Result<Option<Digest>, EffectError> {
        let mut waiting: Vec<&Notice> = notices.iter().filter(|notice| !notice.at_once).collect();
        if !waiting.iter().any(|notice| self.is_due(notice.due_ms)) {
            return Ok(None);
        }
        waiting.sort_by_key(|notice| (notice.due_ms, notice.at_ms, &notice.id));
        waiting.truncate(NOTICES_MAX);
        let notices: Vec<String> = waiting.iter().map(|notice| notice.id.clone()).collect();
        let now_ms = self.clock.now_ms();
        let digest = Digest {
            id: id_of("digest", notices.iter().map(String::as_str)),
            group: group.to_owned(),
            notices,
            lease_until_ms: now_ms.saturating_add(LEASE_MS),
        };
        let fixing = self.board.fix(&digest, now_ms, now_ms.saturating_add(self.window_ms));
        let is_ours = bounded(self.clock, self.stop_by_ms, POST, fixing).await?;
        Ok(is_ours.then_some(digest))
    }

    /// Whether it was told.
    async fn tell_digest(
        &self,
        digest: &Digest,
        notices: &[Notice],
        telling: &mut Telling,
    ) -> Result<bool, EffectError> {
        let of_it: Vec<&Notice> = notices.iter().filter(|it| digest.notices.contains(&it.id)).collect();
        if let Some(alert) = together(digest, &of_it, self.lang) {
            let answers = self.publish(std::slice::from_ref(&alert), telling).await;
            if answers != [true] {
                return Ok(false);
            }
        }
        let with_group = |id: &String| (digest.group.clone(), id.clone());
        let told = Told {
            digest: Some(with_group(&digest.id)),
            notices: digest.notices.iter().map(with_group).collect(),
        };
        self.take_down(&told).await?;
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
