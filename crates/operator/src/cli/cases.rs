//! What the commands about cases have in common: which cases, why, and how it is shown.

use std::num::NonZeroUsize;
use std::str::FromStr;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::Category;
use clap::{Args, ValueEnum};

use super::{Stack, TableOrJson};

/// What every one of these commands takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Text for people, or one JSON object a line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TableOrJson,

    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// Whether values are shown.
#[derive(Debug, Args)]
pub(crate) struct Unmask {
    /// Show the values of invoices; this is put on record
    #[arg(long, requires = "reason")]
    pub(crate) unmask: bool,

    /// Why they must be seen
    #[arg(long, value_name = "TEXT", requires = "unmask")]
    pub(crate) reason: Option<String>,
}

/// Why values are read.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why values are shown or searched for: needed for --unmask and for --seller; it is put on record
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// What goes with every change.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Why; it is put on record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,

    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// For one case: only if its version is still this one, as `show` has it
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_version: Option<u64>,
}

/// Which cases: ids, or all that match.
#[derive(Debug, Args)]
pub(crate) struct Cases {
    /// The ids of cases, or - for ids on standard input, one a line
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<Id>,

    #[command(flatten)]
    pub(crate) filters: Filters,

    /// All of them
    #[arg(long)]
    pub(crate) all: bool,

    /// Only the first so many
    #[arg(long, value_name = "N")]
    pub(crate) first: Option<NonZeroUsize>,
}

/// What cases must be like; all of it must match.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which cases")]
pub(crate) struct Filters {
    /// In this state, or in one of these, e.g. open,parked; left out: open, or those that the command can change
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) state: Vec<StateName>,

    /// Of this group, as `groups` names it
    #[arg(long)]
    pub(crate) group: Option<String>,

    /// With this code among their reasons
    #[arg(long)]
    pub(crate) code: Option<String>,

    /// With this as the worst category
    #[arg(long, value_enum)]
    pub(crate) category: Option<CategoryName>,

    /// From this seller: its identity, or a part of its name. Both are masked, so it takes --reason
    #[arg(long)]
    pub(crate) seller: Option<String>,

    /// From this source, or from one that begins so: kafka:topic
    #[arg(long)]
    pub(crate) source: Option<String>,

    /// Sent by this sender, or by a session of this role: AIDA..., AROA..., kafka:topic
    #[arg(long)]
    pub(crate) sender: Option<String>,

    /// With this text in id, number, cause, owner or ticket
    #[arg(long)]
    pub(crate) text: Option<String>,

    /// Last seen on this day or later: 2026-11-24, or 2026-11-24T09:30:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Last seen before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

/// The id of a case, or `-`.
#[derive(Debug, Clone)]
pub(crate) enum Id {
    Case(CaseId),
    StandardInput,
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" { Ok(Self::StandardInput) } else { case_id(text).map(Self::Case) }
    }
}

/// Reads the id of a case.
pub(crate) fn case_id(text: &str) -> Result<CaseId, String> {
    CaseId::parse(text).ok_or_else(|| {
        "the id of a case is 32 hexadecimal digits: `aduana invalid list` shows them".to_owned()
    })
}

/// A body of a case, as the user names it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Original,
    Attempt(u32),
    Correction(u32),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok();
        match text.split_once(':') {
            None if text == "original" => Some(Self::Original),
            Some(("attempt", n)) => number(n).map(Self::Attempt),
            Some(("correction", n)) => number(n).map(Self::Correction),
            _ => None,
        }
        .ok_or_else(|| "it is original, attempt:N or correction:N".to_owned())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateName {
    Open,
    Resending,
    Resent,
    Resolved,
    Discarded,
    Parked,
}

impl From<StateName> for State {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Open => Self::Open,
            StateName::Resending => Self::Resending,
            StateName::Resent => Self::Resent,
            StateName::Resolved => Self::Resolved,
            StateName::Discarded => Self::Discarded,
            StateName::Parked => Self::Parked,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CategoryName {
    Structure,
    Data,
    Range,
}

impl From<CategoryName> for Category {
    fn from(name: CategoryName) -> Self {
        match name {
            CategoryName::Structure => Self::Structure,
            CategoryName::Data => Self::Data,
            CategoryName::Range => Self::Range,
        }
    }
}
