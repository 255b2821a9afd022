//! Log lines: one JSON object each, under the key names of Powertools for AWS Lambda.

use std::collections::BTreeMap;

use aduana_invoice::{Category, Violation};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Counts, HeldNote, RetryCause, Settled};
use crate::alerts::Telling;
use crate::error::EffectError;
use crate::message::CaseId;
use crate::time::rfc3339;

/// The most reasons and the most ids that a line names.
const REASONS_MAX: usize = 50;
const IDS_MAX: usize = 20;

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

/// A reason as a line tells it: without any value.
#[derive(Serialize)]
struct Told<'a> {
    code: &'a str,
    category: Category,
    path: &'a str,
}

pub(super) fn lines(settled: &[(String, Settled)], telling: &Telling, counts: &Counts) -> Vec<LogLine> {
    let held = settled.iter().filter_map(|(id, settled)| match settled {
        Settled::Held(note) => Some(held(id, note)),
        _ => None,
    });
    let resolved = settled.iter().filter_map(|(id, settled)| match settled {
        Settled::Stored { resolved } | Settled::AlreadyStored { resolved } => {
            resolved.as_ref().map(|case| closed(id, case))
        }
        _ => None,
    });
    held.chain(resolved).chain(retries(settled)).chain(not_told(telling)).chain([batch(counts)]).collect()
}

fn held(message_id: &str, HeldNote { case_id, attempt, source, reasons }: &HeldNote) -> LogLine {
    let told = |Violation { code, category, path, .. }: &Violation| {
        serde_json::to_value(Told { code, category: *category, path }).unwrap_or_default()
    };
    LogLine {
        level: LogLevel::Warn,
        message: "message held",
        correlation_id: Some(case_id.to_string()),
        fields: vec![
            ("case_id", case_id.as_str().into()),
            ("attempt", (*attempt).into()),
            ("message_id", message_id.into()),
            ("source", source.to_string().into()),
            ("reason_code", reasons.code.into()),
            ("reason_category", reasons.category.as_str().into()),
            ("reason_count", reasons.count.into()),
            ("reasons", reasons.errors().take(REASONS_MAX).map(told).collect()),
            ("group", reasons.group.id.as_str().into()),
        ],
    }
}

/// The end of a case: found by the same correlation id as its beginning.
fn closed(message_id: &str, case: &CaseId) -> LogLine {
    LogLine {
        level: LogLevel::Info,
        message: "case resolved",
        correlation_id: Some(case.to_string()),
        fields: vec![("case_id", case.as_str().into()), ("message_id", message_id.into())],
    }
}

/// One line for each cause, with the messages that it cost.
fn retries(settled: &[(String, Settled)]) -> Vec<LogLine> {
    let mut lines: Vec<(LogLine, Vec<&str>)> = Vec::new();
    for (id, settled) in settled {
        let Settled::Retry(cause) = settled else { continue };
        let line = retry(cause);
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, ids)) => ids.push(id),
            None => lines.push((line, vec![id])),
        }
    }
    lines
        .into_iter()
        .map(|(mut line, ids)| {
            line.fields.push(("count", ids.len().into()));
            line.fields.push(("message_ids", ids.into_iter().take(IDS_MAX).collect()));
            line
        })
        .collect()
}

fn retry(cause: &RetryCause) -> LogLine {
    let (level, message, fields) = match cause {
        RetryCause::Deadline => (LogLevel::Warn, "messages left for redelivery: too little time", Vec::new()),
        RetryCause::Behind => (
            LogLevel::Warn,
            "messages left for redelivery: the one before them in their partition failed",
            Vec::new(),
        ),
        RetryCause::Panic => {
            (LogLevel::Error, "messages left for redelivery: judging them panicked", Vec::new())
        }
        RetryCause::Effect(error) => {
            (LogLevel::Error, "messages left for redelivery: an effect failed", failed(error))
        }
    };
    LogLine { level, message, correlation_id: None, fields }
}

fn failed(error: &EffectError) -> Vec<(&'static str, Value)> {
    vec![
        ("effect", error.effect.into()),
        ("error", error.kind.as_str().into()),
        ("error_code", error.code.clone().into()),
        ("error_message", format!("failed to {error}").into()),
    ]
}

/// The line on alerts that could not be published, if there are any.
pub fn not_told(telling: &Telling) -> Option<LogLine> {
    let mut fields = failed(telling.error.as_ref()?);
    fields.push(("count", telling.failed.into()));
    let message = "alerts left for later: they could not be published";
    Some(LogLine { level: LogLevel::Error, message, correlation_id: None, fields })
}

fn batch(counts: &Counts) -> LogLine {
    let by = |counts: &BTreeMap<&'static str, usize>| {
        Value::Object(counts.iter().map(|(name, n)| ((*name).to_owned(), (*n).into())).collect())
    };
    LogLine {
        level: LogLevel::Info,
        message: "batch done",
        correlation_id: None,
        fields: vec![
            ("received", counts.received.into()),
            ("stored", counts.stored.into()),
            ("already_stored", counts.already_stored.into()),
            ("held", counts.held.into()),
            ("retry", counts.retry.into()),
            ("resolved", counts.resolved.into()),
            ("alerts_sent", counts.alerts_sent.into()),
            ("alerts_failed", counts.alerts_failed.into()),
            ("held_by_category", by(&counts.held_by_category)),
            ("held_by_code", by(&counts.held_by_code)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use aduana_invoice::{Severity, Summary};

    use super::*;
    use crate::cases::Reasons;
    use crate::message::Source;

    fn held_for(reasons: usize) -> Settled {
        let violation = |line: usize| Violation {
            code: "BR-24",
            category: Category::Data,
            severity: Severity::Error,
            path: format!("/lines/{line}/net_amount"),
            term: None,
            expected: None,
            actual: None,
            suggestion: Vec::new(),
        };
        Settled::Held(Box::new(HeldNote {
            case_id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
            attempt: 1,
            source: Source::Sqs { queue: "q".to_owned() },
            reasons: Reasons::new((0..reasons).map(violation).collect(), &Summary::default()),
        }))
    }

    fn field<'l>(line: &'l LogLine, name: &str) -> &'l Value {
        line.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap()
    }

    fn first_line(settled: &[(String, Settled)]) -> LogLine {
        lines(settled, &Telling::default(), &Counts::default()).remove(0)
    }

    #[test]
    fn a_line_names_fifty_reasons_and_counts_them_all() {
        for (reasons, named) in [(49, 49), (50, 50), (51, 50)] {
            let line = first_line(&[("m".to_owned(), held_for(reasons))]);
            assert_eq!(field(&line, "reasons").as_array().unwrap().len(), named);
            assert_eq!(*field(&line, "reason_count"), reasons);
        }
        assert_eq!(REASONS_MAX, 50);
    }

    #[test]
    fn a_line_names_twenty_messages_and_counts_them_all() {
        for (messages, named) in [(19, 19), (20, 20), (21, 20)] {
            let settled: Vec<_> =
                (0..messages).map(|at| (format!("m-{at}"), Settled::Retry(RetryCause::Panic))).collect();
            let line = first_line(&settled);
            assert_eq!(field(&line, "message_ids").as_array().unwrap().len(), named);
            assert_eq!(*field(&line, "count"), messages);
        }
        assert_eq!(IDS_MAX, 20);
    }
}
