//! The log lines of a batch.

use std::collections::BTreeMap;

use aduana_invoice::{Category, Violation};
use serde::Serialize;
use serde_json::Value;

use super::{BatchReport, Counts, HeldReport, MessageReport, RefusedClaim, RetryCause};
use aduana_cases::judge_message::SUSPECTED;
use aduana_cases::log::{LogLevel, LogLine, alerts_not_sent, effect_fields};
use aduana_cases::message::{CaseId, Sender};

/// The most reasons and the most ids that a line names.
const REASONS_MAX: usize = 50;
const IDS_MAX: usize = 20;

/// A reason as it stands in a line: without any value.
#[derive(Serialize)]
struct LoggedReason<'a> {
    code: &'a str,
    category: Category,
    path: &'a str,
}

pub(super) fn lines(report: &BatchReport) -> Vec<LogLine> {
    let BatchReport { messages, alerts, refused_claims } = report;
    let held = messages.iter().filter_map(|(id, message)| match message {
        MessageReport::Held(report) => Some(held(id, report)),
        _ => None,
    });
    let resolved = messages.iter().filter_map(|(id, message)| match message {
        MessageReport::Stored { resolved, .. } | MessageReport::AlreadyStored { resolved } => {
            resolved.as_ref().map(|case| closed(id, case))
        }
        _ => None,
    });
    let suspected = messages.iter().filter_map(|(id, message)| match message {
        MessageReport::Stored { suspected: Some(case), .. } => Some(suspected(id, case)),
        _ => None,
    });
    held.chain(resolved)
        .chain(refused_claims.iter().map(refused))
        .chain(suspected)
        .chain(retries(messages))
        .chain(alerts_not_sent(alerts))
        .chain([batch(&report.counts())])
        .collect()
}

fn held(message_id: &str, HeldReport { case_id, attempt, source, sender, reasons }: &HeldReport) -> LogLine {
    let reason = |Violation { code, category, path, .. }: &Violation| {
        serde_json::to_value(LoggedReason { code, category: *category, path }).unwrap_or_default()
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
            ("sender", sent_by(sender.as_ref())),
            ("reason_code", reasons.code.into()),
            ("reason_category", reasons.category.as_str().into()),
            ("reason_count", reasons.count.into()),
            ("reasons", reasons.errors().take(REASONS_MAX).map(reason).collect()),
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

/// Found by the case that is the message's own, if it is held.
fn refused(RefusedClaim { message_id, claimed, own, sender }: &RefusedClaim) -> LogLine {
    LogLine {
        level: LogLevel::Warn,
        message: "claim refused: the case that the message names does not have its body",
        correlation_id: Some(own.to_string()),
        fields: vec![
            ("message_id", message_id.as_str().into()),
            ("claimed_case_id", claimed.as_str().into()),
            ("sender", sent_by(sender.as_ref())),
        ],
    }
}

/// The sender, or `null` where nobody said who it was.
fn sent_by(sender: Option<&Sender>) -> Value {
    sender.map(Sender::as_str).into()
}

/// An invoice that was stored and may be there twice.
fn suspected(message_id: &str, case: &CaseId) -> LogLine {
    LogLine {
        level: LogLevel::Warn,
        message: "suspected duplicate stored",
        correlation_id: Some(case.to_string()),
        fields: vec![("message_id", message_id.into()), ("reason_code", SUSPECTED.into())],
    }
}

/// One line for each cause, with the messages that it cost.
fn retries(messages: &[(String, MessageReport)]) -> Vec<LogLine> {
    let mut lines: Vec<(LogLine, Vec<&str>)> = Vec::new();
    for (id, message) in messages {
        let MessageReport::Retry(cause) = message else { continue };
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
            (LogLevel::Error, "messages left for redelivery: an effect failed", effect_fields(error))
        }
    };
    LogLine { level, message, correlation_id: None, fields }
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
            ("refused_claims", counts.refused_claims.into()),
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
    use aduana_cases::alerts::DispatchResult;
    use aduana_cases::case::Reasons;
    use aduana_cases::message::Source;

    fn held_for(reasons: usize) -> MessageReport {
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
        MessageReport::Held(Box::new(HeldReport {
            case_id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
            attempt: 1,
            source: Source::Sqs { queue: "q".to_owned() },
            sender: None,
            reasons: Reasons::new((0..reasons).map(violation).collect(), &Summary::default()),
        }))
    }

    fn field<'l>(line: &'l LogLine, name: &str) -> &'l Value {
        line.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap()
    }

    fn first_line(messages: &[(String, MessageReport)]) -> LogLine {
        let report = BatchReport::new(messages.to_vec(), DispatchResult::default(), Vec::new());
        lines(&report).remove(0)
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
        for (count, named) in [(19, 19), (20, 20), (21, 20)] {
            let messages: Vec<_> =
                (0..count).map(|at| (format!("m-{at}"), MessageReport::Retry(RetryCause::Panic))).collect();
            let line = first_line(&messages);
            assert_eq!(field(&line, "message_ids").as_array().unwrap().len(), named);
            assert_eq!(*field(&line, "count"), count);
        }
        assert_eq!(IDS_MAX, 20);
    }
}
