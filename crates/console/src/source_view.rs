//! The text of an invoice, line by line, with each violation marked at its place.

use aduana_invoice::json::locate;
use aduana_redrive::answer::Reason;

/// A text with a longer line is laid out anew to be looked at, in characters.
const LINE_MAX: usize = 160;

/// So much of a line is shown, in characters: a file may be written into one.
const SHOWN_MAX: usize = 300;

/// A text of more lines is shown around its marks, and at its beginning.
const LINES_MAX: usize = 400;
const AROUND: usize = 6;
const BEGINNING: usize = 40;

/// A text as it is shown.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) rows: Vec<Row>,
    /// Its blanks are not those of the text.
    pub(crate) laid_out: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Line {
        number: usize,
        pieces: Vec<Piece>,
        /// The reasons that begin here, by their places in the list.
        reasons: Vec<usize>,
    },
    /// So many lines are left out.
    Gap(usize),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// A text with the places of these reasons.
pub(crate) fn view(text: &str, reasons: &[Reason]) -> View {
    let laid_out = text.lines().any(|line| line.chars().nth(LINE_MAX).is_some());
    let owned;
    let text = if laid_out {
        owned = lay_out(text);
        owned.as_str()
    } else {
        text
    };
    let mut marks: Vec<(usize, usize, usize)> =
        locate(text.as_bytes(), reasons.iter().map(|reason| reason.path.as_str()))
            .into_iter()
            .enumerate()
            .filter_map(|(at, place)| place.map(|place| (place.range.start, place.range.end, at)))
            .collect();
    marks.sort_unstable();
    let mut rows = Vec::new();
    let mut start = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let end = start + line.len();
        let within = marks.iter().filter(|(from, _, _)| (start..end).contains(from));
        let within: Vec<_> =
            within.map(|(from, to, at)| (from - start, to.saturating_sub(start), *at)).collect();
        rows.push(row(number, line.trim_end_matches(['\n', '\r']), &within));
        start = end;
    }
    View { rows: shortened(rows), laid_out }
}

fn row(number: usize, line: &str, marks: &[(usize, usize, usize)]) -> Row {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |range: std::ops::Range<usize>, marked| {
        if let Some(text) = line.get(range).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text: cut(text, SHOWN_MAX), marked });
        }
    };
    for (from, to, _) in marks {
        let (from, to) = ((*from).max(at).min(line.len()), (*to).min(line.len()));
        if from >= to {
            continue;
        }
        push(at..from, false);
        push(from..to, true);
        at = to;
    }
    push(at..line.len(), false);
    Row::Line { number, pieces, reasons: marks.iter().map(|(_, _, at)| *at).collect() }
}

/// The beginning of a text, at most so many characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The lines at the beginning and around marks, if there are too many.
fn shortened(rows: Vec<Row>) -> Vec<Row> {
    if rows.len() <= LINES_MAX {
        return rows;
    }
    let mut keep = vec![false; rows.len()];
    keep.iter_mut().take(BEGINNING).for_each(|keep| *keep = true);
    let mut kept = 0;
    for (at, row) in rows.iter().enumerate() {
        if matches!(row, Row::Line { reasons, .. } if !reasons.is_empty()) && kept < LINES_MAX {
            let around = keep.iter_mut().skip(at.saturating_sub(AROUND)).take(2 * AROUND + 1);
            kept += around.map(|keep| *keep = true).count();
        }
    }
    let mut shown = Vec::new();
    for (row, keep) in rows.into_iter().zip(keep) {
        match (shown.last_mut(), keep) {
            (_, true) => shown.push(row),
            (Some(Row::Gap(count)), false) => *count += 1,
            (_, false) => shown.push(Row::Gap(1)),
        }
    }
    shown
}

/// The same JSON with one member a line. What is in strings stays; what is no JSON stays, too.
pub(crate) fn lay_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut chars = text.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(40)));
    };
    while let Some(char) = chars.next() {
        match char {
            '"' => {
                out.push(char);
                while let Some(inner) = chars.next() {
                    out.push(inner);
                    match inner {
                        '"' => break,
                        '\\' => out.extend(chars.next()),
                        _ => {}
                    }
                }
            }
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                out.push(char);
                while chars.next_if(|next| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(char),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_deployment;

    fn reason(path: &str) -> Reason {
        fake_deployment::reason("BR-02", path)
    }

    #[test]
    fn a_violation_is_marked_at_its_place() {
        let view = view("{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n", &[reason("/b"), reason("/a")]);
        assert!(!view.laid_out);
        let Row::Line { number, pieces, reasons } = &view.rows[2] else { panic!("a line") };
        let pieces: Vec<_> = pieces.iter().map(|piece| (piece.text.as_str(), piece.marked)).collect();
        assert_eq!((*number, pieces.as_slice()), (3, &[("  \"b\": ", false), ("\"x\"", true)][..]));
        assert_eq!(reasons, &[0]);
    }

    #[test]
    fn one_long_line_is_laid_out_and_its_strings_stay() {
        let text = format!(r#"{{"a":[1,{{"b":"x, y: {{}} \" {}"}}],"c":{{ }},"d":[]}}"#, "z".repeat(200));
        let view = view(&text, &[reason("/a/1/b")]);
        assert!(view.laid_out);
        let lines: Vec<String> = view
            .rows
            .iter()
            .map(|row| match row {
                Row::Line { pieces, .. } => pieces.iter().map(|piece| piece.text.as_str()).collect(),
                Row::Gap(_) => "…".to_owned(),
            })
            .collect();
        assert_eq!(lines[..4], ["{", "  \"a\": [", "    1,", "    {"]);
        assert!(lines[4].starts_with("      \"b\": \"x, y: {} \\\" zzz"), "{}", lines[4]);
        assert_eq!(lines[lines.len() - 3..], ["  \"c\": {},", "  \"d\": []", "}"]);
    }

    #[test]
    fn a_line_of_160_characters_stays_as_it_is_and_a_longer_one_is_laid_out() {
        for (length, laid_out) in [(LINE_MAX - 1, false), (LINE_MAX, false), (LINE_MAX + 1, true)] {
            let text = format!("{{\"a\":\"{}\"}}", "ñ".repeat(length - 8));
            assert_eq!(text.chars().count(), length);
            let view = view(&text, &[]);
            assert_eq!((view.laid_out, view.rows.len() > 1), (laid_out, laid_out), "{length}");
        }
    }

    #[test]
    fn so_much_of_a_line_is_shown_and_a_longer_one_ends_in_dots() {
        for (length, is_whole) in [(SHOWN_MAX - 1, true), (SHOWN_MAX, true), (SHOWN_MAX + 1, false)] {
            let line = "ñ".repeat(length);
            let Row::Line { pieces, .. } = row(1, &line, &[]) else { panic!("a line") };
            let shown = if is_whole { line } else { format!("{}…", "ñ".repeat(SHOWN_MAX)) };
            assert_eq!(pieces, [Piece { text: shown, marked: false }], "{length}");
        }
    }

    #[test]
    fn a_text_of_400_lines_is_shown_whole_and_of_a_longer_one_what_is_left_out_is_counted() {
        for (lines, left_out) in
            [(LINES_MAX - 1, 0), (LINES_MAX, 0), (LINES_MAX + 1, LINES_MAX + 1 - BEGINNING)]
        {
            let view = view(&"1\n".repeat(lines), &[]);
            let gaps: usize =
                view.rows.iter().map(|row| if let Row::Gap(count) = row { *count } else { 0 }).sum();
            let shown = view.rows.iter().filter(|row| matches!(row, Row::Line { .. })).count();
            assert_eq!((gaps, shown + gaps), (left_out, lines));
        }
    }

    #[test]
    fn a_long_text_is_shown_around_its_marks() {
        let lines: Vec<String> = (0..5_000).map(|n| format!("  \"k{n}\": {n},\n")).collect();
        let lines = lines.concat();
        let view = view(&format!("{{\n{lines}  \"end\": 1\n}}\n"), &[reason("/k2500")]);
        assert!(view.rows.len() < 100, "{}", view.rows.len());
        assert!(
            view.rows
                .iter()
                .any(|row| matches!(row, Row::Line { number: 2502, reasons, .. } if reasons == &[0]))
        );
    }
}
