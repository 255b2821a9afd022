//! What the administrators are told: one alert a group and batch, with counts, codes, case ids and the command to look at
//! them, and not one value of an invoice.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aduana_invoice::{Category, Lang, Severity, Violation, catalogue};

use serde::Serialize;

use crate::cases::{Group, Reasons};
use crate::message::CaseId;
use crate::ports::Alert;

/// The most rules that a text names, and the most cases that it and its JSON part do.
const RULES_MAX: usize = 10;
const CASES_MAX: usize = 20;
const CASES_IN_JSON_MAX: usize = 500;

/// A held message that is to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its case.
    pub case_id: &'a CaseId,
    /// Its attempt.
    pub attempt: u32,
    /// Why it is held.
    pub reasons: &'a Reasons,
}

/// The alerts for `held`, one a group, in the order in which the groups first appear.
pub fn alerts(held: &[Told<'_>], lang: Lang) -> Vec<Alert> {
    let mut groups: Vec<Vec<Told<'_>>> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for told in held {
        let at = *index.entry(&told.reasons.group.id).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(*told),
            None => groups.push(vec![*told]),
        }
    }
    groups.iter().filter_map(|group| group.first().map(|first| alert(first.reasons, group, lang))).collect()
}

fn alert(reasons: &Reasons, cases: &[Told<'_>], lang: Lang) -> Alert {
    let group = &reasons.group;
    let rules = Rules::of(reasons);
    let json = json(reasons, &rules, cases);
    let body = match lang {
        Lang::En => english(group, &rules, cases, &json),
        Lang::Es => spanish(group, &rules, cases, &json),
    };
    let subject = match lang {
        Lang::En => "Aduana: invalid invoices are held",
        Lang::Es => "Aduana: hay facturas retenidas",
    };
    let attributes = vec![
        ("Severity", Severity::Error.as_str().to_owned()),
        ("ReasonCategory", reasons.category.as_str().to_owned()),
        ("ReasonCode", reasons.code.to_owned()),
        ("Group", group.id.clone()),
    ];
    let covers = cases.iter().map(|told| (told.case_id.clone(), told.attempt)).collect();
    Alert { subject, body, attributes, covers }
}

/// The broken rules of a group: each once, with its first place and the number of places.
struct Rules(Vec<(&'static str, Category, String, usize)>);

impl Rules {
    fn of(reasons: &Reasons) -> Self {
        let mut rules: Vec<(&'static str, Category, String, usize)> = Vec::new();
        for Violation { code, category, path, .. } in reasons.errors() {
            match rules.iter_mut().find(|(known, ..)| known == code) {
                Some((.., places)) => *places += 1,
                None => rules.push((code, *category, path.clone(), 1)),
            }
        }
        Self(rules)
    }

    /// `- BR-CO-15 (data) /totals/tax_inclusive +1: the rule's text`, one a line.
    fn print(&self, lang: Lang, more: impl Fn(usize) -> String) -> String {
        let mut text = String::new();
        for (code, category, path, places) in self.0.iter().take(RULES_MAX) {
            let category = match (lang, category) {
                (Lang::En, category) => category.as_str(),
                (Lang::Es, Category::Structure) => "estructura",
                (Lang::Es, Category::Data) => "datos",
                (Lang::Es, Category::Range) => "rango",
            };
            put(&mut text, format_args!("- {code} ({category})"));
            if !path.is_empty() {
                put(&mut text, format_args!(" {path}"));
            }
            if *places > 1 {
                put(&mut text, format_args!(" +{}", places - 1));
            }
            if let Some(rule) = catalogue::find(code) {
                put(&mut text, format_args!(": {}", rule.text(lang)));
            }
            text.push('\n');
        }
        if let Some(left) = self.0.len().checked_sub(RULES_MAX).filter(|left| *left > 0) {
            line(&mut text, format_args!("- {}", more(left)));
        }
        text
    }
}

fn english(group: &Group, rules: &Rules, cases: &[Told<'_>], json: &str) -> String {
    let mut text = String::new();
    let (told, look) = match cases.len() {
        1 => (
            "1 invalid invoice was held. It is not stored, and nothing of it is lost.".to_owned(),
            "Look at it:",
        ),
        n => {
            let told =
                format!("{n} invalid invoices were held. They are not stored, and nothing of them is lost.");
            (told, "Look at them:")
        }
    };
    let more = |left| if left == 1 { "and 1 more rule".to_owned() } else { format!("and {left} more rules") };
    line(&mut text, format_args!("{told}\n\nWhy:\n{}\n{look}", rules.print(Lang::En, more)));
    commands(&mut text, cases);
    if let Some(left) = left_off(cases, CASES_MAX) {
        let list =
            format_args!("and {left} more; the whole group:\n  aduana invalid list --group {}", group.id);
        line(&mut text, list);
    }
    line(&mut text, format_args!("\nFor programs:\n{json}"));
    text
}

fn spanish(group: &Group, rules: &Rules, cases: &[Told<'_>], json: &str) -> String {
    let mut text = String::new();
    let (told, look) = match cases.len() {
        1 => {
            let told = "Se retuvo 1 factura no válida. No se ha guardado, y nada de ella se ha perdido.";
            (told.to_owned(), "Para verla:")
        }
        n => {
            let told = format!(
                "Se retuvieron {n} facturas no válidas. No se han guardado, y nada de ellas se ha perdido."
            );
            (told, "Para verlas:")
        }
    };
    let more = |left| if left == 1 { "y 1 regla más".to_owned() } else { format!("y {left} reglas más") };
    line(&mut text, format_args!("{told}\n\nPor qué:\n{}\n{look}", rules.print(Lang::Es, more)));
    commands(&mut text, cases);
    if let Some(left) = left_off(cases, CASES_MAX) {
        let list = format_args!("y {left} más; el grupo entero:\n  aduana invalid list --group {}", group.id);
        line(&mut text, list);
    }
    line(&mut text, format_args!("\nPara programas:\n{json}"));
    text
}

fn commands(text: &mut String, cases: &[Told<'_>]) {
    for told in cases.iter().take(CASES_MAX) {
        line(text, format_args!("  aduana invalid show {}", told.case_id));
    }
}

/// The part for programs, on one line.
#[derive(Serialize)]
struct ForPrograms<'a> {
    version: u32,
    event: &'static str,
    severity: Severity,
    reason_category: Category,
    reason_code: &'a str,
    codes: Vec<&'a str>,
    group: &'a str,
    group_label: &'a str,
    count: usize,
    cases: Vec<&'a CaseId>,
    cases_left_off: usize,
}

fn json(reasons: &Reasons, rules: &Rules, cases: &[Told<'_>]) -> String {
    let part = ForPrograms {
        version: 1,
        event: "held",
        severity: Severity::Error,
        reason_category: reasons.category,
        reason_code: reasons.code,
        codes: rules.0.iter().map(|(code, ..)| *code).collect(),
        group: &reasons.group.id,
        group_label: &reasons.group.label,
        count: cases.len(),
        cases: cases.iter().take(CASES_IN_JSON_MAX).map(|told| told.case_id).collect(),
        cases_left_off: left_off(cases, CASES_IN_JSON_MAX).unwrap_or(0),
    };
    // Strings and numbers: there is nothing in it that JSON cannot say.
    serde_json::to_string(&part).unwrap_or_default()
}

fn left_off(cases: &[Told<'_>], max: usize) -> Option<usize> {
    cases.len().checked_sub(max).filter(|left| *left > 0)
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    put(text, arguments);
    text.push('\n');
}

/// Writing into a string does not fail.
fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(arguments);
    debug_assert!(written.is_ok(), "a Display failed");
}
