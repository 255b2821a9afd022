use std::sync::OnceLock;

use jsonschema::ValidationError;

use super::parts::compiled;
use super::*;
use crate::catalogue::{missing_at, one_of_at};
use crate::terms::without_indices;

/// The schema in one piece, as others compile it.
fn whole() -> &'static jsonschema::Validator {
    static READY: OnceLock<jsonschema::Validator> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "our own schema, not an invoice")]
    READY.get_or_init(|| compiled(&serde_json::from_str(SCHEMA).unwrap()).unwrap())
}

/// Takes what the schema in one piece finds: what the report must have, whichever way it finds it.
fn take(report: &mut Report, error: &ValidationError<'_>) {
    let path = &error.instance_path().to_string();
    let place = without_indices(path);
    match error.kind() {
        Kind::Required { property } => {
            let path = [path, "/", property.as_str().unwrap()].concat();
            report.add_all(or_general(missing_at(&without_indices(&path))), &path);
        }
        Kind::AdditionalProperties { unexpected } => {
            for name in unexpected.iter().take(FaultSink::PLACES_MAX) {
                report.add("FE-S-005", path, |fault| fault.actual(name));
            }
        }
        Kind::AnyOf { .. } => report.add_all(one_of_at(&place), path),
        Kind::MinItems { .. } => {
            report.add("FE-S-008", path, |fault| fault.actual("[]"));
            report.add_all(missing_at(&place), path);
        }
        Kind::MinProperties { .. } => report.add_all(or_general(missing_at(&place)), path),
        Kind::MaxItems { limit } => {
            report.add("FE-S-003", path, |fault| fault.expected(format!("≤ {limit}")));
        }
        Kind::Constant { .. } => {
            report.add("FE-S-004", path, |fault| fault.expected("1.0").actual(scalar(error.instance())));
        }
        Kind::Type { kind: expected } => report.add("FE-S-006", path, |fault| {
            use jsonschema::error::TypeKind;
            let expected = match expected {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(_) => "string, 1234.50".to_owned(),
            };
            fault.expected(expected).actual(kind(error.instance()))
        }),
        Kind::PropertyNames { .. } => {
            report.add("FE-S-007", path, |fault| fault.expected("a–z 0–9 _ . -"));
        }
        // `not` is said of values of any type; that the type is wrong is reported elsewhere.
        other => {
            if let Some(text) = error.instance().as_str() {
                report.lexical(missing_at(&place), path, other, text);
            }
        }
    }
}

/// Whether the schema alone, without the report, finds nothing.
pub(crate) fn has_nothing_against(document: &Value) -> bool {
    whole().is_valid(document)
}

/// The codes and places of a report by the schema in one piece.
pub(crate) fn reported_in_one_piece(document: &Value) -> Vec<(&'static str, String)> {
    let mut report = Report::default();
    whole().iter_errors(document).for_each(|error| take(&mut report, &error));
    places(report.faults)
}

/// The codes and places of faults, in a fixed order.
pub(crate) fn places(faults: Vec<Coded>) -> Vec<(&'static str, String)> {
    let mut places: Vec<_> = faults.into_iter().map(|(code, fault)| (code, fault.path)).collect();
    places.sort_unstable();
    places
}

/// The suggestions for the unknown fields of a document.
fn renamed(document: &str) -> Vec<Vec<PatchOp>> {
    let faults = report(document, &ValidParts::default(), &[]).unwrap().into_iter();
    faults.filter(|(code, _)| *code == "FE-S-005").map(|(_, fault)| fault.suggestion).collect()
}

fn moved(from: &str, to: &str, value: &str) -> Vec<PatchOp> {
    let to = PatchOp::Add { path: to.to_owned(), value: value.into() };
    vec![to, PatchOp::Remove { path: from.to_owned() }]
}

#[test]
fn a_name_in_another_spelling_is_moved_to_its_own() {
    for name in ["dueDate", "DueDate", "due-date", "DUE_DATE", "due date", "duedate"] {
        let document = format!(r#"{{"{name}":"2026-07-01"}}"#);
        assert_eq!(renamed(&document), [moved(&format!("/{name}"), "/due_date", "2026-07-01")], "{name}");
    }
    assert_eq!(renamed(r#"{"due/date":"x"}"#), [moved("/due~1date", "/due_date", "x")]);
    assert_eq!(renamed(r#"{"due~date":"x"}"#), [moved("/due~0date", "/due_date", "x")]);
}

#[test]
fn it_is_moved_within_its_object() {
    let line = r#"{"lines":[{"item":{}},{"item":{"sellerItemId":"A-1"}}]}"#;
    assert_eq!(renamed(line), [moved("/lines/1/item/sellerItemId", "/lines/1/item/seller_item_id", "A-1")]);
    let address = r#"{"tax_representative":{"address":{"postalCode":"110221"}}}"#;
    let to = "/tax_representative/address/";
    assert_eq!(renamed(address), [moved(&format!("{to}postalCode"), &format!("{to}postal_code"), "110221")]);
}

#[test]
fn of_two_spellings_of_one_name_only_the_first_is_moved() {
    let moves = renamed(r#"{"dueDate":"2026-07-01","due-date":"2026-08-01","DUE_DATE":"2026-09-01"}"#);
    assert_eq!((moves.len(), moves.iter().filter(|moves| !moves.is_empty()).count()), (3, 1), "{moves:?}");
    // In different objects, each is the first.
    let lines = r#"{"lines":[{"item":{"sellerItemId":"A"}},{"item":{"sellerItemId":"B"}}]}"#;
    assert!(renamed(lines).iter().all(|moves| !moves.is_empty()));
}

#[test]
fn it_is_not_moved_where_the_place_is_taken_or_unknown() {
    assert_eq!(renamed(r#"{"dueDate":"2026-07-01","due_date":"2026-07-01"}"#), [vec![]]);
    assert_eq!(renamed(r#"{"vencimiento":"2026-07-01"}"#), [vec![]]);
    // The format has such a field, but at another place.
    assert_eq!(renamed(r#"{"seller":{"currency":"USD"}}"#), [vec![]]);
    assert_eq!(renamed(r#"{"seller":{"dueDate":"2026-07-01"}}"#), [vec![]]);
}

#[test]
fn the_schema_is_its_own_and_can_be_compiled() {
    assert!(schema().is_some(), "it says nothing that is not looked at");
    assert!(SCHEMA.contains("\"additionalProperties\": false"));
}

/// What is in a report, by rule: the order of a verdict is that of its rules, and within one rule that of the report. In what order
/// the fields of the document itself come, and that its lines come last, is the report's own.
fn by_rule(faults: Vec<Coded>) -> Vec<String> {
    let mut faults = faults;
    let own = |path: &str| (path.matches('/').count() < 2).then(|| path.to_owned());
    faults
        .sort_by_cached_key(|(code, RuleFault { path, .. })| (*code, path.starts_with("/lines/"), own(path)));
    // What can be renamed is not known to the schema in one piece.
    let reported = |(code, fault): Coded| {
        let suggestion = if code == "FE-S-005" { Vec::new() } else { fault.suggestion };
        format!("{code} {} {:?} {:?} {suggestion:?}", fault.path, fault.expected, fault.actual)
    };
    faults.into_iter().map(reported).collect()
}

fn apart_and_whole(document: &str) -> [Vec<String>; 2] {
    let apart = report(document, &ValidParts::default(), &[]).unwrap();
    let document = decode::tests::strict(document).unwrap();
    let mut whole_report = Report::default();
    whole().iter_errors(&document).for_each(|error| take(&mut whole_report, &error));
    [apart, whole_report.faults].map(by_rule)
}

/// What of a line can be wrong, in every way.
const LINES: [&str; 5] = [
    r#"{"zz":1,"id":1,"item":{"yy":2,"name":5},"aa":[],"price":{"xx":1},"Unit":"C62"}"#,
    r#"{"period":{},"allowances":[],"charges":[{}],"tax":{"category":"s","rate":"x"},"quantity":"1,5","unit":7}"#,
    r#"{"id":" ","period":{"start":"2026-02-30","end":"x"},"item":{"classifications":[],"attributes":[{}]},"note":null}"#,
    "{}",
    "[]",
];

#[test]
fn what_is_taken_apart_is_reported_in_the_order_of_the_schema_in_one_piece() {
    for line in LINES {
        let [apart, whole] = apart_and_whole(&format!(r#"{{"lines":[{line}]}}"#));
        assert!(apart.len() > 5);
        assert_eq!(apart, whole, "{line}");
    }
    for document in [
        r#"{"schema_version":1.0,"number":null,"issue_date":"2026-13-01","due_date":" ","currency":"eur","lines":{}}"#,
        r#"{"schema_version":"2","seller":{"yy":1,"address":{"zz":1,"country":""},"identifiers":[{},{"id":1}]},"aa":1}"#,
        r#"{"delivery":{},"period":{},"payment_means":[{"account":{},"card":[],"direct_debit":{}}],"lines":[]}"#,
        r#"{"allowances":[{"amount":"1"},{"tax":{}},{"reason":""}],"charges":[{},1,{"reason_code":" "}],"notes":[]}"#,
        r#"{"extensions":{"A":1,"b":1,"":1},"attachments":[{"uri":"","file":{"content":1}}],"totals":{"payable":"1,0"}}"#,
        r#"{"extensions":[],"withholdings":[{"rate":"12345","base":true,"type":"a b"}],"tax_breakdown":[{"rate":"5%"}]}"#,
    ] {
        let [apart, whole] = apart_and_whole(document);
        assert!(apart.len() > 10, "{apart:?}");
        assert_eq!(apart, whole, "{document}");
    }
}

/// Once some rules have as many faults as are reported, no more of them are looked for. Those of other rules are found all the same.
#[test]
fn what_is_not_looked_for_would_not_be_reported() {
    let enough = FaultSink::PLACES_MAX + 10;
    for line in LINES {
        for last in LINES {
            let lines = vec![line; enough].join(",");
            let document =
                format!(r#"{{"due_date":"x","extensions":{{"A":1}},"lines":[{lines},{last},{line}]}}"#);
            let [apart, whole] = apart_and_whole(&document);
            assert!(
                apart.iter().filter(|reported| reported.contains("/lines/")).count() >= FaultSink::PLACES_MAX
            );
            assert!(apart == whole, "{line}, and then {last}");
        }
    }
    let names: Vec<String> = (0..enough).map(|at| format!(r#""A{at}":1"#)).collect();
    let [apart, whole] = apart_and_whole(&format!(r#"{{"extensions":{{{}}},"number":""}}"#, names.join(",")));
    assert_eq!(apart, whole);
}

/// What is reported of the value at a place, beside the code: what was expected, what was found, what to put in its place.
fn in_words(document: &str) -> Vec<String> {
    let reported = |(code, RuleFault { path, expected, actual, suggestion }): Coded| {
        let by = suggestion.iter().map(|op| match op {
            PatchOp::Replace { value, .. } => format!(" → {value}"),
            other => format!(" {other:?}"),
        });
        let words = [expected, actual.map(Into::into)].map(|words| words.unwrap_or("–".into()));
        format!("{code} {path}: {}{}", words.join(", not "), by.collect::<String>())
    };
    let is_lack = |(code, _): &Coded| code.starts_with("BR-") || *code == "FE-S-008";
    let faults = report(document, &ValidParts::default(), &[]).unwrap();
    faults.into_iter().filter(|coded| !is_lack(coded)).map(reported).collect()
}

#[test]
fn what_a_text_should_be_is_reported_with_what_it_is() {
    let long = "ñ".repeat(301);
    for (field, words) in [
        (r#""due_date":"2026-02-30""#, "FE-D-002 /due_date: YYYY-MM-DD, not 2026-02-30"),
        (r#""due_date":"31/12/2026""#, r#"FE-S-007 /due_date: YYYY-MM-DD, not 31/12/2026 → "2026-12-31""#),
        (r#""due_date":"tomorrow""#, "FE-S-007 /due_date: YYYY-MM-DD, not tomorrow"),
        (r#""totals":{"payable":"1,5"}"#, r#"FE-S-007 /totals/payable: 1234.50, not 1,5 → "1.5""#),
        (r#""totals":{"payable":"much"}"#, "FE-S-007 /totals/payable: 1234.50, not much"),
        (r#""currency":"eur""#, r#"FE-S-007 /currency: ISO 4217: AAA, not eur → "EUR""#),
        (r#""currency":"euro""#, "FE-S-007 /currency: ISO 4217: AAA, not euro"),
        (
            r#""buyer":{"address":{"country":"es"}}"#,
            r#"FE-S-007 /buyer/address/country: ISO 3166-1: AA, not es → "ES""#,
        ),
        (
            r#""tax_breakdown":[{"category":"s"}]"#,
            r#"FE-S-007 /tax_breakdown/0/category: UNCL5305: S Z E AE K G O L M B, not s → "S""#,
        ),
        (r#""type_code":"38 0""#, "FE-S-007 /type_code: –, not 38 0"),
        (r#""buyer_reference":"\u0001""#, "FE-S-007 /buyer_reference: –, not \u{1}"),
        (&format!(r#""buyer_reference":"{long}""#), "FE-S-007 /buyer_reference: ≤ 300, not 301 characters"),
        (r#""schema_version":"2.0""#, "FE-S-004 /schema_version: 1.0, not 2.0"),
        (r#""schema_version":1.0"#, "FE-S-004 /schema_version: 1.0, not 1.0"),
        (r#""schema_version":["1.0"]"#, "FE-S-004 /schema_version: 1.0, not array"),
        (r#""schema_version":null"#, "FE-S-004 /schema_version: 1.0, not null"),
    ] {
        assert_eq!(in_words(&format!("{{{field}}}")), [words], "{field}");
    }
}

/// A day that is none breaks the pattern and the format: whichever is found first, one of them is reported.
#[test]
fn the_form_of_a_day_is_reported_rather_than_the_day() {
    let reported = |codes: &[(&'static str, &str)]| {
        let mut report = Report::default();
        for (code, path) in codes {
            report.add(code, path, |fault| fault);
        }
        report.faults.into_iter().map(|(code, fault)| (code, fault.path)).collect::<Vec<_>>()
    };
    let [day, form, other] = ["FE-D-002", "FE-S-007", "FE-S-005"];
    let at = |code, path: &str| (code, path.to_owned());
    assert_eq!(reported(&[(form, "/b"), (day, "/b")]), [at(form, "/b")]);
    assert_eq!(reported(&[(day, "/b"), (form, "/b")]), [at(form, "/b")]);
    assert_eq!(
        reported(&[(day, "/a"), (day, "/b"), (other, "/b"), (form, "/b")]),
        [at(day, "/a"), at(other, "/b"), at(form, "/b")]
    );
    assert_eq!(
        reported(&[(day, "/a"), (other, "/b"), (form, "/b")]),
        [at(day, "/a"), at(other, "/b"), at(form, "/b")]
    );
}

#[test]
fn enough_is_reported_where_one_more_would_not_be() {
    let mut report = Report::default();
    for at in 0..FaultSink::PLACES_MAX {
        assert!(!report.is_enough(&["FE-S-005"]), "{at}");
        report.add("FE-S-005", &format!("/{at}"), |fault| fault);
    }
    assert!(report.is_enough(&["FE-S-005"]) && !report.is_enough(&["FE-S-005", "FE-S-007"]));
    report.add("FE-S-005", "/more", |_| panic!("it is not made"));
    assert_eq!(report.faults.len(), FaultSink::PLACES_MAX);
}

/// Only the items of the format's own lists are looked at one by one.
#[test]
fn a_list_of_another_name_is_moved_with_its_items() {
    let value = serde_json::json!([{"text": "a"}]);
    let moves = renamed(r#"{"Notes":[{"text":"a"}]}"#);
    let to = PatchOp::Add { path: "/notes".to_owned(), value };
    assert_eq!(moves, [vec![to, PatchOp::Remove { path: "/Notes".to_owned() }]]);
}

#[test]
fn a_schema_that_says_what_is_not_looked_at_is_not_taken_apart() {
    let text = r#"{"type": "string"}"#;
    let object = |more: &str| format!(r#"{{"type":"object","properties":{{"a":{text}}}{more}}}"#);
    let closed = r#","additionalProperties":false"#;
    for (schema, is_known) in [
        (object(closed), true),
        (object(""), false),
        (object(r#","additionalProperties":true"#), false),
        (object(&format!(r#"{closed},"maxProperties":1"#)), false),
        (format!(r#"{{"type":"array","items":{text},"minItems":1,"maxItems":3}}"#), true),
        (format!(r#"{{"type":"array","items":{text},"uniqueItems":true}}"#), false),
        (r#"{"type":"object","propertyNames":{"pattern":"a"}}"#.to_owned(), true),
        (r#"{"type":"object","propertyNames":{"pattern":"a"},"maxProperties":1}"#.to_owned(), false),
        (r#"{"const":"1.0"}"#.to_owned(), true),
        (r#"{"const":1}"#.to_owned(), false),
        (text.to_owned(), true),
        (r#"{"type":"boolean"}"#.to_owned(), false),
        (r##"{"$ref":"#/nowhere"}"##.to_owned(), false),
    ] {
        #[expect(clippy::disallowed_methods, reason = "a schema, not an invoice")]
        let node = serde_json::from_str(&schema).unwrap();
        assert_eq!(parts::is_taken_apart(&node), is_known, "{schema}");
    }
}
