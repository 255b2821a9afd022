//! What the format and a policy allow of an invoice.

use aduana_invoice::{Date, Policy, Validator};
use aduana_testkit::hostile::today;
use aduana_testkit::samples;
use serde_json::{Value, json};

use super::around;

fn sample() -> Value {
    #[expect(clippy::disallowed_methods, reason = "the project's own sample")]
    serde_json::from_slice(&samples::valid("F-1", 1)).unwrap()
}

/// The sample with values at places.
fn changed<const N: usize>(values: [(&str, Value); N]) -> Vec<u8> {
    let mut invoice = sample();
    for (pointer, value) in values {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match invoice.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            object => object[name] = value,
        }
    }
    invoice.to_string().into_bytes()
}

fn codes(body: &[u8], policy: &str) -> Vec<&'static str> {
    let validator = Validator::new(Policy::from_json(policy).unwrap());
    validator.judge(body, today()).violations().iter().map(|violation| violation.code).collect()
}

/// The codes of the violations at one path.
fn codes_at(pointer: &str, body: &[u8]) -> Vec<&'static str> {
    let verdict = Validator::new(Policy::default()).judge(body, today());
    let at = verdict.violations().iter().filter(|violation| violation.path == pointer);
    at.map(|violation| violation.code).collect()
}

/// Today, so many days on.
fn day(offset: i32) -> String {
    Date::from_julian_day(today().to_julian_day() + offset).unwrap().to_string()
}

#[test]
fn a_body_of_1_mib_is_read_and_one_byte_more_is_not() {
    for (bytes, is_read) in around(1_048_576) {
        let mut body = samples::valid("F-1", 1);
        body.resize(bytes, b' ');
        assert_eq!(codes(&body, "{}") != ["FE-S-002"], is_read, "{bytes}");
    }
}

#[test]
fn levels_and_items_have_a_most() {
    for (levels, is_read) in around(32) {
        let list = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        let body = format!("{{\"number\":{list}}}");
        assert_eq!(codes(body.as_bytes(), "{}") != ["FE-S-003"], is_read, "{levels} levels");
    }
    for (items, is_read) in around(12_000) {
        let body = format!("{{\"number\":[{}]}}", vec!["1"; items].join(","));
        assert_eq!(codes(body.as_bytes(), "{}") != ["FE-S-003"], is_read, "{items} items");
    }
}

#[test]
fn a_policy_sets_the_most_lines_and_bytes() {
    let line = sample()["lines"][0].clone();
    let lines = |count: usize| changed([("/lines", vec![line.clone(); count].into())]);
    for (policy, max) in [(r#"{"limits":{"max_lines":3}}"#, 3), ("{}", 5_000)] {
        for (count, is_within) in around(max) {
            let codes = codes(&lines(count), policy);
            assert_eq!(!codes.contains(&"FE-R-010"), is_within, "{count}");
        }
    }
    let body = samples::valid("F-1", 1);
    for (bytes, is_within) in [(body.len() - 1, false), (body.len(), true), (body.len() + 1, true)] {
        let codes = codes(&body, &format!(r#"{{"limits":{{"max_body_bytes":{bytes}}}}}"#));
        assert_eq!(codes.is_empty(), is_within, "{bytes}: {codes:?}");
    }
}

#[test]
fn a_policy_sets_the_largest_amount_without_its_sign() {
    let policy = r#"{"limits":{"max_amount":12}}"#;
    for (amount, is_within, policy) in [
        ("11.99", true, policy),
        ("12.00", true, policy),
        ("12.01", false, policy),
        ("-12.00", true, policy),
        ("-12.01", false, policy),
        ("0.00", true, r#"{"limits":{"max_amount":0}}"#),
        ("0.01", false, r#"{"limits":{"max_amount":0}}"#),
        ("9999999999999.99", true, "{}"),
        ("10000000000000.00", true, "{}"),
        ("10000000000000.01", false, "{}"),
    ] {
        for place in ["/totals/payable", "/totals/tax_in_tax_currency", "/lines/0/net_amount"] {
            let mut invoice = sample();
            // What is larger than 12 besides is not what is asked for.
            let (parent, name) = place.rsplit_once('/').unwrap();
            invoice.pointer_mut(parent).unwrap()[name] = amount.into();
            let body = invoice.to_string().into_bytes();
            let verdict = Validator::new(Policy::from_json(policy).unwrap()).judge(&body, today());
            let is_reported = verdict.violations().iter().any(|it| it.code == "FE-R-005" && it.path == place);
            assert_eq!(!is_reported, is_within, "{amount} at {place}");
        }
    }
}

#[test]
fn an_invoice_is_issued_tomorrow_at_the_latest_and_five_years_ago_at_the_earliest() {
    let at_most = |days: u32, name: &str| format!(r#"{{"limits":{{"{name}":{days}}}}}"#);
    for (ahead, policy) in
        [(1, "{}".to_owned()), (0, at_most(0, "max_days_ahead")), (40, at_most(40, "max_days_ahead"))]
    {
        for (days, is_within) in [(ahead - 1, true), (ahead, true), (ahead + 1, false)] {
            let codes = codes(&changed([("/issue_date", day(days).into())]), &policy);
            assert_eq!(!codes.contains(&"FE-R-001"), is_within, "{days} days ahead");
        }
    }
    for (back, policy) in
        [(1_830, "{}".to_owned()), (0, at_most(0, "max_days_back")), (40, at_most(40, "max_days_back"))]
    {
        for (days, is_within) in [(back - 1, true), (back, true), (back + 1, false)] {
            let codes = codes(&changed([("/issue_date", day(-days).into())]), &policy);
            assert_eq!(!codes.contains(&"FE-R-002"), is_within, "{days} days back");
        }
    }
}

#[test]
fn an_invoice_is_due_from_its_issue_on_and_within_two_years() {
    let due = |days: i32| changed([("/issue_date", day(-3).into()), ("/due_date", day(days - 3).into())]);
    for (days, is_within) in [(-1, false), (0, true), (1, true)] {
        assert_eq!(!codes(&due(days), "{}").contains(&"FE-R-003"), is_within, "{days} days");
    }
    for (most, policy) in [(732, "{}"), (30, r#"{"limits":{"max_days_due":30}}"#)] {
        for (days, is_within) in [(most - 1, true), (most, true), (most + 1, false)] {
            assert_eq!(!codes(&due(days), policy).contains(&"FE-R-004"), is_within, "{days} days");
        }
    }
}

#[test]
fn delivery_and_tax_point_are_within_a_year_of_the_issue() {
    for days in [365, 366, 367] {
        for offset in [days, -days] {
            let taxed =
                changed([("/issue_date", day(-9).into()), ("/tax_point_date", day(offset - 9).into())]);
            let delivered =
                changed([("/issue_date", day(-9).into()), ("/delivery", json!({ "date": day(offset - 9) }))]);
            for body in [taxed, delivered] {
                assert_eq!(!codes(&body, "{}").contains(&"FE-R-015"), days <= 366, "{offset} days");
            }
        }
    }
}

#[test]
fn a_quantity_is_not_zero_and_a_thousand_million_at_most() {
    for (quantity, is_within) in [
        ("0", false),
        ("0.0000000001", true),
        ("-0.0000000001", true),
        ("999999999.9999999999", true),
        ("1000000000", true),
        ("-1000000000", true),
        ("1000000000.0000000001", false),
        ("-1000000001", false),
    ] {
        let body = changed([("/lines/0/quantity", quantity.into())]);
        assert_eq!(!codes_at("/lines/0/quantity", &body).contains(&"FE-R-006"), is_within, "{quantity}");
    }
}

#[test]
fn rates_and_percentages_are_from_0_to_100() {
    for (rate, is_within) in
        [("-0.01", false), ("0", true), ("0.01", true), ("99.99", true), ("100", true), ("100.01", false)]
    {
        let taxed = changed([("/lines/0/tax/rate", rate.into())]);
        assert_eq!(!codes_at("/lines/0/tax/rate", &taxed).contains(&"FE-R-007"), is_within, "{rate}");
        let allowances =
            json!([{ "amount": "1.00", "percentage": rate, "tax": { "category": "S", "rate": "15" } }]);
        let allowed = changed([("/allowances", allowances)]);
        let reported = codes_at("/allowances/0/percentage", &allowed);
        assert_eq!(!reported.contains(&"FE-R-013"), is_within, "{rate}");
    }
}

#[test]
fn rounding_is_less_than_a_unit_and_what_is_prepaid_not_more_than_the_total() {
    for (rounding, is_within) in
        [("0.99", true), ("1.00", false), ("1.01", false), ("-0.99", true), ("-1.00", false)]
    {
        let body = changed([("/totals/rounding", rounding.into())]);
        assert_eq!(!codes(&body, "{}").contains(&"FE-R-012"), is_within, "{rounding}");
    }
    for (prepaid, is_within) in
        [("-0.01", false), ("0.00", true), ("11.49", true), ("11.50", true), ("11.51", false)]
    {
        let body = changed([("/totals/prepaid", prepaid.into())]);
        assert_eq!(!codes(&body, "{}").contains(&"FE-R-014"), is_within, "{prepaid}");
    }
    for (payable, is_within) in [("-0.01", false), ("0.00", true), ("0.01", true)] {
        let body = changed([("/totals/payable", payable.into())]);
        assert_eq!(!codes(&body, "{}").contains(&"FE-R-011"), is_within, "{payable}");
    }
}

#[test]
fn amounts_have_two_decimals_and_no_more_than_their_currency() {
    for (payable, is_within) in [("11.5", true), ("11.50", true), ("11.500", false)] {
        let body = changed([("/totals/payable", payable.into())]);
        assert_eq!(!codes_at("/totals/payable", &body).contains(&"BR-DEC-18"), is_within, "{payable}");
    }
    // A currency without decimals: zeros stand for nothing.
    for (payable, is_within) in [("11", true), ("11.00", true), ("11.5", false)] {
        let body = changed([("/currency", "CLP".into()), ("/totals/payable", payable.into())]);
        assert_eq!(!codes_at("/totals/payable", &body).contains(&"FE-R-009"), is_within, "{payable}");
    }
}

#[test]
fn a_number_has_15_digits_before_the_point_and_10_after_it() {
    let is_read = |pointer: &str, number: String| {
        let as_text = changed([(pointer, number.as_str().into())]);
        // A JSON number is read from its text, too.
        let text = String::from_utf8(as_text.clone()).unwrap();
        let as_number = text.replace(&format!("\"{number}\""), &number).into_bytes();
        let [as_text, as_number] =
            [as_text, as_number].map(|body| !codes_at(pointer, &body).contains(&"FE-S-007"));
        assert_eq!(as_text, as_number, "{number}");
        as_text
    };
    for (digits, is_within) in around(15) {
        assert_eq!(is_read("/totals/payable", "9".repeat(digits)), is_within, "{digits} digits");
        assert_eq!(is_read("/totals/payable", format!("-{}", "9".repeat(digits))), is_within);
    }
    for (decimals, is_within) in around(10) {
        assert_eq!(
            is_read("/lines/0/quantity", format!("1.{}", "1".repeat(decimals))),
            is_within,
            "{decimals}"
        );
    }
    for (digits, is_within) in around(4) {
        assert_eq!(is_read("/lines/0/tax/rate", "9".repeat(digits)), is_within, "{digits} digits of a rate");
    }
}

#[test]
fn texts_have_the_lengths_of_the_schema_in_characters() {
    let places = [
        ("/number", 300),
        ("/seller/name", 300),
        ("/buyer/name", 300),
        ("/buyer_reference", 300),
        ("/lines/0/id", 300),
        ("/payment_terms", 10_000),
        ("/lines/0/item/name", 10_000),
        ("/type_code", 50),
        ("/seller/tax_id/number", 50),
    ];
    for (pointer, max) in places {
        for (length, is_within) in around(max) {
            // Outside of the plane of two bytes: a character is one, however it is stored.
            for sign in ["x", "ñ", "𝄞"] {
                let body = changed([(pointer, sign.repeat(length).into())]);
                let reported = codes_at(pointer, &body);
                assert_eq!(!reported.contains(&"FE-S-007"), is_within, "{length} of {sign} at {pointer}");
            }
        }
        let empty = codes_at(pointer, &changed([(pointer, "".into())]));
        assert!(empty.iter().any(|code| code.starts_with("FE-S-") || code.starts_with("BR-")), "{pointer}");
    }
    for (length, is_within) in around(2_000) {
        let uri = format!("https://{}", "x".repeat(length - "https://".len()));
        let body = changed([("/attachments", json!([{ "id": "1", "uri": uri }]))]);
        assert_eq!(!codes_at("/attachments/0/uri", &body).contains(&"FE-S-007"), is_within, "{length}");
    }
}

#[test]
fn lists_that_are_there_have_an_item() {
    let note = json!({ "text": "x" });
    for (count, is_within) in [(0, false), (1, true), (2, true)] {
        let body = changed([("/notes", vec![note.clone(); count].into())]);
        assert_eq!(codes_at("/notes", &body).is_empty(), is_within, "{count} notes");
    }
}

#[test]
fn one_rule_reports_a_thousand_places_and_120_characters_of_a_value() {
    for (lines, reported) in [(999, 999), (1_000, 1_000), (1_001, 1_000)] {
        let body = changed([("/lines", vec![json!({}); lines].into())]);
        let codes = codes(&body, "{}");
        let most = codes.iter().filter(|code| **code == "BR-21").count();
        assert_eq!(most, reported, "{lines} lines without an id");
    }
    for (length, reported) in [(119, 119), (120, 120), (121, 120)] {
        let body = changed([("/currency", "x".repeat(length).into())]);
        let verdict = Validator::new(Policy::default()).judge(&body, today());
        let at = verdict.violations().iter().find(|violation| violation.path == "/currency").unwrap();
        assert_eq!(at.actual.as_ref().unwrap().chars().count(), reported);
    }
    assert_eq!(aduana_invoice::Violation::ACTUAL_MAX, 120);
}
