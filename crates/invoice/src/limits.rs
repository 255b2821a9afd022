//! The limits: those of the format, and those that a deployment may set.

use serde::Deserialize;

/// The most lines that the schema allows.
pub(crate) const LINES_MAX: usize = 10_000;

/// The most items of all lists of a document together: what bounds the report on one that has a fault in each.
pub(crate) const ITEMS_MAX: usize = 12_000;

/// The longest `actual` of a violation, in characters.
pub(crate) const ACTUAL_MAX: usize = 120;

/// The bounds that a deployment may set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are the names in the policy's JSON")]
pub(crate) struct Limits {
    /// The largest body, in bytes (`FE-S-002`). SQS takes 1 MiB.
    pub(crate) max_body_bytes: usize,
    /// The most lines (`FE-R-010`).
    pub(crate) max_lines: usize,
    /// How many days after today an invoice may be issued (`FE-R-001`): clocks and time zones differ.
    pub(crate) max_days_ahead: u16,
    /// How many days before today an invoice may be issued (`FE-R-002`).
    pub(crate) max_days_back: u16,
    /// How many days after its issue an invoice may be due (`FE-R-004`).
    pub(crate) max_days_due: u16,
    /// The largest amount, without its sign, in whole units of the currency (`FE-R-005`).
    pub(crate) max_amount: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 1_048_576,
            max_lines: 5_000,
            max_days_ahead: 1,
            max_days_back: 5 * 366,
            max_days_due: 2 * 366,
            max_amount: 10_000_000_000_000,
        }
    }
}
