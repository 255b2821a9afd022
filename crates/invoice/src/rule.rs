//! What a rule is: its code, its texts, its place, who looks for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::fault::FaultSink;

/// The kind of a fault, from the reader's side: who has to correct what.
///
/// The order is that of gravity: what makes a document unreadable comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// The document does not have the agreed shape: what the parser or the schema alone decides.
    Structure,
    /// The document has the shape, but its contents contradict each other or a code list.
    Data,
    /// A value is outside of what it may be: bounds, signs, precision, order of dates.
    Range,
}

impl Category {
    /// Every category, the gravest first.
    pub const ALL: [Self; 3] = [Self::Structure, Self::Data, Self::Range];

    /// The category of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }

    /// The category's name as it stands in attributes, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Data => "data",
            Self::Range => "range",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a violation of a rule means for the invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The invoice is invalid.
    Error,
    /// It is worth knowing, and the invoice stays valid.
    Warning,
}

impl Severity {
    /// The severity of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Error, Self::Warning].into_iter().find(|severity| severity.as_str() == name)
    }

    /// The severity's name as it stands in the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The language of a text for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

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
    /// several places are parted by `, `. Where an object is missing, so are the fields in it: the object's place is reported.
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

/// Reports where the model breaks a rule.
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
    pub(crate) const fn new(
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

    pub(crate) const fn en(self, en: &'static str) -> Self {
        Self { en, ..self }
    }

    pub(crate) const fn es(self, es: &'static str) -> Self {
        Self { es, ..self }
    }

    pub(crate) const fn missing(self, missing: &'static [&'static str]) -> Self {
        Self { missing, ..self }
    }

    pub(crate) const fn one_of(self, one_of: &'static [&'static str]) -> Self {
        Self { one_of, ..self }
    }

    pub(crate) const fn check(self, check: Check) -> Self {
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
