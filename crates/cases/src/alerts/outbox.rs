//! The outbox of alerts: which held messages are still to be reported, and in which alert.
//!
//! ```text
//! held, queued ─▶ pending alert, with the marks on its cases, in one transaction
//!                   ├─ its group has no window open ─▶ published at once ─▶ removed
//!                   └─ its group has a window open ─▶ waits until that closes ─▶ fixed in a digest ─▶ published ─▶ removed
//! ```
//!
//! One write puts a held message into a pending alert and marks its case, so the message is in exactly one. A pending alert is
//! published alone, or in one digest. A digest is fixed before it is published, and removed together with its pending alerts. A
//! function that dies in between leaves in the outbox what is to be published, and under which id. So an alert that is published a
//! second time has the same id.

use std::future::Future;

use super::cause::Cause;
use crate::error::EffectError;
use crate::message::CaseId;

/// The most writes of one transaction: DynamoDB takes 100.
pub const WRITES_MAX: usize = 100;

/// The most pending alerts of one digest: it is removed with them in one transaction.
pub const DIGEST_ALERTS_MAX: usize = WRITES_MAX - 2;

/// Held messages of one group and one batch, which are reported together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAlert {
    /// 32 hexadecimal digits, made of the group and the messages: no two pending alerts have the same.
    pub id: String,
    /// The group.
    pub group: String,
    /// Why they are held.
    pub cause: Cause,
    /// The held messages: case and attempt, each at most once.
    pub cases: Vec<(CaseId, u32)>,
    /// When it was enqueued, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// When it must be published at the latest, in milliseconds since the Unix epoch.
    pub due_ms: i64,
    /// Whether it is an alert of its own. Such a one never goes into a digest, as it may have been published.
    pub at_once: bool,
}

/// An alert over several pending alerts, fixed before it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// 32 hexadecimal digits, made of the ids of its pending alerts.
    pub id: String,
    /// The group.
    pub group: String,
    /// The ids of its pending alerts.
    pub pending_alerts: Vec<String>,
    /// When the lease of the function that publishes it ends, in milliseconds since the Unix epoch.
    pub lease_until_ms: i64,
}

/// Everything in the outbox of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOutbox {
    /// Until when the group's messages are only counted, in milliseconds since the Unix epoch.
    pub window_until_ms: Option<i64>,
    /// The digest that is being published.
    pub digest: Option<Digest>,
    /// The pending alerts, those of the digest included.
    pub pending_alerts: Vec<PendingAlert>,
}

/// What is enqueued in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Windows to be opened.
    pub window_updates: Vec<WindowUpdate>,
    /// The pending alerts. The head of each of their cases is marked as queued and as alerted.
    pub pending_alerts: Vec<PendingAlert>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

impl Entry {
    /// The writes that it takes, at most [`WRITES_MAX`].
    pub fn writes(&self) -> usize {
        self.window_updates.len()
            + self.pending_alerts.iter().map(|pending_alert| 1 + pending_alert.cases.len()).sum::<usize>()
    }
}

/// A window that is opened, on the condition that the group's window is as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowUpdate {
    /// The group.
    pub group: String,
    /// The window that was read; `None` if there was none.
    pub read_ms: Option<i64>,
    /// Until when the group's messages are only counted from now on, in milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// The answer to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnqueueReply {
    /// All of it is written.
    Done,
    /// Nothing is written.
    Changed {
        /// These messages are in a pending alert already, or their case has gone on to a later attempt, which is reported for itself.
        enqueued: Vec<(CaseId, u32)>,
        /// Whether a window is not as it was read.
        windows: bool,
    },
}

/// What has been published, to be removed in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// The group and the id of a digest. If it is gone, another function has removed all of it.
    pub digest: Option<(String, String)>,
    /// The groups and the ids of pending alerts.
    pub pending_alerts: Vec<(String, String)>,
}

/// An entry of the outbox, in the order in which it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    /// The group.
    pub group: String,
    /// What it is.
    pub kind: PendingKind,
    /// When an alert or a digest is to be published, or when a window closes, in milliseconds since the Unix epoch.
    pub due_ms: i64,
}

/// What an entry of the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingKind {
    /// A window, opened at that time, in milliseconds since the Unix epoch: when the group was reported last.
    Window {
        /// When it was opened.
        opened_ms: i64,
    },
    /// A pending alert of so many held messages.
    PendingAlert {
        /// How many.
        held: u64,
    },
    /// A digest that is being published.
    Digest,
}

/// A page of the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingPage {
    /// In the order in which it is due.
    pub pending: Vec<PendingEntry>,
    /// Where to go on, opaque; `None` if that was the last page.
    pub next: Option<String>,
}

/// The outbox of alerts, kept beside the case file. Reads are consistent, but for [`AlertOutbox::pending`].
pub trait AlertOutbox {
    /// The windows of these groups, at most [`WRITES_MAX`], distinct; those that are not there are left out.
    fn windows(
        &self,
        groups: &[String],
    ) -> impl Future<Output = Result<Vec<(String, i64)>, EffectError>> + Send;

    /// Opens windows, enqueues alerts, and marks their cases (`queued_at` unless it is set, `alerted_at`), in one transaction, on the
    /// conditions that each window is as it was read, and that each case is at that attempt and not marked.
    fn enqueue(&self, entry: &Entry) -> impl Future<Output = Result<EnqueueReply, EffectError>> + Send;

    /// Everything of a group.
    fn group(&self, group: &str) -> impl Future<Output = Result<GroupOutbox, EffectError>> + Send;

    /// Fixes a digest and opens the group's window until then, unless the group has a digest. Whether it did.
    fn fix(
        &self,
        digest: &Digest,
        at_ms: i64,
        window_until_ms: i64,
    ) -> impl Future<Output = Result<bool, EffectError>> + Send;

    /// Takes a digest over whose lease has lapsed, if it still is as it was read. Whether it did.
    fn take_over(
        &self,
        digest: &Digest,
        lease_until_ms: i64,
    ) -> impl Future<Output = Result<bool, EffectError>> + Send;

    /// Removes what has been published; at most [`WRITES_MAX`] writes.
    fn remove(&self, published: &Published) -> impl Future<Output = Result<(), EffectError>> + Send;

    /// Removes a window, if it still is as it was read: nothing of the group is pending.
    fn close(&self, group: &str, until_ms: i64) -> impl Future<Output = Result<(), EffectError>> + Send;

    /// A page of the outbox, of all groups: what is due by then, or everything. Read from an index, which may be a moment
    /// behind.
    fn pending(
        &self,
        due_by_ms: Option<i64>,
        after: Option<&str>,
    ) -> impl Future<Output = Result<PendingPage, EffectError>> + Send;
}
