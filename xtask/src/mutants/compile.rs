//! Finds out which mutants compile together, and drops the others until they do.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::process::Stdio;

use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::mutants::list::Mutant;
use crate::mutants::switch::{self, Change, Mark, Refusal, Site};
use crate::mutants::tree::{LIBRARY, Tree};

/// The mutants that are in the copy, and why the others are not, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) sites: BTreeMap<u32, Site>,
    pub(super) dropped: BTreeMap<u32, Dropped>,
}

/// Why a mutant is not in the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// It does not compile, and would not alone.
    NotViable,
    /// It may compile alone.
    Elsewhere,
}

/// Puts all mutants into the copy that compile there together.
pub(super) fn settle(tree: &mut Tree<'_>, mutants: &[Mutant]) -> Result<Sorted, Failure> {
    let mut files: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    // The switch itself is there: what it may have is built by itself.
    for mutant in mutants.iter().filter(|mutant| mutant.file != LIBRARY) {
        files.entry(&mutant.file).or_default().push(&mutant.change);
    }
    tree.add_switch(mutants.len())?;
    let mut dropped: BTreeMap<u32, Dropped> = BTreeMap::new();
    loop {
        let mut sites = BTreeMap::new();
        let mut marks: HashMap<&str, Vec<Mark>> = HashMap::new();
        for (file, changes) in &files {
            let kept: Vec<&Change> =
                changes.iter().filter(|change| !dropped.contains_key(&change.number)).copied().collect();
            let switched =
                switch::switched(&tree.original(file)?, &kept).doing(|| format!("understand {file}"))?;
            tree.change(file, &switched.text)?;
            for (number, refusal) in switched.refused {
                dropped.insert(number, Dropped::from(refusal));
            }
            sites.extend(switched.sites);
            marks.insert(file, switched.marks);
        }
        let complaints = check(tree)?;
        let Some(first) = complaints.first() else { return Ok(Sorted { sites, dropped }) };
        let before = dropped.len();
        for complaint in &complaints {
            for (number, why) in complaint.blamed(&marks) {
                dropped.entry(number).or_insert(why);
            }
        }
        if dropped.len() == before {
            return Err(Failure::to("build all mutants at once").because(first.rendered.clone()));
        }
    }
}

impl From<Refusal> for Dropped {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoRust => Self::NotViable,
            Refusal::Constant | Refusal::Opaque | Refusal::NotFound => Self::Elsewhere,
        }
    }
}

/// An error of the compiler.
#[derive(Debug, Default)]
struct Complaint {
    rendered: String,
    /// The places that it points to, what is wrong before what explains it: files from the top of the copy, and bytes.
    spans: Vec<(String, Range<usize>)>,
}

impl Complaint {
    /// From a line of cargo's JSON; none if that is something else.
    fn read(line: &str) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what cargo says, not an invoice")]
        let said: Value = serde_json::from_str(line).ok()?;
        let message = said.get("message").filter(|message| message["level"] == "error")?;
        let mut spans: Vec<&Value> = message.get("spans")?.as_array()?.iter().collect();
        spans.sort_by_key(|span| span["is_primary"] != true);
        let place = |span: &&Value| {
            let byte = |name: &str| usize::try_from(span.get(name)?.as_u64()?).ok();
            Some((span.get("file_name")?.as_str()?.to_owned(), byte("byte_start")?..byte("byte_end")?))
        };
        let rendered = message.get("rendered").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self { rendered, spans: spans.iter().filter_map(place).collect() })
    }

    /// Those in the smallest part that is marked around the first place where there is any: a mutant's own arm, what is
    /// switched, or a function. Nobody if there is none.
    fn blamed(&self, marks: &HashMap<&str, Vec<Mark>>) -> Vec<(u32, Dropped)> {
        let around = |(file, place): &(String, Range<usize>)| {
            let marks = marks.get(file.as_str())?.iter();
            marks
                .filter(|mark| mark.range.start <= place.start && place.end <= mark.range.end)
                .filter(|mark| !mark.numbers.is_empty())
                .min_by_key(|mark| mark.range.len())
        };
        let Some(mark) = self.spans.iter().find_map(around) else { return Vec::new() };
        let why = if mark.is_arm { Dropped::NotViable } else { Dropped::Elsewhere };
        mark.numbers.iter().map(|number| (*number, why)).collect()
    }
}

fn check(tree: &Tree<'_>) -> Result<Vec<Complaint>, Failure> {
    let mut check = tree.cargo();
    check.args([
        "check",
        "--locked",
        "--profile",
        "mutants",
        "--lib",
        "--keep-going",
        "--message-format=json",
    ]);
    check.args(["--package", "aduana-invoice", "--package", "aduana-intake"]);
    let what = || "look for mutants that do not compile".to_owned();
    let output = check.stdin(Stdio::null()).output().doing(what)?;
    let complaints: Vec<Complaint> =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(Complaint::read).collect();
    // Cargo itself may have failed, without a word from the compiler.
    if complaints.is_empty() && !output.status.success() {
        return Err(Failure::to(what()).because(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(start: usize, end: usize) -> Complaint {
        let said = serde_json::json!({
            "reason": "compiler-message",
            "message": {
                "level": "error",
                "rendered": "error: it does not fit",
                "spans": [
                    { "file_name": "src/b.rs", "byte_start": 0, "byte_end": 1, "is_primary": false },
                    { "file_name": "src/a.rs", "byte_start": start, "byte_end": end, "is_primary": true },
                ],
            },
        });
        Complaint::read(&said.to_string()).expect("an error")
    }

    #[test]
    fn an_error_in_a_mutants_own_arm_is_its_own() {
        let mark = |range, numbers: &[u32], is_arm| Mark { range, numbers: numbers.to_vec(), is_arm };
        let of_a = vec![
            mark(10..20, &[1], true),
            mark(20..30, &[2], true),
            mark(5..50, &[1, 2], false),
            mark(0..90, &[1, 2, 3], false),
        ];
        let marks = HashMap::from([("src/a.rs", of_a)]);
        assert_eq!(complaint(12, 14).blamed(&marks), [(1, Dropped::NotViable)]);
        assert_eq!(complaint(40, 45).blamed(&marks), [1, 2].map(|number| (number, Dropped::Elsewhere)));
        assert_eq!(complaint(60, 65).blamed(&marks), [1, 2, 3].map(|number| (number, Dropped::Elsewhere)));
        assert_eq!(complaint(95, 99).blamed(&marks), []);
    }

    #[test]
    fn a_warning_is_no_error() {
        let said = serde_json::json!({ "message": { "level": "warning", "rendered": "", "spans": [] } });
        assert!(Complaint::read(&said.to_string()).is_none());
        assert!(Complaint::read("{\"reason\":\"build-finished\"}").is_none());
    }
}
