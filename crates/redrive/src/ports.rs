//! What the redrive needs of the services outside, beside the ports of [`aduana_cases::ports`].
//!
//! As there: every effect can be repeated without harm, and may have happened although it failed.

use std::fmt;
use std::future::Future;

use aduana_invoice::{Category, Fingerprint, InvoiceKey, Severity};
use serde::{Deserialize, Serialize};

use aduana_cases::body::Packed;
use aduana_cases::case::State;
use aduana_cases::error::EffectError;
use aduana_cases::message::{Attribute, CaseId, Sender};
use aduana_cases::ports::{CaseFile, CasePorts, ResentMessage};
use aduana_cases::trail::{Event, TrailEnd};

/// What the redrive needs of the services outside. It has the ports of a held message, and a case file that it can work on.
#[expect(missing_docs, reason = "the traits of the types say what they are")]
pub trait RedrivePorts: CasePorts<Cases: CaseStore> {
    type IntakeQueue: IntakeQueue + Sync;
    type DeadLetterQueue: DeadLetterQueue + Sync;
    type StoredInvoices: StoredInvoices + Sync;

    fn intake_queue(&self) -> &Self::IntakeQueue;
    fn dead_letter_queue(&self) -> &Self::DeadLetterQueue;
    fn stored_invoices(&self) -> &Self::StoredInvoices;
}

/// The case file as the redrive works on it.
///
/// [`CaseFile`] opens and closes cases; this reads them and writes the transitions in between. Both write a head only on the
/// condition of its `version`.
pub trait CaseStore: CaseFile {
    /// One page of case lines: one query to one index, never a scan. [`Partition::State`] is read from `by_state`,
    /// [`Partition::Group`] from `by_group`; both sort by `last_seen`. As an index is, it may be a moment behind the heads.
    fn page(&self, of: &PageOf) -> impl Future<Output = Result<Page, EffectError>> + Send;

    /// The heads of these cases, at most [`HEADS_MAX`], read consistently, without the lists of their reasons. Cases that are
    /// not there are left out; those that are come in any order.
    fn heads(&self, ids: &[CaseId]) -> impl Future<Output = Result<Vec<CaseRecord>, EffectError>> + Send;

    /// The reasons of a case's last refusal as they stand in its head, warnings included; empty if there is no such case.
    fn reasons(&self, id: &CaseId) -> impl Future<Output = Result<Vec<StoredReason>, EffectError>> + Send;

    /// The trail of a case, whole and in order.
    fn trail(&self, id: &CaseId) -> impl Future<Output = Result<Vec<Event>, EffectError>> + Send;

    /// Writes what a transition of [`super::transitions`] has decided, in one transaction, on the condition that the head's version
    /// still is `change.version`.
    fn write(
        &self,
        id: &CaseId,
        change: &Change,
    ) -> impl Future<Output = Result<WriteReply, EffectError>> + Send;

    /// Expires an ended case, to be deleted at `at_ms`, if its head still has this `version`. No read finds it from here on, and a
    /// message of its id opens a new case. Without a version: finishes what was begun, if anything was.
    ///
    /// It comes in steps that can be repeated: the head first, so that nobody writes to the case any more; then all else of it;
    /// then the head leaves the indexes. What was cut off is still in an index, and not among the heads.
    fn expire(
        &self,
        id: &CaseId,
        version: Option<u64>,
        at_ms: i64,
    ) -> impl Future<Output = Result<WriteReply, EffectError>> + Send;
}

/// The most heads of one [`CaseStore::heads`]: DynamoDB's `BatchGetItem` takes 100 keys.
pub const HEADS_MAX: usize = 100;

/// The cases that an index holds together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partition {
    /// All cases in one state.
    State(State),
    /// All cases of one group, in whatever state.
    Group(String),
}

/// Which lines to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf {
    /// The section of the case file.
    pub partition: Partition,
    /// No line with an earlier `last_seen`, RFC 3339 with milliseconds.
    pub since: Option<String>,
    /// No line with a later `last_seen`, RFC 3339 with milliseconds.
    pub until: Option<String>,
    /// The oldest first, rather than the newest.
    pub oldest_first: bool,
    /// Go on behind this line, which may have left the section since.
    pub after: Option<LineKey>,
    /// At most so many lines; at least 1. DynamoDB stops at 1 MB before that.
    pub limit: usize,
}

/// The place of a line in its section: with the section's name, and `item` = `head`, the key of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineKey {
    /// The case.
    pub id: CaseId,
    /// Its `last_seen`, RFC 3339 with milliseconds.
    pub last_seen: String,
}

/// A page of lines.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The lines, in the order that was asked for.
    pub lines: Vec<CaseLine>,
    /// Where to go on; `None` if that was the last page. A page may be empty and still not be the last.
    pub next: Option<LineKey>,
}

/// A case in one line: what both indexes hold. Times are RFC 3339 in UTC with milliseconds.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the table: crates/aws/src/names.rs says what they hold")]
pub struct CaseLine {
    pub id: CaseId,
    pub state: State,
    pub attempt: u32,
    pub source: String,
    pub sender: Option<String>,
    pub received_at: String,
    pub first_seen: String,
    pub last_seen: String,
    pub queued_at: Option<String>,
    pub reason_code: String,
    pub reason_category: Category,
    pub reason_count: usize,
    pub codes: Vec<String>,
    pub group_id: String,
    pub group_label: String,
    pub seller: Option<String>,
    pub seller_name: Option<String>,
    pub number: Option<String>,
    pub issue_date: Option<String>,
    pub currency: Option<String>,
    pub payable: Option<String>,
    pub owner: Option<String>,
    pub ticket: Option<String>,
}

impl CaseLine {
    /// The line's place in its section.
    pub fn key(&self) -> LineKey {
        LineKey { id: self.id.clone(), last_seen: self.last_seen.clone() }
    }
}

/// Shows the id, the state and the code.
impl fmt::Debug for CaseLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseLine({}, {}, {})", self.id, self.state.as_str(), self.reason_code)
    }
}

/// The head of a case, but for the list of its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRecord {
    /// What the indexes hold of it.
    pub line: CaseLine,
    /// The version of the head: what a write is conditioned on.
    pub version: u64,
    /// The fingerprint of the last attempt's body.
    pub fingerprint: String,
    /// The fingerprints of the bodies that were held or stored.
    pub bodies: Vec<String>,
    /// When its alert was enqueued, RFC 3339.
    pub alerted_at: Option<String>,
    /// The version of the rule set that refused it.
    pub ruleset: String,
    /// The buyer's name.
    pub buyer_name: Option<String>,
    /// When its invoice was stored, RFC 3339.
    pub resolved_at: Option<String>,
    /// When it ended, RFC 3339; `None` while it has not.
    pub ended_at: Option<String>,
    /// The invoice that was stored.
    pub stored: Option<InvoiceKey>,
    /// The end of the trail.
    pub trail: TrailEnd,
    /// What people have done with it.
    pub redrive_state: RedriveState,
}

/// What of a head belongs to the redrive alone. The intake touches nothing of it, but when a case is refused again or resolved:
/// see [`aduana_cases::case::HoldStep::Reopen`] and [`aduana_cases::case::ResolveStep::Close`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedriveState {
    /// Who is sending it at this moment: `claim_owner`, `claim_until_ms`.
    pub claim: Option<Claim>,
    /// The correction that is sent in the place of the last attempt's body: `correction_number`, `correction_fingerprint`.
    pub correction: Option<Correction>,
    /// The fingerprints of every correction that the case has had, in order: `corrections`.
    pub corrections: Vec<String>,
    /// A body that was sent, or may have been, and whose outcome is not known: `in_flight`, `in_flight_sends`.
    pub in_flight: Option<InFlight>,
    /// The attempt at which it was last released from being parked: `released`; 0 where the attribute is missing.
    pub released: u32,
    /// Who looks after it: `owner`.
    pub owner: Option<String>,
    /// A remark: `note`.
    pub note: Option<String>,
    /// The number of a ticket elsewhere: `ticket`.
    pub ticket: Option<String>,
}

/// A right to send a case, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The id of the call that has it.
    pub owner: String,
    /// When it lapses, in milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// A corrected body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its number in the case, from 1.
    pub number: u32,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// A body on its way through the queue, as far as anybody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// Its fingerprint.
    pub fingerprint: String,
    /// How often it may have been sent, at least 1.
    pub sends: u32,
}

/// A reason as it stands in a head.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredReason {
    /// The rule's code.
    pub code: String,
    /// The category.
    pub category: Category,
    /// Whether the invoice is invalid because of it.
    pub severity: Severity,
    /// JSON Pointer of the place.
    pub path: String,
    /// The business term.
    pub term: Option<String>,
    /// What was expected.
    pub expected: Option<String>,
    /// What was found.
    pub actual: Option<String>,
    /// The suggested correction: a JSON Patch, as text.
    pub suggestion: Option<String>,
}

/// Shows the code and the place.
impl fmt::Debug for StoredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.code, self.path)
    }
}

/// A write to a case: the head's `state`, `version` + 1, trail end and all of [`RedriveState`] (what is `None` or 0 is removed),
/// the event, and a corrected body if there is a new one, under `correction:<number>:<part>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The version that must be there.
    pub version: u64,
    /// The state.
    pub state: State,
    /// What the redrive keeps in the head, in full.
    pub redrive_state: RedriveState,
    /// What happened.
    pub event: Event,
    /// The corrected body of `redrive_state.correction`, where it is new; split, as a body is.
    pub body: Option<Packed>,
}

/// What the case file says to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteReply {
    /// It is written.
    Written,
    /// The head has another version, or is not there: nothing was written.
    Changed,
}

/// The queue that invoices come in by.
pub trait IntakeQueue {
    /// Sends messages, in batches planned by [`aduana_cases::plan::batches`]. One answer a message, in order.
    ///
    /// [`EffectError::is_certain`] must be true of such errors only after which the message is not in the queue.
    fn send(&self, messages: &[ResentMessage]) -> impl Future<Output = Vec<Result<(), EffectError>>> + Send;
}

/// The dead-letter queue, read from its end.
pub trait DeadLetterQueue {
    /// Receives at most [`RECEIVE_MAX`] messages with all their attributes, and hides them from others for `hide_ms`. Empty if
    /// there is none to be had at this moment.
    fn receive(&self, hide_ms: i64) -> impl Future<Output = Result<Vec<DeadLetter>, EffectError>> + Send;

    /// Deletes messages by their receipts, at most [`RECEIVE_MAX`]. One answer a receipt, in order.
    fn delete(&self, receipts: &[String]) -> impl Future<Output = Vec<Result<(), EffectError>>> + Send;
}

/// The most messages of one receive or delete: SQS takes 10.
pub const RECEIVE_MAX: usize = 10;

/// A message in the dead-letter queue.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is deleted by.
    pub receipt: String,
    /// Its id. What SQS moved there by its redrive policy keeps the id that it had.
    pub message_id: String,
    /// The body.
    pub body: Vec<u8>,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// When it was sent first, in milliseconds since the Unix epoch (`SentTimestamp`).
    pub sent_at_ms: Option<i64>,
    /// Who sent it (`SenderId`). What SQS moved there by its redrive policy keeps the sender that it had.
    pub sender: Option<Sender>,
    /// The name of the queue that it was sent to, if SQS moved it here; `None` if it was sent here.
    pub moved_from: Option<String>,
}

/// Shows ids and sizes.
impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeadLetter({}, {} bytes)", self.message_id, self.body.len())
    }
}

/// The table of valid invoices, to look into, and to set one aside.
pub trait StoredInvoices {
    /// What is stored under this key, and whether the bytes of this fingerprint were set aside from it.
    fn look_up(
        &self,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
    ) -> impl Future<Output = Result<UnderKey, EffectError>> + Send;

    /// The trail of what was set aside from this key: the event of each, in order.
    fn trail(&self, key: &InvoiceKey) -> impl Future<Output = Result<Vec<Event>, EffectError>> + Send;

    /// Moves the invoice from its key to those that are set aside, with the event, in one transaction, on the condition that the
    /// invoice of this fingerprint is still under the key, and none of its bytes was set aside from there before. The key is free
    /// then, for all but what was set aside from it.
    fn set_aside(
        &self,
        key: &InvoiceKey,
        order: &SetAside,
    ) -> impl Future<Output = Result<WriteReply, EffectError>> + Send;
}

/// What the table has of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnderKey {
    /// The invoice that is stored under it.
    pub stored: Option<StoredInvoice>,
    /// The id of the message that had brought the bytes that were asked for, if they were set aside.
    pub set_aside: Option<String>,
}

/// A stored invoice.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredInvoice {
    /// The fingerprint of its body.
    pub fingerprint: String,
    /// When it was stored, RFC 3339.
    pub stored_at: String,
    /// Where the message came from.
    pub source: String,
    /// Who sent it, where known.
    pub sender: Option<String>,
    /// The id of the message that brought it.
    pub message_id: String,
    /// The body, unpacked and equal to its fingerprint.
    pub body: Vec<u8>,
}

/// Shows nothing of the invoice.
impl fmt::Debug for StoredInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredInvoice({})", self.fingerprint)
    }
}

/// What to set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The fingerprint of what must be stored under the key.
    pub fingerprint: String,
    /// Who, when, why: the next event of the key's trail.
    pub event: Event,
    /// The fingerprints of what was set aside from the key before.
    pub earlier: Vec<String>,
}
