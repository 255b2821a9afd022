use aduana_invoice::same_content;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::patch::{COPIED_MAX, PatchError, STEP, WORK_MAX};
use super::read::{DEPTH_MAX, NODES_MAX};
use super::*;
use crate::redrive::request::PatchStep;

#[expect(clippy::disallowed_methods, reason = "a test's own patch")]
fn steps(patch: &str) -> Vec<PatchStep> {
    serde_json::from_str(patch).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test's own document")]
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn patched(text: &str, patch: &str) -> Result<String, PatchError> {
    let patch = steps(patch);
    let mut tree = Tree::read(text).unwrap();
    apply(&mut tree, &patch)?;
    Ok(tree.to_string())
}

/// JSON as somebody may write it: any layout, long numbers, escapes.
fn texts() -> impl Strategy<Value = String> {
    let blank = || "[ \\n\\t]{0,3}";
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        Just("true".to_owned()),
        Just("null".to_owned()),
        "\"[a-z0-9 €/~]{0,6}\"",
        Just(r#""\u0041\"\\ \ud83d\ude00""#.to_owned()),
    ];
    let laid_out = (leaf, blank(), blank()).prop_map(|(leaf, a, b)| format!("{a}{leaf}{b}"));
    laid_out.prop_recursive(4, 24, 5, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        let list = (list, blank()).prop_map(|(items, blank)| {
            if items.is_empty() { format!("[{blank}]") } else { format!("[{}]", items.join(",")) }
        });
        let members = proptest::collection::btree_map("[a-f~/]{1,2}", inner, 0..4);
        let object = (members, blank(), blank()).prop_map(|(members, a, b)| {
            let member = |(name, value)| format!("{a}\"{name}\"{b}:{value}");
            let members: Vec<String> = members.into_iter().map(member).collect();
            if members.is_empty() { format!("{{{a}}}") } else { format!("{{{}}}", members.join(",")) }
        });
        prop_oneof![list, object]
    })
}

/// Documents whose numbers `serde_json` keeps, and patches that often apply.
fn plain() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i16>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn pointers() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["[ab]", "[0-3]", Just("-".to_owned()), Just("01".to_owned())], 0..4)
        .prop_map(|steps| steps.iter().flat_map(|step| ["/", step]).collect())
}

fn operations() -> impl Strategy<Value = Value> {
    let op = proptest::sample::select(&["add", "remove", "replace", "move", "copy", "test"][..]);
    (op, pointers(), pointers(), plain())
        // The whole moved onto itself is nothing done here, and an error there; the RFC does not say.
        .prop_filter("the whole", |(op, _, from, _)| *op != "move" || !from.is_empty())
        .prop_map(|(op, path, from, value)| json!({"op": op, "path": path, "from": from, "value": value}))
}

proptest! {
    #[test]
    fn an_empty_patch_changes_nothing_at_all(text in texts()) {
        let again = patched(&text, "[]").unwrap();
        prop_assert_eq!(&again, &text);
        prop_assert!(same_content(again.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn what_is_not_patched_stays_as_it_is_written(before in texts(), after in texts(), new in texts()) {
        let text = format!("{{\"before\":{before},\n\"it\" :  1.50 ,\"after\":{after}}}");
        let patch = format!(r#"[{{"op":"replace","path":"/it","value":{new}}}]"#);
        let expected = format!("{{\"before\":{before},\n\"it\" :  {} ,\"after\":{after}}}", new.trim_matches([' ', '\n', '\t']));
        prop_assert_eq!(patched(&text, &patch).unwrap(), expected);
    }

    #[test]
    fn a_patch_does_what_another_implementation_does(
        document in plain(),
        patch in proptest::collection::vec(operations(), 1..5),
    ) {
        let patch = Value::from(patch).to_string();
        #[expect(clippy::disallowed_methods, reason = "a test's own patch")]
        let theirs: json_patch::Patch = serde_json::from_str(&patch).unwrap();
        let mut expected = document.clone();
        let applies = json_patch::patch_unsafe(&mut expected, &theirs).is_ok();
        match patched(&document.to_string(), &patch) {
            Ok(text) => {
                prop_assert!(applies, "{patch} does not apply to {document}");
                prop_assert_eq!(value(&text), expected);
            }
            Err(_) => prop_assert!(!applies, "{patch} applies to {document}"),
        }
    }

    #[test]
    fn two_texts_differ_where_they_are_not_the_same(a in texts(), b in texts()) {
        let (one, other) = (Tree::read(&a).unwrap(), Tree::read(&b).unwrap());
        let found = differences(&one, &other, 3, true);
        prop_assert_eq!(found.count == 0, same_content(a.as_bytes(), b.as_bytes()));
        prop_assert_eq!(found.listed.len(), found.count.min(3));
    }

    #[test]
    fn whatever_is_read_does_no_harm(text in any::<String>()) {
        prop_assert_eq!(Tree::read(&text).is_some(), serde_json::value::RawValue::from_string(text.clone()).is_ok());
    }

    #[test]
    fn no_value_is_left_in_a_masked_text(text in texts()) {
        let masked = Tree::read(&text).unwrap().masked();
        prop_assert!(!masked.contains(|c: char| c.is_ascii_digit()), "{masked}");
    }
}

#[test]
fn a_member_is_added_and_removed_in_the_layout_of_its_neighbours() {
    let text = "{\n  \"a\": 1,\n  \"b\": [\n    1\n  ]\n}\n";
    let add = r#"[{"op":"add","path":"/c","value":2.50},{"op":"add","path":"/b/-","value":"x"}]"#;
    let added = patched(text, add).unwrap();
    assert_eq!(added, "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    \"x\"\n  ],\n  \"c\": 2.50\n}\n");
    let remove = r#"[{"op":"remove","path":"/b/1"},{"op":"remove","path":"/c"}]"#;
    assert_eq!(patched(&added, remove).unwrap(), text);
    assert_eq!(patched("{ }", r#"[{"op":"add","path":"/a","value":1}]"#).unwrap(), r#"{"a":1}"#);
    assert_eq!(patched("[ 1 ]", r#"[{"op":"remove","path":"/0"}]"#).unwrap(), "[]");
}

#[test]
fn digits_survive() {
    let text = r#"{"amount":123456789012345678901234567890.10,"rate":1E+2}"#;
    let copy = r#"[{"op":"copy","from":"/amount","path":"/other"},{"op":"move","from":"/rate","path":"/r"}]"#;
    assert_eq!(
        patched(text, copy).unwrap(),
        r#"{"amount":123456789012345678901234567890.10,"other":123456789012345678901234567890.10,"r":1E+2}"#
    );
}

#[test]
fn numbers_are_tested_by_value() {
    let holds = |a: &str, b: &str| {
        patched(&format!("[{a}]"), &format!(r#"[{{"op":"test","path":"/0","value":{b}}}]"#)).is_ok()
    };
    for (a, b) in [("1", "1.00"), ("100", "1e2"), ("-0.50", "-5E-1"), ("0", "-0.0"), ("\"a\"", r#""\u0061""#)]
    {
        assert!(holds(a, b) && holds(b, a), "{a} {b}");
    }
    for (a, b) in [
        ("1", "-1"),
        ("1", "10"),
        ("1", "\"1\""),
        ("123456789012345678.99", "123456789012345679"),
        ("true", "1"),
    ] {
        assert!(!holds(a, b) && !holds(b, a), "{a} {b}");
    }
}

#[test]
fn a_name_that_is_there_twice_is_the_last() {
    let text = r#"{"a":1,"a":2}"#;
    assert_eq!(patched(text, r#"[{"op":"replace","path":"/a","value":3}]"#).unwrap(), r#"{"a":1,"a":3}"#);
    assert_eq!(patched(text, r#"[{"op":"remove","path":"/a"}]"#).unwrap(), r#"{"a":1}"#);
}

#[test]
fn a_step_that_does_not_apply_is_named() {
    for patch in [
        r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":"/missing"}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"replace","path":"missing","value":1}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"add","path":"/a/b","value":1}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"add","path":"/y"}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"test","path":"/a","value":2}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"move","from":"","path":"/a"}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":""}]"#,
        r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":"/~2"}]"#,
    ] {
        assert_eq!(patched(r#"{"a":1}"#, patch).unwrap_err().step, 1, "{patch}");
    }
}

#[test]
fn a_value_is_set_whether_there_was_one_or_not() {
    let mut tree = Tree::read(r#"{"a":1,"l":[1]}"#).unwrap();
    let put = |pointer, json| Put { pointer, json };
    set(
        &mut tree,
        &[put("/a", "2.0"), put("/b", "{}"), put("/b/c", "3"), put("/l/0", "0"), put("/l/-", "9")],
    )
    .unwrap();
    assert_eq!(
        tree.to_string(),
        r#"{"a":2.0,"b":{"c":3},"l":[0,9]}"#.replace(r#""b":{"c":3},"l":[0,9]"#, r#""l":[0,9],"b":{"c":3}"#)
    );
    let error = set(&mut tree, &[put("/no/where", "1")]).unwrap_err();
    assert_eq!((error.step, error.path.as_str()), (0, "/no/where"));
}

#[test]
fn a_bomb_of_brackets_is_not_taken_apart() {
    assert!(Tree::read(&"[".repeat(100_000)).is_none());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Tree::read(&deep).is_none());
}

/// The patch of so many of these steps, `#` being the number.
fn many(step: &str, times: usize) -> String {
    let steps: Vec<String> = (0..times).map(|at| step.replace('#', &at.to_string())).collect();
    format!("[{}]", steps.join(","))
}

fn is_too_much(text: &str, patch: &str) -> bool {
    patched(text, patch).is_err_and(|error| error.is_too_much)
}

#[test]
fn a_text_of_as_many_values_as_the_limit_is_taken_apart_and_one_more_is_not() {
    // The list is a value, too.
    let items = |count: usize| format!("[{}]", vec!["1"; count - 1].join(","));
    for (count, is_read) in [(NODES_MAX - 1, true), (NODES_MAX, true), (NODES_MAX + 1, false)] {
        assert_eq!(Tree::read(&items(count)).is_some(), is_read, "{count}");
        assert!(Tree::is_json(&items(count)));
    }
}

#[test]
fn copies_of_the_whole_into_itself_come_to_an_end() {
    let double = r#"{"op":"copy","from":"","path":"/a#"}"#;
    assert!(patched("{}", &many(double, 16)).is_ok());
    assert!(is_too_much("{}", &many(double, 20)), "a million objects");
}

#[test]
fn copies_of_a_long_text_come_to_an_end() {
    // The copies are counted, not what was there.
    let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(COPIED_MAX / 4 - 2));
    let copy = r#"{"op":"copy","from":"/a","path":"/b#"}"#;
    for (times, is_done) in [(3, true), (4, true), (5, false)] {
        assert_eq!(is_too_much(&text, &many(copy, times)), !is_done, "{times}");
    }
}

#[test]
fn steps_among_very_many_members_come_to_an_end_and_a_value_in_each_of_ten_thousand_lines_does_not() {
    let members: Vec<String> = (0..50_000).map(|at| format!("\"m{at}\":1")).collect();
    let object = format!("{{{}}}", members.join(","));
    assert!(is_too_much(&object, &many(r#"{"op":"add","path":"/n#","value":1}"#, 1_000)));
    let lines = vec![r#"{"id":"1","unit":"C62","item":{"name":"x"}}"#; 10_000].join(",");
    let invoice = format!(r#"{{"number":"1","lines":[{lines}]}}"#);
    assert!(
        patched(&invoice, &many(r#"{"op":"replace","path":"/lines/#/unit","value":"H87"}"#, 10_000)).is_ok()
    );
}

#[test]
fn a_patch_does_as_much_as_the_limit_and_one_more_step_is_too_much() {
    // A test of the whole takes a step, and looks at one value.
    const EACH: usize = STEP + 1;
    let test = r#"{"op":"test","path":"","value":1}"#;
    for (steps, is_done) in
        [(WORK_MAX / EACH - 1, true), (WORK_MAX / EACH, true), (WORK_MAX / EACH + 1, false)]
    {
        assert_eq!(is_too_much("1", &many(test, steps)), !is_done, "{steps}");
    }
    // To the value: what a list is put for takes a step, and looks at the list and at each of its items.
    let steps = WORK_MAX / EACH - 10;
    let tests = vec![test; steps].join(",");
    let items = WORK_MAX - steps * EACH - STEP - 1;
    for (items, is_done) in [(items - 1, true), (items, true), (items + 1, false)] {
        let list = vec!["1"; items].join(",");
        let patch = format!(r#"[{tests},{{"op":"replace","path":"","value":[{list}]}}]"#);
        assert_eq!(is_too_much("1", &patch), !is_done, "{items}");
    }
}

#[test]
fn a_value_is_put_no_deeper_than_it_could_be_read_again() {
    // Patch by patch a text could be nested so deeply that to print it takes all of the stack.
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (levels, is_done) in [(DEPTH_MAX - 2, true), (DEPTH_MAX - 1, true), (DEPTH_MAX, false)] {
        let add = format!(r#"[{{"op":"add","path":"/a","value":{}}}]"#, nested(levels));
        assert_eq!(patched("{}", &add).is_ok(), is_done, "{levels}");
    }
    let text = format!(r#"{{"a":{},"b":[[[]]]}}"#, nested(DEPTH_MAX - 2));
    assert!(is_too_much(&text, r#"[{"op":"move","from":"/a","path":"/b/0/0/-"}]"#));
    assert!(is_too_much("{}", &many(r#"{"op":"copy","from":"","path":"/a"}"#, DEPTH_MAX)));
    assert!(patched("{}", &many(r#"{"op":"copy","from":"","path":"/a"}"#, DEPTH_MAX - 1)).is_ok());
}

/// RFC 6902, 4.6.
#[test]
fn a_test_of_a_patch_compares_values_and_not_how_they_are_written() {
    let document = r#"{"it":{"a":[1.0,"x"],"b":null}}"#;
    let holds = |value: &str| {
        patched(document, &format!(r#"[{{"op":"test","path":"/it","value":{value}}}]"#)).is_ok()
    };
    assert!(holds(r#"{"a":[1.0,"x"],"b":null}"#));
    assert!(holds(r#"{"b":null,"a":[1,"\u0078"]}"#), "members in any order");
    for other in [
        r#"{"a":["x",1.0],"b":null}"#,
        r#"{"a":[1.0,"x"],"c":null}"#,
        r#"{"a":[1.0,"x"]}"#,
        r#"{"a":[1.0,"x"],"b":"null"}"#,
        r#"{"a":{"0":1.0,"1":"x"},"b":null}"#,
        "[]",
        "1",
    ] {
        assert!(!holds(other), "{other}");
    }
}
