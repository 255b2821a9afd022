//! `aduana rules`: the catalogue for people, for programs, and as the pages of `docs`.

use std::path::Path;

use crate::common::{aduana, lines, run};

/// What `aduana rules` prints with these arguments.
fn printed(args: &[&str]) -> String {
    let output = aduana(&[&["rules"], args].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn is_the_page(name: &str, args: &[&str]) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = std::fs::read_to_string(docs.join(name)).unwrap();
    let hint = format!("docs/{name} is out of date: `aduana rules {} > docs/{name}`", args.join(" "));
    assert!(page == printed(args), "{hint}");
}

#[test]
fn the_page_of_the_rules_is_up_to_date() {
    is_the_page("rules.md", &["--output", "markdown"]);
}

#[test]
fn the_spanish_page_of_the_rules_is_up_to_date() {
    is_the_page("rules.es.md", &["--output", "markdown", "--lang", "es"]);
}

#[test]
fn both_pages_have_every_rule_once_and_six_cells_a_row() {
    let codes: Vec<_> = lines(printed(&["--output", "json"]).as_bytes());
    for lang in ["en", "es"] {
        let page = printed(&["--output", "markdown", "--lang", lang]);
        for rule in &codes {
            let row = format!("| {} |", rule["code"].as_str().unwrap());
            assert_eq!(page.matches(&row).count(), 1, "{row}");
        }
        for row in page.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
        }
    }
}

#[test]
fn one_rule_is_shown_with_all_that_is_known_of_it() {
    let shown = run(&["rules", "br-co-15"]);
    assert!(shown.starts_with("exit code 0\n--- standard output\nBR-CO-15\n"), "{shown}");
    for row in [
        "category: data",
        "severity: error",
        "path: /totals/tax_inclusive",
        "terms: BT-112",
        "origin: EN 16931",
    ] {
        let (name, value) = row.split_once(' ').unwrap();
        let is_it = |line: &str| line.split_once(' ').is_some_and(|(a, b)| a == name && b.trim() == value);
        assert!(shown.lines().any(is_it), "{row} is not in\n{shown}");
    }
    assert!(!run(&["rules", "FE-R-001"]).contains("terms:"), "a rule of the project's own has none");
}

#[test]
fn the_order_of_languages_is_the_users() {
    let (en, es) = ("The total with tax is not", "El total con impuestos no es");
    let at = |args: &[&str], text: &str| printed(args).find(text).unwrap();
    assert!(at(&["BR-CO-15", "--lang", "en"], en) < at(&["BR-CO-15", "--lang", "en"], es));
    assert!(at(&["BR-CO-15", "--lang", "es"], es) < at(&["BR-CO-15", "--lang", "es"], en));
}

#[test]
fn programs_get_path_terms_and_origin() {
    let rules = lines(printed(&["PEPPOL-EN16931-R055", "--output", "json"]).as_bytes());
    let [rule] = rules.as_slice() else { panic!("one rule, and not {}", rules.len()) };
    assert_eq!(rule["path"], "/totals/tax_in_tax_currency");
    assert_eq!(rule["terms"], serde_json::json!(["BT-110", "BT-111"]));
    assert_eq!(rule["origin"], "Peppol BIS Billing 3");
    assert_eq!(rule["message"]["es"].as_str().unwrap().chars().next(), Some('E'));
    let rule = &lines(printed(&["FE-R-001", "--output", "json"]).as_bytes())[0];
    assert_eq!((&rule["origin"], &rule["terms"]), (&"Aduana".into(), &serde_json::json!([])));
}

#[test]
fn an_unknown_code_is_reported() {
    let shown = run(&["rules", "BR-CO-99"]);
    assert!(shown.starts_with("exit code 2\n"), "{shown}");
    assert!(shown.contains("BR-CO-99"), "{shown}");
}
