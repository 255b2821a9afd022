//! The log: lines to standard output, which Lambda takes to CloudWatch. The only place that prints.

use std::error::Error;
use std::io::{self, Write};
use std::panic;

use aduana_cases::log::{LogContext, LogLevel, LogLine};
use aduana_cases::ports::Clock;
use aduana_intake::BatchReport;
use serde_json::Value;

use crate::clock::SystemClock;
use crate::config::{ConfigError, PolicyFile};

/// Writes lines at or above a level.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    level: LogLevel,
}

impl Log {
    /// A log of lines at or above `level`.
    pub const fn new(level: LogLevel) -> Self {
        Self { level }
    }

    /// Writes the log of a batch: its lines, and its metrics whatever the level.
    pub fn batch(self, report: &BatchReport, context: &LogContext) {
        let lines = report.log();
        let lines = lines.iter().filter(|line| line.level >= self.level).map(|line| line.to_json(context));
        write(lines.chain(report.metrics(context)));
    }

    /// Writes a line, and documents of metrics whatever the level.
    pub fn request(self, line: &LogLine, metrics: &[String], context: &LogContext) {
        let line = (line.level >= self.level).then(|| line.to_json(context));
        write(line.into_iter().chain(metrics.iter().cloned()));
    }

    /// Writes one line.
    pub fn line(self, line: &LogLine, context: &LogContext) {
        if line.level >= self.level {
            write([line.to_json(context)]);
        }
    }
}

/// The id in `Root=<id>;Parent=…;Sampled=…`.
pub fn trace_root(trace: &str) -> &str {
    trace.split(';').find_map(|part| part.strip_prefix("Root=")).unwrap_or(trace)
}

/// Says which file the policy was read from, and what the rule set is called with it.
pub fn policy_file(service: &str, file: &PolicyFile, ruleset: &str) {
    let line = LogLine {
        level: LogLevel::Info,
        message: "policy read from a file",
        correlation_id: None,
        fields: vec![
            ("file", file.path.as_str().into()),
            ("sha256", file.fingerprint.to_string().into()),
            ("ruleset", ruleset.into()),
        ],
    };
    write([line.to_json(&outside(service))]);
}

/// Says why the function cannot start.
pub fn cannot_start(service: &str, error: &ConfigError) {
    let why = ("errors", error.wrong.clone().into());
    failure(service, "the function cannot start: its configuration is not right", why);
}

/// Says why the function cannot go on: Lambda does not answer it.
pub fn cannot_go_on(service: &str, error: &dyn Error) {
    failure(service, "the function cannot go on", ("error_message", error.to_string().into()));
}

fn failure(service: &str, message: &'static str, why: (&'static str, Value)) {
    let line = LogLine { level: LogLevel::Error, message, correlation_id: None, fields: vec![why] };
    write([line.to_json(&outside(service))]);
}

/// Has a panic tell where it happened, and not why: its message may quote an invoice.
pub fn hide_panic_messages(service: &str) {
    let service = service.to_owned();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        failure(&service, "a panic", ("location", place.into()));
    }));
}

/// The context of what is said outside of an invocation.
fn outside(service: &str) -> LogContext {
    LogContext {
        timestamp_ms: SystemClock.now_ms(),
        service: service.to_owned(),
        cold_start: true,
        ..LogContext::default()
    }
}

/// Writes lines in one go. A log that cannot be written is no reason to fail a batch that is done.
fn write(lines: impl IntoIterator<Item = String>) {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_reported_by_its_root() {
        assert_eq!(
            trace_root("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"),
            "1-5759e988-bd862e3fe1be46a994272793"
        );
        assert_eq!(trace_root("odd"), "odd");
    }
}
