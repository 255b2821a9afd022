//! `seeded-bugs`: known bugs, put one after the other into a copy of the sources by `git apply`, and the test that catches each.
//!
//! A test that fails without the bug catches nothing: all are run without any first. Nor does code that does not compile
//! count as caught.

mod bug;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::failure::{Doing, Failure};
use crate::figures;
use crate::folders::Folders;
use crate::functions::cargo;
use crate::sources;
use crate::terminal::{GOOD, Step, painted, say, table};
use bug::{Apply, Bug, Test};

/// `cargo xtask seeded-bugs`: all bugs, or those in whose names one of `only` stands; `write` puts the list into docs/reliability.md.
pub fn run_seeded_bugs(folders: &Folders, only: &[String], write: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    let bugs = bug::read_all(folders)?;
    let chosen = |bug: &&Bug| only.is_empty() || only.iter().any(|part| bug.name.contains(part.as_str()));
    let chosen: Vec<&Bug> = bugs.iter().filter(chosen).collect();
    // Before anything is built: one that does not fit any more is reported at once.
    for bug in &chosen {
        bug.apply(folders.root(), Apply::Check)?;
    }
    let tree = Tree::copy(folders)?;
    without_bugs(&tree, &chosen)?;
    let mut escaped = Vec::new();
    for bug in &chosen {
        Step::begin(&bug.headline).done(|| {
            bug.apply(&tree.root, Apply::Now)?;
            let ran = tree.run(&[&bug.test]);
            bug.apply(&tree.root, Apply::Reverse)?;
            if ran? != Ran::Failed {
                escaped.push(bug.name.as_str());
            }
            Ok(())
        })?;
    }
    let rows = chosen.iter().map(|bug| {
        let end = if escaped.contains(&bug.name.as_str()) { "NO" } else { "yes" };
        [bug.headline.clone(), bug.test.name.clone(), end.to_owned()]
    });
    say(&format!("\n{}", table(["bug", "test", "caught"], rows)));
    if !escaped.is_empty() {
        return Err(Failure::to("catch every bug").because(escaped.join(", ")));
    }
    if write {
        if !only.is_empty() {
            return Err(Failure::to("write the list").because("not all bugs were tried"));
        }
        figures::write_between(&folders.root().join("docs/reliability.md"), "seeded-bugs", &list(&bugs))?;
    }
    let count = chosen.len();
    say(&format!("\n{} in {} s", painted(GOOD, &format!("All {count} caught")), begun.elapsed().as_secs()));
    Ok(())
}

/// Runs the named tests without any bug.
fn without_bugs(tree: &Tree<'_>, bugs: &[&Bug]) -> Result<(), Failure> {
    let mut targets: BTreeMap<(&str, &str), Vec<&Test>> = BTreeMap::new();
    for Bug { test, .. } in bugs {
        let tests = targets.entry((&test.package, &test.target)).or_default();
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    for ((package, target), tests) in targets {
        let names = tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>().join(", ");
        Step::begin(format!("The tests of {package} {target}, without any bug")).done(|| {
            match tree.run(&tests)? {
                Ran::Passed(count) if count == tests.len() => Ok(()),
                Ran::Passed(_) => Err(Failure::to("find every named test")
                    .because(format!("of these there are fewer in {package} {target}: {names}"))),
                Ran::Failed => Err(Failure::to("pass the tests without any bug")
                    .because(names)
                    .help(format!("what they said is in {}", tree.folders.shown(&tree.log)))),
            }
        })?;
    }
    Ok(())
}

/// The bugs and their tests as a table of Markdown.
fn list(bugs: &[Bug]) -> String {
    let rows = bugs.iter().map(|bug| {
        let Test { package, target, name } = &bug.test;
        format!("| {} | `{name}` | {package}, {target} |\n", bug.headline)
    });
    format!("| The bug | is caught by | of |\n|---|---|---|\n{}", rows.collect::<String>())
}

/// A copy of the sources to put bugs into, with a target folder that all of them share. Whoever edits the sources meanwhile disturbs
/// nothing.
#[derive(Debug)]
struct Tree<'f> {
    folders: &'f Folders,
    root: PathBuf,
    target: PathBuf,
    /// What the last tests said.
    log: PathBuf,
}

/// What became of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    /// So many, and none failed.
    Passed(usize),
    Failed,
}

impl<'f> Tree<'f> {
    /// Copies the sources as they are now. What has not changed is not written again, and so not built again.
    fn copy(folders: &'f Folders) -> Result<Self, Failure> {
        let place = folders.target().join("seeded-bugs");
        let [root, target, log] = ["tree", "target", "log"].map(|name| place.join(name));
        sources::copy(folders.root(), &root)
            .doing(|| format!("copy the sources to {}", folders.shown(&root)))?;
        Ok(Self { folders, root, target, log })
    }

    /// Runs these tests, all of one target, and no others. An error if they cannot be built.
    fn run(&self, tests: &[&Test]) -> Result<Ran, Failure> {
        let Some(Test { package, target, .. }) = tests.first() else { return Ok(Ran::Passed(0)) };
        let mut words = vec!["test", "--locked", "--package", package];
        words.extend(if target == "lib" { vec!["--lib"] } else { vec!["--test", target] });
        let (is_built, _) =
            self.finish(cargo(self.folders).args(&words).args(["--no-run", "--quiet"]), "build the tests")?;
        if !is_built {
            return Err(Failure::to(format!("build the tests of {package} {target}"))
                .help(format!("what the compiler said is in {}", self.folders.shown(&self.log))));
        }
        let mut test = cargo(self.folders);
        test.args(&words).args(["--", "--exact"]).args(tests.iter().map(|test| &test.name));
        let (is_good, said) = self.finish(&mut test, "run the tests")?;
        Ok(if is_good { Ran::Passed(passed(&said)) } else { Ran::Failed })
    }

    fn finish(&self, command: &mut Command, what: &str) -> Result<(bool, String), Failure> {
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).env("INSTA_UPDATE", "no");
        let output = command.output().doing(|| what.to_owned())?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        fs::write(&self.log, &said).doing(|| format!("write {}", self.log.display()))?;
        Ok((output.status.success(), said))
    }
}

/// The number in `test result: ok. 2 passed; …`, of all such lines together.
fn passed(said: &str) -> usize {
    let lines = said.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    lines.filter_map(|line| line.split_once(" passed")?.0.parse::<usize>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passed_is_counted() {
        let said = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n";
        assert_eq!(passed(said), 2);
        assert_eq!(passed("test result: FAILED. 1 passed; 1 failed\n"), 0);
    }
}
