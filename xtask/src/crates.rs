//! What the crates that we use may be: their licences and where they come from, as `deny.toml` says.

use std::process::Stdio;

use crate::cargo_tools::DENY;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{beside_cargo, cargo, run};
use crate::terminal::Step;

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
    })
}
