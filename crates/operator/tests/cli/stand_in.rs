//! A stand-in for AWS in this process: as much of the JSON protocols of SQS and DynamoDB as `aduana` speaks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

/// Answers calls, each by its action's name and its request.
pub(crate) struct StandIn {
    pub(crate) address: String,
}

type Answer = dyn Fn(&str, &Value) -> Value + Send + Sync;

impl StandIn {
    pub(crate) fn open(answer: impl Fn(&str, &Value) -> Value + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Answer> = Arc::new(answer);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(&connection, &*answer));
            }
        });
        Self { address }
    }

    /// `command`, with this in the place of AWS.
    pub(crate) fn for_aws(&self, mut command: Command) -> Command {
        command
            .env("AWS_ENDPOINT_URL", &self.address)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

fn serve(mut connection: &TcpStream, answer: &Answer) {
    let mut reader = BufReader::new(connection);
    while let Some((action, request)) = read(&mut reader) {
        let reply = answer(&action, &request);
        // A reply with `__type` is an error, as AWS has it.
        let status = if reply.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
        let reply = reply.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            reply.len()
        );
        if connection.write_all((head + &reply).as_bytes()).is_err() {
            return;
        }
    }
}

/// The action and the body of the next request; `None` when the client has gone.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<(String, Value)> {
    let (mut action, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        if name.eq_ignore_ascii_case("x-amz-target") {
            value.rsplit('.').next().unwrap_or_default().clone_into(&mut action);
        } else if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    #[expect(clippy::disallowed_methods, reason = "a request of the AWS SDK, not an invoice")]
    let body = serde_json::from_slice(&body).unwrap();
    Some((action, body))
}
