//! Tries the mutants that are behind a switch: each with the tests that pass by it, the quickest first, until one fails.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::failure::{Doing, Failure};
use crate::mutants::list::Mutant;
use crate::mutants::process::{self, Ran};
use crate::mutants::suites::{Suites, Test};
use crate::mutants::{End, Ends};
use crate::terminal::bar;

/// A test that takes less is run in one process with others of its kind.
const QUICK: Duration = Duration::from_millis(250);

/// How many quick ones at most.
const TOGETHER: usize = 12;

/// Tests are out of time after ten times what they took without a mutant, and this.
const GRACE: Duration = Duration::from_secs(5);

/// A mutant to be tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'m> {
    pub(super) mutant: &'m Mutant,
    /// Where it is, for the tests that pass by.
    pub(super) site: u32,
    /// The packages whose tests are to catch it.
    pub(super) tested_by: &'m [&'m str],
}

/// Tries all, so many at a time, and tells the end of each. A line for each goes to the file
/// `log` at once: its end, its name, and the test that made it.
pub(super) fn run(
    suites: &Suites,
    candidates: &[Candidate<'_>],
    jobs: usize,
    log: &Path,
) -> Result<Ends, Failure> {
    let writing = || format!("write {}", log.display());
    let mut lines = File::create(log).doing(writing)?;
    let bar = bar(u64::try_from(candidates.len()).unwrap_or_default(), "");
    let (next, catchers) = (AtomicUsize::new(0), Catchers::default());
    let mut ends = Ends::new();
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for job in 0..jobs {
            let (sender, next) = (sender.clone(), &next);
            let worker =
                Worker { suites, catchers: &catchers, said: log.with_extension(format!("{job}.said")) };
            scope.spawn(move || {
                while let Some(candidate) = candidates.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tried = worker.attempt(candidate);
                    // Nobody listens any more after a failure.
                    if sender.send((candidate.mutant, tried)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (mutant, tried) in receiver {
            let (end, test) = tried?;
            writeln!(lines, "{}\t{}\t{test}", end.name(), mutant.name).doing(writing)?;
            ends.insert(mutant.number(), end);
            bar.set_message(summary(&ends));
            bar.inc(1);
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(ends)
}

fn summary(ends: &Ends) -> String {
    let mut text = String::new();
    for end in [End::Caught, End::Survived, End::NotReached, End::OutOfTime] {
        let count = ends.values().filter(|other| **other == end).count();
        if count > 0 {
            write!(text, "{} {count}  ", end.name()).ok();
        }
    }
    text
}

/// What tries one mutant after the other.
struct Worker<'r> {
    suites: &'r Suites,
    catchers: &'r Catchers,
    /// Where the tests write to: of several together it tells which failed.
    said: PathBuf,
}

impl Worker<'_> {
    /// The end of a mutant, and the name of the test that made it; empty if none did.
    fn attempt(&self, candidate: &Candidate<'_>) -> Result<(End, String), Failure> {
        let Candidate { mutant, site, tested_by } = *candidate;
        let what = || format!("try the mutant {}", mutant.name);
        let is_due =
            |test: &Test| test.reaches.contains(&site) && tested_by.contains(&self.suites.package(test));
        let due = (0..).zip(&self.suites.tests).filter(|(_, test)| is_due(test)).collect();
        let batches = batches(due, &self.catchers.of(mutant));
        if batches.is_empty() {
            return Ok((End::NotReached, String::new()));
        }
        for batch in batches {
            let Some((_, first)) = batch.first() else { continue };
            let names = batch.iter().map(|(_, test)| test.name.as_str());
            let Some(mut command) = self.suites.command(first.suite, names) else { continue };
            let took: Duration = batch.iter().map(|(_, test)| test.took).sum();
            command.env("ADUANA_MUTANT", mutant.number().to_string());
            command.stdout(File::create(&self.said).doing(what)?);
            let end = match process::run(&mut command, GRACE + took * 10).doing(what)? {
                Ran::Passed => continue,
                Ran::Failed => End::Caught,
                Ran::OutOfTime => End::OutOfTime,
            };
            let said = fs::read(&self.said).doing(what)?;
            let name = failed(&String::from_utf8_lossy(&said)).unwrap_or_else(|| first.name.clone());
            if let Some((index, _)) = batch.iter().find(|(_, test)| test.name == name) {
                self.catchers.add(mutant, *index);
            }
            return Ok((end, name));
        }
        Ok((End::Survived, String::new()))
    }
}

/// The test that failed, by what a program of tests says: `test a::b ... FAILED`, or no more than `test a::b ... ` where the program
/// came to its end in that test.
fn failed(said: &str) -> Option<String> {
    let mut tests = said.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let (name, _) = tests.clone().find(|(_, end)| *end == "FAILED").or_else(|| tests.next_back())?;
    Some(name.strip_suffix(" - should panic").unwrap_or(name).to_owned())
}

/// A test by its place in the list of all.
type Numbered<'s> = (usize, &'s Test);

/// The tests in the order in which they are run, some together: those that are likely to fail, then the quick ones, then the slow
/// ones.
fn batches<'s>(mut due: Vec<Numbered<'s>>, likely: &[usize]) -> Vec<Vec<Numbered<'s>>> {
    due.sort_by_key(|(_, test)| test.took);
    let (first, rest): (Vec<_>, Vec<_>) = due.into_iter().partition(|(index, _)| likely.contains(index));
    let (mut quick, slow): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, test)| test.took < QUICK);
    quick.sort_by_key(|(_, test)| test.suite);
    let quick = quick.chunk_by(|(_, one), (_, other)| one.suite == other.suite);
    let quick = quick.flat_map(|of_suite| of_suite.chunks(TOGETHER)).map(<[_]>::to_vec);
    let alone = |tests: Vec<Numbered<'s>>| tests.into_iter().map(|test| vec![test]);
    alone(first).chain(quick).chain(alone(slow)).collect()
}

/// The tests that caught a mutant of the same function, or else of the same file: they are likely to catch the next.
#[derive(Debug, Default)]
struct Catchers(Mutex<HashMap<String, Vec<usize>>>);

impl Catchers {
    /// How many are remembered of a function and of a file.
    const MAX: usize = 2;

    fn of(&self, mutant: &Mutant) -> Vec<usize> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = places(mutant).into_iter().filter_map(|place| known.get(&place));
        found.flatten().copied().collect()
    }

    fn add(&self, mutant: &Mutant, test: usize) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places(mutant) {
            let tests = known.entry(place).or_default();
            tests.retain(|other| *other != test);
            tests.insert(0, test);
            tests.truncate(Self::MAX);
        }
    }
}

fn places(mutant: &Mutant) -> [String; 2] {
    [format!("{} {}", mutant.file, mutant.function), mutant.file.clone()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_test_that_failed_is_named_or_the_one_that_was_never_done() {
        let said =
            "\nrunning 3 tests\ntest a::b ... ok\ntest a::c ... FAILED\n\nfailures:\n---- a::c stdout ----\n";
        assert_eq!(failed(said).as_deref(), Some("a::c"));
        assert_eq!(failed("test a::b ... ok\ntest d - should panic ... ").as_deref(), Some("d"));
        assert_eq!(failed(""), None);
    }

    #[test]
    fn the_likely_go_first_and_the_quick_of_a_suite_together() {
        let test = |suite, millis| Test {
            suite,
            name: String::new(),
            took: Duration::from_millis(millis),
            reaches: BTreeSet::new(),
        };
        let tests = [test(0, 900), test(0, 20), test(1, 10), test(0, 10), test(1, 300), test(1, 1)];
        let batches = batches((0..).zip(&tests).collect(), &[5, 9]);
        let order: Vec<Vec<usize>> =
            batches.iter().map(|batch| batch.iter().map(|(index, _)| *index).collect()).collect();
        assert_eq!(order, [vec![5], vec![3, 1], vec![2], vec![4], vec![0]]);
    }
}
