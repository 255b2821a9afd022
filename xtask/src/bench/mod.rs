//! `bench`: what a verdict, a start and a batch cost, each against the least that could be done.
//!
//! # Layout
//! - `verdict`, `peers`, `work`, `starts`, `handler`, `memory`: the parts. Each returns tables, and may draw.
//! - `programs`: builds what is measured. `ways`: programs that read documents and take turns at it.
//! - `events`: what Lambda gives a function. `function`: one at work. `stub`: an AWS that answers everything after
//!   a fixed time.
//! - `process`: what Linux reports of a process. `instructions`: what callgrind counts.
//! - `numbers`, `plots`: how figures are written and drawn.

mod events;
mod function;
mod handler;
mod instructions;
mod memory;
mod numbers;
mod peers;
mod plots;
mod process;
mod programs;
mod starts;
mod stub;
mod verdict;
mod ways;
mod work;

use std::fs;
use std::time::Instant;

use crate::failure::{Doing, Failure};
use crate::figures::{self, Figures};
use crate::folders::Folders;
use crate::terminal::{GOOD, painted, say};
use plots::Plot;
use programs::Programs;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Only these parts; all, if there are none.
    pub only: &'o [String],
    /// Install the peers that are not there.
    pub peers: bool,
    /// Put the tables into docs/benchmarks.md, and the plots beside its pictures.
    pub write: bool,
}

/// Something that is measured.
struct Part {
    /// The name that `--only` takes, and that the marks in docs/benchmarks.md have.
    name: &'static str,
    /// Whether it starts the functions, which take minutes to build.
    starts_functions: bool,
    run: fn(&Programs<'_>) -> Result<Measured, Failure>,
}

/// What a part found.
#[derive(Debug, Default)]
struct Measured {
    tables: Vec<Figures>,
    /// What was left out, and why.
    notes: Vec<String>,
    plots: Vec<Plot>,
}

const PARTS: [Part; 6] = [
    Part { name: "verdict", starts_functions: false, run: verdict::run },
    Part { name: "peers", starts_functions: false, run: peers::run },
    Part { name: "work", starts_functions: false, run: work::run },
    Part { name: "starts", starts_functions: true, run: starts::run },
    Part { name: "handler", starts_functions: true, run: handler::run },
    Part { name: "memory", starts_functions: true, run: memory::run },
];

/// The names of the parts, in the order in which they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// `cargo xtask bench`.
pub fn run_bench(folders: &Folders, options: Options<'_>) -> Result<(), Failure> {
    let is_due = |part: &&Part| options.only.is_empty() || options.only.iter().any(|name| name == part.name);
    let parts: Vec<&Part> = PARTS.iter().filter(is_due).collect();
    let programs = Programs::build(folders, parts.iter().any(|part| part.starts_functions))?;
    if options.peers {
        peers::install(folders)?;
    }
    let begun = Instant::now();
    for part in parts {
        if part.starts_functions && !cfg!(target_os = "linux") {
            say(&format!("\nLeft out: {}. What a process takes is read from Linux's /proc.", part.name));
            continue;
        }
        let measured = (part.run)(&programs)?;
        measured.print();
        if options.write && !measured.tables.is_empty() {
            measured.write(folders, part.name)?;
        }
    }
    say(&format!("\n{} in {} s", painted(GOOD, "Measured"), begun.elapsed().as_secs()));
    Ok(())
}

impl Measured {
    fn print(&self) {
        self.tables.iter().for_each(Figures::print);
        self.notes.iter().for_each(|note| say(&format!("\n{note}")));
    }

    fn write(&self, folders: &Folders, name: &str) -> Result<(), Failure> {
        let tables: Vec<String> = self.tables.iter().map(Figures::to_markdown).collect();
        let text = [tables, self.notes.clone()].concat().join("\n");
        figures::write_between(&folders.root().join("docs/benchmarks.md"), name, &text)?;
        for plot in &self.plots {
            let file = folders.root().join(format!("docs/images/bench-{}.svg", plot.name));
            fs::write(&file, plot.to_svg()).doing(|| format!("write {}", folders.shown(&file)))?;
        }
        Ok(())
    }
}
