//! The validator function: wiring.

mod handler;

use std::process::ExitCode;

use aduana_aws::{Config, config, log};
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;

use crate::handler::Handler;

/// One thread: Lambda hands out one event at a time, and the work on it is waiting.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::hide_panic_messages(config::SERVICE);
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => {
            log::cannot_start(config::SERVICE, &error);
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
