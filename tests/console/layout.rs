//! That pages stay within the window.

use serde_json::Value;

use crate::browser::{Browser, NARROW, WIDE};

/// What reaches beyond the window, outside of what scrolls by itself.
const BEYOND: &str = "
    const wide = document.documentElement.scrollWidth;
    if (wide <= innerWidth) return [];
    const scrolls = (element) => element && element !== document.body
        && (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
    const beyond = [...document.body.querySelectorAll('*')].filter((element) =>
        element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element.parentElement));
    const listed = beyond.slice(-5).map((element) => element.outerHTML.slice(0, 160));
    return [`${wide} of ${innerWidth} pixels`, ...listed];";

/// Asserts that nobody has to scroll sideways, neither on a small telephone nor on a desktop screen.
pub(crate) fn assert_fits(browser: &Browser, page: &str) {
    for width in [NARROW, WIDE] {
        browser.resize(width, 900);
        let beyond = browser.run(BEYOND, &[]);
        assert_eq!(beyond, Value::Array(Vec::new()), "{page} at {width} pixels");
    }
}
