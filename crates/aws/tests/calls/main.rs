//! The adapters against a stub of AWS: what they send, and what they make of every kind of answer.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod batches;
mod case_store;
mod cases;
mod cost;
mod limits;
mod outbox;
mod redrive_queues;
mod samples;
mod set_aside;
mod store;
mod wire;
