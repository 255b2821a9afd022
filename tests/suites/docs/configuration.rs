//! `docs/configuration.md` against the template, the functions' configuration and the policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{cells, read};
use crate::template::template;

/// Both languages of the page, with the word for an empty default.
const PAGES: [(&str, &str); 2] = [("docs/configuration.md", "empty"), ("docs/configuration.es.md", "vacío")];

/// A chapter of a page: 1 is the parameters, 2 the policy, 3 the functions' environment.
fn chapter(page: &str, number: usize) -> String {
    read(page).split("\n## ").nth(number).expect("a chapter").to_owned()
}

/// The rows of its tables, by what stands in the first cell.
fn rows(chapter: &str) -> BTreeMap<String, Vec<String>> {
    let rows = chapter.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|row| (row[0].trim_matches('`').to_owned(), row)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The whole numbers in a cell.
fn numbers(cell: &str) -> Vec<i64> {
    cell.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn every_parameter_of_the_template_is_listed_with_its_default_and_its_values() {
    let template = template();
    let parameters = template["Parameters"].as_object().expect("parameters");
    for (page, empty) in PAGES {
        let rows = rows(&chapter(page, 1));
        let (listed, due): (BTreeSet<_>, BTreeSet<_>) = (rows.keys().collect(), parameters.keys().collect());
        assert_eq!(listed, due, "{page}");
        for (name, parameter) in parameters {
            let [_, default, values, _] = rows[name].as_slice() else { panic!("{page}: {name}") };
            let due = text(&parameter["Default"]);
            let due = if due.is_empty() { empty.to_owned() } else { format!("`{due}`") };
            assert_eq!(*default, due, "{page}: {name}");
            let bounds = ["MinValue", "MaxValue"].map(|bound| parameter[bound].as_i64());
            let allowed: Vec<_> =
                parameter["AllowedValues"].as_array().into_iter().flatten().map(text).collect();
            let wanted: Vec<i64> = match allowed.as_slice() {
                [] => bounds.into_iter().flatten().collect(),
                // Not each of the days that CloudWatch offers.
                [first, .., last] if allowed.len() > 10 => numbers(&format!("{first} {last}")),
                all => {
                    assert_eq!(*values, format!("`{}`", all.join("`, `")), "{page}: {name}");
                    continue;
                }
            };
            if !wanted.is_empty() {
                assert_eq!(numbers(values), wanted, "{page}: {name}");
            }
        }
    }
}

/// The names in capitals that stand between `quote` and `quote`.
fn names_in(text: &str, quote: char) -> BTreeSet<String> {
    let is_name = |word: &&str| {
        word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    text.split(quote).filter(is_name).map(str::to_owned).collect()
}

#[test]
fn every_variable_that_a_function_reads_is_listed() {
    let sources = [
        include_str!("../../../crates/aws/src/config.rs"),
        include_str!("../../../crates/aws/src/config/redrive.rs"),
    ];
    let read_there = sources.map(|source| {
        let code = source.split("#[cfg(test)]").next().expect("code");
        names_in(code, '"')
    });
    let read_there: BTreeSet<_> = read_there.into_iter().flatten().collect();
    assert!(read_there.len() > 20, "{read_there:?}");
    for (page, _) in PAGES {
        assert_eq!(names_in(&chapter(page, 3), '`'), read_there, "{page}");
    }
}

#[test]
fn a_variable_is_set_from_what_the_page_says() {
    let template = template();
    let parameters = template["Parameters"].as_object().expect("parameters");
    let functions = ["ValidatorFunction", "RedriveFunction"];
    let variables = functions.map(|name| {
        let function = &template["Resources"][name]["Properties"]["Environment"]["Variables"];
        function.as_object().expect("variables").clone()
    });
    for (page, _) in PAGES {
        let rows = rows(&chapter(page, 3));
        for (name, value) in variables.iter().flatten() {
            let source = &rows[name][2];
            let value = value.to_string();
            let is_in = |parameter: &&String| {
                value.contains(&format!("\"{parameter}\"")) || value.contains(&format!("${{{parameter}}}"))
            };
            match parameters.keys().find(is_in) {
                Some(parameter) => assert_eq!(*source, format!("`{parameter}`"), "{page}: {name}"),
                None if value.contains("!Ref") => assert!(!source.contains('`'), "{page}: {name}"),
                None => assert!(source.ends_with(value.trim_matches('"')), "{page}: {name}: {value}"),
            }
        }
    }
    let rows = rows(&chapter("docs/configuration.md", 3));
    for name in variables.iter().flat_map(serde_json::Map::keys) {
        let due = match variables.each_ref().map(|them| them.contains_key(name)) {
            [true, true] => "both",
            [true, false] => "validator",
            _ => "redrive",
        };
        assert_eq!(rows[name][1], due, "{name}");
    }
}

#[test]
fn the_limits_of_the_policy_and_the_rules_that_stay_errors_are_those_of_the_code() {
    let source = include_str!("../../../crates/invoice/src/policy.rs");
    let always = source.split("ALWAYS_ERRORS: [&str; 14] = [").nth(1).and_then(|it| it.split(']').next());
    let always: BTreeSet<_> = always.expect("the rules").split('"').skip(1).step_by(2).collect();
    let limits = include_str!("../../../crates/invoice/src/limits.rs");
    let defaults = limits.split("impl Default for Limits").nth(1).and_then(|it| it.split("\n}").next());
    let due: BTreeMap<String, i64> = defaults
        .expect("the defaults")
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
        .map(|(name, value)| {
            let factors = value.replace('_', "");
            (name.to_owned(), factors.split(" * ").map(|it| it.parse::<i64>().expect("a number")).product())
        })
        .collect();
    assert_eq!((always.len(), due.len()), (14, 6));
    for (page, _) in PAGES {
        let chapter = chapter(page, 2);
        let listed: BTreeMap<_, _> =
            rows(&chapter).into_iter().map(|(name, row)| (name, row[1].parse().expect("a number"))).collect();
        assert_eq!(listed, due, "{page}");
        let prose = chapter.split("```").nth(2).and_then(|it| it.split("| ").next()).expect("prose");
        let named: BTreeSet<_> =
            prose.split('`').skip(1).step_by(2).filter(|it| it.contains('-') && *it != "FE-X").collect();
        assert_eq!(named, always, "{page}");
    }
}
