//! What makes two messages the same invoice.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::identifiers::tax_id;
use crate::model::{Field, Identifier, Invoice, Party};

/// Seller identity and invoice number: the key of EIP's *Idempotent Receiver*.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InvoiceKey {
    /// The first of: `tax:<country>:<number>`, `reg:<scheme>:<id>`, `id:<scheme>:<id>`, `name:<normalised name>`; at
    /// most [`InvoiceKey::PART_MAX`] bytes.
    pub seller: String,
    /// The invoice number (BT-1) without surrounding blanks; at most [`InvoiceKey::PART_MAX`] bytes.
    pub number: String,
}

impl InvoiceKey {
    /// The longest part in bytes: DynamoDB's limit for a sort key. A longer part is replaced by `sha256:<hex>` of itself.
    pub const PART_MAX: usize = 1024;

    /// The key of an invoice whose number and seller can be read.
    pub(crate) fn of(invoice: &Invoice<'_>) -> Option<Self> {
        Some(Self::new(seller(invoice.seller.get()?)?, invoice.number.text()?))
    }

    fn new(seller: String, number: &str) -> Self {
        Self { seller: bounded(seller), number: bounded(number.trim().to_owned()) }
    }
}

/// The identity of a seller. A field that is there and cannot be read is not passed over: the key would change with its
/// correction.
fn seller(seller: &Party<'_>) -> Option<String> {
    if let Field::Is(tax_id) = &seller.tax_id {
        let (country, number) = (tax_id.country.text()?, tax_id.number.text()?);
        return Some(format!("tax:{country}:{}", tax_id::canonical(country, number)));
    }
    if let Field::Is(registration) = &seller.legal_registration {
        return identified("reg", registration);
    }
    if let Some((_, identifier)) = seller.identifiers.each().next() {
        return identified("id", identifier);
    }
    let unreadable =
        seller.tax_id.is_bad() || seller.legal_registration.is_bad() || seller.identifiers.is_bad();
    if unreadable {
        return None;
    }
    let name = seller.name.text()?.to_lowercase();
    Some(format!("name:{}", name.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn identified(kind: &str, identifier: &Identifier<'_>) -> Option<String> {
    let (scheme, id) = (identifier.scheme_id.text().unwrap_or_default(), identifier.id.text()?);
    Some(format!("{kind}:{scheme}:{}", id.trim()))
}

fn bounded(part: String) -> String {
    if part.len() <= InvoiceKey::PART_MAX {
        return part;
    }
    format!("sha256:{}", Fingerprint::of(part.as_bytes()))
}

/// `seller / number`, for people.
impl fmt::Display for InvoiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.seller, self.number)
    }
}

/// Shows nothing of the invoice.
impl fmt::Debug for InvoiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvoiceKey(…)")
    }
}

/// SHA-256 (FIPS 180-4) of the exact bytes of a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The raw 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_longer_than_a_key_of_the_table_is_its_fingerprint() {
        assert_eq!(InvoiceKey::PART_MAX, 1_024);
        for (bytes, is_kept) in [(1_023, true), (1_024, true), (1_025, false)] {
            let part = "n".repeat(bytes);
            let key = InvoiceKey::new(part.clone(), &format!(" {part}\n"));
            let known = if is_kept { part } else { format!("sha256:{}", Fingerprint::of(part.as_bytes())) };
            assert_eq!((key.seller, key.number), (known.clone(), known), "{bytes}");
        }
        let fits = "n".repeat(InvoiceKey::PART_MAX);
        let [one, other] = ['a', 'b'].map(|last| InvoiceKey::new(format!("name:{fits}{last}"), "1").seller);
        assert_eq!(one, format!("sha256:{}", Fingerprint::of(format!("name:{fits}a").as_bytes())));
        assert_ne!(one, other, "two long names are two sellers");
    }

    #[test]
    fn a_seller_goes_by_the_first_of_what_identifies_it() {
        let [tax, registration, id] = [
            r#""tax_id":{"country":"ES","number":"es A-28015865"}"#,
            r#""legal_registration":{"scheme_id":"0002","id":" 123 "}"#,
            r#""identifiers":[{"id":"456"},{"id":"789"}]"#,
        ];
        let name = r#""name":" Café  de\tMADRID ""#;
        let key = |seller: &[&str]| {
            let text = format!(r#"{{"number":"F-1","seller":{{{}}}}}"#, seller.join(","));
            let model = crate::model::read(&text);
            InvoiceKey::of(model.get()?).map(|key| key.seller)
        };
        for (seller, is) in [
            (&[tax, registration, id, name][..], Some("tax:ES:A28015865")),
            (&[registration, id, name], Some("reg:0002:123")),
            (&[id, name], Some("id::456")),
            (&[name], Some("name:café de madrid")),
            (&[], None),
            // What is there and cannot be read is not passed over.
            (&[r#""tax_id":1"#, name], None),
            (&[r#""legal_registration":1"#, name], None),
            (&[r#""identifiers":1"#, name], None),
            (&[r#""tax_id":{"country":"ES"}"#, name], None),
            (&[r#""legal_registration":{"scheme_id":"0002"}"#, name], None),
        ] {
            assert_eq!(key(seller).as_deref(), is, "{seller:?}");
        }
    }

    #[test]
    fn a_key_is_told_to_people_and_not_to_a_log() {
        let key = InvoiceKey::new("tax:ES:A28015865".to_owned(), "F-1");
        assert_eq!(key.to_string(), "tax:ES:A28015865 / F-1");
        assert_eq!(format!("{key:?}"), "InvoiceKey(…)");
    }

    #[test]
    fn a_fingerprint_is_sha_256() {
        // FIPS 180-4, the example of one block.
        let abc = Fingerprint::of(b"abc");
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(abc.to_string(), digits);
        assert_eq!(abc.as_bytes()[..2], [0xba, 0x78]);
    }
}
