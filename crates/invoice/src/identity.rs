//! What makes two messages the same invoice, and two invoices suspiciously alike.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::Date;

use crate::codes::DOCUMENT_TYPES;
use crate::decimal::Decimal;
use crate::identifiers::normal::normal;
use crate::identifiers::tax_id;
use crate::model::{Field, Identifier, Invoice, Party};

/// What a deployment may decide of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KeyParts {
    /// Whether the year of issue is in it. Numbers may begin anew each year: EN 16931 has BT-1 unique within a time frame.
    pub(crate) year: bool,
}

impl Default for KeyParts {
    fn default() -> Self {
        Self { year: true }
    }
}

/// Seller identity, number, family and year: the key of EIP's *Idempotent Receiver*.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InvoiceKey {
    /// The first of: `tax:<country>:<number>`, `reg:<scheme>:<id>`, `id:<scheme>:<id>`, `name:<normalised name>`; at
    /// most [`InvoiceKey::PART_MAX`] bytes. A number of a register that is the tax authority's, too, is a `tax:` one.
    pub seller: String,
    /// `<number>/<family>/<year of issue>`, or without the year where the policy says so; at most [`InvoiceKey::PART_MAX`]
    /// bytes. The number (BT-1) is in its normal form, and comes first, so that documents of one number stand together. The
    /// family is `invoice`, `credit-note`, `debit-note`, or `other` for a type that EN 16931 does not have.
    pub document: String,
}

impl InvoiceKey {
    /// The longest part in bytes: DynamoDB's limit for a sort key. A longer seller or number is replaced by `sha256:<hex>` of
    /// itself.
    pub const PART_MAX: usize = 1024;

    /// The longest end of a document: a family and a year.
    const ROOM_FOR_END: usize = "/credit-note/2026".len();

    /// The key of an invoice whose number, type, date and seller can be read.
    pub(crate) fn of(invoice: &Invoice<'_>, parts: KeyParts) -> Option<Self> {
        let seller = seller(invoice.seller.get()?)?;
        let family = Family::of(invoice.type_code.text()?);
        let year = invoice.issue_date.get()?.year();
        Self::new(seller, invoice.number.text()?, family, parts.year.then_some(year))
    }

    /// Nothing for a number without a visible sign.
    fn new(seller: String, number: &str, family: Family, year: Option<i32>) -> Option<Self> {
        let number = bounded(normal(number), Self::PART_MAX - Self::ROOM_FOR_END);
        if number.is_empty() {
            return None;
        }
        let document = match year {
            Some(year) => format!("{number}/{}/{year:04}", family.as_str()),
            None => format!("{number}/{}", family.as_str()),
        };
        Some(Self { seller: bounded(Cow::Owned(seller), Self::PART_MAX).into_owned(), document })
    }

    /// The number (BT-1) in its normal form; `sha256:<hex>` of a very long one.
    pub fn number(&self) -> &str {
        Self::number_of(&self.document)
    }

    /// The number in the [`document`](Self::document) of a key.
    pub fn number_of(document: &str) -> &str {
        let is_year = |end: &str| end.len() == 4 && end.bytes().all(|byte| byte.is_ascii_digit());
        let number_and_family = match document.rsplit_once('/') {
            Some((rest, end)) if is_year(end) => rest,
            _ => document,
        };
        number_and_family.rsplit_once('/').map_or(document, |(number, _)| number)
    }

    /// The beginning of all documents of a number, however it is written.
    pub fn documents_of(number: &str) -> String {
        format!("{}/", bounded(normal(number), Self::PART_MAX - Self::ROOM_FOR_END))
    }
}

/// Which documents are numbered together: in some countries each kind has its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Invoice,
    CreditNote,
    DebitNote,
    Other,
}

impl Family {
    /// The family of a type (BT-3, UN/EDIFACT 1001). A corrected invoice (384, 471, 472, 473) takes an invoice's place, and is numbered as
    /// one.
    fn of(type_code: &str) -> Self {
        match type_code {
            // Credit notes, those of global allowances, of self-billing, factoring, forwarding and prepayment; the reversal of a credit.
            "81" | "83" | "261" | "262" | "296" | "308" | "381" | "396" | "420" | "458" | "502" | "503"
            | "532" => Self::CreditNote,
            // Debit notes, for goods, financial adjustments and of self-billing; debit advice, and the reversal of a debit.
            "80" | "84" | "383" | "456" | "457" | "527" => Self::DebitNote,
            code if DOCUMENT_TYPES.contains(code) => Self::Invoice,
            _ => Self::Other,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit-note",
            Self::DebitNote => "debit-note",
            Self::Other => "other",
        }
    }
}

/// The identity of a seller. A field that is there and cannot be read is not passed over: the key would change with its
/// correction.
fn seller(seller: &Party<'_>) -> Option<String> {
    if let Field::Is(tax_id) = &seller.tax_id {
        let (country, number) = (tax_id.country.text()?, tax_id.number.text()?);
        return Some(format!("tax:{}", tax_id::identity(country, number)));
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
    Some(format!("name:{}", normal(&seller.name.text()?.to_lowercase())))
}

fn identified(kind: &str, identifier: &Identifier<'_>) -> Option<String> {
    let (scheme, id) = (identifier.scheme_id.text().unwrap_or_default(), identifier.id.text()?);
    Some(match tax_id::of_register(scheme, id) {
        Some(person) => format!("tax:{person}"),
        None => format!("{kind}:{scheme}:{}", normal(id)),
    })
}

fn bounded(part: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    if part.len() <= most {
        return part;
    }
    Cow::Owned(format!("sha256:{}", Fingerprint::of(part.as_bytes())))
}

/// What two invoices have in common that are probably one, sent twice under two numbers: seller, buyer, kind, day and amounts.
#[derive(Clone, PartialEq, Eq)]
pub struct Likeness {
    buyer_country: String,
    buyer_number: String,
    family: Family,
    date: Date,
    currency: String,
    gross: Decimal,
    payable: Decimal,
}

impl Likeness {
    /// The likeness of an accepted invoice. Nothing where no tax id says who the buyer is, or where nothing is to be paid. It is no more than
    /// copied here: not every verdict is followed by a look for doubles.
    pub(crate) fn of(invoice: &Invoice<'_>) -> Option<Self> {
        let buyer = invoice.buyer.get()?.tax_id.get()?;
        let totals = invoice.totals.get()?;
        let (payable, gross) = (*totals.payable.get()?, *totals.tax_inclusive.get()?);
        (!payable.is_zero()).then_some(())?;
        Some(Self {
            buyer_country: buyer.country.text()?.to_owned(),
            buyer_number: buyer.number.text()?.to_owned(),
            family: Family::of(invoice.type_code.text()?),
            date: *invoice.issue_date.get()?,
            currency: invoice.currency.text()?.to_owned(),
            gross,
            payable,
        })
    }

    /// SHA-256 of it, for the invoice of this key: nothing of the invoice can be read from it without guessing the whole. Nothing where the
    /// buyer's tax id is that of the final consumer, or of others whom nobody names.
    pub fn digest(&self, key: &InvoiceKey) -> Option<Fingerprint> {
        let Self { buyer_country, buyer_number, family, date, currency, gross, payable } = self;
        let buyer = tax_id::identity(buyer_country, buyer_number);
        if tax_id::is_nobody(&buyer) {
            return None;
        }
        let [gross, payable] = [gross, payable].map(|amount| amount.with_decimals(2));
        let (seller, family) = (&key.seller, family.as_str());
        let text = format!("{seller}\n{buyer}\n{family}\n{date}\n{currency}\n{gross}\n{payable}");
        Some(Fingerprint::of(text.as_bytes()))
    }
}

/// Shows nothing of the invoice.
impl fmt::Debug for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Likeness(…)")
    }
}

/// `seller / document`, for people.
impl fmt::Display for InvoiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.seller, self.document)
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
mod tests;
