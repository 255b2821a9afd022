//! What strangers send, and what must hold of it, whatever it is.
//!
//! The same assertions run in two places: the fuzz targets (`tests/fuzz`) run them on what libFuzzer makes up, the ordinary tests
//! on the seeds, on whatever fuzzing has found (`tests/hostile/found`), and on the worst that we could think of.
//!
//! - [`texts`] and [`strings`]: the two suites of `tests/hostile`.
//! - [`TARGETS`]: what is fuzzed; [`seeds`]: what it begins with; [`worst`]: what costs most.
//! - [`Meter`]: what one input may cost.

mod attributes;
#[cfg(feature = "aws")]
mod envelopes;
mod grammar;
mod judge;
mod patch;
pub mod seeds;
pub mod worst;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use attributes::attributes;
#[cfg(feature = "aws")]
pub use envelopes::envelopes;
pub use judge::{decode, validate};
pub use patch::patch;

use aduana_invoice::Date;

/// The names of the fuzz targets, each that of a function here.
pub const TARGETS: [&str; 5] = ["decode", "validate", "patch", "envelopes", "attributes"];

/// Watches what the program does for one input.
pub trait Meter {
    /// Does `work` and says what came of it; may do it again to measure it better.
    fn run<T>(&mut self, what: &'static str, work: impl FnMut() -> T) -> T;

    /// Tells how large the input really is, in bytes, where a small one was made larger.
    fn enlarged_to(&mut self, bytes: usize);
}

/// Measures nothing: where it is enough that all ends well.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unmeasured;

impl Meter for Unmeasured {
    fn run<T>(&mut self, _: &'static str, mut work: impl FnMut() -> T) -> T {
        work()
    }

    fn enlarged_to(&mut self, _: usize) {}
}

/// The files of the suites, under `tests/hostile`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile")
}

/// The texts of `JSONTestSuite` by name, in order.
pub fn texts() -> BTreeMap<String, Vec<u8>> {
    files(&folder().join("json_test_suite"), "json")
}

/// The Big List of Naughty Strings.
pub fn strings() -> Vec<String> {
    let list = fs::read(folder().join("naughty_strings/blns.json")).expect("the list is there");
    #[expect(clippy::disallowed_methods, reason = "the project's own test data")]
    serde_json::from_slice(&list).expect("the list is JSON")
}

/// What fuzzing a target has found, by name: inputs that once broke something.
pub fn found(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = folder().join("found").join(target);
    if folder.exists() { files(&folder, "") } else { BTreeMap::new() }
}

/// The files of a folder with this extension, by name.
fn files(folder: &Path, extension: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("a file"));
    let fits = |path: &Path| path.is_file() && path.extension().unwrap_or_default() == extension;
    let files = entries.filter(|entry| fits(&entry.path()));
    files
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

/// The day on which everything is judged: 2026-11-24.
pub fn today() -> Date {
    Date::from_ordinal_date(2026, 328).expect("a day")
}
