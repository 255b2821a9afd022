//! What is a valid invoice: the format, the rules, and the verdict on a document. Pure: no AWS, no clock, no environment.
//!
//! # Layout
//!
//! Modules import downwards only, and a test holds them to it:
//!
//! - [`Validator`] is the way in: exact bytes and a day in, a [`Verdict`] out.
//! - `verdict`: what is said of a document; [`Policy`]: what a deployment may decide; [`catalogue`]: the rules, to be shown.
//! - `schema`: the JSON Schema and its report; `valid_parts`: what the report passes over; `suggestions`: corrections of values that are
//!   written in another form; `rules`: the table of rules, in files by subject; `rule`: what a rule is; `facts`: what rules read.
//! - `identity`: what makes two messages the same invoice; `model`: the typed, borrowed model that the rules read; `decode`: from bytes to
//!   a text, and its strict reading; `fault`: what a check reports.
//! - `limits`; `decimal`: exact decimals; `codes`: the code lists; `identifiers`: check digits; `terms`: the business terms of places;
//!   [`json`]: JSON that keeps how it is written; [`sanitize`]: a text that a terminal or a page can show.

pub mod catalogue;
mod codes;
mod content;
mod decimal;
mod decode;
mod facts;
mod fault;
mod foreign;
mod hints;
mod identifiers;
mod identity;
pub mod json;
mod limits;
mod model;
mod policy;
mod rule;
mod rules;
pub mod sanitize;
mod schema;
mod senders;
mod suggestions;
mod terms;
mod valid_parts;
mod validator;
mod verdict;

pub use content::same_content;
pub use hints::hint;
pub use identity::{Fingerprint, InvoiceKey, Likeness};
pub use json::PatchOp;
pub use policy::{Policy, PolicyError};
pub use rule::{Category, Lang, Severity};
pub use schema::SCHEMA;
pub use time::Date;
pub use validator::Validator;
pub use verdict::{Summary, Verdict, Violation, ViolationsInLang};
