//! Bringing a held message to its place, for the intake and for the redrive.
//!
//! ```text
//! hold ─▶ queue ─▶ notify, which marks the case ─▶ mark, where notify did not
//! ```
//!
//! Each step can be repeated without harm. A message whose step failed is left where it came from, and comes again.

use aduana_invoice::{Fingerprint, InvoiceKey};

use crate::alerts::{AlertDispatcher, AlertItem, DispatchResult};
use crate::case::CaseHead;
use crate::effects;
use crate::error::{EffectError, EffectErrorKind};
use crate::judge_message::{Panicked, RejectedMessage, UnpackedMessage, contain};
use crate::message::{BodyVersion, CaseId};
use crate::ports::{
    CaseFile, CasePorts, Clock, HeldContents, HeldMessage, HoldReply, InvalidMessageChannel, Resolution,
    ResolveReply,
};

/// How often a message asks the case file for a place: in each case that it may have, or as the attempt after the last of its own
/// case. More tries are only needed if others ask for the same place at that moment.
const HOLD_TRIES: u32 = 6;

/// Why a message is not in its place.
#[derive(Debug, Clone)]
pub enum HoldError {
    /// Computing what to write panicked.
    Panicked,
    /// An effect failed.
    Effect(EffectError),
}

/// A message that could not be held, and why.
pub struct NotHeld {
    /// The message.
    pub rejected: RejectedMessage,
    /// Why.
    pub error: HoldError,
}

impl NotHeld {
    /// Whether the case file was throttling.
    pub const fn is_throttled(&self) -> bool {
        matches!(&self.error, HoldError::Effect(error) if error.is_throttled())
    }
}

impl From<Panicked> for HoldError {
    fn from(_: Panicked) -> Self {
        Self::Panicked
    }
}

impl From<EffectError> for HoldError {
    fn from(error: EffectError) -> Self {
        Self::Effect(error)
    }
}

/// A message in the case file, and what has been done for it since.
pub struct Held {
    /// The message, with the case and the attempt that the case file has given it.
    pub rejected: RejectedMessage,
    queued: bool,
    alerted: bool,
    /// Whether it is queued and its case is not marked so.
    unmarked: bool,
    failure: Option<HoldError>,
}

impl Held {
    const fn new(rejected: RejectedMessage, queued: bool, alerted: bool) -> Self {
        Self { rejected, queued, alerted, unmarked: false, failure: None }
    }

    /// The case and the attempt.
    pub fn key(&self) -> (CaseId, u32) {
        (self.rejected.unpacked.case_id.clone(), self.rejected.unpacked.attempt)
    }

    /// What two deliveries of one attempt have in common. The body is part of it: a late copy of another body may say the same attempt.
    pub fn identity(&self) -> (CaseId, u32, Fingerprint) {
        let (case, attempt) = self.key();
        (case, attempt, self.rejected.fingerprint)
    }

    /// Its copy is in the dead-letter queue, whether or not the case is marked so.
    pub const fn set_queued(&mut self) {
        self.unmarked |= !self.queued;
        self.queued = true;
    }

    /// The message, if every step succeeded.
    pub fn into_result(self) -> Result<RejectedMessage, HoldError> {
        self.failure.map_or(Ok(self.rejected), Err)
    }

    fn fail(&mut self, error: impl Into<HoldError>) {
        self.failure.get_or_insert(error.into());
    }
}

/// The steps, for one call.
pub struct HeldPipeline<'p, P> {
    /// The ports and the deadline, too.
    pub dispatcher: AlertDispatcher<'p, P>,
}

impl<P: CasePorts> HeldPipeline<'_, P> {
    /// Puts a message into the case file. A throttled one is given back at once: before it is held later, the caller must ask anew whether
    /// it is stored by then.
    pub async fn hold(&self, mut rejected: RejectedMessage) -> Result<Held, Box<NotHeld>> {
        let mut other_places = rejected.unpacked.places(&rejected.fingerprint).skip(1);
        for _ in 0..HOLD_TRIES {
            let reply = match contain(|| rejected.case()) {
                Ok(case) => {
                    self.dispatcher.once(effects::HOLD, self.dispatcher.ports.cases().hold(&case)).await
                }
                Err(panicked) => return Err(Box::new(NotHeld { rejected, error: panicked.into() })),
            };
            match reply {
                Ok(HoldReply::Opened) => return Ok(Held::new(rejected, false, false)),
                Ok(HoldReply::AlreadyHeld { attempt, queued, alerted }) => {
                    rejected.unpacked.attempt = attempt;
                    return Ok(Held::new(rejected, queued, alerted));
                }
                Ok(HoldReply::Superseded) => return Ok(Held::new(rejected, true, true)),
                // Of two corrections that were sent at once, this is the second.
                Ok(HoldReply::Occupied { attempt }) if rejected.unpacked.resent => {
                    rejected.unpacked.attempt = attempt.saturating_add(1);
                }
                Ok(HoldReply::Occupied { .. }) => match other_places.next() {
                    Some(case) => rejected.unpacked.case_id = case,
                    None => break,
                },
                Err(error) => return Err(Box::new(NotHeld { rejected, error: error.into() })),
            }
        }
        let error = EffectError::new(EffectErrorKind::Corrupt, effects::HOLD).into();
        Err(Box::new(NotHeld { rejected, error }))
    }

    /// Queues the messages that are not queued, enqueues their alerts, and marks their cases. Publishes what is due at once.
    pub async fn queue_and_notify(&self, held: &mut [Held]) -> DispatchResult {
        self.queue(held).await;
        let dispatched = self.notify(held).await;
        self.mark(held).await;
        dispatched
    }

    async fn queue(&self, held: &mut [Held]) {
        let (mut messages, mut waiting) = (Vec::new(), Vec::new());
        for held in held.iter_mut().filter(|held| !held.queued) {
            match contain(|| held.rejected.message()) {
                Ok(message) => {
                    messages.push(message);
                    waiting.push(held);
                }
                Err(panicked) => held.fail(panicked),
            }
        }
        if messages.is_empty() {
            return;
        }
        let sending = |messages: Vec<HeldMessage>| async move {
            let answers = self.dispatcher.ports.channel().send(&messages).await;
            (messages, answers)
        };
        let answers = self.dispatcher.bounded_all(effects::QUEUE, messages, sending).await;
        for (held, answer) in waiting.into_iter().zip(answers) {
            match answer {
                Ok(()) => held.set_queued(),
                Err(error) => held.fail(error),
            }
        }
    }

    async fn notify(&self, held: &mut [Held]) -> DispatchResult {
        let is_due = |held: &Held| held.queued && !held.alerted;
        let items: Vec<AlertItem<'_>> = held.iter().filter(|held| is_due(held)).map(item).collect();
        let (answers, dispatched) = self.dispatcher.notify(&items).await;
        for (held, answer) in held.iter_mut().filter(|held| is_due(held)).zip(answers) {
            match answer {
                Ok(()) => (held.alerted, held.unmarked) = (true, false),
                Err(error) => held.fail(error),
            }
        }
        dispatched
    }

    /// Marks the cases that the outbox has not marked, so that the next delivery does not queue them again.
    async fn mark(&self, held: &mut [Held]) {
        let keys: Vec<_> = held.iter().filter(|held| held.unmarked).map(Held::key).collect();
        if keys.is_empty() {
            return;
        }
        let ports = self.dispatcher.ports;
        let marking = |keys: Vec<(CaseId, u32)>| async move {
            let answers = ports.cases().mark_queued(&keys, ports.clock().now_ms()).await;
            (keys, answers)
        };
        let answers = self.dispatcher.bounded_all(effects::MARK, keys, marking).await;
        for (held, answer) in held.iter_mut().filter(|held| held.unmarked).zip(answers) {
            if let Err(error) = answer {
                held.fail(error);
            }
        }
    }

    /// Closes the case of a message whose invoice is stored. The case that was closed.
    ///
    /// A message that carries no case may have one all the same, if an earlier delivery of it was rejected.
    pub async fn resolve(
        &self,
        unpacked: &UnpackedMessage,
        may_have_case: bool,
        invoice: &InvoiceKey,
        fingerprint: Fingerprint,
    ) -> Result<Option<CaseId>, EffectError> {
        if !unpacked.resent && !may_have_case {
            return Ok(None);
        }
        for case in unpacked.places(&fingerprint) {
            match self.resolve_case(&case, unpacked.attempt, invoice, fingerprint).await? {
                ResolveReply::Resolved => return Ok(Some(case)),
                ResolveReply::AlreadyResolved | ResolveReply::NoCase => break,
                ResolveReply::Foreign => {}
            }
        }
        Ok(None)
    }

    /// Closes this case and no other.
    pub async fn resolve_case(
        &self,
        case: &CaseId,
        attempt: u32,
        invoice: &InvoiceKey,
        fingerprint: Fingerprint,
    ) -> Result<ResolveReply, EffectError> {
        let ports = self.dispatcher.ports;
        let at_ms = ports.clock().now_ms();
        let resolution = Resolution { attempt, invoice: invoice.clone(), fingerprint, at_ms };
        self.dispatcher.bounded(effects::RESOLVE, || ports.cases().resolve(case, &resolution)).await
    }

    /// The head of a case.
    pub async fn find(&self, case: &CaseId) -> Result<Option<CaseHead>, EffectError> {
        self.dispatcher.bounded(effects::FIND, || self.dispatcher.ports.cases().find(case)).await
    }

    /// A body of a case, and the producer's attributes.
    pub async fn fetch(
        &self,
        case: &CaseId,
        version: BodyVersion,
    ) -> Result<Option<HeldContents>, EffectError> {
        let fetching = || self.dispatcher.ports.cases().fetch(case, version);
        self.dispatcher.bounded(effects::FETCH, fetching).await
    }
}

fn item(held: &Held) -> AlertItem<'_> {
    let RejectedMessage { unpacked, reasons, .. } = &held.rejected;
    AlertItem { case_id: &unpacked.case_id, attempt: unpacked.attempt, reasons }
}
