//! The dead-letter queue.

use aduana_intake::message::{Attribute, AttributeValue};
use aduana_intake::plan;
use aduana_intake::ports::{EffectError, EffectErrorKind, HeldMessage, InvalidMessageChannel};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aws_smithy_types::Blob;
use futures_util::future::join_all;

use crate::batch;
use crate::errors::{entry, failed};

const SEND: &str = "send the message to the dead-letter queue";

/// The dead-letter queue, on SQS.
#[derive(Debug, Clone)]
pub struct Channel {
    client: Client,
    queue_url: String,
}

impl Channel {
    /// The queue at that URL.
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }

    async fn send_batch(&self, messages: &[HeldMessage]) -> Vec<Result<(), EffectError>> {
        let entries: Result<Vec<_>, _> = messages.iter().enumerate().map(to_entry).collect();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return vec![Err(error); messages.len()],
        };
        let request = self.client.send_message_batch().queue_url(&self.queue_url);
        match request.set_entries(Some(entries)).send().await {
            Ok(reply) => {
                let sent = reply.successful().iter().map(|sent| (sent.id(), Ok(())));
                let refused = reply.failed().iter();
                let refused = refused.map(|it| (it.id(), Err(entry(SEND, it.code(), it.sender_fault()))));
                batch::answers(messages.len(), SEND, sent.chain(refused))
            }
            Err(error) => vec![Err(failed(SEND, error)); messages.len()],
        }
    }
}

impl InvalidMessageChannel for Channel {
    async fn send(&self, messages: &[HeldMessage]) -> Vec<Result<(), EffectError>> {
        let batches = plan::batches(messages.iter().map(HeldMessage::size), plan::SQS);
        let batches = batches.into_iter().filter_map(|batch| messages.get(batch));
        join_all(batches.map(|batch| self.send_batch(batch))).await.concat()
    }
}

fn to_entry((index, message): (usize, &HeldMessage)) -> Result<SendMessageBatchRequestEntry, EffectError> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(&message.body);
    for Attribute { name, value } in &message.attributes {
        let attribute = match value {
            AttributeValue::Text { data_type, value } => {
                MessageAttributeValue::builder().data_type(data_type).string_value(value)
            }
            AttributeValue::Binary { data_type, value } => MessageAttributeValue::builder()
                .data_type(data_type)
                .binary_value(Blob::new(value.as_slice())),
        };
        entry = entry.message_attributes(name, attribute.build().map_err(not_built)?);
    }
    entry.build().map_err(not_built)
}

fn not_built(error: aws_sdk_sqs::error::BuildError) -> EffectError {
    EffectError::new(EffectErrorKind::Refused, SEND).with_source(error)
}
