//! What validation says of a document: accept it, or reject it with every reason.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::catalogue;
use crate::hints::hint;
use crate::identity::{InvoiceKey, Likeness};
use crate::json::PatchOp;
use crate::limits;
use crate::rule::{Category, Lang, Severity};

/// One broken rule at one place of one document.
///
/// `code`, `category`, `severity`, `path`, `term` and the messages hold nothing that a sender wrote: `path` is made of
/// the format's own field names and of indices. They may go to logs, alerts and attributes. `expected`, `actual` and
/// `suggestion` may hold values of the invoice, and stay in the case file.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's stable code, e.g. `BR-CO-15`; see `docs/rules.md`.
    pub code: &'static str,
    /// The rule's category.
    pub category: Category,
    /// The severity in force: the rule's own, or the deployment's.
    pub severity: Severity,
    /// JSON Pointer (RFC 6901) of the place; empty for the whole document.
    pub path: String,
    /// The business term of EN 16931 at that place, e.g. `BT-112`, where there is one.
    pub term: Option<&'static str>,
    /// What was expected there, as far as it can be said: a value, or a form in words.
    pub expected: Option<Cow<'static, str>>,
    /// What was found there, shortened to [`Violation::ACTUAL_MAX`] characters.
    pub actual: Option<String>,
    /// The correction, where the right value follows from the document. Never applied unasked.
    pub suggestion: Vec<PatchOp>,
}

impl Violation {
    /// The longest `actual`, in characters: enough to recognise a value, too little to fill a case file.
    pub const ACTUAL_MAX: usize = limits::ACTUAL_MAX;

    /// The rule's message: what is wrong, in words, without any value of the invoice.
    pub fn message(&self, lang: Lang) -> &'static str {
        catalogue::find(self.code).map_or("", |rule| rule.text(lang))
    }

    /// The violation as the JSON object of the contract, with its message in `lang`.
    pub fn in_lang(&self, lang: Lang) -> impl Serialize + '_ {
        InLang { violation: self, lang }
    }
}

/// Shows what may be shown anywhere: the code and the path, never a value.
impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.code, self.path)
    }
}

struct InLang<'a> {
    violation: &'a Violation,
    lang: Lang,
}

impl Serialize for InLang<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Violation { code, category, severity, path, term, expected, actual, suggestion } = self.violation;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", code)?;
        map.serialize_entry("category", category)?;
        map.serialize_entry("severity", severity)?;
        map.serialize_entry("path", path)?;
        if let Some(term) = term {
            map.serialize_entry("term", term)?;
        }
        map.serialize_entry("message", self.violation.message(self.lang))?;
        if let Some(hint) = hint(code, self.lang) {
            map.serialize_entry("hint", hint)?;
        }
        if let Some(expected) = expected {
            map.serialize_entry("expected", expected)?;
        }
        if let Some(actual) = actual {
            map.serialize_entry("actual", actual)?;
        }
        if !suggestion.is_empty() {
            map.serialize_entry("suggestion", suggestion)?;
        }
        map.end()
    }
}

/// What can be said of a document in one line, as far as it was readable.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Seller identity and invoice number, where both are readable.
    pub key: Option<InvoiceKey>,
    /// The seller's name (BT-27).
    pub seller: Option<String>,
    /// The buyer's name (BT-44).
    pub buyer: Option<String>,
    /// The invoice number (BT-1).
    pub number: Option<String>,
    /// The issue date (BT-2), `YYYY-MM-DD`.
    pub issue_date: Option<String>,
    /// The currency (BT-5), ISO 4217.
    pub currency: Option<String>,
    /// The amount due (BT-115), an exact decimal as written.
    pub payable: Option<String>,
}

/// What validation says of one document.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The invoice is in order. It may still carry warnings.
    Accept {
        /// Seller, number, family and year: what makes it the same invoice when it comes again.
        key: InvoiceKey,
        /// What makes another invoice suspiciously like it; nothing where its buyer is nobody in particular.
        likeness: Option<Likeness>,
        /// The invoice in one line.
        summary: Summary,
        /// Violations of severity warning.
        warnings: Vec<Violation>,
    },
    /// The invoice is refused, with every reason.
    Reject {
        /// What could be read of it.
        summary: Summary,
        /// All violations, errors first, each group in the order of [`Category`] and of the rule catalogue;
        /// at least one is an error.
        violations: Vec<Violation>,
    },
}

impl Verdict {
    /// Whether the document was accepted.
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Accept { .. })
    }

    /// Every violation, warnings included.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Accept { warnings, .. } => warnings,
            Self::Reject { violations, .. } => violations,
        }
    }

    /// The document in one line, as far as it was readable.
    pub fn summary(&self) -> &Summary {
        match self {
            Self::Accept { summary, .. } | Self::Reject { summary, .. } => summary,
        }
    }

    /// `"valid"` or `"invalid"`.
    pub fn as_str(&self) -> &'static str {
        if self.is_valid() { "valid" } else { "invalid" }
    }
}

/// The violations of a verdict as a JSON array, in one language.
pub struct ViolationsInLang<'a>(pub &'a [Violation], pub Lang);

impl Serialize for ViolationsInLang<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for violation in self.0 {
            seq.serialize_element(&violation.in_lang(self.1))?;
        }
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_violation_is_reported_in_the_language_asked_for_and_without_what_it_lacks() {
        let rule = catalogue::find("BR-CO-15").expect("a rule");
        let bare = Violation {
            code: rule.code,
            category: Category::Data,
            severity: Severity::Error,
            path: "/totals/tax_inclusive".to_owned(),
            term: None,
            expected: None,
            actual: None,
            suggestion: Vec::new(),
        };
        let full = Violation {
            severity: Severity::Warning,
            term: Some("BT-112"),
            expected: Some("121.00".into()),
            actual: Some("120.00".to_owned()),
            suggestion: vec![PatchOp::Replace { path: bare.path.clone(), value: json!("121.00") }],
            ..bare.clone()
        };
        let reported = serde_json::to_value(ViolationsInLang(&[bare, full], Lang::Es)).expect("JSON");
        let path = "/totals/tax_inclusive";
        assert_eq!(
            reported,
            json!([
                {"code": "BR-CO-15", "category": "data", "severity": "error", "path": path, "message": rule.es},
                {
                    "code": "BR-CO-15", "category": "data", "severity": "warning", "path": path, "term": "BT-112",
                    "message": rule.es, "expected": "121.00", "actual": "120.00",
                    "suggestion": [{"op": "replace", "path": path, "value": "121.00"}],
                },
            ])
        );
        assert_ne!(rule.en, rule.es);
    }

    #[test]
    fn a_category_keeps_the_width_it_is_given() {
        let shown = [Category::Structure, Category::Data, Category::Range].map(|it| format!("{it:<9}|"));
        assert_eq!(shown, ["structure|", "data     |", "range    |"]);
    }
}
