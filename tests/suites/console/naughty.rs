//! The two suites of hostile texts on the console's pages: no tag is ever theirs, and nothing of them is lost.

use aduana_testkit::console::Browser;
use aduana_testkit::hostile::{strings, texts};
use aduana_testkit::samples;
use aduana_testkit::world::run;
use serde_json::Value;

use super::{opened, page, reveal};

/// The tags that the console's own templates have.
const TAGS: [&str; 60] = [
    "!doctype", "a", "article", "b", "body", "br", "button", "code", "dd", "del", "desc", "details", "div",
    "dl", "dt", "fieldset", "footer", "form", "h1", "h2", "h3", "head", "header", "html", "input", "ins",
    "label", "legend", "li", "line", "link", "main", "mark", "meta", "nav", "noscript", "ol", "option", "p",
    "progress", "rect", "script", "section", "select", "small", "span", "summary", "svg", "table", "tbody",
    "td", "text", "textarea", "th", "thead", "time", "title", "tr", "ul", "use",
];

/// The tags that stand in a page, in order: what a browser would make of it, as far as it is tags.
fn tags(page: &str) -> Vec<&str> {
    let tag = |rest: &'_ str| {
        rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/!-".contains(c)).unwrap_or(rest.len())
    };
    page.split('<').skip(1).map(|rest| &rest[..tag(rest)]).collect()
}

fn assert_harmless(text: &str, what: &str) {
    let known = |tag: &str| {
        let name = tag.trim_start_matches('/');
        TAGS.iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    for tag in tags(text) {
        assert!(known(tag), "{what}: <{tag}");
    }
    for (_, after) in text.match_indices("<script").map(|(at, _)| text.split_at(at)) {
        let own = after.split('>').next().unwrap_or_default();
        assert!(own.contains("src=\"/"), "{what}: a script without a file of our own: {own}");
    }
    // A text field holds the exact text, which is sent back as it is; anywhere else what cannot be seen is spelled out.
    let outside =
        text.split("<textarea").map(|part| part.split_once("</textarea>").map_or(part, |(_, after)| after));
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    for part in outside {
        assert!(!part.contains(hidden), "{what}: a control character");
    }
}

async fn assert_pages_harmless(browser: &Browser, id: &str) {
    for path in [format!("/cases/{id}"), format!("/cases/{id}/correct")] {
        assert_harmless(&page(browser, &path).await.text, &path);
    }
}

#[test]
fn naughty_strings_are_text_on_every_page() {
    run(async {
        let all = strings();
        let body = |some: &[String]| {
            let sample = samples::without_number(1);
            #[expect(clippy::disallowed_methods, reason = "to make something that is no invoice of it")]
            let mut invoice: Value = serde_json::from_slice(&sample).unwrap();
            invoice["seller"]["name"] = some.join(" ").into();
            invoice["note"] = some.join("\n").into();
            invoice.to_string().replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff").into_bytes()
        };
        let (_, ids, browser) = opened(all.chunks(8).map(body)).await;
        for id in &ids {
            assert_pages_harmless(&browser, id.as_str()).await;
            reveal(&browser, id).await;
            assert_pages_harmless(&browser, id.as_str()).await;
            let case = page(&browser, &format!("/cases/{id}")).await;
            let markup = all.iter().filter(|text| text.contains('<') && text.len() > 8);
            markup.for_each(|text| assert!(!case.says(text), "{text:?} stands in the page as it is"));
        }
        for path in ["/", "/groups", "/cases", "/bulk?all=1"] {
            assert_harmless(&page(&browser, path).await.text, path);
        }
    });
}

#[test]
fn what_is_no_invoice_is_shown_as_the_text_that_it_is() {
    run(async {
        // What SQS takes: the rest comes by Kafka, and is shown as bytes.
        let sendable = texts().into_values().filter_map(|text| String::from_utf8(text).ok());
        let sendable =
            sendable.filter(|text| aduana_cases::attributes::is_sendable(text) && text.len() < 10_000);
        let (_, ids, browser) = opened(sendable.map(String::into_bytes)).await;
        assert!(ids.len() > 250, "{}", ids.len());
        for id in &ids {
            reveal(&browser, id).await;
            assert_pages_harmless(&browser, id.as_str()).await;
        }
    });
}
