//! `aduana invalid`: the cases of held messages.
//!
//! # Layout
//! - [`list`], [`groups`], [`show`], [`history`], [`export`] (with [`csv`]) look.
//! - [`fix`], [`resend`], [`change`] act: each finds its [`cases`] first, then acts on exactly those, so that what was counted and
//!   confirmed is what is done.
//! - [`ask`] confirms; [`outcome`] tells what became of each case.

mod cases;
mod change;
mod confirm;
mod correct;
mod csv;
mod export;
mod groups;
mod history;
mod list;
mod outcome;
mod resend;
mod show;

use crate::cli::Invalid;
use crate::failure::{ExitStatus, Failure};
use crate::terminal::Terminal;

/// How many cases a request that changes something names at most: some seconds of the function's work.
const BATCH: usize = 50;

/// Looks at cases, or acts on them.
pub(crate) async fn run(command: &Invalid, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    match command {
        Invalid::List(args) => list::run(args, terminal).await,
        Invalid::Groups(args) => groups::run(args, terminal).await,
        Invalid::Show(args) => show::run(args, terminal).await,
        Invalid::Correct(args) => correct::run(args, terminal).await,
        Invalid::Resend(args) => resend::run(args, terminal).await,
        Invalid::Discard(args) => change::run(change::Verb::Discard, args, terminal).await,
        Invalid::Reopen(args) => change::run(change::Verb::Reopen, args, terminal).await,
        Invalid::Release(args) => change::run(change::Verb::Release, args, terminal).await,
        Invalid::Annotate(args) => change::annotate(args, terminal).await,
        Invalid::History(args) => history::run(args, terminal).await,
        Invalid::Export(args) => export::run(args, terminal).await,
    }
}
