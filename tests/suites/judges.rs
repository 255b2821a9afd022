//! Judges for the suites, where the validator itself is not what is tested.

use aduana_cases::Judge;
use aduana_invoice::{Category, Date, Policy, Severity, Summary, Validator, Verdict, Violation};

/// The validator, but a body that says PANIC makes it panic.
pub(crate) struct Fragile(Validator);

impl Fragile {
    pub(crate) fn new() -> Self {
        Self(Validator::new(Policy::default()))
    }
}

impl Judge for Fragile {
    fn ruleset(&self) -> &str {
        self.0.ruleset()
    }

    fn judge(&self, body: &[u8], today: Date) -> Verdict {
        assert!(!body.windows(5).any(|word| word == b"PANIC"), "a bug in a rule");
        self.0.judge(body, today)
    }

    fn duplicate_conflict(&self) -> Option<Violation> {
        self.0.duplicate_conflict()
    }

    fn suspected_duplicate(&self) -> Option<Violation> {
        self.0.suspected_duplicate()
    }

    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        self.0.sender_conflict(sender, seller)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        Judge::same_content(&self.0, a, b)
    }
}

/// Refuses everything, always for these reasons.
pub(crate) struct Stern(pub(crate) Vec<Violation>, pub(crate) Summary);

/// The answers of a judge that knows no conflicts.
macro_rules! no_conflicts {
    () => {
        fn duplicate_conflict(&self) -> Option<Violation> {
            None
        }

        fn suspected_duplicate(&self) -> Option<Violation> {
            None
        }

        fn sender_conflict(&self, _: Option<&str>, _: &str) -> Option<Violation> {
            None
        }

        fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
            a == b
        }
    };
}
pub(crate) use no_conflicts;

impl Judge for Stern {
    fn ruleset(&self) -> &'static str {
        "1.0"
    }

    fn judge(&self, _body: &[u8], _today: Date) -> Verdict {
        Verdict::Reject { summary: self.1.clone(), violations: self.0.clone() }
    }

    no_conflicts!();
}

/// The validator, but on the days of the function it rejects what is valid, with this code: a rule that looks at the date.
pub(crate) struct RejectsOn<D>(pub(crate) Validator, pub(crate) &'static str, pub(crate) D);

impl<D: Fn(Date) -> bool + Send + Sync> Judge for RejectsOn<D> {
    fn ruleset(&self) -> &str {
        self.0.ruleset()
    }

    fn judge(&self, body: &[u8], today: Date) -> Verdict {
        match self.0.judge(body, today) {
            Verdict::Accept { summary, .. } if (self.2)(today) => Verdict::Reject {
                summary,
                violations: vec![violation(self.1, Category::Range, "/issue_date")],
            },
            verdict => verdict,
        }
    }

    fn duplicate_conflict(&self) -> Option<Violation> {
        self.0.duplicate_conflict()
    }

    fn suspected_duplicate(&self) -> Option<Violation> {
        self.0.suspected_duplicate()
    }

    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        self.0.sender_conflict(sender, seller)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b
    }
}

/// The validator, but a conflict of duplicates is only a warning, or nothing.
pub(crate) struct Lenient(pub(crate) Validator, pub(crate) Option<Severity>);

impl Judge for Lenient {
    fn ruleset(&self) -> &str {
        self.0.ruleset()
    }

    fn judge(&self, body: &[u8], today: Date) -> Verdict {
        self.0.judge(body, today)
    }

    fn duplicate_conflict(&self) -> Option<Violation> {
        let severity = self.1?;
        Some(Violation { severity, ..violation("FE-D-016", Category::Data, "/number") })
    }

    fn suspected_duplicate(&self) -> Option<Violation> {
        self.0.suspected_duplicate()
    }

    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        self.0.sender_conflict(sender, seller)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        a == b
    }
}

pub(crate) fn violation(code: &'static str, category: Category, path: &str) -> Violation {
    Violation {
        code,
        category,
        severity: Severity::Error,
        path: path.to_owned(),
        term: None,
        expected: Some("a SECRET expectation".into()),
        actual: Some("a SECRET value".to_owned()),
        suggestion: Vec::new(),
    }
}
