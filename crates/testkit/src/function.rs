//! The function's real binary at work, beside the Runtime API in this process.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::runtime_api::{Request, RuntimeApi};

/// Longer than a function has for an event.
const PATIENCE: Duration = Duration::from_secs(40);

/// What the function said to an event.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Response(Value),
    Error(Value),
}

/// A function that can be started.
pub(crate) struct Program {
    /// Its binary.
    pub(crate) path: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
}

/// A function at work.
pub(crate) struct Function {
    process: Child,
    api: RuntimeApi,
}

impl Function {
    /// Starts the function with these variables and what Lambda itself sets.
    pub(crate) fn start(program: &Program, variables: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::open().unwrap();
        let process = Command::new(program.path)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", program.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, api }
    }

    /// What it says to an event.
    pub(crate) fn invoke(&self, event: &Value) -> Said {
        self.invoke_with(event, Duration::from_secs(30))
    }

    /// What it says to an event when it has this much time.
    pub(crate) fn invoke_with(&self, event: &Value, left: Duration) -> Said {
        let waiting = self.hear();
        assert!(waiting.is_for_work(), "{}", waiting.said());
        waiting.give(&event.to_string(), left).unwrap();
        let answer = self.hear();
        assert!(!answer.is_for_work(), "it asks for an event before it has said anything to this one");
        answer.accept().unwrap();
        #[expect(clippy::disallowed_methods, reason = "an answer of the function, not an invoice")]
        let json = serde_json::from_slice(&answer.body).unwrap();
        if answer.is_response() { Said::Response(json) } else { Said::Error(json) }
    }

    fn hear(&self) -> Request {
        self.api.request(PATIENCE).expect("the function says something")
    }

    /// Ends it, and gives the lines that it wrote.
    pub(crate) fn stop(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        lines(&self.process.wait_with_output().unwrap())
    }

    /// Waits until it ends by itself: whether well, and the lines that it wrote.
    pub(crate) fn end(self) -> (bool, Vec<Value>) {
        let Self { process, api } = self;
        // Whatever it says at its end is taken.
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
