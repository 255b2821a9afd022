//! The redrive function, played in this process: its answers are made of the types of the real one.

use std::sync::{Arc, Mutex};

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::trail::Event;
use aduana_invoice::{Category, Fingerprint, Lang, Severity};
use aduana_redrive::answer::{
    Answer, CaseSummary, Code, Content, Done, DoneCase, Failure, Lines, Reason, Resent, SentCase, Shown,
    ShownAttribute, ShownBody, Skipped, Version,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::common::{aduana, seen};
use aduana_testkit::aws_stub::AwsStub;

/// Who the stand-in for STS says is asking.
pub(crate) const ACTOR: &str = "arn:aws:sts::123456789012:assumed-role/Accounting/maria";

/// Where the function is asked.
pub(crate) const ADDRESS: &str = "https://abc123.execute-api.us-east-1.amazonaws.com";

pub(crate) const BODY: &str = "{\n  \"number\": \"001-001-000000123\",\n  \"payable\": 100.00\n}\n";

/// The function with what it was asked.
pub(crate) struct Function {
    aws: AwsStub,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Function {
    /// Answers each request by `answer`.
    pub(crate) fn open(answer: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
        let record = Arc::clone(&asked);
        let aws = AwsStub::answering(move |action, request| match action {
            "GetAlias" => json!({ "Description": ADDRESS }),
            "GetFunctionUrlConfig" => json!({ "__type": "ResourceNotFoundException", "message": "none" }),
            "Ask" | "Invoke" => {
                record.lock().unwrap().push(request.clone());
                answer(request)
            }
            "GetCallerIdentity" => Value::String(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ACTOR}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )),
            // The one invoice of a number: every seller has one.
            "Query" => json!({ "Count": 1, "Items": [{
                "seller": { "S": "tax:EC:1" }, "document": { "S": "7/invoice/2026" }, "fingerprint": { "S": "f" },
            }] }),
            other => panic!("{other} was not to be called"),
        });
        Self { aws, asked }
    }

    /// `aduana` with these arguments, and this in the place of AWS.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        self.aws.for_aws(aduana(args))
    }

    pub(crate) fn run(&self, args: &[&str]) -> String {
        seen(&self.command(args).output().unwrap()).replace(&self.aws.address, "http://ADDRESS")
    }

    /// The same where the function is invoked directly, as the user wants it.
    pub(crate) fn run_directly(&self, args: &[&str]) -> String {
        let mut command = self.command(args);
        let output = command.env("ADUANA_REDRIVE_URL", "direct").output().unwrap();
        seen(&output).replace(&self.aws.address, "http://ADDRESS")
    }

    /// What it was asked to do, in order.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn actions(&self) -> Vec<String> {
        self.asked().iter().map(|request| request["action"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn id(number: u32) -> CaseId {
    CaseId::parse(&format!("{number:032x}")).unwrap()
}

fn hours_ago(hours: i64) -> String {
    (OffsetDateTime::now_utc() - time::Duration::minutes(60 * hours + 1)).format(&Rfc3339).unwrap()
}

/// A case, held for three hours.
pub(crate) fn line(number: u32, state: State) -> CaseSummary {
    CaseSummary {
        id: id(number),
        state,
        attempt: 1,
        code: "BR-CO-15".to_owned(),
        category: Category::Data,
        errors: 2,
        codes: vec!["BR-CO-15".to_owned(), "BR-CO-16".to_owned()],
        group: "8a3f0c1d2e4b5a69".to_owned(),
        group_label: "BR-CO-15 /totals/tax_inclusive +1".to_owned(),
        seller: Some("tax:EC:179•••••4001".to_owned()),
        seller_name: Some("Caf••••••".to_owned()),
        number: Some(format!("001-001-00000012{number}")),
        issue_date: Some("2026-11-20".to_owned()),
        currency: Some("USD".to_owned()),
        payable: Some("•••.••".to_owned()),
        sender: None,
        source: "sqs:aduana-invoices".to_owned(),
        received_at: hours_ago(3),
        first_seen: hours_ago(3),
        last_seen: "2026-11-24T09:00:00.000Z".to_owned(),
        expires_at: None,
        owner: None,
        ticket: None,
    }
}

pub(crate) fn reason() -> Reason {
    Reason {
        code: "BR-CO-15".to_owned(),
        category: Category::Data,
        severity: Severity::Error,
        path: "/totals/tax_inclusive".to_owned(),
        term: Some("BT-112".to_owned()),
        message: "The total with tax is not the sum of its parts.".to_owned(),
        expected: Some("•••.••".to_owned()),
        actual: Some("•••.••".to_owned()),
        can_be_suggested: true,
        suggestion: None,
    }
}

/// The hash of an event in the trail of the first case.
fn hash(event: &Event) -> String {
    let (case, seq, attempt) = (id(1).to_string(), event.seq.to_string(), event.attempt.to_string());
    let fields = [
        &case,
        &seq,
        &event.at,
        &event.actor,
        &event.way,
        &event.act,
        &attempt,
        &event.reason,
        &event.before,
        &event.after,
        &event.prev,
    ];
    Fingerprint::of(json!(fields).to_string().as_bytes()).to_string()
}

/// A case with everything, its times fixed.
pub(crate) fn shown(unmask: bool) -> Shown {
    let time = "2026-11-24T09:00:00.000Z".to_owned();
    let mut event = Event {
        seq: 1,
        at: time.clone(),
        actor: "system:validator".to_owned(),
        way: String::new(),
        act: "received".to_owned(),
        attempt: 1,
        reason: "BR-CO-15".to_owned(),
        before: String::new(),
        after: "b1c2c633f2bf7db97aa696e1eb8faf90".to_owned(),
        prev: String::new(),
        hash: String::new(),
    };
    event.hash = hash(&event);
    let text = if unmask { BODY } else { "{\n  \"number\": \"•••\",\n  \"payable\": 0\n}\n" };
    Shown {
        case: CaseSummary { received_at: time.clone(), first_seen: time.clone(), ..line(1, State::Open) },
        version: 3,
        buyer_name: Some("Con••••••".to_owned()),
        note: Some("waits for the seller \u{1b}[2J\u{202e}".to_owned()),
        ruleset: "1.0".to_owned(),
        alerted_at: Some(time),
        resolved_at: None,
        claimed_until: None,
        may_be_in_flight: false,
        versions: vec![Version {
            attempt: 1,
            correction: None,
            fingerprint: "b1c2c633f2bf7db97aa696e1eb8faf90".to_owned(),
            current: true,
        }],
        reasons: vec![reason()],
        trail: vec![event],
        in_the_way: None,
        set_aside: None,
        trail_intact: true,
        trail_broken_at: None,
        body: Some(ShownBody {
            fingerprint: "b1c2c633f2bf7db97aa696e1eb8faf90".to_owned(),
            bytes: text.len(),
            exact: unmask,
            content: Some(Content::Text(text.to_owned())),
            from: None,
        }),
        attributes: vec![ShownAttribute {
            name: "client \u{1b}[2J".to_owned(),
            data_type: "String".to_owned(),
            value: if unmask { "Café 12" } else { "•••" }.to_owned(),
        }],
    }
}

/// An answer as the function gives it.
#[expect(clippy::needless_pass_by_value, reason = "an answer is made where it is given")]
pub(crate) fn json_of(answer: Answer) -> Value {
    #[expect(clippy::disallowed_methods, reason = "the stand-in's own answer")]
    serde_json::from_str(&answer.to_json()).unwrap()
}

pub(crate) fn lines(cases: Vec<CaseSummary>, cursor: Option<&str>) -> Value {
    json_of(Answer::List(Lines { cases, cursor: cursor.map(str::to_owned) }))
}

pub(crate) fn refused(code: Code) -> Value {
    serde_json::to_value(Failure::new(code, Lang::En)).unwrap()
}

/// The ids that a request names.
pub(crate) fn ids(request: &Value) -> Vec<CaseId> {
    let ids = request.pointer("/select/ids").and_then(Value::as_array).into_iter().flatten();
    ids.map(|id| CaseId::parse(id.as_str().unwrap()).unwrap()).collect()
}

pub(crate) fn done(request: &Value, state: State) -> Value {
    let done = |id| DoneCase { id, state, version: 4, changed: true };
    let done = ids(request).into_iter().map(done).collect();
    json_of(Answer::Done(Done { done, skipped: Vec::new(), cursor: None }))
}

pub(crate) fn skipped(number: u32, code: Code, codes: &[&str]) -> Skipped {
    Skipped {
        id: id(number),
        code,
        message: Failure::new(code, Lang::En).error.message,
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    }
}

/// Sends all but `bad`.
pub(crate) fn resent(request: &Value, bad: &[Skipped]) -> Value {
    let ids = ids(request);
    let is_bad = |id: &CaseId| bad.iter().any(|case| case.id == *id);
    let sent =
        ids.iter().filter(|id| !is_bad(id)).map(|id| SentCase { id: id.clone(), attempt: 2 }).collect();
    let skipped = bad.iter().filter(|case| ids.contains(&case.id)).cloned().collect();
    let dry_run = request["dry_run"] == json!(true);
    json_of(Answer::Resend(Resent { dry_run, sent, skipped, stopped: false, left: None, cursor: None }))
}
