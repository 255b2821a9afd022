//! The adapters against a stand-in for AWS: what they send, and what they make of every kind of answer.

mod batches;
mod cases;
mod samples;
mod stand_in;
mod store;
mod table;
mod wire;
