//! What can go wrong outside.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why an effect failed, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EffectErrorKind {
    /// The service asked for less: throttling, capacity, a transaction in conflict with another.
    Throttled,
    /// No answer in time. The effect may have happened.
    TimedOut,
    /// The service could not be reached, or broke off. The effect may have happened.
    Unreachable,
    /// The service answered that it failed (5xx). The effect may have happened.
    Failed,
    /// The service refused the request (4xx): a permission, a name, or a fault of ours.
    Refused,
    /// What came back is not what was written: a part is missing, or a fingerprint differs.
    Corrupt,
}

impl EffectErrorKind {
    /// The kind's name as it stands in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Corrupt => "corrupt",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Throttled => "the service is throttling",
            Self::TimedOut => "no answer in time",
            Self::Unreachable => "the service is out of reach",
            Self::Failed => "the service failed",
            Self::Refused => "the service refused the request; check permissions and names",
            Self::Corrupt => "what was read back is not what was written",
        }
    }
}

/// An effect that failed. Reads after "failed to".
///
/// `Display` and `Debug` hold nothing of an invoice; `source()` may, as services like to quote what they refuse, and must
/// not be logged.
#[derive(Clone)]
pub struct EffectError {
    /// Why, as far as it matters.
    pub kind: EffectErrorKind,
    /// What was tried: a verb and its object, e.g. `store the invoice`.
    pub effect: &'static str,
    /// The service's own code for the error, e.g. `AccessDeniedException`, where it gave one.
    pub code: Option<String>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl EffectError {
    /// A failure of `effect`.
    pub const fn new(kind: EffectErrorKind, effect: &'static str) -> Self {
        Self { kind, effect, code: None, source: None }
    }

    /// Whether the service asked for less: the same may succeed a little later.
    pub const fn is_throttled(&self) -> bool {
        matches!(self.kind, EffectErrorKind::Throttled)
    }

    /// Whether the effect certainly did not happen. After anything else it may have: a service that throttled the last try may
    /// have done what the try before asked for.
    pub const fn is_certain(&self) -> bool {
        matches!(self.kind, EffectErrorKind::Refused)
    }

    /// The same under another name for what was tried.
    #[must_use]
    pub fn of(self, effect: &'static str) -> Self {
        Self { effect, ..self }
    }

    /// With the service's own code for the error: a name, never a message.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for EffectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.effect, self.kind.in_words())?;
        match &self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for EffectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EffectError({self})")
    }
}

impl Error for EffectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| -> &(dyn Error + 'static) { source.as_ref() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_quotes_is_kept_and_not_shown() {
        let quoted = std::io::Error::other("the item {\"number\":\"F-77\"} is too large");
        let error = EffectError::new(EffectErrorKind::Refused, "store the invoice")
            .with_code("ValidationException")
            .with_source(quoted);
        let expected = "store the invoice: the service refused the request; check permissions and names (ValidationException)";
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{error:?}"), format!("EffectError({expected})"));
        assert!(error.source().is_some_and(|source| source.to_string().contains("F-77")));
        assert!(error.is_certain());
    }

    #[test]
    fn each_kind_of_failure_has_a_name_and_words_of_its_own() {
        let kinds = [
            EffectErrorKind::Throttled,
            EffectErrorKind::TimedOut,
            EffectErrorKind::Unreachable,
            EffectErrorKind::Failed,
            EffectErrorKind::Refused,
            EffectErrorKind::Corrupt,
        ];
        let names = kinds.map(EffectErrorKind::as_str);
        assert_eq!(names, ["throttled", "timed_out", "unreachable", "failed", "refused", "corrupt"]);
        let words: std::collections::BTreeSet<String> =
            kinds.map(|kind| EffectError::new(kind, "send").to_string()).into();
        assert_eq!(words.len(), kinds.len());
        let certain = kinds.map(|kind| EffectError::new(kind, "send").is_certain());
        assert_eq!(certain, [false, false, false, false, true, false]);
    }
}
