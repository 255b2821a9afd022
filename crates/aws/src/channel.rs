//! The dead-letter queue, written to.

use aduana_cases::effects::QUEUE;
use aduana_cases::plan;
use aduana_cases::ports::{EffectError, HeldMessage, InvalidMessageChannel};
use aws_sdk_sqs::Client;
use futures_util::future::join_all;

use crate::messages::{send_batch, to_entry};

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
        let entry = |(index, it): (usize, &HeldMessage)| to_entry(index, &it.body, &it.attributes)?.build();
        let entries = messages.iter().enumerate().map(entry).collect();
        send_batch(&self.client, &self.queue_url, QUEUE, entries).await
    }
}

impl InvalidMessageChannel for Channel {
    async fn send(&self, messages: &[HeldMessage]) -> Vec<Result<(), EffectError>> {
        let batches = plan::batches(messages.iter().map(HeldMessage::size), plan::SQS);
        let batches = batches.into_iter().filter_map(|batch| messages.get(batch));
        join_all(batches.map(|batch| self.send_batch(batch))).await.concat()
    }
}
