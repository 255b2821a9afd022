//! `prove`: that nothing is lost and nothing is stored twice, whatever fails; with figures, and the seed of what fails.
//!
//! Each part is one way to look for a lost or doubled message. They run one after the other, and the first that finds one ends
//! the command.

mod fuzz;
mod load;
mod strict;
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
    /// How many messages the load is; its usual size if it is left out.
    pub messages: Option<u32>,
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
    when: When,
}

/// When a part runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Each time.
    Always,
    /// When it is named, and in a night: it builds for production, and takes longer than all others.
    Asked,
}

impl Part {
    /// Whether it is to run, where `only` these are named.
    fn is_due(&self, nightly: bool, only: &[String]) -> bool {
        if only.is_empty() {
            self.when == When::Always || nightly
        } else {
            only.iter().any(|name| name == self.name)
        }
    }
}

const PARTS: [Part; 4] = [
    Part { name: "strict", run: strict::run_part, when: When::Always },
    Part { name: "wire", run: wire::run, when: When::Always },
    Part { name: "fuzz", run: fuzz::run_fuzz, when: When::Always },
    Part { name: "load", run: load::run, when: When::Asked },
];

/// The names of the parts, in the order in which they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// `cargo xtask prove`: the parts that are due, or those that are named; `write` puts the figures into docs/reliability.md.
pub fn run_prove(folders: &Folders, budget: Budget, only: &[String], write: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    for part in PARTS.iter().filter(|part| part.is_due(budget.nightly, only)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_takes_long_runs_when_it_is_named_and_in_a_night() {
        let due = |nightly, only: &[&str]| {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            let due = PARTS.iter().filter(|part| part.is_due(nightly, &only));
            due.map(|part| part.name).collect::<Vec<_>>()
        };
        assert!(!due(false, &[]).contains(&"load"));
        assert!(due(false, &[]).contains(&"wire"));
        assert_eq!(due(true, &[]), names().collect::<Vec<_>>());
        assert_eq!(due(false, &["load"]), ["load"]);
    }
}
