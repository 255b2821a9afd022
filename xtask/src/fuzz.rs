//! `fuzz`: inputs that libFuzzer makes up, through the code that reads what strangers send.
//!
//! The targets are in `tests/fuzz`; what must hold is in `aduana_testkit::hostile`. They are built as cargo-fuzz builds them, without a
//! sanitizer: the project has no unsafe code, and so the stable toolchain will do. `cargo fuzz run --fuzz-dir tests/fuzz decode`
//! works as well, with a nightly.

use std::fs::{self, File};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::crates::FUZZ;
use crate::failure::{Doing, Failure};
use crate::figures::Figures;
use crate::folders::Folders;
use crate::functions::{cargo, run, said_by};
use crate::terminal::{GOOD, Step, painted, say};

/// The targets, by the names of their files in `tests/fuzz/fuzz_targets`.
const TARGETS: [&str; 5] = ["decode", "validate", "patch", "envelopes", "attributes"];

/// So many run at a time.
const AT_ONCE: usize = 2;

/// The instruments by which libFuzzer sees which code an input reaches.
const INSTRUMENTS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The largest input that is made up: large enough for every place of the code, small enough for thousands a second. What is as
/// large as it may come is tried by itself, before.
const LENGTH_MAX: &str = "-max_len=8192";

/// An input after which the process has more than that, in MB, has leaked or run away; and one that takes so many seconds hangs.
/// What one input may cost, 64 MB and 50 ms, is measured in the target.
const PROCESS_MAX: &str = "-rss_limit_mb=1024";
const HANGS: &str = "-timeout=10";

/// `cargo xtask fuzz`: builds the targets, tries the worst inputs, and has libFuzzer make up others, so many seconds a target; `write`
/// puts the figures into docs/reliability.md.
pub fn run_fuzz(folders: &Folders, seconds: u32, seed: u64, write: bool) -> Result<(), Failure> {
    let place = Place { folders, folder: folders.private().join("fuzz") };
    let built = Step::begin("Building the fuzz targets, which takes some minutes the first time")
        .done(|| place.build())?;
    Step::begin("Writing the seeds").done(|| place.write_seeds())?;
    let rounds = TARGETS.len().div_ceil(AT_ONCE);
    let mut tried = Vec::new();
    Step::begin(format!("Fuzzing, {seconds} s each, in {rounds} rounds")).done(|| {
        for together in TARGETS.chunks(AT_ONCE) {
            let ended = thread::scope(|threads| {
                let begin = |target: &&'static str| {
                    let (place, target, program) = (&place, *target, built.join(target));
                    threads.spawn(move || place.try_target(target, &program, seconds, seed))
                };
                let running: Vec<_> = together.iter().map(begin).collect();
                let ended =
                    running.into_iter().map(|run| run.join().unwrap_or_else(|panic| resume_unwind(panic)));
                ended.collect::<Result<Vec<_>, Failure>>()
            })?;
            tried.extend(ended);
        }
        Ok(())
    })?;
    figures(&tried, seconds).publish(folders, "fuzz", write)?;
    say(&format!("\n{}", painted(GOOD, "No input broke anything")));
    Ok(())
}

/// Where everything is.
struct Place<'f> {
    folders: &'f Folders,
    folder: PathBuf,
}

impl Place<'_> {
    /// Builds the targets. Says where they are.
    fn build(&self) -> Result<PathBuf, Failure> {
        let host = host(self.folders)?;
        if !host.contains("linux") {
            return Err(Failure::to("build the fuzz targets")
                .because(format!("this is {host}, and they are built and measured on Linux"))
                .help("`cargo fuzz run --fuzz-dir tests/fuzz decode` may do it, with a nightly toolchain"));
        }
        let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
        if Command::new(&compiler).arg("--version").output().is_err() {
            return Err(Failure::to("build the fuzz targets")
                .because(format!("there is no C++ compiler {}, which libFuzzer needs", compiler.display()))
                .help("`sudo apt-get install g++`, or set CXX"));
        }
        let target = self.folders.target().join("fuzz");
        let mut build = cargo(self.folders);
        build.args(["build", "--locked", "--quiet", "--release", "--bins", "--target", &host]);
        build.arg("--manifest-path");
        build.arg(self.folders.root().join(FUZZ)).arg("--target-dir").arg(&target);
        run(
            build.env("RUSTFLAGS", INSTRUMENTS).env_remove("CARGO_ENCODED_RUSTFLAGS"),
            "build the fuzz targets",
        )?;
        Ok(target.join(host).join("release"))
    }

    fn write_seeds(&self) -> Result<(), Failure> {
        let mut write = cargo(self.folders);
        write.args(["run", "--locked", "--quiet", "--package", "aduana-tests", "--example", "seeds", "--"]);
        run(write.arg(&self.folder), "write the seeds")
    }

    /// An empty folder for what one target leaves behind, or one that is there.
    fn folder_of(&self, kind: &str, target: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(kind).join(target);
        fs::create_dir_all(&folder).doing(|| format!("make the folder {}", folder.display()))?;
        Ok(folder)
    }

    /// Tries the worst inputs of a target, and then has libFuzzer make up others.
    fn try_target(
        &self,
        target: &'static str,
        program: &Path,
        seconds: u32,
        seed: u64,
    ) -> Result<Tried, Failure> {
        let [log, of_worst, of_made_up, words] = ["log", "figures", "made-up", "dict"]
            .map(|ending| self.folder.join(format!("{target}.{ending}")));
        let run = |fuzzer: &mut Command, figures: &Path| {
            let said = File::create(&log).doing(|| format!("write {}", log.display()))?;
            fs::write(figures, "").doing(|| format!("write {}", figures.display()))?;
            fuzzer.args([HANGS, PROCESS_MAX]).env("ADUANA_FIGURES", figures);
            let ended = fuzzer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).status();
            let is_good = ended.doing(|| format!("fuzz {target}"))?.success();
            if is_good { Ok(()) } else { Err(self.failure(target, program, &log)) }
        };
        let worst = files_in(&self.folder_of("worst", target)?)?;
        let cost_of_worst = if worst.is_empty() {
            (0, 0)
        } else {
            run(Command::new(program).args(worst), &of_worst)?;
            most(&of_worst)
        };
        let mut fuzzer = Command::new(program);
        fuzzer.arg(self.folder_of("corpus", target)?).arg(self.folder.join("seeds").join(target));
        fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-seed={seed}"));
        fuzzer.args([LENGTH_MAX, "-print_final_stats=1"]).arg(format!("-dict={}", words.display()));
        fuzzer.arg(format!("-artifact_prefix={}/", self.folder_of("found", target)?.display()));
        run(&mut fuzzer, &of_made_up)?;
        let said = fs::read(&log).doing(|| format!("read {}", log.display()))?;
        let said = String::from_utf8_lossy(&said);
        let stat = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
            line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        Ok(Tried {
            target,
            runs: stat("number_of_executed_units"),
            a_second: stat("average_exec_per_sec"),
            new: stat("new_units_added"),
            worst: cost_of_worst,
            made_up: most(&of_made_up),
        })
    }

    /// What the log says of a target that did not end well: the reason, the file of the input, and how to see it again.
    fn failure(&self, target: &str, program: &Path, log: &Path) -> Failure {
        let text =
            fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let written = text.lines().filter_map(|line| line.split_once("Test unit written to ")).next_back();
        let running = text.lines().filter_map(|line| line.strip_prefix("Running: ")).next_back();
        let input = written.map(|(_, file)| file).or(running).unwrap_or("?").to_owned();
        let lines: Vec<&str> = text.lines().collect();
        let panic = lines.iter().position(|line| line.contains("panicked at"));
        let reason = match panic {
            Some(at) => {
                lines.get(at..).unwrap_or_default().iter().take(2).copied().collect::<Vec<_>>().join(" ")
            }
            None => {
                lines.iter().find(|line| line.contains("ERROR: ")).copied().unwrap_or("it ended").to_owned()
            }
        };
        Failure::to(format!("fuzz {target}")).because(reason).help(format!(
            "`{} {input}` does it again; once it is corrected, the input belongs into tests/hostile/found/{}; the log is {}",
            self.folders.shown(program),
            target,
            self.folders.shown(log)
        ))
    }
}

/// The platform of this toolchain.
fn host(folders: &Folders) -> Result<String, Failure> {
    let what = "ask rustc for its platform";
    let text = said_by(Command::new("rustc").arg("-vV").current_dir(folders.root()), what)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::to(what).because("it does not say"))
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let what = || format!("look into {}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).doing(what)?.collect();
    let mut files: Vec<PathBuf> = entries.doing(what)?.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// What one target has tried.
struct Tried {
    target: &'static str,
    /// How often, and how often a second.
    runs: u64,
    a_second: u64,
    /// Inputs that reached what no other had reached.
    new: u64,
    /// The most that one cost, of the worst inputs and of those that were made up: microseconds and bytes.
    worst: (u64, u64),
    made_up: (u64, u64),
}

/// The most of each in a file of lines `<what>\t<microseconds>\t<bytes>`.
fn most(figures: &Path) -> (u64, u64) {
    let text = fs::read_to_string(figures).unwrap_or_default();
    text.lines().fold((0, 0), |(time, bytes), line| {
        let mut numbers = line.split('\t').skip(1).map(|number| number.parse().unwrap_or(0));
        (time.max(numbers.next().unwrap_or(0)), bytes.max(numbers.next().unwrap_or(0)))
    })
}

fn figures(tried: &[Tried], seconds: u32) -> Figures {
    let mut figures = Figures::of(format!("Fuzzing, {seconds} s a target"));
    let cost = |(micros, bytes): (u64, u64)| {
        format!(
            "{}.{} ms, {}.{} MB",
            micros / 1000,
            micros % 1000 / 100,
            bytes / 1_000_000,
            bytes % 1_000_000 / 100_000
        )
    };
    for Tried { target, runs, a_second, new, worst, made_up } in tried {
        figures.add(
            format!("`{target}`: inputs tried"),
            format!("{runs}, {a_second} a second, {new} reached something new"),
        );
        figures.add(format!("`{target}`: the most that one of them took"), cost(*made_up));
        if *worst != (0, 0) {
            figures.add(format!("`{target}`: the most that one of the largest took"), cost(*worst));
        }
    }
    figures.add("inputs over what they may take, in time or memory", "0");
    figures.add("panics and broken assertions", "0");
    figures
}
