//! A batch of messages in, the outcome of each out.
//!
//! ```text
//! unpack ─▶ judge ─┬─▶ (compare) ─▶ store ─┬─────────────────▶ (resolve) ─▶ Stored | AlreadyStored
//!                  │                       └ other contents ─┐
//!                  └─────────────────────────────────────────┴─▶ hold ─▶ queue ─▶ notify ─▶ Held
//! ```
//!
//! The messages are placed in waves (`place`), so that the invoices of a batch are stored together.
//! A step that fails makes the message a Retry. The steps before it can be repeated without harm.

mod place;
mod unpack;

use std::collections::HashMap;
use std::num::NonZeroUsize;

use aduana_invoice::{Lang, Validator};

use self::place::{KeyedQueues, Placement};
use crate::report::{BatchReport, HeldReport, MessageReport, RefusedClaim, RetryCause};
use aduana_cases::alerts::{AlertDispatcher, WINDOW_MS, Windows};
use aduana_cases::error::EffectError;
use aduana_cases::held::{Held, HeldPipeline, HoldError};
use aduana_cases::judge_message::{Judge, Judged, Panicked, RejectedMessage, contain};
use aduana_cases::message::Envelope;
use aduana_cases::ports::{CasePorts, Clock, InvoiceStore};

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
    /// are placed side by side, and valid ones are stored together.
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

        let mut held = Vec::new();
        for (index, placed) in self.place_all(queues).await {
            match placed {
                Ok(Placement::Done(report)) => drop(reports.insert(index, report)),
                Ok(Placement::Held(message)) => held.push((index, *message)),
                Err(cause) => drop(reports.insert(index, MessageReport::Retry(cause))),
            }
        }
        // The messages of a wave end in any order. The dead-letter queue and the alerts have the order of the batch.
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

    fn check_start(&self) -> Result<(), RetryCause> {
        if self.ports.clock().now_ms() < self.start_by_ms { Ok(()) } else { Err(RetryCause::Deadline) }
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
