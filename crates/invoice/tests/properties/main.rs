//! What holds of every body, whatever is in it.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on may panic")]

mod node;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aduana_invoice::{Date, Policy, SCHEMA, Validator, Verdict, Violation, catalogue, same_content};
use proptest::prelude::*;

use node::{INVOICES, Node, changed_invoice, string};

const TODAY: Date = match Date::from_ordinal_date(2026, 166) {
    Ok(day) => day,
    Err(_) => panic!("no such day"),
};

fn judge(body: &[u8]) -> Verdict {
    Validator::new(Policy::default()).judge(body, TODAY)
}

/// What is reported: codes with places.
fn reported(verdict: &Verdict) -> BTreeSet<(&'static str, String)> {
    verdict.violations().iter().map(|it| (it.code, it.path.clone())).collect()
}

/// The names of all fields of the format.
fn names() -> BTreeSet<String> {
    fn collect(value: &serde_json::Value, names: &mut BTreeSet<String>) {
        if let Some(properties) = value.get("properties").and_then(|it| it.as_object()) {
            names.extend(properties.keys().cloned());
        }
        match value {
            serde_json::Value::Object(members) => members.values().for_each(|it| collect(it, names)),
            serde_json::Value::Array(items) => items.iter().for_each(|it| collect(it, names)),
            _ => {}
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the schema, not an invoice")]
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let mut names = BTreeSet::new();
    collect(&schema, &mut names);
    names
}

/// What holds of every verdict.
fn holds(verdict: &Verdict) -> Result<(), TestCaseError> {
    thread_local! {
        static NAMES: BTreeSet<String> = names();
    }
    let has_error = verdict.violations().iter().any(|it| it.severity.as_str() == "error");
    prop_assert_eq!(verdict.is_valid(), !has_error);
    for violation in verdict.violations() {
        prop_assert!(catalogue::find(violation.code).is_some());
        let is_index = |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        let is_known = |step: &str| is_index(step) || NAMES.with(|names| names.contains(step));
        let path = &violation.path;
        prop_assert!(path.is_empty() || path.starts_with('/'), "{violation:?}");
        prop_assert!(path.split('/').skip(1).all(is_known), "{violation:?}");
        let length = violation.actual.as_ref().map_or(0, |actual| actual.chars().count());
        prop_assert!(length <= Violation::ACTUAL_MAX);
    }
    Ok(())
}

/// A JSON text written otherwise: with blanks between its tokens, and with its ASCII letters in strings escaped.
fn rewritten(text: &str, blank: &str, escape: bool) -> String {
    let (mut out, mut in_string, mut after_backslash) = (String::new(), false, false);
    for c in text.chars() {
        let is_end = c == '"' && !after_backslash;
        if in_string && !is_end && escape && !after_backslash && c.is_ascii_alphabetic() {
            write!(out, "\\u{:04X}", u32::from(c)).expect("a String takes all");
        } else {
            out.push(c);
        }
        after_backslash = in_string && c == '\\' && !after_backslash;
        if is_end {
            in_string = !in_string;
        }
        if !in_string && matches!(c, '{' | '}' | '[' | ']' | ',' | ':') {
            out.push_str(blank);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_a_verdict(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let verdict = judge(&body);
        prop_assert!(!verdict.is_valid());
        holds(&verdict)?;
    }

    #[test]
    fn an_invoice_with_a_byte_changed_gets_a_verdict(
        invoice in prop::sample::select(&INVOICES[..]),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut body = invoice.as_bytes().to_vec();
        let at = at.index(body.len());
        if cut { body.truncate(at) } else { body[at] = byte }
        holds(&judge(&body))?;
    }

    #[test]
    fn a_changed_invoice_gets_a_verdict(invoice in changed_invoice()) {
        holds(&judge(invoice.to_string().as_bytes()))?;
    }

    #[test]
    fn a_verdict_is_the_same_each_time_and_in_each_order_of_members(
        invoice in changed_invoice(),
        by in 0_usize..40,
    ) {
        let text = invoice.to_string();
        prop_assert!(judge(text.as_bytes()) == judge(text.as_bytes()));
        // Of a text that cannot be read the first place that cannot is reported.
        prop_assume!(!invoice.repeats_a_name() && !text.contains("1e400") && !text.contains(r#""id":"2"}"#));
        let mut turned = invoice;
        turned.turn(by);
        prop_assert_eq!(reported(&judge(text.as_bytes())), reported(&judge(turned.to_string().as_bytes())));
    }

    #[test]
    fn a_suggestion_leaves_one_violation_less(invoice in changed_invoice()) {
        #[expect(clippy::disallowed_methods, reason = "a test's own document")]
        let read = serde_json::from_str::<serde_json::Value>(&invoice.to_string());
        let Ok(document) = read else { return Ok(()) };
        let verdict = judge(document.to_string().as_bytes());
        let count = |verdict: &Verdict, of: &Violation| {
            verdict.violations().iter().filter(|it| it.code == of.code && it.path == of.path).count()
        };
        for violation in verdict.violations().iter().filter(|it| !it.suggestion.is_empty()) {
            let patch = serde_json::to_value(&violation.suggestion).expect("a patch is JSON");
            let patch: json_patch::Patch = serde_json::from_value(patch).expect("as RFC 6902 has it");
            let mut corrected = document.clone();
            prop_assert!(json_patch::patch(&mut corrected, &patch).is_ok(), "{violation:?} cannot be corrected");
            let left = count(&judge(corrected.to_string().as_bytes()), violation);
            prop_assert!(left < count(&verdict, violation), "{violation:?} is not corrected");
        }
    }

    #[test]
    fn the_same_content_may_be_written_otherwise(
        invoice in prop::sample::select(&INVOICES[..]),
        by in 0_usize..40,
        blank in prop::sample::select(&["", " ", "\r\n\t"][..]),
        escape in any::<bool>(),
    ) {
        let mut turned = Node::read(invoice);
        turned.turn(by);
        let other = rewritten(&turned.to_string(), blank, escape);
        prop_assert!(same_content(invoice.as_bytes(), other.as_bytes()));
        prop_assert!(same_content(other.as_bytes(), invoice.as_bytes()));
        prop_assert_eq!(reported(&judge(invoice.as_bytes())), reported(&judge(other.as_bytes())));
    }

    #[test]
    fn a_changed_invoice_has_other_content(invoice in prop::sample::select(&INVOICES[..]), changed in changed_invoice()) {
        let (before, after) = (Node::read(invoice), changed);
        let is_same = same_content(before.to_string().as_bytes(), after.to_string().as_bytes());
        if after.repeats_a_name() {
            return Ok(());
        }
        let sorted = |node: &Node| { let mut node = node.clone(); sort(&mut node); node.to_string() };
        // What is written with escapes is compared by what it says.
        prop_assume!(!after.to_string().contains("\\u"));
        // An amount may have been written otherwise; then the verdict is the same.
        prop_assert!(is_same || sorted(&before) != sorted(&after));
        if is_same {
            let [before, after] = [&before, &after].map(|node| reported(&judge(node.to_string().as_bytes())));
            prop_assert_eq!(before, after);
        }
    }

    /// As Jackson, pandas and others write them again: `33.00` as `33.0`, as `33`, or as a number.
    #[test]
    fn an_amount_may_be_written_otherwise(
        invoice in prop::sample::select(&INVOICES[..]),
        is_longer in any::<bool>(),
        as_number in any::<bool>(),
    ) {
        let mut other = Node::read(invoice);
        respell(&mut other, &|digits| {
            let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let written = match (decimals, is_longer) {
                // Two decimals are written out, zeros or not: a third is none that the official rules take.
                (0, true) => format!("{digits}.0"),
                (1, true) => format!("{digits}0"),
                (1.., false) => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
                _ => digits.to_owned(),
            };
            if as_number { written } else { format!("\"{written}\"") }
        });
        let (one, other) = (invoice.as_bytes(), other.to_string());
        let (verdict, again) = (judge(one), judge(other.as_bytes()));
        prop_assert_eq!(reported(&verdict), reported(&again));
        if let (Verdict::Accept { key, .. }, Verdict::Accept { key: other_key, .. }) = (&verdict, &again) {
            prop_assert_eq!(key, other_key);
            prop_assert!(same_content(one, other.as_bytes()) && same_content(other.as_bytes(), one));
        }
    }

    #[test]
    fn numbers_of_what_is_no_invoice_are_compared_as_written(a in "[1-9][0-9]{0,3}(\\.[0-9]{1,3})?", b in "[1-9][0-9]{0,3}(\\.[0-9]{1,3})?") {
        let body = |number: &str| format!(r#"{{"totals": {{"payable": {number}}}}}"#);
        prop_assert_eq!(same_content(body(&a).as_bytes(), body(&b).as_bytes()), a == b);
        prop_assert!(!same_content(body(&a).as_bytes(), body(&string(&a)).as_bytes()), "a string is no number");
    }
}

/// The fields that are decimals.
const AMOUNTS: [&str; 20] = [
    "rate",
    "amount",
    "base_amount",
    "percentage",
    "lines_net",
    "allowances",
    "charges",
    "tax_exclusive",
    "tax",
    "tax_inclusive",
    "prepaid",
    "rounding",
    "payable",
    "taxable_amount",
    "tax_amount",
    "base",
    "quantity",
    "net_amount",
    "net",
    "gross",
];

/// Writes the decimals otherwise, wherever they are; `spell` is given their digits.
fn respell(node: &mut Node, spell: &dyn Fn(&str) -> String) {
    match node {
        Node::Text(_) => {}
        Node::List(items) => items.iter_mut().for_each(|item| respell(item, spell)),
        Node::Object(members) => {
            for (name, value) in members {
                match value {
                    Node::Text(text) if AMOUNTS.contains(&name.as_str()) => {
                        *text = spell(text.trim_matches('"'));
                    }
                    value => respell(value, spell),
                }
            }
        }
    }
}

fn sort(node: &mut Node) {
    match node {
        Node::Text(_) => {}
        Node::List(items) => items.iter_mut().for_each(sort),
        Node::Object(members) => {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (_, value) in members {
                sort(value);
            }
        }
    }
}

#[test]
fn a_list_in_another_order_is_another_content() {
    assert!(!same_content(br#"{"lines": [1, 2]}"#, br#"{"lines": [2, 1]}"#));
    assert!(!same_content(br#"{"a": 1}"#, br#"{"a": 1, "b": 2}"#));
    assert!(!same_content(br#"{"a": 1.0}"#, br#"{"a": 1.00}"#));
    assert!(same_content(br#"{"a": "\u0061/\/"}"#, br#"{"a": "a//"}"#));
    assert!(same_content(b"\xFF", b"\xFF") && !same_content(b"\xFF", b"\xFE"));
}
