//! The function as Lambda runs it: its real binary, between a Runtime API and a stub of AWS.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::time::Duration;

use aduana_testkit::aws_stub::tables::Tables;
use aduana_testkit::aws_stub::{AwsStub, Reply};
use aduana_testkit::function::{Answer, Program, VARIABLES};
use aduana_testkit::samples::{SECRET, valid, without_number};
use serde_json::{Value, json};

const VALIDATOR: Program = Program { path: env!("CARGO_BIN_EXE_validator"), name: "aduana-validator" };

fn record(id: &str, body: &[u8]) -> Value {
    json!({
        "messageId": id,
        "body": String::from_utf8(body.to_vec()).unwrap(),
        "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1795512600000" },
        "messageAttributes": { "Customer": { "stringValue": "ACME", "dataType": "String" } },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-south-2:1:invoices",
    })
}

/// The answer that names these, and only these.
fn failures(ids: &[&str]) -> Answer {
    let ids: Vec<_> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    Answer::Response(json!({ "batchItemFailures": ids }))
}

/// The lines with this message.
fn of<'a>(lines: &'a [Value], message: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["message"] == message).collect()
}

/// The documents that are stored. What they have in common with their doubles is beside them.
fn stored(tables: &Tables) -> Vec<String> {
    let items = tables.items("Invoices").into_iter();
    items.filter(|(_, item)| item["fingerprint"].is_object()).map(|(document, _)| document).collect()
}

#[test]
fn each_message_of_a_batch_goes_to_its_place_and_only_a_failed_effect_comes_back() {
    let tables = Tables::default();
    let refusing = tables.clone();
    let aws = AwsStub::working(&tables, move |call| refusing.refuse_number(call, "F-3", "AccessDenied"));
    let function = VALIDATOR.start(&aws, &[]);
    let unreadable = json!({ "messageId": "m-5", "eventSource": "aws:sqs", "body": {} });
    let event = json!({ "Records": [
        record("m-1", &valid("F-1", 1)),
        record("m-2", &without_number(2)),
        record("m-3", &valid("F-3", 3)),
        record("m-4", b"not JSON"),
        unreadable,
    ] });
    assert_eq!(function.invoke(&event), failures(&["m-3", "m-5"]));
    assert_eq!(function.invoke(&json!({ "Records": [record("m-6", &valid("F-6", 6))] })), failures(&[]));

    assert_eq!(stored(&tables), ["F-1/invoice/2026", "F-6/invoice/2026"]);
    let heads: Vec<_> = aws
        .calls()
        .into_iter()
        .filter(|call| call.action == "SendMessageBatch")
        .flat_map(|call| call.request["Entries"].as_array().unwrap().clone())
        .map(|entry| entry["MessageAttributes"]["ReasonCode"]["StringValue"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(heads.len(), 2, "both invalid messages are in the dead-letter queue: {heads:?}");
    assert!(aws.actions().iter().any(|action| action == "PublishBatch"));

    let lines = function.stop();
    assert_eq!(of(&lines, "message held").len(), 2);
    let left = of(&lines, "messages left for redelivery: an effect failed");
    assert_eq!(left[0]["error_code"], "AccessDenied");
    let unread = of(&lines, "messages left for redelivery: their records cannot be read");
    assert_eq!(unread[0]["message_ids"], json!(["m-5"]));
    let done = of(&lines, "batch done");
    assert_eq!([&done[0]["cold_start"], &done[1]["cold_start"]], [true, false]);
    for line in done {
        assert_eq!(line["service"], "aduana-validator");
        assert_eq!(line["function_name"], "aduana-validator");
        assert_eq!(line["function_request_id"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        assert_eq!(line["xray_trace_id"], "1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
    }
    assert!(lines.iter().any(|line| line["_aws"].is_object() && line["Stored"] == 1), "metrics");
    let text = format!("{lines:?}");
    assert!(!text.contains(SECRET) && !text.contains("ACME"), "no value of an invoice in the log");
}

fn kafka_record(offset: i64, value: Option<&[u8]>) -> Value {
    use base64::Engine;
    let value = value.map(|value| base64::engine::general_purpose::STANDARD.encode(value));
    json!({ "topic": "invoices", "partition": 0, "offset": offset, "timestamp": 1_795_512_600_000_i64, "value": value })
}

/// The answer that names these offsets of the partition, and only these.
fn failed_offsets(offsets: &[i64]) -> Answer {
    let id = |offset: &i64| json!({ "itemIdentifier": { "partition": "invoices-0", "offset": offset } });
    Answer::Response(json!({ "batchItemFailures": offsets.iter().map(id).collect::<Vec<_>>() }))
}

#[test]
fn records_of_kafka_go_to_their_places_and_failures_are_named_by_partition_and_offset() {
    let tables = Tables::default();
    let refusing = tables.clone();
    let aws = AwsStub::working(&tables, move |call| refusing.refuse_number(call, "F-2", "AccessDenied"));
    let function = VALIDATOR.start(&aws, &[]);
    let mut not_base64 = kafka_record(13, None);
    not_base64["value"] = "SECRET?".into();
    let unreadable = json!({ "topic": "another", "partition": 0, "offset": 14, "value": "" });
    let records = [
        kafka_record(10, Some(&valid("F-1", 1))),
        kafka_record(11, Some(&valid("F-2", 1))),
        kafka_record(12, None),
        not_base64,
        unreadable,
    ];
    let event = json!({ "eventSource": "aws:kafka", "records": { "invoices-0": records } });
    assert_eq!(function.invoke(&event), failed_offsets(&[11, 14]));
    let empty = json!({ "eventSource": "SelfManagedKafka", "records": {} });
    assert_eq!(function.invoke(&empty), failed_offsets(&[]));
    let tombstones =
        json!({ "eventSource": "aws:kafka", "records": { "invoices-0": [kafka_record(15, None)] } });
    assert_eq!(function.invoke(&tombstones), failed_offsets(&[]));

    assert_eq!(stored(&tables), ["F-1/invoice/2026"]);
    let lines = function.stop();
    assert_eq!(of(&lines, "message held")[0]["source"], "kafka:invoices/0/13");
    let tombstones = of(&lines, "records without a value: there is nothing to judge");
    assert_eq!((tombstones.len(), &tombstones[0]["message_ids"]), (2, &json!(["invoices-0:12"])));
    assert_eq!(lines.iter().filter(|line| line["_aws"].is_object() && line["Tombstones"] == 1).count(), 2);
    let undecoded = of(&lines, "values that are not base64: judged as the text that they are");
    assert_eq!(undecoded[0]["message_ids"], json!(["invoices-0:13"]));
    assert!(!format!("{lines:?}").contains("SECRET"));
}

#[test]
fn the_function_errs_when_every_message_is_to_come_again() {
    let aws = AwsStub::working(&Tables::default(), |_| Some(Reply::Error(400, "AccessDeniedException")));
    let function = VALIDATOR.start(&aws, &[]);
    let event = json!({ "Records": [record("m-1", &valid("F-1", 1)), record("m-2", &without_number(2))] });
    let Answer::Error(error) = function.invoke(&event) else { panic!("no error") };
    assert_eq!(error["errorType"], "AllFailed");
    let lines = function.stop();
    let done = of(&lines, "batch done");
    assert_eq!((done.len(), &done[0]["retry"]), (1, &json!(2)));
}

#[test]
fn a_batch_of_nothing_goes_well() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = VALIDATOR.start(&aws, &[]);
    assert_eq!(function.invoke(&json!({ "Records": [] })), failures(&[]));
    assert!(aws.calls().is_empty());
    function.stop();
}

#[test]
fn an_event_of_another_source_is_an_error_that_says_so_and_the_next_event_goes_well() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = VALIDATOR.start(&aws, &[]);
    for (event, reported) in [
        (json!({ "eventSource": "aws:kinesis", "records": {} }), "aws:kinesis"),
        (json!({ "Records": [{ "eventSource": "aws:s3", "messageId": "m" }] }), "aws:s3"),
        (json!({ "number": "SECRET" }), "no list of records"),
        (json!("SECRET"), "not a JSON object"),
    ] {
        let Answer::Error(error) = function.invoke(&event) else { panic!("no error") };
        assert_eq!(error["errorType"], "EventError");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.contains(reported) && !message.contains("SECRET"), "{message}");
    }
    assert_eq!(function.invoke(&json!({ "Records": [record("m", &valid("F-1", 1))] })), failures(&[]));
    let lines = function.stop();
    assert_eq!(of(&lines, "the event cannot be read").len(), 4);
    assert!(!format!("{lines:?}").contains("SECRET"));
}

#[test]
fn a_batch_that_its_source_rewrote_is_left_as_it_is_and_the_log_says_what_to_do() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = VALIDATOR.start(&aws, &[]);
    // The MD5 is that of another text than the one that came.
    let mut rewritten = record("m-2", &valid("F-2", 2));
    rewritten["md5OfBody"] = "d41d8cd98f00b204e9800998ecf8427e".into();
    let event =
        json!({ "Records": [record("m-1", &valid("F-1", 1)), rewritten, record("m-3", b"not JSON")] });
    let Answer::Error(error) = function.invoke(&event) else { panic!("no error") };
    assert_eq!(error["errorType"], "EventError");
    assert!(aws.calls().is_empty(), "{:?}", aws.actions());
    let lines = function.stop();
    let reported = of(&lines, "the event cannot be read")[0]["error_message"].as_str().unwrap();
    assert!(reported.contains("rewrote a message") && reported.contains("keep-bodies.py"), "{reported}");
    assert!(!format!("{lines:?}").contains(SECRET));
}

#[test]
fn near_the_deadline_nothing_is_begun_and_all_comes_again() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = VALIDATOR.start(&aws, &[]);
    let event = json!({ "Records": [record("m-1", &valid("F-1", 1))] });
    let said = function.invoke_with(&event, "", Duration::from_secs(3));
    assert!(matches!(said, Answer::Error(_)), "{said:?}");
    assert!(aws.calls().is_empty());
    assert_eq!(of(&function.stop(), "messages left for redelivery: too little time").len(), 1);
}

#[test]
fn a_service_that_hangs_does_not_keep_the_batch_from_its_answer() {
    let aws = AwsStub::working(&Tables::default(), |call| {
        let is_case = call.action == "TransactWriteItems";
        is_case.then_some(Reply::Hang)
    });
    let function = VALIDATOR.start(&aws, &[]);
    let event = json!({ "Records": [record("m-1", &valid("F-1", 1)), record("m-2", &without_number(2))] });
    assert_eq!(function.invoke_with(&event, "", Duration::from_secs(6)), failures(&["m-2"]));
    function.stop();
}

#[test]
fn the_log_has_the_configured_level_and_the_metrics_stay() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = VALIDATOR.start(&aws, &[("POWERTOOLS_LOG_LEVEL", "ERROR")]);
    assert_eq!(function.invoke(&json!({ "Records": [record("m", &without_number(1))] })), failures(&[]));
    let lines = function.stop();
    assert!(!lines.is_empty() && lines.iter().all(|line| line["_aws"].is_object()), "{lines:?}");
}

#[test]
fn credentials_are_fetched_from_where_lambda_says() {
    let tables = Tables::default();
    let aws = AwsStub::working(&tables, |call| {
        // The one call that is none of a service's.
        let credentials = json!({
            "AccessKeyId": "id", "SecretAccessKey": "secret", "Token": "session", "Expiration": "2099-01-01T00:00:00Z",
        });
        call.action.is_empty().then_some(Reply::Json(credentials))
    });
    let place = format!("{}/credentials", aws.address);
    let container = [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &place),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token"),
    ];
    let function = VALIDATOR.start(&aws, &container);
    assert_eq!(function.invoke(&json!({ "Records": [record("m", &valid("F-1", 1))] })), failures(&[]));
    assert_eq!(aws.actions(), ["", "BatchExecuteStatement"]);
    function.stop();
}

#[test]
fn a_function_that_lambda_does_not_answer_says_so_and_ends() {
    let nobody = ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
    let (good, lines) = VALIDATOR.start_with(&[&VARIABLES[..], &[nobody]].concat()).wait();
    assert!(!good);
    assert_eq!(of(&lines, "the function cannot go on").len(), 1, "{lines:?}");
}

#[test]
fn without_its_configuration_it_does_not_start_and_one_line_says_what_is_missing() {
    let (good, lines) = VALIDATOR.start_with(&[("AWS_REGION", "eu-south-2"), ("ADUANA_LANG", "fr")]).wait();
    assert!(!good);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["level"], "ERROR");
    let reported = lines[0]["errors"].to_string();
    for name in [
        "ADUANA_INVOICES_TABLE",
        "ADUANA_CASES_TABLE",
        "ADUANA_DLQ_URL",
        "ADUANA_ALERTS_TOPIC_ARN",
        "ADUANA_LANG",
    ] {
        assert!(reported.contains(name), "{name} in {reported}");
    }
    assert!(reported.contains("AWS_ACCESS_KEY_ID") && !reported.contains("AWS_REGION"), "{reported}");
}
