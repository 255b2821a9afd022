//! `aduana invalid`: the cases of held messages.
//!
//! # Layout
//! - [`list`], [`groups`], [`show`], [`history`], [`export`] (with [`csv`]) look.
//! - [`correct`], [`resend`], [`change`] act: each finds its [`cases`] first, then acts on exactly those by [`work`], so that what was
//!   counted and confirmed is what is done.
//! - [`confirm`] asks; [`outcome`] prints what became of each case.

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
mod work;

use aduana_redrive::client::run::Work;

pub(crate) use self::confirm::is_yes;

use crate::cli::Invalid;
use crate::failure::{ExitStatus, Failure};
use crate::terminal::Terminal;

/// Looks at cases, or acts on them.
pub(crate) async fn run(command: &Invalid, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    match command {
        Invalid::List(args) => list::run(args, terminal).await,
        Invalid::Groups(args) => groups::run(args, terminal).await,
        Invalid::Show(args) => show::run(args, terminal).await,
        Invalid::Correct(args) => correct::run(args, terminal).await,
        Invalid::Resend(args) => resend::run(args, terminal).await,
        Invalid::Discard(args) => change::run(Work::Discard, args, terminal).await,
        Invalid::Reopen(args) => change::run(Work::Reopen, args, terminal).await,
        Invalid::Release(args) => change::run(Work::Release, args, terminal).await,
        Invalid::Annotate(args) => change::annotate(args, terminal).await,
        Invalid::History(args) => history::run(args, terminal).await,
        Invalid::Export(args) => export::run(args, terminal).await,
    }
}
