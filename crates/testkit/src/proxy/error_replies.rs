//! How the services say no.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, Service};

/// An answer that says no: status, media type, text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    pub(super) status: StatusCode,
    pub(super) media_type: &'static str,
    pub(super) text: String,
}

/// A 5xx. `dice` says which: those of the service, or that of something in front of it, which speaks no protocol.
pub(super) fn server_error(call: &Call, dice: u64) -> No {
    let kind = dice % 5;
    let status = if kind < 3 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::SERVICE_UNAVAILABLE };
    if kind == 4 {
        let text = "<html><body><b>Http/1.1 Service Unavailable</b></body> </html>".to_owned();
        return No { status, media_type: "text/html", text };
    }
    let code = match (call.service, kind < 3) {
        (Service::DynamoDb, true) => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        (Service::Sqs, true) => "com.amazon.coral.service#InternalFailure",
        (Service::Sns | Service::Other, true) => "InternalError",
        (Service::DynamoDb | Service::Sqs, false) => {
            "com.amazon.coral.availability#ServiceUnavailableException"
        }
        (Service::Sns | Service::Other, false) => "ServiceUnavailable",
    };
    worded(call, status, code, "Receiver", json!({}))
}

/// A 4xx that says to slow down.
pub(super) fn throttle(call: &Call, request: &[u8], dice: u64) -> No {
    const OF_DYNAMODB: [&str; 3] = [
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "com.amazon.coral.availability#ThrottlingException",
        "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded",
    ];
    let status = StatusCode::BAD_REQUEST;
    match call.service {
        Service::DynamoDb if call.operation == "TransactWriteItems" => cancelled(call, request, dice),
        Service::DynamoDb => {
            let code = OF_DYNAMODB.iter().cycle().nth(index(dice, OF_DYNAMODB.len())).copied();
            worded(call, status, code.unwrap_or_default(), "Sender", json!({}))
        }
        Service::Sqs => worded(call, status, "com.amazonaws.sqs#RequestThrottled", "Sender", json!({})),
        Service::Sns | Service::Other => worded(call, status, "Throttling", "Sender", json!({})),
    }
}

/// A transaction of which one write could not be made just then. Nothing is written.
fn cancelled(call: &Call, request: &[u8], dice: u64) -> No {
    const REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    #[expect(clippy::disallowed_methods, reason = "a request to AWS, not an invoice")]
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let writes = request["TransactItems"].as_array().map_or(1, Vec::len).max(1);
    let reason = REASONS[index(dice, REASONS.len())];
    let at = index(dice >> 8, writes);
    let reasons: Vec<Value> = (0..writes)
        .map(|write| {
            if write == at {
                json!({ "Code": reason, "Message": "Injected by the fault proxy" })
            } else {
                json!({ "Code": "None" })
            }
        })
        .collect();
    let code = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    worded(call, StatusCode::BAD_REQUEST, code, "Sender", json!({ "CancellationReasons": reasons }))
}

fn worded(call: &Call, status: StatusCode, code: &str, fault: &str, more: Value) -> No {
    const MESSAGE: &str = "Injected by the fault proxy";
    match call.service {
        Service::DynamoDb | Service::Sqs => {
            let mut text = more;
            text["__type"] = code.into();
            text["message"] = MESSAGE.into();
            No { status, media_type: "application/x-amz-json-1.0", text: text.to_string() }
        }
        Service::Sns | Service::Other => {
            let text = format!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{fault}</Type>\
                 <Code>{code}</Code><Message>{MESSAGE}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            );
            No { status, media_type: "text/xml", text }
        }
    }
}

/// One of so many.
pub(super) fn index(dice: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(dice % count).unwrap_or(0)
}
