//! A bug to be tried: a patch for `git apply`, its headline, and the test that must catch it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::said_by;

/// A bug, as a file in `tests/seeded_bugs/` says it:
///
/// ```text
/// The headline: what is wrong with the code.
///
/// Caught by: aduana-tests suites failures::a_failed_effect_is_a_retry
///
/// --- a/crates/intake/src/intake.rs
/// +++ b/crates/intake/src/intake.rs
/// @@ …
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bug {
    /// The name of its file, without the extension.
    pub(super) name: String,
    /// What is wrong with the code.
    pub(super) headline: String,
    /// What must catch it.
    pub(super) test: Test,
    patch: PathBuf,
}

/// One test of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) package: String,
    /// `lib`, or the name of a target of tests.
    pub(super) target: String,
    /// Its path in the target.
    pub(super) name: String,
}

/// What is done with a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apply {
    /// It is looked whether it fits; nothing is changed.
    Check,
    Now,
    Reverse,
}

/// All of them, by their names.
pub(super) fn read_all(folders: &Folders) -> Result<Vec<Bug>, Failure> {
    let folder = folders.root().join("tests/seeded_bugs");
    let what = || format!("read the bugs in {}", folders.shown(&folder));
    let mut bugs = Vec::new();
    for entry in folder.read_dir().doing(what)? {
        let path = entry.doing(what)?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            let text = fs::read_to_string(&path).doing(what)?;
            bugs.push(Bug::parse(path, &text)?);
        }
    }
    bugs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bugs)
}

impl Bug {
    fn parse(patch: PathBuf, text: &str) -> Result<Self, Failure> {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let failure = |why: &str| Failure::to(format!("read the bug {name}")).because(why);
        let headline = text.lines().next().filter(|line| !line.is_empty());
        let headline = headline.ok_or_else(|| failure("its first line does not say the bug"))?.to_owned();
        let caught_by = text.lines().find_map(|line| line.strip_prefix("Caught by: "));
        let words: Vec<&str> = caught_by.unwrap_or_default().split(' ').collect();
        let [package, target, case] = words.as_slice() else {
            return Err(failure("it lacks a line `Caught by: PACKAGE TARGET TEST`"));
        };
        let [package, target, case] = [package, target, case].map(|word| (*word).to_owned());
        Ok(Self { headline, test: Test { package, target, name: case }, patch, name })
    }

    /// Puts the bug into the sources below `root`, or takes it out again.
    pub(super) fn apply(&self, root: &Path, how: Apply) -> Result<(), Failure> {
        let doing = || format!("apply the bug {}", self.name);
        let root = root.canonicalize().doing(doing)?;
        let mut git = Command::new("git");
        git.arg("apply").args(match how {
            Apply::Check => ["--check"].as_slice(),
            Apply::Now => &[],
            Apply::Reverse => &["--reverse"],
        });
        // A copy may be inside of a repository, of which it is no part.
        git.envs(root.parent().map(|above| ("GIT_CEILING_DIRECTORIES", above)));
        git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").arg(&self.patch).current_dir(&root);
        said_by(&mut git, &doing()).map(drop).map_err(|failure| {
            failure.help(
                "the code has changed: make the patch anew, or remove it if that bug can be made no more",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "A word is wrong\n\nCaught by: p lib m::t\n\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n one\n-two\n+three\n four\n";

    /// Whether a file of Rust below `folder` has a function of this name.
    fn has_function(folder: &Path, name: &str) -> bool {
        let declared = format!("fn {name}(");
        folder.read_dir().expect("a folder").any(|entry| {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                return has_function(&path, name);
            }
            path.extension().is_some_and(|extension| extension == "rs")
                && fs::read_to_string(&path).expect("a text").contains(&declared)
        })
    }

    #[test]
    fn every_bug_still_fits_and_names_a_test_that_there_is() {
        let folders = Folders::find();
        let bugs = read_all(&folders).expect("patches");
        assert!(bugs.len() >= 16, "{}", bugs.len());
        for bug in bugs {
            bug.apply(folders.root(), Apply::Check).expect("it fits");
            let function = bug.test.name.rsplit("::").next().expect("a name");
            let is_there = ["crates", "functions", "tests"]
                .into_iter()
                .any(|folder| has_function(&folders.root().join(folder), function));
            assert!(is_there, "{}: there is no test {}", bug.name, bug.test.name);
        }
    }

    #[test]
    fn a_patch_says_the_bug_and_what_catches_it() {
        let bug = Bug::parse("a.patch".into(), PATCH).expect("a patch");
        assert_eq!((bug.headline.as_str(), bug.test.target.as_str()), ("A word is wrong", "lib"));
        for wrong in [PATCH.replace("A word is wrong", ""), PATCH.replace("Caught by", "Caught")] {
            assert!(Bug::parse("a.patch".into(), &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_bug_is_put_into_a_copy_and_taken_out_again_and_one_that_does_not_fit_is_reported() {
        let root = Folders::find().target().join(format!("seeded-bugs-{}", std::process::id()));
        fs::create_dir_all(&root).expect("a folder");
        let (file, patch) = (root.join("f"), root.join("a.patch"));
        fs::write(&patch, PATCH).expect("a file");
        fs::write(&file, "one\ntwo\nfour\n").expect("a file");
        let bug = Bug::parse(patch, PATCH).expect("a patch");
        let text = || fs::read_to_string(&file).expect("the file");
        bug.apply(&root, Apply::Check).expect("it fits");
        assert_eq!(text(), "one\ntwo\nfour\n");
        bug.apply(&root, Apply::Now).expect("it fits");
        assert_eq!(text(), "one\nthree\nfour\n");
        bug.apply(&root, Apply::Check).expect_err("it is there already");
        bug.apply(&root, Apply::Reverse).expect("it is there");
        assert_eq!(text(), "one\ntwo\nfour\n");
        fs::remove_dir_all(&root).expect("the folder is ours");
    }
}
