//! What all messages of a group have in common, as far as an alert tells it: codes and paths, no value of an invoice.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use aduana_invoice::{Category, Lang, Violation, catalogue};
use serde::{Deserialize, Serialize};

use crate::UNPROCESSED;
use crate::case::Reasons;

/// The most rules that are named, and the most codes.
const RULES_MAX: usize = 10;
const CODES_MAX: usize = 100;

/// Why the messages of a group are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The first, most telling code.
    pub code: String,
    /// The worst category: `structure`, `data` or `range`.
    pub category: String,
    /// The group in words.
    pub label: String,
    /// The distinct codes of the errors, in the order of the verdict; at most 100.
    pub codes: Vec<String>,
    /// The broken rules, each once; at most 10.
    pub rules: Vec<BrokenRule>,
    /// How many more rules are broken.
    pub rules_left_off: usize,
    /// Of an alert over several groups: each of them, once. Otherwise none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupCount>,
}

/// A group of an alert over several, with the number of its held messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCount {
    /// Its id.
    pub group: String,
    /// The first, most telling code.
    pub reason_code: String,
    /// The worst category.
    pub reason_category: String,
    /// The number of held messages.
    pub count: usize,
}

impl GroupCount {
    /// `3  BR-CO-15 (data)  aduana invalid list --group 0123456789abcdef`, on one line.
    pub(super) fn print(&self, lang: Lang) -> String {
        let Self { group, reason_code, reason_category, count } = self;
        let category = in_words(reason_category, lang);
        format!("{count:>7}  {reason_code} ({category})  aduana invalid list --group {group}\n")
    }
}

/// A broken rule, with its first place and the number of places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// Its code.
    pub code: String,
    /// Its category.
    pub category: String,
    /// JSON Pointer of the first place.
    pub path: String,
    /// The number of places.
    pub places: usize,
}

impl Cause {
    /// What these reasons come to.
    pub fn of(reasons: &Reasons) -> Self {
        let mut rules: Vec<BrokenRule> = Vec::new();
        for Violation { code, category, path, .. } in reasons.errors() {
            match rules.iter_mut().find(|known| known.code == *code) {
                Some(known) => known.places += 1,
                None => rules.push(BrokenRule {
                    code: (*code).to_owned(),
                    category: category.as_str().to_owned(),
                    path: path.clone(),
                    places: 1,
                }),
            }
        }
        let codes = rules.iter().take(CODES_MAX).map(|rule| rule.code.clone()).collect();
        let rules_left_off = rules.len().saturating_sub(RULES_MAX);
        rules.truncate(RULES_MAX);
        Self {
            code: reasons.code.to_owned(),
            category: reasons.category.as_str().to_owned(),
            label: reasons.group.label.clone(),
            codes,
            rules,
            rules_left_off,
            groups: Vec::new(),
        }
    }

    /// What these groups come to, those of one id together, and the largest first. The code is that of the largest; a message
    /// that was not processed goes before all others.
    pub(super) fn over(groups: impl Iterator<Item = GroupCount>) -> Self {
        let mut by_id: BTreeMap<String, GroupCount> = BTreeMap::new();
        for group in groups {
            match by_id.get_mut(&group.group) {
                Some(known) => known.count += group.count,
                None => drop(by_id.insert(group.group.clone(), group)),
            }
        }
        let mut groups: Vec<GroupCount> = by_id.into_values().collect();
        groups.sort_by_key(|group| (group.reason_code != UNPROCESSED, Reverse(group.count)));
        let mut codes: Vec<String> = Vec::new();
        for GroupCount { reason_code, .. } in &groups {
            if codes.len() < CODES_MAX && !codes.contains(reason_code) {
                codes.push(reason_code.clone());
            }
        }
        let first = groups.first();
        Self {
            code: first.map(|group| group.reason_code.clone()).unwrap_or_default(),
            category: first.map(|group| group.reason_category.clone()).unwrap_or_default(),
            label: String::new(),
            codes,
            rules: Vec::new(),
            rules_left_off: 0,
            groups,
        }
    }

    /// `- BR-CO-15 (data) /totals/tax_inclusive +1: the rule's text`, one a line.
    pub(super) fn print(&self, lang: Lang) -> String {
        let mut text = String::new();
        for BrokenRule { code, category, path, places } in &self.rules {
            let category = in_words(category, lang);
            let place = if path.is_empty() { String::new() } else { format!(" {path}") };
            let more = if *places > 1 { format!(" +{}", places - 1) } else { String::new() };
            let rule =
                catalogue::find(code).map_or_else(String::new, |rule| format!(": {}", rule.text(lang)));
            put(&mut text, format_args!("- {code} ({category}){place}{more}{rule}\n"));
        }
        match (self.rules_left_off, lang) {
            (0, _) => {}
            (1, Lang::En) => text.push_str("- and 1 more rule\n"),
            (n, Lang::En) => put(&mut text, format_args!("- and {n} more rules\n")),
            (1, Lang::Es) => text.push_str("- y 1 regla más\n"),
            (n, Lang::Es) => put(&mut text, format_args!("- y {n} reglas más\n")),
        }
        text
    }
}

fn in_words(category: &str, lang: Lang) -> &str {
    let known = [(Category::Structure, "estructura"), (Category::Data, "datos"), (Category::Range, "rango")];
    let spanish = known.into_iter().find(|(known, _)| known.as_str() == category);
    match (lang, spanish) {
        (Lang::Es, Some((_, word))) => word,
        _ => category,
    }
}

/// Writing into a string does not fail.
pub(super) fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(arguments);
    debug_assert!(written.is_ok(), "a Display failed");
}
