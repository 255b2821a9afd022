//! Lambda's Runtime API in this process, and the function's real binary as its runtime.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

const NEXT: &str = "/2018-06-01/runtime/invocation/next";

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
    events: Sender<Event>,
    said: Receiver<Said>,
}

struct Event {
    payload: String,
    left: Duration,
}

/// Where the function gets its events from and leaves its answers.
struct Api {
    events: Mutex<Receiver<Event>>,
    said: Sender<Said>,
}

impl Function {
    /// Starts the function with these variables and what Lambda itself sets.
    pub(crate) fn start(program: &Program, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, to_come) = channel();
        let (tell, said) = channel();
        let api = Arc::new(Api { events: Mutex::new(to_come), said: tell });
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let api = Arc::clone(&api);
                thread::spawn(move || api.serve(&connection));
            }
        });
        let process = Command::new(program.path)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", program.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, events, said }
    }

    /// What it says to an event.
    pub(crate) fn invoke(&self, event: &Value) -> Said {
        self.invoke_with(event, Duration::from_secs(30))
    }

    /// What it says to an event when it has this much time.
    pub(crate) fn invoke_with(&self, event: &Value, left: Duration) -> Said {
        self.events.send(Event { payload: event.to_string(), left }).unwrap();
        self.said.recv_timeout(Duration::from_secs(40)).expect("an answer")
    }

    /// Ends it, and gives the lines that it wrote.
    pub(crate) fn stop(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        lines(&self.process.wait_with_output().unwrap())
    }

    /// Waits until it ends by itself: whether well, and the lines that it wrote.
    pub(crate) fn end(self) -> (bool, Vec<Value>) {
        let output = self.process.wait_with_output().unwrap();
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

impl Api {
    fn serve(&self, mut connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        while let Some((path, body)) = read(&mut reader) {
            let reply = if path == NEXT {
                let Ok(Event { payload, left }) = self.events.lock().unwrap().recv() else { return };
                next(&payload, left)
            } else {
                #[expect(clippy::disallowed_methods, reason = "an answer of the function, not an invoice")]
                let json = serde_json::from_slice(&body).unwrap();
                let said = if path.ends_with("/response") { Said::Response(json) } else { Said::Error(json) };
                self.said.send(said).ok();
                "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()
            };
            if connection.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
fn next(payload: &str, left: Duration) -> String {
    let deadline = (SystemTime::now() + left).duration_since(UNIX_EPOCH).unwrap().as_millis();
    format!(
        "HTTP/1.1 200 OK\r\n\
         content-type: application/json\r\n\
         content-length: {}\r\n\
         lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-south-2:1:function:aduana\r\n\
         lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
         \r\n{payload}",
        payload.len()
    )
}

/// The path and the body of the next request; `None` when the function has gone.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, body))
}
