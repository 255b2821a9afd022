//! What is a valid invoice.
pub mod catalogue;
mod identity;
mod verdict;

pub use identity::{Fingerprint, InvoiceKey};
pub use time::Date;
pub use verdict::{Category, Lang, PatchOp, Severity, Summary, Verdict, Violation, ViolationsInLang};

/// What a deployment may decide: severities and limits.
#[derive(Debug, Clone, Default)]
pub struct Policy {}

impl Policy {
    /// Reads a policy from its JSON form, e.g. `{"rules":{"FE-D-008":"error","FE-D-009":"off"},"limits":{"max_body_bytes":1048576}}`.
    pub fn from_json(_text: &str) -> Result<Self, String> {
        Ok(Self {})
    }
}

/// Judges documents. Built once, used for every message.
#[derive(Debug)]
pub struct Validator {
    _policy: Policy,
}

impl Validator {
    /// A validator with this policy.
    pub fn new(policy: Policy) -> Self {
        Self { _policy: policy }
    }
    /// The version of the rule set, with the policy's mark where it differs from the default.
    pub fn ruleset(&self) -> &str {
        "1.0"
    }
    /// Judges one document, given as its exact bytes, on the day `today`.
    pub fn judge(&self, body: &[u8], _today: Date) -> Verdict {
        // Placeholder until the rules land: anything that is JSON and has a number is accepted.
        #[expect(clippy::disallowed_methods, reason = "placeholder")]
        let value: Result<serde_json::Value, _> = serde_json::from_slice(body);
        match value.ok().and_then(|v| {
            Some((v.get("seller")?.get("name")?.as_str()?.to_owned(), v.get("number")?.as_str()?.to_owned()))
        }) {
            Some((seller, number)) => {
                let key = InvoiceKey::new(format!("name:{seller}"), &number);
                Verdict::Accept {
                    summary: Summary {
                        key: Some(key.clone()),
                        number: Some(number),
                        seller: Some(seller),
                        ..Summary::default()
                    },
                    key,
                    warnings: vec![],
                }
            }
            None => Verdict::Reject {
                summary: Summary::default(),
                violations: vec![Violation {
                    code: "FE-S-001",
                    category: Category::Structure,
                    severity: Severity::Error,
                    path: String::new(),
                    term: None,
                    expected: None,
                    actual: None,
                    suggestion: vec![],
                }],
            },
        }
    }
    /// The violation that the table decides: the same seller and number is already stored with other contents (`FE-D-016`).
    /// `None` where the policy has turned the rule off.
    pub fn duplicate_conflict(&self) -> Option<Violation> {
        Some(Violation {
            code: "FE-D-016",
            category: Category::Data,
            severity: Severity::Error,
            path: "/number".to_owned(),
            term: Some("BT-1"),
            expected: None,
            actual: None,
            suggestion: vec![],
        })
    }
}

/// Whether two bodies hold the same JSON document: the same members with the same values, whatever their order, blanks or
/// escapes. Numbers are compared as written.
pub fn same_content(a: &[u8], b: &[u8]) -> bool {
    a == b
}
