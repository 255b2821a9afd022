//! The services of AWS as the ports of the intake and of the redrive.

use aduana_cases::ports::{CasePorts, Clock};
use aduana_intake::IntakePorts;
use aduana_redrive::RedrivePorts;

use crate::{Cases, Channel, DeadLetters, Invoices, InvoicesQueue, SystemClock, Topic};

/// The ports of both functions. The redrive has [`Queues`] beside what the intake has.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the types of the fields say what they are")]
pub struct AwsPorts<Q = (), K = SystemClock> {
    pub invoices: Invoices,
    pub cases: Cases,
    pub channel: Channel,
    pub alerts: Topic,
    pub clock: K,
    pub queues: Q,
}

/// The queues that only the redrive uses.
#[derive(Debug, Clone)]
pub struct Queues {
    /// The intake queue.
    pub intake: InvoicesQueue,
    /// The reading end of the dead-letter queue.
    pub dead_letters: DeadLetters,
}

impl<Q: Sync, K: Clock + Sync> CasePorts for AwsPorts<Q, K> {
    type Cases = Cases;
    type Channel = Channel;
    type Alerts = Topic;
    type Clock = K;

    fn cases(&self) -> &Cases {
        &self.cases
    }

    fn channel(&self) -> &Channel {
        &self.channel
    }

    fn alerts(&self) -> &Topic {
        &self.alerts
    }

    fn clock(&self) -> &K {
        &self.clock
    }
}

impl<K: Clock + Sync> IntakePorts for AwsPorts<(), K> {
    type Invoices = Invoices;

    fn invoices(&self) -> &Invoices {
        &self.invoices
    }
}

impl<K: Clock + Sync> RedrivePorts for AwsPorts<Queues, K> {
    type IntakeQueue = InvoicesQueue;
    type DeadLetterQueue = DeadLetters;
    type StoredInvoices = Invoices;

    fn intake_queue(&self) -> &InvoicesQueue {
        &self.queues.intake
    }

    fn dead_letter_queue(&self) -> &DeadLetters {
        &self.queues.dead_letters
    }

    fn stored_invoices(&self) -> &Invoices {
        &self.invoices
    }
}
