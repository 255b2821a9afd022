//! The samples in `events/` do what their names say, and `events/README.md` lists each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use aduana_cases::case::Reasons;
use aduana_cases::message::{Attribute, AttributeValue, Envelope, Source};
use aduana_cases::time::day;
use aduana_invoice::{Category, Policy, Validator, Verdict, same_content};
use aduana_testkit::world::{QUEUE, START_MS, TIMEOUT_MS, World, run};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// The JSON files of a folder: names without their ending, and bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect()
}

fn invoices() -> BTreeMap<String, Vec<u8>> {
    files(&folder().join("invoices"))
}

/// The verdict on the day of the samples.
fn judge(body: &[u8]) -> Verdict {
    Validator::new(Policy::default()).judge(body, day(START_MS))
}

fn codes(verdict: &Verdict) -> BTreeSet<&'static str> {
    verdict.violations().iter().map(|violation| violation.code).collect()
}

/// `invalid-data-BR-CO-15-wrong-total` → `BR-CO-15`; empty if the name has no code.
fn code_in(name: &str) -> String {
    let is_lower = |part: &&str| part.chars().any(char::is_lowercase);
    let code = name.split('-').skip_while(is_lower).take_while(|part| !is_lower(part));
    code.collect::<Vec<_>>().join("-")
}

#[test]
fn an_invoice_is_judged_as_its_name_says() {
    let mut seen = BTreeSet::new();
    for (name, body) in invoices() {
        let verdict = judge(&body);
        let details = format!("{name}: {:?}", verdict.violations());
        let kind = name.split('-').next().unwrap();
        let code = code_in(&name);
        if kind == "invalid" {
            let worst = verdict.violations().iter().map(|violation| violation.category).min();
            let category = name.split('-').nth(1).unwrap();
            assert!(!verdict.is_valid() && worst.map(Category::as_str) == Some(category), "{details}");
            assert!(code.is_empty() || codes(&verdict).contains(code.as_str()), "{details}");
            seen.insert(category.to_owned());
        } else {
            assert!(verdict.is_valid(), "{details}");
            if name.starts_with("valid-with-warning-") {
                assert_eq!(codes(&verdict), BTreeSet::from([code.as_str()]), "{details}");
            } else {
                assert!(verdict.violations().is_empty(), "{details}");
            }
        }
        seen.insert(kind.to_owned());
    }
    let all = ["conflict", "data", "duplicate", "invalid", "range", "structure", "valid"];
    assert_eq!(seen, all.map(str::to_owned).into());
}

#[test]
fn a_duplicate_has_the_content_of_its_original_and_a_conflict_only_its_key() {
    let all = invoices();
    let key = |body: &[u8]| judge(body).summary().key.clone().unwrap();
    for (name, body) in &all {
        if let Some(original) = name.strip_prefix("duplicate-of-") {
            let original = &all[original];
            assert!(body != original && same_content(body, original), "{name}");
            assert_eq!(key(body), key(original), "{name}");
        } else if let Some(original) = name.strip_prefix("conflict-with-") {
            let original = &all[original];
            assert!(!same_content(body, original), "{name}");
            assert_eq!(key(body), key(original), "{name}");
        }
    }
    // Nobody else shares a key, or one of the two would be held.
    let valid: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("valid-")).collect();
    let keys: BTreeSet<_> = valid.iter().map(|(_, body)| key(body)).collect();
    assert_eq!(keys.len(), valid.len());
}

#[test]
fn invoices_of_one_seller_with_one_cause_are_one_group() {
    let mut groups = BTreeMap::new();
    for (name, body) in invoices() {
        if let Verdict::Reject { summary, violations } = judge(&body) {
            let group = Reasons::new(violations, &summary).group.id;
            groups.entry(group).or_insert_with(Vec::new).push(name);
        }
    }
    let shared: Vec<_> = groups.into_values().filter(|names| names.len() > 1).collect();
    assert_eq!(shared.len(), 1, "{shared:?}");
    assert_eq!(shared[0].len(), 4);
    assert!(shared[0].iter().all(|name| name.starts_with("invalid-data-BR-CL-23-unit-und-")), "{shared:?}");
}

/// The records of an event as messages.
fn envelopes(event: &[u8]) -> Vec<Envelope> {
    #[expect(clippy::disallowed_methods, reason = "an event of Lambda, not an invoice")]
    let event: Value = serde_json::from_slice(event).unwrap();
    event["Records"].as_array().unwrap().iter().map(envelope).collect()
}

fn envelope(record: &Value) -> Envelope {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let attribute = |(name, value): (&String, &Value)| Attribute {
        name: name.clone(),
        value: match value["stringValue"].as_str() {
            Some(string) => {
                AttributeValue::Text { data_type: text(&value["dataType"]), value: string.to_owned() }
            }
            None => AttributeValue::Binary {
                data_type: text(&value["dataType"]),
                value: text(&value["binaryValue"]).into_bytes(),
            },
        },
    };
    Envelope {
        source: Source::Sqs { queue: QUEUE.to_owned() },
        id: text(&record["messageId"]),
        body: text(&record["body"]).into_bytes(),
        attributes: record["messageAttributes"].as_object().unwrap().iter().map(attribute).collect(),
        receive_count: record["attributes"]["ApproximateReceiveCount"].as_str().unwrap().parse().ok(),
        sent_at_ms: record["attributes"]["SentTimestamp"].as_str().unwrap().parse().ok(),
        sender: None,
    }
}

#[test]
fn an_event_ends_as_its_readme_says() {
    // Stored, already stored, held, and in how many groups.
    let expected = [
        ("sqs-duplicate", [1, 2, 0, 0]),
        ("sqs-empty", [0, 0, 0, 0]),
        ("sqs-hostile", [1, 0, 9, 7]),
        ("sqs-invalid", [0, 0, 4, 4]),
        ("sqs-mixed", [2, 0, 4, 3]),
        ("sqs-resent", [1, 0, 1, 1]),
        ("sqs-valid", [3, 0, 0, 0]),
    ];
    let mut events = files(&folder());
    // Those of the redrive and of Kafka are put to the deployed functions: `tests/local_aws`.
    events.retain(|name, _| name.starts_with("sqs-"));
    assert_eq!(events.keys().map(String::as_str).collect::<Vec<_>>(), expected.map(|(name, _)| name));
    for (name, ends) in expected {
        run(async {
            let world = World::new();
            let report = world.intake().run(envelopes(&events[name]), START_MS + TIMEOUT_MS).await;
            let counts = report.counts();
            let groups: BTreeSet<_> = world.cases().into_iter().map(|row| row.case.reasons.group).collect();
            // Of more groups at once than five, the others wait for a round-up.
            let groups_alerted = world.alerts().len();
            assert_eq!(
                [counts.stored, counts.already_stored, counts.held, groups.len()],
                ends,
                "{name}: {groups:?}"
            );
            assert_eq!((counts.retry, groups_alerted), (0, groups.len().min(5)), "{name}");
            let is_roundup_due = !world.is_all_alerted();
            assert_eq!(is_roundup_due, groups.len() > 5, "{name}");
        });
    }
}

#[test]
fn a_resent_message_whose_case_is_not_there_is_one_that_nobody_has_held_before() {
    run(async {
        let world = World::new();
        let resent = envelopes(&files(&folder())["sqs-resent"]);
        let report = world.intake().run(resent.clone(), START_MS + TIMEOUT_MS).await;
        assert_eq!(report.counts().refused_claims, resent.len());
        assert_eq!(world.invoices()[0].case_id, None);
        assert_eq!(world.cases()[0].head.attempt, 1);
    });
}

/// The codes in a cell of the README: `BR-CO-15` `BR-CO-16`.
fn codes_in(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_readme_has_the_codes_and_suggestions_of_every_invalid_sample() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let all = invoices();
    let mut seen = 0;
    for row in readme.lines().filter(|line| line.starts_with("| `invalid-")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        let [name, _, expected] = cells.as_slice() else { panic!("{row}") };
        let verdict = judge(&all[name.split('`').nth(1).unwrap()]);
        assert_eq!(codes_in(expected), codes(&verdict), "{row}");
        let has_suggestion = verdict.violations().iter().any(|violation| !violation.suggestion.is_empty());
        assert_eq!(expected.contains("suggestion"), has_suggestion, "{row}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn the_readme_lists_every_sample() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows: BTreeSet<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    // The group of four has one row.
    let row_of = |name: &str| {
        name.trim_end_matches(['2', '3', '4']).to_owned()
            + if name.ends_with(['2', '3', '4']) { "1" } else { "" }
    };
    let invoices =
        invoices().into_keys().map(|name| if name.contains("unit-und") { row_of(&name) } else { name });
    let events = files(&folder()).into_keys().map(|name| format!("{name}.json"));
    let samples: BTreeSet<String> = invoices.chain(events).collect();
    assert_eq!(rows, samples.iter().map(String::as_str).collect());
}
