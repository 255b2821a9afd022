//! `coverage`: the lines of `invoice` and `intake` that the tests pass through, and those that they do not.

mod lcov;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo_tools::LLVM_COV;
use crate::failure::{Doing, Failure};
use crate::figures::{self, Figures};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::{GOOD, heading, painted, say, table};
use lcov::{File, Lines, shown};

/// The crates that are measured, with the folder of their sources.
const MEASURED: [(&str, &str); 2] = [("invoice", "crates/invoice/src/"), ("intake", "crates/intake/src/")];

/// The least share of a crate's lines, in percent.
const LEAST: usize = 95;

/// The tests that are run: of the two crates themselves, and the suites over the strict world.
const TESTED: [&str; 3] = ["aduana-invoice", "aduana-intake", "aduana-tests"];

/// `cargo xtask coverage`: fails if one of the crates is below the least share; `write` puts the figures into
/// docs/reliability.md.
pub fn run_coverage(folders: &Folders, write: bool) -> Result<(), Failure> {
    let llvm = Llvm::find(folders)?;
    let program = LLVM_COV.install(folders)?;
    heading("The tests, with a counter on each line");
    let report = folders.target().join("llvm-cov/lcov.info");
    fs::create_dir_all(folders.target().join("llvm-cov")).doing(|| "make a folder in target".to_owned())?;
    let mut measure = cargo_command(folders, &program);
    measure
        .args(["llvm-cov", "test", "--locked", "--lib", "--tests", "--lcov", "--output-path"])
        .arg(&report);
    for package in TESTED {
        measure.args(["--package", package]);
    }
    run(measure.env("LLVM_COV", &llvm.cov).env("LLVM_PROFDATA", &llvm.profdata), "pass the tests")?;
    let text = fs::read_to_string(&report).doing(|| format!("read {}", folders.shown(&report)))?;
    let files = lcov::read(&text, folders.root())?;

    let mut figures = Figures::of("Lines that the tests pass through");
    let mut too_few = Vec::new();
    for (name, sources) in MEASURED {
        let files: Vec<&File> = files.iter().filter(|file| file.path.starts_with(sources)).collect();
        heading(name);
        say(&table(
            ["file", "lines", "covered", "percent", "not covered"],
            files.iter().map(|file| row(file)),
        ));
        let all = files.iter().fold(Lines::default(), |all, file| all.and(file.lines));
        figures.add(name, format!("{} of {} lines, {} %", all.covered, all.count, all.percent()));
        if all.is_below(LEAST) {
            too_few.push(name);
        }
    }
    figures.tell();
    if write {
        let document = folders.root().join("docs/reliability.md");
        figures::write_between(&document, "coverage", &figures.to_markdown())?;
    }
    if too_few.is_empty() {
        say(&format!("\n{}: at least {LEAST} % of each crate", painted(GOOD, "Covered")));
        return Ok(());
    }
    Err(Failure::to(format!("cover {LEAST} % of the lines"))
        .because(format!("fewer are covered of {}", too_few.join(" and of "))))
}

fn row(file: &File) -> [String; 5] {
    let Lines { count, covered } = file.lines;
    let path = file.path.display().to_string();
    [path, count.to_string(), covered.to_string(), file.lines.percent(), shown(&file.not_covered)]
}

/// A command for cargo that is not on cargo's own path.
fn cargo_command(folders: &Folders, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folders.root()).env("CARGO", cargo(folders).get_program());
    command
}

/// The programs that read what the counters wrote. They must be of the same LLVM as the compiler.
struct Llvm {
    cov: PathBuf,
    profdata: PathBuf,
}

impl Llvm {
    /// Those that the environment names, those of rustup's component, or those on the PATH.
    fn find(folders: &Folders) -> Result<Self, Failure> {
        if let (Some(cov), Some(profdata)) = (env::var_os("LLVM_COV"), env::var_os("LLVM_PROFDATA")) {
            return Ok(Self { cov: cov.into(), profdata: profdata.into() });
        }
        let in_folder = |folder: &Path| {
            let [cov, profdata] = ["llvm-cov", "llvm-profdata"].map(|name| folder.join(name));
            (cov.is_file() && profdata.is_file()).then_some(Self { cov, profdata })
        };
        let libraries = PathBuf::from(rustc(folders, &["--print", "target-libdir"])?.trim());
        if let Some(of_component) = libraries.parent().and_then(|folder| in_folder(&folder.join("bin"))) {
            return Ok(of_component);
        }
        let version = llvm_version(&rustc(folders, &["--verbose", "--version"])?)
            .ok_or_else(|| Failure::to("find out the LLVM of the compiler"))?;
        let [cov, profdata] = ["llvm-cov", "llvm-profdata"].map(|name| format!("{name}-{version}").into());
        let found = Self { cov, profdata };
        let answers = |program: &Path| {
            Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
        };
        if answers(&found.cov) && answers(&found.profdata) {
            return Ok(found);
        }
        Err(Failure::to(format!("find llvm-cov and llvm-profdata of LLVM {version}")).help(format!(
            "`rustup component add llvm-tools`, or on Debian `apt-get install llvm-{version}`; or name them by LLVM_COV and LLVM_PROFDATA"
        )))
    }
}

fn rustc(folders: &Folders, words: &[&str]) -> Result<String, Failure> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = rustc.args(words).current_dir(folders.root()).output().doing(|| "ask rustc".to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first number in the line `LLVM version: 22.1.2`.
fn llvm_version(said: &str) -> Option<u32> {
    let version = said.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_says_of_which_llvm_it_is() {
        assert_eq!(llvm_version("rustc 1.95.0\nhost: x\nLLVM version: 22.1.2\n"), Some(22));
        assert_eq!(llvm_version("rustc 1.95.0\n"), None);
    }
}
