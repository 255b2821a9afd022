//! CSV (RFC 4180) that a spreadsheet can open without harm.
//!
//! A cell that begins like a formula is run by spreadsheets (OWASP, "CSV Injection"); an apostrophe before it makes it text. Control
//! characters stand escaped, as everywhere: a cell is one line, and harmless where the file is looked at on a terminal.

use crate::terminal::push_sanitized;

/// A row with its line end.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = String::new();
    for cell in cells {
        if !row.is_empty() {
            row.push(',');
        }
        push_cell(&mut row, cell);
    }
    row.push_str("\r\n");
    row
}

/// Every cell is quoted: an empty one too, so that a row is never taken for an empty line.
fn push_cell(out: &mut String, cell: &str) {
    let mut clean = String::with_capacity(cell.len() + 1);
    if is_formula(cell) {
        clean.push('\'');
    }
    push_sanitized(&mut clean, cell);
    out.push('"');
    out.push_str(&clean.replace('"', "\"\""));
    out.push('"');
}

/// Whether a spreadsheet may take it for a formula: by its first character, or the first after blanks, which some trim. The wide
/// forms count too.
fn is_formula(cell: &str) -> bool {
    let formula = |char| matches!(char, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(formula)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_made_text() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", " =1", "\u{a0}=cmd|' /C calc'!A0"] {
            assert_eq!(row([cell]), format!("\"'{cell}\"\r\n"));
        }
        assert_eq!(row(["\t=1", "\r=1", "\n1"]), "\"'\\t=1\",\"'\\r=1\",\"'\\n1\"\r\n");
    }

    #[test]
    fn other_cells_are_as_they_were() {
        assert_eq!(row(["a", "", "ñ, 1=1", "say \"hi\""]), "\"a\",\"\",\"ñ, 1=1\",\"say \"\"hi\"\"\"\r\n");
    }

    #[test]
    fn no_quote_ends_a_cell_and_no_line_ends_a_row() {
        assert_eq!(row(["a\",=1,\"", "b\r\n=2"]), "\"a\"\",=1,\"\"\",\"b\\r\\n=2\"\r\n");
        assert_eq!(row(["\u{1b}[2J\u{202e}x"]), "\"\\u001b[2J\\u202ex\"\r\n");
    }
}
