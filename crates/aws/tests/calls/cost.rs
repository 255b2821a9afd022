//! What a batch costs, counted on the wire: calls to AWS, and the units that DynamoDB bills. `docs/cost.md` quotes the tables that are
//! made here, and the test fails where it does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aduana_aws::{Cases, Channel, Clients, DeadLetters, Invoices, InvoicesQueue, Topic};
use aduana_intake::message::{Envelope, Source};
use aduana_intake::ports::Clock;
use aduana_intake::redrive::request::Request;
use aduana_intake::redrive::{self, Call, Redrive};
use aduana_intake::{Intake, Ports, Settings};
use aduana_invoice::{Policy, Validator};
use aduana_tests::samples::{valid, without_number, wrong_total};
use serde_json::Value;

use crate::samples::{AT, clients};
use crate::stand_in::StandIn;
use crate::table::Tables;
use crate::working_aws::aws;

const DLQ: &str = "https://sqs.us-east-1.amazonaws.com/1/invoices-dlq";
const TOPIC: &str = "arn:aws:sns:us-east-1:1:alerts";

/// A clock that is put on by hand.
#[derive(Debug, Clone, Default)]
struct Watch(Arc<AtomicI64>);

impl Clock for Watch {
    fn now_ms(&self) -> i64 {
        AT + self.0.load(Ordering::Relaxed)
    }

    async fn until_ms(&self, _at_ms: i64) {
        std::future::pending().await
    }
}

/// A deployment at an AWS that works, and what it has been asked for.
struct Office {
    tables: Tables,
    aws: StandIn,
    watch: Watch,
    intake: Intake<Invoices, Cases, Channel, Topic, Watch>,
    seen: usize,
    sent: usize,
}

impl Office {
    fn new() -> Self {
        let tables = Tables::default();
        let aws = aws(&tables, |_| None);
        let Clients { dynamodb, sqs, sns } = clients(&aws.address);
        let watch = Watch::default();
        let ports = Ports {
            store: Invoices::new(dynamodb.clone(), "Invoices"),
            cases: Cases::new(dynamodb, "InvalidMessages"),
            channel: Channel::new(sqs, DLQ),
            alerts: Topic::new(sns, TOPIC),
            clock: watch.clone(),
        };
        let intake = Intake::new(ports, Validator::new(Policy::default()), Settings::default());
        Self { tables, aws, watch, intake, seen: 0, sent: 0 }
    }

    /// One batch through the validator. The calls that it took.
    async fn batch(&mut self, bodies: impl IntoIterator<Item = Vec<u8>>) -> Calls {
        let envelope = |body| {
            self.sent += 1;
            Envelope {
                source: Source::Sqs { queue: "invoices".to_owned() },
                id: format!("00000000-0000-4000-8000-{:012}", self.sent),
                body,
                attributes: Vec::new(),
                receive_count: Some(1),
                sent_at_ms: Some(AT),
            }
        };
        let envelopes: Vec<Envelope> = bodies.into_iter().map(envelope).collect();
        let count = envelopes.len();
        let report = self.intake.run(envelopes, self.watch.now_ms() + 30_000).await;
        let counts = report.counts();
        assert_eq!((counts.stored + counts.held, counts.alerts_failed), (count, 0));
        self.calls()
    }

    /// The run of the schedule. The calls that it took.
    async fn tell(&mut self) -> Calls {
        let Clients { dynamodb, sqs, sns } = clients(&self.aws.address);
        let cases = Cases::new(dynamodb.clone(), "InvalidMessages");
        let ports = redrive::Ports {
            book: cases.clone(),
            cases,
            intake: InvoicesQueue::new(sqs.clone(), DLQ),
            dead: DeadLetters::new(sqs.clone(), DLQ),
            channel: Channel::new(sqs, DLQ),
            alerts: Topic::new(sns, TOPIC),
            stored: Invoices::new(dynamodb, "Invoices"),
            clock: self.watch.clone(),
        };
        let redrive = Redrive::new(ports, Validator::new(Policy::default()), redrive::Settings::default());
        let request = Request::parse(br#"{"action":"tell"}"#, Some("system:schedule")).unwrap();
        let call = Call { id: "1".to_owned(), deadline_ms: self.watch.now_ms() + 60_000, trace: None };
        redrive.answer(&request, &call).await.unwrap();
        self.calls()
    }

    fn wait_minutes(&self, minutes: i64) {
        self.watch.0.fetch_add(minutes * 60_000, Ordering::Relaxed);
    }

    fn calls(&mut self) -> Calls {
        let all = self.aws.calls();
        let mut calls = Calls::new();
        for call in all.into_iter().skip(self.seen) {
            self.seen += 1;
            // The stand-in gives an item or two a page, to be unkind; DynamoDB a megabyte.
            if call.request["ExclusiveStartKey"].is_null() {
                *calls.entry(call.action).or_default() += 1;
            }
        }
        calls
    }
}

type Calls = BTreeMap<String, usize>;

fn invalid(from: u32, to: u32) -> impl Iterator<Item = Vec<u8>> {
    (from..=to).map(without_number)
}

fn good(from: u32, to: u32) -> impl Iterator<Item = Vec<u8>> {
    (from..=to).map(|n| valid(&format!("F-{n}"), n))
}

/// A row of the table: what, the calls, and the least that there can be.
fn row(table: &mut String, what: &str, calls: &Calls, least: usize) {
    let list: Vec<String> = calls.iter().map(|(action, count)| format!("{count} `{action}`")).collect();
    let all: usize = calls.values().sum();
    writeln!(table, "| {what} | {all} | {least} | {} |", list.join(", ")).unwrap();
    assert!(all >= least, "{what}: less than the least");
}

#[tokio::test]
async fn the_calls_of_a_batch_are_as_few_as_the_cost_page_says() {
    let mut table = "| Batch | Calls | Least | Which |\n|---|---|---|---|\n".to_owned();
    row(&mut table, "10 valid", &Office::new().batch(good(1, 10)).await, 10);

    let mut office = Office::new();
    // A write a case, a send, a mark of what is told, a publish.
    row(&mut table, "10 invalid, a new group", &office.batch(invalid(1, 10)).await, 13);
    // What is told later is not published now.
    row(&mut table, "10 invalid, the group's window is open", &office.batch(invalid(11, 20)).await, 12);
    for batch in 3..=9 {
        office.batch(invalid(batch * 10 + 1, batch * 10 + 10)).await;
    }
    row(&mut table, "a minute in which nothing is due", &office.tell().await, 1);
    office.wait_minutes(5);
    row(&mut table, "a digest of 80, when the window closes", &office.tell().await, 4);

    row(
        &mut table,
        "5 valid, 5 invalid of a new group",
        &Office::new().batch(good(1, 5).chain(invalid(6, 10))).await,
        13,
    );
    let two = invalid(1, 5).chain((6..=10).map(|n| wrong_total(&format!("F-{n}"), n)));
    row(&mut table, "10 invalid, two new groups", &Office::new().batch(two).await, 13);
    let large = Office::new().batch(good(1, 99).chain(invalid(100, 100))).await;
    row(&mut table, "99 valid, 1 invalid of a new group", &large, 103);
    is_quoted(&table);
}

/// The bytes of a value as DynamoDB counts them, from the JSON in which it travels.
fn bytes(value: &Value) -> usize {
    let (kind, inner) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), inner) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("B", Value::String(base64)) => base64.trim_end_matches('=').len() * 3 / 4,
        ("L", Value::Array(items)) => 3 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        ("M", Value::Object(members)) => {
            3 + members.iter().map(|(name, item)| 1 + name.len() + bytes(item)).sum::<usize>()
        }
        _ => 1,
    }
}

fn size(item: &Value) -> usize {
    item.as_object().unwrap().iter().map(|(name, value)| name.len() + bytes(value)).sum()
}

#[tokio::test]
async fn the_sizes_of_items_are_as_the_cost_page_says() {
    let mut office = Office::new();
    office.batch(good(1, 1).chain(invalid(2, 2))).await;
    office.batch(invalid(3, 12)).await;
    let invoice = office.tables.items("Invoices").remove("F-1").unwrap();
    let items = office.tables.items("InvalidMessages");
    let notice = items.iter().find(|(key, _)| key.starts_with("notice:")).unwrap().1;
    let mut table = "| Item | Bytes | Units |\n|---|---|---|\n".to_owned();
    for (what, item) in [
        ("an invoice, its body compressed in it", &invoice),
        ("the head of a case", &items["head"]),
        ("the body of a case", &items["body:000001:0001"]),
        ("an event of a trail", &items["event:000001"]),
        ("a notice of 10 held messages", notice),
    ] {
        let bytes = size(item);
        writeln!(table, "| {what} | {bytes} | {} |", bytes.div_ceil(1024)).unwrap();
    }
    is_quoted(&table);
}

fn is_quoted(table: &str) {
    let page = include_str!("../../../../docs/cost.md");
    assert!(page.contains(table), "docs/cost.md does not say:\n{table}");
}
