//! SNS.

use super::{Aws, AwsError, Service};

impl Aws {
    /// Has what is published to `topic` sent to the queue of that ARN.
    pub fn subscribe_queue(&self, topic: &str, queue_arn: &str) -> Result<(), AwsError> {
        self.subscribe_queue_with(topic, queue_arn, &[])
    }

    /// The same, with attributes of the subscription, such as `FilterPolicy`.
    pub fn subscribe_queue_with(
        &self,
        topic: &str,
        queue_arn: &str,
        attributes: &[(&str, &str)],
    ) -> Result<(), AwsError> {
        let input = [("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", queue_arn)];
        let mut input: Vec<(String, String)> =
            input.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for ((name, value), number) in attributes.iter().zip(1..) {
            input.push((format!("Attributes.entry.{number}.key"), (*name).to_owned()));
            input.push((format!("Attributes.entry.{number}.value"), (*value).to_owned()));
        }
        self.query(Service::Sns, "Subscribe", input).map(|_| ())
    }
}
