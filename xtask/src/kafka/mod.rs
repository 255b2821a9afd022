//! Kafka on this machine: a broker, a client for it, and a development poller that hands a topic's records to the function.
//!
//! All of it is for development and tests. On AWS, Lambda's own pollers read the topic: see `infra/README.md`.

mod broker;
mod client;
mod command;
mod event;
mod poller;

pub use self::broker::{ADDRESS_VARIABLE, Broker};
pub use self::client::{Kafka, Sent};
pub use self::command::run_kafka;
pub(crate) use self::command::{BATCH_MAX, PARTITIONS};
pub use self::poller::{Polled, Poller};

/// The topic that producers send invoices to, unless another is given.
pub const TOPIC: &str = "invoices";
