//! The ports of the redrive under one name, so that what works with them need not name eight types.

use super::Ports;
use super::ports::{CaseBook, DeadLetterQueue, IntakeQueue, StoredInvoices};
use crate::ports::{Alerts, CaseFile, Clock, InvalidMessageChannel};

/// The world outside. [`Ports`] is it.
#[expect(missing_docs, reason = "the fields of Ports say what they are")]
pub trait Outside: Sync {
    type Book: CaseBook + Sync;
    type Cases: CaseFile + Sync;
    type Intake: IntakeQueue + Sync;
    type Dead: DeadLetterQueue + Sync;
    type Channel: InvalidMessageChannel + Sync;
    type Alerts: Alerts + Sync;
    type Stored: StoredInvoices + Sync;
    type Clock: Clock + Sync;

    fn book(&self) -> &Self::Book;
    fn cases(&self) -> &Self::Cases;
    fn intake(&self) -> &Self::Intake;
    fn dead(&self) -> &Self::Dead;
    fn channel(&self) -> &Self::Channel;
    fn alerts(&self) -> &Self::Alerts;
    fn stored(&self) -> &Self::Stored;
    fn clock(&self) -> &Self::Clock;
}

impl<B, C, I, D, Q, A, S, K> Outside for Ports<B, C, I, D, Q, A, S, K>
where
    B: CaseBook + Sync,
    C: CaseFile + Sync,
    I: IntakeQueue + Sync,
    D: DeadLetterQueue + Sync,
    Q: InvalidMessageChannel + Sync,
    A: Alerts + Sync,
    S: StoredInvoices + Sync,
    K: Clock + Sync,
{
    type Book = B;
    type Cases = C;
    type Intake = I;
    type Dead = D;
    type Channel = Q;
    type Alerts = A;
    type Stored = S;
    type Clock = K;

    fn book(&self) -> &B {
        &self.book
    }

    fn cases(&self) -> &C {
        &self.cases
    }

    fn intake(&self) -> &I {
        &self.intake
    }

    fn dead(&self) -> &D {
        &self.dead
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
