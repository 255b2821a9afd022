use aduana_invoice::{Fingerprint, InvoiceKey, Summary};

use super::*;

/// What stands in an invoice and nowhere else.
const SECRET: &str = "F-77";

fn case_id() -> CaseId {
    CaseId::parse(&"0".repeat(32)).unwrap()
}

#[test]
fn nothing_of_an_invoice_is_reported_by_what_is_handed_to_the_world() {
    let summary = Summary { number: Some(SECRET.to_owned()), ..Summary::default() };
    let invoice = NewInvoice {
        key: InvoiceKey { seller: SECRET.to_owned(), document: SECRET.to_owned() },
        fingerprint: Fingerprint::of(SECRET.as_bytes()),
        body: Packed::pack(SECRET.as_bytes(), 1000),
        stored_at_ms: 0,
        message_id: "m".to_owned(),
        source: Source::Sqs { queue: "q".to_owned() },
        sender: None,
        case_id: None,
        ruleset: "1.0".to_owned(),
        summary,
        warnings: Vec::new(),
        likeness: None,
    };
    let message = HeldMessage {
        case_id: case_id(),
        attempt: 2,
        body: SECRET.to_owned(),
        attributes: vec![Attribute::text("Number", SECRET)],
    };
    let contents = HeldContents { body: SECRET.into(), producer_attributes: Some(SECRET.into()) };
    let reported = [
        format!("{invoice:?}"),
        format!("{:?}", StoreReply::OtherBytes { body: SECRET.into() }),
        format!("{contents:?}"),
        format!("{message:?}"),
    ];
    assert!(reported.iter().all(|reported| !reported.contains(SECRET)), "{reported:#?}");
    // And yet somebody who looks for a fault sees which one it is.
    assert!(reported[0].contains(&invoice.fingerprint.to_string()));
    assert_eq!(reported[1], "OtherBytes");
    assert_eq!(reported[2], "HeldContents(4 bytes, 4 of attributes)");
    assert!(reported[3].contains(case_id().as_str()) && reported[3].contains("attempt 2"), "{}", reported[3]);
    assert_eq!(
        [StoreReply::Stored, StoreReply::SameBytes].map(|it| format!("{it:?}")),
        ["Stored", "SameBytes"]
    );
}

#[test]
fn a_message_is_as_large_as_sqs_counts_it_body_names_types_and_values() {
    let message = ResentMessage {
        case_id: CaseId::parse(&"f".repeat(32)).unwrap(),
        attempt: 2,
        body: "{}".to_owned(),
        attributes: vec![Attribute::text("tenant", "north"), Attribute::number("Attempt", 2)],
        group: "a group is not counted".to_owned(),
        trace: Some("nor is a trace".to_owned()),
    };
    let sizes = ["{}", "tenant", "String", "north", "Attempt", "Number", "2"].map(str::len);
    assert_eq!(message.size(), sizes.iter().sum::<usize>());
    let shown = format!("{message:?}");
    assert!(shown.ends_with("attempt 2, 33 bytes)") && !shown.contains("north"), "{shown}");
}
