//! What a batch costs, counted on the wire: calls to AWS, and the units that DynamoDB bills. `docs/cost.md` quotes the tables that are
//! made here, and the test fails where it does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aduana_aws::{AwsPorts, Cases, Channel, Clients, DeadLetters, Invoices, InvoicesQueue, Queues, Topic};
use aduana_cases::message::{Envelope, Source};
use aduana_cases::ports::Clock;
use aduana_cases::slots::SLOTS;
use aduana_cases::trail::Way;
use aduana_intake::{Intake, Settings};
use aduana_invoice::{Policy, Validator};
use aduana_redrive::request::Request;
use aduana_redrive::{self, Call, Redrive};
use aduana_testkit::samples::{valid, valid_to_a_company, without_number, wrong_total};
use serde_json::Value;

use crate::samples::{AT, clients};
use aduana_testkit::aws_stub::AwsStub;
use aduana_testkit::aws_stub::tables::Tables;

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
        std::future::pending::<()>().await;
    }

    fn chance(&self, _bound: u64) -> u64 {
        0
    }
}

/// A deployment at an AWS that works, and what it has been asked for.
struct CostHarness {
    tables: Tables,
    aws: AwsStub,
    watch: Watch,
    intake: Intake<AwsPorts<(), Watch>>,
    seen: usize,
    sent: usize,
}

impl CostHarness {
    fn new() -> Self {
        let tables = Tables::default();
        let aws = AwsStub::working(&tables, |_| None);
        let watch = Watch::default();
        let ports = ports(&aws, &watch, |_| ());
        let intake = Intake::new(ports, Validator::new(Policy::default()), Settings::default());
        Self { tables, aws, watch, intake, seen: 0, sent: 0 }
    }

    /// One batch through the validator. The calls that it took.
    async fn batch(&mut self, bodies: impl IntoIterator<Item = Vec<u8>>) -> Calls {
        self.batch_of(|_| Source::Sqs { queue: "invoices".to_owned() }, bodies).await
    }

    /// The same of a topic of Kafka, whose records do not say whether they were delivered before.
    async fn kafka_batch(&mut self, bodies: impl IntoIterator<Item = Vec<u8>>) -> Calls {
        let source = |offset| Source::Kafka { topic: "invoices".to_owned(), partition: 0, offset };
        self.batch_of(source, bodies).await
    }

    async fn batch_of(
        &mut self,
        source: impl Fn(i64) -> Source,
        bodies: impl IntoIterator<Item = Vec<u8>>,
    ) -> Calls {
        let envelope = |body| {
            self.sent += 1;
            let source = source(i64::try_from(self.sent).unwrap());
            let receive_count = matches!(source, Source::Sqs { .. }).then_some(1);
            Envelope {
                source,
                id: format!("00000000-0000-4000-8000-{:012}", self.sent),
                body,
                attributes: Vec::new(),
                receive_count,
                sent_at_ms: Some(AT),
                sender: None,
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
    async fn notify(&mut self) -> Calls {
        let ports = ports(&self.aws, &self.watch, |sqs| Queues {
            intake: InvoicesQueue::new(sqs.clone(), DLQ),
            dead_letters: DeadLetters::new(sqs.clone(), DLQ),
        });
        let redrive =
            Redrive::new(ports, Validator::new(Policy::default()), aduana_redrive::Settings::default());
        let request = Request::parse(br#"{"action":"notify"}"#, Some("system:schedule")).unwrap();
        let call = Call {
            id: "1".to_owned(),
            way: Way::Url,
            deadline_ms: self.watch.now_ms() + 60_000,
            trace: None,
        };
        Box::pin(redrive.answer(&request, &call)).await.unwrap();
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

fn ports<Q>(
    aws: &AwsStub,
    watch: &Watch,
    queues: impl FnOnce(&aws_sdk_sqs::Client) -> Q,
) -> AwsPorts<Q, Watch> {
    let Clients { dynamodb, sqs, sns } = clients(&aws.address);
    AwsPorts {
        invoices: Invoices::new(dynamodb.clone(), "Invoices"),
        cases: Cases::new(dynamodb, "InvalidMessages"),
        queues: queues(&sqs),
        channel: Channel::new(sqs, DLQ),
        alerts: Topic::new(sns, TOPIC),
        clock: watch.clone(),
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
    row(&mut table, "10 valid", &CostHarness::new().batch(good(1, 10)).await, 1);
    row(&mut table, "100 valid", &CostHarness::new().batch(good(1, 100)).await, 4);
    row(&mut table, "100 valid, by Kafka", &CostHarness::new().kafka_batch(good(1, 100)).await, 4);
    let named = (1..=10).map(|n| valid_to_a_company(&format!("F-{n}"), n));
    row(&mut table, "10 valid, to buyers with a tax id", &CostHarness::new().batch(named).await, 1);

    let mut harness = CostHarness::new();
    // A write a case, a send, a mark of what is alerted, a publish.
    row(&mut table, "10 invalid, a new group", &harness.batch(invalid(1, 10)).await, 13);
    // What is alerted later is not published now.
    row(&mut table, "10 invalid, the group's window is open", &harness.batch(invalid(11, 20)).await, 12);
    for batch in 3..=9 {
        harness.batch(invalid(batch * 10 + 1, batch * 10 + 10)).await;
    }
    row(&mut table, "a minute in which nothing is due", &harness.notify().await, 1);
    harness.wait_minutes(5);
    row(&mut table, "a digest of 80, when the window closes", &harness.notify().await, 4);

    row(
        &mut table,
        "5 valid, 5 invalid of a new group",
        &CostHarness::new().batch(good(1, 5).chain(invalid(6, 10))).await,
        9,
    );
    let two = invalid(1, 5).chain((6..=10).map(|n| wrong_total(&format!("F-{n}"), n)));
    row(&mut table, "10 invalid, two new groups", &CostHarness::new().batch(two).await, 13);
    let large = CostHarness::new().batch(good(1, 99).chain(invalid(100, 100))).await;
    row(&mut table, "99 valid, 1 invalid of a new group", &large, 8);
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

pub(crate) fn size(item: &Value) -> usize {
    item.as_object().unwrap().iter().map(|(name, value)| name.len() + bytes(value)).sum()
}

#[tokio::test]
async fn the_sizes_of_items_are_as_the_cost_page_says() {
    let mut harness = CostHarness::new();
    harness.batch(good(1, 1).chain(invalid(2, 2))).await;
    harness.batch(invalid(3, 12)).await;
    let invoice = harness.tables.items("Invoices").remove("F-1/invoice/2026").unwrap();
    let items = harness.tables.items("InvalidMessages");
    let pending_alert = items.iter().find(|(key, _)| key.starts_with("alert:")).unwrap().1;
    let mut table = "| Item | Bytes | Units |\n|---|---|---|\n".to_owned();
    for (what, item) in [
        ("an invoice, its body compressed in it", &invoice),
        ("the head of a case", &items["head"]),
        ("the body of a case", &items["body:000001:0001"]),
        ("an event of a trail", &items["event:000001"]),
        ("a pending alert of 10 held messages", pending_alert),
    ] {
        let bytes = size(item);
        writeln!(table, "| {what} | {bytes} | {} |", bytes.div_ceil(1024)).unwrap();
    }
    is_quoted(&table);
}

/// How many units are written to each key of a table or an index, over all items: one a KiB of the item, and one a line of an index.
fn units_by_key(items: impl Iterator<Item = Value>, keys: &[&str]) -> BTreeMap<String, usize> {
    let mut units = BTreeMap::new();
    for item in items {
        for name in keys {
            if let Some(key) = item[*name]["S"].as_str() {
                *units.entry(format!("{name} {key}")).or_default() += size(&item).div_ceil(1024);
            }
        }
    }
    units
}

/// A partition of DynamoDB takes 1,000 units a second. A thousand messages of one seller, one day and one cause are spread over the slots of
/// each index: no key has more than its slot's share and a half.
#[tokio::test]
async fn no_key_of_an_index_has_more_than_its_slots_share_and_a_half() {
    let mut harness = CostHarness::new();
    for batch in 0..10 {
        harness.batch(good(batch * 50 + 1, batch * 50 + 50)).await;
        harness.batch(invalid(batch * 50 + 1, batch * 50 + 50)).await;
    }
    let invoices = harness.tables.all("Invoices").into_iter();
    let heads = harness.tables.all("InvalidMessages").into_iter().filter(|item| item["item"]["S"] == "head");
    let mut units = units_by_key(invoices, &["day_slot"]);
    units.extend(units_by_key(heads, &["state_slot", "group_slot"]));
    for index in ["day_slot", "state_slot", "group_slot"] {
        let of_it: Vec<usize> =
            units.iter().filter(|(key, _)| key.starts_with(index)).map(|(_, units)| *units).collect();
        let share = of_it.iter().sum::<usize>() / SLOTS;
        assert_eq!((of_it.len(), of_it.iter().sum::<usize>()), (SLOTS, 500), "{index}");
        assert!(of_it.iter().all(|units| *units <= share * 3 / 2), "{index}: {of_it:?}");
    }
}

/// Prices in millionths of a millionth of a dollar: `docs/cost.md` has them in dollars, with their sources.
mod price {
    pub(super) const SQS_REQUEST: u64 = 400_000;
    pub(super) const INVOCATION: u64 = 200_000;
    /// A millisecond of 512 MiB on arm64.
    pub(super) const MILLISECOND: u64 = 6_667;
    pub(super) const WRITE_UNIT: u64 = 625_000;
    pub(super) const PUBLISH: u64 = 500_000;
    pub(super) const EMAIL: u64 = 20_000_000;
    pub(super) const LOG_BYTE: u64 = 500;
    /// A cent in these.
    pub(super) const CENT: u64 = 10_000_000_000;
}

/// A way to handle invoices.
struct RedriveState {
    batch: u64,
    /// SQS requests for ten invoices: sent, received, deleted.
    requests_for_ten: u64,
    /// An assumption, not a measurement.
    milliseconds: u64,
    write_units_valid: u64,
    /// For ten, as a pending alert is shared by a batch.
    write_units_for_ten_invalid: u64,
    log_bytes_batch: u64,
    log_bytes_invalid: u64,
    /// Whether each invalid invoice is a send, an alert and an e-mail of its own.
    one_by_one: bool,
}

impl RedriveState {
    /// Its lines for a million invoices with this many invalid, in the order of the page.
    fn lines(&self, invalid: u64) -> [u64; 6] {
        const ALL: u64 = 1_000_000;
        let invocations = ALL / self.batch;
        let valid = ALL - invalid;
        let alerted = if self.one_by_one { invalid } else { 0 };
        let sends = if self.one_by_one { invalid } else { invalid / 10 };
        [
            (ALL / 10 * self.requests_for_ten + sends) * price::SQS_REQUEST,
            invocations * price::INVOCATION,
            invocations * self.milliseconds * price::MILLISECOND,
            (valid * self.write_units_valid + invalid / 10 * self.write_units_for_ten_invalid)
                * price::WRITE_UNIT,
            alerted * (price::PUBLISH + price::EMAIL),
            (invocations * self.log_bytes_batch + invalid * self.log_bytes_invalid) * price::LOG_BYTE,
        ]
    }
}

/// Bytes of the log of one batch.
async fn log_bytes(bodies: Vec<Vec<u8>>) -> u64 {
    let harness = CostHarness::new();
    let envelope = |(number, body): (usize, Vec<u8>)| Envelope {
        source: Source::Sqs { queue: "aduana-invoices".to_owned() },
        id: format!("00000000-0000-4000-8000-{number:012}"),
        body,
        attributes: Vec::new(),
        receive_count: Some(1),
        sent_at_ms: Some(AT),
        sender: None,
    };
    let envelopes = bodies.into_iter().enumerate().map(envelope).collect();
    let report = harness.intake.run(envelopes, AT + 30_000).await;
    let context = aduana_cases::log::LogContext {
        service: "aduana-validator".to_owned(),
        function_name: "aduana-validator".to_owned(),
        function_request_id: "0".repeat(36),
        xray_trace_id: Some("0".repeat(35)),
        ..Default::default()
    };
    let lines = report.log().into_iter().map(|line| line.to_json(&context).len());
    let bytes: usize =
        lines.chain(report.metrics(&context).into_iter().map(|it| it.len())).map(|it| it + 1).sum();
    bytes as u64
}

#[tokio::test]
async fn what_a_million_invoices_cost_is_as_the_cost_page_says() {
    // Lambda's own three lines.
    const PLATFORM_BYTES: u64 = 400;
    const INVALID: u64 = 10_000;
    let quiet = log_bytes(good(1, 10).collect()).await;
    let with_one = log_bytes(good(1, 9).chain(invalid(10, 10)).collect()).await;
    let ours = |batch: u64, milliseconds, pending_alert: u64| RedriveState {
        batch,
        requests_for_ten: 3,
        milliseconds,
        // The item, its line in `by_day`, and its likeness.
        write_units_valid: 3,
        // Ten times: head, body and event in a transaction (twice a unit each), two indexes; the mark in a transaction, two indexes.
        write_units_for_ten_invalid: 10 * (3 * 2 + 2 + 2 + 2) + pending_alert,
        log_bytes_batch: quiet + PLATFORM_BYTES,
        log_bytes_invalid: with_one - quiet,
        one_by_one: false,
    };
    // A pending alert and its line in `by_due`, enqueued and removed: six units a batch.
    let (hundred, ten) = (ours(100, 250, 1), ours(10, 60, 6));
    let naive = RedriveState {
        batch: 1,
        requests_for_ten: 30,
        milliseconds: 15,
        write_units_valid: 2,
        write_units_for_ten_invalid: 10 * (1 + 2),
        log_bytes_batch: PLATFORM_BYTES,
        log_bytes_invalid: 500,
        one_by_one: true,
    };
    let columns = [&hundred, &ten, &naive].map(|redrive_state| redrive_state.lines(INVALID));
    let cents = |amount: u64| format!("{}.{:02}", amount / price::CENT / 100, amount / price::CENT % 100);
    let rounded = |amount: u64| cents(amount + price::CENT / 2);
    let mut table = "| | batches of 100 | batches of 10 | one at a time |\n|---|---|---|---|\n".to_owned();
    let names = [
        "SQS, requests",
        "Lambda, invocations",
        "Lambda, time (assumed)",
        "DynamoDB, writes",
        "SNS, alerts by e-mail",
        "CloudWatch, log",
    ];
    for (line, name) in names.into_iter().enumerate() {
        let [a, b, c] = columns.map(|column| rounded(column[line]));
        writeln!(table, "| {name} | {a} | {b} | {c} |").unwrap();
    }
    let [a, b, c] = columns.map(|column| rounded(column.iter().sum()));
    writeln!(table, "| **all, in dollars** | **{a}** | **{b}** | **{c}** |").unwrap();
    is_quoted(&table);
}

fn is_quoted(table: &str) {
    let page = include_str!("../../../../docs/cost.md");
    assert!(page.contains(table), "docs/cost.md does not say:\n{table}");
}
