//! Log lines: one JSON object each, under the key names of Powertools for AWS Lambda.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::alerts::DispatchResult;
use crate::error::EffectError;
use crate::time::rfc3339;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug,
    /// What happened.
    #[default]
    Info,
    /// Somebody should look at it: a message was held.
    Warn,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// The level's name as it stands in a line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The level of that name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(name))
    }
}

/// What the edge knows and every line tells.
#[derive(Debug, Clone, Default)]
pub struct LogContext {
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// The service's name.
    pub service: String,
    /// Whether this is the first invocation of this instance.
    pub cold_start: bool,
    /// The function's name.
    pub function_name: String,
    /// The invocation's id.
    pub function_request_id: String,
    /// The trace, where there is one.
    pub xray_trace_id: Option<String>,
}

/// One line of the log, without what the edge adds to it. Holds ids, codes and paths, never a value of an invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// What happened, in constant words.
    pub message: &'static str,
    /// The case id, which is the same from intake to resend; `None` on a line that is not about one message.
    pub correlation_id: Option<String>,
    /// The rest, in the order in which it is printed.
    pub fields: Vec<(&'static str, Value)>,
}

impl LogLine {
    /// The line as one JSON object, without a line break.
    pub fn to_json(&self, context: &LogContext) -> String {
        // Strings, numbers and lists of them: there is nothing in it that JSON cannot say.
        serde_json::to_string(&InContext { line: self, context }).unwrap_or_default()
    }
}

/// A line with what the edge adds to it: what it says first, the rest after it.
struct InContext<'a> {
    line: &'a LogLine,
    context: &'a LogContext,
}

impl Serialize for InContext<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { line, context } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("level", line.level.as_str())?;
        map.serialize_entry("message", line.message)?;
        map.serialize_entry("timestamp", &rfc3339(context.timestamp_ms))?;
        map.serialize_entry("service", &context.service)?;
        map.serialize_entry("cold_start", &context.cold_start)?;
        map.serialize_entry("function_name", &context.function_name)?;
        map.serialize_entry("function_request_id", &context.function_request_id)?;
        if let Some(id) = &line.correlation_id {
            map.serialize_entry("correlation_id", id)?;
        }
        if let Some(id) = &context.xray_trace_id {
            map.serialize_entry("xray_trace_id", id)?;
        }
        for (name, value) in &line.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What a line says of an effect that failed.
pub fn effect_fields(error: &EffectError) -> Vec<(&'static str, Value)> {
    vec![
        ("effect", error.effect.into()),
        ("error", error.kind.as_str().into()),
        ("error_code", error.code.clone().into()),
        ("error_message", format!("failed to {error}").into()),
    ]
}

/// The line on alerts that could not be published, if there are any.
pub fn alerts_not_sent(dispatched: &DispatchResult) -> Option<LogLine> {
    let mut fields = effect_fields(dispatched.error.as_ref()?);
    fields.push(("count", dispatched.failed.into()));
    let message = "alerts left for later: they could not be published";
    Some(LogLine { level: LogLevel::Error, message, correlation_id: None, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_goes_by_its_name_in_any_case() {
        let levels = [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
        for level in levels {
            assert_eq!(LogLevel::parse(&level.as_str().to_lowercase()), Some(level));
        }
        assert_eq!(LogLevel::parse("verbose"), None);
        assert!(levels.is_sorted(), "from what is rarely wanted to what always is");
    }
}
