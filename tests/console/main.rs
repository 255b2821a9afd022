//! The console in a real browser: Chromium without a window, driven by WebDriver.
//!
//! `cargo xtask test` finds the browser, starts a local AWS and runs these. Most are served over the world; the accountant's
//! day is on the local AWS, with the functions and the program as they are.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test, which is what it is for"
)]

mod access;
mod browser;
mod day;
mod layout;
mod naughty;
mod pictures;
mod program;
mod served;
#[expect(dead_code, reason = "the end-to-end tests, whose it is, need more of it")]
#[path = "../local_aws/stack.rs"]
mod stack;
mod tour;
