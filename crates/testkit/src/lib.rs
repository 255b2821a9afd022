//! The strict in-memory AWS, and what the suites have in common.
//!
//! - [`world`]: the ports of the intake in memory, with AWS's limits enforced, faults injected on demand, and an SQS queue
//!   that takes a partial batch response as strictly as AWS does.
//! - [`console`]: the web console over that world, and a browser to use it by.
//! - [`hostile`]: what strangers send, and what must hold of it: the fuzz targets and their ordinary tests.
//! - [`proxy`]: what stands between the real functions and a local AWS, and goes wrong.
//! - [`proof`]: worlds of one number, or with one fault, played to their end and judged.
//! - [`requests`]: requests to the redrive function. [`samples`]: invoices to send through it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic here is a failed test, which is what it is for"
)]

pub mod console;
pub mod hostile;
pub mod proof;
pub mod proxy;
pub mod requests;
pub mod samples;
pub mod world;
