//! Places of pointers, by example and by property.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn found(text: &str, pointer: &str) -> String {
    match locate(text.as_bytes(), [pointer]).remove(0) {
        Some(Place { range, exact: true }) => text[range].to_owned(),
        Some(Place { range, exact: false }) => format!("near {}", &text[range]),
        None => "nowhere".to_owned(),
    }
}

const INVOICE: &str = r#" {"number": "F-1", "a~b/c": true, "\u006eote": null,
    "lines": [ {"id": "1", "net_amount": 100.10}, {"id":"2", "net_amount" : -5 , "tags": []} ],
    "totals": {"payable": "9"}, "dup": 1, "dup": 2} "#;

#[test]
fn a_pointer_leads_to_its_value() {
    for (pointer, text) in [
        ("/number", r#""F-1""#),
        ("/a~0b~1c", "true"),
        ("/note", "null"),
        ("/lines/0/net_amount", "100.10"),
        ("/lines/1/net_amount", "-5"),
        ("/lines/1/tags", r#""tags""#),
        ("/lines/1", "{"),
        ("/lines", r#""lines""#),
        ("/totals", r#""totals""#),
        ("/totals/payable", r#""9""#),
        ("/dup", "2"),
        ("", "{"),
    ] {
        assert_eq!(found(INVOICE, pointer), text, "{pointer}");
    }
}

#[test]
fn what_is_absent_leads_to_the_nearest_parent() {
    assert_eq!(found(INVOICE, "/currency"), "near {");
    assert_eq!(found(INVOICE, "/totals/tax/0"), r#"near "totals""#);
    assert_eq!(found(INVOICE, "/lines/2/id"), r#"near "lines""#);
    assert_eq!(found(INVOICE, "/number/deeper"), r#"near "F-1""#);
    assert_eq!(found("  ", "/number"), "nowhere");
}

#[test]
fn a_broken_text_is_followed_to_its_break() {
    assert_eq!(found(r#"{"a": 1, "b" 2, "c": 3}"#, "/a"), "1");
    assert_eq!(found(r#"{"a": 1, "b" 2, "c": 3}"#, "/c"), "near {");
    assert_eq!(found("{\"a\": \"never ends\n}", "/a"), "\"never ends");
    assert_eq!(found("{\"a\": ", "/a"), "near {");
    assert_eq!(found("{\"a\": \"x\\", "/a"), "\"x\\");
    assert_eq!(found("]", ""), "nowhere");
}

#[test]
fn depth_is_bounded() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(found(&deep, "/0/0/0"), "[");
    let within = |levels: usize| {
        let text = format!("{}7{}", "[".repeat(levels), "]".repeat(levels));
        found(&text, &"/0".repeat(levels))
    };
    assert_eq!((within(DEPTH).as_str(), within(DEPTH + 1).as_str()), ("7", "near ["));
}

#[test]
fn the_break_is_found() {
    assert_eq!(break_in(b"{\"a\":\n 1,}"), Some(9));
    assert_eq!(break_in(b"{\"a\": \"\xff\"}"), Some(7));
    assert_eq!(break_in(b""), Some(0));
    assert_eq!(break_in(b"{}"), None);
}

/// Any document, with keys that need escapes in JSON and in pointers.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::hash_map("[a-c/~\"\\\\ñ\n]{0,3}", inner, 0..5)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The pointers of all simple values of a document.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| leaves(item, &format!("{pointer}/{index}"), found));
        }
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(member, &format!("{pointer}/{key}"), found);
            }
        }
        simple => found.push((pointer.to_owned(), simple.clone())),
    }
}

proptest! {
    #[test]
    fn every_value_of_every_document_is_found(document in document()) {
        let mut wanted = Vec::new();
        leaves(&document, "", &mut wanted);
        for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
            let places = locate(text.as_bytes(), wanted.iter().map(|(pointer, _)| pointer.as_str()));
            for ((pointer, value), place) in wanted.iter().zip(places) {
                let place = place.unwrap();
                prop_assert!(place.exact, "{pointer} in {text}");
                #[expect(clippy::disallowed_methods, reason = "not an invoice")]
                let found: Value = serde_json::from_str(&text[place.range]).unwrap();
                prop_assert_eq!(&found, value);
            }
            prop_assert_eq!(break_in(text.as_bytes()), None);
        }
    }

    #[test]
    fn any_bytes_give_places_within_them(mut text in proptest::collection::vec(any::<u8>(), 0..80), head in "[\\[{\":,}\\]a1 \n]{0,40}") {
        text.splice(0..0, head.into_bytes());
        for place in locate(&text, ["", "/a", "/0", "/0/a/1"]).into_iter().flatten() {
            prop_assert!(place.range.start <= place.range.end && place.range.end <= text.len());
        }
        prop_assert!(break_in(&text).is_none_or(|at| at <= text.len()));
    }
}
