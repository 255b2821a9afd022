//! For everybody: with a screen reader, by the keyboard alone, on a small telephone, in the dark, in either language.

use std::collections::BTreeSet;
use std::fs;

use aduana_cases::case::State;
use serde_json::{Value, json};
use xtask::folders::Folders;

use crate::browser::Place::Css;
use crate::browser::{Browser, ENTER, eventually};
use crate::layout::assert_fits;
use crate::served::{Served, reveal};
use crate::tour::{held, tour};

/// Runs the checker, and returns what it finds serious or worse, with the first element of each.
const CHECK: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => {
        const bad = violations.filter((it) => it.impact === 'serious' || it.impact === 'critical');
        done(bad.flatMap(({ id, help, nodes }) =>
            nodes.slice(0, 3).map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 200)} ${any.map((it) => it.message)}`)));
    }, (error) => done([String(error)]));";

fn assert_accessible(browser: &Browser, axe: &str, page: &str) {
    browser.run(axe, &[]);
    for scheme in ["light", "dark"] {
        browser.emulate(scheme);
        let found = browser.run_async(CHECK, &[]);
        assert_eq!(found, json!([]), "{page}, {scheme}: {found:#}");
    }
}

fn pages_are_for_everybody(language: Option<&str>, tag: &str) {
    let axe = xtask::browser::axe(&Folders::find());
    let axe = fs::read_to_string(axe).expect("axe-core: `cargo xtask test` installs it");
    let served = Served::holding(held());
    let browser = served.browser("en");
    if let Some(language) = language {
        browser.switch_to(language, tag);
    }
    let mut pages = BTreeSet::new();
    tour(&served, &browser, |page| {
        pages.insert(page.to_owned());
        if page != "the closed gate" {
            assert_eq!(browser.run("return document.documentElement.lang", &[]), tag, "{page}");
        }
        assert_fits(&browser, page);
        assert_accessible(&browser, &axe, page);
    });
    assert!(pages.len() > 15, "{pages:?}");
}

#[test]
fn every_page_is_for_everybody() {
    pages_are_for_everybody(None, "en");
}

#[test]
fn every_page_is_for_everybody_in_spanish() {
    pages_are_for_everybody(Some("Español"), "es");
}

#[test]
fn the_console_speaks_the_language_that_the_browser_prefers() {
    let served = Served::holding(Vec::new());
    let browser = served.browser("es-EC,en");
    assert_eq!(browser.text(Css("h1")), "Resumen");
    browser.switch_to("English", "en");
    assert_eq!(browser.text(Css("h1")), "Overview");
}

/// What can be reached by the keyboard ought to be: all that can be clicked or typed into, and is shown.
const CONTROLS: &str = "
    const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
    const isShown = (it) => it.checkVisibility({ visibilityProperty: true }) && it.tabIndex >= 0 && !it.disabled;
    window.controls = [...document.querySelectorAll(controls)].filter(isShown);
    window.seen = new Set();
    return window.controls.length;";

/// Looks where one has come to, as a person does after a key, and returns what does not show it. A page that is not in front shows nobody
/// where that is, and one is nowhere in it while the browser has the focus. Within a control, as among the parts of a date, the browser
/// itself shows it.
const LOOK: &str = "
    const at = document.activeElement;
    if (!document.hasFocus() || at === document.body || at === window.last) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    const { width, height, right, bottom } = at.getBoundingClientRect();
    const isInSight = width > 0 && height > 0 && right > 0 && bottom > 0;
    const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    if (!isInSight || !isOutlined) return at.outerHTML.slice(0, 160);
    window.last = at;
    window.seen.add(at);
    return null;";

/// Of radio buttons one is reached, and the arrows lead to the others.
const LEFT: &str = "
    const isSeen = (it) => window.seen.has(it)
        || it.type === 'radio' && [...window.seen].some((other) => other.type === 'radio' && other.name === it.name);
    return window.controls.filter((it) => !isSeen(it)).map((it) => it.outerHTML.slice(0, 160));";

#[test]
fn everything_is_reached_by_the_keyboard_and_one_sees_where_one_is() {
    let served = Served::holding(held());
    let browser = served.browser("en");
    let id = served.case_of(&held()[0]);
    reveal(&browser, &id);
    let case = format!("/cases/{id}");
    for page in ["/", "/groups", "/cases", &case, &format!("{case}/correct"), "/bulk?all=1"] {
        browser.go(&served.at(page));
        let count = browser.run(CONTROLS, &[]).as_u64().unwrap();
        // Twice what there is: some controls take more than one step, such as a date.
        for _ in 0..count * 2 + 10 {
            browser.tab(1);
            let mut unseen = Value::Null;
            // The browser may take a moment to draw it.
            let is_seen = eventually(|| {
                unseen = browser.run(LOOK, &[]);
                unseen.is_null()
            });
            assert!(is_seen, "{page}: reached, and not to be seen: {unseen}");
        }
        assert_eq!(browser.run(LEFT, &[]), json!([]), "{page}: not reached");
    }
}

#[test]
fn a_case_is_found_and_discarded_without_a_mouse() {
    let served = Served::holding(held());
    let browser = served.browser("en");
    browser.press(['/']);
    browser.wait_for(Css("h1"), "Cases");
    browser.press(['/']);
    assert_eq!(focused(&browser), "search");
    browser.press("001-001-000000007".chars().chain([ENTER]));
    assert!(eventually(|| browser.address().contains("text=001-001-000000007")), "{}", browser.address());
    browser.press(['j', 'x']);
    assert_eq!(browser.run("return document.querySelector('tbody input[type=checkbox]').checked", &[]), true);
    browser.press(['j', ENTER]);
    browser.wait_for(Css("h1"), "001-001-000000007");
    // To the act, which puts one into its first field when it opens.
    let is_discard = "return document.activeElement.matches('summary')
        && document.activeElement.innerText.trim() === 'Discard'";
    assert!(eventually(|| {
        browser.tab(1);
        browser.run(is_discard, &[]) == true
    }));
    browser.press([ENTER]);
    assert!(eventually(|| focused(&browser) == "reason"), "{}", focused(&browser));
    browser.press("sent twice".chars().chain([ENTER]));
    browser.wait_for(Css("#state"), "discarded");
    let discarded = served.world.cases().iter().filter(|case| case.head.state == State::Discarded).count();
    assert_eq!(discarded, 1);
}

/// The name of what has the focus, or its id.
fn focused(browser: &Browser) -> String {
    let script = "const it = document.activeElement; return it.id || it.name || it.tagName";
    match browser.run(script, &[]) {
        Value::String(name) => name,
        other => other.to_string(),
    }
}
