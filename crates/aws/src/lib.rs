//! How, on AWS: the ports of the intake, one file a service, and what comes in and goes out at the edge.
//!
//! # Layout
//!
//! - [`Config`] and [`RedriveConfig`]: what the environment says; [`Clients`]: the SDK's clients, built once.
//! - [`Invoices`] and [`Cases`]: the two tables of DynamoDB, with their [`names`]; [`InvoicesQueue`]: the intake queue;
//!   [`Channel`] and [`DeadLetters`]: the two ends of the dead-letter queue; [`Topic`]: the administrators' topic;
//!   [`SystemClock`]: the time; [`AwsPorts`]: all of them as the ports of a function.
//! - [`events`]: what Lambda hands to the validator, as messages; [`reply`]: what it answers.
//! - [`requests`]: what Lambda hands to the redrive, as requests, and how it is answered.
//! - [`log`]: lines to standard output. Nothing else here prints.

mod alerts;
mod batch;
mod cases;
mod channel;
mod clients;
mod clock;
pub mod config;
mod dead_letters;
mod errors;
pub mod events;
mod insert;
mod intake_queue;
mod items;
pub mod log;
mod messages;
pub mod names;
mod ports;
pub mod reply;
pub mod requests;
mod set_aside;
mod store;
mod transact;

pub use alerts::Topic;
pub use cases::Cases;
pub use channel::Channel;
pub use clients::Clients;
pub use clock::{SystemClock, deadline_ms};
pub use config::{Config, RedriveConfig};
pub use dead_letters::DeadLetters;
pub use intake_queue::InvoicesQueue;
pub use ports::{AwsPorts, Queues};
pub use store::Invoices;
