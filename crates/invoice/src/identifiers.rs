//! Identifiers that carry their own proof: tax identifiers, bank accounts, GS1 numbers.
//!
//! Each check says what is wrong and shows nothing of the number.

pub(crate) mod gs1;
pub(crate) mod iban;
pub(crate) mod tax_id;
