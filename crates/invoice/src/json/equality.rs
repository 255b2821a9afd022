//! Whether two texts hold the same document, and whether two values are the same as JSON Patch compares them.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Many, Node, by_name, string};

/// Whether two bodies hold the same JSON document: the same members with the same values, whatever their order, blanks or
/// escapes. Numbers are compared as written.
pub fn same_document(a: &[u8], b: &[u8]) -> bool {
    let text = |body| std::str::from_utf8(body).ok();
    match (text(a), text(b)) {
        (Some(a), Some(b)) => a == b || is_same(a, b, 0),
        _ => a == b,
    }
}

/// The same for two values that are JSON.
pub fn same_text(a: &str, b: &str) -> bool {
    is_same(a, b, 0)
}

/// The deepest nesting that is compared; deeper documents are not accepted in the first place.
const DEPTH_MAX: usize = 64;

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn is_same(a: &str, b: &str, depth: usize) -> bool {
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
                        .all(|((name, a), (other, b))| name == other && is_same(a.get(), b.get(), depth + 1))
            }
            _ => false,
        },
        (Some(b'['), Some(b'[')) => match (read::<Vec<&RawValue>>(a), read::<Vec<&RawValue>>(b)) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| is_same(a.get(), b.get(), depth + 1))
            }
            _ => false,
        },
        (Some(b'"'), Some(b'"')) => match (string(a), string(b)) {
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

/// RFC 6902, 4.6: the same texts, numbers of the same value, the same elements in order, the same members in any.
pub(super) fn same(a: &Node<'_>, b: &Node<'_>) -> bool {
    match (a, b) {
        (Node::Leaf(a), Node::Leaf(b)) => match (string(a), string(b)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => a == b || number(a).is_some_and(|a| Some(a) == number(b)),
            _ => false,
        },
        (Node::Many(a), Node::Many(b)) => {
            a.is_object == b.is_object && a.items.len() == b.items.len() && same_items(a, b)
        }
        _ => false,
    }
}

fn same_items(a: &Many<'_>, b: &Many<'_>) -> bool {
    if !a.is_object {
        return a.items.iter().zip(&b.items).all(|(a, b)| same(&a.node, &b.node));
    }
    let others = by_name(&b.items);
    a.items.iter().all(|item| {
        let other = string(&item.name).and_then(|name| others.get(&name).copied());
        other.is_some_and(|other| same(&item.node, other))
    })
}

/// A number as sign, digits without zeros at either end, and the power of ten of the last of them.
fn number(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.trim_start_matches('0').is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let exponent: i64 = exponent.parse().ok()?;
    let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    Some((negative, significant.trim_start_matches('0').to_owned(), power))
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
            assert!(!same_document(a.as_bytes(), b.as_bytes()), "{a} and {b}");
            assert!(same_document(a.as_bytes(), a.as_bytes()) && same_document(b.as_bytes(), b.as_bytes()));
        }
        assert!(!same_document(b"\xff", b"\xfe") && same_document(b"\xff", b"\xff"));
    }

    #[test]
    fn what_is_nested_deeper_than_any_invoice_is_not_compared() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested =
                |depth: usize, value: &str| format!("{}{value}{}", open.repeat(depth), close.repeat(depth));
            let same = |depth| same_document(nested(depth, "1").as_bytes(), nested(depth, " 1").as_bytes());
            // The innermost list is one level above the value in it, which is compared as it stands.
            for (levels, is_same) in [(DEPTH_MAX, true), (DEPTH_MAX + 1, true), (DEPTH_MAX + 2, false)] {
                assert_eq!(same(levels), is_same, "{levels} times {open}");
            }
        }
    }
}
