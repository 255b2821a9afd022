//! SQS.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Aws, AwsError, Service};

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it is deleted by.
    pub receipt: String,
    /// Its body.
    pub body: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// The attributes that its sender gave it, those of type String.
    pub attributes: BTreeMap<String, String>,
}

/// What is in a queue. SQS counts approximately; a local AWS exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Waiting to be received.
    pub visible: u64,
    /// Received, and neither deleted nor back.
    pub in_flight: u64,
}

impl Depth {
    /// All of it.
    pub fn total(self) -> u64 {
        self.visible + self.in_flight
    }
}

impl Aws {
    /// Makes a queue unless it is there, and returns its URL.
    pub fn make_queue(&self, name: &str) -> Result<String, AwsError> {
        self.queue_url_by("CreateQueue", name)
    }

    /// The URL of a queue.
    pub fn queue_url(&self, name: &str) -> Result<String, AwsError> {
        self.queue_url_by("GetQueueUrl", name)
    }

    fn queue_url_by(&self, action: &'static str, name: &str) -> Result<String, AwsError> {
        let reply = self.json(Service::Sqs, action, &json!({ "QueueName": name }))?;
        let url = reply.get("QueueUrl").and_then(Value::as_str);
        url.map(str::to_owned).ok_or_else(|| AwsError::unexpected(action, "the answer names no queue"))
    }

    /// The attributes of a queue: ARN, redrive policy, counts and all.
    pub fn queue_attributes(&self, url: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let input = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let reply = self.json(Service::Sqs, "GetQueueAttributes", &input)?;
        Ok(strings(reply.get("Attributes"), Value::as_str))
    }

    /// How much is in a queue.
    pub fn depth(&self, url: &str) -> Result<Depth, AwsError> {
        let attributes = self.queue_attributes(url)?;
        let count =
            |name: &str| attributes.get(name).and_then(|count| count.parse().ok()).unwrap_or_default();
        Ok(Depth {
            visible: count("ApproximateNumberOfMessages"),
            in_flight: count("ApproximateNumberOfMessagesNotVisible"),
        })
    }

    /// Sends one message, and returns its id.
    pub fn send(&self, url: &str, body: &str) -> Result<String, AwsError> {
        let ids = self.send_batch(url, &[body])?;
        ids.into_iter()
            .next()
            .ok_or_else(|| AwsError::unexpected("SendMessageBatch", "the answer names no message"))
    }

    /// Sends up to ten messages in one call, so that a function is likely to get them in one batch, and returns their ids.
    pub fn send_batch(&self, url: &str, bodies: &[&str]) -> Result<Vec<String>, AwsError> {
        let entry = |(index, body): (usize, &&str)| json!({ "Id": index.to_string(), "MessageBody": body });
        let entries: Vec<Value> = bodies.iter().enumerate().map(entry).collect();
        let reply =
            self.json(Service::Sqs, "SendMessageBatch", &json!({ "QueueUrl": url, "Entries": entries }))?;
        let sent = reply.get("Successful").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id_of = |index: usize| {
            let index = index.to_string();
            let entry = sent.iter().find(|entry| entry.get("Id").and_then(Value::as_str) == Some(&index));
            entry.and_then(|entry| entry.get("MessageId")).and_then(Value::as_str).map(str::to_owned)
        };
        let ids: Option<Vec<String>> = (0..bodies.len()).map(id_of).collect();
        ids.ok_or_else(|| AwsError::unexpected("SendMessageBatch", format!("some were not sent: {reply}")))
    }

    /// Sends one message with attributes of type String.
    pub fn send_with(
        &self,
        url: &str,
        body: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), AwsError> {
        let attribute = |(name, value): (&String, &String)| {
            (name.clone(), json!({ "DataType": "String", "StringValue": value }))
        };
        let attributes: Value = attributes.iter().map(attribute).collect::<serde_json::Map<_, _>>().into();
        let input = json!({ "QueueUrl": url, "MessageBody": body, "MessageAttributes": attributes });
        self.json(Service::Sqs, "SendMessage", &input).map(|_| ())
    }

    /// Has SQS move all messages of a queue to another one, both by their ARNs.
    pub fn start_move(&self, from: &str, to: &str) -> Result<(), AwsError> {
        let input = json!({ "SourceArn": from, "DestinationArn": to });
        self.json(Service::Sqs, "StartMessageMoveTask", &input).map(|_| ())
    }

    /// Deletes a message that was received.
    pub fn delete_message(&self, url: &str, receipt: &str) -> Result<(), AwsError> {
        let input = json!({ "QueueUrl": url, "ReceiptHandle": receipt });
        self.json(Service::Sqs, "DeleteMessage", &input).map(|_| ())
    }

    /// Receives up to ten messages, which come back after `hidden` seconds.
    pub fn receive(&self, url: &str, hidden: u32) -> Result<Vec<Message>, AwsError> {
        let input = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": hidden,
            "WaitTimeSeconds": 0,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let reply = self.json(Service::Sqs, "ReceiveMessage", &input)?;
        let messages = reply.get("Messages").and_then(Value::as_array);
        Ok(messages.into_iter().flatten().map(message).collect())
    }
}

fn message(value: &Value) -> Message {
    let field = |name| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = value.pointer("/Attributes/ApproximateReceiveCount").and_then(Value::as_str);
    Message {
        id: field("MessageId"),
        receipt: field("ReceiptHandle"),
        body: field("Body"),
        receive_count: count.and_then(|count| count.parse().ok()).unwrap_or_default(),
        attributes: strings(value.get("MessageAttributes"), |attribute| {
            attribute.get("StringValue")?.as_str()
        }),
    }
}

fn strings(object: Option<&Value>, read: impl Fn(&Value) -> Option<&str>) -> BTreeMap<String, String> {
    let entries = object.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), read(value)?.to_owned()))).collect()
}
