//! Events as Lambda's pollers hand them to the validator, made of the documents that are judged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::programs::Programs;
use crate::failure::Failure;
use crate::hash::md5;

/// Makes events whose invoices are each another one.
#[derive(Debug)]
pub(super) struct Events {
    valid: String,
    invalid: String,
    made: usize,
}

/// What is in a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    /// So many invoices in order.
    pub(super) valid: usize,
    /// So many with a wrong total.
    pub(super) invalid: usize,
    /// The seller of those, which makes their group.
    pub(super) seller: usize,
    /// Whether they come by a topic of Kafka, or by a queue.
    pub(super) by_kafka: bool,
}

impl Events {
    pub(super) fn new(programs: &Programs<'_>) -> Result<Self, Failure> {
        Ok(Self { valid: programs.body("valid-8")?, invalid: programs.body("wrong-total")?, made: 0 })
    }

    /// The next event of this kind.
    pub(super) fn next(&mut self, batch: Batch) -> String {
        let valid = (0..batch.valid).map(|_| false);
        let bodies: Vec<(usize, String)> = valid
            .chain((0..batch.invalid).map(|_| true))
            .map(|is_invalid| {
                self.made += 1;
                let number = format!("\"number\": \"F-{}\"", self.made);
                let body = if is_invalid { &self.invalid } else { &self.valid };
                let body = body.replacen("\"number\": \"F-1\"", &number, 1);
                // Not a seller's number by its check digit, which is one reason more.
                let seller = format!("{:010}001", batch.seller);
                let body = if is_invalid { body.replacen("1790011674001", &seller, 1) } else { body };
                (self.made, body)
            })
            .collect();
        if batch.by_kafka { of_kafka(&bodies) } else { of_sqs(&bodies) }.to_string()
    }
}

fn of_sqs(bodies: &[(usize, String)]) -> Value {
    let record = |(at, body): &(usize, String)| {
        json!({
            "messageId": format!("00000000-0000-4000-8000-{at:012}"),
            "receiptHandle": "AQEB",
            "body": body,
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1795512600000" },
            "messageAttributes": {},
            "md5OfBody": md5(body.as_bytes()),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
            "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": bodies.iter().map(record).collect::<Vec<_>>() })
}

fn of_kafka(bodies: &[(usize, String)]) -> Value {
    let record = |(at, body): &(usize, String)| {
        json!({
            "topic": "invoices", "partition": 0, "offset": at, "timestamp": 1_795_512_600_000_i64,
            "timestampType": "CREATE_TIME", "value": STANDARD.encode(body), "headers": [],
        })
    };
    json!({
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/bench/x",
        "records": { "invoices-0": bodies.iter().map(record).collect::<Vec<_>>() },
    })
}
