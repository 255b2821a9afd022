//! `prove`: that nothing is lost and nothing is stored twice, whatever fails; with figures, and the seed of what fails.
//!
//! Each part is one way to look for a lost or doubled message. They run one after the other, and the first that finds one ends
//! the command.

mod fuzz;
mod wire;

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::figures::{self, Figures};
use crate::folders::Folders;
use crate::terminal::{GOOD, painted, say};

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How long the parts without an end run, all together. Those with an end, and what is built before, come on top.
    pub minutes: u32,
    /// Whether the parts with an end have the size of a night.
    pub nightly: bool,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Budget {
    /// So many hundredths of the time.
    pub fn share(self, percent: u32) -> Duration {
        Duration::from_mins(1) * self.minutes * percent / 100
    }
}

/// A way to look for a lost or doubled message.
struct Part {
    /// The name that `--only` takes, and that the marks in docs/reliability.md have.
    name: &'static str,
    run: fn(&Folders, Budget) -> Result<Figures, Failure>,
}

const PARTS: [Part; 2] = [Part { name: "wire", run: wire::run }, Part { name: "fuzz", run: fuzz::run_fuzz }];

/// The names of the parts, in the order in which they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// `cargo xtask prove`: all parts, or those that are named; `write` puts the figures into docs/reliability.md.
pub fn run_prove(folders: &Folders, budget: Budget, only: &[String], write: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    for part in PARTS.iter().filter(|part| only.is_empty() || only.iter().any(|name| name == part.name)) {
        let figures = (part.run)(folders, budget)?;
        figures.tell();
        if write {
            let document = folders.root().join("docs/reliability.md");
            figures::write_between(&document, part.name, &figures.to_markdown())?;
        }
    }
    say(&format!("\n{} in {} s", painted(GOOD, "Nothing lost, nothing twice"), begun.elapsed().as_secs()));
    Ok(())
}
