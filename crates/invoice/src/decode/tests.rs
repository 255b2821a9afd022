use super::*;
use crate::model;
use crate::valid_parts::ValidParts;

/// Passes over parts, and takes no items: all of the rest comes out.
struct NoItems<'v>(&'v ValidParts<'v>);

impl Guide for NoItems<'_> {
    fn known_name(&self, name: &str) -> Option<&'static str> {
        model::known_name(name)
    }

    fn passes_over(&self, path: &[PathStep<'_>]) -> Option<usize> {
        self.0.items(path)
    }

    fn takes(&self, _: &str) -> bool {
        false
    }

    fn take(&mut self, _: &str, _: usize, _: &Value) {
        panic!("they are not taken");
    }
}

/// The document in one piece, with what is in `valid_parts` passed over.
fn passing_over(text: &str, valid_parts: &ValidParts<'_>) -> Result<Value, Unreadable> {
    super::strict(text, &mut NoItems(valid_parts))
}

/// The document in one piece.
pub(crate) fn strict(text: &str) -> Result<Value, Unreadable> {
    passing_over(text, &ValidParts::default())
}

/// The code, the place, and what was found there.
fn reported(read: Result<impl Sized, Unreadable>) -> (&'static str, String, String) {
    let Err((code, fault)) = read else { panic!("it can be read") };
    (code, fault.path, fault.actual.unwrap_or_default())
}

fn place(text: &str) -> (&'static str, String) {
    let (code, path, _) = reported(strict(text));
    (code, path)
}

#[test]
fn a_body_may_be_as_large_as_the_limit() {
    assert!(text(b"{}   ", 6).is_ok() && text(b"{}    ", 6).is_ok());
    let (code, path, actual) = reported(text(b"{}     ", 6));
    assert_eq!((code, path.as_str(), actual.as_str()), ("FE-S-002", "", "7 bytes"));
}

#[test]
fn what_is_no_utf_8_says_where_it_begins() {
    let actual = |body: &[u8]| {
        let (code, path, actual) = reported(text(body, 100));
        assert_eq!((code, path.as_str()), ("FE-S-001", ""));
        actual
    };
    assert_eq!(actual(b"{\"a\":\"\xD1\"}"), "bytes that are not UTF-8, from byte 6 on");
    assert_eq!(actual(b"\xEF\xBB\xBF{}"), "a byte order mark before the text");
    assert_eq!(actual(b"\xFE\xFF\0{\0}"), "bytes that are not UTF-8, from byte 0 on");
    assert_eq!(actual(b" \r\n"), "an empty body");
    // UTF-16 without a mark is UTF-8 with many a NUL, and no JSON.
    assert!(text(b"{\0}\0", 100).is_ok());
    assert_eq!(place("{\0}\0"), ("FE-S-001", String::new()));
}

#[test]
fn one_object_is_a_document_and_nothing_else_is() {
    for text in ["[]", "1", "\"a\"", "null", "true"] {
        assert_eq!(place(text), ("FE-S-001", String::new()), "{text}");
    }
    for text in [
        "{} {}",
        "{}{}",
        "{} x",
        "{},",
        "",
        "{",
        "{\"a\"}",
        "{'a': 1}",
        "{\"a\": 01}",
        "{\"a\": .5}",
        "{\"a\": NaN}",
    ] {
        assert_eq!(place(text).0, "FE-S-001", "{text}");
    }
    assert!(strict(" {\"number\": \"1\"}\n").is_ok());
}

#[test]
fn a_value_of_another_kind_is_reported_by_its_kind() {
    for (value, named) in [
        ("null", "null"),
        ("true", "boolean"),
        ("1.5", "number"),
        ("-5", "number"),
        (r#""x""#, "string"),
        ("[{}]", "array"),
        (r#"{"a":[]}"#, "object"),
    ] {
        assert_eq!(kind(&strict(&format!(r#"{{"v":{value}}}"#)).unwrap()["v"]), named);
    }
}

#[test]
fn a_name_twice_is_reported_at_the_second() {
    assert_eq!(
        place(r#"{"number":"1","lines":[{"id":"1"},{"id":"1","id":"2"}]}"#),
        ("FE-S-001", "/lines/1/id".to_owned())
    );
    assert_eq!(
        place(r#"{"número":1,"número":1}"#),
        ("FE-S-001", String::new()),
        "a sender's own name is not shown"
    );
    assert!(strict(r#"{"seller":{"name":"A"},"buyer":{"name":"A"}}"#).is_ok());
}

#[test]
fn nesting_has_an_end() {
    let nested =
        |levels: usize| format!("{{\"notes\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(strict(&nested(32)).is_ok());
    let (code, path, _) = reported(strict(&nested(33)));
    assert_eq!((code, path.matches('/').count()), ("FE-S-003", 32));
    assert!(reported(strict(&nested(100_000))).0 == "FE-S-003", "the stack has room for it");
    // One level of the document is around them.
    let extensions =
        |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 2), "]".repeat(levels - 2));
    assert!(is_extensions(&extensions(32)) && !is_extensions(&extensions(33)));
}

#[test]
fn a_number_out_of_range_is_reported_at_its_place() {
    assert_eq!(place(r#"{"totals":{"payable":1e400}}"#), ("FE-S-007", "/totals/payable".to_owned()));
    assert!(strict(r#"{"totals":{"payable":123456789012345678901234567890.5}}"#).is_ok());
}

#[test]
fn half_a_surrogate_pair_is_no_text() {
    for text in [r#"{"number":"\ud83d"}"#, r#"{"number":"\ude00"}"#, r#"{"number":"\ud83d\u0041"}"#] {
        assert_eq!(place(text), ("FE-S-001", "/number".to_owned()), "{text}");
    }
    assert!(strict(r#"{"number":"\ud83d\ude00"}"#).is_ok());
}

#[test]
fn namespaces_of_extensions_are_small_letters_and_digits() {
    assert!(is_extensions("{}") && is_extensions(r#"{"ec.sri_2-a":{"Any":[1,null]}}"#));
    for text in
        ["[]", "1", r#"{"":1}"#, r#"{"SRI":1}"#, r#"{"ñ":1}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":1e400}"#]
    {
        assert!(!is_extensions(text), "{text}");
    }
}

#[test]
fn a_line_in_order_is_passed_over_and_its_items_count() {
    let lines = |first: &str| format!(r#"{{"lines":[{first},{{"id":"2"}}],"notes":[{{"lines":[1]}}]}}"#);
    let read = passing_over(&lines(r#"{"a":1,"a":1}"#), &ValidParts::lines([Some(1), None])).unwrap();
    assert_eq!(read.to_string(), lines("null"));
    let all = strict(&lines("{}")).unwrap();
    assert_eq!(all.to_string(), lines("{}"), "what is not known to be in order is read");
    let (code, path, _) =
        reported(passing_over(&lines("{}"), &ValidParts::lines([Some(ITEMS_MAX - 1), None])));
    assert_eq!((code, path.as_str()), ("FE-S-003", "/lines"));
    // The last list of a document is passed over, and is what is too much.
    let passed_over =
        |items| passing_over(r#"{"notes":[1],"lines":[{}]}"#, &ValidParts::lines([Some(items)]));
    let (code, path, _) = reported(passed_over(ITEMS_MAX));
    assert_eq!((code, path.as_str()), ("FE-S-003", "/lines/0"));
    assert!(passed_over(ITEMS_MAX - 2).is_ok());
}

/// What is passed over is not even read strictly.
#[test]
fn fields_in_order_are_passed_over() {
    let model = model::read(r#"{"number":"1","buyer":{"name":7},"lines":[{"id":"1"}],"notes":[{"id":"1"}]}"#);
    let valid_parts = ValidParts::of(model.get());
    let twice = r#"{"a":1,"a":2}"#;
    let read = |text: &str| passing_over(text, &valid_parts).map(|read| read.to_string());
    let text = format!(r#"{{"number":{twice},"lines":[{{"id":{twice},"note":1}}]}}"#);
    assert_eq!(read(&text).unwrap(), r#"{"lines":[{"id":null,"note":1}],"number":null}"#);
    for (text, path) in [
        (format!(r#"{{"buyer":{twice}}}"#), "/buyer"),
        (format!(r#"{{"lines":[{{}},{{"id":{twice}}}]}}"#), "/lines/1/id"),
        (format!(r#"{{"notes":[{{"id":{twice}}}]}}"#), "/notes/0/id"),
    ] {
        let (code, place, _) = reported(read(&text));
        assert_eq!((code, place.as_str()), ("FE-S-001", path), "{text}");
    }
}

/// Takes the items of one list.
struct Taken(&'static str, Vec<String>);

impl Guide for Taken {
    fn known_name(&self, name: &str) -> Option<&'static str> {
        model::known_name(name)
    }

    fn passes_over(&self, _: &[PathStep<'_>]) -> Option<usize> {
        None
    }

    fn takes(&self, list: &str) -> bool {
        list == self.0
    }

    fn take(&mut self, list: &str, at: usize, item: &Value) {
        self.1.push(format!("{list} {at} {item}"));
    }
}

#[test]
fn items_are_taken_one_by_one_and_only_those_of_the_document_itself() {
    let mut taken = Taken("notes", Vec::new());
    let text = r#"{"a":{"notes":[0]},"notes":[{"notes":[1]},[2],3],"lines":[4],"notices":[5]}"#;
    let read = super::strict(text, &mut taken).unwrap();
    assert_eq!(read.to_string(), r#"{"a":{"notes":[0]},"lines":[4],"notes":[null,null,null],"notices":[5]}"#);
    assert_eq!(taken.1, [r#"notes 0 {"notes":[1]}"#, "notes 1 [2]", "notes 2 3"]);
    let (code, path, _) = reported(super::strict(r#"{"notes":[1,{"id":1,"id":2}]}"#, &mut taken));
    assert_eq!((code, path.as_str()), ("FE-S-001", "/notes/1/id"), "and they are read as strictly");
}

#[test]
fn of_extensions_the_wrong_names_alone_come_out_and_all_is_read_strictly() {
    let read = |inside: &str| strict(&format!(r#"{{"extensions":{inside},"number":"1"}}"#));
    let out = |inside: &str| read(inside).unwrap().to_string();
    let names = out(r#"{"a":{"B":[1,{"C":"x"}]},"D":{"E":2},"":"y"}"#);
    assert_eq!(names, r#"{"extensions":{"":null,"D":null},"number":"1"}"#);
    assert_eq!(out(r#"[{"A":1},"x"]"#), r#"{"extensions":[{"A":1},"x"],"number":"1"}"#);
    let many: Vec<String> = (0..1_500).map(|at| format!(r#""A{at}":1"#)).collect();
    let many = read(&format!("{{{}}}", many.join(","))).unwrap();
    assert_eq!(many["extensions"].as_object().map(Map::len), Some(FaultSink::PLACES_MAX));
    for (inside, path) in [
        (r#"{"a":1,"a":1}"#, "/extensions"),
        (r#"{"number":{"lines":[1,{"id":1,"\u0069d":2}]}}"#, "/extensions/number/lines/1/id"),
    ] {
        let (code, place, _) = reported(read(inside));
        assert_eq!((code, place.as_str()), ("FE-S-001", path), "{inside}");
    }
    let (code, _, _) = reported(read(&format!(r#"{{"a":[{}1]}}"#, "1,".repeat(ITEMS_MAX))));
    assert_eq!(code, "FE-S-003");
    // Another object of that name is an object like others.
    assert_eq!(strict(r#"{"seller":{"extensions":{"a":1}}}"#).unwrap()["seller"]["extensions"]["a"], 1);
}
