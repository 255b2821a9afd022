//! What happens to a message that comes in. Async, still no AWS.
//!
//! - [`Intake`]: a batch in, what became of each message out.
//! - [`report`]: what became of a batch, for the reply, the log and the metrics. No value of an invoice is in any of it.
//!
//! Nothing here reads a clock, the environment or a socket.

mod intake;
pub mod report;

pub use intake::{Intake, Ports, Settings};
pub use report::{BatchReport, Failures};
