//! What the crates that we use may be: their licences and where they come from, as `deny.toml` says.

use std::process::Command;

use crate::cargo_tools::DENY;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::run;
use crate::terminal::Step;

/// Fails if a crate is not as `deny.toml` wants it. The crates for other systems are fetched, too.
pub(crate) fn check(folders: &Folders) -> Result<(), Failure> {
    let program = DENY.install(folders)?;
    Step::begin("cargo deny check").done(|| {
        let mut deny = Command::new(&program);
        deny.args(["--locked", "--log-level", "error", "check", "licenses", "bans", "sources"]);
        run(deny.current_dir(folders.root()), "find every crate as deny.toml wants it")
    })
}
