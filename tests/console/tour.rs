//! Every page of the console, one after the other.

use aduana_testkit::samples;

use crate::browser::Browser;
use crate::browser::Place::Css;
use crate::served::{Served, reveal};

/// What is held for the tour: two causes, and one that cannot be read.
pub(crate) fn held() -> Vec<Vec<u8>> {
    let mut bodies: Vec<_> = (1..=30).map(|n| samples::wrong_total(&format!("001-001-{n:09}"), n)).collect();
    bodies.extend((1..=3).map(samples::without_number));
    bodies.push(samples::valid("001-002-000000001", 1));
    bodies.push(b"not an invoice".to_vec());
    bodies
}

/// Takes the browser through all pages, with what opens on them. `visit` is called on each with its name.
pub(crate) fn tour(served: &Served, browser: &Browser, mut visit: impl FnMut(&str)) {
    let [id, other] = [samples::wrong_total("001-001-000000007", 7), b"not an invoice".to_vec()]
        .map(|body| served.case_of(&body));
    let group = format!("/groups/{}", served.group_of(&id));
    for page in [
        "/",
        "/groups",
        &group,
        "/cases",
        "/cases?code=NONE&state=open",
        "/runs",
        "/nowhere",
        "/bulk?id=none",
    ] {
        browser.go(&served.at(page));
        visit(page);
    }
    let case = format!("/cases/{id}");
    for page in [&case, &format!("/cases/{other}"), &format!("{case}/correct")] {
        browser.go(&served.at(page));
        visit(&format!("{page}, masked"));
    }
    browser.go(&served.at(&case));
    browser.run("document.querySelectorAll('details').forEach((it) => { it.open = true; })", &[]);
    visit("a case with an act open");
    browser.click(Css("details[open] button.main"));

    reveal(browser, &id);
    for page in [&case, &format!("{case}/correct")] {
        browser.go(&served.at(page));
        visit(&format!("{page}, in sight"));
    }
    browser.click(Css("#verdict button"));
    browser.wait_for(Css("#verdict-line.valid"), "");
    visit("a corrected draft");
    browser.click(Css("button[value=store]"));
    browser.wait_for(Css(".notice"), "");
    visit("a corrected draft without a reason");

    browser.go(&served.at("/bulk?all=1&code=BR-CO-15"));
    visit("the choice of what to do with many");
    browser.click(Css("form[action='/bulk/preview'] button.main"));
    browser.wait_for(Css("p.lead"), "30");
    visit("a preview");
    browser.type_into(Css("main input[name=reason]"), "to see how it looks");
    browser.click(Css("button[value=correct_only]"));
    browser.wait_for(Css("#run:not([hx-get])"), "30");
    visit("a run");
    browser.go(&served.at("/runs"));
    visit("the runs");
    // Another name of this machine, by which nobody was let in.
    browser.go(&served.at("/").replace("127.0.0.1", "localhost"));
    visit("the closed gate");
    browser.go(&served.at("/"));
}
