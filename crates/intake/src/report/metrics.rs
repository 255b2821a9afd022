//! Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads as metrics, at no call.
//!
//! A document has one value for a dimension, so each category, code and effect has a document of its own.

use serde_json::{Map, Value, json};

use super::{Counts, LogContext};

/// The metrics' namespace.
const NAMESPACE: &str = "Aduana";

pub(super) fn documents(counts: &Counts, context: &LogContext) -> Vec<String> {
    let all = [
        ("Received", counts.received),
        ("Stored", counts.stored),
        ("AlreadyStored", counts.already_stored),
        ("Held", counts.held),
        ("Retry", counts.retry),
        ("Resolved", counts.resolved),
        ("FailedEffects", counts.failed_effects.values().sum()),
    ];
    let mut documents = vec![document(context, &[], &all)];
    let by_category = counts.held_by_category.iter().map(|(category, n)| (("ReasonCategory", *category), *n));
    let by_code = counts.held_by_code.iter().map(|(code, n)| (("ReasonCode", *code), *n));
    documents.extend(
        by_category.chain(by_code).map(|(dimension, n)| document(context, &[dimension], &[("Held", n)])),
    );
    documents.extend(counts.failed_effects.iter().map(|((effect, kind), n)| {
        document(context, &[("Effect", *effect), ("Error", *kind)], &[("FailedEffects", *n)])
    }));
    documents
}

fn document(context: &LogContext, dimensions: &[(&str, &str)], metrics: &[(&str, usize)]) -> String {
    let names: Vec<&str> = ["service"].into_iter().chain(dimensions.iter().map(|(name, _)| *name)).collect();
    let definitions: Vec<Value> =
        metrics.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
    put(
        "_aws",
        json!({
            "Timestamp": context.timestamp_ms,
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": definitions }],
        }),
    );
    put("service", context.service.as_str().into());
    for (name, value) in dimensions {
        put(name, (*value).into());
    }
    for (name, value) in metrics {
        put(name, (*value).into());
    }
    Value::Object(document).to_string()
}
