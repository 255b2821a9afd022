//! The catalogue of rules (placeholder while the rules are written).
use crate::verdict::{Category, Lang, Severity};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Stable code.
    pub code: &'static str,
    /// Category.
    pub category: Category,
    /// Default severity.
    pub severity: Severity,
    /// English text.
    pub en: &'static str,
    /// Spanish text.
    pub es: &'static str,
}

impl Rule {
    /// The text in `lang`.
    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Es => self.es,
        }
    }
}

/// All rules, in catalogue order.
pub fn all() -> &'static [Rule] {
    &[
        Rule {
            code: "FE-S-001",
            category: Category::Structure,
            severity: Severity::Error,
            en: "The body is not JSON.",
            es: "El cuerpo no es JSON.",
        },
        Rule {
            code: "FE-D-016",
            category: Category::Data,
            severity: Severity::Error,
            en: "Duplicate conflict.",
            es: "Conflicto de duplicado.",
        },
    ]
}

/// The rule of `code`.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().iter().find(|rule| rule.code == code)
}
