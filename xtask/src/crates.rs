//! What the crates that we use may be: their licences and where they come from, as `deny.toml` says.

use std::path::Path;
use std::process::Stdio;

use crate::cargo_tools::DENY;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{beside_cargo, cargo, run};
use crate::terminal::{HELP, Step, painted, say};

/// The fuzz targets are a workspace of their own, which no other command of every day builds.
pub(crate) const FUZZ: &str = "tests/fuzz/Cargo.toml";

/// Fails if a crate is not as `deny.toml` wants it, or if a lock file has fallen behind. The crates for other systems are fetched, too.
pub(crate) fn check(folders: &Folders) -> Result<(), Failure> {
    Step::begin("cargo metadata --locked, of the fuzz targets").done(|| {
        let mut read = cargo(folders);
        read.args(["metadata", "--locked", "--quiet", "--format-version", "1", "--manifest-path"]);
        run(
            read.arg(folders.root().join(FUZZ)).stdout(Stdio::null()),
            "find the lock file of the fuzz targets up to date",
        )
        .map_err(|failure| failure.help(format!("`cargo update --workspace --manifest-path {FUZZ}` does it")))
    })?;
    let program = DENY.install(folders)?;
    Step::begin("cargo deny check").done(|| {
        let mut deny = beside_cargo(folders, &program);
        deny.args(["--locked", "--log-level", "error", "check", "licenses", "bans", "sources"]);
        run(&mut deny, "find every crate as deny.toml wants it")
    })?;
    check_advisories(folders, &program)
}

/// Fails if a crate has a known vulnerability. Where the database of those cannot be fetched, it is said that nothing was checked.
fn check_advisories(folders: &Folders, program: &Path) -> Result<(), Failure> {
    let mut fetch = beside_cargo(folders, program);
    fetch.args(["--log-level", "off", "fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !fetch.status().is_ok_and(|status| status.success()) {
        say(&format!(
            "{}: cargo deny check advisories, as the RustSec database cannot be fetched from github.com",
            painted(HELP, "skipped")
        ));
        return Ok(());
    }
    Step::begin("cargo deny check advisories").done(|| {
        let mut deny = beside_cargo(folders, program);
        deny.args(["--locked", "--offline", "--log-level", "error", "check", "advisories"]);
        run(&mut deny, "find every crate without a known vulnerability")
    })
}
