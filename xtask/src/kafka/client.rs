//! A client that waits: what a topic of a local broker takes to be filled and read.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use rskafka::BackoffConfig;
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::{Record, RecordAndOffset};
use tokio::runtime::Runtime;

use crate::failure::{Doing, Failure};

/// As much as a fetch brings: more than the largest record.
const FETCH_BYTES: i32 = 8 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(15);
const CREATE_MS: i32 = 5_000;

/// A broker, and the partitions of it that were used.
#[derive(Debug)]
pub struct Kafka {
    runtime: Runtime,
    client: Client,
    address: String,
    partitions: BTreeMap<(String, i32), PartitionClient>,
}

/// A record to be sent.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; nothing is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers.
    pub headers: BTreeMap<String, Vec<u8>>,
}

impl Kafka {
    /// The broker at `host:port`.
    pub fn at(address: &str) -> Result<Self, Failure> {
        let what = || format!("reach a Kafka broker at {address}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing(what)?;
        let backoff = BackoffConfig { deadline: Some(PATIENCE), ..BackoffConfig::default() };
        let building = ClientBuilder::new(vec![address.to_owned()]).backoff_config(backoff).build();
        let client = runtime.block_on(building).doing(what)?;
        Ok(Self { runtime, client, address: address.to_owned(), partitions: BTreeMap::new() })
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Makes a topic of so many partitions, unless there is one of that name.
    pub fn make_topic(&self, topic: &str, partitions: i32) -> Result<(), Failure> {
        let what = || format!("make the Kafka topic {topic}");
        if self.partitions_of(topic)?.is_some() {
            return Ok(());
        }
        let controller = self.client.controller_client().doing(what)?;
        self.runtime.block_on(controller.create_topic(topic, partitions, 1, CREATE_MS)).doing(what)
    }

    /// The numbers of a topic's partitions; nothing if there is no such topic.
    pub fn partitions_of(&self, topic: &str) -> Result<Option<Vec<i32>>, Failure> {
        let topics = self.runtime.block_on(self.client.list_topics());
        let topics = topics.doing(|| format!("list the topics at {}", self.address))?;
        let found = topics.into_iter().find(|it| it.name == topic);
        Ok(found.map(|topic| topic.partitions.into_iter().collect()))
    }

    /// Appends records to a partition, and waits until they are there.
    pub fn produce(&mut self, topic: &str, partition: i32, records: Vec<Sent>) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "this program is the edge: time enters here")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let timestamp =
            DateTime::from_timestamp_millis(i64::try_from(since).unwrap_or(0)).unwrap_or_default();
        let record = |Sent { key, value, headers }| Record { key, value, headers, timestamp };
        let records = records.into_iter().map(record).collect();
        self.open(topic, partition)?;
        let (runtime, client) = self.opened(topic, partition)?;
        let produced = runtime.block_on(client.produce(records, Compression::NoCompression));
        produced.map(drop).doing(|| format!("send to the Kafka topic {topic}"))
    }

    /// What is in a partition from `offset` on, as far as one fetch brings it, and the offset after its last record. Waits a
    /// moment for records to come.
    pub fn fetch(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        wait: Duration,
    ) -> Result<(Vec<RecordAndOffset>, i64), Failure> {
        let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        self.open(topic, partition)?;
        let (runtime, client) = self.opened(topic, partition)?;
        let fetched = runtime.block_on(client.fetch_records(offset, 1..FETCH_BYTES, wait_ms));
        fetched.doing(|| format!("read the Kafka topic {topic}"))
    }

    fn open(&mut self, topic: &str, partition: i32) -> Result<(), Failure> {
        let place = (topic.to_owned(), partition);
        if !self.partitions.contains_key(&place) {
            let opening = self.client.partition_client(topic, partition, UnknownTopicHandling::Error);
            let opened = self.runtime.block_on(opening);
            let opened = opened.doing(|| format!("open partition {partition} of the Kafka topic {topic}"))?;
            self.partitions.insert(place, opened);
        }
        Ok(())
    }

    fn opened(&self, topic: &str, partition: i32) -> Result<(&Runtime, &PartitionClient), Failure> {
        let client = self.partitions.get(&(topic.to_owned(), partition));
        client.map(|client| (&self.runtime, client)).ok_or_else(|| Failure::to(format!("open {topic}")))
    }
}
