//! The two queues, as the redrive uses them: what it sends through again, and what it takes out of the dead-letter queue.

use aduana_aws::{DeadLetters, Invoices, InvoicesQueue};
use aduana_cases::message::{Attribute, AttributeValue, Sender};
use aduana_cases::ports::EffectError;
use aduana_cases::ports::EffectErrorKind::{self, Failed, Refused, Throttled, Unreachable};
use aduana_cases::ports::ResentMessage;
use aduana_invoice::Fingerprint;
use aduana_redrive::ports::{DeadLetter, DeadLetterQueue, IntakeQueue, StoredInvoices, UnderKey};
use serde_json::{Value, json};

use crate::samples::{case_id, clients, invoice, key, noise, store};
use aduana_testkit::aws_stub::tables::Tables;
use aduana_testkit::aws_stub::{AwsStub, Call, Reply};

const QUEUE: &str = "https://sqs.eu-south-2.amazonaws.com/1/invoices";

fn kinds(answers: Vec<Result<(), EffectError>>) -> Vec<Result<(), EffectErrorKind>> {
    answers.into_iter().map(|answer| answer.map_err(|error| error.kind)).collect()
}

fn dead_letters(aws: &AwsStub) -> DeadLetters {
    DeadLetters::new(clients(&aws.address).sqs, QUEUE)
}

fn message(body: &str) -> ResentMessage {
    ResentMessage {
        case_id: case_id(),
        attempt: 2,
        body: body.to_owned(),
        attributes: vec![
            Attribute::text("InvalidMessageId", case_id().as_str()),
            Attribute::number("Attempt", 2),
        ],
        group: "0123456789abcdef".to_owned(),
        trace: None,
    }
}

async fn send(aws: &AwsStub, messages: &[ResentMessage]) -> Vec<Result<(), EffectErrorKind>> {
    kinds(InvoicesQueue::new(clients(&aws.address).sqs, QUEUE).send(messages).await)
}

fn successful(count: usize) -> Reply {
    let sent = |id: usize| json!({ "Id": id.to_string(), "MessageId": "x", "MD5OfMessageBody": "x" });
    Reply::Json(json!({ "Successful": (0..count).map(sent).collect::<Vec<_>>(), "Failed": [] }))
}

#[tokio::test]
async fn a_message_takes_the_trace_along_of_the_call_that_sends_it() {
    let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let aws = AwsStub::script([successful(2)]);
    let traced = ResentMessage { trace: Some(trace.to_owned()), ..message("{}") };
    assert_eq!(send(&aws, &[traced, message("{}")]).await, [Ok(()), Ok(())]);
    let entries = &aws.calls()[0].request["Entries"];
    let header = json!({ "AWSTraceHeader": { "DataType": "String", "StringValue": trace } });
    assert_eq!(entries[0]["MessageSystemAttributes"], header);
    assert!(entries[0]["MessageAttributes"]["AWSTraceHeader"].is_null(), "none of the ten");
    assert!(entries[1]["MessageSystemAttributes"].is_null());
}

#[tokio::test]
async fn a_case_is_sent_with_its_attributes_and_in_its_sellers_turn() {
    let aws = AwsStub::script([successful(1)]);
    assert_eq!(send(&aws, &[message("{}")]).await, [Ok(())]);
    let [call] = aws.calls().try_into().unwrap();
    assert_eq!(call.action, "SendMessageBatch");
    assert_eq!(
        call.request,
        json!({
            "QueueUrl": QUEUE,
            "Entries": [{
                "Id": "0",
                "MessageBody": "{}",
                "MessageGroupId": "0123456789abcdef",
                "MessageAttributes": {
                    "InvalidMessageId": { "DataType": "String", "StringValue": case_id().as_str() },
                    "Attempt": { "DataType": "Number", "StringValue": "2" },
                },
            }],
        })
    );
}

#[tokio::test]
async fn cases_go_in_tens_and_each_fails_for_itself() {
    let fails =
        json!({ "Id": "3", "Code": "InvalidMessageContents", "SenderFault": true, "Message": "SECRET" });
    let slow = json!({ "Id": "4", "Code": "RequestThrottled", "SenderFault": false, "Message": "SECRET" });
    let aws = AwsStub::open(move |call| {
        let entries = call.request["Entries"].as_array().unwrap();
        let sent = |id: usize| json!({ "Id": id.to_string(), "MessageId": "x", "MD5OfMessageBody": "x" });
        match entries.len() {
            10 => {
                let sent: Vec<Value> = [0, 1, 2, 5, 6, 7, 8].map(sent).into();
                Reply::Json(json!({ "Successful": sent, "Failed": [fails, slow] }))
            }
            _ => Reply::Error(400, "AccessDeniedException"),
        }
    });
    let answers = send(&aws, &vec![message("{}"); 12]).await;
    let mut expected = vec![Ok(()); 12];
    expected[3] = Err(Refused);
    expected[4] = Err(Throttled);
    // Not mentioned: nobody can say.
    expected[9] = Err(Failed);
    expected[10] = Err(Refused);
    expected[11] = Err(Refused);
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn a_send_whose_reply_is_lost_may_have_happened() {
    let aws = AwsStub::script([Reply::BreakOff]);
    let queue = InvoicesQueue::new(clients(&aws.address).sqs, QUEUE);
    let error = queue.send(&[message("{}")]).await.remove(0).unwrap_err();
    assert_eq!(error.kind, Unreachable);
    assert!(!error.is_certain());
}

/// A message as SQS gives it.
fn received(id: &str) -> Value {
    json!({
        "MessageId": id,
        "ReceiptHandle": format!("receipt-{id}"),
        "Body": "{\"n\":1}",
        "Attributes": { "SentTimestamp": "1795512600007", "SenderId": "AROAEXAMPLE:aduana-validator" },
        "MessageAttributes": {
            "Stamp": { "DataType": "Binary.png", "BinaryValue": "AP8=" },
            "ReasonCode": { "DataType": "String", "StringValue": "BR-CO-15" },
        },
    })
}

#[tokio::test]
async fn dead_letters_are_received_with_all_that_tells_where_they_came_from() {
    let mut moved = received("m-2");
    moved["Attributes"]["DeadLetterQueueSourceArn"] = "arn:aws:sqs:eu-south-2:1:aduana-invoices".into();
    moved["MessageAttributes"] = Value::Null;
    let aws = AwsStub::script([Reply::Json(json!({ "Messages": [received("m-1"), moved] }))]);
    let letters = dead_letters(&aws).receive(60_001).await.unwrap();

    let stamp = AttributeValue::Binary { data_type: "Binary.png".to_owned(), value: vec![0, 255] };
    let sent_here = DeadLetter {
        receipt: "receipt-m-1".to_owned(),
        message_id: "m-1".to_owned(),
        body: b"{\"n\":1}".to_vec(),
        attributes: vec![
            Attribute::text("ReasonCode", "BR-CO-15"),
            Attribute { name: "Stamp".to_owned(), value: stamp },
        ],
        sent_at_ms: Some(1_795_512_600_007),
        sender: Sender::parse("AROAEXAMPLE:aduana-validator"),
        moved_from: None,
    };
    let moved = DeadLetter {
        receipt: "receipt-m-2".to_owned(),
        message_id: "m-2".to_owned(),
        attributes: Vec::new(),
        moved_from: Some("aduana-invoices".to_owned()),
        ..sent_here.clone()
    };
    assert_eq!(letters, [sent_here, moved]);
    let [call] = aws.calls().try_into().unwrap();
    assert_eq!(
        call.request,
        json!({
            "QueueUrl": QUEUE,
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 61,
            "WaitTimeSeconds": 1,
            "MessageAttributeNames": ["All"],
            "MessageSystemAttributeNames": ["SentTimestamp", "SenderId", "DeadLetterQueueSourceArn"],
        })
    );
}

#[tokio::test]
async fn an_empty_queue_is_no_error_and_one_that_cannot_be_read_is() {
    let aws = AwsStub::script([Reply::Json(json!({}))]);
    assert_eq!(dead_letters(&aws).receive(1_000).await.unwrap(), []);
    let aws = AwsStub::script([Reply::Error(400, "AccessDeniedException")]);
    assert_eq!(dead_letters(&aws).receive(1_000).await.unwrap_err().kind, Refused);
}

#[tokio::test]
async fn nothing_is_hidden_for_longer_than_sqs_can() {
    // Rounded up to a second; twelve hours at most.
    let edges = [(43_199_000, 43_199), (43_199_001, 43_200), (43_200_000, 43_200), (43_200_001, 43_200)];
    for (hide_ms, seconds) in edges.into_iter().chain([(i64::MAX, 43_200), (-5, 0), (1, 1), (30_000, 30)]) {
        let aws = AwsStub::script([Reply::Json(json!({}))]);
        dead_letters(&aws).receive(hide_ms).await.unwrap();
        assert_eq!(aws.calls()[0].request["VisibilityTimeout"], seconds);
    }
}

#[tokio::test]
async fn four_receives_that_cannot_be_read_are_followed_by_a_fifth_and_five_by_none() {
    let unreadable = || Reply::Json(json!({ "Messages": [{ "Body": "no id" }] }));
    let readable = || Reply::Json(json!({ "Messages": [received("m-1")] }));
    for (in_a_row, is_read) in [(3, true), (4, true), (5, false)] {
        let script = std::iter::repeat_with(unreadable).take(in_a_row).chain([readable()]);
        let aws = AwsStub::script(script);
        let letters = dead_letters(&aws).receive(1_000).await;
        assert_eq!(letters.is_ok_and(|letters| letters.len() == 1), is_read, "{in_a_row}");
        assert_eq!(aws.calls().len(), 5.min(in_a_row + 1));
    }
}

#[tokio::test]
async fn letters_are_deleted_in_tens_and_each_fails_for_itself() {
    let aws = AwsStub::open(|call| {
        let entries = call.request["Entries"].as_array().unwrap();
        if entries.len() < 10 {
            return Reply::Error(503, "ServiceUnavailable");
        }
        let deleted: Vec<Value> = (1..10).map(|id| json!({ "Id": id.to_string() })).collect();
        let failed = json!({ "Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": true });
        Reply::Json(json!({ "Successful": deleted, "Failed": [failed] }))
    });
    let receipts: Vec<String> = (0..11).map(|number| format!("receipt-{number}")).collect();
    let mut expected = vec![Ok(()); 11];
    expected[0] = Err(Refused);
    expected[10] = Err(Failed);
    assert_eq!(kinds(dead_letters(&aws).delete(&receipts).await), expected);
    let receipt = |call: &Call| call.request["Entries"][0]["ReceiptHandle"].as_str().unwrap().to_owned();
    let mut firsts: Vec<String> = aws.calls().iter().map(receipt).collect();
    // One that is answered so is tried again.
    firsts.sort();
    firsts.dedup();
    assert_eq!(firsts, ["receipt-0", "receipt-10"]);
    assert_eq!(dead_letters(&aws).delete(&[]).await.len(), 0);
}

#[tokio::test]
async fn a_stored_invoice_can_be_looked_up_whatever_its_size() {
    for body in [b"{}".to_vec(), noise(900_000)] {
        let tables = Tables::default();
        let aws = AwsStub::with_tables(&tables);
        let invoices = Invoices::new(clients(&aws.address).dynamodb, "Invoices");
        let print = Fingerprint::of(&body);
        let look_up = async || invoices.look_up(&key(), &print).await;
        assert_eq!(look_up().await.unwrap(), UnderKey::default());
        store(&invoices, &invoice(&body)).await.unwrap();
        let UnderKey { stored, set_aside } = look_up().await.unwrap();
        assert!(stored.is_some_and(|stored| stored.body == body) && set_aside.is_none());
        tables.tamper("Invoices", "F-1/invoice/2026", "fingerprint", json!({ "S": "0" }));
        assert_eq!(look_up().await.unwrap_err().kind, EffectErrorKind::Corrupt);
    }
}
