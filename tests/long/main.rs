//! What takes long: the tools that people build, try and deploy with, used as the documents say, and two builds of the same bytes.
//!
//! `cargo xtask test --long` installs the tools, starts a local AWS and runs these.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test, which is what it is for"
)]

mod cargo_lambda;
mod compose;
mod deployed;
mod package;

use std::path::PathBuf;

use xtask::aws::Aws;
use xtask::folders::Folders;

/// The local AWS that runs for these tests.
fn aws() -> Aws {
    #[expect(clippy::disallowed_methods, reason = "how `cargo xtask test --long` sets it")]
    let endpoint = std::env::var("ADUANA_E2E_ENDPOINT").expect("`cargo xtask test --long` sets it");
    Aws::at(&endpoint)
}

/// An empty folder of a test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Folders::find().target().join("long").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
