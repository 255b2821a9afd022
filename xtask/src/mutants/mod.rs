//! `mutants`: small changes of the code, one at a time, each of which a test should notice.
//!
//! cargo-mutants says which there are. It would build each by itself, which takes most of a day; so nearly all of them are put into
//! one build, each behind its number ([`switch`]), and a process of tests is told the number of the one that is on.
//!
//! # Layout
//! - [`list`]: what cargo-mutants lists. [`page`]: what `tests/mutants.md` explains.
//! - [`tree`]: the copy of the sources that is changed and built. [`switch`]: the text of a file with its mutants in it.
//! - [`compile`]: drops what does not compile. [`suites`]: which tests there are, and which mutants each passes by.
//! - [`trial`]: tries the mutants, in [`process`]es that come to an end. [`rest`]: tries those that no switch can be put before.
//! - [`report`]: what came of it.

mod compile;
mod list;
mod page;
mod process;
mod report;
mod rest;
mod suites;
mod switch;
mod tree;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::available_parallelism;

use crate::cargo_tools::MUTANTS;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::terminal::{Step, heading};
use compile::{Dropped, Sorted};
use list::Mutant;
use report::Report;
use suites::Suites;
use tree::Tree;
use trial::Candidate;

/// What is mutated, and by which tests its mutants are to be caught.
struct Subject {
    package: &'static str,
    tested_by: &'static [&'static str],
}

/// The rules are tested where they are; what happens to a message, above all by the suites over the strict world.
const SUBJECTS: [Subject; 2] = [
    Subject { package: "aduana-invoice", tested_by: &["aduana-invoice"] },
    Subject { package: "aduana-intake", tested_by: &["aduana-intake", "aduana-tests"] },
];

/// The packages that are mutated.
const PACKAGES: [&str; 2] = ["aduana-invoice", "aduana-intake"];

/// Those that have tests for them.
const TESTED: [&str; 3] = ["aduana-invoice", "aduana-intake", "aduana-tests"];

/// Which mutants, and how.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Only those in files that this matches.
    pub file: Option<&'a str>,
    /// Only those whose names this regular expression matches.
    pub name: Option<&'a str>,
    /// How many at a time: as many as there are cores, unless said otherwise.
    pub jobs: Option<usize>,
}

/// What becomes of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A test failed.
    Caught,
    /// No test failed.
    Survived,
    /// No test so much as passed by, which is the same.
    NotReached,
    /// It does not compile.
    NotViable,
    /// The tests did not come to an end: as good as caught.
    OutOfTime,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Survived => "survived",
            Self::NotReached => "not reached",
            Self::NotViable => "not viable",
            Self::OutOfTime => "out of time",
        }
    }
}

/// What became of mutants, by their numbers.
type Ends = BTreeMap<u32, End>;

/// `cargo xtask mutants`: fails if one survives that `tests/mutants.md` does not explain.
pub fn run_mutants(folders: &Folders, options: Options<'_>) -> Result<(), Failure> {
    let explained = page::read(folders)?;
    let program = MUTANTS.install(folders)?;
    let mut tree = Tree::copy(folders)?;
    // Before anything is changed in the copy.
    let mutants = list::all(&program, tree.root(), &PACKAGES)?;
    let chosen = choose(&program, &tree, &mutants, options)?;
    heading(&format!("{} of {} mutants", chosen.len(), mutants.len()));
    let sorted = Step::begin("All mutants in one copy, without those that do not compile")
        .done(|| compile::settle(&mut tree, &mutants))?;
    let mut ends = not_viable(&chosen, &sorted);
    ends.extend(try_together(&tree, &chosen, &sorted, options.jobs)?);
    tree.restore()?;
    let alone: Vec<&Mutant> =
        chosen.iter().filter(|mutant| is_open(mutant, &sorted, &ends)).copied().collect();
    ends.extend(try_alone(folders, &tree, &program, &alone)?);
    let report = Report { chosen: &chosen, alone: &alone, ends: &ends };
    report.tell();
    report.judge(&explained, chosen.len() == mutants.len())
}

/// Those that are asked for. All are built in any case: a build for each choice would take longer.
fn choose<'m>(
    program: &Path,
    tree: &Tree<'_>,
    mutants: &'m [Mutant],
    options: Options<'_>,
) -> Result<Vec<&'m Mutant>, Failure> {
    let Options { file, name, .. } = options;
    if file.is_none() && name.is_none() {
        return Ok(mutants.iter().collect());
    }
    let names = list::names(program, tree.root(), &PACKAGES, file, name)?;
    Ok(mutants.iter().filter(|mutant| names.contains(&mutant.name)).collect())
}

/// The ends of those that do not compile.
fn not_viable(chosen: &[&Mutant], sorted: &Sorted) -> Ends {
    let is_dropped = |number: &u32| sorted.dropped.get(number) == Some(&Dropped::NotViable);
    let numbers = chosen.iter().map(|mutant| mutant.number()).filter(is_dropped);
    numbers.map(|number| (number, End::NotViable)).collect()
}

/// Tries those that are behind a switch.
fn try_together(
    tree: &Tree<'_>,
    chosen: &[&Mutant],
    sorted: &Sorted,
    jobs: Option<usize>,
) -> Result<Ends, Failure> {
    let mut candidates = Vec::new();
    let mut packages = BTreeSet::new();
    for Subject { package, tested_by } in SUBJECTS {
        for mutant in chosen.iter().filter(|mutant| mutant.package == package) {
            if let Some(site) = sorted.sites.get(&mutant.number()) {
                candidates.push(Candidate { mutant, site: site.number, tested_by });
                packages.extend(tested_by);
            }
        }
    }
    if candidates.is_empty() {
        return Ok(Ends::new());
    }
    let mut suites = Step::begin("The tests with all mutants, which takes some minutes the first time")
        .done(|| Suites::build(tree, &TESTED))?;
    suites.record(&packages, &tree.beside("reach"))?;
    let jobs = jobs.or_else(|| available_parallelism().ok().map(usize::from)).unwrap_or(1);
    trial::run(&suites, &candidates, jobs, &tree.beside("ends.tsv"))
}

/// Whether a mutant's end is not known yet, or not for certain: one in a `const fn` may be wrong where constants are made, and
/// there it was not on.
fn is_open(mutant: &Mutant, sorted: &Sorted, ends: &Ends) -> bool {
    match ends.get(&mutant.number()) {
        None => true,
        Some(End::Survived | End::NotReached) => {
            sorted.sites.get(&mutant.number()).is_some_and(|site| site.in_const_fn)
        }
        Some(End::Caught | End::NotViable | End::OutOfTime) => false,
    }
}

/// Tries those that have to be built by themselves.
fn try_alone(
    folders: &Folders,
    tree: &Tree<'_>,
    program: &Path,
    mutants: &[&Mutant],
) -> Result<Ends, Failure> {
    let mut ends = Ends::new();
    for Subject { package, tested_by } in SUBJECTS {
        let mutants: Vec<&Mutant> =
            mutants.iter().filter(|mutant| mutant.package == package).copied().collect();
        if !mutants.is_empty() {
            heading(&format!("{} mutants of {package} that are built by themselves", mutants.len()));
            ends.extend(rest::run(folders, tree, program, package, &mutants, tested_by)?);
        }
    }
    Ok(ends)
}
