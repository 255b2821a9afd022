//! `test`: everything that can be checked on this machine.

use std::ffi::OsString;
use std::time::Instant;

use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{self, Profile, cargo, run};
use crate::kafka::{ADDRESS_VARIABLE, Broker};
use crate::local_aws::{Life, LocalAws};
use crate::package::before_path;
use crate::python::{AWS_TOOLS, CARGO_LAMBDA, LOCAL_AWS};
use crate::terminal::{GOOD, Step, heading, painted, say};

const NAME: &str = "test";

/// How much is tested of what has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// What one waits for.
    Usual,
    /// What a night has time for.
    Nightly,
}

impl Size {
    /// What the tests are told: how many random histories, how many cases of one resend.
    const fn told(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Usual => &[],
            Self::Nightly => &[("ADUANA_HISTORIES", "10000"), ("ADUANA_RESEND_CASES", "1000")],
        }
    }
}

/// `cargo xtask test`: those that need nothing, those that need a local AWS, or both.
pub fn run_test(folders: &Folders, alone: bool, with_local_aws: bool, size: Size) -> Result<(), Failure> {
    let begun = Instant::now();
    if alone {
        heading("Tests that need nothing");
        let mut tests = cargo(folders);
        tests.args(["test", "--locked", "--workspace", "--no-fail-fast"]).envs(size.told().iter().copied());
        run(&mut tests, "pass the tests")?;
    }
    if with_local_aws {
        heading("End to end, on a local AWS of their own");
        end_to_end(folders, size)?;
    }
    let left_out = match (alone, with_local_aws) {
        (true, true) => "",
        (true, false) => "; those on a local AWS were left out",
        (false, _) => "; those that need no local AWS were left out",
    };
    say(&format!("\n{} in {} s{left_out}", painted(GOOD, "All tests passed"), begun.elapsed().as_secs()));
    Ok(())
}

/// `cargo xtask test --long`: the tools that people build and deploy with, as the docs tell to use them.
pub fn run_long(folders: &Folders) -> Result<(), Failure> {
    let begun = Instant::now();
    CARGO_LAMBDA.install(folders)?;
    let tools = AWS_TOOLS.install(folders)?;
    heading("What takes long, on a local AWS of its own");
    on_local_aws(folders, "long", &[("PATH", before_path(&tools)?)])?;
    say(&format!("\n{} in {} s", painted(GOOD, "The long tests passed"), begun.elapsed().as_secs()));
    Ok(())
}

fn end_to_end(folders: &Folders, size: Size) -> Result<(), Failure> {
    let told: Vec<_> = size.told().iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    on_local_aws(folders, "local_aws", &told)
}

/// Runs one target of the end-to-end tests.
fn on_local_aws(folders: &Folders, target: &str, env: &[(&str, OsString)]) -> Result<(), Failure> {
    let bin = LOCAL_AWS.install(folders)?;
    Step::begin("Building the functions").loud(|| functions::build(folders, Profile::Dev))?;
    // Built before anything is started: what does not compile leaves nothing running.
    let words =
        ["test", "--locked", "--package", "aduana-tests", "--features", "local-aws", "--test", target];
    run(cargo(folders).args(words).arg("--no-run"), "build the end-to-end tests")?;
    let broker = Step::begin("Starting a Kafka broker").done(|| Broker::obtain(folders, "test-broker"))?;
    let local = Step::begin("Starting a local AWS")
        .done(|| LocalAws::start(folders, NAME, &bin, Life::ThisCommand))?;
    let mut tests = cargo(folders);
    // They deploy stacks of their own, from the zips that were just made.
    tests.args(words).env("ADUANA_E2E_ENDPOINT", local.endpoint()).envs(env.iter().cloned());
    tests.env(ADDRESS_VARIABLE, broker.address());
    let tested = run(&mut tests, "pass the end-to-end tests").map_err(|failure| {
        failure.help(format!("what the functions said is in {}", folders.shown(&local.log())))
    });
    let stopped = local.stop();
    tested.and(stopped)
}
