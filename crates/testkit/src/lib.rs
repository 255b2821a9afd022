//! The test harness: what the tests of several packages have in common.
//!
//! - [`aws_stub`]: a server that answers as AWS does. [`runtime_api`]: Lambda's Runtime API. [`function`]: a function's program between
//!   the two.
//!
//! With the feature `world`:
//!
//! - [`world`]: the ports of intake and redrive in memory, with AWS's limits enforced, faults injected on demand, and an SQS queue
//!   that reads a partial batch response as strictly as AWS does.
//! - [`console`]: the web console over that world, and a browser to use it by.
//! - [`hostile`]: hostile inputs and what must hold of them: the fuzz targets and their ordinary tests.
//! - [`proxy`]: a proxy between the real functions and a local AWS that injects faults.
//! - [`simulation`]: worlds made from a seed, or with one fault, run to their end and checked.
//! - [`requests`]: requests to the redrive function. [`samples`]: invoices.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic here is a failed test, which is what it is for"
)]

pub mod aws_stub;
pub mod function;
mod http;
pub mod runtime_api;

#[cfg(feature = "world")]
pub mod console;
#[cfg(feature = "world")]
pub mod hostile;
#[cfg(feature = "world")]
pub mod proxy;
#[cfg(feature = "world")]
pub mod requests;
#[cfg(feature = "world")]
pub mod samples;
#[cfg(feature = "world")]
pub mod simulation;
#[cfg(feature = "world")]
pub mod world;
