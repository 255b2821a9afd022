//! The pipeline of incoming messages. Async, without AWS.
//!
//! - [`Intake`]: a batch in, the outcome of each message out; [`IntakePorts`]: what it needs of the services outside.
//! - [`report`]: the outcomes of a batch, for the reply, the log and the metrics. No value of an invoice is in any of it.
//!
//! Nothing here reads a clock, the environment or a socket.

mod intake;
pub mod report;

pub use intake::{Intake, IntakePorts, Settings};
pub use report::{BatchReport, Failures};
