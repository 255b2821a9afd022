//! The administrators' topic.

use aduana_cases::effects::PUBLISH;
use aduana_cases::plan;
use aduana_cases::ports::{Alert, Alerts, EffectError, EffectErrorKind};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures_util::future::join_all;

use crate::batch;
use crate::errors::{entry, failed};

/// The administrators' topic, on SNS.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of that ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into() }
    }

    async fn publish_batch(&self, alerts: &[Alert]) -> Vec<Result<(), EffectError>> {
        let entries: Result<Vec<_>, _> = alerts.iter().enumerate().map(to_entry).collect();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return vec![Err(error); alerts.len()],
        };
        let request = self.client.publish_batch().topic_arn(&self.arn);
        match request.set_publish_batch_request_entries(Some(entries)).send().await {
            Ok(reply) => {
                let sent = reply.successful().iter();
                let sent = sent.map(|sent| (sent.id().unwrap_or_default(), Ok(())));
                let refused = reply.failed().iter();
                let refused = refused.map(|it| (it.id(), Err(entry(PUBLISH, it.code(), it.sender_fault()))));
                batch::answers(alerts.len(), PUBLISH, sent.chain(refused))
            }
            Err(error) => vec![Err(failed(PUBLISH, error)); alerts.len()],
        }
    }
}

impl Alerts for Topic {
    async fn publish(&self, alerts: &[Alert]) -> Vec<Result<(), EffectError>> {
        let batches = plan::batches(alerts.iter().map(Alert::size), plan::SNS);
        let batches = batches.into_iter().filter_map(|batch| alerts.get(batch));
        join_all(batches.map(|batch| self.publish_batch(batch))).await.concat()
    }
}

fn to_entry((index, alert): (usize, &Alert)) -> Result<PublishBatchRequestEntry, EffectError> {
    let mut entry =
        PublishBatchRequestEntry::builder().id(index.to_string()).subject(alert.subject).message(&alert.body);
    for (name, value) in &alert.attributes {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value);
        entry = entry.message_attributes(*name, value.build().map_err(not_built)?);
    }
    entry.build().map_err(not_built)
}

fn not_built(error: aws_sdk_sns::error::BuildError) -> EffectError {
    EffectError::new(EffectErrorKind::Refused, PUBLISH).with_source(error)
}
