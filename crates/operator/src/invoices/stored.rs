//! A stored invoice as the table has it. An attribute that is missing is left out, never guessed.

use std::collections::HashMap;

use aduana_invoice::Lang;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::i18n::tr;

pub(super) type Item = HashMap<String, AttributeValue>;

/// An invoice in one line.
#[expect(clippy::struct_field_names, reason = "these are the names in the table and in the output")]
#[derive(Debug, Serialize)]
pub(super) struct Stored {
    seller: String,
    /// Number, kind and year: with the seller, its key.
    document: String,
    number: String,
    stored_at: Option<String>,
    issue_date: Option<String>,
    currency: Option<String>,
    /// An exact decimal, as the invoice has it.
    payable: Option<String>,
    seller_name: Option<String>,
    buyer_name: Option<String>,
    warnings: Vec<String>,
    fingerprint: Option<String>,
    body_size: Option<usize>,
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<String>,
    ruleset: Option<String>,
    /// When it was set aside, by whom and why, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_aside_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_aside_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_aside_because: Option<String>,
}

impl From<&Item> for Stored {
    fn from(item: &Item) -> Self {
        let get = |name| text(item, name);
        // What was set aside is under another key than its own.
        Self {
            seller: get("of_seller").or_else(|| get("seller")).unwrap_or_default(),
            document: get("of_document").or_else(|| get("document")).unwrap_or_default(),
            number: get("number").unwrap_or_default(),
            stored_at: get("stored_at"),
            issue_date: get("issue_date"),
            currency: get("currency"),
            payable: get("payable"),
            seller_name: get("seller_name"),
            buyer_name: get("buyer_name"),
            warnings: texts(item, "warnings"),
            fingerprint: get("fingerprint"),
            body_size: number(item, "body_size"),
            source: get("source"),
            sender: get("sender"),
            message_id: get("message_id"),
            case_id: get("case_id"),
            ruleset: get("ruleset"),
            set_aside_at: get("at"),
            set_aside_by: get("actor"),
            set_aside_because: get("reason"),
        }
    }
}

impl Stored {
    /// When it was stored, RFC 3339.
    pub(super) fn stored_at(&self) -> Option<&str> {
        self.stored_at.as_deref()
    }

    /// The row of a table.
    pub(super) fn row(&self) -> [String; 7] {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        [
            or_dash(self.stored_at.clone()),
            self.seller.clone(),
            self.number.clone(),
            or_dash(self.issue_date.clone()),
            or_dash(self.amount()),
            or_dash(self.seller_name.clone()),
            self.warnings.join(" "),
        ]
    }

    /// The row of a table of what was set aside.
    pub(super) fn row_aside(&self) -> [String; 6] {
        let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        [
            or_dash(&self.set_aside_at),
            self.seller.clone(),
            self.number.clone(),
            or_dash(&self.set_aside_by),
            or_dash(&self.set_aside_because),
            or_dash(&self.fingerprint),
        ]
    }

    pub(super) fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Everything, one a line.
    pub(super) fn properties(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let rows = [
            (("seller", "vendedor"), Some(self.seller.clone())),
            (("number", "número"), Some(self.number.clone())),
            (("document", "documento"), Some(self.document.clone())),
            (("seller name", "nombre del vendedor"), self.seller_name.clone()),
            (("buyer name", "nombre del comprador"), self.buyer_name.clone()),
            (("issued", "emitida"), self.issue_date.clone()),
            (("payable", "a pagar"), self.amount()),
            (
                ("warnings", "advertencias"),
                Some(self.warnings.join(" ")).filter(|warnings| !warnings.is_empty()),
            ),
            (("stored", "aceptada"), self.stored_at.clone()),
            (("rule set", "reglas"), self.ruleset.clone()),
            (("source", "origen"), self.source.clone()),
            (("sender", "remitente"), self.sender.clone()),
            (("message", "mensaje"), self.message_id.clone()),
            (("case", "caso"), self.case_id.clone()),
            (("fingerprint", "huella"), self.fingerprint.clone()),
            (("size", "tamaño"), self.body_size.map(|size| format!("{size} bytes"))),
            (("set aside", "apartada"), self.set_aside_at.clone()),
            (("by", "por"), self.set_aside_by.clone()),
            (("because", "motivo"), self.set_aside_because.clone()),
        ];
        rows.into_iter().filter_map(|((en, es), value)| Some((tr(lang, en, es), value?))).collect()
    }

    fn amount(&self) -> Option<String> {
        match (&self.payable, &self.currency) {
            (Some(payable), Some(currency)) => Some(format!("{payable} {currency}")),
            (payable, _) => payable.clone(),
        }
    }
}

pub(super) fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

pub(super) fn number(item: &Item, name: &str) -> Option<usize> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn binary<'i>(item: &'i Item, name: &str) -> Option<&'i [u8]> {
    item.get(name)?.as_b().ok().map(AsRef::as_ref)
}

fn texts(item: &Item, name: &str) -> Vec<String> {
    let list = item.get(name).and_then(|value| value.as_l().ok());
    list.into_iter().flatten().filter_map(|value| value.as_s().ok().cloned()).collect()
}
