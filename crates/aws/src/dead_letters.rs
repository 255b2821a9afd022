//! The dead-letter queue, read from its end.

use aduana_cases::effects::{DELETE, RECEIVE};
use aduana_cases::message::{Sender, sent_to};
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_redrive::ports::{DeadLetter, DeadLetterQueue, RECEIVE_MAX};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use futures_util::future::join_all;

use crate::batch;
use crate::errors::{entry, failed};
use crate::messages::attributes;

/// A long poll asks all of a queue's servers, a short one only some of them. One second is the shortest; the queue's own twenty
/// are longer than a call may take.
const WAIT_SECONDS: i32 = 1;

/// How often in a row nothing that was received may be readable.
const UNREADABLE_BATCHES_MAX: usize = 5;

/// The longest that SQS hides a message.
const HIDE_SECONDS_MAX: i64 = 12 * 60 * 60;

/// The dead-letter queue, on SQS.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    queue_url: String,
}

impl DeadLetters {
    /// The queue at that URL.
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }

    async fn receive_some(&self, hide_seconds: i64) -> Result<Vec<Message>, EffectError> {
        let reply = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(i32::try_from(RECEIVE_MAX).unwrap_or(1))
            .visibility_timeout(i32::try_from(hide_seconds).unwrap_or(i32::MAX))
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::SenderId)
            .message_system_attribute_names(MessageSystemAttributeName::DeadLetterQueueSourceArn)
            .send()
            .await
            .map_err(|error| failed(RECEIVE, error))?;
        Ok(reply.messages.unwrap_or_default())
    }

    async fn delete_batch(&self, receipts: &[String]) -> Vec<Result<(), EffectError>> {
        let to_entry = |(index, receipt): (usize, &String)| {
            DeleteMessageBatchRequestEntry::builder().id(index.to_string()).receipt_handle(receipt).build()
        };
        let entries: Result<Vec<_>, BuildError> = receipts.iter().enumerate().map(to_entry).collect();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let refused = EffectError::new(EffectErrorKind::Refused, DELETE).with_source(error);
                return vec![Err(refused); receipts.len()];
            }
        };
        let request = self.client.delete_message_batch().queue_url(&self.queue_url);
        match request.set_entries(Some(entries)).send().await {
            Ok(reply) => {
                let deleted = reply.successful().iter().map(|deleted| (deleted.id(), Ok(())));
                let refused = reply.failed().iter();
                let refused = refused.map(|it| (it.id(), Err(entry(DELETE, it.code(), it.sender_fault()))));
                batch::answers(receipts.len(), DELETE, deleted.chain(refused))
            }
            Err(error) => vec![Err(failed(DELETE, error)); receipts.len()],
        }
    }
}

impl DeadLetterQueue for DeadLetters {
    async fn receive(&self, hide_ms: i64) -> Result<Vec<DeadLetter>, EffectError> {
        // Rounded up: rather hidden a moment too long than back while it is worked on.
        let hide = hide_ms.saturating_add(999).div_euclid(1_000).clamp(0, HIDE_SECONDS_MAX);
        for _ in 0..UNREADABLE_BATCHES_MAX {
            if let Some(letters) = readable(self.receive_some(hide).await?) {
                return Ok(letters);
            }
        }
        Err(EffectError::new(EffectErrorKind::Corrupt, RECEIVE))
    }

    async fn delete(&self, receipts: &[String]) -> Vec<Result<(), EffectError>> {
        join_all(receipts.chunks(RECEIVE_MAX).map(|batch| self.delete_batch(batch))).await.concat()
    }
}

/// The messages that can be read: one that cannot stays in the queue, and costs the others nothing. `None` if there were some, and
/// none of them can be: the queue is not empty.
fn readable(messages: Vec<Message>) -> Option<Vec<DeadLetter>> {
    let is_empty = messages.is_empty();
    let letters: Vec<DeadLetter> = messages.into_iter().filter_map(to_dead_letter).collect();
    (is_empty || !letters.is_empty()).then_some(letters)
}

/// `None` for what is not a message as SQS gives it.
fn to_dead_letter(message: Message) -> Option<DeadLetter> {
    let system = message.attributes.unwrap_or_default();
    let of = |name| system.get(&name).map(String::as_str);
    let moved_from = of(MessageSystemAttributeName::DeadLetterQueueSourceArn);
    Some(DeadLetter {
        receipt: message.receipt_handle?,
        message_id: message.message_id?,
        body: message.body.unwrap_or_default().into_bytes(),
        sent_at_ms: of(MessageSystemAttributeName::SentTimestamp).and_then(|at| at.parse().ok()),
        sender: of(MessageSystemAttributeName::SenderId).and_then(Sender::parse),
        moved_from: moved_from
            .and_then(|arn| arn.rsplit(':').next())
            .map(|queue| sent_to(queue).0.to_owned()),
        attributes: attributes(message.message_attributes.unwrap_or_default())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: Option<&str>) -> Message {
        Message::builder().set_message_id(id.map(str::to_owned)).receipt_handle("r").body("b").build()
    }

    #[test]
    fn messages_that_cannot_be_read_are_not_taken_for_the_end_of_the_queue() {
        assert_eq!(readable(Vec::new()), Some(Vec::new()));
        assert_eq!(readable(vec![message(None), message(None)]), None);
        let letters = readable(vec![message(None), message(Some("m"))]).unwrap();
        assert_eq!(letters.iter().map(|letter| letter.message_id.as_str()).collect::<Vec<_>>(), ["m"]);
    }
}
