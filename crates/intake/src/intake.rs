//! A batch of messages in, what became of each out.
//!
//! ```text
//! open ─▶ judge ─┬─▶ store ─┬──────────────────────────▶ (resolve) ─▶ Stored | AlreadyStored
//!                │          └ other contents ─┐
//!                └────────────────────────────┴─▶ hold ─▶ queue ─▶ notice, marks ─▶ (alert) ─▶ Held
//! ```
//!
//! Whatever fails on the way makes the message a Retry; the effects that happened before can be repeated without harm.

mod effects;
mod notify;
mod open;

use std::collections::HashMap;
use std::num::NonZeroUsize;

use aduana_invoice::{Fingerprint, InvoiceKey, Lang, Validator};
use futures_util::StreamExt;
use futures_util::stream;

use crate::report::{BatchReport, Disposition, RetryCause};
use aduana_cases::alerts::{WINDOW_MS, Windows};
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::judge_message::{
    AcceptedMessage, HOLD_TRIES, Judge, Judged, Marks, Panicked, RejectedMessage, UnpackedMessage, contain,
};
use aduana_cases::message::{CaseId, Envelope};
use aduana_cases::ports::{
    Alerts, CaseFile, Clock, HoldReply, InvalidMessageChannel, InvoiceStore, Resolution, ResolveReply,
    StoreReply,
};
use effects::Deadline;

/// The world outside, one port a capability.
#[derive(Debug, Clone)]
pub struct Ports<S, C, Q, A, K> {
    /// The table of valid invoices.
    pub store: S,
    /// The case file.
    pub cases: C,
    /// The dead-letter queue.
    pub channel: Q,
    /// The administrators' topic.
    pub alerts: A,
    /// The time.
    pub clock: K,
}

/// What a deployment may decide of the intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most records of a batch that have effects at work at the same time.
    pub concurrency: NonZeroUsize,
    /// The language of the alerts.
    pub lang: Lang,
    /// How long further messages of a group are only counted after it was told of, in milliseconds; 0: each batch is told of at once.
    pub window_ms: i64,
    /// No record is started with less than this left before the deadline, in milliseconds: enough for its own effects
    /// with their retries, and for those of the batch that follow.
    pub start_margin_ms: i64,
    /// Effects that have not answered this long before the deadline are given up, in milliseconds: enough to write the
    /// log and to reply.
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
pub struct Intake<S, C, Q, A, K, J = Validator> {
    ports: Ports<S, C, Q, A, K>,
    judge: J,
    settings: Settings,
    windows: Windows,
}

/// A message on its way to the case file or beyond, with its place in the batch.
type Indexed<T> = (usize, T);

/// How a message left its lane: settled, or in the case file and yet to be queued.
enum Placement {
    Settled(Disposition),
    Held(Box<Held>),
}

/// A message in the case file.
struct Held {
    rejected: RejectedMessage,
    marks: Marks,
}

impl<S, C, Q, A, K, J> Intake<S, C, Q, A, K, J>
where
    S: InvoiceStore + Sync,
    C: CaseFile + Sync,
    Q: InvalidMessageChannel + Sync,
    A: Alerts + Sync,
    K: Clock + Sync,
    J: Judge + Sync,
{
    /// An intake over these ports.
    pub fn new(ports: Ports<S, C, Q, A, K>, judge: J, settings: Settings) -> Self {
        Self { ports, judge, settings, windows: Windows::default() }
    }

    /// Brings every message of a batch to its place, by `deadline_ms` (milliseconds since the Unix epoch).
    ///
    /// Messages with the same invoice, or of the same case, go one after the other in the order of the batch; all others
    /// side by side.
    pub async fn run(&self, envelopes: Vec<Envelope>, deadline_ms: i64) -> BatchReport {
        let deadline = Deadline::new(deadline_ms, self.settings);
        let ids: Vec<String> = envelopes.iter().map(|envelope| envelope.id.clone()).collect();
        let mut dispositions: HashMap<usize, Disposition> = HashMap::new();

        let mut queues = KeyedQueues::default();
        for (index, envelope) in envelopes.into_iter().enumerate() {
            match self.judge(envelope, deadline).await {
                Ok(judged) => queues.add(index, judged),
                Err(cause) => drop(dispositions.insert(index, Disposition::Retry(cause))),
            }
        }

        let queues: Vec<_> = queues.all.into_iter().map(|queue| self.place_all(queue, deadline)).collect();
        let mut placed = stream::iter(queues).buffer_unordered(self.settings.concurrency.get());
        let mut held = Vec::new();
        while let Some(queue) = placed.next().await {
            for (index, placed) in queue {
                match placed {
                    Placement::Settled(end) => drop(dispositions.insert(index, end)),
                    Placement::Held(message) => held.push((index, *message)),
                }
            }
        }
        // The lanes end in any order; what is told of them has that of the batch.
        held.sort_by_key(|(index, _)| *index);
        let (told, dispatched) = self.notify(held, deadline).await;
        dispositions.extend(told);

        let end = |(index, id)| {
            (id, dispositions.remove(&index).unwrap_or(Disposition::Retry(RetryCause::Deadline)))
        };
        BatchReport::new(ids.into_iter().enumerate().map(end).collect(), dispatched)
    }

    async fn judge(&self, envelope: Envelope, deadline: Deadline) -> Result<Judged, RetryCause> {
        self.may_start(deadline)?;
        let unpacked = self.open(envelope, deadline).await?;
        let now_ms = self.ports.clock.now_ms();
        Ok(contain(|| unpacked.judge(&self.judge, now_ms))?)
    }

    /// Places the messages of one lane, one after the other. A partition of Kafka has an order: those of it that come after
    /// one that failed wait for it, as they come again in any case.
    async fn place_all(&self, queue: Vec<Indexed<Judged>>, deadline: Deadline) -> Vec<Indexed<Placement>> {
        let mut placed = Vec::with_capacity(queue.len());
        let mut blocked = Vec::new();
        for (index, judged) in queue {
            let partition = judged.unpacked().partition.clone();
            let place = if partition.is_some() && blocked.contains(&partition) {
                Err(RetryCause::Behind)
            } else {
                self.place(judged, deadline).await
            };
            if place.is_err() {
                blocked.push(partition);
            }
            placed.push((index, place.unwrap_or_else(|cause| Placement::Settled(Disposition::Retry(cause)))));
        }
        placed
    }

    async fn place(&self, judged: Judged, deadline: Deadline) -> Result<Placement, RetryCause> {
        self.may_start(deadline)?;
        match judged {
            Judged::Accepted(accepted) => self.place_accepted(*accepted, deadline).await,
            Judged::Rejected(rejected) => self.place_rejected(*rejected, deadline).await,
        }
    }

    async fn place_accepted(
        &self,
        accepted: AcceptedMessage,
        deadline: Deadline,
    ) -> Result<Placement, RetryCause> {
        let AcceptedMessage { unpacked, invoice, .. } = &accepted;
        let stored = self.store(invoice, deadline).await?;
        if let StoreReply::OtherBytes { body } = &stored
            && !contain(|| self.judge.same_content(body, &unpacked.body))?
        {
            let rejected = contain(|| accepted.into_conflict(&self.judge))?;
            return self.hold(rejected, deadline).await;
        }
        let resolved = self.resolve(unpacked, &invoice.key, invoice.fingerprint, deadline).await?;
        Ok(Placement::Settled(match stored {
            StoreReply::Stored => Disposition::Stored { resolved },
            StoreReply::SameBytes | StoreReply::OtherBytes { .. } => Disposition::AlreadyStored { resolved },
        }))
    }

    /// Holds what was refused, unless an earlier delivery of it was accepted: rules that look at the date, or a new rule
    /// set, may refuse today what is stored already, and no message is in two places.
    async fn place_rejected(
        &self,
        rejected: RejectedMessage,
        deadline: Deadline,
    ) -> Result<Placement, RetryCause> {
        if rejected.unpacked.may_be_redelivery
            && let Some(key) = &rejected.summary.key
            && self.has(key, &rejected.fingerprint, deadline).await?
        {
            let resolved = self.resolve(&rejected.unpacked, key, rejected.fingerprint, deadline).await?;
            return Ok(Placement::Settled(Disposition::AlreadyStored { resolved }));
        }
        self.hold(rejected, deadline).await
    }

    /// Puts a message into the case file.
    async fn hold(&self, mut rejected: RejectedMessage, deadline: Deadline) -> Result<Placement, RetryCause> {
        for _ in 0..HOLD_TRIES {
            let reply = self.hold_once(&rejected, deadline).await?;
            if let Some(marks) = rejected.take_place(reply) {
                return Ok(Placement::Held(Box::new(Held { rejected, marks })));
            }
        }
        Err(EffectError::new(EffectErrorKind::Corrupt, effects::HOLD).into())
    }

    async fn hold_once(
        &self,
        rejected: &RejectedMessage,
        deadline: Deadline,
    ) -> Result<HoldReply, RetryCause> {
        let case = contain(|| rejected.case())?;
        Ok(self.bounded(effects::HOLD, deadline, self.ports.cases.hold(&case)).await?)
    }

    /// Closes the case that the message carried. One that carried none may still have a case, if an earlier delivery was
    /// refused: for the same reason as in [`Self::place_rejected`].
    async fn resolve(
        &self,
        unpacked: &UnpackedMessage,
        key: &InvoiceKey,
        fingerprint: Fingerprint,
        deadline: Deadline,
    ) -> Result<Option<CaseId>, RetryCause> {
        if !unpacked.resent && !unpacked.may_be_redelivery {
            return Ok(None);
        }
        let resolution = Resolution {
            attempt: unpacked.attempt,
            invoice: key.clone(),
            fingerprint,
            at_ms: self.ports.clock.now_ms(),
        };
        let mut next = Some(unpacked.case_id.clone());
        while let Some(case) = next {
            let closing = self.ports.cases.resolve(&case, &resolution);
            next = match self.bounded(effects::RESOLVE, deadline, closing).await? {
                ResolveReply::Resolved => return Ok(Some(case)),
                ResolveReply::AlreadyResolved | ResolveReply::NoCase => None,
                ResolveReply::Foreign => unpacked.next_case(&case, &fingerprint),
            };
        }
        Ok(None)
    }

    fn may_start(&self, deadline: Deadline) -> Result<(), RetryCause> {
        if self.ports.clock.now_ms() < deadline.start_by_ms { Ok(()) } else { Err(RetryCause::Deadline) }
    }
}

/// The judged messages of a batch, those that would write the same item in one lane.
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
