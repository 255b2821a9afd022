//! End to end: the real template and the real functions on a local AWS, each test on a stack of its own.
//!
//! `cargo xtask test` starts the local AWS, builds the functions and runs these. A local AWS is laxer than AWS, above all
//! with a wrong reply of the function: the suites over the world test that.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test, which is what it is for"
)]

mod alerts;
mod batches;
mod events;
mod expiry;
mod failures;
#[cfg(target_os = "linux")]
mod figures;
mod kafka;
#[cfg(target_os = "linux")]
mod load;
mod operator;
mod redrive;
mod resend_many;
mod stack;
// They look at processes where Linux shows them.
#[cfg(target_os = "linux")]
mod chaos;
#[cfg(target_os = "linux")]
mod workers;
