//! Lambda.

use serde_json::Value;

use super::{Aws, AwsError, Service, authorization};

impl Aws {
    /// Calls a function with an event, and waits for its reply.
    pub fn invoke(&self, function: &str, event: &str) -> Result<Value, AwsError> {
        let action = "Invoke";
        let unreachable = |error| AwsError::unreachable(action, error);
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.endpoint);
        let sent = self.agent.post(&url).header("Authorization", authorization(Service::Lambda)).send(event);
        let mut reply = sent.map_err(unreachable)?;
        let text = reply.body_mut().read_to_string().map_err(unreachable)?;
        if !reply.status().is_success() || reply.headers().contains_key("x-amz-function-error") {
            return Err(AwsError::refused(action, reply.status().as_u16(), "the function failed", &text));
        }
        #[expect(clippy::disallowed_methods, reason = "a function's reply, not an invoice")]
        serde_json::from_str(&text).map_err(|_| AwsError::unexpected(action, format!("no JSON: {text}")))
    }
}
