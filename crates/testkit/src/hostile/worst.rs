//! The worst that we could think of: inputs as large as they may come, each after one thing that grows.

use std::fmt::Write as _;

use super::patch::input;
use super::seeds::Inputs;
use crate::samples;

/// The largest body that is read, and the largest message of SQS.
const BODY_MAX: usize = 1_048_576;

/// The worst inputs of a target.
///
/// # Panics
///
/// If there is no such target.
pub fn worst(target: &str) -> Inputs {
    match target {
        "decode" | "validate" => bodies(),
        "patch" => patches(),
        "envelopes" => events(),
        // Large texts are made of few bytes there: the seeds have them.
        "attributes" => Inputs::new(),
        _ => panic!("no target is called {target}"),
    }
}

/// `part` again and again between `before` and `after`, as often as fits; `#` in it is its number.
fn filled(before: &str, part: &str, separator: &str, after: &str, most: usize) -> Vec<u8> {
    let mut text = before.to_owned();
    for at in 0..most {
        let part = part.replace('#', &at.to_string());
        if text.len() + separator.len() + part.len() + after.len() > BODY_MAX {
            break;
        }
        text.push_str(if at == 0 { "" } else { separator });
        text.push_str(&part);
    }
    text.push_str(after);
    text.into_bytes()
}

/// A valid invoice with this member before its own.
fn with(member: &str) -> String {
    let invoice = String::from_utf8(samples::valid("F-1", 1)).expect("text");
    invoice.replacen('{', &format!("{{{member},"), 1)
}

/// The same with something else in the place of a list of its own.
fn with_list(name: &str, part: &str, most: usize) -> Vec<u8> {
    let invoice = with("\"AT\":0").replace(&format!("\"{name}\""), "\"no_such\"");
    let (before, after) = invoice.split_once("\"AT\":0,").expect("the mark");
    filled(&format!("{before}\"{name}\":["), part, ",", &format!("],{after}"), most)
}

/// A line without anything wrong, and the same with a wrong amount and unknown codes.
const LINE: &str = r##"{"id":"#","quantity":"1","unit":"C62","net_amount":"10.00","price":{"net":"10.00"},"tax":{"category":"S","rate":"15"},"item":{"name":"x"}}"##;
const WRONG_LINE: &str = r#"{"id":"1","quantity":"2","unit":"zz","net_amount":"1.001","price":{"net":"-1"},"tax":{"category":"E"},"item":{}}"#;

/// A line all of blanks, one in which nothing is of its type, and such as can be corrected in every field.
const BLANK_LINE: &str = r#"{"id":" ","quantity":"","unit":"","net_amount":" ","price":{"net":""},"tax":{"category":""},"item":{"name":""}}"#;
const STRANGE_LINE: &str =
    r#"{"id":1,"quantity":[],"unit":3,"price":{"net":[]},"tax":{"category":1,"rate":[]},"item":{"name":3}}"#;
const LINE_TO_MEND: &str = r##"{"id":"#","quantity":"1,5","unit":"C62","net_amount":"10,00","price":{"net":"1.000,00"},"tax":{"category":"S","rate":"15,0"},"item":{"name":"x"}}"##;
const DATES_TO_MEND: &str = r#"{"period":{"start":"21/02/2026","end":"22/3/2026"},"object":{"id":"","scheme_id":" "},"item":{"origin_country":"es"},"tax":{"category":"x"}}"#;
const ALLOWANCE_TO_MEND: &str =
    r#"{"amount":"1,1","percentage":"x","reason":"","reason_code":" ","tax":{"category":"","rate":"y"}}"#;

/// A text with as many members as fit in the place of its `<here>`.
fn in_object(text: &[u8], member: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let (before, after) = text.split_once("<here>").expect("the mark");
    filled(before, member, ",", after, usize::MAX)
}

pub(super) fn bodies() -> Inputs {
    let all = usize::MAX;
    let named = |name: &str, body: Vec<u8>| (name.to_owned(), body);
    let deep = |open: &str, close: &str| {
        [open.repeat(BODY_MAX / 2 / open.len()), close.repeat(BODY_MAX / 4)].concat()
    };
    let mut bodies = Inputs::from([
        named("blanks", vec![b' '; BODY_MAX]),
        named("no-utf-8-at-the-end", [&vec![b' '; BODY_MAX - 1][..], b"\xFF"].concat()),
        named("brackets", vec![b'['; BODY_MAX]),
        named("braces", deep("{\"a\":", "}").into_bytes()),
        named("items", filled("{\"a\":[", "1", ",", "]}", all)),
        named("items-within", filled("{\"extensions\":{\"a\":[", "[]", ",", "]}}", all)),
        named("members", filled("{", "\"a#\":1", ",", "}", all)),
        named("members-of-extensions", filled(&with("\"extensions\":{\"x\":{\"a\":0"), "", "", "", 1)),
        named("one-name", filled("{", "\"a\":1", ",", "}", all)),
        named("long-text", filled("{\"number\":\"", "0123456789", "", "\"}", all)),
        named("long-name", filled("{\"", "0123456789", "", "\":1}", all)),
        named("escapes", filled("{\"number\":\"", "\\ud83d\\ude00", "", "\"}", all)),
        named("digits", filled("{\"totals\":{\"payable\":", "9999999999", "", "}}", all)),
        named("digits-in-a-text", filled("{\"totals\":{\"payable\":\"", "1,000", ",", "\"}}", all)),
        named("no-lines", with_list("lines", "{}", 12_000)),
        named("lines-of-null", with_list("lines", "null", 12_000)),
        named("lines-in-order", with_list("lines", LINE, 10_000)),
        named("wrong-lines", with_list("lines", WRONG_LINE, 10_000)),
        named("empty-lines", with_list("lines", "{}", 9_900)),
        named("unknown-in-lines", with_list("lines", r#"{"a#":1,"ID":2,"unit_":3}"#, 9_900)),
        named("same-lines", with_list("lines", &LINE.replace('#', "1"), 10_000)),
        named(
            "breakdown",
            with_list(
                "tax_breakdown",
                r##"{"category":"S","rate":"#","taxable_amount":"1","tax_amount":"1"}"##,
                12_000,
            ),
        ),
        named(
            "same-breakdown",
            with_list(
                "tax_breakdown",
                r#"{"category":"S","rate":"15","taxable_amount":"1","tax_amount":"1"}"#,
                12_000,
            ),
        ),
        named(
            "wrong-taxes",
            with_list(
                "tax_breakdown",
                r#"{"category":"S","rate":"5","taxable_amount":"900","tax_amount":"-5"}"#,
                11_900,
            ),
        ),
        named(
            "many-rates",
            with_list(
                "lines",
                r##"{"id":"#","quantity":"1","unit":"C62","net_amount":"1","price":{"net":"1"},"tax":{"category":"S","rate":"0.#"},"item":{"name":"x"}}"##,
                10_000,
            ),
        ),
        named(
            "allowances",
            with_list("allowances", r#"{"amount":"1","tax":{"category":"S","rate":"15"}}"#, 12_000),
        ),
        named("blank-lines", with_list("lines", BLANK_LINE, 9_900)),
        named("lines-of-other-types", with_list("lines", STRANGE_LINE, 9_900)),
        named("lines-to-correct", with_list("lines", LINE_TO_MEND, 9_900)),
        named("dates-to-correct", with_list("lines", DATES_TO_MEND, 9_900)),
        named("allowances-to-correct", with_list("allowances", ALLOWANCE_TO_MEND, 11_900)),
        named("names-in-extensions", in_object(with("\"extensions\":{<here>}").as_bytes(), "\"W#\":1")),
        named("names-in-a-line", in_object(&with_list("lines", "{<here>}", 1), "\"W#\":1")),
        named("notes", with_list("notes", r#"{"text":"x"}"#, 12_000)),
        named("preceding", with_list("preceding_invoices", r##"{"number":"#"}"##, 12_000)),
        named("payments", with_list("payment_means", r#"{"code":"30","account":{"id":"ES00"}}"#, 12_000)),
    ]);
    let inside = filled("", "\"a#\":1", ",", "", all);
    let inside = String::from_utf8(inside).expect("text");
    let room = BODY_MAX - 2_000;
    let cut = inside.get(..room).and_then(|text| text.rsplit_once(',')).map_or("", |(text, _)| text);
    bodies.insert(
        "members-of-extensions".to_owned(),
        with(&format!("\"extensions\":{{\"x\":{{{cut}}}}}")).into_bytes(),
    );
    bodies
}

fn patches() -> Inputs {
    let one = r#"[{"op":"add","path":"/x","value":1}]"#;
    let steps = |step: &str, most: usize| String::from_utf8(filled("[", step, ",", "]", most)).expect("text");
    let mut all = Inputs::new();
    for (name, body) in bodies() {
        all.insert(format!("one-step-{name}"), input(one, &body));
    }
    let members = String::from_utf8(filled("{", "\"a#\":1", ",", "}", usize::MAX)).expect("text");
    let mut backwards: Vec<&str> = members.trim_matches(['{', '}']).split(',').collect();
    backwards.reverse();
    let backwards = backwards.join(",");
    let test = format!(r#"[{{"op":"test","path":"","value":{{{backwards}}}}}]"#);
    let instead = format!(r#"[{{"op":"replace","path":"","value":{{{backwards}}}}}]"#);
    let double = r#"{"op":"copy","from":"","path":"/a#"}"#;
    let deeper = r#"{"op":"copy","from":"","path":"/a"}"#;
    let again = r#"{"op":"copy","from":"/a","path":"/b"}"#;
    let items = filled("{\"a\":[", "1", ",", "]}", 60_000);
    let long = filled("{\"a\":\"", "0123456789", "", "\"}", usize::MAX);
    let last = r#"{"op":"add","path":"/z#","value":1}"#;
    let front = r#"{"op":"add","path":"/a/0","value":1}"#;
    for (name, patch, body) in [
        ("backwards-test", test, members.clone().into_bytes()),
        ("backwards", instead, members.clone().into_bytes()),
        ("doubles", steps(double, 64), b"{}".to_vec()),
        ("deeper", steps(deeper, 20_000), b"{}".to_vec()),
        ("doubles-a-list", steps(double, 64), items.clone()),
        ("copies-a-list", steps(again, 20_000), items.clone()),
        ("copies-a-text", steps(again, 20_000), long),
        ("adds-to-the-front", steps(front, 20_000), items),
        ("adds-members", steps(last, 20_000), members.into_bytes()),
        ("no-such-steps", steps(r#"{"op":"test","path":"/a","value":1}"#, 100_000), b"{\"a\":1}".to_vec()),
    ] {
        all.insert(name.to_owned(), input(&patch, &body));
    }
    all
}

/// Events as large as Lambda hands them out, 6 MB: one record that is large, and many.
fn events() -> Inputs {
    let record = |id: usize, body: &str| {
        let body = serde_json::Value::from(body).to_string();
        format!(
            r#"{{"messageId":"m-{id}","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:aduana-invoices","body":{body}}}"#
        )
    };
    let mut all = Inputs::new();
    for (name, body) in bodies() {
        if let Ok(body) = String::from_utf8(body) {
            all.insert(
                format!("one-{name}"),
                format!(r#"{{"Records":[{}]}}"#, record(1, &body)).into_bytes(),
            );
        }
    }
    let mut small = String::new();
    for id in 0..38 {
        write!(small, "{}{}", if id == 0 { "" } else { "," }, record(id, "{}")).expect("memory");
    }
    all.insert("many-small".to_owned(), format!(r#"{{"Records":[{small}]}}"#).into_bytes());
    all
}
