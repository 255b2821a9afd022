//! Lambda, as far as a function sees it: the Runtime API in this process, and the function's real program as its runtime.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::process::{Taken, taken};
use crate::failure::{Doing, Failure};

const NEXT: &str = "/2018-06-01/runtime/invocation/next";

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
    requests: Receiver<Request>,
    waiting: TcpStream,
    /// From the start of the process to its first request for work.
    pub(super) started_in: Duration,
}

/// A request of the function.
#[derive(Debug)]
struct Request {
    path: String,
    body: Vec<u8>,
    at: Instant,
    connection: TcpStream,
}

impl Function {
    /// Starts a function, and waits until it asks for work. `aws` is where its calls go, if it makes any.
    pub(super) fn start(command: &mut Command, aws: Option<&str>) -> Result<Self, Failure> {
        let doing = || format!("start {}", command_line(command));
        let listener = TcpListener::bind("127.0.0.1:0").doing(|| "open a Runtime API".to_owned())?;
        let address = listener.local_addr().doing(|| "open a Runtime API".to_owned())?.to_string();
        let failed = doing();
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("AWS_LAMBDA_RUNTIME_API", address).envs(VARIABLES);
        command.envs(aws.map(|aws| ("AWS_ENDPOINT_URL", aws)));
        let begun = Instant::now();
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .doing(|| failed.clone())?;
        let (tell, requests) = channel();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let tell = tell.clone();
                thread::spawn(move || listen(&connection, &tell));
            }
        });
        let mut function = Half { process, requests };
        match function.request() {
            Ok(Request { path, at, connection, .. }) if path == NEXT => {
                let Half { process, requests } = function;
                Ok(Self { process, requests, waiting: connection, started_in: at - begun })
            }
            other => {
                drop(function.process.kill());
                drop(function.process.wait());
                let reason = other.map_or_else(|failure| failure.to_string(), |request| request.said());
                Err(Failure::to(failed).because(reason))
            }
        }
    }

    /// Gives it an event, and waits until it asks for the next one. Tells how long it took to answer.
    pub(super) fn invoke(&mut self, event: &str) -> Result<Duration, Failure> {
        let doing = || "have a function work on an event".to_owned();
        let reply = next(event);
        let begun = Instant::now();
        self.waiting.write_all(reply.as_bytes()).doing(doing)?;
        let answer = self.request()?;
        let took = answer.at - begun;
        if !answer.path.ends_with("/response") {
            return Err(Failure::to(doing()).because(answer.said()));
        }
        (&answer.connection).write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").doing(doing)?;
        let next = self.request()?;
        if next.path != NEXT {
            return Err(Failure::to(doing()).because(next.said()));
        }
        self.waiting = next.connection;
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

    fn request(&self) -> Result<Request, Failure> {
        request(&self.requests)
    }
}

/// A function that was started, and has not asked for work.
struct Half {
    process: Child,
    requests: Receiver<Request>,
}

impl Half {
    fn request(&mut self) -> Result<Request, Failure> {
        request(&self.requests)
    }
}

fn request(requests: &Receiver<Request>) -> Result<Request, Failure> {
    requests.recv_timeout(PATIENCE).doing(|| "hear from a function".to_owned())
}

impl Request {
    fn said(&self) -> String {
        format!("it said {} {}", self.path, String::from_utf8_lossy(&self.body))
    }
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

fn next(event: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline = (now + PATIENCE).as_millis();
    format!(
        "HTTP/1.1 200 OK\r\n\
         content-type: application/json\r\n\
         content-length: {}\r\n\
         lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n\
         \r\n{event}",
        event.len()
    )
}

fn listen(connection: &TcpStream, tell: &Sender<Request>) {
    connection.set_nodelay(true).ok();
    let mut reader = BufReader::new(connection);
    while let Some((head, body)) = read(&mut reader) {
        let at = Instant::now();
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        let Ok(connection) = connection.try_clone() else { return };
        if tell.send(Request { path, body, at, connection }).is_err() {
            return;
        }
    }
}

/// The head, line by line, and the body of the next request on a connection; nothing once the other side has gone.
pub(super) fn read(reader: &mut BufReader<&TcpStream>) -> Option<(Vec<String>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        }
        head.push(line.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}
