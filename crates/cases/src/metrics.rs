//! Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads as metrics, at no call.
//!
//! A document has one value for a dimension, so each category, code and effect has a document of its own.

use serde_json::{Map, Value, json};

use crate::log::LogContext;

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
