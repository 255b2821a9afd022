//! AWS for tests: an HTTP server in this process that speaks as much of each service's protocol as the project uses. The test
//! decides how each call is answered.
//!
//! - [`tables`]: the tables of DynamoDB, in memory. `successes`: the answers to calls that succeed. `cbor`: the protocol of CloudWatch.

mod cbor;
mod successes;
pub mod tables;

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{io, thread};

use serde_json::{Map, Value, json};

use crate::http::{self, Request};
pub use successes::success;
use tables::Tables;

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    /// E.g. `PutItem`; `Ask` for JSON that is posted to `/`, as to the URL of the redrive; empty for a request that names no action.
    pub action: String,
    /// The request. A form, as SNS and STS get it, is an object of texts. `Null` for what is neither a form nor JSON.
    pub request: Value,
    /// When the whole request was there.
    pub received: Instant,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
    is_form: bool,
}

/// How to answer a call.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with this JSON.
    Json(Value),
    /// 200 with this XML (SNS, STS).
    Xml(String),
    /// 200 with this in CBOR (CloudWatch); 400 if it has a `__type`.
    Cbor(Value),
    /// 200 with this error of a Lambda function.
    FunctionError(Value),
    /// This status with an error of this code.
    Error(u16, &'static str),
    /// 400 with this JSON, which has a `__type`.
    ErrorJson(Value),
    /// This status with this JSON, as a function's URL hands it on.
    Http(u16, Value),
    /// The connection closes without an answer: the call may have happened.
    BreakOff,
    /// No answer, and the connection stays open.
    Hang,
}

/// The server.
#[derive(Debug)]
pub struct AwsStub {
    /// Its URL, for `AWS_ENDPOINT_URL`.
    pub address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

type Answer = dyn Fn(&Call) -> Reply + Send + Sync;

impl AwsStub {
    /// A server that answers each call as `answer` says.
    pub fn open(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self::try_open(answer).expect("a free port")
    }

    /// As [`AwsStub::open`].
    ///
    /// # Errors
    ///
    /// No port is free.
    pub fn try_open(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&calls);
        let address = http::listen(move |connection| serve(connection, &answer, &log))?;
        Ok(Self { address: format!("http://{address}"), calls })
    }

    /// A server that answers the first calls with these, in their order, and all others with the last of them.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: Vec<Reply> = replies.into_iter().collect();
        replies.reverse();
        let replies = Mutex::new(replies);
        Self::open(move |_| {
            let mut replies = replies.lock().unwrap();
            if replies.len() > 1 { replies.pop().unwrap() } else { replies[0].clone() }
        })
    }

    /// A server whose answers, by action and request, have the kind that their content shows: a text is XML, what has a `__type` is an
    /// error, what has an `errorType` is the error of a function, what has an `error` is a refusal of the redrive, which a URL hands on
    /// with a status, and CloudWatch gets CBOR.
    pub fn answering(answer: impl Fn(&str, &Value) -> Value + Send + Sync + 'static) -> Self {
        Self::open(move |call| match answer(&call.action, &call.request) {
            Value::String(xml) => Reply::Xml(xml),
            metrics if call.action == "GetMetricStatistics" => Reply::Cbor(metrics),
            error if error.get("__type").is_some() => Reply::ErrorJson(error),
            error if error.get("errorType").is_some() && call.action == "Ask" => {
                Reply::Http(502, json!({ "message": "Internal Server Error" }))
            }
            error if error.get("errorType").is_some() => Reply::FunctionError(error),
            refusal if refusal.get("error").is_some() && call.action == "Ask" => Reply::Http(409, refusal),
            json => Reply::Json(json),
        })
    }

    /// A DynamoDB with these tables.
    pub fn with_tables(tables: &Tables) -> Self {
        let tables = tables.clone();
        Self::open(move |call| tables.answer(call))
    }

    /// An AWS at which every call succeeds, except those to which `instead` has another answer.
    pub fn working(
        tables: &Tables,
        instead: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let tables = tables.clone();
        Self::open(move |call| {
            instead(call).or_else(|| successes::of_channel(call)).unwrap_or_else(|| tables.answer(call))
        })
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The names of the calls so far.
    pub fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }

    /// `command`, with this in the place of AWS.
    pub fn for_aws(&self, mut command: Command) -> Command {
        command
            .env("AWS_ENDPOINT_URL", &self.address)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

fn serve(mut connection: &TcpStream, answer: &Answer, log: &Mutex<Vec<Call>>) {
    const JSON: &str = "application/x-amz-json-1.0";
    let mut reader = BufReader::new(connection);
    while let Some(request) = http::read(&mut reader) {
        let call = Call::of(&request);
        log.lock().unwrap().push(call.clone());
        let (status, headers, body) = match answer(&call) {
            Reply::Json(reply) => (200, JSON, reply.to_string().into_bytes()),
            Reply::Xml(reply) => (200, "text/xml", reply.into_bytes()),
            Reply::Cbor(reply) => {
                let status = if reply.get("__type").is_some() { 400 } else { 200 };
                (status, "application/cbor\r\nsmithy-protocol: rpc-v2-cbor", cbor::encode(&reply))
            }
            Reply::FunctionError(error) => {
                let headers = "application/json\r\nx-amz-function-error: Unhandled";
                (200, headers, error.to_string().into_bytes())
            }
            Reply::Error(status, code) if call.is_form => {
                let error = format!("<Code>{code}</Code><Message>SECRET</Message>");
                let error = format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>");
                (status, "text/xml", error.into_bytes())
            }
            Reply::Error(status, code) => {
                let error = json!({ "__type": format!("com.amazonaws#{code}"), "message": "SECRET" });
                (status, JSON, error.to_string().into_bytes())
            }
            Reply::ErrorJson(error) => (400, JSON, error.to_string().into_bytes()),
            Reply::Http(status, json) => (status, "application/json", json.to_string().into_bytes()),
            Reply::BreakOff => return,
            Reply::Hang => {
                thread::sleep(Duration::from_mins(10));
                return;
            }
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: {headers}\r\ncontent-length: {length}\r\n\r\n");
        if connection.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

impl Call {
    /// The value of a header, by its name in lower case; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The action is in a header (DynamoDB, SQS), in the path (Lambda, CloudWatch) or in the form (SNS, STS).
    fn of(request: &Request) -> Self {
        const IN_PATH: [(&str, &str); 5] = [
            ("/invocations", "Invoke"),
            ("/aliases/", "GetAlias"),
            ("/url?", "GetFunctionUrlConfig"),
            ("/configuration", "GetFunctionConfiguration"),
            ("/operation/GetMetricStatistics", "GetMetricStatistics"),
        ];
        let received = Instant::now();
        let (headers, body) = (request.headers.clone(), request.body.clone());
        let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let in_path = IN_PATH.iter().find(|(part, _)| request.path.contains(part)).map(|(_, action)| *action);
        let is_json = request.header("content-type") == Some("application/json");
        let by_url = (request.path == "/" && is_json).then_some("Ask");
        if let Some(action) = target.or(in_path).or(by_url) {
            #[expect(clippy::disallowed_methods, reason = "a request of the AWS SDK, not an invoice")]
            let json = serde_json::from_slice(&request.body);
            // The requests to CloudWatch are in CBOR. No test looks at them.
            return Self {
                action: action.to_owned(),
                request: json.unwrap_or_default(),
                received,
                headers,
                body,
                is_form: false,
            };
        }
        let form = form(std::str::from_utf8(&request.body).unwrap());
        let action = form["Action"].as_str().unwrap_or_default().to_owned();
        Self { action, request: form, received, headers, body, is_form: true }
    }
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
