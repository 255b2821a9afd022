//! JSON that is safe to look at: the same document, in which the characters of [`is_unsafe`] stand as `\uXXXX`.

use std::io;

use aduana_invoice::sanitize::{is_unsafe, push_json_escape};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// `value` on one line.
pub(super) fn line(value: &impl Serialize) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Safe))?;
    Ok(String::from_utf8(text)?)
}

/// Compact JSON; `serde_json` itself escapes C0 only.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            let mut escape = String::with_capacity(12);
            chars.next().into_iter().for_each(|char| push_json_escape(&mut escape, char));
            writer.write_all(escape.as_bytes())?;
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_document_is_the_same_and_harmless() {
        let value = json!({"a": "x\u{9b}31m\u{202e}y\u{7f}\u{1b}\u{e0041}ñ"});
        let text = line(&value).unwrap();
        assert_eq!(text, r#"{"a":"x\u009b31m\u202ey\u007f\u001b\udb40\udc41ñ"}"#);
        #[expect(clippy::disallowed_methods, reason = "our own output, read back")]
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }
}
