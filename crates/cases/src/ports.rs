//! What the pipelines need of the services outside, one small trait a capability. `crates/aws` has the real ones, the tests have
//! strict in-memory twins.
//!
//! Every effect can be repeated without harm, and may have happened although it failed: a reply can be lost.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;

use aduana_invoice::{Fingerprint, InvoiceKey, Summary};

pub use crate::alerts::AlertOutbox;
use crate::attributes::from_json;
use crate::body::Packed;
use crate::case::{CaseHead, NewCase};
use crate::effects;
pub use crate::error::{EffectError, EffectErrorKind};
use crate::message::{Attribute, BodyVersion, CaseId, Sender, Source};

/// What bringing a held message to its place needs: [`crate::held`]. The intake and the redrive both build on it.
#[expect(missing_docs, reason = "the traits of the types say what they are")]
pub trait CasePorts: Sync {
    type Cases: CaseFile + Sync;
    type Channel: InvalidMessageChannel + Sync;
    type Alerts: Alerts + Sync;
    type Clock: Clock + Sync;

    fn cases(&self) -> &Self::Cases;
    fn channel(&self) -> &Self::Channel;
    fn alerts(&self) -> &Self::Alerts;
    fn clock(&self) -> &Self::Clock;
}

/// The table of valid invoices.
pub trait InvoiceStore {
    /// Writes each invoice unless its key is taken; a split body is written in one transaction with its parts. No two have the same key.
    /// One answer an invoice, in order.
    fn store(
        &self,
        invoices: &[&NewInvoice],
    ) -> impl Future<Output = Vec<Result<StoreReply, EffectError>>> + Send;

    /// Notes what each invoice has in common with its double, were there one, unless it is noted already. Who noted it first stays.
    /// The same document, and the same case, is no double: it is delivered again, or was corrected. One answer a note, in order.
    fn note_likeness(
        &self,
        notes: &[LikenessNote],
    ) -> impl Future<Output = Vec<Result<LikenessReply, EffectError>>> + Send;

    /// Whether exactly these bytes are stored under this key, or were set aside as this message brought them. Asked for what is
    /// refused at a second delivery: rules that look at the date, or a new rule set, may refuse today what was stored yesterday.
    fn has(
        &self,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
        message_id: &str,
    ) -> impl Future<Output = Result<bool, EffectError>> + Send;
}

/// A likeness, and who has it.
#[derive(Clone)]
pub struct LikenessNote {
    /// The digest of the likeness.
    pub digest: Fingerprint,
    /// The invoice's key.
    pub key: InvoiceKey,
    /// The case that its message belongs to, or would open: it stays the same when the number is corrected.
    pub case_id: CaseId,
}

impl LikenessNote {
    /// The reply where this document and this case had the likeness first. The same document, and the same case, is no double.
    pub fn beside(&self, document: &str, case: &str) -> LikenessReply {
        let is_itself = document == self.key.document || case == self.case_id.as_str();
        if is_itself { LikenessReply::Alone } else { LikenessReply::Shared }
    }
}

/// Shows nothing of the invoice.
impl fmt::Debug for LikenessNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LikenessNote({})", self.case_id)
    }
}

/// What the table says to a likeness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikenessReply {
    /// No other document has it.
    Alone,
    /// Another document of the seller, of another case, had it first.
    Shared,
}

/// A valid invoice to be stored.
#[derive(Clone)]
pub struct NewInvoice {
    /// The table's key.
    pub key: InvoiceKey,
    /// The fingerprint of the exact body.
    pub fingerprint: Fingerprint,
    /// The body; [`Packed::parts`] go under the seller `body:<fingerprint>`.
    pub body: Packed,
    /// Milliseconds since the Unix epoch.
    pub stored_at_ms: i64,
    /// The id of the message that brought it.
    pub message_id: String,
    /// Where it came from.
    pub source: Source,
    /// Who sent it, where known.
    pub sender: Option<Sender>,
    /// The case it belongs to, when it came by a resend.
    pub case_id: Option<CaseId>,
    /// The version of the rule set that accepted it.
    pub ruleset: String,
    /// The invoice in one line; its texts are short enough for any item.
    pub summary: Summary,
    /// The codes of its warnings, each once.
    pub warnings: Vec<&'static str>,
    /// The digest of its likeness, if its double is looked for.
    pub likeness: Option<Fingerprint>,
}

/// Shows nothing of the invoice.
impl fmt::Debug for NewInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewInvoice({})", self.fingerprint)
    }
}

/// What the table says to a new invoice.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreReply {
    /// It is written.
    Stored,
    /// It is written where another invoice may have been set aside: an earlier delivery may have been held because of that one.
    StoredAfterSetAside,
    /// The key is there with the same fingerprint: nothing was written.
    SameBytes,
    /// The key is there with another fingerprint: nothing was written. Whether the contents differ is for the caller to say.
    OtherBytes {
        /// The stored body, unpacked and equal to its fingerprint.
        body: Vec<u8>,
    },
    /// Exactly these bytes were set aside from this key by a person: nothing was written, whatever is under the key now.
    SetAside {
        /// The id of the message that had brought them.
        message_id: String,
    },
}

/// Shows nothing of the invoice.
impl fmt::Debug for StoreReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stored => "Stored",
            Self::StoredAfterSetAside => "StoredAfterSetAside",
            Self::SameBytes => "SameBytes",
            Self::OtherBytes { .. } => "OtherBytes",
            Self::SetAside { .. } => "SetAside",
        })
    }
}

/// The case file: the table of held messages. The life cycle it has to keep is in [`crate::case`], as functions that say
/// what to write for what is there. The outbox of alerts is kept in it, as the two are written together.
pub trait CaseFile: AlertOutbox {
    /// Opens a case, or opens it again with a later attempt. Follow [`crate::case::on_hold`].
    fn hold(&self, case: &NewCase) -> impl Future<Output = Result<HoldReply, EffectError>> + Send;

    /// Notes on each head, if it still is at that attempt, that the message is in the dead-letter queue: sets `queued_at` unless it is
    /// set. A head that has gone on is left alone, and that is a success. One answer a case, in order.
    ///
    /// In the ordinary course [`AlertOutbox::enqueue`] says so, too, and this is not called.
    fn mark_queued(
        &self,
        cases: &[(CaseId, u32)],
        at_ms: i64,
    ) -> impl Future<Output = Vec<Result<(), EffectError>>> + Send;

    /// Closes the case of an invoice that was stored. Follow [`crate::case::on_resolve`].
    fn resolve(
        &self,
        id: &CaseId,
        resolution: &Resolution,
    ) -> impl Future<Output = Result<ResolveReply, EffectError>> + Send;

    /// The head of a case, read consistently: what decides whether a message that names the case is the case's.
    fn find(&self, id: &CaseId) -> impl Future<Output = Result<Option<CaseHead>, EffectError>> + Send;

    /// Those of the ids that have a case, read consistently.
    fn known(&self, ids: &[CaseId]) -> impl Future<Output = Result<HashSet<CaseId>, EffectError>> + Send;

    /// A body of a case, equal to its fingerprint, and the producer's attributes as they were at that attempt; `None` if the
    /// case file has no such.
    fn fetch(
        &self,
        id: &CaseId,
        version: BodyVersion,
    ) -> impl Future<Output = Result<Option<HeldContents>, EffectError>> + Send;
}

/// What the case file says to a message to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldReply {
    /// The case was opened, or opened again with this attempt.
    Opened,
    /// The case is there and has this body; nothing was written.
    AlreadyHeld {
        /// The attempt under which it has it: the message's, or a later one.
        attempt: u32,
        /// It is in the dead-letter queue, or needs not be any more.
        queued: bool,
        /// It is in the outbox of alerts, or was, or need not be any more.
        alerted: bool,
    },
    /// The case has gone past this body: a late copy. Nothing was written, nothing is to be done.
    Superseded,
    /// The case has this attempt with another body. Nothing was written.
    Occupied {
        /// The last attempt that the case has had.
        attempt: u32,
    },
}

/// How a case ended: its invoice was stored.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The attempt that the message carried.
    pub attempt: u32,
    /// The invoice that was stored.
    pub invoice: InvoiceKey,
    /// The fingerprint of the stored body.
    pub fingerprint: Fingerprint,
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// What the case file says to a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolveReply {
    /// The case is closed now.
    Resolved,
    /// The case was closed so before.
    AlreadyResolved,
    /// There is no such case.
    NoCase,
    /// There is a case of this id, and it is of another message.
    Foreign,
}

/// What a case holds of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldContents {
    /// The exact body, equal to its fingerprint.
    pub body: Vec<u8>,
    /// The producer's attributes as JSON ([`crate::attributes::to_json`]), if there were any.
    pub producer_attributes: Option<Vec<u8>>,
}

impl HeldContents {
    /// The producer's attributes.
    pub fn producer(&self) -> Result<Vec<Attribute>, EffectError> {
        let corrupt = |error| EffectError::new(EffectErrorKind::Corrupt, effects::FETCH).with_source(error);
        self.producer_attributes.as_deref().map_or_else(|| Ok(Vec::new()), from_json).map_err(corrupt)
    }
}

/// Shows sizes, never contents.
impl fmt::Debug for HeldContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = self.producer_attributes.as_ref().map_or(0, Vec::len);
        write!(f, "HeldContents({} bytes, {attributes} of attributes)", self.body.len())
    }
}

/// The dead-letter queue.
pub trait InvalidMessageChannel {
    /// Sends messages, in batches planned by [`crate::plan::batches`]. One answer a message, in order.
    fn send(&self, messages: &[HeldMessage]) -> impl Future<Output = Vec<Result<(), EffectError>>> + Send;
}

/// A held message as it stands in the queue: within all of SQS's limits.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldMessage {
    /// Its case.
    pub case_id: CaseId,
    /// Its attempt.
    pub attempt: u32,
    /// The original body, or a claim check that names it.
    pub body: String,
    /// At most ten.
    pub attributes: Vec<Attribute>,
}

impl HeldMessage {
    /// The bytes that SQS counts: body and attributes.
    pub fn size(&self) -> usize {
        self.body.len() + self.attributes.iter().map(Attribute::size).sum::<usize>()
    }
}

/// Shows nothing of the message.
impl fmt::Debug for HeldMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldMessage({}, attempt {}, {} bytes)", self.case_id, self.attempt, self.size())
    }
}

/// A case on its way back into the intake queue: within all of SQS's limits.
#[derive(Clone, PartialEq, Eq)]
pub struct ResentMessage {
    /// Its case.
    pub case_id: CaseId,
    /// The attempt that it is.
    pub attempt: u32,
    /// The body, or a claim check that names it.
    pub body: String,
    /// `InvalidMessageId`, `Attempt`, `Source`, and the producer's; at most ten.
    pub attributes: Vec<Attribute>,
    /// `MessageGroupId`: one a seller, so that a large resend of one seller does not delay the others (SQS fair queues). At most
    /// 128 letters and digits, and no value of the invoice.
    pub group: String,
    /// The trace of the call that sends it: `AWSTraceHeader`, which is no attribute of the message and does not count towards its size.
    pub trace: Option<String>,
}

impl ResentMessage {
    /// The bytes that SQS counts: body and attributes.
    pub fn size(&self) -> usize {
        self.body.len() + self.attributes.iter().map(Attribute::size).sum::<usize>()
    }
}

/// Shows nothing of the message.
impl fmt::Debug for ResentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResentMessage({}, attempt {}, {} bytes)", self.case_id, self.attempt, self.size())
    }
}

/// The topic that the administrators listen to.
pub trait Alerts {
    /// Publishes alerts, in batches planned by [`crate::plan::batches`]. One answer an alert, in order.
    fn publish(&self, alerts: &[Alert]) -> impl Future<Output = Vec<Result<(), EffectError>>> + Send;
}

/// A message to the administrators: within all of SNS's limits, and without any value of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// 32 hexadecimal digits. An alert that is published twice, as the first reply was lost, has the same.
    pub id: String,
    /// ASCII, under 100 characters, no line break.
    pub subject: &'static str,
    /// The text.
    pub body: String,
    /// Name and value of the attributes that subscribers filter by; all of type `String`.
    pub attributes: Vec<(&'static str, String)>,
    /// The held messages that it reports.
    pub covers: Vec<(CaseId, u32)>,
}

impl Alert {
    /// The bytes that SNS counts: subject, body and attributes with their types.
    pub fn size(&self) -> usize {
        let attributes =
            self.attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len());
        self.subject.len() + self.body.len() + attributes.sum::<usize>()
    }
}

/// The time, and chance.
pub trait Clock {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;

    /// Comes back at that time, or at once if it is past: what bounds an effect that does not answer.
    fn until_ms(&self, at_ms: i64) -> impl Future<Output = ()> + Send;

    /// A number below `bound` by chance, for the length of a pause; 0 where `bound` is 0.
    fn chance(&self, bound: u64) -> u64;
}

#[cfg(test)]
#[path = "ports/tests.rs"]
mod tests;
