//! Identifiers: tax identifiers, bank accounts and GS1 numbers, which carry their own proof, and the normal form of all others.
//!
//! Each check says what is wrong and shows nothing of the number.

pub(crate) mod gs1;
pub(crate) mod iban;
pub(crate) mod normal;
pub(crate) mod tax_id;
