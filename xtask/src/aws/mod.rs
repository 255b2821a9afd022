//! A small client for whatever stands at an AWS endpoint: the calls that deploying and looking take, and no more.
//!
//! It signs nothing, as no local AWS checks signatures; so it builds in seconds, and can do no harm to a real account.

mod functions;
mod logs;
mod objects;
mod queues;
mod stacks;
mod tables;
mod topics;
mod xml;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

pub use self::queues::{Depth, Message};
pub use self::stacks::{Outputs, Stack};
pub use self::tables::{Item, text};
use self::xml::Xml;

/// The region of a local AWS. Any would do.
pub const REGION: &str = "us-east-1";

/// Longer than a long poll of SQS.
const PATIENCE: Duration = Duration::from_mins(1);

/// The services that take requests in the same way.
#[derive(Debug, Clone, Copy)]
enum Service {
    CloudFormation,
    DynamoDb,
    Lambda,
    Logs,
    S3,
    Sns,
    Sqs,
}

impl Service {
    /// The name in a signature's scope, by which a local AWS distinguishes the services.
    const fn scope(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::DynamoDb => "dynamodb",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::S3 => "s3",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
        }
    }

    /// What comes before the action: in `X-Amz-Target` for the JSON protocols, in `Version` for the query protocol, in the
    /// path for the others.
    const fn protocol(self) -> &'static str {
        match self {
            Self::CloudFormation => "2010-05-15",
            Self::DynamoDb => "DynamoDB_20120810",
            Self::Lambda => "2015-03-31",
            Self::Logs => "Logs_20140328",
            Self::S3 => "2006-03-01",
            Self::Sns => "2010-03-31",
            Self::Sqs => "AmazonSQS",
        }
    }
}

/// What stands at an AWS endpoint.
#[derive(Debug, Clone)]
pub struct Aws {
    agent: Agent,
    endpoint: String,
}

impl Aws {
    /// The AWS at `endpoint`, such as `http://127.0.0.1:4566`.
    pub fn at(endpoint: &str) -> Self {
        let config = Agent::config_builder()
            // A local AWS is never behind the proxy of the environment.
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), endpoint: endpoint.trim_end_matches('/').to_owned() }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether a GET of `path` succeeds.
    pub fn answers(&self, path: &str) -> bool {
        let reply = self.agent.get(format!("{}{path}", self.endpoint)).call();
        reply.is_ok_and(|reply| reply.status().is_success())
    }

    /// A call by the JSON protocols (SQS, DynamoDB, Logs).
    fn json(&self, service: Service, action: &'static str, input: &Value) -> Result<Value, AwsError> {
        let unreachable = |error| AwsError::unreachable(action, error);
        let sent = self
            .agent
            .post(&self.endpoint)
            .header("Authorization", authorization(service))
            .header("X-Amz-Target", format!("{}.{action}", service.protocol()))
            .content_type("application/x-amz-json-1.0")
            .send(input.to_string());
        let mut reply = sent.map_err(unreachable)?;
        let text = reply.body_mut().read_to_string().map_err(unreachable)?;
        #[expect(clippy::disallowed_methods, reason = "an answer of AWS, not an invoice")]
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if reply.status().is_success() {
            return Ok(body);
        }
        let field = |name| body.get(name).and_then(Value::as_str);
        // `com.amazonaws.sqs#QueueDoesNotExist`.
        let code = field("__type").unwrap_or_default().rsplit('#').next().unwrap_or_default();
        let message = field("message").or_else(|| field("Message")).unwrap_or(&text);
        Err(AwsError::refused(action, reply.status().as_u16(), code, message))
    }

    /// A call by the query protocol (CloudFormation, SNS).
    fn query(
        &self,
        service: Service,
        action: &'static str,
        input: Vec<(String, String)>,
    ) -> Result<Xml, AwsError> {
        let unreachable = |error| AwsError::unreachable(action, error);
        let head = [("Action", action), ("Version", service.protocol())];
        let form = head.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().chain(input);
        let sent = self
            .agent
            .post(&self.endpoint)
            .header("Authorization", authorization(service))
            .send_form(form.collect::<Vec<_>>());
        let mut reply = sent.map_err(unreachable)?;
        let xml = Xml::new(reply.body_mut().read_to_string().map_err(unreachable)?);
        if reply.status().is_success() {
            return Ok(xml);
        }
        let code = xml.text("Code").unwrap_or_default();
        let message = xml.text("Message").unwrap_or_else(|| xml.to_string());
        Err(AwsError::refused(action, reply.status().as_u16(), &code, &message))
    }
}

/// A header in the form of a signature, with nothing in it that is secret or that anybody checks.
fn authorization(service: Service) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{}/aws4_request, SignedHeaders=host, Signature=0",
        service.scope()
    )
}

/// A call that did not succeed. Reads after "failed to".
#[derive(Debug)]
pub struct AwsError {
    action: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Unreachable(ureq::Error),
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    /// The answer is not what the service's reference says.
    Unexpected(String),
}

impl AwsError {
    fn unreachable(action: &'static str, error: ureq::Error) -> Self {
        Self { action, cause: Cause::Unreachable(error) }
    }

    fn refused(action: &'static str, status: u16, code: &str, message: &str) -> Self {
        let cause = Cause::Refused { status, code: code.to_owned(), message: message.trim().to_owned() };
        Self { action, cause }
    }

    fn unexpected(action: &'static str, message: impl Into<String>) -> Self {
        Self { action, cause: Cause::Unexpected(message.into()) }
    }

    /// Whether nobody answered.
    pub fn is_no_answer(&self) -> bool {
        matches!(self.cause, Cause::Unreachable(_))
    }

    /// Whether AWS refused the call with a code or message that contains `words`.
    pub fn says(&self, words: &str) -> bool {
        matches!(&self.cause, Cause::Refused { code, message, .. } if code.contains(words) || message.contains(words))
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = self.action;
        match &self.cause {
            Cause::Unreachable(_) => write!(f, "{action}: no answer"),
            Cause::Refused { status, code, message } => write!(f, "{action}: {message} ({code}, {status})"),
            Cause::Unexpected(message) => write!(f, "{action}: {message}"),
        }
    }
}

impl Error for AwsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Unreachable(error) => Some(error),
            Cause::Refused { .. } | Cause::Unexpected(_) => None,
        }
    }
}
