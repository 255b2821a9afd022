use proptest::prelude::*;

use super::*;

const BOTH: KeyParts = KeyParts { year: true };
const NO_YEAR: KeyParts = KeyParts { year: false };

const TAX_ID: &str = r#""tax_id":{"country":"ES","number":"es A-28015865"}"#;

/// The key of an invoice with these fields.
fn key_of(fields: &str, parts: KeyParts) -> Option<InvoiceKey> {
    let text = format!("{{{fields}}}");
    let model = crate::model::read(&text);
    InvoiceKey::of(model.get()?, parts)
}

fn document(number: &str, type_code: &str, date: &str, parts: KeyParts) -> Option<String> {
    let number = serde_json::to_string(number).unwrap();
    let fields = format!(
        r#""number":{number},"type_code":"{type_code}","issue_date":"{date}","seller":{{{TAX_ID},"name":"A"}}"#
    );
    key_of(&fields, parts).map(|key| key.document)
}

fn key(seller: &str, number: &str) -> Option<InvoiceKey> {
    InvoiceKey::new(seller.to_owned(), number, Family::Invoice, Some(2026))
}

#[test]
fn a_part_longer_than_a_key_of_the_table_is_its_fingerprint() {
    assert_eq!(InvoiceKey::PART_MAX, 1_024);
    for (bytes, is_kept) in [(1_023, true), (1_024, true), (1_025, false)] {
        let part = "n".repeat(bytes);
        let known =
            if is_kept { part.clone() } else { format!("sha256:{}", Fingerprint::of(part.as_bytes())) };
        assert_eq!(key(&part, "1").unwrap().seller, known, "{bytes}");
    }
    for (bytes, is_kept) in [(1_006, true), (1_007, true), (1_008, false)] {
        let number = "n".repeat(bytes);
        let known =
            if is_kept { number.clone() } else { format!("sha256:{}", Fingerprint::of(number.as_bytes())) };
        let key =
            InvoiceKey::new("s".to_owned(), &format!(" {number}\n"), Family::CreditNote, Some(2026)).unwrap();
        assert_eq!(key.document, format!("{known}/credit-note/2026"), "{bytes}");
        assert!(key.document.len() <= InvoiceKey::PART_MAX);
        assert_eq!(key.number(), known);
        assert_eq!(InvoiceKey::documents_of(&number), format!("{known}/"));
    }
    let fits = "n".repeat(InvoiceKey::PART_MAX);
    let [one, other] = ['a', 'b'].map(|last| key(&format!("name:{fits}{last}"), "1").unwrap().seller);
    assert_ne!(one, other, "two long names are two sellers");
}

#[test]
fn a_document_is_its_number_its_family_and_its_year() {
    for (type_code, family) in [
        ("380", "invoice"),
        ("384", "invoice"),
        ("386", "invoice"),
        ("389", "invoice"),
        ("471", "invoice"),
        ("751", "invoice"),
        ("381", "credit-note"),
        ("81", "credit-note"),
        ("261", "credit-note"),
        ("396", "credit-note"),
        ("503", "credit-note"),
        ("383", "debit-note"),
        ("80", "debit-note"),
        ("527", "debit-note"),
        ("INV", "other"),
    ] {
        let document = document("001-1", type_code, "2026-11-24", BOTH);
        assert_eq!(document.as_deref(), Some(format!("001-1/{family}/2026").as_str()), "{type_code}");
    }
    assert_eq!(document("001-1", "380", "2025-01-01", BOTH).as_deref(), Some("001-1/invoice/2025"));
    assert_eq!(document("001-1", "380", "2025-01-01", NO_YEAR).as_deref(), Some("001-1/invoice"));
}

#[test]
fn what_the_key_needs_and_cannot_be_read_leaves_no_key() {
    let all = r#""number":"F-1","type_code":"380","issue_date":"2026-11-24","seller":{"name":"A"}"#;
    assert!(key_of(all, BOTH).is_some());
    for (part, bad) in [
        (r#""F-1""#, "1"),
        (r#""F-1""#, r#""\u200b""#),
        (r#""380""#, "380"),
        (r#""2026-11-24""#, r#""24/11/2026""#),
        (r#""A""#, r#""""#),
    ] {
        assert_eq!(key_of(&all.replace(part, bad), BOTH), None, "{bad}");
    }
}

#[test]
fn a_document_tells_its_number() {
    for (number, known) in
        [("F-1", "F-1"), ("A/2026", "A/2026"), ("A/invoice/2026", "A/invoice/2026"), (" a  b ", "a b")]
    {
        for parts in [BOTH, NO_YEAR] {
            let document = document(number, "380", "2026-11-24", parts).unwrap();
            assert_eq!(InvoiceKey::number_of(&document), known);
            assert!(document.starts_with(&InvoiceKey::documents_of(number)));
        }
    }
}

#[test]
fn look_alike_numbers_are_one() {
    let plain = document("001-001-000000124", "380", "2026-11-24", BOTH);
    for number in [
        "001-001-000000124\u{200b}",
        "001-001\u{2010}000000124",
        "001-001-000000124\u{202e}",
        "\u{feff}001-001-000000124",
        " 001-001-000000124\n",
        "\u{FF10}01-001-000000124",
        "001\u{2212}001\u{2013}000000124",
    ] {
        assert_eq!(document(number, "380", "2026-11-24", BOTH), plain, "{number:?}");
    }
    for number in ["OO1-001-000000124", "001001000000124", "001-001-00000124"] {
        assert_ne!(document(number, "380", "2026-11-24", BOTH), plain, "{number}");
    }
    let small = document("f-1", "380", "2026-11-24", BOTH);
    assert_ne!(small, document("F-1", "380", "2026-11-24", BOTH), "a series may be small letters");
}

#[test]
fn a_seller_goes_by_the_first_of_what_identifies_it() {
    let [registration, id, name] = [
        r#""legal_registration":{"scheme_id":"0106","id":" 123 "}"#,
        r#""identifiers":[{"id":"456"},{"id":"789"}]"#,
        "\"name\":\" Cafe\u{301}  de\u{a0}MADRID\u{200b} \"",
    ];
    let siren = r#""legal_registration":{"scheme_id":"0002","id":"303 265 045"}"#;
    let key = |seller: &[&str]| {
        let fields = format!(
            r#""number":"F-1","type_code":"380","issue_date":"2026-11-24","seller":{{{}}}"#,
            seller.join(",")
        );
        key_of(&fields, BOTH).map(|key| key.seller)
    };
    for (seller, is) in [
        (&[TAX_ID, registration, id, name][..], Some("tax:ES:A28015865")),
        (&[r#""tax_id":{"country":"FR","number":"40303265045"}"#], Some("tax:FR:303265045")),
        (&[siren, id], Some("tax:FR:303265045")),
        (&[r#""identifiers":[{"id":"30326504500017","scheme_id":"0009"}]"#], Some("tax:FR:303265045")),
        (&[registration, id, name], Some("reg:0106:123")),
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
fn two_invoices_are_alike_by_seller_buyer_kind_day_and_amounts() {
    let one = [("380", "2026-11-24", "EUR", "33.00", "33.00", r#"{"country":"ES","number":"B12345674"}"#)][0];
    let digest = |(type_code, date, currency, gross, payable, buyer): (
        &str,
        &str,
        &str,
        &str,
        &str,
        &str,
    ),
                  number: &str| {
        let text = format!(
            r#"{{"number":"{number}","type_code":"{type_code}","issue_date":"{date}","currency":"{currency}","seller":{{{TAX_ID}}},
            "buyer":{{"tax_id":{buyer}}},"totals":{{"tax_inclusive":"{gross}","payable":"{payable}"}}}}"#
        );
        let model = crate::model::read(&text);
        let invoice = model.get()?;
        Likeness::of(invoice)?.digest(&InvoiceKey::of(invoice, BOTH)?)
    };
    let known = digest(one, "F-1");
    assert!(known.is_some());
    let (kind, date, currency, gross, payable, buyer) = one;
    assert_eq!(digest(one, "F-2"), known, "whatever the number");
    assert_eq!(digest((kind, date, currency, "33.0", "33", buyer), "F-2"), known, "by value");
    assert_eq!(
        digest((kind, date, currency, gross, payable, r#"{"country":"ES","number":"ES B-12345674"}"#), "F-2"),
        known
    );
    for other in [
        ("381", date, currency, gross, payable, buyer),
        (kind, "2026-11-25", currency, gross, payable, buyer),
        (kind, date, "USD", gross, payable, buyer),
        (kind, date, currency, "34.00", payable, buyer),
        (kind, date, currency, gross, "32.00", buyer),
        (kind, date, currency, gross, payable, r#"{"country":"ES","number":"A28015865"}"#),
    ] {
        assert!(digest(other, "F-1").is_some_and(|digest| Some(digest) != known), "{other:?}");
    }
    for without in [
        (kind, date, currency, gross, "0.00", buyer),
        (kind, date, currency, gross, payable, r#"{"country":"GT","number":"CF"}"#),
        (kind, date, currency, gross, payable, "1"),
    ] {
        assert_eq!(digest(without, "F-1"), None, "{without:?}");
    }
}

#[test]
fn a_key_is_reported_to_people_and_not_to_a_log() {
    let key = key("tax:ES:A28015865", "F-1").unwrap();
    assert_eq!(key.to_string(), "tax:ES:A28015865 / F-1/invoice/2026");
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

proptest! {
    #[test]
    fn any_two_numbers_of_one_normal_form_are_one_document(number in r"\PC{1,20}|[A-Z0-9/ -]{1,20}") {
        let document = document(&number, "380", "2026-11-24", BOTH);
        let form = normal(&number).into_owned();
        prop_assert_eq!(document.is_some(), !form.is_empty());
        if let Some(document) = document {
            prop_assert_eq!(InvoiceKey::number_of(&document), form);
        }
    }
}
