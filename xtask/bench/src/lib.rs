//! What is measured, and how it is asked for.
//!
//! # Layout
//! - [`documents`]: the invoices. [`ways`]: what is done with them.
//! - `bin/verdict`: does it, as often as it is asked to. `bin/allocations`: counts what it takes of memory.
//! - `bin/hello_world`: the least that a function can be.

pub mod documents;
pub mod ways;
