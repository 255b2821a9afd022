//! What was measured, as lcov writes it: `SF:` a file, `DA:` a line of it and how often it was passed, `end_of_record`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};

/// A file of our sources, without the tests that stand in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// From the top of the checkout.
    pub(super) path: PathBuf,
    pub(super) lines: Lines,
    /// The numbers of the lines that nothing passed.
    pub(super) not_covered: Vec<usize>,
}

/// How many lines there are, and how many of them are covered. A line counts if there is something to do in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) count: usize,
    pub(super) covered: usize,
}

impl Lines {
    pub(super) const fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, covered: self.covered + other.covered }
    }

    /// With one decimal, rounded down: what is not all is never shown as all.
    pub(super) fn percent(self) -> String {
        let thousandths = (self.covered * 1000).checked_div(self.count).unwrap_or(1000);
        format!("{}.{}", thousandths / 10, thousandths % 10)
    }

    pub(super) const fn is_below(self, percent: usize) -> bool {
        self.covered * 100 < self.count * percent
    }
}

/// The files below `root`, by their names.
pub(super) fn read(report: &str, root: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    let mut counts: Vec<(usize, u64)> = Vec::new();
    let mut path = None;
    for line in report.lines() {
        if let Some(file) = line.strip_prefix("SF:") {
            path = Path::new(file).strip_prefix(root).ok().map(Path::to_owned);
            counts.clear();
        } else if let Some((number, times)) = line.strip_prefix("DA:").and_then(|data| data.split_once(',')) {
            let times = times.split(',').next().unwrap_or(times);
            if let (Ok(number), Ok(times)) = (number.parse(), times.parse()) {
                counts.push((number, times));
            }
        } else if line == "end_of_record"
            && let Some(path) = path.take().filter(|path| !is_of_tests(path))
        {
            let source = fs::read_to_string(root.join(&path)).doing(|| format!("read {}", path.display()))?;
            files.push(file(path, &counts, first_line_of_tests(&source)));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn file(path: PathBuf, counts: &[(usize, u64)], tests: usize) -> File {
    let of_code = || counts.iter().filter(|(number, _)| *number < tests);
    let not_covered: Vec<usize> =
        of_code().filter(|(_, times)| *times == 0).map(|(number, _)| *number).collect();
    let count = of_code().count();
    File { path, lines: Lines { count, covered: count - not_covered.len() }, not_covered }
}

fn is_of_tests(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs") || path.iter().any(|folder| folder == "tests")
}

/// Where the tests begin that stand at the end of a file.
fn first_line_of_tests(source: &str) -> usize {
    source.lines().position(|line| line == "#[cfg(test)]").map_or(usize::MAX, |at| at + 1)
}

/// `3, 7–9`
pub(super) fn shown(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown = runs.iter().map(
        |(first, last)| {
            if first == last { first.to_string() } else { format!("{first}–{last}") }
        },
    );
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_up_to_the_tests_of_a_file() {
        let counts = [(1, 4), (2, 0), (3, 0), (5, 1), (9, 0)];
        let file = file("src/a.rs".into(), &counts, 9);
        assert_eq!(file.lines, Lines { count: 4, covered: 2 });
        assert_eq!(shown(&file.not_covered), "2–3");
        assert_eq!(first_line_of_tests("fn a() {}\n\n#[cfg(test)]\nmod tests {\n"), 3);
        assert_eq!(shown(&[1, 3, 4, 5, 7]), "1, 3–5, 7");
    }

    #[test]
    fn what_is_not_all_is_never_shown_as_all() {
        let lines = Lines { count: 10_000, covered: 9_999 };
        assert_eq!(lines.percent(), "99.9");
        assert_eq!(Lines { count: 3, covered: 3 }.percent(), "100.0");
        assert!(
            Lines { count: 100, covered: 94 }.is_below(95) && !Lines { count: 100, covered: 95 }.is_below(95)
        );
    }

    #[test]
    fn a_report_is_read_file_by_file_and_others_are_left_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let here = root.join("src/coverage/lcov.rs");
        let report = format!(
            "SF:/elsewhere/a.rs\nDA:1,1\nend_of_record\nSF:{}\nDA:1,2\nDA:2,0\nLF:2\nend_of_record\n",
            here.display()
        );
        let files = read(&report, root).expect("a report");
        assert_eq!(files.len(), 1);
        assert!(files.iter().all(|file| file.lines == Lines { count: 2, covered: 1 }));
    }
}
