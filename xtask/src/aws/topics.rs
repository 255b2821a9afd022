//! SNS.

use super::{Aws, AwsError, Service};

impl Aws {
    /// Has what is published to `topic` sent to the queue of that ARN.
    pub fn subscribe_queue(&self, topic: &str, queue_arn: &str) -> Result<(), AwsError> {
        let input = [("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", queue_arn)];
        let input = input.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.query(Service::Sns, "Subscribe", input.into()).map(|_| ())
    }
}
