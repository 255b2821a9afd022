//! `test`: everything that can be checked on this machine.

use std::ffi::OsString;
use std::time::Instant;

use crate::browser::Programs;
use crate::compose::Compose;
use crate::emulator;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{self, Profile, cargo, run};
use crate::kafka::{ADDRESS_VARIABLE, Broker};
use crate::local_aws::{Life, LocalAws};
use crate::package::{before_path, comparable};
use crate::python::{AWS_TOOLS, CARGO_LAMBDA, LOCAL_AWS};
use crate::terminal::{GOOD, HELP, Step, complain, heading, painted, say};

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
    /// The settings of the tests: how many random histories, how many cases of one resend.
    const fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Usual => &[],
            Self::Nightly => &[("ADUANA_HISTORIES", "10000"), ("ADUANA_RESEND_CASES", "1000")],
        }
    }
}

/// Which tests.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// Those that need nothing.
    pub alone: bool,
    /// Those that need a local AWS.
    pub with_local_aws: bool,
    /// Whether those that need a browser must not be left out where there is none.
    pub browser_is_due: bool,
    /// How much of what has no end.
    pub size: Size,
}

/// `cargo xtask test`: those that need nothing, those that need a local AWS, or both.
pub fn run_test(folders: &Folders, which: Which) -> Result<(), Failure> {
    let begun = Instant::now();
    let size = which.size;
    let browser = match Programs::find() {
        Err(failure) if which.browser_is_due => return Err(failure),
        found => found,
    };
    if which.alone {
        heading("Tests that need nothing");
        let mut tests = cargo(folders);
        tests
            .args(["test", "--locked", "--workspace", "--no-fail-fast"])
            .envs(size.settings().iter().copied());
        run(&mut tests, "pass the tests")?;
    }
    if which.with_local_aws {
        heading("End to end, on a local AWS of their own");
        end_to_end(folders, size, browser.as_ref().ok())?;
    }
    let left_out = match (which.alone, which.with_local_aws) {
        (true, true) => "",
        (true, false) => "; those on a local AWS were left out",
        (false, _) => "; those that need no local AWS were left out",
    };
    say(&format!("\n{} in {} s{left_out}", painted(GOOD, "All tests passed"), begun.elapsed().as_secs()));
    if let (true, Err(failure)) = (which.with_local_aws, &browser) {
        say(&format!("\n{}: the console in a browser was not tested", painted(HELP, "skipped")));
        complain(failure);
    }
    Ok(())
}

/// `cargo xtask test --long`: the tools that people build and deploy with, used as the documents say.
pub fn run_long(folders: &Folders) -> Result<(), Failure> {
    let begun = Instant::now();
    CARGO_LAMBDA.install(folders)?;
    let tools = AWS_TOOLS.install(folders)?;
    let left_out = in_docker(folders)?;
    heading("What takes long, on a local AWS of its own");
    on_local_aws(folders, LONG, &[("PATH", before_path(&tools)?)])?;
    say(&format!("\n{} in {} s", painted(GOOD, "The long tests passed"), begun.elapsed().as_secs()));
    for (compose, failure) in left_out {
        say(&format!("\n{}: what {} starts was not tested", painted(HELP, "skipped"), compose.file()));
        complain(&failure);
    }
    if let (arch, Some(failure)) = comparable(folders)? {
        say(&format!("\n{}: two builds were compared for {arch}, not for arm64", painted(HELP, "skipped")));
        complain(&failure);
    }
    Ok(())
}

/// What the files of docker compose start, where it can be started. Tells what was left out, and why.
fn in_docker(folders: &Folders) -> Result<Vec<(Compose, Failure)>, Failure> {
    let (mut tests, mut left_out) = (Vec::new(), Vec::new());
    for compose in Compose::ALL {
        match compose.can_run(folders) {
            Ok(()) => tests.push(compose.test()),
            Err(failure) => left_out.push((compose, failure)),
        }
    }
    if !tests.is_empty() {
        heading("What localstack/ has, by docker compose");
        // Packaged for this machine; what is packaged after it is what `sam deploy` takes.
        emulator::build(folders)?;
        let mut cargo = cargo(folders);
        cargo.args([
            "test",
            "--locked",
            "--workspace",
            "--features",
            "aduana-tests/local-aws",
            "--test",
            "long",
        ]);
        cargo.args(["--", "--ignored", "--test-threads", "1"]).args(tests);
        run(&mut cargo, "pass the tests by docker compose")?;
    }
    Ok(left_out)
}

/// `cargo xtask screenshots`: the pictures of the guides, from the running program.
pub fn run_screenshots(folders: &Folders) -> Result<(), Failure> {
    Programs::find()?.install_axe(folders)?;
    let pictures = folders.root().join("docs/images").into();
    on_local_aws(folders, Suite { only: Some("pictures::"), ..CONSOLE }, &[("ADUANA_PICTURES", pictures)])?;
    say("\nThe pictures are in docs/images.");
    Ok(())
}

/// The run behind the fault proxy, of the size that `env` gives.
pub(crate) fn behind_proxy(folders: &Folders, env: &[(&str, OsString)]) -> Result<(), Failure> {
    on_local_aws(folders, Suite { only: Some("chaos::"), with_broker: false, ..LOCAL_AWS_SUITE }, env)
}

/// The run of many messages through the functions as production runs them, of the size that `env` gives.
pub(crate) fn under_load(folders: &Folders, env: &[(&str, OsString)]) -> Result<(), Failure> {
    let load =
        Suite { only: Some("load::"), with_broker: false, profile: Profile::Release, ..LOCAL_AWS_SUITE };
    on_local_aws(folders, load, env)
}

/// A target of the end-to-end tests.
#[derive(Debug, Clone, Copy)]
struct Suite {
    target: &'static str,
    features: &'static str,
    /// Only the tests in whose names this stands.
    only: Option<&'static str>,
    /// Whether they need a Kafka broker besides.
    with_broker: bool,
    /// How the functions are built.
    profile: Profile,
}

const LOCAL_AWS_SUITE: Suite = Suite {
    target: "local_aws",
    features: "local-aws",
    only: None,
    with_broker: true,
    profile: Profile::Dev,
};
const LONG: Suite = Suite { target: "long", ..LOCAL_AWS_SUITE };
const CONSOLE: Suite =
    Suite { target: "console", features: "browser", with_broker: false, ..LOCAL_AWS_SUITE };

fn end_to_end(folders: &Folders, size: Size, browser: Option<&Programs>) -> Result<(), Failure> {
    let settings: Vec<_> =
        size.settings().iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    on_local_aws(folders, LOCAL_AWS_SUITE, &settings)?;
    if let Some(browser) = browser {
        heading("The console in a browser");
        browser.install_axe(folders)?;
        on_local_aws(folders, CONSOLE, &[])?;
    }
    Ok(())
}

/// Runs one target of the end-to-end tests.
fn on_local_aws(folders: &Folders, suite: Suite, env: &[(&str, OsString)]) -> Result<(), Failure> {
    let bin = LOCAL_AWS.install(folders)?;
    Step::begin("Building the functions").loud(|| functions::build(folders, suite.profile))?;
    // Built before anything is started: what does not compile leaves nothing running.
    let (features, target) = (suite.features, suite.target);
    // With the features of the whole workspace: what the tests that need nothing were built from is there already.
    let features = format!("aduana-tests/{features}");
    let words = ["test", "--locked", "--workspace", "--features", &features, "--test", target];
    run(cargo(folders).args(words).arg("--no-run"), "build the end-to-end tests")?;
    let broker = if suite.with_broker {
        Some(Step::begin("Starting a Kafka broker").done(|| Broker::obtain(folders, "test-broker"))?)
    } else {
        None
    };
    let local = Step::begin("Starting a local AWS")
        .done(|| LocalAws::start(folders, NAME, &bin, Life::ThisCommand))?;
    let mut tests = cargo(folders);
    // They deploy stacks of their own, from the zips that were just made.
    tests.args(words).args(suite.only).env("ADUANA_E2E_ENDPOINT", local.endpoint()).envs(env.iter().cloned());
    if let Some(broker) = &broker {
        tests.env(ADDRESS_VARIABLE, broker.address());
    }
    let tested = run(&mut tests, "pass the end-to-end tests").map_err(|failure| {
        failure.help(format!("what the functions said is in {}", folders.shown(&local.log())))
    });
    let stopped = local.stop();
    tested.and(stopped)
}
