//! Shows a place of a text as `rustc` does: line and column, the line itself, a caret under it.

use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::terminal::{GUTTER, sanitize, styled};

/// The most cells of a source line that are shown before a place, and from its begin on: together they fit a usual window.
const BEFORE: usize = 40;
const AFTER: usize = 60;

/// A text, by lines.
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    /// The number of the text's first line in its file.
    first_line: u64,
    line_starts: Vec<usize>,
}

impl<'t> Text<'t> {
    pub(crate) fn new(bytes: &'t [u8], first_line: u64) -> Self {
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { bytes, first_line, line_starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The excerpt of the line in which `range` begins, with `label` beside the carets.
    pub(crate) fn excerpt(&self, range: &Range<usize>) -> Excerpt {
        let index = self.line_starts.partition_point(|start| *start <= range.start).saturating_sub(1);
        let start = self.line_starts.get(index).copied().unwrap_or_default();
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);

        let from = (range.start - start).min(line.len());
        let to = (range.end.saturating_sub(start)).clamp(from, line.len());
        let piece = |range: Range<usize>| line.get(range).unwrap_or_default();
        // A character takes at most four bytes and, escaped, twelve cells: no more bytes than these can matter.
        let before = shown(piece(from.saturating_sub(4 * BEFORE)..from));
        let marked = shown(piece(from..to.min(from + 4 * AFTER)));
        let after = shown(piece(to.min(from + 4 * AFTER)..line.len().min(to + 4 * AFTER)));

        let (before, cut_before) = last_cells(&before, BEFORE);
        let cut_before = cut_before || from > 4 * BEFORE;
        let (marked, cut_marked) = first_cells(&marked, AFTER);
        let room = AFTER.saturating_sub(marked.width());
        let (after, cut_after) = if cut_marked { ("", true) } else { first_cells(&after, room) };
        let (left, right) = (if cut_before { "…" } else { "" }, if cut_after { "…" } else { "" });
        Excerpt {
            line: self.first_line + u64::try_from(index).unwrap_or(u64::MAX),
            column: 1 + String::from_utf8_lossy(piece(0..from)).chars().count(),
            indent: left.width() + before.width(),
            carets: marked.width().max(1),
            text: format!("{left}{before}{marked}{after}{right}"),
        }
    }
}

/// One line of a text with a place in it, fit for a terminal.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// The line's number, from 1.
    pub(crate) line: u64,
    /// The column of the place in characters, from 1.
    pub(crate) column: usize,
    text: String,
    indent: usize,
    carets: usize,
}

impl Excerpt {
    /// The three lines of the excerpt, under a gutter that is `width` cells wide.
    pub(crate) fn lines(&self, width: usize, colour: anstyle::Style, label: &str) -> String {
        let bar = styled(GUTTER, &format!("{:width$} |", ""));
        let number = styled(GUTTER, &format!("{:>width$} |", self.line));
        let carets = styled(colour, &format!("{}{label}", "^".repeat(self.carets)));
        let Self { text, indent, .. } = self;
        format!("{bar}\n{number} {text}\n{bar} {:indent$}{carets}\n", "")
    }

    /// How many cells the line's number takes.
    pub(crate) fn gutter(&self) -> usize {
        self.line.to_string().len()
    }
}

/// Bytes as they are shown: a tab as four blanks, what is not UTF-8 as `\xFF`, what a terminal would obey escaped.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&sanitize(&chunk.valid().replace('\t', "    ")));
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02X}").ok();
        }
    }
    text
}

/// As much of the begin of `text` as fits into `cells`, and whether something was left off.
fn first_cells(text: &str, cells: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += char.to_string().width();
        if used > cells {
            return (text.get(..at).unwrap_or_default(), true);
        }
    }
    (text, false)
}

/// As much of the end of `text` as fits into `cells`, and whether something was left off.
fn last_cells(text: &str, cells: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, char) in text.char_indices().rev() {
        used += char.to_string().width();
        if used > cells {
            return (text.get(at + char.len_utf8()..).unwrap_or_default(), true);
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(text: &[u8], range: Range<usize>) -> String {
        let excerpt = Text::new(text, 1).excerpt(&range);
        let lines = anstream::adapter::strip_str(&excerpt.lines(excerpt.gutter(), GUTTER, "")).to_string();
        let lines: Vec<&str> = lines.lines().skip(1).collect();
        format!("{}:{} {}\n{}", excerpt.line, excerpt.column, lines[0], lines[1].trim_end())
    }

    #[test]
    fn the_caret_is_under_the_place() {
        assert_eq!(show(b"{\r\n\t\"a\": 12,\r\n}", 9..11), "2:7 2 |     \"a\": 12,\n  |          ^^");
        assert_eq!(show("{\"ñ東\": 12}".as_bytes(), 10..12), "1:8 1 | {\"ñ東\": 12}\n  |         ^^");
        assert_eq!(show(b"{\"\x1b\": 12}", 6..8), "1:7 1 | {\"\\u001b\": 12}\n  |            ^^");
        assert_eq!(show(b"{\"\xff\": 12}", 6..8), "1:7 1 | {\"\\xFF\": 12}\n  |          ^^");
        assert_eq!(show(b"{", 1..1), "1:2 1 | {\n  |  ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("[{}, 12, {}]", "1".repeat(5_000), "2".repeat(5_000));
        let shown = show(text.as_bytes(), 5_003..5_005);
        assert!(shown.starts_with("1:5004 1 | …1111") && shown.contains("1, 12, 222"), "{shown}");
        assert!(shown.lines().all(|line| line.width() < 120), "{shown}");
    }

    proptest! {
        #[test]
        fn any_place_of_any_bytes_can_be_shown(text in proptest::collection::vec(any::<u8>(), 0..80), a in 0_usize..90, b in 0_usize..90) {
            let (a, b) = (a.min(text.len()), b.min(text.len()));
            let shown = Text::new(&text, 1).excerpt(&(a.min(b)..a.max(b)));
            prop_assert!(shown.line >= 1 && shown.column >= 1);
        }
    }
}
