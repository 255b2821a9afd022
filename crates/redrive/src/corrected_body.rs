//! From a body and a correction to the corrected body. Computing only.

use std::collections::HashSet;

use aduana_invoice::{PatchOp, Severity, Violation};
use serde_json::value::{RawValue, to_raw_value};

use super::answer::Code;
use super::context::Skip;
use super::request::{Correction, PatchStep, PatchVerb};
use aduana_invoice::json::{PatchError, Put, Tree, apply, set};

/// How often suggestions are asked for anew: one that was applied may make room for the next.
const ROUNDS: usize = 8;

/// The most bytes that are judged for the suggestions of one body, but once in any case. A body of 1 MiB with thousands of faults
/// that can be corrected would be judged for half a second. The verdict on the corrected body says what is left, and can be
/// asked for again.
const JUDGED_MAX: usize = 1024 * 1024;

/// After so many violations a body is not judged again, whatever its size.
const VIOLATIONS_MAX: usize = 5_000;

/// The corrected body. `judge` gives the violations of a body, where suggestions are asked for.
pub(super) fn corrected(
    body: &[u8],
    correction: &Correction,
    judge: impl Fn(&[u8]) -> Result<Vec<Violation>, Skip>,
) -> Result<Vec<u8>, Skip> {
    match correction {
        Correction::Body(body) => whole(body),
        Correction::Patch(patch) => patched(text(body)?, patch),
        Correction::Set(values) => {
            let mut tree = read(text(body)?)?;
            let values: Vec<_> =
                values.iter().map(|put| Put { pointer: &put.pointer, json: put.value.get() }).collect();
            set(&mut tree, &values).map_err(does_not_apply)?;
            Ok(tree.to_string().into_bytes())
        }
        Correction::Suggested(true) => suggested(body, judge),
        Correction::Suggested(false) => Err(Skip::because(Code::BadRequest, &"suggested: false")),
    }
}

fn text(body: &[u8]) -> Result<&str, Skip> {
    std::str::from_utf8(body).map_err(|_| Code::NotJson.into())
}

fn read(text: &str) -> Result<Tree<'_>, Skip> {
    let why = || if Tree::is_json(text) { Code::TooMany } else { Code::NotJson };
    Tree::read(text).ok_or_else(|| why().into())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn does_not_apply(error: PatchError) -> Skip {
    let code = if error.is_too_much { Code::TooMany } else { Code::PatchDoesNotApply };
    Skip::because(code, &error)
}

/// A body given as a string that holds the text, or as the JSON itself.
fn whole(given: &RawValue) -> Result<Vec<u8>, Skip> {
    let given = given.get();
    let text = if given.starts_with('"') {
        #[expect(clippy::disallowed_methods, reason = "a string of our own request; what is in it is judged")]
        serde_json::from_str::<String>(given).map_err(|_| Skip::from(Code::NotJson))?
    } else {
        given.to_owned()
    };
    if Tree::is_json(&text) { Ok(text.into_bytes()) } else { Err(Code::NotJson.into()) }
}

fn patched(text: &str, patch: &[PatchStep]) -> Result<Vec<u8>, Skip> {
    let mut tree = read(text)?;
    apply(&mut tree, patch).map_err(does_not_apply)?;
    Ok(tree.to_string().into_bytes())
}

fn suggested(body: &[u8], judge: impl Fn(&[u8]) -> Result<Vec<Violation>, Skip>) -> Result<Vec<u8>, Skip> {
    let mut corrected = body.to_vec();
    let (mut judged, mut seen) = (0, 0);
    for round in 0..ROUNDS {
        judged += corrected.len();
        if round > 0 && (judged > JUDGED_MAX || seen >= VIOLATIONS_MAX) {
            break;
        }
        let violations = judge(&corrected)?;
        seen += violations.len();
        let steps = steps_of(&violations);
        if steps.is_empty() {
            break;
        }
        let next = patched(text(&corrected)?, &steps)?;
        if next == corrected {
            break;
        }
        corrected = next;
    }
    if corrected == body { Err(Code::NothingSuggested.into()) } else { Ok(corrected) }
}

/// What the errors suggest that can be done at once: at each place what the first says, and, as the others' pointers would no
/// longer be right after it, nothing that moves the elements of a list unless it is the only thing to do.
fn steps_of(violations: &[Violation]) -> Vec<PatchStep> {
    let errors = violations.iter().filter(|violation| violation.severity == Severity::Error);
    let suggestions: Vec<&[PatchOp]> =
        errors.map(|error| error.suggestion.as_slice()).filter(|ops| !ops.is_empty()).collect();
    let mut places = HashSet::new();
    let mut steps = Vec::new();
    for ops in suggestions.iter().filter(|ops| !ops.iter().any(moves_elements)) {
        if ops.iter().all(|op| !places.contains(place(op))) {
            places.extend(ops.iter().map(place));
            steps.extend(ops.iter().filter_map(step));
        }
    }
    if steps.is_empty() {
        steps.extend(suggestions.last().into_iter().flat_map(|ops| ops.iter()).filter_map(step));
    }
    steps
}

fn place(op: &PatchOp) -> &str {
    match op {
        PatchOp::Add { path, .. } | PatchOp::Replace { path, .. } | PatchOp::Remove { path } => path,
    }
}

fn moves_elements(op: &PatchOp) -> bool {
    let is_element = place(op)
        .rsplit('/')
        .next()
        .is_some_and(|step| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()));
    is_element && !matches!(op, PatchOp::Replace { .. })
}

fn step(op: &PatchOp) -> Option<PatchStep> {
    let (op, path, value) = match op {
        PatchOp::Add { path, value } => (PatchVerb::Add, path, Some(to_raw_value(value).ok()?)),
        PatchOp::Replace { path, value } => (PatchVerb::Replace, path, Some(to_raw_value(value).ok()?)),
        PatchOp::Remove { path } => (PatchVerb::Remove, path, None),
    };
    Some(PatchStep { op, path: path.clone(), from: None, value })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use aduana_invoice::Category;

    use super::*;

    /// An error that suggests this.
    fn error(suggestion: Vec<PatchOp>) -> Violation {
        Violation {
            code: "BR-24",
            category: Category::Data,
            severity: Severity::Error,
            path: "/a".to_owned(),
            term: None,
            expected: None,
            actual: None,
            suggestion,
        }
    }

    /// How often a body of so many bytes is judged where each verdict has so many violations and suggests something new, and how
    /// often it was corrected.
    fn rounds(bytes: usize, violations: usize) -> (usize, usize) {
        let body = format!(r#"{{"a":"000000","b":"{}"}}"#, "x".repeat(bytes - 21));
        assert_eq!(body.len(), bytes);
        let judged = Cell::new(0);
        let judge = |_: &[u8]| {
            judged.set(judged.get() + 1);
            let value = format!("{:06}", judged.get()).into();
            Ok(vec![error(vec![PatchOp::Replace { path: "/a".to_owned(), value }]); violations])
        };
        let corrected = corrected(body.as_bytes(), &Correction::Suggested(true), judge).unwrap();
        let corrected = std::str::from_utf8(&corrected[6..12]).unwrap().parse().unwrap();
        (judged.get(), corrected)
    }

    #[test]
    fn a_body_of_128_kib_has_eight_rounds_of_suggestions_and_a_larger_one_as_many_as_make_1_mib() {
        let kib = 1024;
        for (bytes, expected) in [
            (kib, 8),
            (128 * kib, 8),
            (128 * kib + 1, 7),
            (512 * kib, 2),
            (512 * kib + 1, 1),
            (1024 * kib, 1),
            // More than is ever judged: once all the same.
            (1025 * kib, 1),
        ] {
            assert_eq!(rounds(bytes, 1), (expected, expected), "{bytes}");
        }
    }

    /// The body after one round of these suggestions.
    fn after_one_round(body: &str, suggestions: &[PatchOp]) -> String {
        let is_first = Cell::new(true);
        let judge = |_: &[u8]| {
            let errors =
                suggestions.iter().filter(|_| is_first.get()).map(|op| error(vec![op.clone()])).collect();
            is_first.set(false);
            Ok(errors)
        };
        String::from_utf8(corrected(body.as_bytes(), &Correction::Suggested(true), judge).unwrap()).unwrap()
    }

    #[test]
    fn what_moves_the_elements_of_a_list_is_corrected_when_nothing_else_is_to_be_done() {
        let remove = |path: &str| PatchOp::Remove { path: path.to_owned() };
        let add = |path: &str| PatchOp::Add { path: path.to_owned(), value: 9.into() };
        let replace = |path: &str| PatchOp::Replace { path: path.to_owned(), value: 9.into() };
        let body = r#"{"a":1,"":2,"list":[1,2,3],"7a":4}"#;
        for (suggestions, expected) in [
            // The second would find another element in its place.
            ([remove("/list/0"), replace("/list/2")], r#"{"a":1,"":2,"list":[1,2,9],"7a":4}"#),
            ([add("/list/0"), replace("/list/2")], r#"{"a":1,"":2,"list":[1,2,9],"7a":4}"#),
            // Of those alone one, from the end.
            ([remove("/list/0"), remove("/list/1")], r#"{"a":1,"":2,"list":[1,3],"7a":4}"#),
            // At once: what is put in an element's place, behind the last, or in an object moves nothing.
            ([replace("/list/0"), replace("/list/1")], r#"{"a":1,"":2,"list":[9,9,3],"7a":4}"#),
            ([add("/list/-"), replace("/list/1")], r#"{"a":1,"":2,"list":[1,9,3,9],"7a":4}"#),
            ([remove("/a"), add("/b")], r#"{"":2,"list":[1,2,3],"7a":4,"b":9}"#),
            ([remove("/"), remove("/7a")], r#"{"a":1,"list":[1,2,3]}"#),
        ] {
            assert_eq!(after_one_round(body, &suggestions), expected, "{suggestions:?}");
        }
    }

    #[test]
    fn of_a_body_full_of_faults_no_more_is_judged_once_there_were_5000() {
        for (violations, expected) in
            [(624, 8), (625, 8), (714, 8), (715, 7), (2_499, 3), (2_500, 2), (4_999, 2), (5_000, 1)]
        {
            assert_eq!(rounds(1_024, violations), (expected, expected), "{violations}");
        }
    }
}
