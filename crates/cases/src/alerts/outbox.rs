//! The notice board: which held messages the administrators are still to be told of, and in which alert.
//!
//! ```text
//! held, queued ─▶ notice, with the marks on its cases, in one transaction
//!                   ├─ its group is quiet ─▶ told at once ─▶ taken down
//!                   └─ its group has a window open ─▶ waits until that closes ─▶ fixed in a digest ─▶ told ─▶ taken down
//! ```
//!
//! A held message is put into a notice in the very write that marks its case as told of, so it is in exactly one. A notice is told of
//! alone, or in one digest, which is fixed before it is published and taken down together with its notices. Whoever dies in between
//! leaves on the board what is to be published, and under which id: what is published a second time has the same id as the first.

use std::future::Future;

use super::cause::Cause;
use crate::error::EffectError;
use crate::message::CaseId;

/// The most writes of one transaction: DynamoDB takes 100.
pub const WRITES_MAX: usize = 100;

/// The most notices of one digest: it is taken down with them in one transaction.
pub const DIGEST_ALERTS_MAX: usize = WRITES_MAX - 2;

/// Held messages of one group and one batch, which are told of together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAlert {
    /// 32 hexadecimal digits, made of what it tells of: no two notices have the same.
    pub id: String,
    /// The group.
    pub group: String,
    /// Why they are held.
    pub cause: Cause,
    /// The held messages: case and attempt, each at most once.
    pub cases: Vec<(CaseId, u32)>,
    /// When it was put up, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// When it must be told of at the latest, in milliseconds since the Unix epoch.
    pub due_ms: i64,
    /// Whether it is an alert of its own. What was put up to be told at once never goes into a digest, as it may have been told.
    pub at_once: bool,
}

/// An alert over several notices, fixed before it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// 32 hexadecimal digits, made of its notices.
    pub id: String,
    /// The group.
    pub group: String,
    /// The ids of its notices.
    pub pending_alerts: Vec<String>,
    /// Until when whoever fixed it is left to publish it, in milliseconds since the Unix epoch.
    pub lease_until_ms: i64,
}

/// Everything on the board of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOutbox {
    /// Until when the group's messages are only counted, in milliseconds since the Unix epoch.
    pub window_until_ms: Option<i64>,
    /// The digest that is being told.
    pub digest: Option<Digest>,
    /// The notices that are not taken down, those of the digest included.
    pub pending_alerts: Vec<PendingAlert>,
}

/// What is put on the board in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Windows to be opened.
    pub window_updates: Vec<WindowUpdate>,
    /// The notices. The head of each of their cases is marked as queued and as told of.
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

/// What the board says to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnqueueReply {
    /// All of it is written.
    Done,
    /// Nothing is written.
    Changed {
        /// These messages are in a notice already, or their case has gone on to a later attempt, which is told of for itself.
        told: Vec<(CaseId, u32)>,
        /// Whether a window is not as it was read.
        windows: bool,
    },
}

/// What has been told, to be taken down in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The group and the id of a digest. If it is not there any more, somebody else took all of it down.
    pub digest: Option<(String, String)>,
    /// The groups and the ids of notices.
    pub pending_alerts: Vec<(String, String)>,
}

/// What is on the board, in the order in which it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    /// The group.
    pub group: String,
    /// What it is.
    pub kind: PendingKind,
    /// When a notice or a digest is to be told, or when a window closes, in milliseconds since the Unix epoch.
    pub due_ms: i64,
}

/// What something on the board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingKind {
    /// A window, opened at that time, in milliseconds since the Unix epoch: when the group was told of last.
    Window {
        /// When it was opened.
        opened_ms: i64,
    },
    /// A notice of so many held messages.
    PendingAlert {
        /// How many.
        held: u64,
    },
    /// A digest that is being told.
    Digest,
}

/// A page of what is on the board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingPage {
    /// In the order in which it is due.
    pub pending: Vec<PendingEntry>,
    /// Where to go on, opaque; `None` if that was the last page.
    pub next: Option<String>,
}

/// The notice board, kept beside the case file. Reads are consistent, but for [`AlertOutbox::pending`].
pub trait AlertOutbox {
    /// The windows of these groups, at most [`WRITES_MAX`], distinct; those that are not there are left out.
    fn windows(
        &self,
        groups: &[String],
    ) -> impl Future<Output = Result<Vec<(String, i64)>, EffectError>> + Send;

    /// Opens windows, puts up notices, and marks their cases (`queued_at` unless it is set, `alerted_at`), in one transaction, on the
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

    /// Takes down what has been told; at most [`WRITES_MAX`] writes.
    fn remove(&self, told: &Told) -> impl Future<Output = Result<(), EffectError>> + Send;

    /// Takes a window down, if it still is as it was read: the group is quiet.
    fn close(&self, group: &str, until_ms: i64) -> impl Future<Output = Result<(), EffectError>> + Send;

    /// A page of what is on the board, of all groups: what is due by then, or everything. Read from an index, which may be a moment
    /// behind.
    fn pending(
        &self,
        due_by_ms: Option<i64>,
        after: Option<&str>,
    ) -> impl Future<Output = Result<PendingPage, EffectError>> + Send;
}
