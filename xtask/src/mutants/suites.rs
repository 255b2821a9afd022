//! Which tests there are, how long each takes, and which mutants it passes by.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::mutants::process::{self, Ran};
use crate::mutants::tree::Tree;
use crate::terminal::{bar, say};

/// How long a test may take that has no mutant.
const PATIENCE: Duration = Duration::from_mins(5);

/// Fewer random cases than usual: a mutant that only one in thousands would show is not caught in any case. The same ones each
/// time, so that a mutant that survives does so again.
pub(super) const RANDOM: [(&str, &str); 3] =
    [("PROPTEST_CASES", "32"), ("PROPTEST_RNG_SEED", "1"), ("ADUANA_HISTORIES", "40")];

/// A program of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) package: String,
    program: PathBuf,
    /// Where it runs.
    folder: PathBuf,
}

/// A test, and what it is worth.
#[derive(Debug, Clone)]
pub(super) struct Test {
    /// Which suite it is of.
    pub(super) suite: usize,
    pub(super) name: String,
    pub(super) took: Duration,
    /// The sites that it passes by.
    pub(super) reaches: BTreeSet<u32>,
}

/// All that can catch a mutant.
#[derive(Debug)]
pub(super) struct Suites {
    environment: Vec<(&'static str, OsString)>,
    programs: Vec<Suite>,
    pub(super) tests: Vec<Test>,
}

impl Suites {
    /// Builds the tests of `packages`.
    pub(super) fn build(tree: &Tree<'_>, packages: &[&str]) -> Result<Self, Failure> {
        let what = || "build the tests with all mutants".to_owned();
        let mut build = tree.cargo();
        build.args(["test", "--no-run", "--locked", "--profile", "mutants", "--lib", "--tests", "--quiet"]);
        build.args(["--message-format", "json-render-diagnostics"]);
        for package in packages {
            build.args(["--package", package]);
        }
        let output = build.stdin(Stdio::null()).output().doing(what)?;
        if !output.status.success() {
            return Err(Failure::to(what()).because(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let mut environment: Vec<(&str, OsString)> =
            RANDOM.map(|(name, value)| (name, value.into())).to_vec();
        environment.extend([
            ("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1".into()),
            ("INSTA_UPDATE", "no".into()),
            ("INSTA_WORKSPACE_ROOT", tree.root().into()),
            ("RUST_BACKTRACE", "0".into()),
            // For `--fail-fast`, which is not stable.
            ("RUSTC_BOOTSTRAP", "1".into()),
        ]);
        Ok(Self { environment, programs: said.lines().filter_map(Suite::read).collect(), tests: Vec::new() })
    }

    /// Runs each test of `packages` by itself, without a mutant, and keeps those that pass. `reach` is a file for what they pass by.
    pub(super) fn record(&mut self, packages: &BTreeSet<&str>, reach: &Path) -> Result<(), Failure> {
        let mut names = Vec::new();
        for (index, suite) in self.programs.iter().enumerate() {
            if packages.contains(suite.package.as_str()) {
                names.extend(suite.names()?.into_iter().map(|name| (index, name)));
            }
        }
        let bar = bar(u64::try_from(names.len()).unwrap_or_default(), "What each test reaches");
        for (suite, name) in names {
            match self.recorded(suite, name, reach)? {
                Ok(test) => self.tests.push(test),
                Err(name) => complain(&bar, &name),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The test, or its name if it fails without any mutant.
    fn recorded(&self, suite: usize, name: String, reach: &Path) -> Result<Result<Test, String>, Failure> {
        let what = || format!("run the test {name}");
        if reach.exists() {
            fs::remove_file(reach).doing(what)?;
        }
        let Some(mut command) = self.command(suite, [name.as_str()]) else { return Ok(Err(name)) };
        let begun = Instant::now();
        let ran = process::run(command.env("ADUANA_MUTANT_REACH", reach), PATIENCE).doing(what)?;
        let took = begun.elapsed();
        if ran != Ran::Passed {
            return Ok(Err(name));
        }
        let passed_by = if reach.exists() { fs::read_to_string(reach).doing(what)? } else { String::new() };
        let reaches = passed_by.lines().filter_map(|site| site.parse().ok()).collect();
        Ok(Ok(Test { suite, name, took, reaches }))
    }

    /// The package that a test is of.
    pub(super) fn package(&self, test: &Test) -> &str {
        self.programs.get(test.suite).map_or("", |suite| &suite.package)
    }

    /// What runs these tests of a suite, one after the other, until one fails.
    pub(super) fn command<'n>(
        &self,
        suite: usize,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<Command> {
        let Suite { program, folder, .. } = self.programs.get(suite)?;
        let mut command = process::limited(program);
        command.args(["--exact", "--test-threads", "1", "-Zunstable-options", "--fail-fast"]).args(names);
        command.current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Some(command)
    }
}

impl Suite {
    /// From a line of cargo's JSON; none if that is something else.
    fn read(line: &str) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what cargo says, not an invoice")]
        let said: Value = serde_json::from_str(line).ok()?;
        if said.get("reason")? != "compiler-artifact" || said.pointer("/profile/test")? != true {
            return None;
        }
        // `path+file:///…/crates/invoice#aduana-invoice@0.1.0`
        let (_, package) = said.get("package_id")?.as_str()?.rsplit_once('#')?;
        Some(Self {
            package: package.split('@').next()?.to_owned(),
            program: said.get("executable")?.as_str()?.into(),
            folder: Path::new(said.get("manifest_path")?.as_str()?).parent()?.to_owned(),
        })
    }

    /// Its tests, but for those that are ignored.
    fn names(&self) -> Result<Vec<String>, Failure> {
        let all = self.list(&[])?;
        let ignored: BTreeSet<String> = self.list(&["--ignored"])?.into_iter().collect();
        Ok(all.into_iter().filter(|name| !ignored.contains(name)).collect())
    }

    fn list(&self, flags: &[&str]) -> Result<Vec<String>, Failure> {
        let what = || format!("list the tests in {}", self.program.display());
        let mut list = Command::new(&self.program);
        let output =
            list.args(["--list", "--format", "terse"]).args(flags).current_dir(&self.folder).output();
        let said = output.doing(what)?.stdout;
        let said = String::from_utf8_lossy(&said);
        Ok(said.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }
}

fn complain(bar: &ProgressBar, name: &str) {
    bar.suspend(|| say(&format!("left out, as it fails by itself: {name}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_tests_is_told_from_what_it_is_built_with() {
        let said = |test: bool| {
            let said = serde_json::json!({
                "reason": "compiler-artifact",
                "package_id": "path+file:///a/crates/invoice#aduana-invoice@0.1.0",
                "manifest_path": "/a/crates/invoice/Cargo.toml",
                "profile": { "test": test },
                "executable": test.then_some("/t/mutants/deps/rules-1"),
            });
            said.to_string()
        };
        let suite = Suite::read(&said(true)).expect("a program of tests");
        assert_eq!(suite.package, "aduana-invoice");
        assert_eq!(suite.folder, Path::new("/a/crates/invoice"));
        assert_eq!(Suite::read(&said(false)), None);
    }
}
