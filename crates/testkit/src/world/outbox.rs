//! The outbox of alerts over the world.

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::alerts::outbox::{
    AlertOutbox, Digest, EnqueueReply, Entry, GroupOutbox, PendingAlert, PendingEntry, PendingKind,
    PendingPage, Published,
};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{Alert, EffectError};

use super::{Call, State, World, limits};

/// As many entries as a page of the index has here: few, so that there are several.
const PAGE: usize = 7;

/// What SNS sends to an e-mail subscription in a second, at most: above it, it suspends the subscription.
const EMAILS_A_SECOND: usize = 10;

/// What is in the outbox.
#[derive(Debug, Default)]
pub(super) struct Posts {
    /// Until when, and since when.
    windows: BTreeMap<String, (i64, i64)>,
    digests: BTreeMap<String, Digest>,
    pending_alerts: BTreeMap<(String, String), PendingAlert>,
}

/// What tests read from the outbox.
impl World {
    /// Whether nothing is pending, windows aside.
    pub fn is_all_alerted(&self) -> bool {
        let outbox = &self.state().outbox;
        outbox.pending_alerts.is_empty() && outbox.digests.is_empty()
    }

    /// How many windows are in the outbox.
    pub fn windows_open(&self) -> usize {
        self.state().outbox.windows.len()
    }

    /// The alerts that went out, each once however often it was published.
    ///
    /// # Panics
    ///
    /// If two of them have one id and are not the same.
    pub fn distinct_alerts(&self) -> Vec<Alert> {
        let mut distinct: BTreeMap<String, Alert> = BTreeMap::new();
        for alert in self.alerts() {
            let first = distinct.entry(alert.id.clone()).or_insert_with(|| alert.clone());
            assert_eq!(*first, alert, "one id, two alerts");
        }
        distinct.into_values().collect()
    }

    /// The most alerts that were published within one second.
    pub fn most_alerts_in_a_second(&self) -> usize {
        let published_at_ms = &self.state().published_at_ms;
        let from = |from_ms: &i64| {
            published_at_ms.iter().filter(|at_ms| (*from_ms..from_ms + 1_000).contains(*at_ms)).count()
        };
        published_at_ms.iter().map(from).max().unwrap_or(0)
    }

    /// Whether SNS has suspended an e-mail subscription to the topic.
    pub fn is_email_suspended(&self) -> bool {
        self.most_alerts_in_a_second() > EMAILS_A_SECOND
    }

    /// Every held message that was alerted, once for each alert that lists it.
    pub fn alerted(&self) -> Vec<(CaseId, u32)> {
        self.distinct_alerts().into_iter().flat_map(|alert| alert.covers).collect()
    }

    /// Every held message that is marked as alerted or as pending, with its current attempt.
    pub fn marked(&self) -> BTreeSet<(CaseId, u32)> {
        let marked = self.cases().into_iter().filter(|row| row.head.alerted);
        marked.map(|row| (row.case.id.clone(), row.head.attempt)).collect()
    }
}

impl AlertOutbox for World {
    async fn windows(&self, groups: &[String]) -> Result<Vec<(String, i64)>, EffectError> {
        limits::keys(groups);
        self.call(Call::Windows, |state| {
            let window = |group: &String| Some((group.clone(), state.outbox.windows.get(group)?.0));
            groups.iter().filter_map(window).collect()
        })
        .await
    }

    async fn enqueue(&self, entry: &Entry) -> Result<EnqueueReply, EffectError> {
        limits::writes(entry.writes());
        let cases: BTreeSet<_> =
            entry.pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cases).collect();
        let count: usize = entry.pending_alerts.iter().map(|pending_alert| pending_alert.cases.len()).sum();
        assert_eq!(cases.len(), count, "ValidationException: one item twice");
        self.call(Call::Enter, |state| enqueue(state, entry)).await
    }

    async fn group(&self, group: &str) -> Result<GroupOutbox, EffectError> {
        self.call(Call::GroupOutbox, |state| {
            let Posts { windows, digests, pending_alerts } = &state.outbox;
            GroupOutbox {
                window_until_ms: windows.get(group).map(|(until_ms, _)| *until_ms),
                digest: digests.get(group).cloned(),
                pending_alerts: pending_alerts
                    .values()
                    .filter(|pending_alert| pending_alert.group == group)
                    .cloned()
                    .collect(),
            }
        })
        .await
    }

    async fn fix(&self, digest: &Digest, at_ms: i64, window_until_ms: i64) -> Result<bool, EffectError> {
        // Together they must be taken down in one go.
        limits::writes(digest.pending_alerts.len() + 1);
        assert!(!digest.pending_alerts.is_empty(), "a digest of nothing");
        self.call(Call::Fix, |state| {
            let outbox = &mut state.outbox;
            if outbox.digests.contains_key(&digest.group) {
                return false;
            }
            outbox.digests.insert(digest.group.clone(), digest.clone());
            outbox.windows.insert(digest.group.clone(), (window_until_ms, at_ms));
            true
        })
        .await
    }

    async fn take_over(&self, digest: &Digest, lease_until_ms: i64) -> Result<bool, EffectError> {
        self.call(Call::Fix, |state| match state.outbox.digests.get_mut(&digest.group) {
            Some(there) if there == digest => {
                there.lease_until_ms = lease_until_ms;
                true
            }
            _ => false,
        })
        .await
    }

    async fn remove(&self, published: &Published) -> Result<(), EffectError> {
        limits::writes(published.pending_alerts.len() + usize::from(published.digest.is_some()));
        self.call(Call::TakeDown, |state| {
            let outbox = &mut state.outbox;
            if let Some((group, id)) = &published.digest {
                if outbox.digests.get(group).is_none_or(|digest| digest.id != *id) {
                    return;
                }
                outbox.digests.remove(group);
            }
            for pending_alert in &published.pending_alerts {
                outbox.pending_alerts.remove(pending_alert);
            }
        })
        .await
    }

    async fn close(&self, group: &str, until_ms: i64) -> Result<(), EffectError> {
        self.call(Call::TakeDown, |state| {
            let windows = &mut state.outbox.windows;
            if windows.get(group).is_some_and(|(there_ms, _)| *there_ms == until_ms) {
                windows.remove(group);
            }
        })
        .await
    }

    async fn pending(&self, due_by_ms: Option<i64>, after: Option<&str>) -> Result<PendingPage, EffectError> {
        self.call(Call::Pending, |state| {
            let mut pending = pending(&state.outbox);
            pending.retain(|it| due_by_ms.is_none_or(|due_by_ms| it.due_ms <= due_by_ms));
            let from: usize = after.map_or(0, |after| after.parse().expect("a place"));
            let next = (pending.len() > from + PAGE).then(|| (from + PAGE).to_string());
            PendingPage { pending: pending.into_iter().skip(from).take(PAGE).collect(), next }
        })
        .await
    }
}

fn pending(outbox: &Posts) -> Vec<PendingEntry> {
    let windows = outbox.windows.iter().map(|(group, (until_ms, opened_ms))| PendingEntry {
        group: group.clone(),
        kind: PendingKind::Window { opened_ms: *opened_ms },
        due_ms: *until_ms,
    });
    let digests = outbox.digests.values().map(|digest| PendingEntry {
        group: digest.group.clone(),
        kind: PendingKind::Digest,
        due_ms: digest.lease_until_ms,
    });
    let pending_alerts = outbox.pending_alerts.values().map(|pending_alert| PendingEntry {
        group: pending_alert.group.clone(),
        kind: PendingKind::PendingAlert { held: pending_alert.cases.len() as u64 },
        due_ms: pending_alert.due_ms,
    });
    let mut all: Vec<PendingEntry> = windows.chain(digests).chain(pending_alerts).collect();
    all.sort_by_key(|it| it.due_ms);
    all
}

fn enqueue(state: &mut State, entry: &Entry) -> EnqueueReply {
    let windows = entry.window_updates.iter().any(|window_update| {
        state.outbox.windows.get(&window_update.group).map(|(until_ms, _)| *until_ms) != window_update.read_ms
    });
    let is_markable = |(id, attempt): &(CaseId, u32)| {
        state.cases.get(id).is_some_and(|row| row.head.attempt == *attempt && !row.head.alerted)
    };
    let cases = || entry.pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cases);
    let enqueued: Vec<(CaseId, u32)> = cases().filter(|case| !is_markable(case)).cloned().collect();
    if windows || !enqueued.is_empty() {
        return EnqueueReply::Changed { enqueued, windows };
    }
    for (id, _) in cases() {
        let row = state.cases.get_mut(id).expect("a case that can be marked");
        (row.head.queued, row.head.alerted) = (true, true);
        row.queued_at_ms.get_or_insert(entry.at_ms);
        row.alerted_at_ms = Some(entry.at_ms);
    }
    for window_update in &entry.window_updates {
        state.outbox.windows.insert(window_update.group.clone(), (window_update.until_ms, entry.at_ms));
    }
    for pending_alert in &entry.pending_alerts {
        let key = (pending_alert.group.clone(), pending_alert.id.clone());
        assert!(
            state.outbox.pending_alerts.insert(key, pending_alert.clone()).is_none(),
            "a pending alert is enqueued twice"
        );
    }
    EnqueueReply::Done
}
