//! CloudWatch Logs.

use serde_json::{Value, json};

use super::{Aws, AwsError, Service};

impl Aws {
    /// Whether a line among the first of a log group has `words` in it.
    pub fn log_says(&self, group: &str, words: &str) -> Result<bool, AwsError> {
        let reply = self.json(Service::Logs, "FilterLogEvents", &json!({ "logGroupName": group }))?;
        let events = reply.get("events").and_then(Value::as_array);
        let line = |event: &Value| {
            event.get("message").and_then(Value::as_str).is_some_and(|line| line.contains(words))
        };
        Ok(events.into_iter().flatten().any(line))
    }
}
