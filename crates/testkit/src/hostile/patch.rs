//! Any correction of any body: `<JSON Patch>`, a zero byte, `<body>`.

use aduana_invoice::{Lang, same_content};
use aduana_redrive::draft;
use aduana_redrive::request::{Correction, PatchStep};

use super::judge::judged;
use super::{Meter, grammar};
use crate::samples;

/// What [`patch`] takes.
pub(super) fn input(patch: &str, body: &[u8]) -> Vec<u8> {
    [patch.as_bytes(), b"\0", body].concat()
}

/// A patch that applies makes JSON of JSON, which is judged; what differs is counted; and an empty one changes nothing.
pub fn patch(data: &[u8], meter: &mut impl Meter) {
    let whole = samples::wrong_total("F-1", 1);
    let (patch, body) = match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, whole.as_slice()),
    };
    #[expect(clippy::disallowed_methods, reason = "a patch, not an invoice")]
    let Ok(steps) = serde_json::from_slice::<Vec<PatchStep>>(patch) else { return };
    let changes = !steps.is_empty();
    // Half of a surrogate pair passes for JSON here, and is refused by the judge.
    let is_json = |text: &str| grammar::read(text).is_ok();
    let is_clean = std::str::from_utf8(body).is_ok_and(is_json)
        && steps.iter().filter_map(|step| step.value.as_ref()).all(|value| is_json(value.get()));
    let correction = Correction::Patch(steps);
    let applied = meter.run("patch", || draft::apply(body, &correction, Lang::En, |_| Vec::new()));
    let Ok(after) = applied else { return };
    assert!(!is_clean || is_json(std::str::from_utf8(&after).expect("text")), "JSON is made of JSON");
    if !changes {
        assert_eq!(after, body, "nothing is patched, and something has changed");
    }
    let (listed, count) = meter.run("differences", || draft::differences(body, &after));
    assert!(listed.len() <= count);
    // A name that stands twice has its last value, for some readers.
    if grammar::read(std::str::from_utf8(body).expect("text"))
        .is_ok_and(|shape| !shape.repeats && shape.depth < 60)
    {
        assert_eq!(count == 0, same_content(body, &after), "{count} differences");
    }
    meter.run("judge", || judged(&after));
}
