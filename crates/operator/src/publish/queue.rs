//! The intake queue on SQS.

use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};

use super::outgoing::{Outgoing, Transport};
use super::sender::{Answer, Outbox};
use crate::aws::Account;
use crate::cli::Stack;
use crate::failure::Failure;
use crate::i18n::said;

/// The queue that the validator reads.
pub(super) struct IntakeQueue {
    account: Account,
    name: String,
    url: String,
}

impl IntakeQueue {
    pub(super) async fn find(stack: &Stack) -> Result<Self, Failure> {
        let account = Account::open(stack).await?;
        let name = account.name("invoices");
        let url = account.queue_url(&name).await?;
        Ok(Self { account, name, url })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn entry(index: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, Failure> {
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(String::from_utf8_lossy(&message.body))
            // A fair queue: one seller's burst does not delay the others.
            .set_message_group_id(message.group.clone())
            .build()
            .map_err(|error| {
                Failure::to(said(
                    format!("make a message of {}", message.place),
                    format!("preparar el mensaje de {}", message.place),
                ))
                .because(error)
            })
    }
}

impl Outbox for IntakeQueue {
    fn transport(&self) -> Transport {
        Transport::Sqs
    }

    async fn send(&self, batch: &[&Outgoing]) -> Result<Vec<Answer>, Failure> {
        let entries = batch.iter().enumerate().map(|(index, message)| Self::entry(index, message));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let sent = self
            .account
            .sqs
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        let reply = sent.map_err(|error| {
            self.account.failed(
                &said(format!("send to the queue {}", self.name), format!("enviar a la cola {}", self.name)),
                &error,
            )
        })?;
        Ok((0..batch.len())
            .map(|index| {
                let id = index.to_string();
                if let Some(sent) = reply.successful().iter().find(|entry| entry.id() == id) {
                    return Answer::Sent { message_id: sent.message_id().to_owned() };
                }
                match reply.failed().iter().find(|entry| entry.id() == id) {
                    Some(failed) => refused(failed),
                    None => Answer::Refused {
                        reason: "the queue did not answer for it".to_owned(),
                        lasting: false,
                    },
                }
            })
            .collect())
    }
}

fn refused(entry: &BatchResultErrorEntry) -> Answer {
    let reason = match entry.message() {
        Some(message) => format!("{message} ({})", entry.code()),
        None => entry.code().to_owned(),
    };
    Answer::Refused { reason, lasting: entry.sender_fault() }
}
