//! The real functions on a local AWS behind the fault proxy: `tests/local_aws/wire`.

use crate::failure::Failure;
use crate::figures::{self, Figures, VARIABLE};
use crate::folders::Folders;
use crate::test::on_wire;

use super::Budget;

/// Messages, and kills of the function in the middle of a batch.
const USUAL: (u32, u32) = (2_000, 20);
const NIGHTLY: (u32, u32) = (10_000, 100);

pub(super) fn run(folders: &Folders, budget: Budget) -> Result<Figures, Failure> {
    let (messages, kills) = if budget.nightly { NIGHTLY } else { USUAL };
    let file = figures::file(folders, "wire")?;
    on_wire(
        folders,
        &[
            ("ADUANA_WIRE_MESSAGES", messages.to_string().into()),
            ("ADUANA_WIRE_KILLS", kills.to_string().into()),
            ("ADUANA_SEED", budget.seed.to_string().into()),
            (VARIABLE, file.clone().into()),
        ],
    )
    .map_err(|failure| {
        failure.help(format!(
            "`cargo xtask prove --only wire --seed {}` has the same faults again, in another timing",
            budget.seed
        ))
    })?;
    let mut figures = Figures::of("Behind the fault proxy");
    figures.add_from(&file)?;
    Ok(figures)
}
