//! A stand-in for AWS in this process: as much of the protocols of DynamoDB, SQS and SNS as the adapters speak. What it
//! answers is up to the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// A call as it came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// E.g. `PutItem`.
    pub(crate) action: String,
    /// The request; of SNS, which sends forms, an object of texts.
    pub(crate) request: Value,
    is_form: bool,
}

/// How to answer a call.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// 200 with this.
    Json(Value),
    /// 200 with this (SNS).
    Xml(String),
    /// This status with an error of this code.
    Error(u16, &'static str),
    /// 400 with this, which has a `__type`.
    ErrorJson(Value),
    /// The connection breaks off without an answer: the call may have happened.
    BreakOff,
    /// Never.
    Hang,
}

/// Answers calls.
pub(crate) struct StandIn {
    pub(crate) address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

type Answer = dyn Fn(&Call) -> Reply + Send + Sync;

impl StandIn {
    pub(crate) fn open(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Answer> = Arc::new(answer);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&calls);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || serve(&connection, &*answer, &log));
            }
        });
        Self { address, calls }
    }

    /// Answers the first calls so, and all others with the last of these.
    pub(crate) fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: Vec<Reply> = replies.into_iter().collect();
        replies.reverse();
        let replies = Mutex::new(replies);
        Self::open(move |_| {
            let mut replies = replies.lock().unwrap();
            if replies.len() > 1 { replies.pop().unwrap() } else { replies[0].clone() }
        })
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The names of the calls so far.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }
}

fn serve(mut connection: &TcpStream, answer: &Answer, log: &Mutex<Vec<Call>>) {
    let mut reader = BufReader::new(connection);
    while let Some(call) = read(&mut reader) {
        log.lock().unwrap().push(call.clone());
        let (status, body) = match answer(&call) {
            Reply::Json(reply) => (200, reply.to_string()),
            Reply::Xml(reply) => (200, reply),
            Reply::Error(status, code) if call.is_form => {
                let error = format!("<Code>{code}</Code><Message>SECRET</Message>");
                (status, format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"))
            }
            Reply::Error(status, code) => (
                status,
                json!({ "__type": format!("com.amazonaws#{code}"), "message": "SECRET" }).to_string(),
            ),
            Reply::ErrorJson(error) => (400, error.to_string()),
            Reply::BreakOff => return,
            Reply::Hang => {
                thread::sleep(Duration::from_mins(10));
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if connection.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// The next call; `None` when the client has gone.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Call> {
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
    if action.is_empty() {
        let form = form(std::str::from_utf8(&body).unwrap());
        let action = form["Action"].as_str().unwrap_or_default().to_owned();
        return Some(Call { action, request: form, is_form: true });
    }
    #[expect(clippy::disallowed_methods, reason = "a request of the AWS SDK, not an invoice")]
    let request = serde_json::from_slice(&body).unwrap();
    Some(Call { action, request, is_form: false })
}

/// `a=b&c=%20d` as an object.
fn form(text: &str) -> Value {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                b'+' => b' ',
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), Value::from(decode(value)))).collect::<Map<_, _>>().into()
}
