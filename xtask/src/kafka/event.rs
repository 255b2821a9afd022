//! The event that Lambda makes of a topic's records, and what it does with the answer.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rskafka::record::{Record, RecordAndOffset};
use serde_json::{Map, Value, json};

/// Records on their way to the function, by topic, partition and offset.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: BTreeMap<String, Vec<Value>>,
    /// Partition and offset of each.
    pub(super) places: Vec<(i32, i64)>,
    bytes: usize,
}

impl Batch {
    /// Adds a record, unless the event would exceed what Lambda takes. An empty batch takes any.
    pub(super) fn add(&mut self, topic: &str, partition: i32, record: &RecordAndOffset) -> bool {
        /// 6 MB, with some room for what is around the records.
        const EVENT_MAX: usize = 5_500_000;
        let shown = shown(topic, partition, record);
        let bytes = shown.to_string().len();
        if !self.places.is_empty() && self.bytes + bytes > EVENT_MAX {
            return false;
        }
        self.bytes += bytes;
        self.places.push((partition, record.offset));
        self.records.entry(format!("{topic}-{partition}")).or_default().push(shown);
        true
    }

    /// The event of a cluster that is not Amazon's.
    pub(super) fn event(&self, address: &str) -> Value {
        json!({ "eventSource": "SelfManagedKafka", "bootstrapServers": address, "records": self.records })
    }

    /// From which offset each partition of the batch is read next, by the function's reply; nothing is one that failed.
    ///
    /// The lowest offset that failed is where a partition goes on. A reply that cannot be understood, or that names what is
    /// not in the batch, fails all of it.
    pub(super) fn next(&self, topic: &str, reply: Option<&Value>) -> BTreeMap<i32, i64> {
        let mut first = BTreeMap::new();
        let mut next = BTreeMap::new();
        for (partition, offset) in &self.places {
            first.entry(*partition).or_insert(*offset);
            next.insert(*partition, offset + 1);
        }
        let Some(failures) = reply.and_then(failures) else { return first };
        let known: BTreeSet<(String, i64)> =
            self.places.iter().map(|(partition, offset)| (format!("{topic}-{partition}"), *offset)).collect();
        for failure in failures {
            let Some(place) = named(&failure).filter(|place| known.contains(place)) else { return first };
            for (partition, offset) in &mut next {
                if place.0 == format!("{topic}-{partition}") {
                    *offset = place.1.min(*offset);
                }
            }
        }
        next
    }
}

/// What a reply names, if it is one that Lambda understands.
fn failures(reply: &Value) -> Option<Vec<Value>> {
    match reply {
        Value::Null => Some(Vec::new()),
        Value::Object(object) if object.is_empty() => Some(Vec::new()),
        Value::Object(object) => match object.get("batchItemFailures") {
            Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(failures)) => Some(failures.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn named(failure: &Value) -> Option<(String, i64)> {
    let id = failure.get("itemIdentifier")?;
    Some((id.get("partition")?.as_str()?.to_owned(), id.get("offset")?.as_i64()?))
}

fn shown(topic: &str, partition: i32, RecordAndOffset { record, offset }: &RecordAndOffset) -> Value {
    let Record { key, value, headers, timestamp } = record;
    let base64 = |bytes: &Vec<u8>| STANDARD.encode(bytes);
    // Bytes as Java has them.
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>();
    let headers: Vec<Value> = headers
        .iter()
        .map(|(name, value)| Value::Object(Map::from_iter([(name.clone(), json!(signed(value)))])))
        .collect();
    let mut shown = json!({
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp.timestamp_millis(),
        "timestampType": "CREATE_TIME",
        "value": value.as_ref().map(base64),
        "headers": headers,
    });
    if let (Some(key), Some(shown)) = (key, shown.as_object_mut()) {
        shown.insert("key".to_owned(), base64(key).into());
    }
    shown
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::default();
        for (partition, offset) in [(0, 4), (0, 5), (1, 0)] {
            let record = Record {
                key: Some(b"k".to_vec()),
                value: (offset != 5).then(|| b"\xFF".to_vec()),
                headers: [("h".to_owned(), vec![0, 255])].into(),
                timestamp: DateTime::from_timestamp_millis(7).expect("a time"),
            };
            assert!(batch.add("t", partition, &RecordAndOffset { record, offset }));
        }
        batch
    }

    #[test]
    fn an_event_has_the_shape_that_aws_documents() {
        let event = batch().event("127.0.0.1:9092");
        assert_eq!(
            (&event["eventSource"], &event["bootstrapServers"]),
            (&json!("SelfManagedKafka"), &json!("127.0.0.1:9092"))
        );
        assert_eq!(
            event["records"]["t-0"][0],
            json!({
                "topic": "t", "partition": 0, "offset": 4, "timestamp": 7, "timestampType": "CREATE_TIME",
                "key": "aw==", "value": "/w==", "headers": [{ "h": [0, -1] }],
            })
        );
        assert_eq!(
            (&event["records"]["t-0"][1]["value"], &event["records"]["t-1"][0]["offset"]),
            (&json!(null), &json!(0))
        );
    }

    #[test]
    fn a_partition_goes_on_from_its_lowest_failure_and_a_wrong_reply_fails_all() {
        let failed = |partition: &str, offset: Value| json!({ "batchItemFailures": [{ "itemIdentifier": { "partition": partition, "offset": offset } }] });
        let next = |reply: Option<Value>| {
            let next = batch().next("t", reply.as_ref());
            (next[&0], next[&1])
        };
        assert_eq!(next(Some(json!({ "batchItemFailures": [] }))), (6, 1));
        assert_eq!(next(Some(Value::Null)), (6, 1));
        assert_eq!(next(Some(failed("t-0", json!(5)))), (5, 1));
        for wrong in [
            failed("t-0", json!(6)),
            failed("t-2", json!(0)),
            failed("t-0", json!("5")),
            json!([]),
            json!({ "a": 1 }),
        ] {
            assert_eq!(next(Some(wrong)), (4, 0));
        }
        assert_eq!(next(None), (4, 0));
    }

    #[test]
    fn an_event_is_no_larger_than_lambda_takes() {
        let mut batch = Batch::default();
        let record = |offset| RecordAndOffset {
            record: Record {
                key: None,
                value: Some(vec![0; 2_000_000]),
                headers: BTreeMap::new(),
                timestamp: DateTime::default(),
            },
            offset,
        };
        assert!(batch.add("t", 0, &record(0)) && batch.add("t", 0, &record(1)));
        assert!(!batch.add("t", 0, &record(2)));
    }
}
