//! `aduana invalid`, as the user types it.
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use aduana_cases::message::CaseId;
use aduana_redrive::client::pace::Rate;
use clap::{Args, Subcommand, ValueEnum};

use super::{Cases, Change, Common, Filters, Stack, Unmask, Which, Why, case_id};

/// Look at the invoices that are held, correct them, and send them through again
///
/// A held invoice is a case: it has an id, its reasons, its history. Cases with one cause are a group. Values of invoices are masked
/// unless --unmask asks for them, and that is put on record with its reason.
#[derive(Debug, Subcommand)]
#[command(after_help = examples![
    "aduana invalid groups                                  what is held, by cause"
    "aduana invalid list --group 8a3f0c1d2e4b5a69           the cases of one cause"
    "aduana invalid show ID                                 why is it held?"
    "aduana invalid correct --group 8a3f0c1d2e4b5a69 --suggested --reason 'totals, ticket 71'"
    "aduana invalid resend --group 8a3f0c1d2e4b5a69 --ramp --reason 'corrected'"
])]
pub(crate) enum Invalid {
    List(InvalidList),
    Groups(InvalidGroups),
    Show(InvalidShow),
    #[command(alias = "fix")]
    Correct(Box<InvalidCorrect>),
    Resend(Box<InvalidResend>),
    /// Give cases up
    ///
    /// The case, its body and its history stay; it is no longer open, and can be reopened.
    ///
    /// Exit codes: 0, all were discarded; 1, some were not, and each is named; 2, wrong usage, or AWS failed.
    #[command(after_help = examples![
        "aduana invalid discard ID --reason 'cancelled by the seller'"
        "aduana invalid discard --source kafka:test --reason 'test data'"
    ])]
    Discard(InvalidChange),
    /// Open discarded cases again, and resent ones whose outcome does not come
    #[command(after_help = examples!["aduana invalid reopen ID --reason 'it was needed after all'"])]
    Reopen(InvalidChange),
    Annotate(InvalidAnnotate),
    /// Let parked cases be sent again
    ///
    /// A case is parked when it came back too often. See why before it is released.
    #[command(after_help = examples!["aduana invalid release ID --reason 'the rule was corrected, change 42'"])]
    Release(InvalidChange),
    History(InvalidHistory),
    Export(InvalidExport),
}

/// List cases, the newest first
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid list                                       all open ones"
    "aduana invalid list --state open,parked --seller Andina --reason 'called by the seller'"
    "aduana invalid list --code BR-CO-15 --since 2026-11-01"
    "aduana invalid list --watch"
    "aduana invalid list --all --output json | jq -r .id"
])]
pub(crate) struct InvalidList {
    #[command(flatten)]
    pub(crate) filters: Filters,

    /// At most so many
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) limit: NonZeroUsize,

    /// All that match, however many
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,

    /// Look again every few seconds, until Ctrl-C; not on a terminal, print only what is new or has changed
    #[arg(long)]
    pub(crate) watch: bool,

    /// How long to wait before looking again
    #[arg(long, value_name = "SECONDS", default_value = "5", requires = "watch")]
    pub(crate) every: NonZeroU32,

    #[command(flatten)]
    pub(crate) why: Why,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Show the causes, with how many cases each has, the largest first
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid groups"
    "aduana invalid groups --lang es --category data"
    "aduana invalid groups --output json | jq -r 'select(.count > 10) | .group'"
])]
pub(crate) struct InvalidGroups {
    #[command(flatten)]
    pub(crate) filters: Filters,

    #[command(flatten)]
    pub(crate) why: Why,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Show a case: why it is held, what is in it, what happened to it
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid show ID"
    "aduana invalid show ID --unmask --reason 'called by the seller'"
    "aduana invalid show ID --body --unmask --reason 'for the tax office' > factura.json"
])]
pub(crate) struct InvalidShow {
    /// The case
    #[arg(value_parser = case_id)]
    pub(crate) id: CaseId,

    #[command(flatten)]
    pub(crate) unmask: Unmask,

    /// Print the body itself, byte for byte, and nothing else
    #[arg(long, requires = "unmask", conflicts_with = "output")]
    pub(crate) body: bool,

    /// Another body than the one that would be sent
    #[arg(long, value_name = "original|attempt:N|correction:N")]
    pub(crate) which: Option<Which>,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Correct the bodies of cases
///
/// Shows what changes and how the validator judges the result, asks, and stores the corrected bodies beside the originals. What would
/// still be invalid is left as it is. Nothing is sent without --resend.
///
/// Exit codes: 0, all were corrected; 1, some were not, and each is named; 2, wrong usage, or AWS failed; 130, stopped by Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid correct ID --edit --reason 'total, ticket 71'            in $VISUAL or $EDITOR"
    "aduana invalid correct ID --set /totals/payable=115.00 --reason '…'"
    "aduana invalid correct --group GROUP --suggested --resend --reason '…'"
    "aduana invalid correct --group GROUP --patch unit.json --dry-run        what would become valid?"
])]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct InvalidCorrect {
    #[command(flatten)]
    pub(crate) cases: Cases,

    #[command(flatten)]
    pub(crate) how: How,

    #[command(flatten)]
    pub(crate) change: Change,

    /// Store it although it is not valid, or although another body may be under way
    #[arg(long = "override")]
    pub(crate) overridden: bool,

    /// Show what would change and how it is judged, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Show the values of the differences; this is put on record
    #[arg(long)]
    pub(crate) unmask: bool,

    /// Send the corrected cases at once
    #[arg(long)]
    pub(crate) resend: bool,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// What to change: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct How {
    /// Edit the body of one case in $VISUAL or $EDITOR
    #[arg(long)]
    pub(crate) edit: bool,

    /// Take the body from a file, or from standard input (-)
    #[arg(long, value_name = "FILE|-")]
    pub(crate) body: Option<PathBuf>,

    /// Apply a JSON Patch (RFC 6902) from a file, or from standard input (-)
    #[arg(long, value_name = "FILE|-")]
    pub(crate) patch: Option<PathBuf>,

    /// Put a value at a place; may be given several times. What is not JSON is taken as text
    #[arg(long, value_name = "POINTER=VALUE")]
    pub(crate) set: Vec<String>,

    /// Apply what the validator suggests
    #[arg(long)]
    pub(crate) suggested: bool,
}

/// Send cases through again
///
/// First finds out what would be sent and what not, and asks if it is more than one. Ctrl-C stops between two requests and says what
/// was sent and what is left; the same command goes on from there, and no case is stored twice.
///
/// Exit codes: 0, all were sent (with --wait or --ramp: and stored); 1, some were not, and each is named; 2, wrong usage, or AWS
/// failed; 130, stopped by Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid resend ID --reason 'corrected'"
    "aduana invalid resend --group GROUP --first 1 --wait --reason 'try one'"
    "aduana invalid resend --group GROUP --ramp --rate 20/s --reason 'corrected'"
    "aduana invalid resend --all --dry-run                     what would be sent?"
])]
pub(crate) struct InvalidResend {
    #[command(flatten)]
    pub(crate) cases: Cases,

    #[command(flatten)]
    pub(crate) change: Change,

    /// Send also what the validator will refuse
    #[arg(long = "override")]
    pub(crate) overridden: bool,

    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) speed: Speed,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// How fast, and when to stop.
#[derive(Debug, Args)]
pub(crate) struct Speed {
    /// At most so many cases a second, for example 20/s
    #[arg(long, value_name = "N/s")]
    pub(crate) rate: Option<Rate>,

    /// In waves of 1, 5, 20, 80, …: waits for the outcome of each, and stops if any is refused again
    #[arg(long)]
    pub(crate) ramp: bool,

    /// Stop when so many could not be sent
    #[arg(long, value_name = "N")]
    pub(crate) stop_after: Option<NonZeroUsize>,

    /// Wait for the outcomes: stored, or refused again
    #[arg(long)]
    pub(crate) wait: bool,

    /// Wait so long at most for outcomes
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    pub(crate) patience: NonZeroU32,
}

#[derive(Debug, Args)]
pub(crate) struct InvalidChange {
    #[command(flatten)]
    pub(crate) cases: Cases,

    #[command(flatten)]
    pub(crate) change: Change,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Say who looks after cases, note a remark or the number of a ticket
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid annotate ID --owner maria --ticket FIN-71"
    "aduana invalid annotate --group GROUP --note 'waits for the seller'"
    "aduana invalid annotate ID --owner ''                  nobody any more"
])]
pub(crate) struct InvalidAnnotate {
    #[command(flatten)]
    pub(crate) cases: Cases,

    #[command(flatten)]
    pub(crate) remarks: Remarks,

    #[command(flatten)]
    pub(crate) change: Change,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// What to note: at least one of these.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Remarks {
    /// Who looks after them; an empty text takes it away
    #[arg(long)]
    pub(crate) owner: Option<String>,

    /// A remark; an empty text takes it away
    #[arg(long)]
    pub(crate) note: Option<String>,

    /// The number of a ticket elsewhere; an empty text takes it away
    #[arg(long)]
    pub(crate) ticket: Option<String>,
}

/// Show what happened to a case, by whom and why, and whether the record is whole
///
/// Exit codes: 0, the record is whole; 1, an event is missing or was altered; 2, wrong usage, or AWS failed.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid history ID"
    "aduana invalid history ID --output json | jq -r '[.at, .actor, .act] | @tsv'"
])]
pub(crate) struct InvalidHistory {
    /// The case
    #[arg(value_parser = case_id)]
    pub(crate) id: CaseId,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Write cases to standard output, for a spreadsheet or a program
///
/// In CSV, what a spreadsheet would take for a formula begins with an apostrophe.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana invalid export > open.csv"
    "aduana invalid export --output ndjson --state resolved,discarded --since 2026-11-01"
    "aduana invalid export --output json --details > cases.json"
])]
pub(crate) struct InvalidExport {
    #[command(flatten)]
    pub(crate) filters: Filters,

    /// A table for spreadsheets, one JSON array, or one JSON object a line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ExportFormat,

    /// With the reasons and the history of each case
    #[arg(long)]
    pub(crate) details: bool,

    /// Show the values of invoices; this is put on record
    #[arg(long, requires = "reason")]
    pub(crate) unmask: bool,

    #[command(flatten)]
    pub(crate) why: Why,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    #[default]
    Csv,
    Json,
    #[value(alias = "jsonl")]
    Ndjson,
}
