use super::*;
use crate::model;

/// An invoice of one line, with these fields beside.
fn invoice(fields: &str) -> String {
    format!(
        r#"{{"number":"F-1","seller":{{"name":""}},"buyer":{{"name":"A","identifiers":[{{"id":"1"}}],
            "address":{{"country":"ES"}}}},"lines":[{{"id":"1","note":"x","price":{{"net":"1"}},"tax":{{"rate":"1"}},
            "allowances":[{{"amount":"1","reason":"r"}}]}}]{fields}}}"#
    )
}

/// What is passed over of the document's field of this name.
fn passed_over(text: &str, field: &str) -> Option<usize> {
    ValidParts::of(model::read(text).get()).field(field)
}

#[test]
fn a_field_in_order_is_passed_over_and_its_items_count() {
    let text = invoice("");
    assert_eq!((passed_over(&text, "number"), passed_over(&text, "buyer")), (Some(0), Some(1)));
    assert_eq!((passed_over(&text, "seller"), passed_over(&text, "currency")), (None, None));
    assert_eq!(passed_over(&invoice(r#","notes":[{"text":"a"},{"text":"b"}]"#), "notes"), Some(2));
    let in_order = r#"{"id":"1","quantity":"1","unit":"C62","net_amount":"1.00","price":{"net":"1"},
        "tax":{"category":"S","rate":"1"},"item":{"name":"x"}}"#;
    let text = format!(r#"{{"number":"F-1","lines":[{in_order}]}}"#);
    let model = model::read(&text);
    let valid_parts = ValidParts::of(model.get());
    assert_eq!((valid_parts.field("lines"), valid_parts.line(0), valid_parts.line(1)), (None, Some(0), None));
}

#[test]
fn no_field_is_passed_over_where_all_are_to_be_read() {
    assert_eq!(passed_over(&invoice(r#","extensions":{}"#), "number"), None);
    assert_eq!(passed_over(&invoice(r#","number":"F-2""#), "buyer"), None);
    // The identifier of the buyer, the line, and its allowance are items.
    let notes =
        |items: usize| invoice(&format!(r#","notes":[{}]"#, vec![r#"{"text":"n"}"#; items - 3].join(",")));
    assert_eq!(passed_over(&notes(ITEMS_MAX), "number"), Some(0));
    assert_eq!(passed_over(&notes(ITEMS_MAX + 1), "number"), None);
    assert_eq!(passed_over(&notes(ITEMS_MAX + 2), "number"), None);
}

#[test]
fn of_a_line_what_is_in_order_and_has_no_items_is_passed_over() {
    let has =
        |text: &str, at, name: &str| ValidParts::of(model::read(text).get()).has_field_of_line(at, name);
    let text = invoice("");
    assert!(has(&text, 0, "note") && has(&text, 0, "id"));
    assert!(!has(&text, 0, "tax"), "it has no category");
    assert!(!has(&text, 0, "allowances"), "its items are counted");
    assert!(!has(&text, 0, "unit") && !has(&text, 1, "note"));
    assert!(!has(&text.replace(r#""note":"x""#, r#""note":"x","note":"y""#), 0, "id"));
}
