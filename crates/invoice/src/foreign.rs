//! What is not of this format: recognised by its look, and told by name.
//!
//! A document of another format has none of this format's fields. "The invoice has no number" would not be true of it: it has one, elsewhere.
//! So the first thing to say is what it is, and nothing else is said. Only what is not in order anyway is looked at here.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::model;

/// How much of a text is looked at for the name of its root element, in bytes.
const HEAD_MAX: usize = 2_000;

/// The fewest members of an object that is taken for one of an unknown format: fewer are a fragment or a test.
const MEMBERS_MIN: usize = 3;

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The rule that says what a body is, if it is something else than a document of this format.
pub(crate) fn format(body: &[u8]) -> Option<&'static str> {
    binary(body).or_else(|| {
        let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{FEFF}').trim();
        match text.as_bytes().first()? {
            b'<' => Some(xml(text)),
            b'{' => object(text),
            b'[' => list(text),
            b'"' => string(text),
            _ => encoded(text),
        }
    })
}

/// What is no text: by its first bytes.
fn binary(body: &[u8]) -> Option<&'static str> {
    match body {
        [0x1F, 0x8B, ..] | [b'P', b'K', 3, 4, ..] => Some("FE-X-043"),
        [b'%', b'P', b'D', b'F', ..] => Some("FE-X-010"),
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [b'{' | b'<' | b'[', 0, _, 0, ..]
        | [0, b'{' | b'<' | b'[', 0, ..] => Some("FE-X-045"),
        // A zero and the number of the schema, as serialisers of Confluent's registry write them.
        [0, _, _, _, _, _, ..] => Some("FE-X-051"),
        _ => None,
    }
}

fn xml(text: &str) -> &'static str {
    const ROOTS: [(&str, &str); 11] = [
        ("CrossIndustryInvoice", "FE-X-002"),
        ("CrossIndustryDocument", "FE-X-002"),
        ("Facturae", "FE-X-003"),
        ("cfdi:Comprobante", "FE-X-005"),
        ("FatturaElettronica", "FE-X-006"),
        ("EnvioDTE", "FE-X-007"),
        ("SiiDte", "FE-X-007"),
        ("schema:xsd:Invoice", "FE-X-001"),
        ("schema:xsd:CreditNote", "FE-X-001"),
        ("<infoTributaria", "FE-X-004"),
        ("<autorizacion", "FE-X-004"),
    ];
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= HEAD_MAX).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or(text);
    let is_html = |start: &str| head.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    if is_html("<!doctype html") || is_html("<html") {
        return "FE-X-009";
    }
    ROOTS.iter().find(|(root, _)| head.contains(root)).map_or("FE-X-008", |(_, code)| code)
}

/// The formats in JSON and the envelopes, each by members that it alone has together.
const LOOKS: [(&[&str], &str); 23] = [
    (&["Type", "TopicArn", "Message"], "FE-X-046"),
    (&["detail-type", "detail", "source"], "FE-X-047"),
    (&["specversion", "type", "source"], "FE-X-048"),
    (&["payload", "signatures"], "FE-X-040"),
    (&["payload", "protected", "signature"], "FE-X-040"),
    (&["s3BucketName", "s3Key"], "FE-X-050"),
    (&["Records"], "FE-X-049"),
    (&["_D", "Invoice"], "FE-X-020"),
    (&["_D", "CreditNote"], "FE-X-020"),
    (&["ubl:Invoice"], "FE-X-023"),
    (&["ubl:CreditNote"], "FE-X-023"),
    (&["identificacion", "emisor"], "FE-X-022"),
    (&["DocDtls", "SellerDtls"], "FE-X-024"),
    (&["irn", "accounting_supplier_party"], "FE-X-025"),
    (&["business_id", "accounting_supplier_party"], "FE-X-025"),
    (&["accounting_supplier_party", "legal_monetary_total"], "FE-X-025"),
    (&["issuer", "receiver", "taxpayerActivityCode"], "FE-X-026"),
    (&["issuer", "receiver", "internalID"], "FE-X-026"),
    (&["sellerNTNCNIC"], "FE-X-027"),
    (&["scenarioId", "invoiceType"], "FE-X-027"),
    (&["tipo_de_comprobante", "serie"], "FE-X-028"),
    (&["AccountingSupplierParty", "LegalMonetaryTotal"], "FE-X-020"),
    (&["cbc:ID", "cac:AccountingSupplierParty"], "FE-X-023"),
];

fn object(text: &str) -> Option<&'static str> {
    let Some(members) = read::<Members<'_>>(text) else {
        // One after the other, as in JSON Lines.
        return has_several(text).then_some("FE-X-041");
    };
    if members.contains_key("specification_id") || members.contains_key("schema_version") {
        return None;
    }
    let has = |name: &&str| members.contains_key(*name);
    let says =
        |name: &str, value: &str| members.get(name).is_some_and(|it| it.get() == format!("\"{value}\""));
    let is_gobl = |members: &Members<'_>| {
        members.get("$schema").is_some_and(|it| it.get().starts_with("\"https://gobl.org/"))
    };
    if is_gobl(&members)
        || members.get("doc").and_then(|doc| read(doc.get())).is_some_and(|doc| is_gobl(&doc))
    {
        return Some("FE-X-021");
    }
    if says("object", "invoice") {
        return Some("FE-X-029");
    }
    // UBL without the names of the namespaces: every element is a list.
    let is_list = |name: &str| members.get(name).is_some_and(|it| it.get().starts_with('['));
    if is_list("Invoice") || is_list("CreditNote") {
        return Some("FE-X-020");
    }
    // A DTE in what is sent to the authority, or comes back from it.
    if let Some(inner) = ["dteJson", "documento", "dte"].iter().find_map(|name| members.get(*name))
        && read::<Members<'_>>(inner.get()).is_some_and(|inner| inner.contains_key("identificacion"))
    {
        return Some("FE-X-022");
    }
    if let Some((_, code)) = LOOKS.iter().find(|(names, _)| names.iter().all(has)) {
        return Some(code);
    }
    let known = members.keys().filter(|name| model::is_root_name(name)).count();
    (members.len() >= MEMBERS_MIN && known * 3 < members.len()).then_some("FE-X-039")
}

fn list(text: &str) -> Option<&'static str> {
    let items: Vec<&RawValue> = read(text)?;
    let is_pointer = items.first().is_some_and(|it| it.get().contains("payloadoffloading"));
    Some(if is_pointer { "FE-X-050" } else { "FE-X-041" })
}

fn string(text: &str) -> Option<&'static str> {
    let inner: String = read(text)?;
    let inner = inner.trim();
    if inner.starts_with(['{', '[']) { Some("FE-X-042") } else { encoded(inner) }
}

/// A text of letters, digits and little else.
fn encoded(text: &str) -> Option<&'static str> {
    const SHORTEST: usize = 40;
    // By what it begins with: `{"`, `{` and a line end or blank, `<?`, `<I`, gzip, a byte order mark.
    const BEGINNINGS: [&str; 10] =
        ["eyI", "eyJ", "ewo", "ewkJ", "eyA", "ew0K", "PD94", "PEl", "H4sI", "77u/"];
    let is_url = |part: &str| {
        !part.is_empty() && part.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
    };
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() == 3 && text.starts_with("eyJ") && parts.iter().all(|part| is_url(part)) {
        return Some("FE-X-040");
    }
    let is_base64 = |it: u8| it.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(&it);
    let begins = BEGINNINGS.iter().any(|it| text.starts_with(it));
    (text.len() >= SHORTEST && begins && text.bytes().all(is_base64)).then_some("FE-X-044")
}

/// Whether a text has more JSON objects than one, one behind the other.
fn has_several(text: &str) -> bool {
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (one, two) = (objects.next(), objects.next());
    [one, two].into_iter().all(|object| object.is_some_and(|object| object.is_ok()))
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "only the names of its members are looked at")]
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_this_format_or_of_none_is_left_to_the_other_rules() {
        for body in [
            r#"{"schema_version": "1.0", "Records": [], "x": 1}"#,
            r#"{"number": "1", "seller": {}, "lines": [], "strange": 1}"#,
            r#"{"a": 1}"#,
            "{}",
            "42",
            "Factura 001-002-000000123",
            "",
            "{",
        ] {
            assert_eq!(format(body.as_bytes()), None, "{body}");
        }
    }
}
