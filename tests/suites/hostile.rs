//! Hostile inputs: the texts of `JSONTestSuite` and the Big List of Naughty Strings (`tests/hostile`).

use std::collections::BTreeSet;

use aduana_cases::log::LogContext;
use aduana_cases::message::{Envelope, Source};
use aduana_invoice::{Policy, Validator};
use aduana_testkit::hostile::{strings, texts, today};
use aduana_testkit::samples;
use aduana_testkit::world::{START_MS, TIMEOUT_MS, World, run};
use serde_json::Value;

/// So many records come in one batch.
const BATCH: usize = 40;

#[expect(clippy::disallowed_methods, reason = "the project's own test data")]
fn read(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// The codes of the violations of a body; none if it is valid.
fn codes(validator: &Validator, body: &[u8]) -> Vec<&'static str> {
    validator.judge(body, today()).violations().iter().map(|it| it.code).collect()
}

/// A valid invoice that carries the text where the format allows any JSON.
fn carrying(text: &[u8]) -> Vec<u8> {
    let invoice = samples::valid("F-1", 1);
    let mut body = br#"{"extensions":{"x":{"y":"#.to_vec();
    body.extend_from_slice(text);
    body.extend_from_slice(b"}},");
    body.extend_from_slice(invoice.strip_prefix(b"{").unwrap());
    body
}

/// Bodies as records of a topic, which can have any bytes.
fn records(bodies: &[Vec<u8>]) -> Vec<Envelope> {
    let record = |(offset, body): (i64, &Vec<u8>)| Envelope {
        source: Source::Kafka { topic: "invoices".to_owned(), partition: 0, offset },
        id: format!("invoices-0:{offset}"),
        body: body.clone(),
        attributes: Vec::new(),
        receive_count: None,
        sent_at_ms: None,
        sender: None,
    };
    (0..).zip(bodies).map(record).collect()
}

/// What the intake made of the bodies, and everything that it wrote where people and programs read.
async fn ingested(world: &World, bodies: &[Vec<u8>]) -> String {
    let mut said = String::new();
    let mut records = records(bodies);
    let context = LogContext {
        timestamp_ms: START_MS,
        service: "aduana".to_owned(),
        cold_start: false,
        function_name: "aduana-validator".to_owned(),
        function_request_id: "1".to_owned(),
        xray_trace_id: None,
    };
    while !records.is_empty() {
        let batch = records.drain(..BATCH.min(records.len())).collect();
        let report = world.intake().run(batch, world.now_ms() + TIMEOUT_MS).await;
        let counts = report.counts();
        assert_eq!(counts.received, counts.stored + counts.already_stored + counts.held, "nothing failed");
        report.log().iter().for_each(|line| said.push_str(&line.to_json(&context)));
    }
    for message in world.held_messages() {
        message.attributes.iter().for_each(|it| said.push_str(it.as_text().unwrap_or_default()));
    }
    for alert in world.alerts() {
        said.push_str(&alert.body);
        alert.attributes.iter().for_each(|(_, value)| said.push_str(value));
    }
    said
}

#[test]
fn a_text_is_read_as_the_suite_says() {
    let validator = Validator::new(Policy::default());
    let texts = texts();
    assert_eq!(texts.len(), 318);
    for (name, text) in texts {
        let (alone, carried) = (codes(&validator, &text), codes(&validator, &carrying(&text)));
        // A list, or a text in a string, is known by its look.
        let is_no_json = |codes: &[&str]| {
            matches!(codes, ["FE-S-001" | "FE-S-003" | "FE-S-007"])
                || matches!(codes, [code] if code.starts_with("FE-X-"))
        };
        match name.split_once('_').unwrap().0 {
            // The format is stricter in two things: a name stands once in an object, and what is not an object is no invoice.
            "y" if name.contains("duplicated_key") => assert_eq!(carried, ["FE-S-001"], "{name}"),
            "y" => {
                assert_eq!(carried, [""; 0], "{name}");
                assert_eq!(is_no_json(&alone), !text.trim_ascii().starts_with(b"{"), "{name}: {alone:?}");
            }
            "n" => assert!(is_no_json(&alone) && is_no_json(&carried), "{name}: {alone:?} {carried:?}"),
            _ => assert!(is_no_json(&alone), "{name}: {alone:?}"),
        }
    }
}

#[test]
fn what_may_be_read_or_refused_is_decided() {
    let validator = Validator::new(Policy::default());
    let free = texts().into_iter().filter(|(name, _)| name.starts_with("i_"));
    let decided = free.map(|(name, text)| {
        let codes = codes(&validator, &carrying(&text));
        format!("{} {name}", codes.first().unwrap_or(&"read    "))
    });
    insta::assert_snapshot!(decided.collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_text_of_the_suite_is_held_once_byte_for_byte() {
    run(async {
        let world = World::new();
        let bodies: Vec<Vec<u8>> = texts().into_values().collect();
        ingested(&world, &bodies).await;
        assert_eq!(world.invoices().len(), 0);
        let kept: Vec<Vec<u8>> = world.cases().iter().map(|row| row.case.body.unpack().unwrap()).collect();
        let sorted = |mut bodies: Vec<Vec<u8>>| {
            bodies.sort();
            bodies
        };
        assert_eq!(sorted(kept), sorted(bodies));
        assert_eq!(world.held_messages().len(), 318);
        let ids: BTreeSet<String> = world.cases().iter().map(|row| row.case.id.to_string()).collect();
        assert_eq!(listed(&world).await, ids, "a list is complete, page by page");
    });
}

/// The ids of all open cases, as a list gives them page by page.
async fn listed(world: &World) -> BTreeSet<String> {
    let (mut ids, mut cursor) = (BTreeSet::new(), Value::Null);
    loop {
        let mut ask = serde_json::json!({"action": "list", "limit": 50, "actor": "test"});
        if cursor.is_string() {
            ask["cursor"] = cursor;
        }
        let answer = world.redrive().ask(&ask.to_string()).await.unwrap().unwrap().to_json();
        let page = read(answer.as_bytes());
        for case in page["cases"].as_array().unwrap() {
            assert!(ids.insert(case["id"].as_str().unwrap().to_owned()), "a case twice");
        }
        cursor = page["cursor"].clone();
        if cursor.is_null() {
            return ids;
        }
    }
}

/// Every field of an invoice that is a text, by its pointer.
fn text_fields(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| text_fields(item, &format!("{at}/{i}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, it)| text_fields(it, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

#[test]
fn a_naughty_string_in_any_field_is_judged_and_shown_to_nobody() {
    let validator = Validator::new(Policy::default());
    let invoice = read(&samples::valid("F-1", 1));
    let mut fields = Vec::new();
    text_fields(&invoice, "", &mut fields);
    assert!(fields.len() > 20);
    for string in strings() {
        for field in &fields {
            let mut naughty = invoice.clone();
            *naughty.pointer_mut(field).unwrap() = Value::String(string.clone());
            let verdict = validator.judge(naughty.to_string().as_bytes(), today());
            for violation in verdict.violations() {
                // What was found is for those who may see values; a code and a place are for all.
                let place = format!("{}{}", violation.code, violation.path);
                assert!(string.len() < 4 || !place.contains(&string), "{place} shows {string:?}");
            }
        }
    }
}

#[test]
fn naughty_strings_are_stored_or_held_and_never_logged() {
    run(async {
        let world = World::new();
        let bodies: Vec<Vec<u8>> = strings()
            .iter()
            .enumerate()
            .map(|(at, string)| {
                let mut invoice = read(&samples::valid(&format!("F-{at}"), 1));
                for field in ["/seller/name", "/number", "/lines/0/item/name", "/currency"] {
                    // Every third in the currency, too, so that it is held.
                    if field != "/currency" || at % 3 == 0 {
                        *invoice.pointer_mut(field).unwrap() = Value::String(string.clone());
                    }
                }
                invoice.to_string().into_bytes()
            })
            .collect();
        let said = ingested(&world, &bodies).await;
        let (stored, held) = (world.invoices().len(), world.cases().len());
        assert!(stored > 200 && held > 171, "{stored} stored, {held} held");
        for string in strings().iter().filter(|string| is_telling(string)) {
            assert!(!said.contains(string.as_str()), "{string:?} was quoted");
        }
        // The review takes each, and gives it back as it is.
        for row in world.cases() {
            let ask = format!(r#"{{"action":"get","id":"{}","actor":"test"}}"#, row.case.id);
            assert!(world.redrive().ask(&ask).await.unwrap().is_ok());
        }
    });
}

/// Whether a string would only be in a log if it was put there: not `1`, `null`, `code` or the like.
fn is_telling(string: &str) -> bool {
    string.chars().count() > 6 && !string.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}
