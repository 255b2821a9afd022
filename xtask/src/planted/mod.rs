//! `planted`: bugs that are planted one after the other, each in a copy of the sources, and the test that catches each.
//!
//! A test that fails without the bug catches nothing: all are run without any first. Nor does code that does not compile
//! count as caught.

mod patch;
mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use crate::failure::{Doing, Failure};
use crate::figures;
use crate::folders::Folders;
use crate::terminal::{GOOD, Step, painted, say, table};
use patch::{Bug, Test};
use tree::{Ran, Tree};

/// `cargo xtask planted`: all bugs, or those in whose names one of `only` stands; `write` puts the list into docs/reliability.md.
pub fn run_planted(folders: &Folders, only: &[String], write: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    let bugs = patch::read_all(&folders.root().join("tests/planted"))?;
    let chosen = |bug: &&Bug| only.is_empty() || only.iter().any(|part| bug.name.contains(part.as_str()));
    let chosen: Vec<&Bug> = bugs.iter().filter(chosen).collect();
    // Before anything is built: one that cannot be planted any more is told at once.
    for bug in &chosen {
        bug.planted(folders.root())?;
    }
    let tree = Tree::copy(folders)?;
    without_bugs(&tree, &chosen)?;
    let mut escaped = Vec::new();
    for bug in &chosen {
        Step::begin(&bug.headline).done(|| {
            if !is_caught(&tree, bug)? {
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
        return Err(Failure::to("catch every planted bug").because(escaped.join(", ")));
    }
    if write {
        if !only.is_empty() {
            return Err(Failure::to("write the list").because("not all bugs were planted"));
        }
        figures::write_between(&folders.root().join("docs/reliability.md"), "planted", &list(&bugs))?;
    }
    let count = chosen.len();
    say(&format!("\n{} in {} s", painted(GOOD, &format!("All {count} caught")), begun.elapsed().as_secs()));
    Ok(())
}

/// Runs the named tests without any bug.
fn without_bugs(tree: &Tree, bugs: &[&Bug]) -> Result<(), Failure> {
    let mut targets: BTreeMap<(&str, &str), Vec<&Test>> = BTreeMap::new();
    for Bug { test, .. } in bugs {
        let tests = targets.entry((&test.package, &test.target)).or_default();
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    for ((package, target), tests) in targets {
        Step::begin(format!("The tests of {package} {target}, without any bug")).done(|| {
            match tree.run(&tests)? {
                Ran::Passed(count) if count == tests.len() => Ok(()),
                Ran::Passed(_) => Err(Failure::to("find every named test")
                    .because(format!("of these there are fewer in {package} {target}: {}", names(&tests)))),
                Ran::Failed => Err(Failure::to("pass the tests without any bug")
                    .because(names(&tests))
                    .help(format!("what they said is in {}", tree.log().display()))),
            }
        })?;
    }
    Ok(())
}

fn names(tests: &[&Test]) -> String {
    tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Plants a bug, runs its test, and takes the bug out again. Only the copy is looked at: whoever edits the sources meanwhile
/// disturbs nothing.
fn is_caught(tree: &Tree, bug: &Bug) -> Result<bool, Failure> {
    let doing = || format!("plant the bug {}", bug.name);
    let mut right = Vec::new();
    for (file, wrong) in bug.planted(tree.root())? {
        let file = tree.root().join(file);
        right.push((fs::read(&file).doing(doing)?, file.clone()));
        fs::write(&file, wrong).doing(doing)?;
    }
    let ran = tree.run(&[&bug.test]);
    for (text, file) in right {
        fs::write(file, text).doing(doing)?;
    }
    Ok(matches!(ran?, Ran::Failed))
}

/// The bugs and their tests as a table of Markdown.
fn list(bugs: &[Bug]) -> String {
    let rows = bugs.iter().map(|bug| {
        let Test { package, target, name } = &bug.test;
        format!("| {} | `{name}` | {package}, {target} |\n", bug.headline)
    });
    format!("| The bug | is caught by | of |\n|---|---|---|\n{}", rows.collect::<String>())
}
