//! Holds the version of the rule set to its verdicts: a verdict that changes needs a new version, as it stands with each stored invoice
//! and each case.
//!
//! `src/rules/verdicts.txt` has the version in its first line, then a line for each case and each document of `tests/official`: the
//! digest of what is judged, and that of its verdict.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aduana_invoice::{Fingerprint, Policy, Validator, Verdict, Violation};

use crate::case::{self, TODAY};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules/verdicts.txt");
const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/official");
const HOW: &str = "ADUANA_RECORD_VERDICTS=1 cargo test -p aduana-invoice --test rules verdicts";

/// The first digits of a SHA-256: enough to tell a few thousand texts apart.
fn digest(text: &[u8]) -> String {
    let mut digest = Fingerprint::of(text).to_string();
    digest.truncate(16);
    digest
}

fn digest_of(verdict: &Verdict) -> String {
    let mut text = verdict.as_str().to_owned();
    for violation in verdict.violations() {
        let Violation { code, severity, path, expected, actual, suggestion, .. } = violation;
        let suggestion = serde_json::to_string(suggestion).unwrap();
        writeln!(text, "\n{code} {severity:?} {path:?} {expected:?} {actual:?} {suggestion}").unwrap();
    }
    digest(text.as_bytes())
}

fn official() -> Vec<PathBuf> {
    let in_folder = |folder| std::fs::read_dir(Path::new(OFFICIAL).join(folder)).unwrap();
    ["valid", "invalid"].into_iter().flat_map(in_folder).map(|entry| entry.unwrap().path()).collect()
}

/// What is judged, by its digest: the digest of the verdict, and the name to tell people.
fn judged() -> BTreeMap<String, (String, String)> {
    let cases = case::all().iter().map(|case| (case.input(), case.verdict(), case.to_string()));
    let validator = Validator::new(Policy::default());
    let official = official().into_iter().map(|file| {
        let body = std::fs::read(&file).unwrap();
        let verdict = validator.judge(&body, TODAY);
        (body, verdict, file.display().to_string())
    });
    let judged = cases.chain(official);
    judged.map(|(input, verdict, name)| (digest(&input), (digest_of(&verdict), name))).collect()
}

#[test]
fn verdicts_change_only_with_the_version_of_the_rule_set() {
    let judged = judged();
    let version = Validator::new(Policy::default()).ruleset().to_owned();
    let record = std::fs::read_to_string(RECORD).unwrap_or_default();
    let (recorded_version, lines) = record.split_once('\n').unwrap_or_default();
    if recorded_version == version {
        let recorded: BTreeMap<&str, &str> = lines.lines().filter_map(|line| line.split_once(' ')).collect();
        let changed: Vec<&str> = judged
            .iter()
            .filter(|(input, (verdict, _))| {
                recorded.get(input.as_str()).is_some_and(|known| known != verdict)
            })
            .map(|(_, (_, name))| name.as_str())
            .collect();
        assert!(
            changed.is_empty(),
            "{} verdicts are not those of version {version}. If that is meant, raise VERSION in src/rules.rs; then `{HOW}`.\n{}",
            changed.len(),
            changed.join("\n")
        );
    }
    let mut now = format!("{version}\n");
    for (input, (verdict, _)) in &judged {
        writeln!(now, "{input} {verdict}").unwrap();
    }
    if std::env::var_os("ADUANA_RECORD_VERDICTS").is_some() {
        std::fs::write(RECORD, &now).unwrap();
        return;
    }
    assert!(
        record == now,
        "cases or the version changed: record their verdicts by `{HOW}`, and commit {RECORD}"
    );
}
