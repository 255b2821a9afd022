//! What came of it: figures, and whether a mutant survives that nobody has explained.

use crate::failure::Failure;
use crate::mutants::list::Mutant;
use crate::mutants::page::{self, Counts, PAGE};
use crate::mutants::{End, Ends, PACKAGES};
use crate::terminal::{GOOD, HELP, painted, say, table};

/// The mutants that were asked for, and their ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report<'r> {
    pub(super) chosen: &'r [&'r Mutant],
    /// Those of them that were built by themselves.
    pub(super) alone: &'r [&'r Mutant],
    pub(super) ends: &'r Ends,
}

impl Report<'_> {
    /// Tells how many of each package had which end.
    pub(super) fn tell(&self) {
        let rows = PACKAGES.map(|package| {
            let of_package: Vec<&Mutant> =
                self.chosen.iter().filter(|mutant| mutant.package == package).copied().collect();
            let count = |wanted: &[End]| {
                let is_wanted = |mutant: &&&Mutant| self.end(mutant).is_some_and(|end| wanted.contains(&end));
                of_package.iter().filter(is_wanted).count()
            };
            let counts = [
                of_package.len(),
                count(&[End::Caught]),
                count(&[End::NotViable]),
                count(&[End::Survived, End::NotReached]),
                count(&[End::OutOfTime]),
                self.alone.iter().filter(|mutant| mutant.package == package).count(),
            ];
            let [mutants, caught, not_viable, survived, out_of_time, alone] =
                counts.map(|count| count.to_string());
            [package.to_owned(), mutants, caught, not_viable, survived, out_of_time, alone]
        });
        let headings =
            ["", "mutants", "caught", "not viable", "survived", "out of time", "built by themselves"];
        say(&format!("\n{}", table(headings, rows)));
    }

    /// Fails if more survived than are explained. After a run of all it tells what is explained and survives no longer.
    pub(super) fn judge(&self, explained: &Counts, are_all: bool) -> Result<(), Failure> {
        let survivors = self
            .chosen
            .iter()
            .filter(|mutant| matches!(self.end(mutant), Some(End::Survived | End::NotReached)));
        let survived = page::count(survivors.map(|mutant| mutant.name.as_str()));
        let gone = page::more(explained, &survived);
        if are_all && !gone.is_empty() {
            let gone = gone.join("\n  ");
            say(&format!("\n{}: {PAGE} explains what no longer survives:\n  {gone}", painted(HELP, "note")));
        }
        let not_explained = page::more(&survived, explained);
        if not_explained.is_empty() {
            say(&format!("\n{}", painted(GOOD, "Every mutant is caught or explained")));
            return Ok(());
        }
        Err(Failure::to("catch or explain every mutant")
            .because(format!("\n  {}", not_explained.join("\n  ")))
            .help(format!("write a test that fails with it, or say in {PAGE} why there can be none")))
    }

    fn end(&self, mutant: &Mutant) -> Option<End> {
        self.ends.get(&mutant.number()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::switch::{Change, Genre};

    #[test]
    fn a_survivor_is_explained_or_a_failure() {
        let mutant = |number: u32| Mutant {
            package: PACKAGES[0].to_owned(),
            file: "a.rs".to_owned(),
            name: format!("a.rs:{number}:1: replace {number}"),
            function: String::new(),
            change: Change {
                number,
                genre: Genre::Other,
                start: 0,
                replacement: String::new(),
                is_opaque: false,
            },
        };
        let mutants = [mutant(1), mutant(2), mutant(3), mutant(4)];
        let chosen: Vec<&Mutant> = mutants.iter().collect();
        let ends =
            Ends::from([(1, End::Caught), (2, End::Survived), (3, End::NotReached), (4, End::OutOfTime)]);
        let report = Report { chosen: &chosen, alone: &[], ends: &ends };
        let explained = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 1)).collect();
        report.judge(&explained(&["a.rs: replace 2", "a.rs: replace 3"]), true).expect("both are explained");
        let failure = report.judge(&explained(&["a.rs: replace 3"]), true).expect_err("one is not");
        let said = failure.to_string();
        assert!(said.contains("a.rs: replace 2") && !said.contains("replace 3"), "{said}");
    }
}
