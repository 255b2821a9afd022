//! What a check tells: the place, what was expected there, what was found, and how to correct it.

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::Value;

use crate::json::PatchOp;
use crate::limits::ACTUAL_MAX;

/// A fault at one place, without the rule that it breaks.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleFault {
    pub(crate) path: String,
    pub(crate) expected: Option<Cow<'static, str>>,
    pub(crate) actual: Option<String>,
    pub(crate) suggestion: Vec<PatchOp>,
}

impl RuleFault {
    /// A fault at a place, given as a JSON Pointer.
    pub(crate) fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// What should stand there: a value, or its form.
    pub(crate) fn expected(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// What stands there, shortened where it is long.
    pub(crate) fn actual(mut self, actual: impl Display) -> Self {
        let mut actual = actual.to_string();
        if let Some((cut, _)) = actual.char_indices().nth(ACTUAL_MAX) {
            actual.truncate(cut);
            actual.shrink_to_fit();
        }
        self.actual = Some(actual);
        self
    }

    /// What stands there, if anything does.
    pub(crate) fn maybe_actual(self, actual: Option<impl Display>) -> Self {
        match actual {
            Some(actual) => self.actual(actual),
            None => self,
        }
    }

    /// Put `value` there in the place of what stands there.
    pub(crate) fn replace_by(mut self, value: impl Into<String>) -> Self {
        self.suggestion =
            vec![PatchOp::Replace { path: self.path.clone(), value: Value::String(value.into()) }];
        self
    }

    /// Put `value` there, where nothing is.
    pub(crate) fn add(mut self, value: impl Into<String>) -> Self {
        self.suggestion = vec![PatchOp::Add { path: self.path.clone(), value: Value::String(value.into()) }];
        self
    }

    /// Take away what stands there.
    pub(crate) fn remove(mut self) -> Self {
        self.suggestion = vec![PatchOp::Remove { path: self.path.clone() }];
        self
    }

    /// Correct it by these steps.
    pub(crate) fn suggest(mut self, suggestion: Vec<PatchOp>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// A fault with the rule that it breaks, by the rule's place in the catalogue.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rule: usize,
    pub(crate) fault: RuleFault,
}

/// Takes the faults of one rule.
#[derive(Debug)]
pub(crate) struct FaultSink<'f> {
    rule: usize,
    left: usize,
    found: &'f mut Vec<Found>,
}

impl<'f> FaultSink<'f> {
    /// The most places that are told of one rule: a document of a thousand equal faults has one cause, and memory an end.
    pub(crate) const PLACES_MAX: usize = 1_000;

    pub(crate) fn new(rule: usize, found: &'f mut Vec<Found>) -> Self {
        Self { rule, left: Self::PLACES_MAX, found }
    }

    /// Takes a fault, which is not even made where enough of them are told.
    pub(crate) fn report(&mut self, fault: impl FnOnce() -> RuleFault) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            self.found.push(Found { rule: self.rule, fault: fault() });
        }
    }
}
