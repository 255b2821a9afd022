use super::*;

/// The schema in one piece, as others compile it.
fn whole() -> &'static jsonschema::Validator {
    static READY: OnceLock<jsonschema::Validator> = OnceLock::new();
    READY.get_or_init(|| compiled(&schema().unwrap().text).unwrap())
}

/// Whether the schema alone, without the report, finds nothing.
pub(crate) fn has_nothing_against(document: &Value) -> bool {
    whole().is_valid(document)
}

/// The codes and places of a report by the schema in one piece.
pub(crate) fn reported_in_one_piece(document: &Value) -> Vec<(&'static str, String)> {
    let mut report = Report::new(document);
    whole().iter_errors(document).for_each(|error| report.take("", &error));
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
    let document = crate::decode::strict(document, &Clean::default()).unwrap();
    let faults = report(&document, &Clean::default(), Vec::new()).into_iter();
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
    assert!(schema().is_some());
    assert!(SCHEMA.contains("\"additionalProperties\": false"));
}

#[test]
fn a_line_that_is_taken_apart_is_told_in_the_order_of_one_in_one_piece() {
    let schema = schema().unwrap();
    let line = Part::new(schema.defs["line"].clone());
    let in_one_piece = line.ready(&schema.defs).unwrap();
    // The order of a verdict is that of its rules; within one rule that of the report.
    let by_rule = |report: Report<'_>| {
        let mut told: Vec<_> = report.faults.into_iter().map(|(code, fault)| (code, fault.path)).collect();
        told.sort_by_key(|(code, _)| *code);
        told
    };
    for line in [
        r#"{"zz":1,"id":1,"item":{"yy":2,"name":5},"aa":[],"price":{"xx":1},"Unit":"C62"}"#,
        r#"{"period":{},"allowances":[],"charges":[{}],"tax":{"category":"s","rate":"x"},"quantity":"1,5","unit":7}"#,
        r#"{"id":" ","period":{"start":"2026-02-30","end":"x"},"item":{"classifications":[],"attributes":[{}]}}"#,
        "{}",
        "[]",
    ] {
        let line = crate::decode::strict(&format!(r#"{{"line":{line}}}"#), &Clean::default()).unwrap();
        let line = &line["line"];
        let (mut apart, mut whole) = (Report::new(line), Report::new(line));
        apart.line(schema, &Clean::default(), 0, line);
        in_one_piece.iter_errors(line).for_each(|error| whole.take("/lines/0", &error));
        let told = by_rule(apart);
        assert!(!told.is_empty());
        assert_eq!(told, by_rule(whole), "{line}");
    }
}
