//! The rules: a table of them in files by subject, and what runs them.
//!
//! To add a rule, add a row to the table of the file that it belongs to, its check below the table if none of those there
//! will do, and its cases to `tests/rules/cases`. Everything else (catalogue, policy, documentation) follows from the row.

mod category;
mod codes;
mod decimals;
mod document;
mod facts;
mod fault;
mod lines;
mod parties;
mod payment;
mod peppol;
mod project;
mod ranges;
mod structure;
mod taxes;
mod totals;

pub(crate) use facts::Facts;
pub(crate) use fault::{FaultSink, Found, RuleFault};

use crate::verdict::{Category, Lang, Severity};

/// The version of the rule set: it changes with every change of a verdict.
pub(crate) const VERSION: &str = "1.1";

/// The tables, in the order of the catalogue.
pub(crate) static TABLES: [&[Rule]; 13] = [
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

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The stable code, e.g. `BR-CO-15`.
    pub code: &'static str,
    /// The category of its violations.
    pub category: Category,
    /// The severity, unless a policy says otherwise.
    pub severity: Severity,
    /// The places where it can be broken, as JSON Pointers: `*` is any index, `**` any depth, `{a,b}` one of these names;
    /// several places are parted by `, `. Where an object is missing, so are the fields in it: that is told at the object.
    pub path: &'static str,
    /// The business terms of EN 16931 that it is about.
    pub terms: &'static [&'static str],
    /// What is wrong, in English.
    pub en: &'static str,
    /// What is wrong, in Spanish.
    pub es: &'static str,
    /// The places where it is broken if the schema finds nothing there, or nothing but blanks.
    pub(crate) missing: &'static [&'static str],
    /// The places of objects where it is broken if the schema finds neither of two fields.
    pub(crate) one_of: &'static [&'static str],
    pub(crate) check: Check,
}

/// Tells where the model breaks a rule.
pub(crate) type ModelCheck = fn(&Facts<'_>, &mut FaultSink<'_>);

/// Who finds the violations of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// The readers: the decoder, or the comparison of what the model and the schema's report found.
    Decoder,
    /// The schema.
    Schema,
    /// A function that looks at the model.
    Model(ModelCheck),
    /// The table of invoices.
    Table,
}

impl Rule {
    const fn new(
        code: &'static str,
        category: Category,
        severity: Severity,
        path: &'static str,
        terms: &'static [&'static str],
    ) -> Self {
        Self {
            code,
            category,
            severity,
            path,
            terms,
            en: "",
            es: "",
            missing: &[],
            one_of: &[],
            check: Check::Schema,
        }
    }

    const fn en(self, en: &'static str) -> Self {
        Self { en, ..self }
    }

    const fn es(self, es: &'static str) -> Self {
        Self { es, ..self }
    }

    const fn missing(self, missing: &'static [&'static str]) -> Self {
        Self { missing, ..self }
    }

    const fn one_of(self, one_of: &'static [&'static str]) -> Self {
        Self { one_of, ..self }
    }

    const fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }

    /// What is wrong, in `lang`.
    pub const fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Es => self.es,
        }
    }

    /// Where the rule comes from: `EN 16931`, `Peppol BIS Billing 3`, or `Aduana`.
    pub fn origin(&self) -> &'static str {
        if self.code.starts_with("FE-") {
            "Aduana"
        } else if self.code.starts_with("PEPPOL-") {
            "Peppol BIS Billing 3"
        } else {
            "EN 16931"
        }
    }
}
