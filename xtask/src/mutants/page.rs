//! The page that says of each survivor why no test can catch it.

use std::collections::BTreeMap;
use std::fs;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;

/// The list of the mutants that no test can distinguish from the code, or that are left on purpose.
pub(super) const PAGE: &str = "tests/mutants.md";

/// How many mutants there are of each name without a place.
pub(super) type Counts = BTreeMap<String, usize>;

/// What the page explains.
pub(super) fn read(folders: &Folders) -> Result<Counts, Failure> {
    let list = fs::read_to_string(folders.root().join(PAGE)).doing(|| format!("read {PAGE}"))?;
    Ok(explained_in(&list))
}

/// The mutants that a list explains, each between backquotes at the beginning of an item, and how many of that name there are if
/// more than one: `` - `src/a.rs: replace …`: why `` or `` - `src/a.rs: replace …` × 2: why ``.
fn explained_in(list: &str) -> Counts {
    let items = list.lines().filter_map(|line| line.trim_start().strip_prefix("- `")?.split_once('`'));
    counted(items.map(|(name, rest)| {
        let count = rest.strip_prefix(" × ").and_then(|rest| rest.split(':').next()?.parse().ok());
        (name.to_owned(), count.unwrap_or(1))
    }))
}

/// How many there are of each, of mutants by their full names.
pub(super) fn count<'n>(names: impl Iterator<Item = &'n str>) -> Counts {
    counted(names.map(|name| (without_place(name), 1)))
}

fn counted(names: impl Iterator<Item = (String, usize)>) -> Counts {
    let mut counts = BTreeMap::new();
    for (name, count) in names {
        *counts.entry(name).or_default() += count;
    }
    counts
}

/// A mutant's name without line and column, which change with every edit: `src/a.rs:10:5: replace …`.
fn without_place(name: &str) -> String {
    match name.split_once(": ") {
        Some((place, what)) => format!("{}: {what}", place.split(':').next().unwrap_or(place)),
        None => name.to_owned(),
    }
}

/// Those of which there are more in `these` than in `others`. What excuses one excuses no other of the same name.
pub(super) fn more(these: &Counts, others: &Counts) -> Vec<String> {
    let more = these.iter().filter_map(|(name, &count)| match others.get(name) {
        None => Some(name.clone()),
        Some(&other) => (count > other).then(|| format!("{name} ({count} instead of {other})")),
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
        let first = "src/a.rs:1:2: replace < with <= in f";
        let survived = count(["src/b.rs:1:1: x", first, "src/b.rs:2:1: x"].into_iter());
        assert_eq!(more(&survived, &explained), [""; 0]);
        assert_eq!(more(&explained, &survived), [""; 0]);
        let survived = count([first, "src/a.rs:1:9: replace < with <= in f", "src/c.rs:1:1: x"].into_iter());
        assert_eq!(
            more(&survived, &explained),
            ["src/a.rs: replace < with <= in f (2 instead of 1)", "src/c.rs: x"]
        );
        assert_eq!(more(&explained, &survived), ["src/b.rs: x"]);
    }
}
