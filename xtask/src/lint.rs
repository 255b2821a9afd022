//! `lint`: everything that needs no run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::crates;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::python::{CHECKOV, LINTERS};
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
    crates::check(folders)?;
    lint_template(folders)?;
    lint_compose_files(folders)?;
    lint_github_files(folders)
}

fn lint_template(folders: &Folders) -> Result<(), Failure> {
    let linters = LINTERS.install(folders)?;
    Step::begin("cfn-lint infra/template.yaml").done(|| {
        let mut lint = tool(folders, &linters, "cfn-lint");
        run(lint.arg("--").arg(folders.template()), "find the template in order")
    })?;
    let checkov = CHECKOV.install(folders)?;
    Step::begin("checkov infra/template.yaml").done(|| {
        let mut scan = tool(folders, &checkov, "checkov");
        // It would ask its makers for descriptions of what it finds.
        scan.args(["--skip-download", "--quiet", "--compact", "--framework", "cloudformation", "--file"]);
        run(scan.arg(folders.template()), "find the template safe").map_err(|failure| {
            failure.help(
                "correct it; what is meant to be so has its reason beside it in the template, under Metadata: checkov: skip",
            )
        })
    })
}

fn lint_compose_files(folders: &Folders) -> Result<(), Failure> {
    for file in compose_files(folders)? {
        hold_to_schema(folders, "vendor.compose-spec", &file)?;
    }
    Ok(())
}

/// The workflows and issue forms of GitHub. actionlint, which sees more, has no package with its program in it.
fn lint_github_files(folders: &Folders) -> Result<(), Failure> {
    for (schema, files) in [
        ("vendor.github-workflows", ["workflows/ci.yml", "workflows/release.yml"]),
        ("vendor.github-issue-forms", ["ISSUE_TEMPLATE/bug.yml", "ISSUE_TEMPLATE/idea.yml"]),
    ] {
        for file in files {
            hold_to_schema(folders, schema, &folders.root().join(".github").join(file))?;
        }
    }
    Ok(())
}

/// Holds a file to one of the schemas that come with check-jsonschema.
fn hold_to_schema(folders: &Folders, schema: &str, file: &Path) -> Result<(), Failure> {
    let linters = LINTERS.install(folders)?;
    let shown = folders.shown(file);
    Step::begin(format!("schema {schema} of {shown}")).done(|| {
        let mut check = tool(folders, &linters, "check-jsonschema");
        check.args(["--quiet", "--builtin-schema", schema]).arg(file);
        run(&mut check, &format!("find {shown} as its schema wants it"))
    })
}

/// The files for docker compose: `compose.yaml`, and others that end so.
fn compose_files(folders: &Folders) -> Result<Vec<PathBuf>, Failure> {
    let folder = folders.root().join("localstack");
    let what = || format!("look into {}", folders.shown(&folder));
    let mut files = Vec::new();
    for entry in folder.read_dir().doing(what)? {
        let path = entry.doing(what)?.path();
        if path.to_string_lossy().ends_with("compose.yaml") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        Err(Failure::to(what()).because("no file is for docker compose"))
    } else {
        Ok(files)
    }
}

fn tool(folders: &Folders, bin: &Path, name: &str) -> Command {
    let mut tool = Command::new(bin.join(name));
    tool.current_dir(folders.root());
    tool
}
