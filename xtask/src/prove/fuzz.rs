//! `fuzz`: inputs that libFuzzer makes up, through the code that reads what strangers send.
//!
//! The targets are in `tests/fuzz`; what must hold is in `aduana_testkit::hostile`. They are built as cargo-fuzz builds them, without a
//! sanitizer: the project has no unsafe code, and so the stable toolchain will do. `cargo fuzz run --fuzz-dir tests/fuzz decode`
//! works as well, with a nightly.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Budget;
use crate::crates::FUZZ;
use crate::failure::{Doing, Failure};
use crate::figures::Figures;
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::Step;

/// The targets, by the names of their files in `tests/fuzz/fuzz_targets`.
const TARGETS: [&str; 5] = ["decode", "validate", "patch", "envelopes", "attributes"];

/// So many run at a time.
const AT_ONCE: usize = 2;

/// What the targets have of the time, in hundredths: two at a time, each has a minute of five.
const SHARE: u32 = 50;

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

/// Builds the targets, tries the worst inputs, and has libFuzzer make up others.
pub(super) fn run_fuzz(folders: &Folders, budget: Budget) -> Result<Figures, Failure> {
    let place = Place { folders, folder: folders.private().join("fuzz") };
    let built = Step::begin("Building the fuzz targets, which takes some minutes the first time")
        .done(|| place.build())?;
    Step::begin("Writing the seeds").done(|| place.write_seeds())?;
    let rounds = u32::try_from(TARGETS.len().div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
    let (all, each) = (budget.share(SHARE), u32::try_from(TARGETS.len()).unwrap_or(u32::MAX));
    let time = (all * u32::try_from(AT_ONCE).unwrap_or(1) / each).max(Duration::from_secs(1));
    let what = format!("Fuzzing, {} s each, in {rounds} rounds", time.as_secs());
    let mut tried = Vec::new();
    Step::begin(what).done(|| {
        for together in TARGETS.chunks(AT_ONCE) {
            let runs: Result<Vec<_>, _> = together
                .iter()
                .map(|target| {
                    Run { place: &place, target, program: built.join(target) }.begin(time, budget.seed)
                })
                .collect();
            for running in runs? {
                tried.push(running.end()?);
            }
        }
        Ok(())
    })?;
    Ok(told(&tried, time))
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
        build.args([
            "build",
            "--locked",
            "--quiet",
            "--release",
            "--bins",
            "--target",
            &host,
            "--manifest-path",
        ]);
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
    fn of(&self, kind: &str, target: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(kind).join(target);
        fs::create_dir_all(&folder).doing(|| format!("make the folder {}", folder.display()))?;
        Ok(folder)
    }
}

/// The platform of this toolchain.
fn host(folders: &Folders) -> Result<String, Failure> {
    let what = || "ask rustc for its platform".to_owned();
    let output = Command::new("rustc").arg("-vV").current_dir(folders.root()).output().doing(what)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::to(what()).because("it does not say"))
}

/// One target at work.
struct Run<'p> {
    place: &'p Place<'p>,
    target: &'static str,
    program: PathBuf,
}

/// One target whose program runs.
struct Running<'p> {
    run: Run<'p>,
    child: Child,
    log: PathBuf,
    figures: PathBuf,
}

impl<'p> Run<'p> {
    /// Tries the worst inputs, and then has libFuzzer begin.
    fn begin(self, time: Duration, seed: u64) -> Result<Running<'p>, Failure> {
        let folder = &self.place.folder;
        let log = folder.join(format!("{}.log", self.target));
        let figures = folder.join(format!("{}.figures", self.target));
        let found = self.place.of("found", self.target)?;
        let corpus = self.place.of("corpus", self.target)?;
        let mut program = Command::new(&self.program);
        let worst = self.place.of("worst", self.target)?;
        if fs::read_dir(&worst).is_ok_and(|mut files| files.next().is_some()) {
            let mut tries = Command::new(&self.program);
            tries.args(files_in(&worst)?).arg(HANGS).arg(PROCESS_MAX);
            let done = self.spawn(&mut tries, &log, &figures)?.wait().doing(|| self.what())?;
            if !done.success() {
                return Err(self.failure(&log));
            }
        }
        program.arg(corpus).arg(folder.join("seeds").join(self.target));
        program.arg(format!("-max_total_time={}", time.as_secs())).arg(format!("-seed={seed}"));
        program.args([LENGTH_MAX, PROCESS_MAX, HANGS, "-print_final_stats=1"]);
        program.arg(format!("-dict={}", folder.join(format!("{}.dict", self.target)).display()));
        program.arg(format!("-artifact_prefix={}/", found.display()));
        let child = self.spawn(&mut program, &log, &figures.with_extension("made-up"))?;
        Ok(Running { run: self, child, log, figures })
    }

    fn what(&self) -> String {
        format!("fuzz {}", self.target)
    }

    fn spawn(&self, program: &mut Command, log: &Path, figures: &Path) -> Result<Child, Failure> {
        let file = File::create(log).doing(|| format!("write {}", log.display()))?;
        fs::write(figures, "").doing(|| format!("write {}", figures.display()))?;
        program.env("ADUANA_FIGURES", figures).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        program.spawn().doing(|| self.what())
    }

    /// What the log says of a target that did not end well: the reason, the file of the input, and how to see it again.
    fn failure(&self, log: &Path) -> Failure {
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
        Failure::to(self.what()).because(reason).help(format!(
            "`{} {input}` does it again; once it is mended, the input belongs into tests/hostile/found/{}; the log is {}",
            self.place.folders.shown(&self.program),
            self.target,
            self.place.folders.shown(log)
        ))
    }
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

impl Running<'_> {
    fn end(mut self) -> Result<Tried, Failure> {
        let done = self.child.wait().doing(|| self.run.what())?;
        if !done.success() {
            return Err(self.run.failure(&self.log));
        }
        let text = fs::read(&self.log).doing(|| format!("read {}", self.log.display()))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let stat = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
            line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        Ok(Tried {
            target: self.run.target,
            runs: stat("number_of_executed_units"),
            a_second: stat("average_exec_per_sec"),
            new: stat("new_units_added"),
            worst: most(&self.figures),
            made_up: most(&self.figures.with_extension("made-up")),
        })
    }
}

/// The most of each in a file of lines `<what>\t<microseconds>\t<bytes>`.
fn most(figures: &Path) -> (u64, u64) {
    let text = fs::read_to_string(figures).unwrap_or_default();
    text.lines().fold((0, 0), |(time, bytes), line| {
        let mut numbers = line.split('\t').skip(1).map(|number| number.parse().unwrap_or(0));
        (time.max(numbers.next().unwrap_or(0)), bytes.max(numbers.next().unwrap_or(0)))
    })
}

fn told(tried: &[Tried], time: Duration) -> Figures {
    let mut figures = Figures::of(format!("Fuzzing, {} s a target", time.as_secs()));
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
