//! The mutants that cannot be behind a switch, each built by itself: cargo-mutants does that, in the copy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::cargo;
use crate::mutants::list::Mutant;
use crate::mutants::suites::RANDOM;
use crate::mutants::tree::Tree;
use crate::mutants::{End, Ends};

/// How long a mutant may take to build, and its tests to run: a loop without an end is stopped then.
const SECONDS: &str = "240";

/// Tries `mutants` of a package with the tests of the packages `tested_by`. The copy must be as it was.
pub(super) fn run(
    folders: &Folders,
    tree: &Tree<'_>,
    program: &Path,
    package: &str,
    mutants: &[&Mutant],
    tested_by: &[&str],
) -> Result<Ends, Failure> {
    let what = || format!("try the mutants of {package} that are built by themselves");
    let place = tree.beside(package);
    fs::create_dir_all(&place).doing(what)?;
    let mut command = Command::new(program);
    command.current_dir(tree.root()).args(["mutants", "--in-place", "--package", package, "--no-shuffle"]);
    command.args(["--test-package", &tested_by.join(","), "--timeout", SECONDS, "--build-timeout", SECONDS]);
    command.args(
        mutants
            .iter()
            .map(|mutant| &mutant.file)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .flat_map(|file| ["--file", file]),
    );
    command.args(mutants.iter().flat_map(|mutant| ["--re".to_owned(), exactly(&mutant.name)]));
    command.arg("--output").arg(&place);
    command.envs(tree.environment()).envs(RANDOM).env("CARGO", cargo(folders).get_program());
    let status = command.status().doing(|| format!("run {}", program.display()))?;
    // 2: some survived; 3: some were out of time. Both are told later.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(Failure::to(what()).because(status.to_string()));
    }
    let ends = read(&place.join("mutants.out")).doing(what)?;
    let end = |mutant: &&Mutant| {
        let end = ends.get(&mutant.name).copied();
        let missing = || Failure::to(what()).because(format!("cargo-mutants did not try {}", mutant.name));
        Ok((mutant.number(), end.ok_or_else(missing)?))
    };
    mutants.iter().map(end).collect()
}

/// A regular expression for one name. cargo-mutants 27.1 lets the fields of structs pass in any case: they are tried, and not asked for.
fn exactly(name: &str) -> String {
    let mut expression = String::from("^");
    for character in name.chars() {
        // No others: `\<` would be the beginning of a word.
        if r"\.+*?()|[]{}^$".contains(character) {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression + "$"
}

/// What became of each by its name.
fn read(place: &Path) -> std::io::Result<BTreeMap<String, End>> {
    let mut ends = BTreeMap::new();
    for (file, end) in [
        ("caught.txt", End::Caught),
        ("missed.txt", End::Survived),
        ("unviable.txt", End::NotViable),
        ("timeout.txt", End::OutOfTime),
    ] {
        let text = fs::read_to_string(place.join(file))?;
        ends.extend(text.lines().map(|name| (name.to_owned(), end)));
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_expression() {
        let name = "src/a.rs:1:2: replace <impl A for B<'_>>::c -> (u8) with *x^ in d";
        let expected = r"^src/a\.rs:1:2: replace <impl A for B<'_>>::c -> \(u8\) with \*x\^ in d$";
        assert_eq!(exactly(name), expected);
    }
}
