//! Kafka, end to end: a real broker, a development poller in the place of Lambda's, the deployed function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use aduana_testkit::samples;
use serde_json::{Value, json};
use xtask::aws::text;
use xtask::kafka::{ADDRESS_VARIABLE, Kafka, Polled, Poller, Sent};

use crate::operator::aduana;
use crate::stack::{Stack, each, fingerprints_of};

const PARTITIONS: i32 = 3;
const RECORDS: u32 = 1_000;
const TOMBSTONES: usize = 5;

/// A topic of one test's own.
struct Topic {
    address: String,
    name: String,
}

impl Topic {
    fn make(name: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "how `cargo xtask test` sets it")]
        let address = std::env::var(ADDRESS_VARIABLE)
            .expect("ADUANA_KAFKA is set: `cargo xtask test` starts a broker, sets it, and runs these tests");
        // The broker may be somebody's own, and still have what an earlier run left.
        let topic = Self { address, name: format!("{name}-{}", std::process::id()) };
        topic.kafka().make_topic(&topic.name, PARTITIONS).unwrap();
        topic
    }

    fn kafka(&self) -> Kafka {
        Kafka::at(&self.address).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn poller(&self, stack: &Stack) -> Poller {
        let function = stack.name("validator");
        Poller::new(self.kafka(), &self.name, stack.aws.clone(), &function, 100).unwrap()
    }
}

fn sent(value: impl Into<Vec<u8>>) -> Sent {
    Sent { value: Some(value.into()), ..Sent::default() }
}

/// One in ten is invalid, and of these every fifth is no text at all.
fn body(n: u32) -> (bool, Vec<u8>) {
    match n {
        n if n % 50 == 0 => (false, [b"\xFF\0\xFE", n.to_be_bytes().as_slice()].concat()),
        n if n % 10 == 0 => (false, samples::without_number(n)),
        n => (true, samples::valid(&format!("K-{n}"), 1)),
    }
}

/// Kills the processes in which the local AWS runs a function.
#[cfg(target_os = "linux")]
fn kill_workers(function: &str) {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|variable| variable == name.as_bytes()) {
            let id = process.file_name().into_string().unwrap();
            std::process::Command::new("kill")
                .args(["-KILL", &id])
                .stderr(std::process::Stdio::null())
                .status()
                .ok();
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_workers(_: &str) {}

#[test]
fn a_thousand_records_end_in_their_places_each_once_though_function_and_poller_crash() {
    let stack = Stack::deploy("kafka", &[]);
    let topic = Topic::make("thousand");
    let mut by_partition: BTreeMap<i32, Vec<Sent>> = BTreeMap::new();
    let (mut valid, mut invalid) = (Vec::new(), Vec::new());
    for (n, partition) in (1..=RECORDS).zip((0..PARTITIONS).cycle()) {
        let (is_valid, body) = body(n);
        if is_valid { &mut valid } else { &mut invalid }.push(body.clone());
        by_partition.entry(partition).or_default().push(sent(body));
    }
    assert_eq!((valid.len(), invalid.len()), (900, 100));
    by_partition.entry(0).or_default().extend(vec![Sent::default(); TOMBSTONES]);
    for (partition, records) in by_partition {
        topic.kafka().produce(&topic.name, partition, records).unwrap();
    }

    let (armed, failed) = (AtomicBool::new(false), AtomicBool::new(!cfg!(target_os = "linux")));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // In the middle of an invocation, and again until one has failed by it.
            while !failed.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(60));
                if armed.load(Ordering::Relaxed) {
                    kill_workers(&stack.name("validator"));
                }
            }
        });
        let mut poller = topic.poller(&stack);
        let (mut done, mut is_first) = (0, true);
        loop {
            match poller.turn().unwrap() {
                Polled::Nothing => break,
                Polled::Called { done: more, again } => {
                    done += more;
                    failed.fetch_or(again, Ordering::Relaxed);
                }
            }
            armed.store(done >= 200, Ordering::Relaxed);
            if is_first && done >= 500 {
                // The poller loses its position: the topic is read from its start again.
                (poller, is_first) = (topic.poller(&stack), false);
            }
        }
        let was_killed = failed.swap(true, Ordering::Relaxed);
        assert!(was_killed && !is_first, "function and poller died in the middle");
        assert!(done >= RECORDS as usize + TOMBSTONES + 500);
    });

    let stored = stack.stored();
    assert_eq!((stored.len(), each(&stored, "fingerprint")), (900, fingerprints_of(&valid)));
    let cases = stack.cases();
    assert_eq!((cases.len(), each(&cases, "fingerprint")), (100, fingerprints_of(&invalid)));
    assert_eq!((each(&cases, "attempt"), each(&cases, "state")), (one("1"), one("open")), "held once");
    let sources = each(&cases, "source");
    assert!(
        sources.len() == 100
            && sources.iter().all(|source| source.starts_with(&format!("kafka:{}/", topic.name)))
    );
    // The channel may have a copy too many of what was sent just before a crash; copies share their case.
    let ids: BTreeSet<String> = stack
        .take_dead_letters()
        .iter()
        .map(|message| message.attributes["InvalidMessageId"].clone())
        .collect();
    assert_eq!(ids, each(&cases, "case_id"));
}

fn one(value: &str) -> BTreeSet<String> {
    BTreeSet::from([value.to_owned()])
}

#[test]
fn a_held_record_is_corrected_and_sent_through_the_queue_and_its_case_ends_resolved() {
    let stack = Stack::deploy("kafka-correct", &[]);
    let topic = Topic::make("correct");
    let headers = BTreeMap::from([("trace".to_owned(), b"1-2".to_vec()), ("raw".to_owned(), vec![0, 255])]);
    let record = Sent { key: Some(b"seller-7".to_vec()), headers, ..sent(samples::without_number(7)) };
    topic.kafka().produce(&topic.name, 2, vec![record]).unwrap();
    assert_eq!(topic.poller(&stack).drain(|_| ()).unwrap(), 1);

    let [message] = stack.take_dead_letters().try_into().unwrap();
    assert_eq!(
        (message.attributes["trace"].as_str(), message.attributes["KafkaKey"].as_str()),
        ("1-2", "seller-7")
    );
    let [case] = stack.cases().try_into().unwrap();
    let id = text(&case, "case_id").unwrap();
    let source = format!("kafka:{}/2/0", topic.name);
    assert_eq!(
        (text(&case, "source"), message.attributes["Source"].as_str()),
        (Some(source.as_str()), source.as_str())
    );

    let ask = |more: Value| {
        let mut request = json!({ "actor": "ana", "select": { "ids": [id] }, "reason": "number added" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stack.ask(&request)
    };
    let patch = json!([{ "op": "add", "path": "/number", "value": "K-7" }]);
    let corrected = ask(json!({ "action": "correct", "correction": { "patch": patch } }));
    assert_eq!(corrected["done"][0]["changed"], true, "{corrected}");
    assert_eq!(ask(json!({ "action": "resend" }))["sent"][0]["attempt"], 2);
    stack.settle();

    let [case] = stack.cases().try_into().unwrap();
    assert_eq!((text(&case, "state"), text(&case, "case_id")), (Some("resolved"), Some(id)));
    let [stored] = stack.stored().try_into().unwrap();
    assert_eq!((text(&stored, "source"), text(&stored, "case_id")), (Some(source.as_str()), Some(id)));
}

#[test]
fn aduana_publishes_to_a_topic_byte_for_byte_and_a_seller_keeps_to_one_partition() {
    let stack = Stack::deploy("kafka-publish", &[]);
    let topic = Topic::make("publish");
    let files = [
        "valid-ec-papeleria",
        "valid-ec-nota-de-credito",
        "invalid-structure-not-json",
        "invalid-data-BR-CO-16-withholding-subtracted",
    ]
    .map(|name| format!("invoices/{name}.json"));
    let mut words = vec!["publish", "--kafka", &topic.address, "--topic", &topic.name];
    words.extend(files.iter().map(String::as_str));
    assert_eq!(aduana(&stack, &words), format!("4 invoices sent to the topic {}\n", topic.name));
    words.push("--output=json");
    let output = aduana(&stack, &words);
    assert_eq!(output.matches(&format!("\"message_id\":\"{}-", topic.name)).count(), 4, "{output}");

    assert_eq!(topic.poller(&stack).drain(|_| ()).unwrap(), 8);
    let read = |file: &String| std::fs::read(crate::stack::events().join(file)).unwrap();
    let all = files.iter().map(read).collect::<Vec<_>>();
    assert_eq!(each(&stack.stored(), "fingerprint"), fingerprints_of(&all[..2]));
    let cases = stack.cases();
    assert_eq!((cases.len(), each(&cases, "fingerprint")), (4, fingerprints_of(&all[2..])));
    let partition = |source: &str| source.split('/').nth(1).unwrap().to_owned();
    let partitions: BTreeSet<String> =
        stack.stored().iter().map(|item| partition(text(item, "source").unwrap())).collect();
    assert_eq!(partitions.len(), 1, "both are of one seller");
}

#[test]
fn what_is_no_event_that_we_know_fails_as_a_whole_and_an_empty_one_is_done() {
    let stack = Stack::deploy("kafka-events", &[]);
    for empty in [
        json!({ "eventSource": "aws:kafka", "records": {} }),
        json!({ "eventSource": "SelfManagedKafka", "records": { "t-0": [] } }),
    ] {
        assert_eq!(stack.invoke(&empty.to_string()), json!({ "batchItemFailures": [] }));
    }
    for unknown in
        [json!({ "eventSource": "aws:kinesis", "records": {} }), json!({ "records": {} }), json!([])]
    {
        let error = stack.aws.invoke(&stack.name("validator"), &unknown.to_string()).unwrap_err();
        assert!(error.says("failed to read the event"), "{unknown}: {error}");
    }
}
