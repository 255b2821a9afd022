//! Any bytes as the body of an invoice.

use std::sync::LazyLock;

use aduana_cases::case::Reasons;
use aduana_invoice::{Category, Lang, Policy, Severity, Validator, Verdict, Violation, json, same_content};
use aduana_redrive::draft;
use aduana_redrive::request::{Correction, PatchStep};
use serde_json::Value;

use super::grammar::{self, Shape, Wrong};
use super::{Meter, today};

/// Made once, as a function makes it.
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(Policy::default()));

/// The codes of a text that cannot be read.
const UNREADABLE: [&str; 4] = ["FE-S-001", "FE-S-002", "FE-S-003", "FE-S-007"];

/// The largest body, the deepest nesting and the most items that are read.
const BODY_MAX: usize = 1_048_576;
const DEPTH_MAX: usize = 32;
const ITEMS_MAX: usize = 12_000;

/// A body as the judge sees it.
pub(super) fn judged(body: &[u8]) -> Verdict {
    VALIDATOR.judge(body, today())
}

/// A text is read where another reader reads it too, and the format has nothing against its shape; and nowhere else.
pub fn decode(body: &[u8], meter: &mut impl Meter) {
    let verdict = meter.run("decode", || judged(body));
    let codes: Vec<&str> = verdict.violations().iter().map(|violation| violation.code).collect();
    // What is of another format is told by name, and nothing else is said of it.
    let is_foreign = matches!(codes.as_slice(), [code] if code.starts_with("FE-X-"));
    assert!(is_foreign || codes.iter().all(|code| !code.starts_with("FE-X-")), "{codes:?}");
    let is_unreadable = is_foreign || matches!(codes.as_slice(), [code] if UNREADABLE.contains(code));
    if body.len() > BODY_MAX {
        assert_eq!(codes, ["FE-S-002"]);
        return;
    }
    let read = std::str::from_utf8(body).map_err(|_| Wrong::NotJson).and_then(grammar::read);
    let Ok(Shape { is_object, depth, items, repeats, is_huge }) = read else {
        assert!(is_unreadable, "it is no JSON, and the verdict is {codes:?}");
        return;
    };
    if !is_object || repeats {
        assert!(is_unreadable, "an object, or not one: {is_object}, a name twice: {repeats}, and {codes:?}");
    } else if depth > DEPTH_MAX || items > ITEMS_MAX {
        let is_reported = is_foreign || matches!(codes.as_slice(), ["FE-S-003" | "FE-S-007"]);
        assert!(is_reported, "{depth} levels, {items} items, and the verdict is {codes:?}");
    } else if !is_huge {
        assert!(!codes.contains(&"FE-S-001"), "it is one JSON object, and the verdict is {codes:?}");
    }
}

/// A verdict is the same every time, agrees with the schema, and reports what is useful: places that are there, suggestions that can
/// be done.
pub fn validate(body: &[u8], meter: &mut impl Meter) {
    let verdict = meter.run("validate", || judged(body));
    assert!(verdict == judged(body), "another verdict the second time");
    let violations = verdict.violations();
    let errors = || violations.iter().filter(|violation| violation.severity == Severity::Error);
    assert_eq!(verdict.is_valid(), errors().next().is_none(), "{violations:?}");
    assert!(violations.iter().all(|violation| violation.code != "FE-S-009"), "the two readings agree");
    assert!(same_content(body, body));
    assert_in_order(violations);
    assert_agrees_with_the_schema(body, &verdict);

    let places = meter
        .run("locate", || json::locate(body, violations.iter().map(|violation| violation.path.as_str())));
    for place in places.into_iter().flatten() {
        assert!(place.range.start <= place.range.end && place.range.end <= body.len());
    }
    for violation in violations.iter().filter(|violation| !violation.suggestion.is_empty()).take(20) {
        assert_can_be_done(body, violation);
    }
    if !verdict.is_valid() {
        let reasons = meter.run("reasons", || Reasons::new(violations.to_vec(), verdict.summary()));
        assert_eq!(reasons.count, errors().count());
        assert!(!reasons.listed.is_empty(), "a held message has its reasons");
    }
    let suggested = || {
        draft::apply(body, &Correction::Suggested(true), Lang::En, |body| judged(body).violations().to_vec())
    };
    if let Ok(corrected) = meter.run("suggestions", suggested) {
        assert!(grammar::read(std::str::from_utf8(&corrected).expect("text")).is_ok());
    }
}

/// Errors first, and each group by category.
fn assert_in_order(violations: &[Violation]) {
    let order: Vec<(bool, Category)> =
        violations.iter().map(|it| (it.severity == Severity::Warning, it.category)).collect();
    assert!(order.is_sorted(), "{violations:?}");
    for violation in violations {
        assert!(violation.actual.as_ref().is_none_or(|text| text.chars().count() <= Violation::ACTUAL_MAX));
        assert!(!violation.message(Lang::En).is_empty() && !violation.message(Lang::Es).is_empty());
    }
}

/// The judge does without the schema where an invoice is in order; so what it accepts is held against the schema.
fn assert_agrees_with_the_schema(body: &[u8], verdict: &Verdict) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the project's own schema")]
        let schema = serde_json::from_str(aduana_invoice::SCHEMA).expect("JSON");
        let options = jsonschema::options().should_validate_formats(true);
        options.with_pattern_options(jsonschema::PatternOptions::regex()).build(&schema).expect("a schema")
    });
    #[expect(clippy::disallowed_methods, reason = "read once more, to compare")]
    if verdict.is_valid() {
        let document: Value = serde_json::from_slice(body).expect("what was accepted is JSON");
        assert!(SCHEMA.is_valid(&document), "it was accepted, and the schema is against it");
    }
}

fn assert_can_be_done(body: &[u8], violation: &Violation) {
    let steps = serde_json::to_string(&violation.suggestion).expect("a patch");
    #[expect(clippy::disallowed_methods, reason = "the suggestion itself")]
    let steps: Vec<PatchStep> = serde_json::from_str(&steps).expect("a patch");
    let corrected = draft::apply(body, &Correction::Patch(steps), Lang::En, |_| Vec::new());
    assert!(corrected.is_ok(), "what {violation:?} suggests: {corrected:?}");
}
