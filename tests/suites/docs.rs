//! What the documents say is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aduana_invoice::{Date, Policy, Validator};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the top of the checkout").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn smallest() -> Value {
    json(&read("events/invoices/valid-minimal.json"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "our own samples and tables, before they are an invoice to judge"
)]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The codes of what is wrong with an invoice.
fn codes(invoice: &Value) -> BTreeSet<String> {
    let today = Date::from_ordinal_date(2026, 328).expect("24 November");
    let verdict = Validator::new(Policy::default()).judge(invoice.to_string().as_bytes(), today);
    let codes: BTreeSet<_> = verdict.violations().iter().map(|it| it.code.to_owned()).collect();
    assert_eq!(codes.is_empty(), verdict.is_valid(), "the smallest invoice has no warning to speak of");
    codes
}

/// The invoice with a value at a place, or without that place.
fn with(invoice: &Value, place: &str, value: Option<Value>) -> Value {
    let mut changed = invoice.clone();
    let (parent, name) = place.rsplit_once('/').expect("a JSON Pointer");
    match (changed.pointer_mut(parent).expect("a place of the smallest invoice"), value) {
        (Value::Object(object), Some(value)) => {
            object.insert(name.to_owned(), value);
        }
        (Value::Object(object), None) => {
            object.remove(name);
        }
        (Value::Array(array), None) => {
            array.remove(name.parse().expect("an index"));
        }
        (other, value) => panic!("{place}: {value:?} into {other}"),
    }
    changed
}

/// The places of all that can be left out.
fn places(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(array) => array.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let places = below.into_iter().flat_map(|(name, value)| {
        let place = format!("{at}/{name}");
        let inner = places(value, &place);
        [place].into_iter().chain(inner)
    });
    places.collect()
}

#[test]
fn the_smallest_invoice_is_in_order_and_nothing_can_be_left_out_of_it() {
    let smallest = smallest();
    assert_eq!(codes(&smallest), BTreeSet::new());
    for place in places(&smallest, "") {
        assert_ne!(codes(&with(&smallest, &place, None)), BTreeSet::new(), "without {place}");
    }
    let shown = read("docs/invoice-format.md");
    assert!(shown.contains(&read("events/invoices/valid-minimal.json")), "the document shows it as it is");
}

/// The cells of a table's line, without the backquotes.
fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn each_common_mistake_has_the_codes_that_the_document_says_and_the_remedy_mends_it() {
    let (smallest, document) = (smallest(), read("docs/invoice-format.md"));
    let mistakes: Vec<_> = document.lines().filter(|line| line.starts_with("| `/")).map(cells).collect();
    assert!(mistakes.len() >= 20, "{}", mistakes.len());
    for mistake in &mistakes {
        let [place, sent, told, instead, _] = mistake.as_slice() else { panic!("{mistake:?}") };
        let value = |cell: &String| (cell != "absent").then(|| json(cell.trim_matches('`')));
        let place = place.trim_matches('`');
        let due: BTreeSet<_> = told.split(' ').map(|code| code.trim_matches('`').to_owned()).collect();
        assert_eq!(codes(&with(&smallest, place, value(sent))), due, "{place} {sent}");
        assert_eq!(codes(&with(&smallest, place, value(instead))), BTreeSet::new(), "{place} {instead}");
    }
}

#[test]
fn the_document_names_every_field_that_an_invoice_can_have() {
    let schema = json(&read("crates/invoice/src/schema/invoice.schema.json"));
    let document = read("docs/invoice-format.md");
    for field in schema["properties"].as_object().expect("properties").keys() {
        assert!(document.contains(&format!("`{field}`")), "{field}");
    }
}

/// The levels of a document's headings, and the commands of its blocks: each line up to two blanks, after which it is a remark.
fn shape(document: &str) -> (Vec<usize>, Vec<String>) {
    let (mut headings, mut commands, mut block) = (Vec::new(), Vec::new(), None);
    for line in document.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            // A picture's words are translated.
            (None, Some("mermaid")) => {}
            (None, Some(_)) => {
                let command = line.trim().split("  ").next().unwrap_or_default();
                commands.push(command.to_owned());
            }
            (None, None) => {
                let level = line.chars().take_while(|char| *char == '#').count();
                if level > 0 {
                    headings.push(level);
                }
            }
        }
    }
    (headings, commands)
}

#[test]
fn the_readme_says_the_same_in_both_languages() {
    let (english, spanish) = (shape(&read("README.md")), shape(&read("README.es.md")));
    assert_eq!(spanish.0, english.0, "the headings");
    assert_eq!(spanish.1, english.1, "the commands");
    assert!(english.0.len() > 5 && english.1.len() > 10);
}

#[test]
fn what_a_document_links_to_is_there() {
    for document in [
        "README.md",
        "README.es.md",
        "CONTRIBUTING.md",
        "docs/dependencies.md",
        "docs/deploy.md",
        "docs/invoice-format.md",
        "infra/README.md",
        "localstack/README.md",
        "events/README.md",
    ] {
        let text = read(document);
        let folder = root().join(document).parent().expect("a folder").to_owned();
        for (_, after) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let link = after.split([')', '#']).next().unwrap_or_default();
            let is_ours = !link.is_empty() && !link.contains("://");
            assert!(!is_ours || folder.join(link).exists(), "{document}: {link}");
        }
    }
}

#[test]
fn each_crate_that_we_ask_for_is_listed_with_what_it_is_for() {
    let (manifest, document) = (read("Cargo.toml"), read("docs/dependencies.md"));
    let section = manifest.split_once("[workspace.dependencies]\n").expect("the section").1;
    let section = section.split_once("\n[").expect("another section").0;
    let named = |line: &str| line.split_once(" = ").map(|(name, _)| name.trim().to_owned());
    let asked: BTreeSet<_> =
        section.lines().filter(|line| !line.contains("path = ")).filter_map(named).collect();
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let crates =
        rows.flat_map(|row| cells(row).swap_remove(0).split(", ").map(str::to_owned).collect::<Vec<_>>());
    let listed: BTreeSet<_> = crates.map(|name| name.trim_matches('`').to_owned()).collect();
    assert!(asked.len() > 40);
    assert_eq!(listed, asked);
}
