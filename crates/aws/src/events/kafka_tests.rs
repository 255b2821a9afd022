use aduana_cases::message::{Attribute, AttributeValue, Sender, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn decode(event: &Value) -> Result<Batch, EventError> {
    super::decode(&RawValue::from_string(event.to_string()).unwrap())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A record as AWS's documentation has it.
fn record(partition: i32, offset: i64) -> Value {
    json!({
        "topic": "invoices",
        "partition": partition,
        "offset": offset,
        "timestamp": 1_545_084_650_987_i64,
        "timestampType": "CREATE_TIME",
        "key": base64(b"seller-7"),
        "value": base64(br#"{"number":"F-1"}"#),
        "headers": [{ "Customer": [65, 67, 77, 69] }]
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut record = record(0, 7);
    record[field] = value;
    record
}

fn without(field: &str) -> Value {
    let mut record = record(0, 7);
    record.as_object_mut().unwrap().remove(field);
    record
}

/// An event with these records in one partition.
fn event(records: &[Value]) -> Value {
    json!({
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:eu-south-2:123456789012:cluster/invoices/a1b2",
        "bootstrapServers": "b-1.invoices.a1b2.kafka.eu-south-2.amazonaws.com:9098",
        "records": { "invoices-0": records }
    })
}

fn only(record: Value) -> Envelope {
    let batch = decode(&event(&[record])).unwrap();
    let [envelope] = batch.envelopes.try_into().unwrap();
    envelope
}

#[test]
fn a_record_becomes_a_message_with_all_that_it_carries() {
    for source in ["aws:kafka", "SelfManagedKafka"] {
        let mut event = event(&[record(0, 7)]);
        event["eventSource"] = source.into();
        let batch = decode(&event).unwrap();
        assert_eq!(
            (batch.source, &batch.unreadable, &batch.tombstones),
            (EventSource::Kafka, &vec![], &vec![])
        );
        assert_eq!(
            batch.envelopes,
            [Envelope {
                source: Source::Kafka { topic: "invoices".to_owned(), partition: 0, offset: 7 },
                id: "invoices-0:7".to_owned(),
                body: br#"{"number":"F-1"}"#.to_vec(),
                attributes: vec![
                    Attribute::text("Customer", "ACME"),
                    Attribute::text("KafkaKey", "seller-7")
                ],
                receive_count: None,
                sent_at_ms: Some(1_545_084_650_987),
                sender: Sender::parse("kafka:invoices"),
            }]
        );
        assert!(batch.envelopes[0].may_be_redelivery());
    }
}

#[test]
fn records_of_several_topics_and_partitions_keep_the_order_of_their_partition() {
    let mut other = record(0, 3);
    other["topic"] = "credit-notes".into();
    let event = json!({ "eventSource": "aws:kafka", "records": {
        "invoices-12": [record(12, 5), record(12, 6)],
        "credit-notes-0": [other],
        "invoices-0": [record(0, 9), record(0, 10)],
    } });
    let batch = decode(&event).unwrap();
    let ids: Vec<_> = batch.envelopes.iter().map(|envelope| envelope.id.as_str()).collect();
    assert_eq!(ids, ["credit-notes-0:3", "invoices-0:9", "invoices-0:10", "invoices-12:5", "invoices-12:6"]);
}

#[test]
fn a_value_may_be_any_bytes() {
    for body in [&b""[..], b"\0", b"\xFF\xFE", "ñ💶".as_bytes(), &vec![b'x'; 1_500_000]] {
        assert_eq!(only(with("value", base64(body).into())).body, body);
    }
}

#[test]
fn a_value_that_is_not_base64_is_taken_as_the_text_that_it_is() {
    for text in ["not base64!", "AAA", "AAAA=", "{\"number\":\"F-1\"}", "ñ"] {
        let batch = decode(&event(&[with("value", text.into()), record(0, 8)])).unwrap();
        assert_eq!(batch.envelopes[0].body, text.as_bytes());
        assert_eq!(batch.undecoded, ["invoices-0:7"]);
        assert_eq!((batch.envelopes.len(), batch.unreadable.len()), (2, 0));
    }
}

#[test]
fn a_record_without_a_value_is_a_tombstone_and_nothing_is_judged() {
    for tombstone in [with("value", Value::Null), without("value")] {
        let batch = decode(&event(&[tombstone, record(0, 8)])).unwrap();
        assert_eq!((batch.tombstones, batch.envelopes.len()), (vec!["invoices-0:7".to_owned()], 1));
    }
}

#[test]
fn headers_are_attributes_whatever_they_hold() {
    let headers = json!([
        { "text": [195, 177] },
        { "signed": [-61, -79] },
        { "bytes": [-1, 0, 255] },
        { "control": [0] },
        { "empty": [] },
        { "null": null },
        { "again": [49] },
        { "again": [50] },
    ]);
    let binary = |name: &str, data_type: &str, value: &[u8]| Attribute {
        name: name.to_owned(),
        value: AttributeValue::Binary { data_type: data_type.to_owned(), value: value.to_vec() },
    };
    assert_eq!(
        only(with("headers", headers)).attributes,
        [
            Attribute::text("text", "ñ"),
            Attribute::text("signed", "ñ"),
            binary("bytes", "Binary", &[255, 0, 255]),
            binary("control", "Binary", &[0]),
            binary("empty", "Binary", &[]),
            binary("null", "Binary.null", &[]),
            Attribute::text("again", "1"),
            Attribute::text("again", "2"),
            Attribute::text("KafkaKey", "seller-7"),
        ]
    );
    for none in [without("headers"), with("headers", Value::Null), with("headers", json!([]))] {
        assert_eq!(only(none).attributes, [Attribute::text("KafkaKey", "seller-7")]);
    }
}

#[test]
fn a_key_comes_along_whatever_it_is() {
    assert_eq!(only(without("key")).attributes.len(), 1);
    assert_eq!(only(with("key", Value::Null)).attributes.len(), 1);
    assert_eq!(only(with("key", "?".into())).attributes[1], Attribute::text("KafkaKey", "?"));
    let AttributeValue::Binary { value, .. } =
        only(with("key", base64(&[0, 255]).into())).attributes[1].value.clone()
    else {
        panic!("bytes")
    };
    assert_eq!(value, [0, 255]);
}

#[test]
fn a_record_of_a_wrong_shape_costs_itself_and_is_given_back_by_its_offset() {
    let cases = [
        (without("topic"), "topic"),
        (with("topic", "".into()), "topic"),
        (without("partition"), "partition"),
        (with("partition", json!(1)), "partition"),
        (with("partition", json!(-1)), "partition"),
        (with("topic", "another".into()), "partition"),
        (with("value", json!({ "number": "F-1" })), "value"),
        (with("value", json!(7)), "value"),
        (with("key", json!(7)), "key"),
        (with("headers", json!({ "Customer": [65] })), "headers"),
        (with("headers", json!([{ "Customer": "ACME" }])), "headers"),
        (with("headers", json!([{ "Customer": [256] }])), "headers"),
        (with("headers", json!([{ "Customer": [-129] }])), "headers"),
        (with("headers", json!([{ "Customer": [1.5] }])), "headers"),
    ];
    for (bad, what) in cases {
        let batch = decode(&event(&[record(0, 6), bad.clone(), record(0, 8)])).unwrap();
        assert_eq!(batch.unreadable, [Unreadable { id: Some("invoices-0:7".to_owned()), what }], "{bad}");
        assert_eq!(batch.envelopes.len(), 2, "{bad}");
    }
}

#[test]
fn a_record_without_an_offset_is_not_dropped_either() {
    for bad in
        [without("offset"), with("offset", json!("7")), with("offset", json!(-1)), json!(7), json!(null)]
    {
        let batch = decode(&event(&[bad])).unwrap();
        assert_eq!(batch.unreadable, [Unreadable { id: None, what: "offset" }]);
    }
}

#[test]
fn an_event_without_records_is_an_empty_batch_and_one_that_is_none_is_reported() {
    let empty = Batch { source: EventSource::Kafka, ..Batch::default() };
    assert_eq!(decode(&json!({ "eventSource": "aws:kafka", "records": {} })), Ok(empty.clone()));
    assert_eq!(decode(&event(&[])), Ok(empty));
    for records in
        [json!(null), json!([]), json!("QX"), json!({ "invoices-0": {} }), json!({ "invoices-0": 7 })]
    {
        let event = json!({ "eventSource": "SelfManagedKafka", "records": records });
        assert_eq!(decode(&event), Err(EventError::NoRecords), "{event}");
    }
    assert_eq!(decode(&json!({ "eventSource": "aws:kafka" })), Err(EventError::NoRecords));
    for source in [json!("aws:kafka "), json!("kafka"), json!(["aws:kafka"]), json!(null)] {
        let event = json!({ "eventSource": source, "records": {} });
        assert!(matches!(decode(&event), Err(EventError::Source(_))), "{event}");
    }
}

#[test]
fn the_samples_are_read_whole() {
    // Read, tombstones, not base64.
    let samples = [
        (include_str!("../../../../events/kafka-mixed.json"), [4, 1, 0]),
        (include_str!("../../../../events/kafka-self-managed.json"), [2, 0, 0]),
        (include_str!("../../../../events/kafka-hostile.json"), [6, 0, 1]),
        (include_str!("../../../../events/kafka-empty.json"), [0, 0, 0]),
    ];
    for (sample, counts) in samples {
        let batch = super::decode(&RawValue::from_string(sample.to_owned()).unwrap()).unwrap();
        assert_eq!([batch.envelopes.len(), batch.tombstones.len(), batch.undecoded.len()], counts);
        assert_eq!((batch.source, batch.unreadable.len()), (EventSource::Kafka, 0));
    }
}

/// A good record with a field replaced by anything, or taken away.
fn any_record() -> impl Strategy<Value = Value> {
    let fields = ["topic", "partition", "offset", "key", "value", "headers", "timestamp"];
    let values = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!([{ "a": [1] }])),
        Just(json!([[1]])),
        Just(json!({})),
    ];
    (0..9_i64, prop::sample::select(fields.to_vec()), prop::option::of(values)).prop_map(
        |(offset, field, value)| {
            let mut record = record(0, offset);
            match value {
                Some(value) => record[field] = value,
                None => drop(record.as_object_mut().unwrap().remove(field)),
            }
            record
        },
    )
}

proptest! {
    #[test]
    fn every_record_is_accounted_for(records in prop::collection::vec(any_record(), 0..8)) {
        let id = |record: &Value| {
            record["offset"].as_i64().filter(|offset| *offset >= 0).map(|offset| format!("invoices-0:{offset}"))
        };
        let mut sent: Vec<Option<String>> = records.iter().map(id).collect();
        let batch = decode(&event(&records)).unwrap();
        let read = batch.envelopes.into_iter().map(|envelope| envelope.id).chain(batch.tombstones).map(Some);
        let mut reported: Vec<_> = read.chain(batch.unreadable.into_iter().map(|record| record.id)).collect();
        reported.sort();
        sent.sort();
        prop_assert_eq!(reported, sent);
    }
}
