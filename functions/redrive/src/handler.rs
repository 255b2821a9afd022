//! An event in, an answer out.

use std::sync::atomic::{AtomicBool, Ordering};

use aduana_aws::log::{Log, trace_root};
use aduana_aws::requests::{self, Entrance, IncomingRequest, RequestError, decode};
use aduana_aws::{
    AwsPorts, Cases, Channel, Clients, DeadLetters, Invoices, InvoicesQueue, Queues, RedriveConfig,
    SystemClock, Topic, deadline_ms,
};
use aduana_cases::log::LogContext;
use aduana_cases::ports::Clock;
use aduana_cases::trail::Way;
use aduana_redrive::answer::Answer;
use aduana_redrive::request::Request;
use aduana_redrive::{Call, Redrive};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::value::RawValue;

use crate::request_log::{RequestInfo, RequestLog};

/// Everything that an event needs, built once.
#[derive(Debug)]
pub(crate) struct Handler {
    redrive: Redrive<AwsPorts<Queues>>,
    /// Whether this AWS hands on no aliases.
    aliases_are_lost: bool,
    service: String,
    log: Log,
    cold: AtomicBool,
}

impl Handler {
    /// Wires the redrive to AWS.
    pub(crate) fn new(config: RedriveConfig) -> Self {
        let Clients { dynamodb, sqs, sns } = Clients::new(&config.aws);
        let ports = AwsPorts {
            invoices: Invoices::new(dynamodb.clone(), config.invoices_table),
            cases: Cases::new(dynamodb, config.cases_table),
            channel: Channel::new(sqs.clone(), config.dlq_url.clone()),
            alerts: Topic::new(sns, config.alerts_topic_arn),
            clock: SystemClock,
            queues: Queues {
                intake: InvoicesQueue::new(sqs.clone(), config.intake_queue_url),
                dead_letters: DeadLetters::new(sqs, config.dlq_url),
            },
        };
        let validator = config.policy.into_validator(&config.service);
        Self {
            redrive: Redrive::new(ports, validator, config.settings),
            aliases_are_lost: config.aliases_are_lost,
            service: config.service,
            log: Log::new(config.log_level),
            cold: AtomicBool::new(true),
        }
    }

    /// Answers a request. What is refused and what goes wrong is an answer, too, as somebody waits for it.
    ///
    /// Errs where nobody does: if the schedule asks and nothing could be done. So the `Errors` metric moves, and Lambda tries
    /// again.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Box<RawValue>, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let mut log_context = self.log_context(&context);
        let entrance = Entrance::of(&context.invoked_function_arn, self.aliases_are_lost);
        let IncomingRequest { way, request } = decode(&payload, entrance);
        drop(payload);
        let info = RequestInfo::of(way, request.as_ref().ok());
        let answer = match request {
            Ok(request) => self.answer(&request, way, &context).await,
            Err(error) => Err(error),
        };
        log_context.timestamp_ms = SystemClock.now_ms();
        let request_log = RequestLog::of(&info, &answer, log_context.timestamp_ms);
        self.log.request(&request_log.line, &request_log.metrics(&info, &log_context), &log_context);
        match answer {
            Err(error) if way == Way::Schedule => Err(failure(&error)),
            Err(error) => Ok(requests::reply(way, Err(&error))),
            Ok(answer) => Ok(requests::reply(way, Ok(answer.to_json()))),
        }
    }

    async fn answer(&self, request: &Request, way: Way, context: &Context) -> Result<Answer, RequestError> {
        let now_ms = SystemClock.now_ms();
        let deadline_ms = requests::answer_by(way, deadline_ms(context.deadline, now_ms), now_ms);
        let call =
            Call { id: context.request_id.clone(), way, deadline_ms, trace: context.xray_trace_id.clone() };
        // The state of every action at once: kept off the stack.
        Ok(Box::pin(self.redrive.answer(request, &call)).await?)
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

fn failure(error: &RequestError) -> Diagnostic {
    Diagnostic {
        error_type: format!("{:?}", error.failure.error.code),
        error_message: format!("failed to reconcile: {}", error.failure),
    }
}
