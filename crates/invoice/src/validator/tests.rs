//! The model and the schema agree on what is in order: what the one lets pass unseen, the other has nothing against.

#[path = "../../tests/properties/node.rs"]
mod node;

use proptest::prelude::*;

use super::*;
use node::{INVOICES, changed_invoice};

/// Whether the model has nothing to report, and what the schema and the reading of numbers find.
fn both(text: &str) -> (bool, bool, usize) {
    let model = model::read(text);
    let invoice = model.get();
    let mut bad_fields = Vec::new();
    if let Some(invoice) = invoice {
        invoice.bad_fields(&NodePath::Root, &mut bad_fields);
    }
    let Ok(document) = decode::tests::strict(text) else {
        return (invoice.is_some_and(is_clean), false, 1);
    };
    let has_bad_numbers = bad_fields.iter().any(|field| field.number().is_some());
    let schema_finds_nothing = schema::tests::has_nothing_against(&document) && !has_bad_numbers;
    let reported = coded(schema::report(text, &ValidParts::default(), &bad_fields).unwrap());
    assert_eq!(
        unreported(&bad_fields, &reported).is_some(),
        reported.is_empty(),
        "every bad field is reported"
    );
    let reported = reported.len();
    (invoice.is_some_and(is_clean), schema_finds_nothing, reported)
}

/// The codes and places in the schema's report on a text: with what is in order passed over, and in one piece.
fn short_and_long(text: &str) -> Option<[Vec<(&'static str, String)>; 2]> {
    let model = model::read(text);
    let valid_parts = ValidParts::of(model.get());
    let short = schema::tests::places(schema::report(text, &valid_parts, &[]).ok()?);
    let long = decode::tests::strict(text).ok()?;
    Some([short, schema::tests::reported_in_one_piece(&long)])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn model_and_schema_agree_on_what_is_in_order(invoice in changed_invoice(), by in 0_usize..40) {
        let (is_clean, schema_finds_nothing, reported) = both(&invoice.to_string());
        prop_assert!(!(is_clean && invoice.repeats_a_name()));
        if let Some([short, long]) = short_and_long(&invoice.to_string()) {
            prop_assert_eq!(short, long, "what is passed over has no fault");
        }
        let mut turned = invoice;
        turned.turn(by);
        prop_assert_eq!(both(&turned.to_string()).0, is_clean, "whatever the order of members");
        prop_assert_eq!(is_clean, schema_finds_nothing);
        prop_assert_eq!(is_clean, reported == 0, "what is not in order is reported");
    }
}

#[test]
fn a_decimal_in_escapes_is_the_same_decimal() {
    for invoice in INVOICES {
        let escaped = invoice.replace(".00\"", ".0\\u0030\"");
        assert_ne!(escaped, *invoice);
        assert_eq!(both(&escaped), (true, true, 0));
    }
}

#[test]
fn a_text_is_as_long_as_it_has_characters() {
    let with = |characters: usize| {
        INVOICES[0].replacen('{', &format!(r#"{{"buyer_reference":"{}","#, "ñ".repeat(characters)), 1)
    };
    assert_eq!((both(&with(300)), both(&with(301))), ((true, true, 0), (false, false, 1)));
}

#[test]
fn a_day_has_four_digits_and_two_and_two() {
    use crate::model::date;
    assert!(date("2026-02-28").is_some());
    for text in
        ["2026-2-28", "02026-02-28", "2026-+2-28", "+026-02-28", "2026-02-28-", "2026-02", "2026-02-30"]
    {
        assert_eq!(date(text), None, "{text}");
    }
}

/// A value of another kind costs its field, and nothing beside it.
#[test]
fn what_is_beside_a_value_of_another_kind_is_read() {
    for value in [r#"{"a":[1]}"#, r#"[{"a":1}]"#, "1.5", "-1", "1", "true", "null"] {
        let text =
            format!(r#"{{"number":"F-1","currency":{value},"issue_date":{value},"buyer":{{"name":"B"}}}}"#);
        let model = model::read(&text);
        let invoice = model.get().unwrap_or_else(|| panic!("{value}"));
        assert!(invoice.currency.is_bad() && invoice.issue_date.is_bad(), "{value}");
        assert_eq!(invoice.buyer.get().and_then(|buyer| buyer.name.text()), Some("B"), "{value}");
    }
}

#[test]
fn a_verdict_has_a_word_and_a_summary() {
    let day = Date::from_ordinal_date(2026, 166).unwrap();
    let judge = |text: &str| Validator::new(Policy::default()).judge(text.as_bytes(), day);
    let number = node::Node::read(INVOICES[0]);
    let [valid, invalid] = [judge(INVOICES[0]), judge(r#"{"number":"F-7"}"#)];
    assert_eq!((valid.as_str(), invalid.as_str()), ("valid", "invalid"));
    assert_eq!(invalid.summary().number.as_deref(), Some("F-7"));
    assert!(number.to_string().contains(valid.summary().number.as_deref().unwrap()));
}

#[test]
fn of_a_name_that_is_there_twice_the_first_is_not_passed_over() {
    // The model has the second, which is in order.
    let text = INVOICES[0].replacen('{', r#"{"buyer":{"name":"a","name":"b"},"#, 1);
    let model = model::read(&text);
    let (code, fault) = schema::report(&text, &ValidParts::of(model.get()), &[]).unwrap_err();
    assert_eq!((code, fault.path.as_str()), ("FE-S-001", "/buyer/name"));
}

/// An invoice whose lines are these.
fn with_lines(lines: &[&str]) -> String {
    let mut invoice = node::Node::read(INVOICES[0]);
    if let node::Node::Object(members) = &mut invoice {
        for (_, value) in members.iter_mut().filter(|(name, _)| name == "lines") {
            *value = node::Node::Text(format!("[ {} ]", lines.join(" ,")));
        }
    }
    invoice.to_string()
}

/// A line in order.
fn a_line() -> String {
    let node::Node::Object(members) = node::Node::read(INVOICES[0]) else { panic!("an object") };
    let (_, lines) = members.into_iter().find(|(name, _)| name == "lines").unwrap();
    let node::Node::List(lines) = lines else { panic!("a list") };
    lines.first().unwrap().to_string()
}

/// Whether it is JSON. A shortened text that were none would be forgiven: the whole text is read in its place.
#[expect(clippy::disallowed_methods, reason = "any JSON")]
fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Fields in order, fields that are not, and names with escapes or without letters, one after the other in every way.
#[test]
fn the_fields_that_are_left_out_of_a_shortened_text_have_nothing_to_tell() {
    let fields = [
        r#""buyer_reference":"\"}, \"lines\": [ ""#,
        "\"period\" \n : { \"start\" : \"2026-01-01\" } ",
        r#""project_refer\u0065nce":"x""#,
        r#""tender_reference":7"#,
        r#""":0"#,
        r#""Number":"F-1""#,
    ];
    let (is_in_order, is_plain) = (|at: usize| at < 3, |at: usize| at != 2 && at != 4);
    for first in 0..fields.len() {
        for second in 0..fields.len() {
            for third in 0..fields.len() {
                let text = format!("{{ {}, {},{} }}", fields[first], fields[second], fields[third]);
                let model = model::read(&text);
                // Of names that the format does not know the model keeps none.
                let is_twice = |one: usize, other| one == other && one < 4;
                let repeats = is_twice(first, second) || is_twice(second, third) || is_twice(third, first);
                let is_left_out = |at, next| !repeats && is_in_order(at) && is_plain(at) && is_plain(next);
                let short = ValidParts::of(model.get()).shortened(&text);
                assert_eq!(
                    short.is_some(),
                    is_left_out(first, second) || is_left_out(second, third) || is_left_out(third, 0),
                    "{text}"
                );
                assert!(short.is_none_or(|short| is_json(&short)), "{text}");
                if let Some([short, long]) = short_and_long(&text) {
                    assert_eq!(short, long, "{text}");
                }
            }
        }
    }
}

/// Lines in order, lines that are not, and what is no line, side by side in every way.
#[test]
fn the_lines_that_are_left_out_of_a_shortened_text_have_nothing_to_tell() {
    let line = a_line();
    let name = r#""name":""#;
    assert!(line.starts_with(r#"{"id":"#) && line.contains(name));
    let in_order = [
        line.clone(),
        line.replace(name, r#""name":"}, {\"lines\": [ "#).replacen('{', "{ \n ", 1),
        line.replacen("\"id\"", r#""\u0069d""#, 1),
    ];
    let not_in_order = [
        line.replacen("\"id\"", "\"ID\"", 1),
        line.replacen('{', r#"{"":0,"#, 1),
        line.replace(name, r#""name":7,"Name":""#),
        "{ }".to_owned(),
        "[{}]".to_owned(),
        r#""}, {\"""#.to_owned(),
    ];
    // Its first name is there, without escapes.
    let begins = |at: usize| ![2, 4, 6, 7, 8].contains(&at);
    let lines: Vec<&str> = in_order.iter().chain(&not_in_order).map(String::as_str).collect();
    for first in 0..lines.len() {
        for second in 0..lines.len() {
            for third in 0..lines.len() {
                let text = with_lines(&[lines[first], lines[second], lines[third]]);
                // With these, no field is left out.
                let text = text.replacen('{', r#"{"extensions":{},"#, 1);
                let model = model::read(&text);
                let is_left_out = |at: usize, next: usize| at < 2 && begins(next);
                let short = ValidParts::of(model.get()).shortened(&text);
                assert_eq!(
                    short.is_some(),
                    is_left_out(first, second) || is_left_out(second, third),
                    "{text}"
                );
                let is_shorter = |short: &str| short.len() < text.len() - line.len() / 2;
                assert!(short.is_none_or(|short| is_json(&short) && is_shorter(&short)), "{text}");
                let [short, long] = short_and_long(&text).unwrap();
                assert_eq!(short, long, "{text}");
            }
        }
    }
}

/// The fields of a line that are in order say nothing of the items of other lists, whose fields have the same names.
#[test]
fn only_the_fields_of_lines_are_passed_over_one_by_one() {
    let line = a_line().replacen('{', r#"{"strange":1,"#, 1);
    let charge = r#"{"amount":"1.00","reason":"r","tax":null}"#;
    let text = with_lines(&[&line]).replacen('{', &format!(r#"{{"charges":[{charge}],"#), 1);
    let model = model::read(&text);
    assert!(ValidParts::of(model.get()).has_field_of_line(0, "tax"));
    let [short, long] = short_and_long(&text).unwrap();
    assert_eq!(short, long);
    assert!(long.contains(&("FE-S-006", "/charges/0/tax".to_owned())), "{long:?}");
}

/// Half a surrogate pair is a string to who passes it over. Its line and column are reported.
#[test]
fn what_only_a_strict_reading_refuses_is_reported_by_its_place_in_the_whole_text() {
    let line = a_line();
    let text = with_lines(&[&line, &line, &line.replacen('{', r#"{"strange":"\ud800","#, 1)]);
    let model = model::read(&text);
    let valid_parts = ValidParts::of(model.get());
    assert!(valid_parts.shortened(&text).is_some());
    let (code, reported) = schema::report(&text, &valid_parts, &[]).unwrap_err();
    let (_, whole) = decode::tests::strict(&text).unwrap_err();
    assert_eq!((code, &reported.actual), ("FE-S-001", &whole.actual));
    assert!(reported.actual.unwrap().contains("column"));
}

/// A report that lacks what the model found, as it would be if the two readers did not agree.
#[test]
fn what_the_model_finds_and_the_report_lacks_is_refused_whatever_the_policy() {
    const EMPTY: Report = |_, _, _| Ok(Vec::new());
    const OTHER: Report = |_, _, _| Ok(vec![("FE-S-005", RuleFault::at(""))]);
    let lenient = Policy::from_json(r#"{"rules":{"FE-S-005":"off","BR-05":"off"}}"#).unwrap();
    let lenient = Validator::new(lenient);
    let day = Date::from_ordinal_date(2026, 166).unwrap();
    let with = |member: &str| INVOICES[0].replacen('{', &format!("{{{member},"), 1);
    let line = a_line().replacen('{', r#"{"note":7,"#, 1);
    for (report, text, place) in [
        (EMPTY, with(r#""buyer_reference":7"#), "/buyer_reference"),
        (OTHER, with(r#""buyer_reference":7"#), "/buyer_reference"),
        (OTHER, with(r#""notes":[{"text":"a"},{"text":1}]"#), "/notes/1/text"),
        (OTHER, with_lines(&[&a_line(), &line]), "/lines/1/note"),
        // Nothing is bad: a field is one too many, or is not there.
        (EMPTY, with(r#""strange":7"#), ""),
        (EMPTY, INVOICES[0].replacen("\"buyer\"", "\"Buyer\"", 1), ""),
        // The model has nothing to read.
        (EMPTY, "null".to_owned(), ""),
    ] {
        let verdict = lenient.judge_with(report, text.as_bytes(), day);
        let found = verdict.violations().iter().find(|it| it.code == "FE-S-009");
        assert_eq!(found.map(|it| it.path.as_str()), Some(place), "{text}");
        assert!(!verdict.is_valid(), "{text}");
        let agreed = lenient.judge(text.as_bytes(), day);
        assert!(agreed.violations().iter().all(|it| it.code != "FE-S-009"), "{text}");
    }
    let valid = lenient.judge_with(EMPTY, INVOICES[0].as_bytes(), day);
    assert!(valid.is_valid(), "a clean model asks for no report");
}

#[test]
fn a_valid_invoice_needs_no_report() {
    for invoice in INVOICES {
        assert_eq!(both(invoice), (true, true, 0));
    }
}

#[test]
fn the_most_lines_are_those_of_the_schema() {
    let invoice = |lines: usize| {
        let mut invoice = node::Node::read(INVOICES[0]);
        if let node::Node::Object(members) = &mut invoice {
            for (_, value) in members.iter_mut().filter(|(name, _)| name == "lines") {
                if let node::Node::List(items) = value {
                    *items = vec![items[0].clone(); lines];
                }
            }
        }
        invoice.to_string()
    };
    assert_eq!(both(&invoice(LINES_MAX)), (true, true, 0));
    assert_eq!(both(&invoice(LINES_MAX + 1)), (false, false, 1));
    let roomy = Policy::from_json(r#"{"limits":{"max_body_bytes":9000000}}"#).unwrap();
    let day = Date::from_ordinal_date(2026, 166).unwrap();
    let verdict = Validator::new(roomy).judge(invoice(LINES_MAX + 1).as_bytes(), day);
    let reported = |code: &str| verdict.violations().iter().filter(|it| it.code == code).count();
    assert_eq!((reported("FE-S-003"), reported("FE-R-010")), (1, 1));
    assert_eq!(reported("FE-D-001"), 1_000, "no more places of one rule than the most");
}

/// A body of a megabyte that has a fault every few bytes has a report of bounded length.
#[test]
fn a_body_full_of_faults_has_a_bounded_report() {
    let validator = Validator::new(Policy::default());
    let day = Date::from_calendar_date(2026, time::Month::November, 24).unwrap();
    let lists = |item: &str, count: usize| format!(r#"{{"lines":[{}]}}"#, vec![item; count].join(","));
    for (item, count) in
        [("0", 520_000), ("{}", 340_000), (r#"{"a":1}"#, 130_000), ("{}", 9_000), ("[]", 340_000)]
    {
        let verdict = validator.judge(lists(item, count).as_bytes(), day);
        let reported = verdict.violations().len();
        assert!((1..=20_000).contains(&reported), "{item} {count} times: {reported} violations");
    }
    let unknown: Vec<String> = (0..80_000).map(|at| format!(r#""f{at}":0"#)).collect();
    let verdict = validator.judge(format!("{{{}}}", unknown.join(",")).as_bytes(), day);
    assert!((1..=2_000).contains(&verdict.violations().len()));
}

#[test]
fn the_items_of_all_lists_are_counted_whichever_way_a_document_goes() {
    let validator = Validator::new(Policy::default());
    let day = Date::from_calendar_date(2026, time::Month::November, 24).unwrap();
    let notes = |count: usize| {
        let notes = vec![r#"{"text":"x"}"#; count].join(",");
        INVOICES[0].replacen('{', &format!(r#"{{"notes":[{notes}],"#), 1)
    };
    // Its lines and the entries of its tax breakdown are items, too.
    let codes = |body: String| {
        validator.judge(body.as_bytes(), day).violations().iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(notes(ITEMS_MAX - 100)), [""; 0]);
    assert_eq!(codes(notes(ITEMS_MAX - 1)), ["FE-S-003"]);
}
