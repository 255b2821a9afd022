//! A code list as one block of bytes, and how the compiler makes it from a text file.

use std::cmp::Ordering;

/// A sorted list of codes. Cells of one width, filled up with blanks: a single pointer for the whole list.
pub(crate) struct CodeList {
    name: &'static str,
    width: usize,
    cells: &'static [u8],
}

impl CodeList {
    /// `cells`: codes in ascending order of bytes, each filled up with blanks to `width` bytes.
    pub(super) const fn new(name: &'static str, width: usize, cells: &'static [u8]) -> Self {
        Self { name, width, cells }
    }

    /// The name of the list, for people: `ISO 4217`.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether `code` is in the list, spelled exactly so.
    pub(crate) fn contains(&self, code: &str) -> bool {
        self.find(code).is_some()
    }

    /// The code of the list that differs from `code` at most in the case of letters and in surrounding blanks.
    pub(crate) fn nearest(&self, code: &str) -> Option<&'static str> {
        let code = code.trim();
        if code.len() > self.width {
            return None;
        }
        // Every listed code is in capitals or in small letters: a test says so.
        let in_capitals = || self.find(&code.to_ascii_uppercase());
        self.find(code).or_else(in_capitals).or_else(|| self.find(&code.to_ascii_lowercase()))
    }

    /// All codes, in ascending order of bytes.
    #[cfg(test)]
    pub(crate) fn codes(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.cells.chunks_exact(self.width).map(text)
    }

    fn find(&self, code: &str) -> Option<&'static str> {
        let (mut low, mut high) = (0, self.cells.len() / self.width);
        while low < high {
            let middle = low.midpoint(high);
            let start = middle * self.width;
            let cell = self.cells.get(start..start + self.width)?;
            // Byte by byte: most differ in the first or the second.
            match cell.trim_ascii_end().iter().cmp(code.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(text(cell)),
            }
        }
        None
    }
}

/// The name alone: a list of two thousand codes helps nobody.
impl std::fmt::Debug for CodeList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CodeList({})", self.name)
    }
}

fn text(cell: &'static [u8]) -> &'static str {
    // The compiler has seen to it that a cell is ASCII.
    std::str::from_utf8(cell.trim_ascii_end()).unwrap_or_default()
}

/// The next code of a list's file at or after byte `at`: where it begins and ends. Blanks and line ends separate
/// codes; a line that begins with `#` is a comment.
const fn next(text: &[u8], mut at: usize) -> Option<(usize, usize)> {
    while at < text.len() {
        let line_start = at == 0 || byte(text, at - 1) == b'\n';
        if line_start && byte(text, at) == b'#' {
            while at < text.len() && byte(text, at) != b'\n' {
                at += 1;
            }
        } else if byte(text, at).is_ascii_whitespace() {
            at += 1;
        } else {
            let start = at;
            while at < text.len() && !byte(text, at).is_ascii_whitespace() {
                assert!(byte(text, at).is_ascii_graphic(), "a code is plain ASCII");
                at += 1;
            }
            return Some((start, at));
        }
    }
    None
}

/// How many codes the file has.
pub(super) const fn count(text: &str) -> usize {
    let (mut count, mut at) = (0, 0);
    while let Some((_, end)) = next(text.as_bytes(), at) {
        count += 1;
        at = end;
    }
    count
}

/// The bytes of the longest code.
pub(super) const fn longest(text: &str) -> usize {
    let (mut longest, mut at) = (0, 0);
    while let Some((start, end)) = next(text.as_bytes(), at) {
        if end - start > longest {
            longest = end - start;
        }
        at = end;
    }
    longest
}

/// The codes of the file, filled up with blanks. Does not compile unless they are in ascending order, each once.
#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler only, where a wrong index is a compile error"
)]
pub(super) const fn cells<const WIDTH: usize, const COUNT: usize>(text: &str) -> [[u8; WIDTH]; COUNT] {
    let mut cells = [[b' '; WIDTH]; COUNT];
    let (mut row, mut at) = (0, 0);
    while let Some((start, end)) = next(text.as_bytes(), at) {
        let mut column = 0;
        while start + column < end {
            cells[row][column] = byte(text.as_bytes(), start + column);
            column += 1;
        }
        assert!(
            row == 0 || ascends(&cells[row - 1], &cells[row]),
            "the codes are sorted, and each stands once"
        );
        row += 1;
        at = end;
    }
    cells
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler only, where a wrong index is a compile error"
)]
const fn ascends(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    false
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler only, where a wrong index is a compile error"
)]
const fn byte(text: &[u8], at: usize) -> u8 {
    text[at]
}

/// What the compiler does with the lists, done once more where a test can look on.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_are_no_codes() {
        let file = "# AA is none\nA BCD\n\n  E#\n# F\nZZ\n#";
        assert_eq!((count(file), longest(file)), (4, 3));
        assert_eq!(cells::<3, 4>(file), [*b"A  ", *b"BCD", *b"E# ", *b"ZZ "]);
        assert_eq!((count("# none\n"), longest("")), (0, 0));
    }

    #[test]
    #[should_panic(expected = "the codes are sorted")]
    fn codes_out_of_order_do_not_compile() {
        cells::<2, 2>("AC\nAB");
    }

    #[test]
    #[should_panic(expected = "each stands once")]
    fn a_code_that_is_there_twice_does_not_compile() {
        cells::<2, 3>("AB AC\nAC");
    }

    #[test]
    #[should_panic(expected = "plain ASCII")]
    fn a_code_with_a_letter_beyond_ascii_does_not_compile() {
        cells::<2, 1>("Ñ");
    }
}
