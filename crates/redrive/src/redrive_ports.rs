//! The ports of the redrive under one name, so that what works with them need not name eight types.

use super::Ports;
use super::ports::{CaseStore, DeadLetterQueue, IntakeQueue, StoredInvoices};
use aduana_cases::ports::{Alerts, CaseFile, Clock, InvalidMessageChannel};

/// The world outside. [`Ports`] is it.
#[expect(missing_docs, reason = "the fields of Ports say what they are")]
pub trait RedrivePorts: Sync {
    type CaseStore: CaseStore + Sync;
    type Cases: CaseFile + Sync;
    type Intake: IntakeQueue + Sync;
    type DeadLetterQueue: DeadLetterQueue + Sync;
    type Channel: InvalidMessageChannel + Sync;
    type Alerts: Alerts + Sync;
    type Stored: StoredInvoices + Sync;
    type Clock: Clock + Sync;

    fn case_store(&self) -> &Self::CaseStore;
    fn cases(&self) -> &Self::Cases;
    fn intake(&self) -> &Self::Intake;
    fn dead_letter_queue(&self) -> &Self::DeadLetterQueue;
    fn channel(&self) -> &Self::Channel;
    fn alerts(&self) -> &Self::Alerts;
    fn stored(&self) -> &Self::Stored;
    fn clock(&self) -> &Self::Clock;
}

impl<B, C, I, D, Q, A, S, K> RedrivePorts for Ports<B, C, I, D, Q, A, S, K>
where
    B: CaseStore + Sync,
    C: CaseFile + Sync,
    I: IntakeQueue + Sync,
    D: DeadLetterQueue + Sync,
    Q: InvalidMessageChannel + Sync,
    A: Alerts + Sync,
    S: StoredInvoices + Sync,
    K: Clock + Sync,
{
    type CaseStore = B;
    type Cases = C;
    type Intake = I;
    type DeadLetterQueue = D;
    type Channel = Q;
    type Alerts = A;
    type Stored = S;
    type Clock = K;

    fn case_store(&self) -> &B {
        &self.case_store
    }

    fn cases(&self) -> &C {
        &self.cases
    }

    fn intake(&self) -> &I {
        &self.intake
    }

    fn dead_letter_queue(&self) -> &D {
        &self.dead_letter_queue
    }

    fn channel(&self) -> &Q {
        &self.channel
    }

    fn alerts(&self) -> &A {
        &self.alerts
    }

    fn stored(&self) -> &S {
        &self.stored
    }

    fn clock(&self) -> &K {
        &self.clock
    }
}
