//! Calling the ports: none of them may keep the batch from its reply.

use std::future::Future;

use super::{Intake, Settings};
use aduana_cases::bounded::{bounded, bounded_all};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::ports::{
    Alerts, CaseFile, Clock, HeldContents, InvalidMessageChannel, InvoiceStore, NewInvoice, StoreReply,
};
use aduana_invoice::{Fingerprint, InvoiceKey};

pub(super) const STORE: &str = "store the invoice";
pub(super) const LOOK_UP: &str = "look the invoice up";
pub(super) const HOLD: &str = "put the message into the case file";
pub(super) const FETCH: &str = "fetch the message from the case file";
pub(super) const RESOLVE: &str = "close the case";
pub(super) const MARK: &str = "mark the case";
pub(super) const QUEUE: &str = "send the message to the dead-letter queue";

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

    /// Gives `work` until it is time to stop.
    pub(super) async fn bounded<T>(
        &self,
        effect: &'static str,
        deadline: Deadline,
        work: impl Future<Output = Result<T, EffectError>> + Send,
    ) -> Result<T, EffectError> {
        bounded(&self.ports.clock, deadline.stop_by_ms, effect, work).await
    }

    /// The same for `count` effects at once: always one answer each.
    pub(super) async fn bounded_all(
        &self,
        effect: &'static str,
        deadline: Deadline,
        count: usize,
        work: impl Future<Output = Vec<Result<(), EffectError>>> + Send,
    ) -> Vec<Result<(), EffectError>> {
        bounded_all(&self.ports.clock, deadline.stop_by_ms, effect, count, work).await
    }
}
