//! An event in, a batch response out.

use std::sync::atomic::{AtomicBool, Ordering};

use aduana_aws::events::{self, Batch, Unreadable};
use aduana_aws::log::{Log, trace_root};
use aduana_aws::reply::{BatchResponse, reply};
use aduana_aws::{AwsPorts, Cases, Channel, Clients, Config, Invoices, SystemClock, Topic, deadline_ms};
use aduana_cases::log::{LogContext, LogLevel, LogLine};
use aduana_cases::metrics::{Metric, document};
use aduana_cases::ports::Clock;
use aduana_intake::Intake;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::value::RawValue;

/// Everything that an event needs, built once.
#[derive(Debug)]
pub(crate) struct Handler {
    intake: Intake<AwsPorts>,
    service: String,
    log: Log,
    cold: AtomicBool,
}

impl Handler {
    /// Wires the intake to AWS.
    pub(crate) fn new(config: Config) -> Self {
        let Clients { dynamodb, sqs, sns } = Clients::new(&config.aws);
        let ports = AwsPorts {
            invoices: Invoices::new(dynamodb.clone(), config.invoices_table),
            cases: Cases::new(dynamodb, config.cases_table),
            channel: Channel::new(sqs, config.dlq_url),
            alerts: Topic::new(sns, config.alerts_topic_arn),
            clock: SystemClock,
            queues: (),
        };
        let validator = config.policy.into_validator(&config.service);
        Self {
            intake: Intake::new(ports, validator, config.settings),
            service: config.service,
            log: Log::new(config.log_level),
            cold: AtomicBool::new(true),
        }
    }

    /// Brings every message of an event to its place, and names those that are to come again.
    ///
    /// Errs if all of them are, and on an event that is none of a queue or a topic.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<BatchResponse, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let mut log_context = self.log_context(&context);
        let Batch { source, envelopes, unreadable, tombstones, undecoded } = match events::decode(&payload) {
            Ok(batch) => batch,
            Err(error) => {
                self.log.line(&not_ours(&error), &log_context);
                return Err(failure("EventError", &error));
            }
        };
        drop(payload);
        if !unreadable.is_empty() {
            self.log.line(&not_read(&unreadable), &log_context);
        }
        if !tombstones.is_empty() {
            let metrics = [document(&log_context, &[], &[Metric::count("Tombstones", tombstones.len())])];
            self.log.request(&not_judged(&tombstones), &metrics, &log_context);
        }
        if !undecoded.is_empty() {
            self.log.line(&as_it_stands(&undecoded), &log_context);
        }
        let run = envelopes.len();
        let deadline_ms = deadline_ms(context.deadline, SystemClock.now_ms());
        // The state of every step at once: kept off the stack.
        let report = Box::pin(self.intake.run(envelopes, deadline_ms)).await;
        log_context.timestamp_ms = SystemClock.now_ms();
        self.log.batch(&report, &log_context);
        reply(source, run, report.failures(), &unreadable).map_err(|error| failure("AllFailed", &error))
    }

    /// What every line of this invocation says.
    fn log_context(&self, context: &Context) -> LogContext {
        LogContext {
            timestamp_ms: SystemClock.now_ms(),
            service: self.service.clone(),
            cold_start: self.cold.swap(false, Ordering::Relaxed),
            function_name: context.env_config.function_name.clone(),
            function_request_id: context.request_id.clone(),
            xray_trace_id: context.xray_trace_id.as_deref().map(|trace| trace_root(trace).to_owned()),
        }
    }
}

fn failure(kind: &str, error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: format!("failed to {error}") }
}

fn not_ours(error: &events::EventError) -> LogLine {
    LogLine {
        level: LogLevel::Error,
        message: "the event cannot be read",
        correlation_id: None,
        fields: vec![("error_message", format!("failed to {error}").into())],
    }
}

/// The most ids that a line names.
const MOST: usize = 20;

fn not_read(records: &[Unreadable]) -> LogLine {
    let named = records.iter().take(MOST);
    LogLine {
        level: LogLevel::Error,
        message: "messages left for redelivery: their records cannot be read",
        correlation_id: None,
        fields: vec![
            ("count", records.len().into()),
            ("message_ids", named.clone().map(|record| record.id.clone()).collect()),
            ("fields", named.map(|record| record.what).collect()),
        ],
    }
}

fn not_judged(tombstones: &[String]) -> LogLine {
    of_records(LogLevel::Info, "records without a value: there is nothing to judge", tombstones)
}

fn as_it_stands(undecoded: &[String]) -> LogLine {
    of_records(LogLevel::Warn, "values that are not base64: judged as the text that they are", undecoded)
}

fn of_records(level: LogLevel, message: &'static str, ids: &[String]) -> LogLine {
    let named = ids.iter().take(MOST).cloned().collect();
    LogLine {
        level,
        message,
        correlation_id: None,
        fields: vec![("count", ids.len().into()), ("message_ids", named)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn field<'l>(line: &'l LogLine, name: &str) -> &'l Value {
        line.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap()
    }

    #[test]
    fn a_line_names_twenty_records_and_counts_them_all() {
        for (count, named) in [(19, 19), (20, 20), (21, 20)] {
            let unreadable = Unreadable { id: Some("m".to_owned()), what: "body" };
            let line = not_read(&vec![unreadable; count]);
            assert_eq!(*field(&line, "count"), count);
            for list in ["message_ids", "fields"] {
                assert_eq!(field(&line, list).as_array().unwrap().len(), named);
            }
            for line in [not_judged(&vec!["m".to_owned(); count]), as_it_stands(&vec!["m".to_owned(); count])]
            {
                assert_eq!(*field(&line, "count"), count);
                assert_eq!(field(&line, "message_ids").as_array().unwrap().len(), named);
            }
        }
        assert_eq!(MOST, 20);
    }
}
