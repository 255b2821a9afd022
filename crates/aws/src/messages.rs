//! Messages of SQS: how they are put together, sent in batches, and taken apart.

use std::collections::HashMap;

use aduana_cases::message::{Attribute, AttributeValue};
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::builders::SendMessageBatchRequestEntryBuilder;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aws_smithy_types::Blob;

use crate::batch;
use crate::errors::{entry, failed};

/// The beginning of an entry of a batch, by the number under which its answer comes.
pub(crate) fn to_entry(
    index: usize,
    body: &str,
    attributes: &[Attribute],
) -> Result<SendMessageBatchRequestEntryBuilder, BuildError> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
    for Attribute { name, value } in attributes {
        let attribute = match value {
            AttributeValue::Text { data_type, value } => {
                MessageAttributeValue::builder().data_type(data_type).string_value(value)
            }
            AttributeValue::Binary { data_type, value } => MessageAttributeValue::builder()
                .data_type(data_type)
                .binary_value(Blob::new(value.as_slice())),
        };
        entry = entry.message_attributes(name, attribute.build()?);
    }
    Ok(entry)
}

/// Sends one batch, whose entries have the numbers from 0 on. One answer an entry, in order.
pub(crate) async fn send_batch(
    client: &Client,
    queue_url: &str,
    effect: &'static str,
    entries: Vec<Result<SendMessageBatchRequestEntry, BuildError>>,
) -> Vec<Result<(), EffectError>> {
    let count = entries.len();
    let entries = match entries.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(entries) => entries,
        Err(error) => {
            let refused = EffectError::new(EffectErrorKind::Refused, effect).with_source(error);
            return vec![Err(refused); count];
        }
    };
    match client.send_message_batch().queue_url(queue_url).set_entries(Some(entries)).send().await {
        Ok(reply) => {
            let sent = reply.successful().iter().map(|sent| (sent.id(), Ok(())));
            let refused = reply.failed().iter();
            let refused = refused.map(|it| (it.id(), Err(entry(effect, it.code(), it.sender_fault()))));
            batch::answers(count, effect, sent.chain(refused))
        }
        Err(error) => vec![Err(failed(effect, error)); count],
    }
}

/// The attributes of a received message, by name; `None` if one has no value.
pub(crate) fn attributes(received: HashMap<String, MessageAttributeValue>) -> Option<Vec<Attribute>> {
    let read = |(name, value): (String, MessageAttributeValue)| {
        let MessageAttributeValue { data_type, string_value, binary_value, .. } = value;
        let value = match (string_value, binary_value) {
            (Some(value), None) => AttributeValue::Text { data_type, value },
            (None, Some(value)) => AttributeValue::Binary { data_type, value: value.into_inner() },
            _ => return None,
        };
        Some(Attribute { name, value })
    };
    let mut attributes = received.into_iter().map(read).collect::<Option<Vec<_>>>()?;
    attributes.sort_unstable();
    Some(attributes)
}
