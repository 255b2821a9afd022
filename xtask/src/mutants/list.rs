//! Which mutants there are, and what they are called: cargo-mutants says so, and `.cargo/mutants.toml` what it leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::mutants::switch::{Change, Genre};

/// One small change of the code.
#[derive(Debug, Clone)]
pub(super) struct Mutant {
    pub(super) package: String,
    /// From the top of the checkout.
    pub(super) file: String,
    /// With its line and column, so that no two have the same.
    pub(super) name: String,
    /// The function that it is in; empty outside of any.
    pub(super) function: String,
    pub(super) change: Change,
}

impl Mutant {
    /// Its place in the list, from 1: 0 is the code as it is.
    pub(super) fn number(&self) -> u32 {
        self.change.number
    }
}

/// All mutants of `packages`, in the checkout or copy at `root`.
pub(super) fn all(program: &Path, root: &Path, packages: &[&str]) -> Result<Vec<Mutant>, Failure> {
    let listed = ask(program, root, packages, &[])?;
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut mutants = Vec::new();
    for (number, value) in (1..).zip(&listed) {
        let not_understood = || {
            Failure::to("understand what cargo-mutants lists")
                .because(value.to_string())
                .help("does the version in xtask/src/cargo_tools.rs list as the one before did?")
        };
        let file = value.get("file").and_then(Value::as_str).ok_or_else(not_understood)?;
        if !texts.contains_key(file) {
            let text = fs::read_to_string(root.join(file)).doing(|| format!("read {file}"))?;
            texts.insert(file.to_owned(), text);
        }
        let text = texts.get(file).map_or("", String::as_str);
        mutants.push(mutant(number, value, text).ok_or_else(not_understood)?);
    }
    Ok(mutants)
}

/// The names of those mutants that a glob of files and a regular expression of names leave over.
///
/// That cargo-mutants 27.1 lets the fields of structs (`delete field …`) pass whatever the expression, costs seconds.
pub(super) fn names(
    program: &Path,
    root: &Path,
    packages: &[&str],
    file: Option<&str>,
    name: Option<&str>,
) -> Result<BTreeSet<String>, Failure> {
    let filters = [("--file", file), ("--re", name)];
    let filters: Vec<&str> =
        filters.iter().filter_map(|(flag, value)| Some([*flag, (*value)?])).flatten().collect();
    let listed = ask(program, root, packages, &filters)?;
    Ok(listed.iter().filter_map(|value| text_of(value, "/name")).collect())
}

fn ask(program: &Path, root: &Path, packages: &[&str], filters: &[&str]) -> Result<Vec<Value>, Failure> {
    let what = || "list the mutants".to_owned();
    let mut list = Command::new(program);
    list.current_dir(root).args(["mutants", "--list", "--json"]).args(filters);
    list.args(packages.iter().flat_map(|package| ["--package", package]).map(OsStr::new));
    let output = list.output().doing(what)?;
    if !output.status.success() {
        return Err(Failure::to(what()).because(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    #[expect(clippy::disallowed_methods, reason = "a list of mutants, not an invoice")]
    serde_json::from_slice(&output.stdout).doing(what)
}

fn mutant(number: u32, value: &Value, text: &str) -> Option<Mutant> {
    let start = value.pointer("/span/start")?;
    let place = |which: &str| usize::try_from(start.get(which)?.as_u64()?).ok();
    let returns = text_of(value, "/function/return_type").unwrap_or_default();
    Some(Mutant {
        package: text_of(value, "/package")?,
        file: text_of(value, "/file")?,
        name: text_of(value, "/name")?,
        function: text_of(value, "/function/function_name").unwrap_or_default(),
        change: Change {
            number,
            genre: Genre::named(&text_of(value, "/genre")?),
            start: byte(text, place("line")?, place("column")?)?,
            replacement: text_of(value, "/replacement")?,
            is_opaque: returns.contains("impl "),
        },
    })
}

fn text_of(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

/// Where in `text` a line and a column in characters are, both from 1.
fn byte(text: &str, line: usize, column: usize) -> Option<usize> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let within: usize = text.get(before..)?.chars().take(column.checked_sub(1)?).map(char::len_utf8).sum();
    Some(before + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_not_bytes() {
        let text = "fn f() {}\n// ¿qué?\nlet año = a + b;\n";
        let at = byte(text, 3, 13).expect("it is there");
        assert_eq!(&text[at..=at], "+");
        assert_eq!(byte(text, 1, 1), Some(0));
        assert_eq!(byte(text, 0, 1), None);
    }

    #[test]
    fn what_is_listed_is_read() {
        let listed = serde_json::json!({
            "file": "src/a.rs", "package": "a", "genre": "FnValue", "replacement": "0",
            "name": "src/a.rs:2:5: replace f -> u8 with 0",
            "function": { "function_name": "f", "return_type": "-> u8" },
            "span": { "start": { "line": 2, "column": 5 }, "end": { "line": 2, "column": 6 } },
        });
        let mutant = mutant(7, &listed, "fn f() -> u8 {\n    1\n}\n").expect("it is all there");
        let change = Change {
            number: 7,
            genre: Genre::FnValue,
            start: 19,
            replacement: "0".to_owned(),
            is_opaque: false,
        };
        assert_eq!(mutant.change, change);
        assert_eq!((mutant.number(), mutant.function.as_str()), (7, "f"));
    }
}
