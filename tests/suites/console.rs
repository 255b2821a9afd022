//! The web console's pages and forms, over the world with the redrive function itself.

mod bad_state;
mod correct;
mod gate;
mod many;
mod naughty;
mod pages;

use aduana_cases::message::CaseId;
use aduana_testkit::console::{Browser, Seen};
use axum::http::StatusCode;

use crate::redrive::RedriveHarness;

/// A harness with these bodies held, and a browser of its console.
async fn opened(bodies: impl IntoIterator<Item = Vec<u8>>) -> (RedriveHarness, Vec<CaseId>, Browser) {
    let (harness, ids) = RedriveHarness::holding(bodies).await;
    let browser = Browser::open(&harness.world).await;
    (harness, ids, browser)
}

/// A page that could be had.
async fn page(browser: &Browser, path: &str) -> Seen {
    let seen = browser.get(path).await;
    assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
    seen
}

/// Has the values of a case shown.
async fn reveal(browser: &Browser, id: &CaseId) {
    let path = format!("/cases/{id}/reveal");
    let seen = browser.post(&path, &[("reason", "to correct it"), ("body", "current")]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
}

/// Has the values of a case shown, and opens the page that corrects it: its path, and what it shows.
async fn correcting(browser: &Browser, id: &CaseId) -> (String, Seen) {
    reveal(browser, id).await;
    let path = format!("/cases/{id}/correct");
    let seen = page(browser, &path).await;
    (path, seen)
}

/// What stands in the text field.
fn typed(seen: &Seen) -> String {
    let (_, rest) = seen.text.split_once("<textarea name=\"text\"").expect("a text field");
    let (_, rest) = rest.split_once(">\n").expect("its beginning");
    let (text, _) = rest.split_once("</textarea>").expect("its end");
    let text = text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    text.replace("&#38;", "&")
}

/// The fingerprint that the form began from.
fn from(seen: &Seen) -> String {
    let (_, rest) = seen.text.split_once("name=\"from\" value=\"").expect("a fingerprint");
    rest.split('"').next().unwrap().to_owned()
}
