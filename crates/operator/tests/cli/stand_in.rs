//! A stand-in for AWS in this process: as much of the protocols of SQS, DynamoDB, Lambda, STS and CloudWatch as `aduana` speaks.

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
        // A reply with `__type` is an error, as AWS has it; one with `errorType` is that of a function that failed.
        let status = if reply.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
        let failed =
            if reply.get("errorType").is_some() { "x-amz-function-error: Unhandled\r\n" } else { "" };
        // STS speaks XML, CloudWatch CBOR.
        let (kind, reply) = match reply {
            Value::String(xml) => ("text/xml", xml.into_bytes()),
            metrics if action == "GetMetricStatistics" => {
                ("application/cbor\r\nsmithy-protocol: rpc-v2-cbor", cbor(&metrics))
            }
            json => ("application/x-amz-json-1.0", json.to_string().into_bytes()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{failed}content-length: {}\r\n\r\n",
            reply.len()
        );
        if connection.write_all(&[head.as_bytes(), &reply].concat()).is_err() {
            return;
        }
    }
}

/// The action and the body of the next request; `None` when the client has gone. What names no action is Lambda's `Invoke` or
/// `GetFunctionConfiguration`, told by its path, or the only one of STS that is called.
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
            "GetCallerIdentity".clone_into(&mut action);
            if line.contains("/invocations") {
                "Invoke".clone_into(&mut action);
            } else if line.contains("/configuration") {
                "GetFunctionConfiguration".clone_into(&mut action);
            } else if line.contains("/operation/GetMetricStatistics") {
                "GetMetricStatistics".clone_into(&mut action);
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
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some((action, body))
}

/// A value in CBOR (RFC 8949); a number is a double, and one named `Timestamp` a point in time.
fn cbor(value: &Value) -> Vec<u8> {
    let head = |major: u8, length: usize| vec![(major << 5) | 0x18, u8::try_from(length).unwrap()];
    match value {
        Value::Object(members) => members.iter().fold(head(5, members.len()), |mut bytes, (name, value)| {
            bytes.extend(cbor(&Value::String(name.clone())));
            bytes.extend(if name == "Timestamp" { &[0xC1][..] } else { &[] });
            bytes.extend(cbor(value));
            bytes
        }),
        Value::Array(items) => items.iter().fold(head(4, items.len()), |mut bytes, item| {
            bytes.extend(cbor(item));
            bytes
        }),
        Value::String(text) => [&head(3, text.len())[..], text.as_bytes()].concat(),
        other => [&[0xFB][..], &other.as_f64().unwrap().to_be_bytes()].concat(),
    }
}
