//! `aduana`: judges invoices, sends them, and shows what became of them.
//!
//! # Layout
//! - [`cli`]: the command line, as the user types it, with its help.
//! - [`validate`], [`rules`]: what needs nothing but this program.
//! - [`documents`]: finds the invoices in files, folders and standard input.
//! - [`publish`], [`invoices`], [`status`]: what works on a deployment, through [`aws`].
//! - [`invalid`]: the cases of held messages, by way of [`redrive`], the function; [`doctor`]: is everything there?
//! - [`console`]: the web console, over the same function and tables.
//! - [`interrupt`], [`i18n`]: until when, in which language.
//! - [`terminal`]: the one place that prints, escapes and colours.
//! - [`failure`]: the message to the user when something cannot be done.
//! - [`env`]: the clock and the environment, read here and nowhere else.

mod aws;
mod cli;
mod console;
mod doctor;
mod documents;
mod env;
mod failure;
mod i18n;
mod interrupt;
mod invalid;
mod invoices;
mod publish;
mod redrive;
mod rules;
mod status;
mod terminal;
mod validate;

use std::process::ExitCode;

use aduana_invoice::Lang;
use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::said;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let lang = cli.lang.map(Into::into);
    i18n::speak(lang.unwrap_or_else(env::lang));
    let mut terminal = Terminal::new(cli.color.into());
    match run(cli.command, lang, &mut terminal) {
        Ok(ending) => ending.into(),
        Err(failure) => {
            terminal.report(&failure);
            ExitStatus::Failed.into()
        }
    }
}

fn run(command: Command, lang: Option<Lang>, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    match command {
        Command::Validate(args) => validate::run(&args, terminal),
        Command::Rules(args) => rules::run(&args, terminal),
        Command::Publish(args) => on_aws(publish::run(&args, terminal)),
        Command::Invoices(command) => on_aws(invoices::run(&command, terminal)),
        Command::Invalid(command) => on_aws(invalid::run(&command, terminal)),
        Command::Console(args) => on_aws(console::run(&args, lang, terminal)),
        Command::Doctor(args) => on_aws(doctor::run(&args, terminal)),
        Command::Status(args) => on_aws(status::run(&args, terminal)),
        Command::Completions { shell } => cli::completions(shell, terminal),
    }
}

fn on_aws(command: impl Future<Output = Result<ExitStatus, Failure>>) -> Result<ExitStatus, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::to(said("start", "arrancar")).because(error))?.block_on(command)
}
