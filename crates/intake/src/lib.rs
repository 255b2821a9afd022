//! What happens to a message: ports, intake, cases, alerts. Async, still no AWS.
//!
//! # Layout
//!
//! - [`message`]: a message on its way; [`ports`]: what is needed of the world outside; [`error`]: what can go wrong there.
//! - [`Intake`]: a batch in, what became of each message out.
//! - [`cases`] and [`trail`]: the case of a held message, its life cycle and its history.
//! - [`redrive`]: what people do with cases: review, correct, resend.
//! - [`attributes`] and [`claim`]: a held message within the limits of the queue, and back; [`body`]: within those of a
//!   table; [`plan`]: sends within those of a batch.
//! - [`alerts`], [`report`]: what administrators, logs and metrics are told. No value of an invoice is in any of it.
//!
//! Nothing here reads a clock, the environment or a socket.

pub mod alerts;
mod arrival;
pub mod attributes;
pub mod body;
mod bounded;
pub mod cases;
pub mod claim;
pub mod error;
mod intake;
pub mod message;
pub mod plan;
pub mod ports;
pub mod redrive;
pub mod report;
pub mod time;
pub mod trail;

pub use arrival::Judge;
pub use intake::{Intake, Ports, Settings};
pub use report::{BatchReport, Failures};
