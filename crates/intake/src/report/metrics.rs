//! Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads as metrics, at no call.
//!
//! A document has one value for a dimension, so each category, code and effect has a document of its own.

use serde_json::{Map, Value, json};

use super::{Counts, LogContext};

/// The metrics' namespace.
const NAMESPACE: &str = "Aduana";

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The number.
    pub value: u64,
}

impl Metric {
    /// So many things.
    pub fn count(name: &'static str, count: usize) -> Self {
        Self { name, unit: Unit::Count, value: u64::try_from(count).unwrap_or(u64::MAX) }
    }
}

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
        }
    }
}

pub(super) fn documents(counts: &Counts, context: &LogContext) -> Vec<String> {
    let all = [
        ("Received", counts.received),
        ("Stored", counts.stored),
        ("AlreadyStored", counts.already_stored),
        ("Held", counts.held),
        ("Retry", counts.retry),
        ("Resolved", counts.resolved),
        ("FailedEffects", counts.failed_effects.values().sum()),
        ("AlertsSent", counts.alerts_sent),
        ("AlertsFailed", counts.alerts_failed),
    ];
    let counts_of = |metrics: &[(&'static str, usize)]| {
        metrics.iter().map(|(name, n)| Metric::count(name, *n)).collect::<Vec<_>>()
    };
    let mut documents = vec![document(context, &[], &counts_of(&all))];
    let held = |dimension, n| document(context, &[dimension], &counts_of(&[("Held", n)]));
    documents
        .extend(counts.held_by_category.iter().map(|(category, n)| held(("ReasonCategory", *category), *n)));
    documents.extend(counts.held_by_code.iter().map(|(code, n)| held(("ReasonCode", *code), *n)));
    documents.extend(counts.failed_effects.iter().map(|((effect, kind), n)| {
        document(context, &[("Effect", *effect), ("Error", *kind)], &counts_of(&[("FailedEffects", *n)]))
    }));
    documents
}

/// One document: these metrics under the service and these dimensions, each a name and a value.
pub fn document(context: &LogContext, dimensions: &[(&str, &str)], metrics: &[Metric]) -> String {
    let names: Vec<&str> = ["service"].into_iter().chain(dimensions.iter().map(|(name, _)| *name)).collect();
    let definitions: Vec<Value> =
        metrics.iter().map(|it| json!({ "Name": it.name, "Unit": it.unit.as_str() })).collect();
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
    for Metric { name, value, .. } in metrics {
        put(name, (*value).into());
    }
    Value::Object(document).to_string()
}
