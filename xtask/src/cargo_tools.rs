//! Commands for cargo that crates.io has as source: each in one version, with the dependencies of its own lock file.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::installed;
use crate::terminal::Step;

/// A command that cargo is extended with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CargoTool {
    /// The name of its crate and of its program.
    name: &'static str,
    version: &'static str,
}

/// What holds the crates that we use to `deny.toml`.
pub(crate) const DENY: CargoTool = CargoTool { name: "cargo-deny", version: "0.20.2" };
/// What lists the parts of a program in the form of CycloneDX.
pub(crate) const CYCLONEDX: CargoTool = CargoTool { name: "cargo-cyclonedx", version: "0.5.9" };

/// What counts which lines the tests pass through.
pub(crate) const LLVM_COV: CargoTool = CargoTool { name: "cargo-llvm-cov", version: "0.9.1" };

/// What changes the code in small ways, to see whether a test notices.
pub(crate) const MUTANTS: CargoTool = CargoTool { name: "cargo-mutants", version: "27.1.0" };

/// A release profile that takes half the time.
const QUICKLY_BUILT: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
];

impl CargoTool {
    /// Builds it into `.aduana/` unless it is there, and returns its program.
    pub(crate) fn install(self, folders: &Folders) -> Result<PathBuf, Failure> {
        let Self { name, version } = self;
        let place = folders.private().join(format!("{name}-{version}"));
        let program = place.join("bin").join(name);
        let _lock = installed::lock(folders, name)?;
        if program.exists() {
            return Ok(program);
        }
        Step::begin(format!("Building {name}, which takes some minutes the first time")).done(|| {
            let mut install = cargo(folders);
            let package = format!("{name}@{version}");
            install.args(["install", "--locked", "--quiet", &package, "--root"]).arg(&place);
            // What they do themselves takes seconds: on a machine of CI, which has none of them yet, building counts.
            install.envs(QUICKLY_BUILT);
            // It is kept, and what it was built from is not.
            let scratch = folders.private().join(format!("{name}-build"));
            let built = run(install.arg("--target-dir").arg(&scratch), &format!("build {name}"));
            let cleaned =
                fs::remove_dir_all(&scratch).doing(|| format!("remove {}", folders.shown(&scratch)));
            built.and(cleaned)
        })?;
        Ok(program)
    }
}
