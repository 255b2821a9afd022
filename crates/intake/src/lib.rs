//! What happens to a message: ports, intake, cases, alerts. Async, still no AWS.
pub mod message;
pub mod ports;
