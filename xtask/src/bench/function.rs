//! A function at work: its real program, beside the Runtime API in this process.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::process::{Taken, taken};
use crate::failure::{Doing, Failure};
use aduana_testkit::runtime_api::{Request, RuntimeApi};

/// Longer than anything that goes well takes, even under valgrind.
const PATIENCE: Duration = Duration::from_mins(1);

/// What Lambda would set, and the deployment.
const VARIABLES: [(&str, &str); 11] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("ADUANA_INVOICES_TABLE", "bench"),
    ("ADUANA_CASES_TABLE", "bench"),
    ("ADUANA_INTAKE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/bench"),
    ("ADUANA_DLQ_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/bench"),
    ("ADUANA_ALERTS_TOPIC_ARN", "arn:aws:sns:us-east-1:000000000000:bench"),
];

/// A function that waits for its next event.
#[derive(Debug)]
pub(super) struct Function {
    process: Child,
    api: RuntimeApi,
    waiting: Request,
    /// From the start of the process to its first request for work.
    pub(super) started_in: Duration,
}

impl Function {
    /// Starts a function, and waits until it asks for work. `aws` is where its calls go, if it makes any.
    pub(super) fn start(command: &mut Command, aws: Option<&str>) -> Result<Self, Failure> {
        let doing = || format!("start {}", command_line(command));
        let api = RuntimeApi::open().doing(|| "open a Runtime API".to_owned())?;
        let failed = doing();
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("AWS_LAMBDA_RUNTIME_API", &api.address).envs(VARIABLES);
        command.envs(aws.map(|aws| ("AWS_ENDPOINT_URL", aws)));
        let begun = Instant::now();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .doing(|| failed.clone())?;
        match request(&api) {
            Ok(waiting) if waiting.is_for_work() => {
                let started_in = waiting.at - begun;
                Ok(Self { process, api, waiting, started_in })
            }
            other => {
                drop(process.kill());
                drop(process.wait());
                let reason = other.map_or_else(|failure| failure.to_string(), |request| request.describe());
                Err(Failure::to(failed).because(reason))
            }
        }
    }

    /// Gives it an event, and waits until it asks for the next one. Tells how long it took to answer.
    pub(super) fn invoke(&mut self, event: &str) -> Result<Duration, Failure> {
        let doing = || "have a function work on an event".to_owned();
        let begun = self.waiting.give(event, "", PATIENCE).doing(doing)?;
        let answer = request(&self.api)?;
        let took = answer.at - begun;
        if !answer.is_response() {
            return Err(Failure::to(doing()).because(answer.describe()));
        }
        answer.accept().doing(doing)?;
        let next = request(&self.api)?;
        if !next.is_for_work() {
            return Err(Failure::to(doing()).because(next.describe()));
        }
        self.waiting = next;
        Ok(took)
    }

    /// What it took so far.
    pub(super) fn taken(&self) -> Result<Taken, Failure> {
        taken(self.process.id())
    }

    /// Asks it to end by a signal that lets valgrind write what it counted, and waits until it has.
    pub(super) fn terminate(mut self) -> Result<(), Failure> {
        let doing = || "end a function".to_owned();
        Command::new("kill").arg(self.process.id().to_string()).status().doing(doing)?;
        self.process.wait().doing(doing).map(drop)
    }
}

fn request(api: &RuntimeApi) -> Result<Request, Failure> {
    api.request(PATIENCE).doing(|| "hear from a function".to_owned())
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
