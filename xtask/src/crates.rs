//! What the crates that we use may be: their licences and where they come from, as `deny.toml` says.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::Step;

/// cargo-deny, which crates.io has as source: one version, with the dependencies of its own lock file.
const VERSION: &str = "0.20.2";

/// Fails if a crate is not as `deny.toml` wants it. The crates for other systems are fetched, too.
pub(crate) fn check(folders: &Folders) -> Result<(), Failure> {
    let program = install(folders)?;
    Step::begin("cargo deny check").done(|| {
        let mut deny = Command::new(&program);
        deny.args(["--locked", "--log-level", "error", "check", "licenses", "bans", "sources"]);
        run(deny.current_dir(folders.root()), "find every crate as deny.toml wants it")
    })
}

fn install(folders: &Folders) -> Result<PathBuf, Failure> {
    let place = folders.private().join(format!("cargo-deny-{VERSION}"));
    let program = place.join("bin/cargo-deny");
    fs::create_dir_all(folders.private()).doing(|| "make the folder .aduana".to_owned())?;
    // Two commands at a time install once.
    let lock = File::create(folders.private().join("deny.lock"))
        .doing(|| "make a lock file in .aduana".to_owned())?;
    lock.lock().doing(|| "wait for another installation".to_owned())?;
    if program.exists() {
        return Ok(program);
    }
    Step::begin("Building cargo-deny, which takes some minutes the first time").done(|| {
        let mut install = cargo(folders);
        let version = format!("cargo-deny@{VERSION}");
        install.args(["install", "--locked", "--quiet", &version, "--root"]).arg(&place);
        // It is kept, and what it was built from is not.
        let scratch = folders.private().join("cargo-deny-build");
        let built = run(install.arg("--target-dir").arg(&scratch), "build cargo-deny");
        let cleaned = fs::remove_dir_all(&scratch).doing(|| format!("remove {}", folders.shown(&scratch)));
        built.and(cleaned)
    })?;
    Ok(program)
}
