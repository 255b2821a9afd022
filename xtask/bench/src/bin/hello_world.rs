//! The least that a function can be: what the validator's start is measured against (`cargo xtask bench`).

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(
        |event: LambdaEvent<Value>| async move { Ok::<_, Diagnostic>(event.payload) },
    ))
    .await
}
