//! A case: a valid invoice, what is changed in it, and what is told of it then.
//!
//! ```json
//! { "rule": "BR-CO-10", "fails": "a cent too much", "base": "rich",
//!   "patch": [{"op": "replace", "path": "/totals/lines_net", "value": "790.01"}],
//!   "at": ["/totals/lines_net"], "also": [["BR-CO-13", "/totals/tax_exclusive"]] }
//! ```
//!
//! - `rule`: the rule that the case is about; `fails` or `passes`: whether it is broken, and in words why.
//! - `base`: a file of `base`, `plain` if left out; `patch`: a JSON Patch (RFC 6902) on it. Or instead of both `raw`, a
//!   body as text, or `hex`, a body byte by byte. `padded`: blanks are put behind it until it has so many bytes.
//! - `policy`: the policy in force, where it is not the default.
//! - `at`: the places where the rule is broken; `also`: what else is told, warnings included. Nothing more may be told.
//! - `expects` and `suggests`: what the rule expects at the first of these places, and what it suggests, a JSON Patch,
//!   where the case is about that too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aduana_invoice::{Date, PatchOp, Policy, Validator, Verdict, Violation};
use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;

/// The day on which all cases are judged.
pub(crate) const TODAY: Date = match Date::from_ordinal_date(2026, 166) {
    Ok(day) => day,
    Err(_) => panic!("no such day"),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) rule: String,
    pub(crate) fails: Option<String>,
    pub(crate) passes: Option<String>,
    base: Option<String>,
    patch: Option<Patch>,
    raw: Option<String>,
    hex: Option<String>,
    padded: Option<usize>,
    policy: Option<Value>,
    #[serde(default)]
    at: Vec<String>,
    #[serde(default)]
    also: Vec<(String, String)>,
    pub(crate) expects: Option<String>,
    pub(crate) suggests: Option<Value>,
}

/// All cases of all files.
pub(crate) fn all() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| files("cases").iter().flat_map(|file| read(file)).collect())
}

/// The valid invoices, by name.
pub(crate) fn bases() -> &'static [(String, String)] {
    static BASES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    BASES.get_or_init(|| {
        let name = |file: &Path| file.file_stem().unwrap().to_str().unwrap().to_owned();
        files("base").iter().map(|file| (name(file), std::fs::read_to_string(file).unwrap())).collect()
    })
}

fn read(file: &Path) -> Vec<Case> {
    let name = file.strip_prefix(folder("cases")).unwrap().to_str().unwrap();
    let mut cases: Vec<Case> = json(&std::fs::read_to_string(file).unwrap(), name);
    for case in &mut cases {
        name.clone_into(&mut case.file);
        assert!(case.fails.is_some() != case.passes.is_some(), "{name}: {} fails or passes", case.rule);
        assert_eq!(case.fails.is_none(), case.at.is_empty(), "{case}: where?");
    }
    cases
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(name)
}

/// The JSON files of a folder and of its folders, in order.
fn files(name: &str) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder(name)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> T {
    #[expect(clippy::disallowed_methods, reason = "the project's own test data")]
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {error}"))
}

impl Case {
    pub(crate) fn fails(&self) -> bool {
        self.fails.is_some()
    }

    /// The codes and places that have to be told.
    pub(crate) fn expected(&self) -> BTreeSet<(String, String)> {
        let own = self.at.iter().map(|path| (self.rule.clone(), path.clone()));
        own.chain(self.also.iter().cloned()).collect()
    }

    /// What the rule expects at the first of its places.
    pub(crate) fn expectation(&self) -> Option<String> {
        self.own()?.expected.map(Into::into)
    }

    /// What the rule suggests at the first of its places.
    pub(crate) fn suggestion(&self) -> Option<Value> {
        Some(serde_json::to_value(self.own()?.suggestion).unwrap())
    }

    fn own(&self) -> Option<Violation> {
        let verdict = self.verdict();
        let is_it = |it: &&Violation| it.code == self.rule && Some(&it.path) == self.at.first();
        verdict.violations().iter().find(is_it).cloned()
    }

    /// The codes and places that are told.
    pub(crate) fn told(&self) -> BTreeSet<(String, String)> {
        told(&self.verdict())
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.judge(&self.body())
    }

    /// The document, if it is one that can be patched.
    pub(crate) fn document(&self) -> Option<Value> {
        if self.raw.is_some() || self.hex.is_some() {
            return None;
        }
        let name = self.base.as_deref().unwrap_or("plain");
        let (_, text) = bases().iter().find(|(base, _)| base == name).unwrap_or_else(|| panic!("no {name}"));
        let mut document = json(text, name);
        if let Some(patch) = &self.patch {
            json_patch::patch(&mut document, patch).unwrap_or_else(|error| panic!("{self}: {error}"));
        }
        Some(document)
    }

    /// What is told after a suggestion was followed; `None` if it cannot be.
    pub(crate) fn told_after(
        &self,
        document: &Value,
        suggestion: &[PatchOp],
    ) -> Option<BTreeSet<(String, String)>> {
        let patch: Patch = json(&serde_json::to_string(suggestion).unwrap(), "a suggestion");
        let mut corrected = document.clone();
        json_patch::patch(&mut corrected, &patch).ok()?;
        Some(told(&self.judge(corrected.to_string().as_bytes())))
    }

    /// All that its verdict depends on: the policy, and the body.
    pub(crate) fn input(&self) -> Vec<u8> {
        let policy = self.policy.as_ref().map(Value::to_string).unwrap_or_default();
        [policy.as_bytes(), &self.body()].concat()
    }

    fn body(&self) -> Vec<u8> {
        let mut body = match (&self.raw, &self.hex) {
            (Some(raw), _) => raw.clone().into_bytes(),
            (None, Some(hex)) => bytes(hex),
            (None, None) => self.document().unwrap().to_string().into_bytes(),
        };
        body.resize(self.padded.unwrap_or(body.len()), b' ');
        body
    }

    fn judge(&self, body: &[u8]) -> Verdict {
        static DEFAULT: OnceLock<Validator> = OnceLock::new();
        match &self.policy {
            Some(policy) => {
                Validator::new(Policy::from_json(&policy.to_string()).unwrap()).judge(body, TODAY)
            }
            None => DEFAULT.get_or_init(|| Validator::new(Policy::default())).judge(body, TODAY),
        }
    }
}

fn told(verdict: &Verdict) -> BTreeSet<(String, String)> {
    verdict.violations().iter().map(|it| (it.code.to_owned(), it.path.clone())).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}
