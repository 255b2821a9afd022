//! `mutants`: small changes of the code, one at a time, each of which a test should notice. cargo-mutants makes and tries them.
//!
//! `.cargo/mutants.toml` says what it changes and what it leaves alone; [`page`], why no test notices some of the changes.

mod page;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo_tools::MUTANTS;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{beside_cargo, said_by};
use crate::sources;
use crate::terminal::{GOOD, HELP, heading, painted, say};
use page::PAGE;

/// What is mutated, with the packages whose tests are to notice. The rules are tested where they are; what happens to a message, above
/// all by the suites over the strict world.
const PACKAGES: [(&str, &str); 4] = [
    ("aduana-invoice", "aduana-invoice"),
    ("aduana-cases", "aduana-cases,aduana-tests"),
    ("aduana-intake", "aduana-intake,aduana-tests"),
    ("aduana-redrive", "aduana-redrive,aduana-tests"),
];

/// Fewer random cases than usual: a mutant that only one in thousands would show is not caught in any case. The same ones each
/// time, so that a mutant that survives does so again.
const TESTS: [(&str, &str); 5] = [
    ("PROPTEST_CASES", "32"),
    ("PROPTEST_RNG_SEED", "1"),
    ("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1"),
    ("ADUANA_HISTORIES", "40"),
    ("INSTA_UPDATE", "no"),
];

/// What a process may take, in kilobytes of addresses: a vector that grows without an end fails before the machine does.
const MEMORY: &str = "8000000";

/// Sets that limit where the system has it, and becomes the program.
const WITH_LIMIT: &str = r#"ulimit -v "$1" 2>/dev/null; shift; exec "$@""#;

/// How long a build may take, in seconds: the compiler computes constants, and a mutant may make it do so for ever.
const BUILD_MAX: &str = "240";

/// Which mutants.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Only those in what has changed since this revision; since the branch left main, if it is empty.
    pub since: Option<&'o str>,
    /// Only this part of them, as `K/N`.
    pub shard: Option<&'o str>,
    /// Further arguments of cargo-mutants.
    pub words: &'o [String],
}

/// `cargo xtask mutants`: fails if a mutant survives that `tests/mutants.md` does not explain.
pub fn run_mutants(folders: &Folders, options: Options<'_>) -> Result<(), Failure> {
    let explained = page::read(folders)?;
    let program = MUTANTS.install(folders)?;
    let place = folders.private().join("mutants");
    let tree = place.join("tree");
    sources::copy(folders.root(), &tree).doing(|| format!("copy the sources to {}", folders.shown(&tree)))?;
    let mut words: Vec<OsString> = options.words.iter().map(OsString::from).collect();
    if let Some(since) = options.since {
        words.extend(["--in-diff".into(), changes(folders, since, &place)?.into()]);
    }
    words.extend(options.shard.into_iter().flat_map(|shard| ["--shard".into(), shard.into()]));
    let mut survivors = String::new();
    for (package, tested_by) in PACKAGES {
        heading(package);
        let mut mutants = beside_cargo(folders, "sh");
        mutants.args(["-c", WITH_LIMIT, "sh", MEMORY]).arg(&program);
        mutants.args(["mutants", "--in-place", "--package", package, "--test-package", tested_by]);
        mutants.args(["--build-timeout", BUILD_MAX]).args(&words).current_dir(&tree);
        survivors += &survivors_of(folders, mutants.envs(TESTS), &place, package)?;
    }
    let survived = page::count(survivors.lines());
    let gone = page::more(&explained, &survived);
    if words.is_empty() && !gone.is_empty() {
        let gone = gone.join("\n  ");
        say(&format!("\n{}: {PAGE} explains what no longer survives:\n  {gone}", painted(HELP, "note")));
    }
    let not_explained = page::more(&survived, &explained);
    if not_explained.is_empty() {
        say(&format!("\n{}", painted(GOOD, "Every mutant is caught or explained")));
        return Ok(());
    }
    Err(Failure::to("catch or explain every mutant")
        .because(format!("\n  {}", not_explained.join("\n  ")))
        .help(format!("write a test that fails with it, or say in {PAGE} why there can be none")))
}

/// Writes down what has changed in the sources since a revision of git, for cargo-mutants to read.
fn changes(folders: &Folders, since: &str, place: &Path) -> Result<PathBuf, Failure> {
    let what = "find out what has changed";
    let git = |words: &[&str]| said_by(Command::new("git").args(words).current_dir(folders.root()), what);
    let begin = match since {
        "" => git(&["merge-base", "main", "HEAD"])
            .map_err(|failure| failure.help("name a revision: `cargo xtask mutants --diff REVISION`"))?,
        revision => revision.to_owned(),
    };
    let diff = git(&["diff", "--no-color", "--no-ext-diff", begin.trim(), "--", "crates"])?;
    let file = place.join("changes.diff");
    fs::write(&file, diff).doing(|| format!("write {}", folders.shown(&file)))?;
    Ok(file)
}

/// Has cargo-mutants try the mutants of a package, and returns those that survived, a line each.
fn survivors_of(
    folders: &Folders,
    mutants: &mut Command,
    place: &Path,
    package: &str,
) -> Result<String, Failure> {
    let doing = || format!("try the mutants of {package}");
    let output = place.join(package);
    if output.exists() {
        fs::remove_dir_all(&output).doing(doing)?;
    }
    fs::create_dir_all(&output).doing(doing)?;
    mutants.arg("--output").arg(&output).env("CARGO_TARGET_DIR", place.join("target"));
    let status = mutants.status().doing(doing)?;
    let missed = output.join("mutants.out/missed.txt");
    match status.code() {
        // 2: some survived. 3: some were out of time, which is as good as caught.
        Some(0 | 2 | 3) if missed.exists() => fs::read_to_string(&missed).doing(doing),
        // None was to be tried.
        Some(0) => Ok(String::new()),
        _ => Err(Failure::to(doing())
            .because(status.to_string())
            .help(format!("what was built and tested is logged in {}", folders.shown(&output)))),
    }
}
