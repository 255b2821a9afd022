//! What the intake and the redrive both need of a held message. Async, still no AWS.
//!
//! # Layout
//!
//! - [`message`]: a message on its way; [`ports`]: what is needed of the services outside; [`effects`]: the names of what is done
//!   there; [`error`]: what can go wrong there; [`bounded`]: calls with a deadline.
//! - [`case`] and [`trail`]: the case of a held message, its life cycle and its audit trail.
//! - [`judge_message`]: from a message to the verdict on it, and to what is held; [`held`]: from there to its place.
//! - [`attributes`] and [`claim`]: a held message within the limits of the queue, and back; [`body`]: within those of a
//!   table; [`plan`]: sends within those of a batch.
//! - [`alerts`]: the outbox of alerts and its dispatcher; [`log`] and [`metrics`]: the formats of log lines and metrics. No value of
//!   an invoice is in any of it.
//!
//! Nothing here reads a clock, the environment or a socket.

pub mod alerts;
pub mod attributes;
pub mod body;
pub mod bounded;
pub mod case;
pub mod claim;
pub mod effects;
pub mod error;
pub mod held;
pub mod judge_message;
pub mod log;
pub mod message;
pub mod metrics;
pub mod plan;
pub mod ports;
pub mod slots;
pub mod time;
pub mod trail;

pub use judge_message::Judge;

/// The code of a message that SQS dead-lettered, before the reasons that judging it gives.
pub const UNPROCESSED: &str = "UNPROCESSED";
