//! Makes foreign text harmless: no character of an invoice moves a cursor, sets a title, or turns a line around.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every character that a terminal or a browser could obey, or that hides or reorders others, written as JSON would escape it.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut sanitize = String::with_capacity(text.len() + 16);
    push_sanitized(&mut sanitize, text);
    Cow::Owned(sanitize)
}

/// Appends [`sanitize`] `text`.
pub fn push_sanitized(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_unsafe(char) => push_json_escape(out, char),
            _ => out.push(char),
        }
    }
}

/// Appends `char` as JSON's `\uXXXX`, in two halves where it takes two.
pub fn push_json_escape(out: &mut String, char: char) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        write!(out, "\\u{unit:04x}").ok();
    }
}

/// Control characters (C0, DEL, C1), the bidirectional controls (Unicode TR9, CVE-2021-42574), line and paragraph separators,
/// and the characters that take no room and so hide in a text.
pub fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["Café Ñandú, S.A. — 東京 🧾", "", "a\\n\"b\""] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(sanitize("a\u{1b}[2J\u{7}\u{9b}1m\u{7f}"), "a\\u001b[2J\\u0007\\u009b1m\\u007f");
        assert_eq!(sanitize("one\r\n\ttwo"), "one\\r\\n\\ttwo");
        assert_eq!(sanitize("\u{202e}txt.\u{2066}exe\u{200d}"), "\\u202etxt.\\u2066exe\\u200d");
        assert_eq!(sanitize("\u{e0041}"), "\\udb40\\udc41");
    }
}
