//! What the official validators say of the documents in `tests/official`, and what we say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aduana_invoice::{Policy, Validator};
use aduana_testkit::hostile::today;
use serde_json::Value;

/// Lines of `verdicts.ndjson`: a document each, and the codes that the official validators gave it.
fn verdicts(folder: &Path) -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "the project's own test data")]
    let read = |line| serde_json::from_str(line).unwrap();
    fs::read_to_string(folder.join("verdicts.ndjson")).unwrap().lines().map(read).collect()
}

/// The codes under a key, which need not be there.
fn codes(verdict: &Value, key: &str) -> BTreeSet<String> {
    let codes = verdict[key].as_array().into_iter().flatten();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// Every code that they found is found, and none that they did not find.
#[test]
fn the_verdicts_are_those_of_the_official_validators() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("official");
    let validator = Validator::new(Policy::default());
    let mut differences = Vec::new();
    let mut broken = BTreeSet::new();
    let verdicts = verdicts(&folder);
    for official in &verdicts {
        let file = official["file"].as_str().unwrap();
        let verdict = validator.judge(&fs::read(folder.join(file)).unwrap(), today());
        let all = verdict.violations().iter().map(|it| it.code.to_owned());
        let found: BTreeSet<_> = all.filter(|code| !code.starts_with("FE-")).collect();
        let must = codes(official, "rules");
        let may = &(&must | &codes(official, "warnings")) | &codes(official, "echoes");
        let (missed, extra) = (&must - &found, &found - &may);
        if !(missed.is_empty() && extra.is_empty()) {
            differences.push(format!("{file}: missed {missed:?}, too many {extra:?}"));
        }
        broken.extend(codes(official, "rules"));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // As the README says.
    assert_eq!((verdicts.len(), broken.len()), (247, 113));
}
