//! The dead-letter queue and the topic: entries that fail one by one.

use aduana_aws::{Channel, Topic};
use aduana_cases::message::{Attribute, AttributeValue};
use aduana_cases::ports::EffectErrorKind::{Failed, Refused, Throttled};
use aduana_cases::ports::{Alert, Alerts, EffectError, EffectErrorKind, HeldMessage, InvalidMessageChannel};
use serde_json::{Value, json};

use crate::samples::{case_id, clients};
use aduana_testkit::aws_stub::{AwsStub, Call, Reply};

const QUEUE: &str = "https://sqs.eu-south-2.amazonaws.com/1/invoices-dlq";
const TOPIC: &str = "arn:aws:sns:eu-south-2:1:alerts";

type Kinds = Vec<Result<(), EffectErrorKind>>;

fn kinds(answers: Vec<Result<(), EffectError>>) -> Kinds {
    answers.into_iter().map(|answer| answer.map_err(|error| error.kind)).collect()
}

fn message(body: impl Into<String>) -> HeldMessage {
    let stamp = AttributeValue::Binary { data_type: "Binary.png".to_owned(), value: vec![0, 255] };
    HeldMessage {
        case_id: case_id(),
        attempt: 1,
        body: body.into(),
        attributes: vec![
            Attribute::text("ReasonCode", "BR-CO-15"),
            Attribute { name: "Stamp".to_owned(), value: stamp },
        ],
    }
}

fn alert(body: impl Into<String>) -> Alert {
    Alert {
        id: "a".repeat(32),
        subject: "Aduana: invalid invoices are held",
        body: body.into(),
        attributes: vec![("ReasonCode", "BR-CO-15".to_owned())],
        covers: vec![(case_id(), 1)],
    }
}

async fn send(aws: &AwsStub, messages: &[HeldMessage]) -> Kinds {
    kinds(Channel::new(clients(&aws.address).sqs, QUEUE).send(messages).await)
}

async fn publish(aws: &AwsStub, alerts: &[Alert]) -> Kinds {
    kinds(Topic::new(clients(&aws.address).sns, TOPIC).publish(alerts).await)
}

/// SQS's answer: sent are all entries but those that fail with this code.
fn sqs(call: &Call, fails: &[(&str, &str, bool)]) -> Reply {
    let entries = call.request["Entries"].as_array().unwrap();
    let ids = entries.iter().map(|entry| entry["Id"].as_str().unwrap());
    let sent: Vec<Value> = ids
        .filter(|id| !fails.iter().any(|(failing, ..)| failing == id))
        .map(|id| json!({ "Id": id, "MessageId": "x", "MD5OfMessageBody": "x" }))
        .collect();
    let fault = |(id, code, sender): &(&str, &str, bool)| json!({ "Id": id, "Code": code, "SenderFault": sender, "Message": "SECRET" });
    Reply::Json(json!({ "Successful": sent, "Failed": fails.iter().map(fault).collect::<Vec<_>>() }))
}

/// SNS's answer.
fn sns(sent: &[&str], failed: &[(&str, &str, bool)]) -> Reply {
    let sent: Vec<_> =
        sent.iter().map(|id| format!("<member><Id>{id}</Id><MessageId>x</MessageId></member>")).collect();
    let fault = |(id, code, sender): &(&str, &str, bool)| {
        format!("<member><Id>{id}</Id><Code>{code}</Code><SenderFault>{sender}</SenderFault></member>")
    };
    let failed: Vec<_> = failed.iter().map(fault).collect();
    let (sent, failed) = (sent.concat(), failed.concat());
    Reply::Xml(format!(
        "<PublishBatchResponse><PublishBatchResult><Successful>{sent}</Successful><Failed>{failed}</Failed>\
         </PublishBatchResult></PublishBatchResponse>"
    ))
}

#[tokio::test]
async fn a_message_is_sent_with_its_attributes() {
    let aws = AwsStub::open(|call| sqs(call, &[]));
    assert_eq!(send(&aws, &[message("{\"a\":\"ñ\"}")]).await, [Ok(())]);
    assert_eq!(
        aws.calls()[0].request,
        json!({
            "QueueUrl": QUEUE,
            "Entries": [{
                "Id": "0",
                "MessageBody": "{\"a\":\"ñ\"}",
                "MessageAttributes": {
                    "ReasonCode": { "DataType": "String", "StringValue": "BR-CO-15" },
                    "Stamp": { "DataType": "Binary.png", "BinaryValue": "AP8=" },
                },
            }],
        })
    );
}

#[tokio::test]
async fn messages_go_in_as_few_calls_as_their_number_and_size_allow() {
    let aws = AwsStub::open(|call| sqs(call, &[]));
    let small: Vec<_> = (0..11).map(|n| message(n.to_string())).collect();
    assert_eq!(send(&aws, &small).await, vec![Ok(()); 11]);
    assert_eq!(aws.calls().len(), 2);

    let aws = AwsStub::open(|call| sqs(call, &[]));
    assert_eq!(send(&aws, &vec![message("x".repeat(600_000)); 3]).await, [Ok(()); 3]);
    assert_eq!(aws.calls().len(), 3);
    assert_eq!(send(&aws, &[]).await, []);
    assert_eq!(aws.calls().len(), 3, "nothing to send is no call");
}

#[tokio::test]
async fn a_message_fails_for_itself_inside_an_answer_that_says_200() {
    let aws = AwsStub::open(|call| {
        sqs(
            call,
            &[
                ("0", "RequestThrottled", false),
                ("2", "InvalidMessageContents", true),
                ("3", "InternalError", false),
            ],
        )
    });
    let answers = send(&aws, &vec![message("x"); 5]).await;
    assert_eq!(answers, [Err(Throttled), Ok(()), Err(Refused), Err(Failed), Ok(())]);
}

#[tokio::test]
async fn a_message_that_the_answer_does_not_mention_was_not_sent() {
    let aws = AwsStub::script([Reply::Json(
        json!({ "Successful": [{ "Id": "1", "MessageId": "x", "MD5OfMessageBody": "x" }] }),
    )]);
    assert_eq!(send(&aws, &vec![message("x"); 2]).await, [Err(EffectErrorKind::Failed), Ok(())]);
    let aws = AwsStub::script([Reply::Json(json!({}))]);
    assert_eq!(send(&aws, &[message("x")]).await, [Err(EffectErrorKind::Failed)]);
}

#[tokio::test]
async fn a_call_that_fails_fails_for_its_batch_and_for_no_other() {
    let aws = AwsStub::open(|call| match call.request["Entries"].as_array().unwrap().len() {
        10 => Reply::Error(400, "AccessDeniedException"),
        _ => sqs(call, &[]),
    });
    let answers = send(&aws, &vec![message("x"); 12]).await;
    let (refused, sent) = answers.split_at(10);
    assert_eq!(refused, [Err(EffectErrorKind::Refused); 10]);
    assert_eq!(sent, [Ok(()); 2]);
}

#[tokio::test]
async fn an_alert_is_published_with_its_subject_and_its_attributes() {
    let aws = AwsStub::script([sns(&["0"], &[])]);
    assert_eq!(publish(&aws, &[alert("1 invalid invoice was held: ñ & co")]).await, [Ok(())]);
    let request = &aws.calls()[0].request;
    let entry =
        |name: &str| request[format!("PublishBatchRequestEntries.member.1.{name}")].as_str().unwrap_or("");
    assert_eq!(request["TopicArn"], TOPIC);
    assert_eq!(entry("Subject"), "Aduana: invalid invoices are held");
    assert_eq!(entry("Message"), "1 invalid invoice was held: ñ & co");
    assert_eq!(entry("MessageAttributes.entry.1.Name"), "ReasonCode");
    assert_eq!(entry("MessageAttributes.entry.1.Value.DataType"), "String");
    assert_eq!(entry("MessageAttributes.entry.1.Value.StringValue"), "BR-CO-15");
}

#[tokio::test]
async fn an_alert_fails_for_itself_inside_an_answer_that_says_200() {
    let aws = AwsStub::script([sns(
        &["1"],
        &[("0", "Throttling", false), ("2", "InvalidParameter", true), ("3", "Odd", false)],
    )]);
    let answers = publish(&aws, &vec![alert("x"); 5]).await;
    assert_eq!(answers, [Err(Throttled), Ok(()), Err(Refused), Err(Failed), Err(Failed)]);
}

#[tokio::test]
async fn a_topic_that_cannot_be_published_to_fails_every_alert() {
    for (status, code, kind) in [
        (403, "AuthorizationError", EffectErrorKind::Refused),
        (404, "NotFound", EffectErrorKind::Refused),
        (400, "Throttling", EffectErrorKind::Throttled),
        (500, "InternalError", EffectErrorKind::Failed),
    ] {
        let aws = AwsStub::script([Reply::Error(status, code)]);
        assert_eq!(publish(&aws, &vec![alert("x"); 2]).await, [Err(kind); 2], "{code}");
    }
    let aws = AwsStub::script([Reply::BreakOff]);
    assert_eq!(publish(&aws, &[alert("x")]).await, [Err(EffectErrorKind::Unreachable)]);
}
