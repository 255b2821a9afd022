//! `mutants`: small changes of the code, one at a time, each of which a test should notice.
//!
//! It takes hours. What was caught is remembered in `.aduana/mutants/`, and the next run goes on with the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo_tools::MUTANTS;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::cargo;
use crate::terminal::{heading, say, table};

/// The list of the mutants that no test can tell from the code, or that are left on purpose.
const EXPLAINED: &str = "tests/mutants.md";

/// How long a mutant may take to build, and its tests to run: a loop without an end is stopped then.
const SECONDS: &str = "240";

/// What is mutated, and by which tests its mutants are to be caught.
struct Subject {
    package: &'static str,
    tests: &'static [&'static str],
}

/// The rules are tested where they are; what happens to a message, above all by the suites over the strict world.
const SUBJECTS: [Subject; 2] = [
    Subject { package: "aduana-invoice", tests: &["aduana-invoice"] },
    Subject { package: "aduana-intake", tests: &["aduana-intake", "aduana-tests"] },
];

/// Which mutants.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// One of so many parts, as `1/8`, each a sample of all: every eighth.
    pub shard: Option<&'a str>,
    /// Only those in files that this matches.
    pub file: Option<&'a str>,
    /// Only those whose names this regular expression matches.
    pub name: Option<&'a str>,
    /// Also those that an earlier run caught.
    pub again: bool,
    /// How many at a time.
    pub jobs: u8,
}

/// `cargo xtask mutants`: fails if one survives that `tests/mutants.md` does not explain.
pub fn run_mutants(folders: &Folders, which: Which<'_>) -> Result<(), Failure> {
    let program = MUTANTS.install(folders)?;
    let list = fs::read_to_string(folders.root().join(EXPLAINED)).doing(|| format!("read {EXPLAINED}"))?;
    let explained = explained_in(&list);
    let mut rows = Vec::new();
    let mut survivors = Vec::new();
    for subject in SUBJECTS {
        heading(&format!("Mutants of {}", subject.package));
        let place = folders.private().join("mutants").join(subject.package);
        fs::create_dir_all(&place).doing(|| format!("make the folder {}", folders.shown(&place)))?;
        mutate(folders, &program, &subject, &place, which)?;
        let ends = Ends::read(&place.join("mutants.out"))?;
        survivors.extend(not_explained(&ends.missed, &explained));
        let missed = ends.missed.values().sum();
        let counts = [ends.caught, missed, ends.unviable, ends.timeouts].map(|count| count.to_string());
        let [caught, missed, unviable, timeouts] = counts;
        rows.push([subject.package.to_owned(), caught, missed, unviable, timeouts]);
    }
    say(&format!("\n{}", table(["", "caught", "missed", "unviable", "timeouts"], rows)));
    if survivors.is_empty() {
        return Ok(());
    }
    let shown = survivors.join("\n  ");
    Err(Failure::to("catch or explain every mutant")
        .because(format!("\n  {shown}"))
        .help(format!("write a test that fails with it, or say in {EXPLAINED} why there can be none")))
}

fn mutate(
    folders: &Folders,
    program: &Path,
    subject: &Subject,
    place: &Path,
    which: Which<'_>,
) -> Result<(), Failure> {
    let mut mutants = Command::new(program);
    mutants.current_dir(folders.root()).args(["mutants", "--package", subject.package, "--no-shuffle"]);
    mutants.args(["--line-col", "false", "--test-package", &subject.tests.join(",")]);
    mutants.args(["--timeout", SECONDS, "--build-timeout", SECONDS]);
    mutants.arg("--jobs").arg(which.jobs.to_string()).arg("--output").arg(place);
    // With one at a time what was built is kept for the next run; two would wait for each other.
    if which.jobs == 1 {
        mutants.env("CARGO_TARGET_DIR", folders.private().join("mutants/target"));
    }
    if let Some(flags) = faster_linker() {
        mutants.env("RUSTFLAGS", flags);
    }
    mutants.env("CARGO", cargo(folders).get_program());
    // A mutant that only one random history in thousands would show is not caught in any case.
    mutants.envs([("PROPTEST_CASES", "32"), ("ADUANA_HISTORIES", "40")]);
    if !which.again {
        mutants.arg("--iterate");
    }
    if which.shard.is_some() {
        mutants.args(["--sharding", "round-robin"]);
    }
    for (flag, value) in [("--shard", which.shard), ("--file", which.file), ("--re", which.name)] {
        if let Some(value) = value {
            mutants.args([flag, value]);
        }
    }
    let status = mutants.status().doing(|| format!("run {}", program.display()))?;
    // 2: some were missed; 3: some took too long. Both are told below.
    match status.code() {
        Some(0 | 2 | 3) => Ok(()),
        _ => Err(Failure::to(format!("try the mutants of {}", subject.package)).because(status.to_string())),
    }
}

/// How most of a mutant's time is saved, where mold is installed.
fn faster_linker() -> Option<&'static str> {
    let there = Command::new("mold").arg("--version").output();
    there.is_ok_and(|output| output.status.success()).then_some("-Clink-arg=-fuse-ld=mold")
}

/// What became of the mutants, in this run and in those before it.
struct Ends {
    caught: usize,
    /// By their names without a place, how many of each.
    missed: BTreeMap<String, usize>,
    unviable: usize,
    timeouts: usize,
}

impl Ends {
    fn read(place: &Path) -> Result<Self, Failure> {
        let lines = |name: &str| -> Result<BTreeSet<String>, Failure> {
            let file: PathBuf = place.join(name);
            if !file.exists() {
                return Ok(BTreeSet::new());
            }
            let text = fs::read_to_string(&file).doing(|| format!("read {}", file.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let before = lines("previously_caught.txt")?;
        let unviable = lines("unviable.txt")?.len();
        let caught = lines("caught.txt")?.union(&before).count();
        let missed = counted(lines("missed.txt")?.iter().map(|name| (without_place(name), 1)));
        Ok(Self { caught, missed, unviable, timeouts: lines("timeout.txt")?.len() })
    }
}

/// A mutant's name without line and column, which change with every edit: `src/a.rs:10:5: replace …`.
fn without_place(name: &str) -> String {
    match name.split_once(": ") {
        Some((place, what)) => format!("{}: {what}", place.split(':').next().unwrap_or(place)),
        None => name.to_owned(),
    }
}

/// The mutants that a list explains, each between backquotes at the beginning of an item, and how many of that name there are if
/// more than one: `` - `src/a.rs: replace …`: why `` or `` - `src/a.rs: replace …` × 2: why ``.
fn explained_in(list: &str) -> BTreeMap<String, usize> {
    let items = list.lines().filter_map(|line| line.trim_start().strip_prefix("- `")?.split_once('`'));
    counted(items.map(|(name, rest)| {
        let count = rest.strip_prefix(" × ").and_then(|rest| rest.split(':').next()?.parse().ok());
        (name.to_owned(), count.unwrap_or(1))
    }))
}

fn counted(names: impl Iterator<Item = (String, usize)>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (name, count) in names {
        *counts.entry(name).or_default() += count;
    }
    counts
}

/// The survivors of which there are more than are explained. What excuses one excuses no other of the same name.
fn not_explained(missed: &BTreeMap<String, usize>, explained: &BTreeMap<String, usize>) -> Vec<String> {
    let more = missed.iter().filter_map(|(name, &there)| match explained.get(name) {
        None => Some(name.clone()),
        Some(&known) => (there > known).then(|| format!("{name} ({there}, of which {known} explained)")),
    });
    more.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_is_known_by_what_it_changes_and_not_by_its_line() {
        let name = "crates/intake/src/plan.rs:12:5: replace < with <= in fits";
        assert_eq!(without_place(name), "crates/intake/src/plan.rs: replace < with <= in fits");
        assert_eq!(without_place(&without_place(name)), without_place(name));
    }

    #[test]
    fn an_explained_mutant_excuses_no_other_of_its_name() {
        let list = "# Left\n\n- `src/a.rs: replace < with <= in f`: the same for whole numbers.\n- not `this`\n- `src/b.rs: x` × 2: why\n";
        let explained = explained_in(list);
        let of = |names: [&str; 3]| counted(names.map(|name| (without_place(name), 1)).into_iter());
        let first = "src/a.rs:1:2: replace < with <= in f";
        let missed = of([first, "src/b.rs:1:1: x", "src/b.rs:2:1: x"]);
        assert_eq!(not_explained(&missed, &explained), [""; 0]);
        let missed = of([first, "src/a.rs:1:9: replace < with <= in f", "src/c.rs:1:1: x"]);
        assert_eq!(
            not_explained(&missed, &explained),
            ["src/a.rs: replace < with <= in f (2, of which 1 explained)", "src/c.rs: x"]
        );
    }
}
