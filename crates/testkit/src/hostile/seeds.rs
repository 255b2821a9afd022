//! What fuzzing begins with: the samples, the suites, and what was found before. Made from the tree, so that nothing is there twice.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::patch::input;
use super::{files, found, strings, texts};
use crate::samples;

/// Inputs by name.
pub type Inputs = BTreeMap<String, Vec<u8>>;

/// The seeds of a target, what it has found before among them.
///
/// # Panics
///
/// If there is no such target.
pub fn seeds(target: &str) -> Inputs {
    let mut seeds = match target {
        "decode" | "validate" => bodies(),
        "patch" => patches(),
        "envelopes" => events(),
        "attributes" => letters(),
        _ => panic!("no target is called {target}"),
    };
    seeds.extend(found(target).into_iter().map(|(name, input)| (format!("found-{name}"), input)));
    seeds
}

/// The words that the inputs of a target are made of, as libFuzzer reads them.
///
/// # Panics
///
/// If there is no such target.
pub fn dictionary(target: &str) -> String {
    let mut words: Vec<String> =
        ["null", "true", "1e400", "-0", "\\u0000", "\\ud83d", "9999999999999999"].map(str::to_owned).into();
    match target {
        "decode" | "validate" => words.extend(names_of_fields()),
        "patch" => {
            let own = ["\"op\":", "\"path\":", "\"from\":", "\"value\":", "/-", "/lines/0", "~1", "~0"];
            let verbs =
                ["add", "remove", "replace", "move", "copy", "test"].map(|verb| format!("\"{verb}\""));
            words.extend(own.map(str::to_owned).into_iter().chain(verbs));
        }
        "envelopes" => words.extend(names_in_events()),
        "attributes" => words = vec!["AWS.".to_owned(), "Amazon.".to_owned(), "..".to_owned()],
        _ => panic!("no target is called {target}"),
    }
    // It takes plain ASCII, and the rest by its bytes.
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    };
    let line = |word: &String| format!("\"{}\"\n", word.bytes().map(escaped).collect::<String>());
    words.iter().map(line).collect()
}

fn sample(folder: &str) -> Inputs {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(folder), "json")
}

/// The sample invoices, and the texts of the suite.
fn bodies() -> Inputs {
    let mut all = texts();
    // What is longer than a few kilobytes is slow to try, and says nothing that a short one does not.
    all.retain(|_, text| text.len() < 4_096);
    all.extend(sample("invoices"));
    let naughty = |(at, text): (usize, String)| {
        let mut invoice = read(&samples::valid("F-1", 1));
        invoice["seller"]["name"] = text.clone().into();
        invoice["number"] = text.into();
        (format!("naughty-{at}"), invoice.to_string().into_bytes())
    };
    all.extend(strings().into_iter().enumerate().step_by(8).map(naughty));
    all
}

fn patches() -> Inputs {
    let body = samples::wrong_total("F-1", 1);
    let patches = [
        ("empty", "[]"),
        ("replace", r#"[{"op":"replace","path":"/totals/payable","value":"11.50"}]"#),
        (
            "add",
            r#"[{"op":"add","path":"/lines/-","value":{"id":"2"}},{"op":"add","path":"/a~1b","value":1.50}]"#,
        ),
        ("remove", r#"[{"op":"remove","path":"/lines/0"},{"op":"remove","path":"/buyer"}]"#),
        ("move", r#"[{"op":"move","from":"/seller","path":"/buyer"}]"#),
        ("copy", r#"[{"op":"copy","from":"","path":"/copy"},{"op":"copy","from":"","path":"/copy"}]"#),
        (
            "test",
            r#"[{"op":"test","path":"/currency","value":"\u0055SD"},{"op":"test","path":"/n","value":1.0}]"#,
        ),
    ];
    let named = |(name, patch): (&str, &str)| (name.to_owned(), input(patch, &body));
    let mut all: Inputs = patches.into_iter().map(named).collect();
    let texts = texts().into_iter().filter(|(name, text)| name.starts_with('y') && text.len() < 200);
    all.extend(texts.map(|(name, text)| (name, input(r#"[{"op":"test","path":"","value":{}}]"#, &text))));
    all.insert("layout".to_owned(), input(r#"[{"op":"remove","path":"/a/1"}]"#, b"{ \"a\" : [ 1 , 2 ] }"));
    all
}

fn events() -> Inputs {
    let mut all = sample("");
    all.retain(|name, event| (name.starts_with("sqs") || name.starts_with("kafka")) && event.len() < 20_000);
    let record = |body: &str| {
        json!({"messageId": "m-1", "body": body, "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:aduana-invoices",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
            "messageAttributes": {"tenant": {"stringValue": "7", "dataType": "Number"}}})
    };
    for (at, text) in strings().iter().enumerate().step_by(16) {
        let event = json!({ "Records": [record(text)] });
        all.insert(format!("naughty-{at}"), event.to_string().into_bytes());
    }
    all
}

/// As `attributes` reads them: attempt, errors, the body, and each attribute with its kind.
fn letters() -> Inputs {
    let text = |times: u8, text: &[u8]| {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        [&[times, length], &text[..usize::from(length)]].concat()
    };
    let attribute = |kind: u8, name: &[u8], times: u8, value: &[u8]| {
        [&[kind][..], &text(0, name), &text(times, value)].concat()
    };
    let letter = |errors: u8, body: Vec<u8>, attributes: Vec<Vec<u8>>| {
        [vec![0, errors], body, attributes.concat()].concat()
    };
    let many = |count: u8| (0..count).map(|at| attribute(0x70, &[b'A' + at], 0, b"v")).collect();
    let mut all = Inputs::from([
        ("plain".to_owned(), letter(1, text(0, b"{}"), Vec::new())),
        ("ten".to_owned(), letter(200, text(0, b"{}"), many(10))),
        ("many".to_owned(), letter(1, text(0, b"{}"), many(60))),
        ("large".to_owned(), letter(255, text(0xFF, b"{\"a\":\"0123456789012345678901234\"}"), many(6))),
        ("binary".to_owned(), letter(1, text(0, b"\xFF\0"), vec![attribute(0x7D, b"b", 0, b"\xFF\0")])),
        (
            "ours".to_owned(),
            letter(1, text(0, b"{}"), vec![vec![0x00, 0, 1, b'x'], vec![0x60, 0, 2, b'[', b']']]),
        ),
        (
            "big".to_owned(),
            letter(
                1,
                text(0, b"{}"),
                vec![attribute(0x70, b"big", 0xFF, b"0123456789012345678901234567890123")],
            ),
        ),
    ]);
    for (at, string) in strings().iter().enumerate().step_by(16) {
        let attributes = vec![attribute(0x70, string.as_bytes(), 0, string.as_bytes())];
        all.insert(format!("naughty-{at}"), letter(1, text(0, string.as_bytes()), attributes));
    }
    all
}

fn names_of_fields() -> Vec<String> {
    fn add(value: &Value, names: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    names.insert(format!("\"{name}\":"));
                    add(value, names);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| add(item, names)),
            Value::String(text) if text.len() < 12 => {
                names.insert(format!("\"{text}\""));
            }
            _ => {}
        }
    }
    let mut names = std::collections::BTreeSet::new();
    sample("invoices").values().filter_map(|body| try_read(body)).for_each(|body| add(&body, &mut names));
    names.into_iter().collect()
}

fn names_in_events() -> Vec<String> {
    let names = [
        "Records",
        "messageId",
        "body",
        "eventSource",
        "eventSourceARN",
        "attributes",
        "messageAttributes",
        "ApproximateReceiveCount",
        "SentTimestamp",
        "stringValue",
        "binaryValue",
        "dataType",
        "records",
        "topic",
        "partition",
        "offset",
        "timestamp",
        "key",
        "value",
        "headers",
        "InvalidMessageId",
        "Attempt",
        "Source",
        "ProducerAttributes",
        "aws:sqs",
        "aws:kafka",
        "SelfManagedKafka",
        "invoices-0",
        "String",
        "Binary",
        "Number",
    ];
    names.map(|name| format!("\"{name}\"")).into()
}

fn read(json: &[u8]) -> Value {
    try_read(json).expect("a sample is JSON")
}

#[expect(clippy::disallowed_methods, reason = "the project's own samples")]
fn try_read(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok()
}
