use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::patch::{COPIED_MAX, PatchError, STEP, WORK_MAX};
use super::read::{DEPTH_MAX, NODES_MAX};
use super::*;

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
        prop_assert!(same_document(again.as_bytes(), text.as_bytes()));
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
        prop_assert_eq!(found.count == 0, same_document(a.as_bytes(), b.as_bytes()));
        prop_assert_eq!(found.listed.len(), found.count.min(3));
    }

    #[test]
    fn a_text_differs_from_itself_with_one_value_replaced_in_that_place_alone(
        before in texts(),
        after in texts(),
        it in texts(),
        new in texts(),
    ) {
        let text = |it: &str| format!("{{\"list\":[{before},{{\"x\":{it}}}],\"after\":{after}}}");
        let (one, other) = (text(&it), text(&new));
        let found = differences(&Tree::read(&one).unwrap(), &Tree::read(&other).unwrap(), usize::MAX, true);
        prop_assert_eq!(found.count == 0, same_document(it.as_bytes(), new.as_bytes()));
        prop_assert!(found.listed.iter().all(|place| place.pointer.starts_with("/list/1/x")), "{:?}", found.listed);
    }

    #[test]
    fn whatever_is_read_does_no_harm(text in any::<String>()) {
        prop_assert_eq!(Tree::read(&text).is_some(), RawValue::from_string(text.clone()).is_ok());
    }

    #[test]
    fn no_value_is_left_in_a_masked_text(text in texts()) {
        let masked = Tree::read(&text).unwrap().masked();
        prop_assert!(!masked.contains(|c: char| c.is_ascii_digit()), "{masked}");
    }
}

#[test]
fn a_masked_text_has_its_names_and_its_layout() {
    let text = "{ \"a\" : 1.50,\n  \"b\": [\"x\", null, { }, [ ]] }";
    assert_eq!(
        Tree::read(text).unwrap().masked(),
        "{ \"a\" : \"***\",\n  \"b\": [\"***\", \"***\", { }, [ ]] }"
    );
}

/// The pointers, and what is there before and after.
fn differing(before: &str, after: &str) -> Vec<(String, String, String)> {
    let (one, other) = (Tree::read(before).unwrap(), Tree::read(after).unwrap());
    let found = differences(&one, &other, 10, true);
    assert_eq!(found.count, found.listed.len());
    let text = |json: Option<Box<RawValue>>| json.map_or_else(String::new, |json| json.get().to_owned());
    found.listed.into_iter().map(|it| (it.pointer, text(it.before), text(it.after))).collect()
}

#[test]
fn a_difference_is_reported_at_its_place_and_with_what_is_there_before_and_after() {
    for (before, after, expected) in [
        ("1", "2", &[("", "1", "2")][..]),
        ("{}", "[]", &[("", "{}", "[]")]),
        // How a number is written counts.
        ("[1]", "[1.0]", &[("/0", "1", "1.0")]),
        (r#"{"a":1}"#, r#"{"a":2}"#, &[("/a", "1", "2")]),
        (r#"{"a":{"x":1}}"#, r#"{"a":{"x":2}}"#, &[("/a/x", "1", "2")]),
        (
            r#"{"a":{"b":{"c":{"d":{"e":1}}}}}"#,
            r#"{"a":{"b":{"c":{"d":{"e":2}}}}}"#,
            &[("/a/b/c/d/e", "1", "2")],
        ),
        // A name, and not the value, is another.
        (r#"{"a":1}"#, r#"{"b":1}"#, &[("/a", "1", ""), ("/b", "", "1")]),
        (r#"{"o":{"a":1}}"#, r#"{"o":{"b":1}}"#, &[("/o/a", "1", ""), ("/o/b", "", "1")]),
        (r#"[{"a":{}}]"#, r#"[{"b":{}}]"#, &[("/0/a", "{}", ""), ("/0/b", "", "{}")]),
        // A kind.
        (r#"{"o":{}}"#, r#"{"o":[]}"#, &[("/o", "{}", "[]")]),
        (r#"{"o":{}}"#, r#"{"o":""}"#, &[("/o", "{}", r#""""#)]),
        ("[[1]]", "[1]", &[("/0", "[1]", "1")]),
        // More, or fewer.
        ("[1,2]", "[1]", &[("/1", "2", "")]),
        ("[1]", "[1,[2]]", &[("/1", "", "[2]")]),
        (r#"{"a":1,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#, &[("/b", "", "2")]),
        (r#"{"a":1,"b":{},"c":3}"#, r#"{"a":1,"c":3}"#, &[("/b", "{}", "")]),
        // In the order of the text, and the others not.
        (
            r#"{"a":{"x":1},"b":2,"c":3,"d":4,"e":{"x":5},"f":6}"#,
            r#"{"a":{"x":0},"b":2,"d":0,"c":3,"e":{"x":0},"f":6}"#,
            &[("/a/x", "1", "0"), ("/d", "4", "0"), ("/e/x", "5", "0")],
        ),
        (r#"{"a~b":1,"a/b":[1]}"#, r#"{"a~b":2,"a/b":[2]}"#, &[("/a~0b", "1", "2"), ("/a~1b/0", "1", "2")]),
        (r#"{"\u0061":1}"#, r#"{"a":2}"#, &[("/a", "1", "2")]),
        // Of two members of one name the one that was changed, or is gone.
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":3}"#, &[("/a", "2", "3")]),
        (r#"{"a":1,"a":2}"#, r#"{"a":1}"#, &[("/a", "2", "")]),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, &[("/a", "1", "")]),
    ] {
        let expected: Vec<_> =
            expected.iter().map(|(at, a, b)| ((*at).to_owned(), (*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(differing(before, after), expected, "{before} {after}");
    }
}

#[test]
fn blanks_escapes_and_the_order_of_members_are_no_difference() {
    for (one, other) in [
        ("[\"A\"]", "[\"\\u0041\"]"),
        ("\"A\"", "\"\\u0041\""),
        (r#"{"a":"A","b":1}"#, r#"{"b":1,"a":"\u0041"}"#),
        (r#"{"a":"A"}"#, r#"{"\u0061":"A"}"#),
        ("{ }", "{}"),
        ("[ 1 ,2 ]", "[1,2]"),
        (r#"{"a":{"b":1,"c":[{}]}}"#, r#"{"a":{"c":[{ }],"b":1}}"#),
        // Even where a name is there twice, a text is as it is.
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#),
        (r#"[{"a":{"x":1},"a":{"x":2}}]"#, r#"[{"a":{"x":1},"a":{"x":2}}]"#),
    ] {
        for (a, b) in [(one, other), (other, one), (one, one)] {
            assert_eq!(differing(a, b), [], "{a} {b}");
        }
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
fn an_element_is_added_before_the_one_at_its_index_and_none_beyond_the_end() {
    for (index, expected) in [
        ("0", Some("[9,1,2]")),
        ("1", Some("[1,9,2]")),
        ("2", Some("[1,2,9]")),
        ("-", Some("[1,2,9]")),
        ("3", None),
        ("01", None),
    ] {
        let added = patched("[1,2]", &format!(r#"[{{"op":"add","path":"/{index}","value":9}}]"#));
        assert_eq!(added.ok().as_deref(), expected, "{index}");
    }
    for op in ["remove", "replace", "test"] {
        let patch = |index: &str| format!(r#"[{{"op":"{op}","path":"/{index}","value":2}}]"#);
        assert!(patched("[1,2]", &patch("1")).is_ok(), "{op}");
        for beyond in ["2", "3", "-"] {
            assert!(patched("[1,2]", &patch(beyond)).is_err(), "{op} {beyond}");
        }
    }
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
    let patch = r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":"/missing"}]"#;
    let error = patched(r#"{"a":1}"#, patch).unwrap_err();
    assert_eq!(error.to_string(), r#"step 2 at "/missing""#, "people count from 1");
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
    // Of a text of one megabyte, as long as a message may be. The copies are counted, not what was there.
    let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(1024 * 1024 - 2));
    let copy = r#"{"op":"copy","from":"/a","path":"/b#"}"#;
    for (times, is_done) in [(3, true), (4, true), (5, false)] {
        assert_eq!(is_too_much(&text, &many(copy, times)), !is_done, "{times}");
    }
}

#[test]
fn of_a_copy_its_names_and_its_blanks_are_counted_too() {
    // Of each part another length, so that none stands for another; two for the braces, and one for a comma.
    let around = 2 + "   ".len() + "\"abc\"".len() + ": ".len() + "    ".len() + 1;
    for (more, is_done) in [(0, true), (1, false)] {
        let value = "x".repeat(COPIED_MAX / 4 - around - 2 + more);
        let text = format!("{{\"a\":{{   \"abc\": \"{value}\"    }}}}");
        let copy = r#"{"op":"copy","from":"/a","path":"/b#"}"#;
        assert_eq!(is_too_much(&text, &many(copy, 4)), !is_done, "{more}");
    }
}

#[test]
fn what_moves_in_a_list_is_counted_and_what_stays_is_not() {
    let list = format!("[{}]", vec!["1"; 50_000].join(","));
    // In front of all others: each step moves 50,000, four of which are one.
    for step in [r#"{"op":"add","path":"/0","value":1}"#, r#"{"op":"remove","path":"/0"}"#] {
        assert!(patched(&list, &many(step, 30)).is_ok(), "{step}");
        assert!(is_too_much(&list, &many(step, 50)), "{step}");
    }
    for step in [r#"{"op":"replace","path":"/#","value":2}"#, r#"{"op":"test","path":"/#","value":1}"#] {
        assert!(patched(&list, &many(step, 10_000)).is_ok(), "{step}");
    }
}

#[test]
fn steps_among_very_many_members_come_to_an_end_and_a_value_in_each_of_ten_thousand_lines_does_not() {
    let members: Vec<String> = (0..50_000).map(|at| format!("\"m{at}\":1")).collect();
    let object = format!("{{{}}}", members.join(","));
    for step in [r#"{"op":"add","path":"/n#","value":1}"#, r#"{"op":"replace","path":"/m#","value":2}"#] {
        assert!(is_too_much(&object, &many(step, 1_000)), "{step}");
    }
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
