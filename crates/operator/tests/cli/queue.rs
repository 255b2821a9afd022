//! The intake queue, in this process.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use aduana_testkit::aws_stub::AwsStub;

/// What the queue does with an entry.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Take,
    /// Fails the entry inside an answer that is good otherwise; the fault is ours.
    Fail,
    /// The same; the fault is the sender's.
    Refuse,
}

/// A queue that takes everything but what it is set to refuse.
pub(crate) struct Queue {
    aws: AwsStub,
    /// The entries of each batch, as they came.
    batches: Arc<Mutex<Vec<Vec<Value>>>>,
}

impl Queue {
    /// Answers each entry by what `answer` says to its batch's index and its body.
    pub(crate) fn open(answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        let batches = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&batches);
        let aws = AwsStub::answering(move |action, request| match action {
            "GetQueueUrl" => json!({"QueueUrl": "http://127.0.0.1/000000000000/aduana-invoices"}),
            "SendMessageBatch" => {
                let entries = request.get("Entries").unwrap().as_array().unwrap().clone();
                let mut kept = kept.lock().unwrap();
                let reply = send(kept.len(), &entries, &answer);
                kept.push(entries);
                reply
            }
            other => panic!("{other} was not to be called"),
        });
        Self { aws, batches }
    }

    /// `command`, with this queue in the place of AWS.
    pub(crate) fn for_aws(&self, command: Command) -> Command {
        self.aws.for_aws(command)
    }

    /// The bodies of each batch.
    pub(crate) fn bodies(&self) -> Vec<Vec<String>> {
        self.each("MessageBody")
    }

    /// The message groups of each batch; empty where there is none.
    pub(crate) fn groups(&self) -> Vec<Vec<String>> {
        self.each("MessageGroupId")
    }

    fn each(&self, field: &str) -> Vec<Vec<String>> {
        let text = |entry: &Value| entry.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.batches.lock().unwrap().iter().map(|batch| batch.iter().map(text).collect()).collect()
    }
}

fn send(batch: usize, entries: &[Value], answer: &dyn Fn(usize, &str) -> Answer) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let [id, body] = ["Id", "MessageBody"].map(|field| entry.get(field).unwrap().as_str().unwrap());
        match answer(batch, body) {
            Answer::Take => {
                let message_id = format!("m-{batch}-{id}");
                successful.push(json!({"Id": id, "MessageId": message_id, "MD5OfMessageBody": ""}));
            }
            Answer::Fail => {
                failed.push(
                    json!({"Id": id, "Code": "InternalError", "SenderFault": false, "Message": "try again"}),
                );
            }
            Answer::Refuse => {
                failed.push(json!({"Id": id, "Code": "InvalidMessageContents", "SenderFault": true}));
            }
        }
    }
    json!({"Successful": successful, "Failed": failed})
}
