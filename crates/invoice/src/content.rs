//! Whether two bodies hold the same invoice.

use crate::{json, model};

/// Whether two bodies hold the same invoice: the same fields, each with the same value, whatever the order of the members, the blanks, the
/// escapes, and however an amount is written (`33.0`, `33.00`, `"33.00"`). What is no invoice in order is compared as JSON, with its numbers
/// as written.
pub fn same_content(a: &[u8], b: &[u8]) -> bool {
    let texts = std::str::from_utf8(a).ok().zip(std::str::from_utf8(b).ok());
    json::same_document(a, b) || texts.is_some_and(|(a, b)| model::hold_the_same(a, b))
}
