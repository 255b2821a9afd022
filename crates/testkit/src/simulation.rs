//! The proof: worlds made of one number, or of one fault, played to their end and judged.
//!
//! Whatever happens in a world, when its queues are drained each message is in exactly one of stored or held, nothing is stored or
//! told of twice, and what is kept is byte for byte what came. The suites play some worlds, `cargo xtask simulate` as many as there is
//! time for.
//!
//! - [`messages`]: what producers send; [`ledger`]: what was sent, and which case each message may have.
//! - [`functions`]: the functions at work, which die and come back.
//! - [`history`]: a random world, of a seed. [`batch`]: a fixed one, in which one thing goes wrong, or two.
//! - [`judge`]: whether a world has ended well. [`field`]: many worlds at once, on all cores.

pub mod checker;
pub mod functions;
pub mod history;
pub mod ledger;
pub mod messages;
pub mod plan;
pub mod runner;
pub mod totals;
