//! Log lines: one JSON object each, under the key names of Powertools for AWS Lambda.

use std::collections::BTreeMap;

use aduana_invoice::Violation;
use serde_json::{Map, Value, json};

use super::{Counts, HeldNote, RetryCause, Settled};
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
    /// The rest.
    pub fields: Map<String, Value>,
}

impl LogLine {
    /// The line as one JSON object, without a line break.
    pub fn to_json(&self, context: &LogContext) -> String {
        let mut line = Map::new();
        let mut put = |key: &str, value: Value| line.insert(key.to_owned(), value);
        put("level", self.level.as_str().into());
        put("message", self.message.into());
        put("timestamp", rfc3339(context.timestamp_ms).into());
        put("service", context.service.as_str().into());
        put("cold_start", context.cold_start.into());
        put("function_name", context.function_name.as_str().into());
        put("function_request_id", context.function_request_id.as_str().into());
        if let Some(id) = &self.correlation_id {
            put("correlation_id", id.as_str().into());
        }
        if let Some(id) = &context.xray_trace_id {
            put("xray_trace_id", id.as_str().into());
        }
        line.extend(self.fields.clone());
        Value::Object(line).to_string()
    }
}

pub(super) fn lines(settled: &[(String, Settled)], counts: &Counts) -> Vec<LogLine> {
    let held = settled.iter().filter_map(|(id, settled)| match settled {
        Settled::Held(note) => Some(held(id, note)),
        _ => None,
    });
    held.chain(retries(settled)).chain([batch(counts)]).collect()
}

fn held(message_id: &str, HeldNote { case_id, attempt, source, reasons }: &HeldNote) -> LogLine {
    let listed: Vec<Value> = reasons
        .errors()
        .take(REASONS_MAX)
        .map(|Violation { code, category, path, .. }| json!({ "code": code, "category": category, "path": path }))
        .collect();
    LogLine {
        level: LogLevel::Warn,
        message: "message held",
        correlation_id: Some(case_id.to_string()),
        fields: fields(json!({
            "case_id": case_id,
            "attempt": attempt,
            "message_id": message_id,
            "source": source.to_string(),
            "reason_code": reasons.code,
            "reason_category": reasons.category,
            "reason_count": reasons.count,
            "reasons": listed,
            "group": reasons.group.id,
        })),
    }
}

/// One line for each cause, with the messages that it cost.
fn retries(settled: &[(String, Settled)]) -> Vec<LogLine> {
    let mut causes: BTreeMap<(LogLevel, &'static str, String), (Value, Vec<&str>)> = BTreeMap::new();
    for (id, settled) in settled {
        let Settled::Retry(cause) = settled else { continue };
        let (level, message, why) = in_words(cause);
        let (_, ids) = causes.entry((level, message, why.to_string())).or_insert((why, Vec::new()));
        ids.push(id);
    }
    causes
        .into_iter()
        .map(|((level, message, _), (why, ids))| {
            let mut fields = fields(why);
            fields.insert("count".to_owned(), ids.len().into());
            fields.insert("message_ids".to_owned(), ids.into_iter().take(IDS_MAX).collect());
            LogLine { level, message, correlation_id: None, fields }
        })
        .collect()
}

fn in_words(cause: &RetryCause) -> (LogLevel, &'static str, Value) {
    match cause {
        RetryCause::Deadline => {
            (LogLevel::Warn, "messages left for the next delivery: too little time", json!({}))
        }
        RetryCause::Panic => {
            (LogLevel::Error, "messages left for the next delivery: judging them panicked", json!({}))
        }
        RetryCause::Effect(error) => (
            LogLevel::Error,
            "messages left for the next delivery: an effect failed",
            json!({
                "effect": error.effect,
                "error": error.kind.as_str(),
                "error_code": error.code,
                "error_message": format!("failed to {error}"),
            }),
        ),
    }
}

fn batch(counts: &Counts) -> LogLine {
    LogLine {
        level: LogLevel::Info,
        message: "batch done",
        correlation_id: None,
        fields: fields(json!({
            "received": counts.received,
            "stored": counts.stored,
            "already_stored": counts.already_stored,
            "held": counts.held,
            "held_by_category": counts.held_by_category,
            "held_by_code": counts.held_by_code,
            "retry": counts.retry,
            "resolved": counts.resolved,
        })),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
