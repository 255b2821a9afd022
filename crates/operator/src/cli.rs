//! The command line, as the user types it.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help page, where backticks would stand as they are"
)]

/// The examples of a help page, under their heading.
macro_rules! examples {
    ($($line:literal)+) => { concat!("\x1b[1m\x1b[4mExamples:\x1b[0m", $("\n  ", $line),+) };
}

mod cases;
mod console;
#[cfg(test)]
mod in_documents;
mod invalid;
mod kafka;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use aduana_invoice::{Date, Lang};
use aduana_redrive::client::pace::Rate;
use anstream::ColorChoice;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

pub(crate) use self::cases::*;
pub(crate) use self::console::Console;
pub(crate) use self::invalid::*;
pub(crate) use self::kafka::ToKafka;
use crate::failure::{ExitStatus, Failure};
use crate::terminal::Terminal;

/// A day as the user types and reads it: `2026-11-24`.
pub(crate) const DAY: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// Judges electronic invoices, sends them to the intake, and shows what became of them.
///
/// Invoices in order are stored; the others are held, with every reason written on them, until somebody corrects them and sends
/// them through again.
#[derive(Debug, Parser)]
#[command(name = "aduana", version, propagate_version = true, after_help = examples![
    "aduana validate factura.json        what is wrong with this invoice?"
    "aduana rules BR-CO-15               what does this rule ask for?"
    "aduana publish invoices/            send them all to the intake"
    "aduana invoices list                what was stored today"
    "aduana invalid groups               what is held, by cause"
    "aduana status                       what waits, what is held"
])]
pub(crate) struct Cli {
    /// When to use colours; `auto` is on a terminal only, and heeds NO_COLOR
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Colour,

    /// The language, en or es (default: by LC_ALL, LC_MESSAGES or LANG, the first that is set; for the console that of the browser)
    #[arg(long, global = true, value_enum, value_name = "LANG", hide_possible_values = true)]
    pub(crate) lang: Option<LangName>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Validate(Validate),
    Rules(Rules),
    Publish(Publish),
    #[command(subcommand)]
    Invoices(Invoices),
    #[command(subcommand)]
    Invalid(Box<Invalid>),
    Status(Status),
    Console(Console),
    Doctor(Doctor),
    /// Print the completions for a shell
    #[command(after_help = examples![
        "aduana completions bash > ~/.local/share/bash-completion/completions/aduana"
        "aduana completions fish > ~/.config/fish/completions/aduana.fish"
    ])]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Judge invoices, without sending them anywhere
///
/// Every violation of every invoice is shown, with its place in the text, what was found and what was expected; invoices in order
/// are counted in the summary.
///
/// Exit codes: 0, all invoices are valid; 1, some are invalid; 2, wrong usage, or something could not be read (the rest is still
/// judged).
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana validate factura.json"
    "aduana validate invoices/                                all *.json and *.ndjson in it"
    "aduana validate --quiet --output json invoices/ | jq .   the invalid ones, for a program"
    "export-invoices | aduana validate -                      one invoice a line, or one document"
    "aduana validate --lang es --today 2026-01-31 factura.json"
])]
pub(crate) struct Validate {
    /// Files, folders, or - for standard input
    ///
    /// A folder stands for all its *.json, *.ndjson and *.jsonl files, those of its folders included, hidden ones left out. What is
    /// no regular file in it is passed over, and named.
    #[arg(required = true, value_name = "FILE|DIR|-")]
    pub(crate) inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) format: InputFormat,

    /// Human text, or one JSON object an invoice, each on its line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TextOrJson,

    #[command(flatten)]
    pub(crate) judging: Judging,

    /// Show the invalid invoices only: no valid ones, no summary
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How the bytes of an input are split into invoices.
#[derive(Debug, Args)]
pub(crate) struct InputFormat {
    /// How an input holds its invoices
    ///
    /// By default `auto`: a file named *.ndjson or *.jsonl holds one invoice a line, any other file is one invoice; standard input
    /// holds one invoice a line if one of its first two lines is a whole JSON object, and is one invoice otherwise.
    #[arg(long = "input", value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) input: Format,
}

/// What the judgement depends on besides the invoice.
#[derive(Debug, Args)]
pub(crate) struct Judging {
    /// The day to judge on, YYYY-MM-DD (default: today, UTC)
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) today: Option<Date>,

    /// A JSON file with the severities and limits of a deployment (default: the JSON text in ADUANA_POLICY, if any)
    ///
    /// For example {"rules":{"FE-D-008":"error","FE-D-009":"off"}}.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

/// Show the rules that invoices are judged by
///
/// Without CODE, the whole catalogue; with it, everything about one rule.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana rules"
    "aduana rules BR-CO-15 --lang es"
    "aduana rules --output json | jq -r 'select(.category == \"range\") | .code'"
    "aduana rules --output markdown > docs/rules.md"
])]
pub(crate) struct Rules {
    /// The code of a rule, as it stands in a verdict
    pub(crate) code: Option<String>,

    /// A table for people, one JSON object a rule, or a Markdown page
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: RulesOutput,
}

/// Send invoices to the intake queue, or to a topic of Kafka
///
/// Each invoice is sent byte for byte as it is, even an invalid one: to judge it is the queue's receiver's work. An invoice that
/// fails is reported with the reason, and the rest is still sent. Ctrl-C stops after the batch that is on its way, and says what was
/// sent.
///
/// Exit codes: 0, everything was sent; 1, some invoices were not, and each is named; 2, wrong usage, an input that could not be read,
/// or AWS failed; 130, stopped by Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana publish factura.json"
    "aduana publish --check --rate 50/s invoices/     only the valid ones, 50 a second"
    "export-invoices | aduana publish -               one invoice a line"
    "aduana publish --output json invoices/ > sent.ndjson"
    "aduana publish --kafka localhost:9092 --topic invoices invoices/"
])]
pub(crate) struct Publish {
    /// Files, folders, or - for standard input
    ///
    /// A folder stands for all its *.json, *.ndjson and *.jsonl files, those of its folders included, hidden ones left out. What is
    /// no regular file in it is passed over, and named.
    #[arg(required = true, value_name = "FILE|DIR|-")]
    pub(crate) inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) format: InputFormat,

    /// Send at most so many invoices a second, for example 50/s
    #[arg(long, value_name = "N/s")]
    pub(crate) rate: Option<Rate>,

    /// Judge each invoice first, and send only the valid ones
    #[arg(long)]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) judging: Judging,

    /// A summary for people, or one JSON object an invoice
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) kafka: ToKafka,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Look at the invoices that were stored
#[derive(Debug, Subcommand)]
#[command(after_help = examples![
    "aduana invoices list --day 2026-11-24"
    "aduana invoices show tax:EC:1790011674001 001-001-000000123"
    "aduana invoices set-aside tax:EC:1790011674001 001-001-000000123 --reason 'not the seller, ticket 71'"
])]
pub(crate) enum Invoices {
    List(InvoicesList),
    Show(InvoicesShow),
    SetAside(InvoicesSetAside),
}

/// List stored invoices, the newest first
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invoices list                                   those stored today (UTC)"
    "aduana invoices list --since 2026-11-01 --limit 500"
    "aduana invoices list --seller tax:EC:1790011674001     all of one seller, by number"
    "aduana invoices list --output json | jq -r .number"
])]
pub(crate) struct InvoicesList {
    /// Only those stored on this day, YYYY-MM-DD, UTC (default: today)
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with_all = ["since", "seller"])]
    pub(crate) day: Option<Date>,

    /// Those stored on this day or later, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) since: Option<Date>,

    /// Only those of this seller, as the SELLER column names it
    #[arg(long)]
    pub(crate) seller: Option<String>,

    /// Those that were set aside, with who did it, when and why
    #[arg(long, conflicts_with_all = ["day", "since", "seller"])]
    pub(crate) set_aside: bool,

    /// At most so many
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) limit: NonZeroUsize,

    /// A table for people, or one JSON object an invoice
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Show one stored invoice
///
/// Exit codes: 0, it is there; 2, it is not, or AWS failed.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invoices show tax:EC:1790011674001 001-001-000000123"
    "aduana invoices show --body tax:EC:1790011674001 001-001-000000123 > factura.json"
])]
pub(crate) struct InvoicesShow {
    /// The seller, as `invoices list` names it
    pub(crate) seller: String,

    /// The invoice's number; where several documents have it, one of them, as in NUMBER/invoice/2026
    pub(crate) number: String,

    /// The one that was set aside from there, by its fingerprint, as `invoices list --set-aside --output json` names it
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) set_aside: Option<String>,

    /// Print the invoice itself, byte for byte as it was received
    #[arg(long, conflicts_with = "output")]
    pub(crate) body: bool,

    /// Text for people, or one JSON object
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Set a stored invoice aside, so that its number is free for another
///
/// It stays, marked with who did it, when and why, and is never stored again: to store it after all, something of it must be changed.
/// The case that it had resolved stays resolved, and says so. Afterwards `aduana invalid resend` brings the held one through.
///
/// Exit codes: 0, it is set aside; 1, you did not agree; 2, it is not there, is another by now, or AWS failed.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invoices set-aside tax:EC:1790011674001 001-001-000000123 --reason 'not the seller, ticket 71'"
])]
pub(crate) struct InvoicesSetAside {
    /// The seller, as `invoices list` names it
    pub(crate) seller: String,

    /// The invoice's number
    pub(crate) number: String,

    /// Only if this one is stored there, as `invoices show` names it; needed with --yes
    #[arg(long)]
    pub(crate) fingerprint: Option<String>,

    /// Why; it is put on record
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,

    /// Do not ask
    #[arg(long, short, requires = "fingerprint")]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Show queues, tables and cases at a glance
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana status"
    "aduana status --output json | jq '.queues[] | select(.visible > 0)'"
])]
pub(crate) struct Status {
    /// Text for people, or one JSON object
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Check that everything this program needs is there, and say what to do
///
/// Looks at region, credentials, queues, tables, the redrive function, and whether it and this program go together. Changes nothing.
///
/// Exit codes: 0, everything is there; 2, something is not.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana doctor"
    "aduana doctor --output json | jq 'select(.result != \"ok\")'"
])]
pub(crate) struct Doctor {
    /// A table for people, or one JSON object a check
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Which deployment, in the account and region of the usual AWS settings.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS (profile, region, credentials and AWS_ENDPOINT_URL as for any AWS tool)")]
pub(crate) struct Stack {
    /// What the names of the deployment's queues and tables begin with
    #[arg(long, env = "ADUANA_PREFIX", default_value = "aduana-")]
    pub(crate) prefix: String,

    /// Where the redrive function is asked: its URL or that of its HTTP API, or `direct`
    ///
    /// Without it the address is found in the deployment. With `direct` the function is invoked: nobody verifies who asks then.
    #[arg(long, env = "ADUANA_REDRIVE_URL", value_name = "URL|direct")]
    pub(crate) redrive_url: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableOrJson {
    #[default]
    Table,
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// By the name of a file; by the first lines of standard input
    #[default]
    Auto,
    /// One invoice an input
    Json,
    /// One invoice a line
    Ndjson,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    #[default]
    #[value(alias = "table")]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesOutput {
    #[default]
    Table,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LangName {
    En,
    Es,
}

impl From<LangName> for Lang {
    fn from(name: LangName) -> Self {
        match name {
            LangName::En => Self::En,
            LangName::Es => Self::Es,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<Colour> for ColorChoice {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Auto => Self::Auto,
            Colour::Always => Self::Always,
            Colour::Never => Self::Never,
        }
    }
}

/// Reads a day, `2026-11-24`.
fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, DAY).map_err(|_| "a day is written YYYY-MM-DD, for example 2026-11-24".to_owned())
}

/// Prints the completions for `shell`.
pub(crate) fn completions(shell: Shell, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "aduana", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
