//! `aduana console`, over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use aduana_cases::case::State;
use aduana_redrive::answer::{Answer, Code, GroupLines};
use serde_json::{Value, json};

use crate::common::{aduana, run};
use crate::function::{ACTOR, ADDRESS, Function, id, json_of, line, lines, refused, shown};
use aduana_testkit::aws_stub::AwsStub;

/// The program, until the test is over.
struct Console {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// `http://127.0.0.1:PORT/?token=…`
    address: String,
}

impl Console {
    fn start(function: &Function, args: &[&str]) -> Self {
        Self::spawn(function.command(&[&["console", "--no-open"], args].concat()))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut address).unwrap();
        Self { child, stdout, address: address.trim().to_owned() }
    }

    fn host(&self) -> &str {
        self.address.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    fn get(&self, path: &str, cookie: &str) -> String {
        self.send(&format!("GET {path}"), &format!("cookie: {cookie}"), "")
    }

    /// A form of the console's own.
    fn post(&self, path: &str, cookie: &str, form: &str) -> String {
        let host = self.host();
        let kind = "content-type: application/x-www-form-urlencoded";
        let head =
            format!("cookie: {cookie}\r\norigin: http://{host}\r\n{kind}\r\ncontent-length: {}", form.len());
        self.send(&format!("POST {path}"), &head, form)
    }

    fn send(&self, what: &str, head: &str, body: &str) -> String {
        let mut connection = TcpStream::connect(self.host()).unwrap();
        let host = self.host();
        let request = format!("{what} HTTP/1.1\r\nhost: {host}\r\n{head}\r\nconnection: close\r\n\r\n{body}");
        connection.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response
    }

    /// The session's cookie, for the token.
    fn cookie(&self) -> String {
        let path = self.address.split_once(self.host()).unwrap().1;
        let opened = self.get(path, "");
        assert!(opened.starts_with("HTTP/1.1 303"), "{opened}");
        let (_, cookie) = opened.split_once("set-cookie: ").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().unwrap();
    }
}

#[test]
fn it_serves_this_machine_alone_and_acts_as_the_caller() {
    let function = Function::open(|_| lines(vec![line(1, State::Open)], None));
    let console = Console::start(&function, &["--lang", "es"]);
    assert!(console.host().starts_with("127.0.0.1:"), "{}", console.address);
    let page = console.get("/cases", &console.cookie());
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<html lang=\"es\">"), "{page}");
    assert!(page.contains(ACTOR) && page.contains(line(1, State::Open).number.unwrap().as_str()));
    let asked = function.asked();
    assert_eq!(
        (&asked[0]["action"], &asked[0]["actor"], &asked[0]["lang"]),
        (&json!("list"), &json!(ACTOR), &json!("es"))
    );
    assert!(console.get("/cases", "").starts_with("HTTP/1.1 403"));
}

#[test]
fn refusals_of_the_function_and_of_aws_are_distinguished() {
    let function = Function::open(|_| refused(Code::NoSuchCase));
    let console = Console::start(&function, &[]);
    let id = "0".repeat(32);
    assert!(console.get(&format!("/cases/{id}"), &console.cookie()).starts_with("HTTP/1.1 404"));
    let function =
        Function::open(|_| json!({"__type": "ExpiredTokenException", "message": "it has expired"}));
    let console = Console::start(&function, &[]);
    let page = console.get("/cases", &console.cookie());
    assert!(page.starts_with("HTTP/1.1 401") && page.contains("Your AWS session has ended"), "{page}");
    assert!(page.contains("aws sso login"));
}

#[test]
fn six_pages_of_a_slot_are_counted_and_of_a_seventh_it_is_known_that_there_is_one() {
    for (pages, counted) in [(5, "<b>25</b>"), (6, "<b>30</b>"), (7, "<b>30+</b>")] {
        let aws = deployment(move |request| {
            let key = request["ExclusiveStartKey"]["page"]["N"].as_str();
            let page: usize = key.map_or(1, |page| page.parse().unwrap());
            let next = json!({"page": {"N": (page + 1).to_string()}});
            let next = if page < pages { next } else { Value::Null };
            json!({"Count": 5, "ScannedCount": 5, "LastEvaluatedKey": next})
        });
        let console = Console::spawn(aws.for_aws(aduana(&["console", "--no-open"])));
        let page = console.get("/", &console.cookie());
        assert!(page.contains(&format!("{counted} stored today")), "{pages} pages: {page}");
        assert_eq!(page.contains("30+</td>"), pages == 7, "the table says so, too");
    }
}

/// Whether a query is of the first slot of a key: all that there is is in it.
fn is_first_slot(request: &Value) -> bool {
    let key = request.pointer("/ExpressionAttributeValues/:key/S").and_then(Value::as_str);
    key.is_some_and(|key| key.ends_with("#0"))
}

/// A deployment whose index of stored invoices answers so.
fn deployment(by_day: impl Fn(&Value) -> Value + Send + Sync + 'static) -> AwsStub {
    AwsStub::answering(move |action, request| match action {
        "GetCallerIdentity" => Value::String(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ACTOR}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "GetQueueUrl" => json!({"QueueUrl": format!("http://q/{}", request["QueueName"].as_str().unwrap())}),
        "GetQueueAttributes" => json!({"Attributes": {
            "ApproximateNumberOfMessages": "7",
            "ApproximateNumberOfMessagesNotVisible": "2",
            "ApproximateNumberOfMessagesDelayed": "0",
        }}),
        "GetMetricStatistics" => json!({"Datapoints": []}),
        "Query" if !is_first_slot(request) => json!({"Count": 0, "ScannedCount": 0, "Items": []}),
        "Query" if request["IndexName"] == "by_day" => by_day(request),
        "Query" => {
            json!({"Count": 3, "ScannedCount": 3, "Items": [{"last_seen": {"S": "2020-01-01T00:00:00.000Z"}}]})
        }
        "GetAlias" => json!({ "Description": ADDRESS }),
        "GetFunctionUrlConfig" => json!({ "__type": "ResourceNotFoundException", "message": "none" }),
        "Ask" => json_of(Answer::Groups(GroupLines::default())),
        other => panic!("{other} was not to be called"),
    })
}

#[test]
fn the_overview_reads_queues_and_tables() {
    let aws = deployment(|_| json!({"Count": 5, "ScannedCount": 5}));
    let command = aws.for_aws(aduana(&["console", "--no-open"]));
    let console = Console::spawn(command);
    let page = console.get("/", &console.cookie());
    for expected in ["aduana-invoices-dlq", "<b>5</b> stored today", "<b>6</b> resent", "2020-01-01 00:00"] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    assert!(page.contains(">7</td>") && page.contains(">2</td>"), "the queues' depth");
}

#[test]
fn nothing_of_an_invoice_is_printed_whatever_is_shown() {
    let function =
        Function::open(|request| json_of(Answer::Get(Box::new(shown(request["unmask"] == json!(true))))));
    let mut console = Console::start(&function, &[]);
    let cookie = console.cookie();
    let page = console.get("/runs", &cookie);
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    let path = format!("/cases/{}", id(1));
    let form = format!("csrf={csrf}&reason=to+look&body=current");
    assert!(console.post(&format!("{path}/reveal"), &cookie, &form).starts_with("HTTP/1.1 303"));
    assert!(console.get(&path, &cookie).contains("001-001-000000123"), "it is shown");
    console.get(&format!("{path}/correct"), &cookie);
    console.get("/nowhere", &cookie);
    console.child.kill().unwrap();
    let mut printed = String::new();
    console.stdout.read_to_string(&mut printed).unwrap();
    console.child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "open this address in your browser; it works once. Ctrl-C ends the console\n");
}

#[test]
fn a_taken_port_is_reported() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let function = Function::open(|_| lines(Vec::new(), None));
    let seen = function.run(&["console", "--no-open", "--port", &port]);
    assert!(seen.starts_with("exit code 2") && seen.contains("without --port"), "{seen}");
    assert!(run(&["console", "--port", "0"]).starts_with("exit code 2"));
}
