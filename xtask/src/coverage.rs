//! `coverage`: the lines of the crates that decide that the tests pass through, and those that they do not. cargo-llvm-cov counts them.

use std::env;
use std::process::Command;

use serde_json::Value;

use crate::cargo_tools::LLVM_COV;
use crate::failure::{Doing, Failure};
use crate::figures::Figures;
use crate::folders::Folders;
use crate::functions::{beside_cargo, run, said_by};
use crate::terminal::{GOOD, heading, painted, say};

/// The crates that are measured.
const MEASURED: [&str; 4] = ["invoice", "cases", "intake", "redrive"];

/// The least share of a crate's lines, in percent.
const LEAST: &str = "95";

/// The tests that are run: of these crates themselves, and the suites over the strict world.
const TESTED: [&str; 5] =
    ["aduana-invoice", "aduana-cases", "aduana-intake", "aduana-redrive", "aduana-tests"];

/// `cargo xtask coverage`: fails if one of the crates is below the least share; `write` puts the figures into
/// docs/reliability.md.
pub fn run_coverage(folders: &Folders, write: bool) -> Result<(), Failure> {
    let program = LLVM_COV.install(folders)?;
    let llvm = llvm(folders)?;
    let llvm_cov = |word: &str| {
        let mut command = beside_cargo(folders, &program);
        command.args(["llvm-cov", word]).envs(llvm.iter().map(|(variable, program)| (variable, program)));
        command
    };
    heading("The tests, with a counter on each line");
    let mut tests = llvm_cov("test");
    tests.args(["--no-report", "--locked", "--lib", "--tests"]);
    run(tests.args(TESTED.iter().flat_map(|package| ["--package", package])), "pass the tests")?;
    let mut figures = Figures::of("Lines that the tests pass through");
    let mut covered = Ok(());
    for name in MEASURED {
        heading(name);
        let package = format!("aduana-{name}");
        let mut report = llvm_cov("report");
        report.args(["--package", &package, "--show-missing-lines", "--fail-under-lines", LEAST]);
        covered = covered.and(run(&mut report, &format!("cover {LEAST} % of the lines of {name}")));
        let mut summary = llvm_cov("report");
        summary.args(["--package", &package, "--json", "--summary-only"]);
        figures.add(name, figure(&said_by(&mut summary, "count the lines")?)?);
    }
    figures.publish(folders, "coverage", write)?;
    covered?;
    say(&format!("\n{}: at least {LEAST} % of each crate", painted(GOOD, "Covered")));
    Ok(())
}

/// `97 of 100 lines, 97.0 %`, by a summary in JSON; the percentage is rounded down.
fn figure(summary: &str) -> Result<String, Failure> {
    let what = || "understand the summary of llvm-cov".to_owned();
    #[expect(clippy::disallowed_methods, reason = "a count of lines, not an invoice")]
    let summary: Value = serde_json::from_str(summary).doing(what)?;
    let lines = |name: &str| summary.pointer(&format!("/data/0/totals/lines/{name}"))?.as_u64();
    let (count, covered) =
        lines("count").zip(lines("covered")).ok_or_else(|| Failure::to(what()).because("it has no lines"))?;
    let thousandths = (covered * 1000).checked_div(count).unwrap_or(1000);
    Ok(format!("{covered} of {count} lines, {}.{} %", thousandths / 10, thousandths % 10))
}

/// Debian's programs of the compiler's LLVM, which have its version in their names. Without them cargo-llvm-cov looks for those of
/// rustup, or says how to get them.
fn llvm(folders: &Folders) -> Result<Vec<(&'static str, String)>, Failure> {
    const PROGRAMS: [(&str, &str); 2] = [("LLVM_COV", "llvm-cov"), ("LLVM_PROFDATA", "llvm-profdata")];
    if PROGRAMS.iter().any(|(variable, _)| env::var_os(variable).is_some()) {
        return Ok(Vec::new());
    }
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let said = said_by(rustc.args(["--verbose", "--version"]).current_dir(folders.root()), "ask rustc")?;
    let Some(version) = llvm_version(&said) else { return Ok(Vec::new()) };
    let found = PROGRAMS.map(|(variable, name)| (variable, format!("{name}-{version}")));
    let answers =
        |program: &str| said_by(Command::new(program).arg("--version"), "ask for its version").is_ok();
    Ok(if found.iter().all(|(_, program)| answers(program)) { found.to_vec() } else { Vec::new() })
}

/// The first number in the line `LLVM version: 22.1.2`.
fn llvm_version(said: &str) -> Option<&str> {
    let version = said.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_says_of_which_llvm_it_is() {
        assert_eq!(llvm_version("rustc 1.95.0\nhost: x\nLLVM version: 22.1.2\n"), Some("22"));
        assert_eq!(llvm_version("rustc 1.95.0\n"), None);
    }

    #[test]
    fn what_is_not_all_is_never_shown_as_all() {
        let summary = |covered: u32| {
            let lines = serde_json::json!({ "count": 10_000, "covered": covered });
            serde_json::json!({ "data": [{ "totals": { "lines": lines } }] }).to_string()
        };
        assert_eq!(figure(&summary(9_999)).expect("figures"), "9999 of 10000 lines, 99.9 %");
        assert_eq!(figure(&summary(10_000)).expect("figures"), "10000 of 10000 lines, 100.0 %");
        assert!(figure("{}").is_err());
    }
}
