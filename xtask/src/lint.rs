//! `lint`: everything that needs no run.

use std::process::Command;

use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::python::CFN_LINT;
use crate::terminal::Step;

/// `cargo xtask lint`.
pub fn run_lint(folders: &Folders) -> Result<(), Failure> {
    for component in ["fmt", "clippy"] {
        let there = cargo(folders).args([component, "--version"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            let name = if component == "fmt" { "rustfmt" } else { component };
            return Err(Failure::to(format!("find cargo {component}"))
                .because("it is not installed")
                .help(format!("`rustup component add {name}`")));
        }
    }
    Step::begin("cargo fmt").done(|| {
        run(cargo(folders).args(["fmt", "--all", "--check"]), "find the code formatted")
            .map_err(|failure| failure.help("`cargo fmt --all` formats it"))
    })?;
    Step::begin("cargo clippy").loud(|| {
        let words =
            ["clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
        run(cargo(folders).args(words), "find the code without warnings")
    })?;
    let bin = CFN_LINT.install(folders)?;
    Step::begin("cfn-lint infra/template.yaml").done(|| {
        let mut lint = Command::new(bin.join("cfn-lint"));
        run(lint.arg("--").arg(folders.template()).current_dir(folders.root()), "find the template in order")
    })
}
