//! Every rule at work: invoices that it refuses, and invoices that come close and are in order.
//!
//! `base` holds valid invoices; `cases` says how each is changed and what is reported then. `case.rs` explains a case.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod case;
mod place;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};

use aduana_invoice::catalogue::{self, Rule};
use aduana_invoice::{Category, Lang, Policy, Severity, Validator, Violation};

use case::{Case, TODAY};

/// What the table decides, and no document alone.
const OF_THE_TABLE: [&str; 2] = ["FE-D-016", "FE-D-019"];

/// What no document breaks while the model and the schema agree. A test beside the validator makes them disagree.
const OF_THE_READERS: &str = "FE-S-009";

fn judged_by_documents() -> impl Iterator<Item = &'static Rule> {
    catalogue::all().filter(|rule| rule.code != OF_THE_READERS && !OF_THE_TABLE.contains(&rule.code))
}

/// Fails with all that is wrong.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_that_breaks_it_and_one_that_does_not() {
    let cases = case::all();
    let lacks = |fails: bool| {
        let has: BTreeSet<&str> =
            cases.iter().filter(|case| case.fails() == fails).map(|case| case.rule.as_str()).collect();
        judged_by_documents().map(|rule| rule.code).filter(|code| !has.contains(code)).collect::<Vec<_>>()
    };
    assert_eq!(lacks(true), Vec::<&str>::new(), "no case breaks these");
    assert_eq!(lacks(false), Vec::<&str>::new(), "no case comes close to these");
}

#[test]
fn every_case_names_rules_of_the_catalogue() {
    let known: BTreeSet<&str> = judged_by_documents().map(|rule| rule.code).collect();
    for case in case::all() {
        for code in case.expected().iter().map(|(code, _)| code).chain([&case.rule]) {
            assert!(known.contains(code.as_str()), "{case}: there is no rule {code}");
        }
    }
}

#[test]
fn a_case_is_reported_as_it_says_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for case in case::all() {
        let (reported, expected) = (case.reported(), case.expected());
        let list = |these: Vec<&(String, String)>| {
            these
                .iter()
                .map(|(code, path)| format!("[\"{code}\", \"{path}\"]"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if reported != expected {
            let missed = list(expected.difference(&reported).collect());
            let extra = list(reported.difference(&expected).collect());
            wrong.push(format!("{case}\n    missed: {missed}\n    extra:  {extra}"));
        }
    }
    none(&wrong);
}

#[test]
fn an_invoice_is_refused_exactly_for_errors() {
    for case in case::all() {
        let verdict = case.verdict();
        let has_error = verdict.violations().iter().any(|it| it.severity.as_str() == "error");
        assert_eq!(verdict.is_valid(), !has_error, "{case}");
    }
}

#[test]
fn a_suggestion_corrects_what_it_is_for() {
    let mut wrong = Vec::new();
    let mut suggestions = 0;
    for case in case::all() {
        let Some(document) = case.document() else { continue };
        for violation in case.verdict().violations() {
            if violation.suggestion.is_empty() {
                continue;
            }
            suggestions += 1;
            let is_it = (violation.code.to_owned(), violation.path.clone());
            let reported = case.reported_after(&document, &violation.suggestion);
            if reported.is_none_or(|reported| reported.contains(&is_it)) {
                wrong.push(format!("{case}\n    still {} at {}", violation.code, violation.path));
            }
        }
    }
    none(&wrong);
    assert!(suggestions > 150, "only {suggestions} suggestions were tried");
}

#[test]
fn what_a_case_says_is_expected_and_suggested() {
    let mut wrong = Vec::new();
    let mut compare = |case: &Case, what: &str, is: Option<String>, should: Option<String>| {
        if should.is_some() && is != should {
            wrong.push(format!("{case}\n    {what} {is:?}"));
        }
        usize::from(should.is_some())
    };
    let [mut expects, mut suggests] = [0, 0];
    for case in case::all() {
        expects += compare(case, "expects", case.expectation(), case.expects.clone());
        let text = |suggestion: &serde_json::Value| suggestion.to_string();
        suggests +=
            compare(case, "suggests", case.suggestion().as_ref().map(text), case.suggests.as_ref().map(text));
    }
    assert!(expects > 0 && suggests > 0, "{expects} expect something, {suggests} suggest something");
    none(&wrong);
}

#[test]
fn a_tax_is_set_right_together_with_the_totals_and_as_the_currency_can_have_it() {
    let (mut wrong, mut taxes) = (Vec::new(), 0);
    for case in case::all() {
        let Some(document) = case.document() else { continue };
        let reported = case.reported();
        for violation in case.verdict().violations() {
            if violation.suggestion.is_empty() || !violation.path.ends_with("/tax_amount") {
                continue;
            }
            taxes += 1;
            let after = case.reported_after(&document, &violation.suggestion).expect("it applies");
            let broken = after.difference(&reported);
            for (code, path) in
                broken.filter(|(code, path)| path.starts_with("/totals") || code == "FE-R-009")
            {
                wrong.push(format!("{case}\n    {code} at {path}, by {}", violation.code));
            }
        }
    }
    none(&wrong);
    assert!(taxes > 50, "only {taxes} taxes were set right");
}

#[test]
fn a_violation_stands_where_its_rule_looks() {
    let mut wrong = BTreeSet::new();
    for case in case::all() {
        for violation in case.verdict().violations() {
            let rule = catalogue::find(violation.code).unwrap();
            let is_of_a_missing_object =
                rule.category == Category::Structure && place::is_above(rule.path, &violation.path);
            if !place::is_in(rule.path, &violation.path) && !is_of_a_missing_object {
                wrong.insert(format!("{} looks at {}, and not at {}", rule.code, rule.path, violation.path));
            }
        }
    }
    none(&Vec::from_iter(wrong));
}

#[test]
fn every_base_is_in_order_without_a_warning() {
    let bases = case::bases();
    assert!(bases.len() >= 10);
    for (name, text) in bases {
        let verdict = Validator::new(Policy::default()).judge(text.as_bytes(), TODAY);
        assert!(verdict.is_valid(), "{name}: {:?}", verdict.violations());
        assert!(verdict.violations().is_empty(), "{name}: {:?}", verdict.violations());
    }
}

#[test]
fn every_rule_says_what_is_wrong_in_both_languages() {
    let mut texts = BTreeSet::new();
    for rule in catalogue::all() {
        for lang in [Lang::En, Lang::Es] {
            let text = rule.text(lang);
            assert!(text.ends_with('.') && text.len() > 20, "{}: {text:?}", rule.code);
            assert!(texts.insert(text), "{}: said of two rules, or in one language: {text:?}", rule.code);
        }
    }
}

#[test]
fn the_table_decides_on_duplicates() {
    type Says = fn(&Validator) -> Option<Violation>;
    let says: [(&str, Says, Severity); 2] = [
        (OF_THE_TABLE[0], Validator::duplicate_conflict, Severity::Error),
        (OF_THE_TABLE[1], Validator::suspected_duplicate, Severity::Warning),
    ];
    for (code, says, severity) in says {
        let said = says(&Validator::new(Policy::default())).unwrap();
        assert_eq!((said.code, said.path.as_str(), said.severity), (code, "/number", severity));
        assert_eq!(said.term, Some("BT-1"));
        let of = |setting| Policy::from_json(&format!(r#"{{"rules":{{"{code}":"{setting}"}}}}"#)).unwrap();
        assert!(says(&Validator::new(of("off"))).is_none());
        assert_eq!(says(&Validator::new(of("error"))).unwrap().severity, Severity::Error);
    }
}

#[test]
fn no_two_cases_are_the_same() {
    let mut seen = BTreeSet::new();
    for case in case::all() {
        assert!(seen.insert(case.to_string()), "{case} is there twice");
    }
}

#[test]
fn the_cases_of_a_rule_stand_together() {
    let mut files = BTreeMap::new();
    for case in case::all() {
        let file = files.entry(&case.rule).or_insert(&case.file);
        assert_eq!(**file, case.file, "{case} stands in two files");
    }
}

/// The name of a case, as it is shown when it goes wrong.
impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (does, what) = match (&self.fails, &self.passes) {
            (Some(what), _) => ("fails", what),
            (None, what) => ("passes", what.as_ref().unwrap()),
        };
        write!(f, "{}: {} {does}: {what}", self.file, self.rule)
    }
}
