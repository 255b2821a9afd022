//! A copy of the sources to plant bugs in, with a target folder that all of them share.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::cargo;
use crate::planted::patch::Test;
use crate::sources;

/// The copy.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    folders: &'a Folders,
    root: PathBuf,
    target: PathBuf,
    log: PathBuf,
}

/// What became of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// So many, and none failed.
    Passed(usize),
    Failed,
}

impl<'a> Tree<'a> {
    /// Copies the sources as they are now to `target/planted/tree`. What has not changed is not written again, and so not
    /// built again.
    pub(super) fn copy(folders: &'a Folders) -> Result<Self, Failure> {
        let place = folders.target().join("planted");
        let [root, target, log] = ["tree", "target", "log"].map(|name| place.join(name));
        sources::copy(folders.root(), &root)
            .doing(|| format!("copy the sources to {}", folders.shown(&root)))?;
        Ok(Self { folders, root, target, log })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What the last tests said.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// Runs these tests, all of one target, and no others. An error if they cannot be built.
    pub(super) fn run(&self, tests: &[&Test]) -> Result<Ran, Failure> {
        let Some(Test { package, target, .. }) = tests.first() else { return Ok(Ran::Passed(0)) };
        let mut words = vec!["test", "--locked", "--package", package];
        words.extend(if target == "lib" { vec!["--lib"] } else { vec!["--test", target] });
        let mut build = cargo(self.folders);
        self.finish(build.args(&words).args(["--no-run", "--quiet"]), "build the tests").and_then(
            |(good, _)| {
                let failure = || {
                    Failure::to(format!("build the tests of {package} {target}"))
                        .help(format!("what the compiler said is in {}", self.log.display()))
                };
                good.then_some(()).ok_or_else(failure)
            },
        )?;
        let mut test = cargo(self.folders);
        test.args(&words).args(["--", "--exact"]).args(tests.iter().map(|test| &test.name));
        let (good, said) = self.finish(&mut test, "run the tests")?;
        if !good {
            return Ok(Ran::Failed);
        }
        Ok(Ran::Passed(passed(&said)))
    }

    fn finish(&self, command: &mut std::process::Command, what: &str) -> Result<(bool, String), Failure> {
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
