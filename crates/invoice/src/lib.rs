//! What is a valid invoice: the format, the rules, and the verdict on a document. Pure: no AWS, no clock, no environment.
//!
//! # Layout
//!
//! - [`Validator`] is the way in: exact bytes and a day in, a [`Verdict`] out. `validator.rs` shows the way between.
//! - `decode`: from bytes to a text, read strictly; `model`: the typed, borrowed model that the rules read; `schema`: the
//!   JSON Schema and its report; `rules`: the table of rules, in files by subject; `mend`: suggestions for what is written
//!   in another form.
//! - `decimal`: exact decimals; `codes`: the code lists; `identifiers`: check digits; `terms`: the business terms of places.
//! - [`locate`]: where in a text a JSON Pointer leads to; [`harmless`]: a text that obeys and hides nothing, for whoever shows one.
//! - [`Policy`]: what a deployment may decide; [`catalogue`]: the rules, for whoever shows them; `identity`: what makes two
//!   messages the same invoice.

pub mod catalogue;
mod clean;
mod codes;
mod decimal;
mod decode;
pub mod harmless;
mod identifiers;
mod identity;
pub mod locate;
mod mend;
mod model;
mod policy;
mod rules;
mod same;
mod schema;
mod terms;
mod validator;
mod verdict;

pub use identity::{Fingerprint, InvoiceKey};
pub use policy::{Policy, PolicyError};
pub use same::same_content;
pub use schema::SCHEMA;
pub use time::Date;
pub use validator::Validator;
pub use verdict::{Category, Lang, PatchOp, Severity, Summary, Verdict, Violation, ViolationsInLang};
