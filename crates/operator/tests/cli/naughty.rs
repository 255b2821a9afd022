//! What strangers write, in everything that `aduana invalid` prints: harmless on a terminal, and nothing of it lost.

use aduana_cases::case::State;
use aduana_invoice::sanitize::{is_unsafe, sanitize};
use aduana_redrive::answer::{Answer, CaseSummary, Content, Reason, Shown, ShownBody};
use serde_json::Value;

use crate::common::lines as objects;
use crate::function::{Function, id, json_of, line, lines, reason, shown};

/// The Big List of Naughty Strings, and the texts of `JSONTestSuite` as a person would see them.
fn all() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/hostile");
    let list = std::fs::read(format!("{folder}/naughty_strings/blns.json")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the project's own test data")]
    let mut all: Vec<String> = serde_json::from_slice(&list).unwrap();
    let entries = std::fs::read_dir(format!("{folder}/json_test_suite")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert_eq!((all.len(), paths.len()), (515, 318));
    // Two of them are a hundred thousand brackets.
    let text = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).chars().take(2_000).collect();
    all.extend(paths.into_iter().map(text));
    all
}

/// A case for each, with the text in the place of all that a sender or an operator may write.
fn cases() -> Vec<CaseSummary> {
    let case = |(number, text): (u32, String)| CaseSummary {
        seller_name: Some(text.clone()),
        seller: Some(text.clone()),
        number: Some(text.clone()),
        currency: Some(text.clone()),
        owner: Some(text.clone()),
        ticket: Some(text),
        ..line(number, State::Open)
    };
    (1..).zip(all()).map(case).collect()
}

/// What was printed, of which a terminal obeys nothing but the ends of lines.
fn printed(function: &Function, args: &[&str]) -> String {
    let output = function.command(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        assert!(!line.contains(is_unsafe), "line {at}: {line:?}");
    }
    text
}

fn in_pages(request: &Value) -> Value {
    const PAGE: usize = 100;
    let from: usize = request["cursor"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
    let all = cases();
    let page = all.iter().skip(from).take(PAGE).cloned().collect();
    let next = (from + PAGE < all.len()).then(|| (from + PAGE).to_string());
    lines(page, next.as_deref())
}

#[test]
fn a_list_of_naughty_strings_is_a_line_each_and_loses_none() {
    let text = printed(&Function::open(in_pages), &["invalid", "list", "--all"]);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 1 + 515 + 318, "a heading, and one line a case");
    for ((number, naughty), row) in (1..).zip(all()).zip(&rows[1..]) {
        assert!(row.starts_with(id(number).as_str()), "{row}");
        assert!(row.contains(sanitize(&naughty).trim_end()), "{naughty:?} is not whole in {row}");
    }
}

#[test]
fn a_list_for_programs_holds_the_exact_strings() {
    let function = Function::open(in_pages);
    let text = printed(&function, &["invalid", "list", "--all", "--output", "json"]);
    let listed = objects(text.as_bytes());
    let names: Vec<String> =
        listed.iter().map(|case| case["seller_name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, all());
}

#[test]
fn a_case_with_naughty_strings_everywhere_is_shown_whole() {
    let reason = |text: String| Reason { expected: Some(text.clone()), actual: Some(text), ..reason() };
    let body = all().join("\n").chars().take(100_000).collect::<String>();
    let shown = Shown {
        case: cases()[100].clone(),
        note: Some(all().join(" ").chars().take(2_000).collect()),
        reasons: all().into_iter().map(reason).collect(),
        body: Some(ShownBody { content: Some(Content::Text(body)), ..shown(true).body.unwrap() }),
        ..shown(true)
    };
    let function = Function::open(move |_| json_of(Answer::Get(Box::new(shown.clone()))));
    let text = printed(&function, &["invalid", "show", id(1).as_str()]);
    for naughty in all() {
        assert!(text.contains(&format!("found: {}\n", sanitize(&naughty))), "{naughty:?}");
    }
}

/// Reads CSV by RFC 4180 whose every cell is quoted, and nothing else.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let mut row = Vec::new();
        loop {
            let mut cell = String::new();
            rest = rest.strip_prefix('"').unwrap();
            loop {
                let (before, after) = rest.split_once('"').unwrap();
                cell.push_str(before);
                rest = after;
                let Some(after) = rest.strip_prefix('"') else { break };
                cell.push('"');
                rest = after;
            }
            row.push(cell);
            let Some(after) = rest.strip_prefix(',') else { break };
            rest = after;
        }
        rows.push(row);
        rest = rest.strip_prefix("\r\n").unwrap();
    }
    rows
}

#[test]
fn an_export_of_naughty_strings_reads_back_and_begins_no_formula() {
    let text = printed(&Function::open(in_pages), &["invalid", "export"]);
    let rows = read_csv(&text);
    assert_eq!(rows.len(), 1 + 515 + 318);
    let column = |name: &str| rows[0].iter().position(|heading| heading == name).unwrap();
    let columns = ["seller", "seller_name", "number", "currency", "owner", "ticket"].map(column);
    for (row, naughty) in rows[1..].iter().zip(all()) {
        assert_eq!(row.len(), rows[0].len());
        for cell in row {
            let begins = cell.trim_start().chars().next();
            let is_formula = begins.is_some_and(|begins| "=+-@＝＋－＠".contains(begins));
            assert!(!is_formula, "a spreadsheet would run {cell:?}");
        }
        for at in columns {
            let plain = sanitize(&naughty);
            let value = row[at].strip_prefix('\'').filter(|_| !plain.starts_with('\'')).unwrap_or(&row[at]);
            assert!(
                value == plain || row[at] == plain || row[at] == format!("'{plain}"),
                "{naughty:?} became {:?}",
                row[at]
            );
        }
    }
}
