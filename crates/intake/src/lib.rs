//! What happens to a message: ports, intake, cases, alerts. Async, still no AWS.

pub mod body;
pub mod cases;
pub mod error;
pub mod message;
pub mod plan;
pub mod ports;
pub mod time;
pub mod trail;
