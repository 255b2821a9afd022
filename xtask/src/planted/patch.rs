//! A planted bug: a unified diff, its headline, and the test that must catch it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};

/// A bug to plant, as a file in `tests/planted/` says it:
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
pub(crate) struct Bug {
    /// The name of its file, without the extension.
    pub(crate) name: String,
    /// What is wrong with the code.
    pub(crate) headline: String,
    /// What must catch it.
    pub(crate) test: Test,
    changes: Vec<Change>,
}

/// One test of one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    pub(crate) package: String,
    /// `lib`, or the name of a target of tests.
    pub(crate) target: String,
    /// Its path in the target.
    pub(crate) name: String,
}

/// Lines of a file, and those that come in their place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Change {
    file: PathBuf,
    before: String,
    after: String,
}

/// All of `folder`, by their names.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Bug>, Failure> {
    let what = || format!("read the planted bugs in {}", folder.display());
    let mut bugs = Vec::new();
    for entry in folder.read_dir().doing(what)? {
        let path = entry.doing(what)?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path).doing(what)?;
            bugs.push(Bug::parse(&name, &text)?);
        }
    }
    bugs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bugs)
}

impl Bug {
    fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let failure = |why: &str| Failure::to(format!("read the planted bug {name}")).because(why);
        let headline = text.lines().next().filter(|line| !line.is_empty());
        let headline = headline.ok_or_else(|| failure("its first line does not say the bug"))?.to_owned();
        let caught_by = text.lines().find_map(|line| line.strip_prefix("Caught by: "));
        let words: Vec<&str> = caught_by.unwrap_or_default().split(' ').collect();
        let [package, target, case] = words.as_slice() else {
            return Err(failure("it lacks a line `Caught by: PACKAGE TARGET TEST`"));
        };
        let [package, target, case] = [package, target, case].map(|word| (*word).to_owned());
        let changes = changes(text).ok_or_else(|| failure("it has a hunk without a file"))?;
        if changes.is_empty() {
            return Err(failure("it changes nothing"));
        }
        Ok(Self { name: name.to_owned(), headline, test: Test { package, target, name: case }, changes })
    }

    /// The files that it changes, as they are below `root` with the bug in them.
    pub(crate) fn planted(&self, root: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
        let mut planted: Vec<(PathBuf, String)> = Vec::new();
        for change in &self.changes {
            let doing = || format!("plant the bug {} in {}", self.name, change.file.display());
            if !planted.iter().any(|(path, _)| *path == change.file) {
                let text = fs::read_to_string(root.join(&change.file)).doing(doing)?;
                planted.push((change.file.clone(), text));
            }
            for (_, text) in planted.iter_mut().filter(|(path, _)| *path == change.file) {
                *text = change.apply(text).map_err(|why| {
                    let help = "the code has changed: make the patch anew, or remove it if that bug can be made no more";
                    Failure::to(doing()).because(why).help(help)
                })?;
            }
        }
        Ok(planted)
    }
}

impl Change {
    fn apply(&self, text: &str) -> Result<String, &'static str> {
        let mut places = text.match_indices(&self.before).filter(|(at, _)| {
            let before = text.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with('\n')
        });
        match (places.next(), places.next()) {
            (Some((at, _)), None) => {
                let (before, rest) = text.split_at(at);
                let after = rest.strip_prefix(&self.before).unwrap_or_default();
                Ok(format!("{before}{}{after}", self.after))
            }
            (None, _) => Err("the lines that it changes are not there"),
            (Some(_), Some(_)) => Err("the lines that it changes are there more than once"),
        }
    }
}

/// The hunks of a diff. Their numbers of lines are not looked at: the lines themselves say where they are.
fn changes(text: &str) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let mut file = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("+++ b/") {
            file = Some(PathBuf::from(path));
        } else if line.starts_with("@@ ") {
            changes.push(Change { file: file.clone()?, ..Change::default() });
        } else if let (Some(change), false) = (changes.last_mut(), is_between_files(line)) {
            let (sign, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
            let rest = format!("{rest}\n");
            if matches!(sign, " " | "-") {
                change.before.push_str(&rest);
            }
            if matches!(sign, " " | "+") {
                change.after.push_str(&rest);
            }
        }
    }
    Some(changes)
}

/// Whether a line of a diff is none of a file's.
fn is_between_files(line: &str) -> bool {
    ["--- a/", "diff --git ", "index "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folders::Folders;

    const PATCH: &str = "A word is wrong\n\nCaught by: p lib m::t\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n one\n-two\n+three\n four\n";

    #[test]
    fn every_planted_bug_can_still_be_planted() {
        let folders = Folders::find();
        let bugs = read_all(&folders.root().join("tests/planted")).expect("patches");
        assert!(bugs.len() >= 16, "{}", bugs.len());
        for bug in bugs {
            for (file, planted) in bug.planted(folders.root()).expect("it can be planted") {
                let now = fs::read_to_string(folders.root().join(&file)).expect("the file");
                assert_ne!(planted, now, "{}", bug.name);
            }
        }
    }

    #[test]
    fn a_patch_says_the_bug_and_what_catches_it() {
        let bug = Bug::parse("a", PATCH).expect("a patch");
        assert_eq!((bug.headline.as_str(), bug.test.target.as_str()), ("A word is wrong", "lib"));
        for wrong in [
            PATCH.replace("A word is wrong", ""),
            PATCH.replace("Caught by", "Caught"),
            PATCH.replace("+++ b/f\n", ""),
            PATCH.split("@@").next().expect("a head").to_owned(),
        ] {
            assert!(Bug::parse("a", &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_change_is_made_where_its_lines_stand_and_only_if_that_is_one_place() {
        let bug = Bug::parse("a", PATCH).expect("a patch");
        let [change] = bug.changes.as_slice() else { panic!("one change") };
        assert_eq!(change.apply("zero\none\ntwo\nfour\n").as_deref(), Ok("zero\none\nthree\nfour\n"));
        assert!(change.apply("one\ntwo\nfive\n").is_err());
        assert!(change.apply("one\ntwo\nfour\none\ntwo\nfour\n").is_err());
        assert!(change.apply("twenty-one\ntwo\nfour\n").is_err(), "whole lines");
    }
}
