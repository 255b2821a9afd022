//! Deterministic simulation: worlds made from a seed, or with one or two faults, run to their end and checked.
//!
//! Whatever happens in a world, when its queues are drained each message is in exactly one of stored or held. Nothing is stored or
//! alerted twice. Every body is kept byte for byte. The suites run some worlds, `cargo xtask simulate` as many as there is time for.
//!
//! - [`messages`]: what producers send. [`ledger`]: what was sent, and which case each message may have.
//! - [`functions`]: the functions, which crash and restart.
//! - [`history`]: a random world. [`plan`]: a fixed world with one or two faults.
//! - [`checker`]: whether a world has ended well. [`runner`]: many worlds at once, on all cores. [`totals`]: what they come to.

pub mod checker;
pub mod functions;
pub mod history;
pub mod ledger;
pub mod messages;
pub mod plan;
pub mod runner;
pub mod totals;
