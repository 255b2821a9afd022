//! A batch of messages in, the outcome of each out.
//!
//! ```text
//! unpack ─▶ judge ─┬─▶ (compare) ─▶ store ─┬─────────────────▶ (resolve) ─▶ Stored | AlreadyStored
//!                  │                       └ other contents ─┐
//!                  └─────────────────────────────────────────┴─▶ hold ─▶ queue ─▶ notify ─▶ Held
//! ```
//!
//! A step that fails makes the message a Retry. The steps before it can be repeated without harm.

mod unpack;

use std::collections::HashMap;
use std::num::NonZeroUsize;

use aduana_invoice::{InvoiceKey, Lang, Validator};
use futures_util::StreamExt;
use futures_util::stream;

use crate::report::{BatchReport, HeldReport, MessageReport, RefusedClaim, RetryCause};
use aduana_cases::alerts::{AlertDispatcher, WINDOW_MS, Windows};
use aduana_cases::effects::{LOOK_UP, NOTE_LIKENESS, STORE};
use aduana_cases::error::EffectError;
use aduana_cases::held::{Held, HeldPipeline, HoldError};
use aduana_cases::judge_message::{
    AcceptedMessage, Judge, Judged, Panicked, RejectedMessage, SUSPECTED, contain,
};
use aduana_cases::message::{CaseId, Envelope};
use aduana_cases::ports::{
    CasePorts, Clock, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, StoreReply,
};

/// What the intake needs of the services outside.
pub trait IntakePorts: CasePorts {
    /// The table of valid invoices.
    type Invoices: InvoiceStore + Sync;

    /// The table of valid invoices.
    fn invoices(&self) -> &Self::Invoices;
}

/// What a deployment may decide of the intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most messages of a batch that are placed at the same time.
    pub concurrency: NonZeroUsize,
    /// The language of the alerts.
    pub lang: Lang,
    /// How long a suppression window is open, in milliseconds. 0 means none: each batch is reported at once.
    pub window_ms: i64,
    /// No message is started with less than this left before the deadline, in milliseconds. It must be enough for the message's own
    /// effects with their retries, and for those of the batch that follow.
    pub start_margin_ms: i64,
    /// Effects time out this long before the deadline, in milliseconds. It must be enough to write the log and to reply.
    pub stop_margin_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::MIN.saturating_add(15),
            lang: Lang::En,
            window_ms: WINDOW_MS,
            start_margin_ms: 5_000,
            stop_margin_ms: 500,
        }
    }
}

/// Judges messages and brings each to its place.
#[derive(Debug)]
pub struct Intake<P, J = Validator> {
    ports: P,
    judge: J,
    settings: Settings,
    windows: Windows,
}

impl<P: IntakePorts, J: Judge + Sync> Intake<P, J> {
    /// An intake over these ports.
    pub fn new(ports: P, judge: J, settings: Settings) -> Self {
        Self { ports, judge, settings, windows: Windows::default() }
    }

    /// Brings every message of a batch to its place, by `deadline_ms` (milliseconds since the Unix epoch).
    ///
    /// Messages with the same invoice, or of the same case, are placed one after the other in the order of the batch. All others
    /// are placed side by side.
    pub async fn run(&self, envelopes: Vec<Envelope>, deadline_ms: i64) -> BatchReport {
        let Self { ports, judge, settings, windows } = self;
        let dispatcher = AlertDispatcher {
            ports,
            windows,
            window_ms: settings.window_ms,
            lang: settings.lang,
            stop_by_ms: deadline_ms.saturating_sub(settings.stop_margin_ms),
        };
        let batch = Batch {
            ports,
            judge,
            concurrency: settings.concurrency,
            start_by_ms: deadline_ms.saturating_sub(settings.start_margin_ms),
            pipeline: HeldPipeline { dispatcher },
        };
        // The state of all steps at once: kept off the stack.
        Box::pin(batch.run(envelopes)).await
    }
}

/// A batch at work.
struct Batch<'i, P, J> {
    ports: &'i P,
    judge: &'i J,
    concurrency: NonZeroUsize,
    start_by_ms: i64,
    pipeline: HeldPipeline<'i, P>,
}

/// Something of a message, with the message's index in the batch.
type Indexed<T> = (usize, T);

/// Where a message is.
enum Placement {
    /// In its place, or left for redelivery.
    Done(MessageReport),
    /// In the case file, and yet to be queued.
    Held(Box<Held>),
}

impl<P: IntakePorts, J: Judge + Sync> Batch<'_, P, J> {
    async fn run(&self, envelopes: Vec<Envelope>) -> BatchReport {
        let ids: Vec<String> = envelopes.iter().map(|envelope| envelope.id.clone()).collect();
        let mut reports: HashMap<usize, MessageReport> = HashMap::new();

        let mut queues = KeyedQueues::default();
        let mut refused_claims = Vec::new();
        for (index, envelope) in envelopes.into_iter().enumerate() {
            match self.judge(envelope).await {
                Ok((judged, refused)) => {
                    queues.add(index, judged);
                    refused_claims.extend(refused);
                }
                Err(cause) => drop(reports.insert(index, MessageReport::Retry(cause))),
            }
        }

        let queues: Vec<_> = queues.all.into_iter().map(|queue| self.place_all(queue)).collect();
        let mut placed = stream::iter(queues).buffer_unordered(self.concurrency.get());
        let mut held = Vec::new();
        while let Some(queue) = placed.next().await {
            for (index, placement) in queue {
                match placement {
                    Placement::Done(report) => drop(reports.insert(index, report)),
                    Placement::Held(message) => held.push((index, *message)),
                }
            }
        }
        // The queues end in any order. The dead-letter queue and the alerts have the order of the batch.
        held.sort_by_key(|(index, _)| *index);
        let (mut held, indexes) = distinct(held);
        let alerts = self.pipeline.queue_and_notify(&mut held).await;
        for (held, indexes) in held.into_iter().zip(indexes) {
            let report = MessageReport::from(held);
            reports.extend(indexes.into_iter().map(|index| (index, report.clone())));
        }

        let report =
            |(index, id)| (id, reports.remove(&index).unwrap_or(MessageReport::Retry(RetryCause::Deadline)));
        BatchReport::new(ids.into_iter().enumerate().map(report).collect(), alerts, refused_claims)
    }

    async fn judge(&self, envelope: Envelope) -> Result<(Judged, Option<RefusedClaim>), RetryCause> {
        self.check_start()?;
        let (unpacked, refused) = self.unpack(envelope).await?;
        let now_ms = self.ports.clock().now_ms();
        Ok((contain(|| unpacked.judge(self.judge, now_ms))?, refused))
    }

    /// Places the messages of one queue, one after the other. A partition of Kafka has an order: the messages of it that follow a
    /// failed one wait for it, as they are delivered again in any case.
    async fn place_all(&self, queue: Vec<Indexed<Judged>>) -> Vec<Indexed<Placement>> {
        let mut placed = Vec::with_capacity(queue.len());
        let mut blocked = Vec::new();
        for (index, judged) in queue {
            let partition = judged.unpacked().partition.clone();
            let placement = if partition.is_some() && blocked.contains(&partition) {
                Err(RetryCause::Behind)
            } else {
                self.place(judged).await
            };
            if placement.is_err() {
                blocked.push(partition);
            }
            let retry = |cause| Placement::Done(MessageReport::Retry(cause));
            placed.push((index, placement.unwrap_or_else(retry)));
        }
        placed
    }

    async fn place(&self, judged: Judged) -> Result<Placement, RetryCause> {
        self.check_start()?;
        match judged {
            Judged::Accepted(accepted) => self.place_accepted(*accepted).await,
            Judged::Rejected(rejected) => {
                let may_be_stored = rejected.unpacked.may_be_redelivery;
                self.place_rejected(*rejected, may_be_stored).await
            }
        }
    }

    async fn place_accepted(&self, accepted: AcceptedMessage) -> Result<Placement, RetryCause> {
        let accepted = match self.compare(accepted).await? {
            Judged::Accepted(accepted) => *accepted,
            // Its double was stored, or itself, by an earlier message.
            Judged::Rejected(rejected) => return self.place_rejected(*rejected, true).await,
        };
        let AcceptedMessage { unpacked, invoice, .. } = &accepted;
        let storing = self.ports.invoices().store(invoice);
        let stored = self.pipeline.dispatcher.bounded(STORE, storing).await?;
        if let StoreReply::OtherBytes { body } = &stored
            && !contain(|| self.judge.same_content(body, &unpacked.body))?
        {
            let rejected = contain(|| accepted.into_conflict(self.judge))?;
            return self.hold(rejected).await;
        }
        // The message that had brought it is in its place. Another with these bytes is for a person to decide about.
        if let StoreReply::SetAside { message_id } = &stored
            && *message_id != unpacked.message_id
        {
            let rejected = contain(|| accepted.into_conflict(self.judge))?;
            return self.hold(rejected).await;
        }
        let may_have_case = unpacked.may_be_redelivery || stored == StoreReply::StoredAfterSetAside;
        let resolved =
            self.pipeline.resolve(unpacked, may_have_case, &invoice.key, invoice.fingerprint).await?;
        Ok(Placement::Done(match stored {
            StoreReply::Stored | StoreReply::StoredAfterSetAside => MessageReport::Stored {
                resolved,
                suspected: invoice.warnings.contains(&SUSPECTED).then(|| unpacked.case_id.clone()),
            },
            StoreReply::SameBytes | StoreReply::OtherBytes { .. } | StoreReply::SetAside { .. } => {
                MessageReport::AlreadyStored { resolved }
            }
        }))
    }

    /// Looks for the double of an invoice. The note comes before the invoice: a crash between the two loses no suspicion.
    async fn compare(&self, accepted: AcceptedMessage) -> Result<Judged, RetryCause> {
        let NewInvoice { key, likeness: Some(digest), .. } = &accepted.invoice else {
            return Ok(Judged::Accepted(Box::new(accepted)));
        };
        let note = LikenessNote { digest, key, case_id: &accepted.unpacked.case_id };
        let noting = self.ports.invoices().note_likeness(&note);
        match self.pipeline.dispatcher.bounded(NOTE_LIKENESS, noting).await? {
            LikenessReply::Alone => Ok(Judged::Accepted(Box::new(accepted))),
            LikenessReply::Shared => Ok(contain(|| accepted.with_suspicion(self.judge))?),
        }
    }

    /// Holds a rejected message, unless an earlier delivery of it was accepted. Rules that look at the date, or a new ruleset, may
    /// reject today what is stored already, and no message is in two places.
    async fn place_rejected(
        &self,
        rejected: RejectedMessage,
        may_be_stored: bool,
    ) -> Result<Placement, RetryCause> {
        if may_be_stored && let Some(key) = &rejected.summary.key {
            let message_id = &rejected.unpacked.message_id;
            let looking = self.ports.invoices().has(key, &rejected.fingerprint, message_id);
            if self.pipeline.dispatcher.bounded(LOOK_UP, looking).await? {
                let resolved =
                    self.pipeline.resolve(&rejected.unpacked, true, key, rejected.fingerprint).await?;
                return Ok(Placement::Done(MessageReport::AlreadyStored { resolved }));
            }
        }
        self.hold(rejected).await
    }

    async fn hold(&self, rejected: RejectedMessage) -> Result<Placement, RetryCause> {
        Ok(Placement::Held(Box::new(self.pipeline.hold(rejected).await?)))
    }

    fn check_start(&self) -> Result<(), RetryCause> {
        if self.ports.clock().now_ms() < self.start_by_ms { Ok(()) } else { Err(RetryCause::Deadline) }
    }
}

/// The judged messages of a batch, those that would write the same item in one queue.
#[derive(Default)]
struct KeyedQueues {
    all: Vec<Vec<Indexed<Judged>>>,
    by_invoice: HashMap<InvoiceKey, usize>,
    by_case: HashMap<CaseId, usize>,
}

impl KeyedQueues {
    fn add(&mut self, index: usize, judged: Judged) {
        let new = self.all.len();
        let queue = match &judged {
            Judged::Accepted(accepted) => *self.by_invoice.entry(accepted.invoice.key.clone()).or_insert(new),
            Judged::Rejected(rejected) => {
                *self.by_case.entry(rejected.unpacked.case_id.clone()).or_insert(new)
            }
        };
        match self.all.get_mut(queue) {
            Some(messages) => messages.push((index, judged)),
            None => self.all.push(vec![(index, judged)]),
        }
    }
}

/// The held messages, and the indexes of each. Copies of one attempt in one batch are queued and reported once.
fn distinct(messages: Vec<Indexed<Held>>) -> (Vec<Held>, Vec<Vec<usize>>) {
    let (mut held, mut indexes): (Vec<Held>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    let mut known = HashMap::new();
    for (index, message) in messages {
        let at = *known.entry(message.identity()).or_insert(held.len());
        if let Some(indexes) = indexes.get_mut(at) {
            indexes.push(index);
        } else {
            held.push(message);
            indexes.push(vec![index]);
        }
    }
    (held, indexes)
}

impl From<Held> for MessageReport {
    fn from(held: Held) -> Self {
        match held.into_result() {
            Ok(RejectedMessage { unpacked, reasons, .. }) => Self::Held(Box::new(HeldReport {
                case_id: unpacked.case_id,
                attempt: unpacked.attempt,
                source: unpacked.source,
                sender: unpacked.sender,
                reasons,
            })),
            Err(error) => Self::Retry(error.into()),
        }
    }
}

impl From<Panicked> for RetryCause {
    fn from(_: Panicked) -> Self {
        Self::Panic
    }
}

impl From<EffectError> for RetryCause {
    fn from(error: EffectError) -> Self {
        Self::Effect(error)
    }
}

impl From<HoldError> for RetryCause {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Panicked => Self::Panic,
            HoldError::Effect(error) => Self::Effect(error),
        }
    }
}
