//! Calling the ports: none of them may keep the batch from its reply.

use std::future::Future;
use std::pin::pin;

use aduana_invoice::{Fingerprint, InvoiceKey};
use futures_util::future::{Either, select};

use super::{Intake, Settings};
use crate::arrival::Judge;
use crate::error::{EffectError, EffectErrorKind};
use crate::message::{BodyVersion, CaseId};
use crate::ports::{
    Alerts, CaseFile, Clock, HeldContents, InvalidMessageChannel, InvoiceStore, NewInvoice, StoreReply,
};

pub(super) const STORE: &str = "store the invoice";
pub(super) const LOOK_UP: &str = "look the invoice up";
pub(super) const HOLD: &str = "put the message into the case file";
pub(super) const FETCH: &str = "fetch the message from the case file";
pub(super) const RESOLVE: &str = "close the case";
pub(super) const MARK: &str = "mark the case";
pub(super) const QUEUE: &str = "send the message to the dead-letter queue";
pub(super) const ALERT: &str = "publish the alert";

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) start_by_ms: i64,
    pub(super) stop_by_ms: i64,
}

impl Deadline {
    pub(super) const fn new(deadline_ms: i64, settings: Settings) -> Self {
        Self {
            start_by_ms: deadline_ms.saturating_sub(settings.start_margin_ms),
            stop_by_ms: deadline_ms.saturating_sub(settings.stop_margin_ms),
        }
    }
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
    pub(super) async fn store(
        &self,
        invoice: &NewInvoice,
        deadline: Deadline,
    ) -> Result<StoreReply, EffectError> {
        self.bounded(STORE, deadline, self.ports.store.store(invoice)).await
    }

    pub(super) async fn has(
        &self,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
        deadline: Deadline,
    ) -> Result<bool, EffectError> {
        self.bounded(LOOK_UP, deadline, self.ports.store.has(key, fingerprint)).await
    }

    pub(super) async fn fetch(
        &self,
        case: &CaseId,
        version: BodyVersion,
        deadline: Deadline,
    ) -> Result<Option<HeldContents>, EffectError> {
        self.bounded(FETCH, deadline, self.ports.cases.fetch(case, version)).await
    }

    /// Gives `work` until it is time to stop. What is given up then may still happen.
    pub(super) async fn bounded<T>(
        &self,
        effect: &'static str,
        deadline: Deadline,
        work: impl Future<Output = Result<T, EffectError>> + Send,
    ) -> Result<T, EffectError> {
        let timed_out = || EffectError::new(EffectErrorKind::TimedOut, effect);
        if self.ports.clock.now_ms() >= deadline.stop_by_ms {
            return Err(timed_out());
        }
        let stop = self.ports.clock.until_ms(deadline.stop_by_ms);
        match select(pin!(work), pin!(stop)).await {
            // One name for an effect in logs and metrics, whatever the adapter had to do for it.
            Either::Left((result, _)) => result.map_err(|error| error.of(effect)),
            Either::Right(_) => Err(timed_out()),
        }
    }

    /// The same for `count` effects at once: always one answer each.
    pub(super) async fn bounded_all(
        &self,
        effect: &'static str,
        deadline: Deadline,
        count: usize,
        work: impl Future<Output = Vec<Result<(), EffectError>>> + Send,
    ) -> Vec<Result<(), EffectError>> {
        let mut answers = match self.bounded(effect, deadline, async { Ok(work.await) }).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); count],
        };
        // An effect without an answer did not happen, as far as anybody can say.
        answers.resize(count, Err(EffectError::new(EffectErrorKind::Failed, effect)));
        answers.into_iter().map(|answer| answer.map_err(|error| error.of(effect))).collect()
    }
}
