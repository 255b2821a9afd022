//! Random worlds, and worlds in which one thing goes wrong, in the strict in-memory AWS: `crates/testkit/src/simulation`.

use super::Budget;
use crate::failure::Failure;
use crate::figures::{self, Figures, VARIABLE};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::heading;

/// How much of the time is for the random worlds, in hundredths. The others have an end.
const SHARE: u32 = 50;

/// How many pairs of mishaps a night has time for.
const PAIRS: &str = "200000";

pub(super) fn run_part(folders: &Folders, budget: Budget) -> Result<Figures, Failure> {
    heading("The strict world");
    let file = figures::file(folders, "strict")?;
    let mut program = cargo(folders);
    program
        .args([
            "run",
            "--quiet",
            "--locked",
            "--profile",
            "prove",
            "--package",
            "aduana-testkit",
            "--bin",
            "strict",
        ])
        .env("ADUANA_SEED", budget.seed.to_string())
        .env("ADUANA_SECONDS", budget.share(SHARE).as_secs().to_string())
        .env(VARIABLE, &file);
    if budget.nightly {
        program.env("ADUANA_PAIRS", PAIRS);
    }
    run(&mut program, "end every world well")?;
    let mut figures = Figures::of("The strict world");
    figures.add_from(&file)?;
    Ok(figures)
}
