//! The functions as production runs them, under many messages: `tests/local_aws/load`.

use crate::failure::Failure;
use crate::figures::{self, Figures, VARIABLE};
use crate::folders::Folders;
use crate::test::under_load;

use super::Budget;

const USUAL: u32 = 10_000;
const NIGHTLY: u32 = 100_000;

pub(super) fn run(folders: &Folders, budget: Budget) -> Result<Figures, Failure> {
    let messages = budget.messages.unwrap_or(if budget.nightly { NIGHTLY } else { USUAL });
    let file = figures::file(folders, "load")?;
    under_load(
        folders,
        &[("ADUANA_LOAD_MESSAGES", messages.to_string().into()), (VARIABLE, file.clone().into())],
    )?;
    let mut figures = Figures::of("Under load");
    figures.add_from(&file)?;
    Ok(figures)
}
