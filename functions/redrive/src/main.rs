//! The redrive function: wiring.

mod handler;
mod request_log;

use std::process::ExitCode;

use aduana_aws::config::{REDRIVE_SERVICE, RedriveConfig};
use aduana_aws::log;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;

use crate::handler::Handler;

/// One thread: Lambda hands out one event at a time, and the work on it is waiting.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::hide_panic_messages(REDRIVE_SERVICE);
    let config = match RedriveConfig::from_env() {
        Ok(config) => config,
        Err(error) => {
            log::cannot_start(REDRIVE_SERVICE, &error);
            return ExitCode::FAILURE;
        }
    };
    let service = config.service.clone();
    log::hide_panic_messages(&service);
    let handler = Handler::new(config);
    let handle = |event: LambdaEvent<Box<RawValue>>| handler.handle(event);
    match Runtime::new(service_fn(handle)).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::cannot_go_on(&service, &*error);
            ExitCode::FAILURE
        }
    }
}
