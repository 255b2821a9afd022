//! What the documents say is so.

mod commands;
mod configuration;
mod figures;
mod security;

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
fn each_common_mistake_has_the_codes_that_the_document_says_and_the_remedy_corrects_it() {
    each_mistake_of("docs/invoice-format.md");
    each_mistake_of("docs/invoice-format.es.md");
}

fn each_mistake_of(document: &str) {
    let (smallest, document) = (smallest(), read(document));
    let mistakes: Vec<_> = document.lines().filter(|line| line.starts_with("| `/")).map(cells).collect();
    assert!(mistakes.len() >= 20, "{}", mistakes.len());
    for mistake in &mistakes {
        let [place, sent, reported, instead, _] = mistake.as_slice() else { panic!("{mistake:?}") };
        let value = |cell: &String| (cell != "absent").then(|| json(cell.trim_matches('`')));
        let place = place.trim_matches('`');
        let due: BTreeSet<_> = reported.split(' ').map(|code| code.trim_matches('`').to_owned()).collect();
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

/// What a translation has in common with its original.
#[derive(Default)]
struct Shape {
    /// The text of each heading, with its `#`.
    headings: Vec<String>,
    /// The lines of tables and items of lists, under the heading with this number.
    rows: Vec<usize>,
    /// The other lines, with those of tables and lists: the prose. Under the heading with the same number.
    prose: Vec<String>,
    /// The lines of blocks without their comments.
    commands: Vec<String>,
}

impl Shape {
    fn of(document: &str) -> Self {
        let (mut shape, mut block) = (Self::default(), None);
        for line in document.lines() {
            match (line.trim_start().strip_prefix("```"), block) {
                (Some(language), None) => block = Some(language),
                (Some(_), Some(_)) => block = None,
                // A picture's words are translated, and what the program prints.
                (None, Some("mermaid" | "text")) => {}
                (None, Some(_)) => {
                    let command = line.trim().split(" #").next().unwrap_or_default().trim();
                    shape.commands.push(command.to_owned());
                }
                (None, None) => shape.take(line),
            }
        }
        shape
    }

    /// A line outside of blocks.
    fn take(&mut self, line: &str) {
        if line.starts_with('#') {
            self.headings.push(line.to_owned());
            self.rows.push(0);
            self.prose.push(String::new());
        }
        let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        if line.starts_with('|') || line.starts_with("- ") || numbered {
            *self.rows.last_mut().expect("a heading") += 1;
        }
        let prose = self.prose.last_mut().expect("a heading");
        prose.push_str(line);
        prose.push('\n');
    }

    fn levels(&self) -> Vec<usize> {
        self.headings.iter().map(|it| it.find(' ').expect("a title")).collect()
    }

    /// What stands in backquotes under each heading, in alphabetical order: a translation turns its sentences round.
    fn names(&self) -> Vec<Vec<String>> {
        let of = |prose: &String| {
            let names = prose.split('`').skip(1).step_by(2);
            let mut names: Vec<_> =
                names.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            names.sort();
            names
        };
        self.prose.iter().map(of).collect()
    }
}

/// The anchor of each heading, as GitHub makes it, and what stands under it outside of blocks.
pub(super) fn chapters(document: &str) -> Vec<(String, String)> {
    let shape = Shape::of(document);
    let anchor = |heading: String| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    shape.headings.into_iter().map(anchor).zip(shape.prose).collect()
}

/// The documents in both languages.
const TRANSLATED: [(&str, &str); 7] = [
    ("README.md", "README.es.md"),
    ("docs/configuration.md", "docs/configuration.es.md"),
    ("docs/deploy.md", "docs/deploy.es.md"),
    ("docs/invoice-format.md", "docs/invoice-format.es.md"),
    ("docs/operators.md", "docs/operadores.md"),
    ("docs/rules.md", "docs/rules.es.md"),
    ("docs/runbook.md", "docs/runbook.es.md"),
];

/// Both languages of a document, with as many headings, and rows of tables and lists under each.
fn both(english: &str, spanish: &str) -> (Shape, Shape) {
    assert!(TRANSLATED.contains(&(english, spanish)));
    let (first, second) = (Shape::of(&read(english)), Shape::of(&read(spanish)));
    assert_eq!(second.levels(), first.levels(), "{spanish}: the headings");
    for (at, heading) in second.headings.iter().enumerate() {
        assert_eq!(second.rows[at], first.rows[at], "{spanish}: the rows under {heading}");
    }
    assert!(first.headings.len() > 5 && first.rows.iter().sum::<usize>() > 10);
    (first, second)
}

#[test]
fn the_readme_says_the_same_in_both_languages() {
    let (english, spanish) = both("README.md", "README.es.md");
    assert_eq!(spanish.commands, english.commands);
    assert!(english.commands.len() > 10);
}

#[test]
fn the_configuration_says_the_same_in_both_languages() {
    say_the_same("docs/configuration.md", "docs/configuration.es.md");
}

#[test]
fn the_invoice_format_says_the_same_in_both_languages() {
    say_the_same("docs/invoice-format.md", "docs/invoice-format.es.md");
}

#[test]
fn the_operators_guide_has_the_same_chapters_in_both_languages() {
    both("docs/operators.md", "docs/operadores.md");
}

/// Both languages with the same commands, and the same names in backquotes under each heading.
fn say_the_same(english: &str, spanish: &str) {
    let (english, spanish) = both(english, spanish);
    assert_eq!(spanish.commands, english.commands);
    let (here, there) = (spanish.names(), english.names());
    for (at, heading) in spanish.headings.iter().enumerate() {
        assert_eq!(here[at], there[at], "the names under {heading}");
    }
    assert!(english.commands.len() > 3 && there.iter().flatten().count() > 50);
}

#[test]
fn the_runbook_says_the_same_in_both_languages() {
    say_the_same("docs/runbook.md", "docs/runbook.es.md");
}

#[test]
fn the_guide_to_deploying_says_the_same_in_both_languages() {
    say_the_same("docs/deploy.md", "docs/deploy.es.md");
}

/// What each line of a document links to, within the project: the line, and the file by its path from the top.
fn links(document: &str) -> Vec<(String, String)> {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut links = Vec::new();
    for line in read(document).lines() {
        for after in line.split("](").skip(1) {
            let link = after.split([')', '#']).next().unwrap_or_default();
            if link.is_empty() || link.contains("://") {
                continue;
            }
            let mut path: Vec<_> = folder.split('/').filter(|it| !it.is_empty()).collect();
            for step in link.split('/') {
                if step == ".." { _ = path.pop() } else { path.push(step) }
            }
            links.push((line.to_owned(), path.join("/")));
        }
    }
    links
}

#[test]
fn a_page_names_its_other_language_at_its_head_and_leads_to_pages_of_its_own() {
    // Those of the rules are printed by the program, and link to nothing.
    for (english, spanish) in TRANSLATED.into_iter().filter(|(english, _)| *english != "docs/rules.md") {
        for (here, there) in [(english, spanish), (spanish, english)] {
            let head: Vec<_> = read(here).lines().take(10).map(str::to_owned).collect();
            assert!(
                links(here).iter().any(|(line, to)| to == there && head.contains(line)),
                "{here}: {there} is not named at its head"
            );
        }
        for (line, to) in links(spanish) {
            let is_said = ["En inglés", "n English"].iter().any(|words| line.contains(words));
            let twin = TRANSLATED.iter().find(|(english, _)| *english == to);
            assert!(
                is_said || twin.is_none(),
                "{spanish}: a link to {to}, which is there in Spanish: {line}"
            );
        }
    }
}

/// Every document of the project.
fn documents() -> Vec<String> {
    let folders = [
        "",
        "docs/",
        "events/",
        "infra/",
        "infra/local/",
        "localstack/",
        "tests/",
        "tests/official/",
        "tests/hostile/",
    ];
    let mut documents = Vec::new();
    for folder in folders {
        for file in fs::read_dir(root().join(folder)).expect("a folder") {
            let name = file.expect("a file").file_name();
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                documents.push(format!("{folder}{}", name.to_string_lossy()));
            }
        }
    }
    assert!(documents.len() > 25, "{documents:?}");
    documents
}

#[test]
fn what_a_document_links_to_is_there() {
    for document in &documents() {
        let text = read(document);
        let folder = root().join(document).parent().expect("a folder").to_owned();
        for (_, after) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let link = after.split(')').next().unwrap_or_default();
            if link.contains("://") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { root().join(document) } else { folder.join(file) };
            assert!(file.exists(), "{document}: {link}");
            let is_there = || {
                let text = fs::read_to_string(&file).expect("a document");
                chapters(&text).iter().any(|(anchor, _)| anchor == place)
            };
            assert!(place.is_empty() || is_there(), "{document}: no such heading: {link}");
        }
    }
}

#[test]
fn each_crate_that_we_ask_for_is_listed_with_what_it_is_for() {
    let (manifest, document) = (read("Cargo.toml"), read("docs/dependencies.md"));
    let partition = manifest.split_once("[workspace.dependencies]\n").expect("the section").1;
    let partition = partition.split_once("\n[").expect("another section").0;
    let named = |line: &str| line.split_once(" = ").map(|(name, _)| name.trim().to_owned());
    let asked: BTreeSet<_> =
        partition.lines().filter(|line| !line.contains("path = ")).filter_map(named).collect();
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let crates =
        rows.flat_map(|row| cells(row).swap_remove(0).split(", ").map(str::to_owned).collect::<Vec<_>>());
    let listed: BTreeSet<_> = crates.map(|name| name.trim_matches('`').to_owned()).collect();
    assert!(asked.len() > 40);
    assert_eq!(listed, asked);
}
