//! A function's real program at work, between a Runtime API and an AWS in this process.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::aws_stub::AwsStub;
use crate::runtime_api::{Request, RuntimeApi};

/// Longer than a function has for an event.
const PATIENCE: Duration = Duration::from_secs(40);

/// What the template sets on the functions, and the credentials that Lambda adds.
pub const VARIABLES: [(&str, &str); 9] = [
    ("ADUANA_INVOICES_TABLE", "Invoices"),
    ("ADUANA_CASES_TABLE", "InvalidMessages"),
    ("ADUANA_INTAKE_QUEUE_URL", "https://sqs.eu-south-2.amazonaws.com/1/invoices"),
    ("ADUANA_DLQ_URL", "https://sqs.eu-south-2.amazonaws.com/1/invoices-dlq"),
    ("ADUANA_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-south-2:1:alerts"),
    ("AWS_REGION", "eu-south-2"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_SESSION_TOKEN", "session"),
];

/// A function's answer to an event.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// The response to the event.
    Response(Value),
    /// The error that it reports instead.
    Error(Value),
}

/// The program of a function.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its binary.
    pub path: &'static str,
    /// The name of the function.
    pub name: &'static str,
}

/// A running function.
#[derive(Debug)]
pub struct Function {
    process: Child,
    api: RuntimeApi,
}

impl Program {
    /// Starts the function of a deployment in this AWS. `more` replaces or adds variables.
    pub fn start(&self, aws: &AwsStub, more: &[(&str, &str)]) -> Function {
        let endpoint = ("AWS_ENDPOINT_URL", aws.address.as_str());
        self.start_with(&[&VARIABLES[..], &[endpoint], more].concat())
    }

    /// Starts the function with these variables and those that Lambda itself sets.
    pub fn start_with(&self, variables: &[(&str, &str)]) -> Function {
        let api = RuntimeApi::open().unwrap();
        let process = Command::new(self.path)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", self.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Function { process, api }
    }
}

impl Function {
    /// Its answer to an event.
    pub fn invoke(&self, event: &Value) -> Answer {
        self.invoke_by("", event)
    }

    /// Its answer to an event that came by this alias, such as `:signed`.
    pub fn invoke_by(&self, alias: &str, event: &Value) -> Answer {
        self.invoke_with(event, alias, Duration::from_secs(30))
    }

    /// Its answer to an event that came by this alias, and for which it has this much time.
    pub fn invoke_with(&self, event: &Value, alias: &str, left: Duration) -> Answer {
        let waiting = self.next_request();
        assert!(waiting.is_for_work(), "{}", waiting.describe());
        waiting.give(&event.to_string(), alias, left).unwrap();
        let answer = self.next_request();
        assert!(!answer.is_for_work(), "it asks for an event before it has answered this one");
        answer.accept().unwrap();
        #[expect(clippy::disallowed_methods, reason = "an answer of the function, not an invoice")]
        let json = serde_json::from_slice(&answer.body).unwrap();
        if answer.is_response() { Answer::Response(json) } else { Answer::Error(json) }
    }

    fn next_request(&self) -> Request {
        self.api.request(PATIENCE).expect("the function makes a request")
    }

    /// Ends it. Returns the lines that it logged.
    pub fn stop(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        lines(&self.process.wait_with_output().unwrap())
    }

    /// Waits until it ends by itself. Returns whether it ended well, and the lines that it logged.
    pub fn wait(self) -> (bool, Vec<Value>) {
        let Self { process, api } = self;
        // It may report an error to Lambda before it ends.
        thread::spawn(move || {
            while let Ok(last) = api.request(PATIENCE) {
                last.accept().ok();
            }
        });
        let output = process.wait_with_output().unwrap();
        (output.status.success(), lines(&output))
    }
}

/// Every line is JSON, and nothing goes to standard error.
fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a line of the log, not an invoice")]
    let line = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}
