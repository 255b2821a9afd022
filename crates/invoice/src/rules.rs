//! The rules: a table of them in files by subject, and what runs them.
//!
//! To add a rule, add a row to the table of the file that it belongs to, its check below the table if none of those there
//! will do, and its cases to `tests/rules/cases`. Everything else (catalogue, policy, documentation) follows from the row.

mod category;
mod codes;
mod decimals;
mod document;
mod foreign;
mod lines;
mod parties;
mod payment;
mod peppol;
mod project;
mod ranges;
mod structure;
mod taxes;
mod totals;

use crate::facts::Facts;
use crate::fault::Found;
use crate::rule::Rule;

/// The version of the rule set: it changes with every change of a verdict.
pub(crate) const VERSION: &str = "3.4";

/// The tables, in the order of the catalogue.
pub(crate) static TABLES: [&[Rule]; 14] = [
    foreign::RULES,
    structure::RULES,
    document::RULES,
    totals::RULES,
    taxes::RULES,
    category::RULES,
    parties::RULES,
    payment::RULES,
    lines::RULES,
    codes::RULES,
    decimals::RULES,
    peppol::RULES,
    project::RULES,
    ranges::RULES,
];

/// Takes back the suggestions of some rules that others would refuse.
pub(crate) fn take_back_refused(facts: &Facts<'_>, found: &mut [Found]) {
    ranges::take_back_refused(facts, found);
}
