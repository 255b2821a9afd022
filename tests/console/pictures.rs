//! The pictures of the guides, from the program as it runs with the sample invoices. `cargo xtask screenshots` puts them into
//! `docs/images`; as a test they only show that they can be made.

use std::fs;
use std::path::PathBuf;

use crate::browser::Place::{Control, Css, Link};
use crate::browser::{Browser, NARROW};
use crate::program::Program;
use crate::stack::{Stack, samples};

/// How large a picture may be, in bytes: people read guides on the way, too.
const LARGEST: usize = 150 * 1024;

/// Where they go to: into the given folder, or else a temporary one.
fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "how `cargo xtask screenshots` sets it")]
    let given = std::env::var("ADUANA_PICTURES");
    let folder =
        given.map_or_else(|_| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures"), PathBuf::from);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn take(browser: &Browser, name: &str) {
    let png = browser.picture();
    assert!(png.len() <= LARGEST, "{name} has {} bytes", png.len());
    fs::write(folder().join(name), png).unwrap();
}

/// Opens the case with this number.
fn find(browser: &Browser, console: &Program, number: &str) {
    browser.go(&console.at(&format!("/cases?text={number}")));
    browser.click(Link(number));
}

#[test]
fn the_guides_can_be_illustrated() {
    // The name is in the pictures.
    let stack = Stack::deploy("aduana", &[]);
    let bodies: Vec<_> = samples("").into_iter().map(|(_, text)| text).collect();
    for some in bodies.chunks(10) {
        stack.send(&some.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let console = Program::start(&stack);
    let browser = console.browser("en");
    browser.resize(1200, 760);
    take(&browser, "overview.png");

    browser.click(Control("Groups"));
    browser.wait_for(Css("h1"), "Groups");
    take(&browser, "groups.png");

    find(&browser, &console, "NUB-2319");
    browser.type_into(Css(".sight input[name=reason]"), "the seller asked");
    browser.click(Control("Show the values"));
    browser.wait_for(Css(".sight"), "are shown");
    browser.resize(1200, 960);
    // The text is further down in its own window, at what is wrong.
    browser.run("document.querySelector('mark').scrollIntoView({ block: 'center' }); scrollTo(0, 0)", &[]);
    take(&browser, "case.png");

    browser.click(Control("Correct"));
    browser.click(Control("Take this suggestion"));
    browser.wait_for(Css("#verdict-line"), "Valid");
    browser.type_into(Css("main input[name=reason]"), "as the seller confirmed");
    browser.resize(1200, 860);
    browser.run("scrollTo(0, 0)", &[]);
    take(&browser, "correct.png");

    browser.go(&console.at("/cases"));
    browser.switch_to("Español", "es");
    browser.emulate("dark");
    browser.resize(1200, 700);
    take(&browser, "casos.png");

    browser.emulate("light");
    browser.go(&console.at("/"));
    browser.resize(NARROW, 720);
    take(&browser, "resumen.png");
}
