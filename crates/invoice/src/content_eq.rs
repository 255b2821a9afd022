//! Whether two texts hold the same document.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Whether two bodies hold the same JSON document: the same members with the same values, whatever their order, blanks or
/// escapes. Numbers are compared as written.
pub fn same_content(a: &[u8], b: &[u8]) -> bool {
    let text = |body| std::str::from_utf8(body).ok();
    match (text(a), text(b)) {
        (Some(a), Some(b)) => a == b || same(a, b, 0),
        _ => a == b,
    }
}

/// The deepest nesting that is compared; deeper documents are not accepted in the first place.
const DEPTH_MAX: usize = 64;

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn same(a: &str, b: &str, depth: usize) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return true;
    }
    if depth > DEPTH_MAX {
        return false;
    }
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => match (read::<Members<'_>>(a), read::<Members<'_>>(b)) {
            (Some(a), Some(b)) => {
                let pairs = || a.iter().zip(&b);
                a.len() == b.len()
                    && pairs()
                        .all(|((name, a), (other, b))| name == other && same(a.get(), b.get(), depth + 1))
            }
            _ => false,
        },
        (Some(b'['), Some(b'[')) => match (read::<Vec<&RawValue>>(a), read::<Vec<&RawValue>>(b)) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same(a.get(), b.get(), depth + 1))
            }
            _ => false,
        },
        (Some(b'"'), Some(b'"')) => match (read::<String>(a), read::<String>(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        _ => false,
    }
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "both were accepted by the decoder")]
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_the_same_only_byte_by_byte() {
        for (a, b) in [
            (r#"{"a":1}"#, r#"{"a":1"#),
            ("[1, 2]", "[1, 2"),
            (r#""\u0041""#, r#""A"#),
            ("[1]", r#"{"a":1}"#),
            ("1", "1.0"),
            (r#""\ud800""#, r#""\udc00""#),
        ] {
            assert!(!same_content(a.as_bytes(), b.as_bytes()), "{a} and {b}");
            assert!(same_content(a.as_bytes(), a.as_bytes()) && same_content(b.as_bytes(), b.as_bytes()));
        }
        assert!(!same_content(b"\xff", b"\xfe") && same_content(b"\xff", b"\xff"));
    }

    #[test]
    fn what_is_nested_deeper_than_any_invoice_is_not_compared() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested =
                |depth: usize, value: &str| format!("{}{value}{}", open.repeat(depth), close.repeat(depth));
            let same = |depth| same_content(nested(depth, "1").as_bytes(), nested(depth, " 1").as_bytes());
            // The innermost list is one level above the value in it, which is compared as it stands.
            for (levels, is_same) in [(DEPTH_MAX, true), (DEPTH_MAX + 1, true), (DEPTH_MAX + 2, false)] {
                assert_eq!(same(levels), is_same, "{levels} times {open}");
            }
        }
    }
}
