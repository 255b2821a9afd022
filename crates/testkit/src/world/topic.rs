//! A topic of Kafka with a Lambda event source mapping that reports batch item failures: a log for each partition, and the
//! offset from which it is read.

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::Judge;
use aduana_cases::message::{Attribute, Envelope, Sender, Source};
use aduana_intake::{BatchReport, Failures};
use serde_json::{Value, json};

use super::disorder::Disorder;
use super::{TIMEOUT_MS, World, WorldIntake};

/// The name of the intake topic.
pub const TOPIC: &str = "invoices";

/// How many partitions it has.
pub const PARTITIONS: i32 = 3;

/// A record, under the offset that is its place in the log.
#[derive(Debug, Clone)]
struct Record {
    /// Nothing in a tombstone.
    value: Option<Vec<u8>>,
    attributes: Vec<Attribute>,
    sent_at_ms: i64,
}

/// The topic.
#[derive(Debug, Default)]
pub(super) struct Topic {
    pub(super) disorder: Option<Disorder>,
    logs: BTreeMap<i32, Vec<Record>>,
    /// The offset of the first record of each partition that is not done.
    next: BTreeMap<String, i64>,
}

impl Topic {
    fn produce(&mut self, partition: i32, record: Record) -> i64 {
        assert!((0..PARTITIONS).contains(&partition), "UNKNOWN_TOPIC_OR_PARTITION");
        let log = self.logs.entry(partition).or_default();
        log.push(record);
        i64::try_from(log.len()).expect("few") - 1
    }

    fn next(&self, partition: i32) -> i64 {
        self.next.get(&name(partition)).copied().unwrap_or(0)
    }

    /// Up to `max` records of each partition, from where it is read: their places, and those of them that have a value.
    fn poll(&self, max: usize) -> (Vec<(String, i64)>, Vec<Envelope>) {
        let (mut places, mut batch) = (Vec::new(), Vec::new());
        for (partition, log) in &self.logs {
            let from = self.next(*partition);
            let skipped = usize::try_from(from).expect("an offset");
            for (offset, record) in (from..).zip(log.iter().skip(skipped).take(max)) {
                places.push((name(*partition), offset));
                let Some(value) = &record.value else { continue };
                batch.push(Envelope {
                    source: Source::Kafka { topic: TOPIC.to_owned(), partition: *partition, offset },
                    id: format!("{}:{offset}", name(*partition)),
                    body: value.clone(),
                    attributes: record.attributes.clone(),
                    receive_count: None,
                    sent_at_ms: Some(record.sent_at_ms),
                    sender: Sender::of_topic(TOPIC),
                });
            }
        }
        (places, batch)
    }

    /// Keeps the offsets from which the partitions are read next, unless the consumer is lost before it commits.
    fn commit(&mut self, next: BTreeMap<String, i64>) {
        for (partition, offset) in next {
            if !self.disorder.as_mut().is_some_and(Disorder::loses_commit) {
                self.next.insert(partition, offset);
            }
        }
    }

    pub(super) fn rewind(&mut self, partition: i32, records: i64) {
        let next = (self.next(partition) - records).max(0);
        self.next.insert(name(partition), next);
    }
}

/// The partition as an event names it.
fn name(partition: i32) -> String {
    format!("{TOPIC}-{partition}")
}

/// The id of a record as its envelope has it: partition and offset.
fn parts(id: &str) -> (String, i64) {
    let (partition, offset) = id.rsplit_once(':').expect("an id of Kafka");
    (partition.to_owned(), offset.parse().expect("an offset"))
}

/// The offset from which each partition of `batch` is read after this reply: AWS's rules for Kafka (Lambda, *Configuring
/// error handling controls for Kafka event sources*).
///
/// `None` is a function that failed or died. Complete success: an empty or `null` reply, an empty or `null` list. Complete
/// failure: anything that is not of the right shape, an id that is text, and one that is not of the batch. Otherwise a
/// partition goes on from the lowest offset that failed in it: all after that comes again, whether it failed or not.
///
/// # Panics
///
/// If `batch` has no order within a partition: offsets must rise.
pub fn checkpoints(batch: &[(String, i64)], reply: Option<&Value>) -> BTreeMap<String, i64> {
    let mut first = BTreeMap::new();
    let mut after = BTreeMap::new();
    for (partition, offset) in batch {
        first.entry(partition.clone()).or_insert(*offset);
        let before = after.insert(partition.clone(), offset + 1);
        assert!(before.is_none_or(|before| before <= *offset), "offsets of {partition} do not rise");
    }
    let failures = match reply {
        Some(Value::Null) => return after,
        Some(Value::Object(object)) if object.is_empty() => return after,
        Some(Value::Object(object)) => match object.get("batchItemFailures") {
            Some(Value::Null) => return after,
            Some(Value::Array(failures)) => failures,
            _ => return first,
        },
        _ => return first,
    };
    let known: BTreeSet<(&str, i64)> =
        batch.iter().map(|(partition, offset)| (partition.as_str(), *offset)).collect();
    for failure in failures {
        let id = &failure["itemIdentifier"];
        let named = id["partition"].as_str().zip(id["offset"].as_i64());
        let Some((partition, offset)) = named.filter(|named| known.contains(named)) else { return first };
        let next = after.get_mut(partition).expect("a partition of the batch");
        *next = offset.min(*next);
    }
    after
}

/// The reply that names `failures`, by the ids of their envelopes, as the function gives it.
pub fn kafka_reply(failures: &[String]) -> Value {
    let failure = |id: &String| {
        let (partition, offset) = parts(id);
        json!({ "itemIdentifier": { "partition": partition, "offset": offset } })
    };
    json!({ "batchItemFailures": failures.iter().map(failure).collect::<Vec<_>>() })
}

impl World {
    /// A producer appends a record to a partition of the topic. Returns its offset.
    pub fn produce(&self, partition: i32, value: impl Into<Vec<u8>>) -> i64 {
        self.produce_with(partition, value, Vec::new())
    }

    /// A producer appends a record with headers.
    pub fn produce_with(&self, partition: i32, value: impl Into<Vec<u8>>, attributes: Vec<Attribute>) -> i64 {
        self.append(partition, Some(value.into()), attributes)
    }

    /// A producer appends a record without a value. Returns its offset.
    pub fn produce_tombstone(&self, partition: i32) -> i64 {
        self.append(partition, None, Vec::new())
    }

    fn append(&self, partition: i32, value: Option<Vec<u8>>, attributes: Vec<Attribute>) -> i64 {
        let sent_at_ms = self.aws_ms();
        self.state().topic.produce(partition, Record { value, attributes, sent_at_ms })
    }

    /// One invocation from the topic, with up to `max` records of each partition: runs the intake over them, and lets the
    /// event source mapping act on the reply. `None` if there is nothing to read, or if the function died.
    ///
    /// # Panics
    ///
    /// If the function ran into its timeout.
    pub async fn invoke_from_topic<J: Judge + Sync>(
        &self,
        intake: &WorldIntake<J>,
        max: usize,
    ) -> Option<BatchReport> {
        let (places, batch) = self.state().topic.poll(max);
        if places.is_empty() {
            return None;
        }
        let report = self.while_alive(Box::pin(intake.run(batch, self.now_ms() + TIMEOUT_MS))).await;
        let reply = report.as_ref().and_then(|report| match report.failures() {
            Failures::None => Some(kafka_reply(&[])),
            Failures::Some(failures) => Some(kafka_reply(&failures)),
            Failures::All => None,
        });
        self.state().topic.commit(checkpoints(&places, reply.as_ref()));
        report
    }

    /// Invokes until every partition is read to its end.
    ///
    /// # Panics
    ///
    /// If that does not come to an end.
    pub async fn drain_topic<J: Judge + Sync>(
        &self,
        intake: &WorldIntake<J>,
        max: usize,
    ) -> Vec<BatchReport> {
        let mut reports = Vec::new();
        for _ in 0..10_000 {
            if self.is_topic_drained() {
                return reports;
            }
            reports.extend(self.invoke_from_topic(intake, max).await);
            // As the mapping does, it waits a little before it tries again.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        panic!("the topic is never read to its end")
    }

    /// The topic is read from its start again.
    pub fn rewind_topic(&self) {
        self.state().topic.next.clear();
    }

    /// Whether every partition is read to its end.
    pub fn is_topic_drained(&self) -> bool {
        self.state().topic.poll(1).0.is_empty()
    }
}
