//! How values get into a page: no character of an invoice ends a tag, runs, hides, or turns a line around.

use std::fmt::{self, Write};

use aduana_invoice::sanitize::{is_unsafe, push_json_escape};
use askama::filters::Escaper;

/// The escaper of every template (`askama.toml`): HTML's five characters as entities, and what a reader would not see, or would
/// see in another order, as JSON writes it (`\u202e`). Ends of lines and tabs stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for char in text.chars() {
            match char {
                '&' => dest.write_str("&#38;")?,
                '<' => dest.write_str("&#60;")?,
                '>' => dest.write_str("&#62;")?,
                '"' => dest.write_str("&#34;")?,
                '\'' => dest.write_str("&#39;")?,
                '\n' | '\t' => dest.write_char(char)?,
                _ if is_unsafe(char) => {
                    let mut escape = String::with_capacity(12);
                    push_json_escape(&mut escape, char);
                    dest.write_str(&escape)?;
                }
                _ => dest.write_char(char)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut page = String::new();
        Visible.write_escaped_str(&mut page, text).unwrap();
        page
    }

    #[test]
    fn nothing_of_a_value_is_markup() {
        let page = escaped("<script>alert('1')</script> \" onload=\"x&y");
        assert!(!page.contains(['<', '>', '"', '\'']), "{page}");
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(escaped("a\u{202e}b\u{0}c\u{200b}\r"), "a\\u202eb\\u0000c\\u200b\\u000d");
        assert_eq!(escaped("one\n\ttwo — ñ 東京 🧾"), "one\n\ttwo — ñ 東京 🧾");
    }
}
