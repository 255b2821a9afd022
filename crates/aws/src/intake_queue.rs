//! The intake queue, for what is resent.

use aduana_cases::effects::RESEND;
use aduana_cases::plan;
use aduana_cases::ports::{EffectError, ResentMessage};
use aduana_redrive::ports::IntakeQueue;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageSystemAttributeNameForSends::AwsTraceHeader;
use aws_sdk_sqs::types::MessageSystemAttributeValue;
use futures_util::future::join_all;

use crate::messages::{send_batch, to_entry};

/// The intake queue, on SQS.
#[derive(Debug, Clone)]
pub struct InvoicesQueue {
    client: Client,
    queue_url: String,
}

impl InvoicesQueue {
    /// The queue at that URL.
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }

    async fn send_batch(&self, messages: &[ResentMessage]) -> Vec<Result<(), EffectError>> {
        let entry = |(index, it): (usize, &ResentMessage)| {
            let mut entry = to_entry(index, &it.body, &it.attributes)?.message_group_id(&it.group);
            if let Some(trace) = &it.trace {
                entry = entry.message_system_attributes(AwsTraceHeader, trace_header(trace)?);
            }
            entry.build()
        };
        let entries = messages.iter().enumerate().map(entry).collect();
        send_batch(&self.client, &self.queue_url, RESEND, entries).await
    }
}

/// X-Ray joins what becomes of the message to the call that sent it.
fn trace_header(trace: &str) -> Result<MessageSystemAttributeValue, BuildError> {
    MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build()
}

impl IntakeQueue for InvoicesQueue {
    async fn send(&self, messages: &[ResentMessage]) -> Vec<Result<(), EffectError>> {
        let batches = plan::batches(messages.iter().map(ResentMessage::size), plan::SQS);
        let batches = batches.into_iter().filter_map(|batch| messages.get(batch));
        join_all(batches.map(|batch| self.send_batch(batch))).await.concat()
    }
}
