//! `aduana console`, as the user types it.

use std::num::NonZeroU16;

use clap::Args;

use super::Stack;

/// See, correct and resend held invoices in the browser
///
/// Serves the web console on 127.0.0.1, for one browser and until Ctrl-C, with your own AWS identity. Prints the address that opens
/// it; it works once.
///
/// Exit codes: 130, Ctrl-C ended it; 2, wrong usage, or AWS failed.
#[derive(Debug, Args)]
#[command(after_help = examples![
    "aduana console"
    "aduana console --lang es"
    "aduana console --no-open --port 8411     print the address only; at this port"
])]
pub(crate) struct Console {
    /// The port of 127.0.0.1 (default: one that is free)
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<NonZeroU16>,

    /// Do not open the browser: print the address only
    ///
    /// On a machine that others use, too: they could see the address among the arguments of the browser that is started.
    #[arg(long)]
    pub(crate) no_open: bool,

    #[command(flatten)]
    pub(crate) stack: Stack,
}
