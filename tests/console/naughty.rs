//! Every field of an invoice is written by a stranger.

use std::fs;

use aduana_testkit::samples;
use serde_json::Value;
use xtask::folders::Folders;

use crate::browser::Browser;
use crate::layout::assert_fits;
use crate::served::{Served, reveal};

/// A field holds as many strings at a time as there is room for: pages cut a long value, the shortest at 300 characters.
const SHOWN: usize = 290;

/// Would set `canary`, if any place of a page took them for script.
const PAYLOADS: [&str; 14] = [
    "<script>canary=1</script>",
    "\"><script>canary=1</script>",
    "'><img src=x onerror=canary=1>",
    "<svg/onload=canary=1>",
    "<details open ontoggle=canary=1>",
    "</textarea><script>canary=1</script>",
    "</title><script>canary=1</script>",
    "\" autofocus onfocus=canary=1 x=\"",
    "' onmouseover=canary=1 x='",
    "<a href=javascript:canary=1>x</a>",
    "<iframe srcdoc='<script>parent.canary=1</script>'>",
    "<div hx-on:load='canary=1' hx-get=/ hx-trigger=load>",
    "{{constructor.constructor('canary=1')()}}",
    "<!--<img src='--><img src=x onerror=canary=1>'>",
];

/// The strings, a few together.
fn strings() -> Vec<String> {
    let file = Folders::find().root().join("tests/hostile/naughty_strings/blns.json");
    #[expect(clippy::disallowed_methods, reason = "a list of strings, not an invoice")]
    let strings: Vec<String> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(strings.len() > 400, "the list is there");
    let mut all: Vec<String> = Vec::new();
    for text in PAYLOADS.into_iter().map(str::to_owned).chain(strings) {
        match all.last_mut() {
            Some(last) if last.chars().count() + text.chars().count() < SHOWN => {
                *last = format!("{last} {text}");
            }
            _ => all.push(text),
        }
    }
    all
}

/// An invoice with this in the place of every text.
fn filled(value: &mut Value, with: &str) {
    match value {
        Value::String(text) => with.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| filled(item, with)),
        Value::Object(members) => members.values_mut().for_each(|item| filled(item, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// With every member that the format knows and a page shows.
fn fullest() -> Value {
    #[expect(clippy::disallowed_methods, reason = "to make something that is no invoice of it")]
    let mut invoice: Value = serde_json::from_slice(&samples::valid("F-1", 1)).unwrap();
    for (pointer, member, value) in [
        ("", "note", "x"),
        ("", "due_date", "x"),
        ("", "buyer_reference", "x"),
        ("", "order_reference", "x"),
        ("", "payment_terms", "x"),
        ("/seller/address", "line1", "x"),
        ("/seller/address", "city", "x"),
        ("/seller/address", "postal_code", "x"),
        ("/buyer", "email", "x"),
        ("/lines/0", "note", "x"),
        ("/lines/0/item", "description", "x"),
    ] {
        invoice.pointer_mut(pointer).unwrap()[member] = value.into();
    }
    invoice
}

fn assert_harmless(browser: &Browser, page: &str) {
    // An open dialog, which only a script can open, refuses this.
    let canary =
        browser.run("return typeof canary + document.querySelectorAll('script:not([src])').length", &[]);
    assert_eq!(canary, "undefined0", "{page}: a script has run");
    assert_fits(browser, page);
    browser.assert_no_complaint(page);
}

#[test]
fn whatever_strangers_write_is_shown_and_runs_nothing_and_breaks_nothing() {
    let fullest = fullest();
    let bodies = strings().into_iter().map(|text| {
        let mut invoice = fullest.clone();
        filled(&mut invoice, &text);
        // SQS takes neither of these but as an escape.
        invoice.to_string().replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff").into_bytes()
    });
    let served = Served::holding(bodies.collect());
    let browser = served.browser("en");
    let ids = served.cases();
    assert!(ids.len() > 60, "each is held: {}", ids.len());
    for id in &ids {
        reveal(&browser, id);
        for page in [format!("/cases/{id}"), format!("/cases/{id}/correct")] {
            browser.go(&served.at(&page));
            assert_harmless(&browser, &page);
        }
    }
    for page in ["/", "/groups", "/cases", "/bulk?all=1"] {
        browser.go(&served.at(page));
        assert_harmless(&browser, page);
    }
}
