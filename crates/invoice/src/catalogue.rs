//! The catalogue of rules, for whoever wants to show it.

pub use crate::rules::Rule;
use crate::rules::TABLES;

/// All rules, by subject.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
