//! The program as its users see it: each test runs the real `aduana` and looks at what it prints and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;
mod console;
mod correct;
mod doctor;
mod files;
mod function;
mod invalid;
mod naughty;
mod publish;
mod queue;
mod readme;
mod resend;
mod rules;
mod stored;
mod url;
