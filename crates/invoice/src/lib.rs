//! What is a valid invoice: the format, the rules, and the verdict on a document. Pure: no AWS, no clock, no environment.
//!
//! # Layout
//!
//! - [`Validator`] is the way in: exact bytes and a day in, a [`Verdict`] out. `validator.rs` shows the way between.
//! - `decode`: from bytes to a text, read strictly; `model`: the typed, borrowed model that the rules read; `schema`: the
//!   JSON Schema and its report; `rules`: the table of rules, in files by subject; `correct`: suggestions for what is written
//!   in another form.
//! - `decimal`: exact decimals; `codes`: the code lists; `identifiers`: check digits; `terms`: the business terms of places.
//! - [`locate`]: where in a text a JSON Pointer leads to; [`harmless`]: a text that obeys and hides nothing, for whoever shows one.
//! - [`Policy`]: what a deployment may decide; [`catalogue`]: the rules, for whoever shows them; `identity`: what makes two
//!   messages the same invoice.

pub mod catalogue;
mod codes;
mod content_eq;
mod decimal;
mod decode;
mod identifiers;
mod identity;
pub mod locate;
mod model;
mod policy;
mod rules;
pub mod sanitize;
mod schema;
mod suggestions;
mod terms;
mod valid_parts;
mod validator;
mod verdict;

pub use content_eq::same_content;
pub use identity::{Fingerprint, InvoiceKey};
pub use policy::{Policy, PolicyError};
pub use schema::SCHEMA;
pub use time::Date;
pub use validator::Validator;
pub use verdict::{Category, Lang, PatchOp, Severity, Summary, Verdict, Violation, ViolationsInLang};
