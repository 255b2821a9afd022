//! An SQS standard queue with a Lambda event source mapping: visibility timeout, receive counts, a redrive policy, and
//! partial batch responses taken as strictly as AWS does.

use std::collections::BTreeSet;

use aduana_intake::message::{Attribute, Envelope, Source};
use serde_json::{Value, json};

/// A message in the queue.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) sent_at_ms: i64,
    visible_at_ms: i64,
    receive_count: u32,
}

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: &'static str,
    pub(super) visibility_timeout_ms: i64,
    pub(super) max_receive_count: u32,
    messages: Vec<Message>,
    sent: u64,
}

impl Queue {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, visibility_timeout_ms: 180_000, max_receive_count: 5, messages: Vec::new(), sent: 0 }
    }

    pub(super) fn send(&mut self, body: Vec<u8>, attributes: Vec<Attribute>, now_ms: i64) -> String {
        self.sent += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.sent);
        self.messages.push(Message {
            id: id.clone(),
            body,
            attributes,
            sent_at_ms: now_ms,
            visible_at_ms: now_ms,
            receive_count: 0,
        });
        id
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    pub(super) fn attributes(&self) -> Vec<Vec<Attribute>> {
        self.messages.iter().map(|message| message.attributes.clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// When the next message can be received, if there is one.
    pub(super) fn next_visible_ms(&self) -> Option<i64> {
        self.messages.iter().map(|message| message.visible_at_ms).min()
    }

    /// Receives up to `max` messages. What was received `maxReceiveCount` times already is moved away instead.
    pub(super) fn receive(&mut self, max: usize, now_ms: i64) -> (Vec<Envelope>, Vec<Message>) {
        let is_dead =
            |message: &Message, max: u32| message.visible_at_ms <= now_ms && message.receive_count >= max;
        let limit = self.max_receive_count;
        let (dead, alive) = self.messages.drain(..).partition(|message| is_dead(message, limit));
        self.messages = alive;
        let mut received = Vec::new();
        for message in self.messages.iter_mut().filter(|message| message.visible_at_ms <= now_ms).take(max) {
            message.receive_count += 1;
            message.visible_at_ms = now_ms + self.visibility_timeout_ms;
            received.push(Envelope {
                source: Source::Sqs { queue: self.name.to_owned() },
                id: message.id.clone(),
                body: message.body.clone(),
                attributes: message.attributes.clone(),
                receive_count: Some(message.receive_count),
                sent_at_ms: Some(message.sent_at_ms),
            });
        }
        (received, dead)
    }

    /// Deletes messages, or what of them is there.
    pub(super) fn delete(&mut self, ids: &[String]) {
        self.messages.retain(|message| !ids.contains(&message.id));
    }
}

/// Which messages of `batch` the event source mapping deletes after this reply: AWS's rules for partial batch responses
/// (Lambda, *Reporting batch item failures for Lambda functions with an SQS trigger*).
///
/// `None` is a function that failed or died. Complete success: an empty or `null` reply, an empty or `null` list. Complete
/// failure: anything that is not of the right shape, and an id that is empty, `null` or not of the batch.
pub fn deleted(batch: &[String], reply: Option<&Value>) -> Vec<String> {
    let all = || batch.to_vec();
    let none = Vec::new();
    let object = match reply {
        Some(Value::Null) => return all(),
        Some(Value::Object(object)) if object.is_empty() => return all(),
        Some(Value::Object(object)) => object,
        _ => return none,
    };
    let failures = match object.get("batchItemFailures") {
        Some(Value::Null) => return all(),
        Some(Value::Array(failures)) => failures,
        _ => return none,
    };
    let mut failed = BTreeSet::new();
    for failure in failures {
        match failure.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if batch.iter().any(|known| known == id) => failed.insert(id),
            _ => return none,
        };
    }
    batch.iter().filter(|id| !failed.contains(id.as_str())).cloned().collect()
}

/// The reply that names `failures`, as the function gives it.
pub fn reply(failures: &[String]) -> Value {
    let failures: Vec<Value> = failures.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}
