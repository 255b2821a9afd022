use aduana_cases::message::{Attribute, AttributeValue, Sender, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn decode(event: &Value) -> Result<Batch, EventError> {
    super::decode(&RawValue::from_string(event.to_string()).unwrap())
}

/// A record as AWS's documentation has it.
fn record(id: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": "{\"number\":\"F-1\"}",
        "attributes": {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185"
        },
        "messageAttributes": {
            "Customer": { "stringValue": "ACME", "stringListValues": [], "binaryListValues": [], "dataType": "String" },
            "Weight": { "stringValue": "12", "dataType": "Number.int" },
            "Stamp": { "binaryValue": "AP8=", "dataType": "Binary.png" }
        },
        "md5OfBody": "86c22be27e36192257e2fc3aaed2c24c",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-south-2:123456789012:invoices",
        "awsRegion": "eu-south-2"
    })
}

fn with(id: &str, field: &str, value: Value) -> Value {
    // Most of the bodies here are not the one that the MD5 is of.
    let mut record = if field == "body" { without(id, "md5OfBody") } else { record(id) };
    record[field] = value;
    record
}

fn without(id: &str, field: &str) -> Value {
    let mut record = record(id);
    record.as_object_mut().unwrap().remove(field);
    record
}

/// What is wrong with a record that comes between two good ones.
fn fault(record: &Value) -> Option<Unreadable> {
    let batch = decode(&json!({ "Records": [self::record("first"), record, self::record("last")] })).unwrap();
    let ids: Vec<_> = batch.envelopes.iter().map(|envelope| envelope.id.as_str()).collect();
    assert_eq!((ids.first(), ids.last()), (Some(&"first"), Some(&"last")), "the others stay");
    assert_eq!(ids.len() + batch.unreadable.len(), 3, "none is dropped");
    batch.unreadable.into_iter().next()
}

#[test]
fn a_record_becomes_a_message_with_all_that_it_carries() {
    let batch = decode(&json!({ "Records": [record("m-1")] })).unwrap();
    assert_eq!(batch.unreadable, []);
    let mut envelope = batch.envelopes.into_iter().next().unwrap();
    envelope.attributes.sort();
    let number = AttributeValue::Text { data_type: "Number.int".to_owned(), value: "12".to_owned() };
    let stamp = AttributeValue::Binary { data_type: "Binary.png".to_owned(), value: vec![0, 255] };
    assert_eq!(
        envelope,
        Envelope {
            source: Source::Sqs { queue: "invoices".to_owned() },
            id: "m-1".to_owned(),
            body: br#"{"number":"F-1"}"#.to_vec(),
            attributes: vec![
                Attribute::text("Customer", "ACME"),
                Attribute { name: "Stamp".to_owned(), value: stamp },
                Attribute { name: "Weight".to_owned(), value: number },
            ],
            receive_count: Some(2),
            sent_at_ms: Some(1_545_082_649_183),
            sender: Sender::parse("AIDAIENQZJOLO23YVJ4VO"),
        }
    );
}

#[test]
fn a_body_may_be_anything_that_is_text() {
    for body in ["", "not JSON", "[[[[", "\u{0}\u{feff}ñ💶", "{\"Records\":[]}"] {
        let batch = decode(&json!({ "Records": [with("m", "body", body.into())] })).unwrap();
        assert_eq!(batch.envelopes[0].body, body.as_bytes());
    }
}

#[test]
fn a_body_that_is_not_the_one_that_was_sent_costs_its_whole_batch() {
    // As some program sent it, and as JSON that was read and written anew: the repeated field is gone.
    let (sent, anew) = ("{ \"number\": \"Ñ-1\",\n  \"number\": \"F-1\" }", "{\"number\": \"F-1\"}");
    let event = |body: &str, md5: Value| {
        let mut record = with("m", "body", body.into());
        record["md5OfBody"] = md5;
        json!({ "Records": [self::record("first"), record, self::record("last")] })
    };
    let md5 = "a85643a199eeb8c11f36770b4bc3420e";
    for same in [json!(md5), json!(md5.to_uppercase()), Value::Null] {
        let batch = decode(&event(sent, same)).unwrap();
        assert_eq!((batch.envelopes.len(), batch.envelopes[1].body.as_slice()), (3, sent.as_bytes()));
    }
    assert_eq!(decode(&event(anew, Value::Null)).unwrap().envelopes.len(), 3, "nobody says what was sent");
    for (body, other) in [(anew, json!(md5)), (sent, json!("")), (sent, json!("d41d8cd9")), (sent, json!(7))]
    {
        let error = decode(&event(body, other)).unwrap_err();
        assert_eq!(error, EventError::Rewritten);
        let reported = error.to_string();
        assert!(reported.contains("rewrote") && reported.contains("localstack/keep-bodies.py"), "{reported}");
        assert!(!reported.contains("F-1"), "{reported}");
    }
    let empty = event("", json!("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(decode(&empty).unwrap().envelopes.len(), 3);
}

#[test]
fn an_event_without_records_is_an_empty_batch() {
    assert_eq!(decode(&json!({ "Records": [] })), Ok(Batch::default()));
}

#[test]
fn a_record_of_a_wrong_shape_costs_itself_and_is_given_back_by_its_id() {
    let attributes = |attribute: Value| with("m", "messageAttributes", json!({ "A": attribute }));
    let cases = [
        (with("m", "body", json!({ "number": "F-1" })), "body"),
        (with("m", "body", Value::Null), "body"),
        (without("m", "body"), "body"),
        (without("m", "eventSource"), "eventSource"),
        (with("m", "eventSource", json!("aws:s3")), "eventSource"),
        (without("m", "eventSourceARN"), "eventSourceARN"),
        (with("m", "eventSourceARN", json!("arn:aws:sqs:eu-south-2:1:")), "eventSourceARN"),
        (with("m", "eventSourceARN", json!("arn:aws:s3:eu-south-2:1:q")), "eventSourceARN"),
        (with("m", "messageAttributes", json!([])), "messageAttributes"),
        (attributes(json!({ "stringValue": "x" })), "messageAttributes"),
        (attributes(json!({ "dataType": "String" })), "messageAttributes"),
        (attributes(json!({ "dataType": "Binary", "binaryValue": "?" })), "messageAttributes"),
    ];
    for (record, what) in cases {
        assert_eq!(fault(&record), Some(Unreadable { id: Some("m".to_owned()), what }), "{record}");
    }
}

#[test]
fn a_record_without_an_id_is_not_dropped_either() {
    for record in
        [without("m", "messageId"), with("m", "messageId", json!("")), json!(7), json!(null), json!([])]
    {
        assert_eq!(fault(&record), Some(Unreadable { id: None, what: "messageId" }));
    }
}

#[test]
fn a_body_that_is_not_even_unicode_costs_itself_only() {
    let good = record("good");
    let bad = record("bad").to_string().replace(r#""{\"number\":\"F-1\"}""#, r#""\ud800""#);
    let event = RawValue::from_string(format!(r#"{{"Records":[{bad},{good}]}}"#)).unwrap();
    let batch = super::decode(&event).unwrap();
    assert_eq!(batch.envelopes[0].id, "good");
    assert_eq!(batch.unreadable, [Unreadable { id: Some("bad".to_owned()), what: "body" }]);
}

#[test]
fn what_sqs_says_of_the_delivery_may_be_missing() {
    for attributes in [json!(null), json!({}), json!(1), json!({ "ApproximateReceiveCount": "many" })] {
        assert_eq!(fault(&with("m", "attributes", attributes)), None);
    }
    let batch = decode(&json!({ "Records": [without("m", "attributes")] })).unwrap();
    assert_eq!((batch.envelopes[0].receive_count, batch.envelopes[0].sent_at_ms), (None, None));
    assert!(batch.envelopes[0].may_be_redelivery());
}

#[test]
fn another_trigger_is_reported_by_the_name_of_its_source() {
    let s3 = json!({ "Records": [with("m", "eventSource", json!("aws:s3")), without("n", "eventSource")] });
    let stream = json!({ "eventSource": "aws:kinesis", "records": {} });
    let topic = json!({ "Records": [{ "EventVersion": "1.0", "EventSource": "aws:sns", "Sns": { "Message": "{}" } }] });
    for (event, source) in [(s3, "aws:s3"), (stream, "aws:kinesis"), (topic, "aws:sns")] {
        let error = decode(&event).unwrap_err();
        assert_eq!(error, EventError::Source(source.to_owned()));
        let reported = "this function takes events of \"aws:sqs\", \"aws:kafka\" and \"SelfManagedKafka\"";
        assert!(error.to_string().contains(reported), "{error}");
    }
}

#[test]
fn an_event_that_is_none_is_reported_without_quoting_it() {
    for event in [json!(null), json!([]), json!("QX")] {
        assert_eq!(decode(&event), Err(EventError::NotAnObject));
    }
    for event in [json!({}), json!({ "Records": "QX" }), json!({ "number": "QX" })] {
        assert_eq!(decode(&event), Err(EventError::NoRecords));
    }
    for (length, reported) in [(39, 39), (40, 40), (41, 40)] {
        let long = json!({ "eventSource": format!("\"\n{}", "x".repeat(length)) });
        assert_eq!(decode(&long), Err(EventError::Source("x".repeat(reported))));
    }
}

/// Any JSON, some of it under the names that an event has.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("aws:sqs")),
        Just(json!("arn:aws:sqs:eu-south-2:1:q")),
        Just(json!("String")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "messageId", "body", "attributes", "messageAttributes", "eventSource", "eventSourceARN", "dataType",
            "stringValue", "binaryValue", "ApproximateReceiveCount", "Records",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ]
}

/// A good record with some of its fields replaced by anything.
fn any_record() -> impl Strategy<Value = Value> {
    let replaced = prop::collection::btree_map(any_name(), any_json(), 0..3);
    let altered = ("[a-z]{0,4}", replaced).prop_map(|(id, fields)| {
        let mut altered = without(&id, "md5OfBody");
        altered.as_object_mut().unwrap().extend(fields);
        altered
    });
    prop_oneof![altered, any_json()]
}

proptest! {
    #[test]
    fn every_record_is_accounted_for(records in prop::collection::vec(any_record(), 0..6)) {
        let ids = |record: &Value| record["messageId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        let mut sent: Vec<Option<String>> = records.iter().map(ids).collect();
        match decode(&json!({ "Records": records })) {
            Ok(batch) => {
                let read = batch.envelopes.into_iter().map(|envelope| Some(envelope.id));
                let mut reported: Vec<_> = read.chain(batch.unreadable.into_iter().map(|record| record.id)).collect();
                reported.sort();
                sent.sort();
                prop_assert_eq!(reported, sent);
            }
            // All of it comes again.
            Err(EventError::Source(_)) => {
                prop_assert!(records.iter().all(|record| record["eventSource"] != "aws:sqs"));
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn no_event_panics(event in any_json()) {
        drop(decode(&event));
    }
}
