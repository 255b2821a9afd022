//! An SQS standard queue with a Lambda event source mapping: visibility timeout, receive counts, a redrive policy, and
//! partial batch responses taken as strictly as AWS does.

use std::collections::BTreeSet;

use aduana_cases::message::{Attribute, Envelope, Sender, Source, sent_to};
use serde_json::{Value, json};

use super::disorder::Disorder;

/// A message in the queue.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) sender: Option<Sender>,
    pub(super) sent_at_ms: i64,
    visible_at_ms: i64,
    receive_count: u32,
    /// The number of the receive that may delete it.
    receipt: u64,
    /// The next receiver is not the only one.
    pub(super) is_twice: bool,
    /// It comes once more after it was deleted.
    pub(super) is_again: bool,
    was_deleted: bool,
}

/// What deletes a message, as long as nobody has received it since.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) id: String,
    number: u64,
}

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: &'static str,
    pub(super) visibility_timeout_ms: i64,
    pub(super) max_receive_count: u32,
    pub(super) disorder: Option<Disorder>,
    /// How often a message was received once more while somebody worked on it.
    pub(super) expired: u64,
    messages: Vec<Message>,
    sent: u64,
    receives: u64,
}

impl Queue {
    /// How many messages are left, and the first of them without its body.
    pub(super) fn left_over(&self) -> String {
        let first = self.messages.first().map(|it| {
            let names: Vec<_> = it.attributes.iter().map(|it| it.name.as_str()).collect();
            format!("{} of {} bytes, received {} times, {names:?}", it.id, it.body.len(), it.receive_count)
        });
        format!("{} messages, the first: {first:?}", self.messages.len())
    }

    pub(super) const fn new(name: &'static str) -> Self {
        Self {
            name,
            visibility_timeout_ms: 180_000,
            max_receive_count: 5,
            disorder: None,
            expired: 0,
            messages: Vec::new(),
            sent: 0,
            receives: 0,
        }
    }

    /// A queue of what SQS gave up in another, as the template has it.
    pub(super) fn of_the_given_up(name: &'static str) -> Self {
        Self { visibility_timeout_ms: 900_000, max_receive_count: 60, ..Self::new(name) }
    }

    pub(super) fn send(
        &mut self,
        sender: &str,
        body: Vec<u8>,
        attributes: Vec<Attribute>,
        now_ms: i64,
    ) -> String {
        self.sent += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.sent);
        self.messages.push(Message {
            id: id.clone(),
            body,
            attributes,
            sender: Sender::parse(sender),
            sent_at_ms: now_ms,
            visible_at_ms: now_ms,
            receive_count: 0,
            receipt: 0,
            is_twice: false,
            is_again: false,
            was_deleted: false,
        });
        id
    }

    /// Takes in a message that was moved here.
    pub(super) fn accept(&mut self, message: Message, now_ms: i64) {
        self.messages.push(Message { visible_at_ms: now_ms, receive_count: 0, receipt: 0, ..message });
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    pub(super) fn attributes(&self) -> Vec<Vec<Attribute>> {
        self.messages.iter().map(|message| message.attributes.clone()).collect()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.messages.iter().map(|message| message.id.clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// When the next message can be received, if there is one.
    pub(super) fn next_visible_ms(&self) -> Option<i64> {
        self.messages.iter().map(|message| message.visible_at_ms).min()
    }

    /// The message of this id.
    pub(super) fn message(&mut self, id: &str) -> &mut Message {
        self.messages.iter_mut().find(|message| message.id == id).expect("it is in the queue")
    }

    pub(super) fn reverse(&mut self) {
        self.messages.reverse();
    }

    /// Receives up to `max` messages. What was received `maxReceiveCount` times already is moved away instead.
    pub(super) fn receive(&mut self, max: usize, now_ms: i64) -> (Vec<(Receipt, Envelope)>, Vec<Message>) {
        let is_dead =
            |message: &Message, max: u32| message.visible_at_ms <= now_ms && message.receive_count >= max;
        let limit = self.max_receive_count;
        let (dead, alive) = self.messages.drain(..).partition(|message| is_dead(message, limit));
        self.messages = alive;
        if let Some(disorder) = &mut self.disorder {
            disorder.shuffle(&mut self.messages);
        }
        let mut received = Vec::new();
        let (sent_to, was_moved) = sent_to(self.name);
        for message in self.messages.iter_mut().filter(|message| message.visible_at_ms <= now_ms).take(max) {
            self.receives += 1;
            message.receipt = self.receives;
            message.receive_count += 1;
            message.visible_at_ms = now_ms + self.visibility_timeout_ms;
            received.push((
                Receipt { id: message.id.clone(), number: message.receipt },
                Envelope {
                    source: Source::Sqs { queue: sent_to.to_owned() },
                    id: message.id.clone(),
                    body: message.body.clone(),
                    attributes: message.attributes.clone(),
                    receive_count: (!was_moved).then_some(message.receive_count),
                    sent_at_ms: Some(message.sent_at_ms),
                    sender: message.sender.clone(),
                },
            ));
            let second_ms = self.disorder.as_mut().and_then(Disorder::is_received_twice);
            if let Some(after_ms) = second_ms.or_else(|| message.is_twice.then_some(0)) {
                // The other replica has not counted this receive.
                message.is_twice = false;
                message.receive_count -= 1;
                message.visible_at_ms = now_ms + after_ms;
            }
        }
        (received, dead)
    }

    /// Deletes messages, if they exist. A receipt that is not the latest deletes nothing, and SQS still answers that it does.
    pub(super) fn delete<'r>(&mut self, receipts: impl Iterator<Item = &'r Receipt>, now_ms: i64) {
        for Receipt { id, number } in receipts {
            let Some(at) = self.messages.iter().position(|message| message.id == *id) else { continue };
            let message = &mut self.messages[at];
            if message.receipt != *number {
                self.expired += 1;
                continue;
            }
            // A replica that was down when it was deleted hands it out once more.
            let again_ms = self.disorder.as_mut().and_then(Disorder::comes_again);
            let again_ms = again_ms.or_else(|| message.is_again.then_some(0));
            match again_ms.filter(|_| !message.was_deleted) {
                Some(after_ms) => {
                    message.was_deleted = true;
                    message.visible_at_ms = now_ms + after_ms;
                }
                None => drop(self.messages.remove(at)),
            }
        }
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
