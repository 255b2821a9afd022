//! The suites over AWS in memory, in one target to link once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test, which is what it is for"
)]

mod alerts;
mod architecture;
mod aws_pitfalls;
mod console;
mod docs;
mod events;
mod failures;
mod hostile;
mod hostile_targets;
mod identity;
mod judges;
mod kafka;
mod limits;
mod limits_table;
mod localstack;
mod official;
mod outages;
mod outcomes;
mod proxy;
mod redrive;
mod resend;
mod senders;
mod simulation;
mod snapshots;
mod strict_queue;
mod template;
