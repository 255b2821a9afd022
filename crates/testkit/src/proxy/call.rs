//! What a request asks for.

use axum::http::HeaderMap;

/// A service, as far as its protocol is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    Sqs,
    /// Forms and XML.
    Sns,
    /// Whatever it is.
    Other,
}

/// A request to AWS.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) service: Service,
    /// E.g. `PutItem`, or `other`.
    pub(super) operation: String,
    /// What an SDK has in common for all attempts of one call.
    pub(super) invocation: Option<String>,
}

impl Call {
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let invocation = header("amz-sdk-invocation-id").map(str::to_owned);
        // `DynamoDB_20120810.PutItem`, `AmazonSQS.SendMessageBatch`.
        let target = header("x-amz-target").and_then(|target| target.split_once('.'));
        let (service, operation) = match target {
            Some((service, operation)) if service.starts_with("DynamoDB") => {
                (Service::DynamoDb, operation.to_owned())
            }
            Some(("AmazonSQS", operation)) => (Service::Sqs, operation.to_owned()),
            _ => {
                let action = form_urlencoded::parse(body).find(|(name, _)| name == "Action");
                match action {
                    Some((_, action)) => (Service::Sns, action.into_owned()),
                    None => (Service::Other, "other".to_owned()),
                }
            }
        };
        Self { service, operation, invocation }
    }
}
