//! `simulate`, `chaos` and `load`: three ways to look for a lost or doubled message, with figures for docs/reliability.md.

use std::ffi::OsString;
use std::time::Instant;

use crate::failure::Failure;
use crate::figures::{self, Figures, VARIABLE};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::{GOOD, heading, painted, say};
use crate::test::{behind_proxy, under_load};

/// How much is tried, and what becomes of the figures.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether it has the size of a night.
    pub nightly: bool,
    /// Where the random numbers begin.
    pub seed: u64,
    /// Whether the figures are put into docs/reliability.md.
    pub write: bool,
}

/// How many pairs of mishaps a night has time for.
const PAIRS: &str = "200000";

/// How many messages are sent, and in a night.
const CHAOS: (u32, u32) = (2_000, 10_000);
const LOAD: (u32, u32) = (10_000, 100_000);

/// So many messages for each kill of the function in the middle of a batch.
const A_KILL: u32 = 100;

/// `cargo xtask simulate`: random worlds for so many seconds, and worlds in which one thing goes wrong, in the strict in-memory AWS:
/// `crates/testkit/src/simulation`.
pub fn run_simulate(folders: &Folders, options: Options, seconds: u32) -> Result<(), Failure> {
    heading("The strict world");
    measured(folders, "simulate", "The strict world", options.write, |figures| {
        let mut program = cargo(folders);
        program.args(["run", "--quiet", "--locked", "--profile", "simulate"]);
        program.args(["--package", "aduana-testkit", "--bin", "simulate"]);
        program.env("ADUANA_SEED", options.seed.to_string()).env("ADUANA_SECONDS", seconds.to_string());
        program.envs(options.nightly.then_some(("ADUANA_PAIRS", PAIRS)));
        run(program.env(VARIABLE, figures), "end every world well")
    })
}

/// `cargo xtask chaos`: the real functions on a local AWS behind the fault proxy, killed in the middle of their batches:
/// `tests/local_aws/chaos`.
pub fn run_chaos(folders: &Folders, options: Options, messages: Option<u32>) -> Result<(), Failure> {
    let messages = messages.unwrap_or(if options.nightly { CHAOS.1 } else { CHAOS.0 });
    let seed = options.seed;
    measured(folders, "chaos", "Behind the fault proxy", options.write, |figures| {
        let env = [
            ("ADUANA_CHAOS_MESSAGES", messages.to_string().into()),
            ("ADUANA_CHAOS_KILLS", (messages / A_KILL).max(1).to_string().into()),
            ("ADUANA_SEED", seed.to_string().into()),
            (VARIABLE, figures),
        ];
        behind_proxy(folders, &env).map_err(|failure| {
            let again =
                format!("`cargo xtask chaos --seed {seed}` has the same faults again, in another timing");
            failure.help(again)
        })
    })
}

/// `cargo xtask load`: the functions as production runs them, under many messages: `tests/local_aws/load`.
pub fn run_load(folders: &Folders, options: Options, messages: Option<u32>) -> Result<(), Failure> {
    let messages = messages.unwrap_or(if options.nightly { LOAD.1 } else { LOAD.0 });
    measured(folders, "load", "Under load", options.write, |figures| {
        let env = [("ADUANA_LOAD_MESSAGES", messages.to_string().into()), (VARIABLE, figures)];
        under_load(folders, &env)
    })
}

/// Has `work` done, which is given the file for its figures, and publishes them under this name.
fn measured(
    folders: &Folders,
    name: &str,
    subject: &str,
    write: bool,
    work: impl FnOnce(OsString) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let file = figures::file(folders, name)?;
    work(file.clone().into())?;
    let mut figures = Figures::of(subject);
    figures.add_from(&file)?;
    figures.publish(folders, name, write)?;
    say(&format!("\n{} in {} s", painted(GOOD, "Nothing lost, nothing twice"), begun.elapsed().as_secs()));
    Ok(())
}
