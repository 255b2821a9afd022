//! How, on AWS: the ports of the intake, one file a service, and what comes in and goes out at the edge.
//!
//! # Layout
//!
//! - [`Config`]: what the environment says; [`Clients`]: the SDK's clients, built once.
//! - [`Invoices`] and [`Cases`]: the two tables of DynamoDB, with their [`names`]; [`Channel`]: the dead-letter queue;
//!   [`Topic`]: the administrators' topic; [`SystemClock`]: the time.
//! - [`events`]: what Lambda hands to the function, as messages; [`reply`]: what the function answers.
//! - [`log`]: lines to standard output. Nothing else here prints.

mod alerts;
mod batch;
mod cases;
mod channel;
mod clients;
mod clock;
pub mod config;
mod errors;
pub mod events;
mod items;
pub mod log;
pub mod names;
pub mod reply;
mod store;
mod transact;

pub use alerts::Topic;
pub use cases::Cases;
pub use channel::Channel;
pub use clients::Clients;
pub use clock::SystemClock;
pub use config::Config;
pub use store::Invoices;
