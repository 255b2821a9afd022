//! `up` and `down`: the whole deployment on a local AWS, left running.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::aws::{Aws, Outputs, REGION};
use crate::deploy::deploy;
use crate::emulator::{self, Emulator};
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{self, Profile};
use crate::local_aws::{Life, LocalAws};
use crate::python::LOCAL_AWS;
use crate::terminal::{HELP, Step, painted, say};

/// The folder under `.aduana/`, and the stack.
const NAME: &str = "local";
/// The prefix that the program `aduana` expects.
pub(crate) const PREFIX: &str = "aduana-";
const STACK: &str = "aduana";
/// What `.aduana/env` does.
pub(crate) const ENV: &str = "points aduana, and AWS tools that heed AWS_ENDPOINT_URL, in this shell at it";

/// The deployment.
pub(crate) struct Deployment {
    pub(crate) aws: Aws,
    pub(crate) outputs: Outputs,
    /// The URL of the queue that stands in for an administrator's mailbox.
    pub(crate) mailbox: String,
    /// The folder with the program `aduana`.
    pub(crate) programs: PathBuf,
    /// What it is deployed to.
    pub(crate) emulator: Emulator,
}

/// Whether to go on with what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Bring what runs up to date.
    WithWhatIsThere,
    /// Start with empty queues and tables.
    Afresh,
}

/// Installs, builds, starts and deploys what is not yet there.
pub(crate) fn up(folders: &Folders, profile: Profile, begin: Begin) -> Result<Deployment, Failure> {
    let bin = LOCAL_AWS.install(folders)?;
    let zips = Step::begin(format!("Building the functions and the program aduana ({profile})"))
        .loud(|| functions::build(folders, profile))?;
    let running = LocalAws::find(folders, NAME).filter(|_| begin == Begin::WithWhatIsThere);
    let local = match running {
        Some(running) => running,
        None => Step::begin("Starting the local AWS, empty")
            .done(|| LocalAws::start(folders, NAME, &bin, Life::UntilStopped))?,
    };
    let programs = folders.target().join(profile.folder());
    deploy_to(folders, Emulator::MiniStack, local.aws(), &zips, programs)
}

/// The same on LocalStack, which runs already or is started by docker compose. It must be as good as empty.
pub(crate) fn up_on_localstack(folders: &Folders) -> Result<Deployment, Failure> {
    let (emulator, aws) = emulator::localstack(folders)?;
    emulator::must_be_empty(&aws, emulator, STACK, PREFIX)?;
    let zips = emulator::build(folders)?;
    let programs = folders.target().join(Profile::Dev.folder());
    deploy_to(folders, emulator, aws, &zips, programs)
}

fn deploy_to(
    folders: &Folders,
    emulator: Emulator,
    aws: Aws,
    zips: &[(&'static str, PathBuf)],
    programs: PathBuf,
) -> Result<Deployment, Failure> {
    let parameters = emulator.parameters(aws.endpoint(), PREFIX)?;
    let outputs = Step::begin("Deploying infra/template.yaml to it")
        .done(|| deploy(&aws, STACK, &folders.template(), zips, &parameters))?;
    let mailbox = make_mailbox(&aws, &outputs, PREFIX)?;
    write_env(folders, aws.endpoint(), &programs)?;
    write_functions_env(folders, aws.endpoint(), &outputs)?;
    Ok(Deployment { aws, outputs, mailbox, programs, emulator })
}

/// `cargo xtask up`.
pub fn run_up(folders: &Folders, profile: Profile) -> Result<(), Failure> {
    let Deployment { aws, outputs, mailbox, .. } = up(folders, profile, Begin::WithWhatIsThere)?;
    say(&format!("\nAduana is deployed on a local AWS at {}.", aws.endpoint()));
    for (name, value) in outputs {
        say(&format!("  {name:<26} {value}"));
    }
    say(&format!("  {:<26} {mailbox}", "(administrator's mailbox)"));
    say_next(&[
        (". .aduana/env", ENV),
        ("aduana publish events/invoices", "sends the sample invoices"),
        ("aduana status", "what waits, what was stored, what is held"),
        ("aduana invoices list", "what was stored"),
        ("cargo xtask down", "stops it; what it holds is gone then"),
    ]);
    Ok(())
}

/// `cargo xtask down`.
pub fn run_down(folders: &Folders) -> Result<(), Failure> {
    match LocalAws::find(folders, NAME) {
        Some(running) => Step::begin("Stopping the local AWS").done(|| running.stop())?,
        None => say("No local AWS of ours is running."),
    }
    for env in [env_file(folders), functions_env_file(folders)] {
        if env.exists() {
            fs::remove_file(&env).doing(|| format!("remove {}", env.display()))?;
        }
    }
    Ok(())
}

/// Whether what answers at `endpoint` is the local AWS of `cargo xtask up`.
pub(crate) fn is_ours(folders: &Folders, endpoint: &str) -> bool {
    LocalAws::find(folders, NAME).is_some_and(|local| local.endpoint() == endpoint)
}

/// What to type next.
pub(crate) fn say_next(commands: &[(&str, &str)]) {
    say("\nNext:");
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, what) in commands {
        say(&format!("  {}  {what}", painted(HELP, &format!("{command:<width$}"))));
    }
}

/// A queue that gets what is published to the alerts topic, as an administrator's mailbox would. Tells its URL.
pub fn make_mailbox(aws: &Aws, outputs: &Outputs, prefix: &str) -> Result<String, Failure> {
    let what = || "make an administrator's mailbox".to_owned();
    let topic =
        outputs.get("AlertsTopicArn").ok_or_else(|| Failure::to(what()).because("the stack has no topic"))?;
    let url = aws.make_queue(&format!("{prefix}mailbox")).doing(what)?;
    let attributes = aws.queue_attributes(&url).doing(what)?;
    let arn =
        attributes.get("QueueArn").ok_or_else(|| Failure::to(what()).because("the queue has no ARN"))?;
    aws.subscribe_queue(topic, arn).doing(what)?;
    Ok(url)
}

fn env_file(folders: &Folders) -> PathBuf {
    folders.private().join("env")
}

fn functions_env_file(folders: &Folders) -> PathBuf {
    folders.private().join("functions.env")
}

/// The settings that lead `aduana`, and AWS tools that heed them, to the local AWS. Some know the region by one name, some by the
/// other; the command line of AWS in version 1 does not heed the address for SQS.
pub(crate) fn settings(endpoint: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("ADUANA_PREFIX", PREFIX.to_owned()),
    ]
}

fn write_env(folders: &Folders, endpoint: &str, programs: &Path) -> Result<(), Failure> {
    let mut text = "# Read it into a shell: . .aduana/env\nunset AWS_PROFILE AWS_SESSION_TOKEN\n".to_owned();
    for (name, value) in settings(endpoint) {
        writeln!(text, "export {name}={value}").ok();
    }
    // Between quotes only a quote must be cared for.
    let programs = programs.display().to_string().replace('\'', r"'\''");
    writeln!(text, "export PATH='{programs}':\"$PATH\"").ok();
    let file = env_file(folders);
    fs::write(&file, text).doing(|| format!("write {}", file.display()))
}

/// What the template sets for the functions, for `cargo lambda watch --env-file`.
pub fn functions_env(endpoint: &str, outputs: &Outputs) -> String {
    let mut text = String::new();
    for (name, value) in settings(endpoint) {
        writeln!(text, "{name}={value}").ok();
    }
    for (name, output) in [
        ("ADUANA_INVOICES_TABLE", "InvoicesTableName"),
        ("ADUANA_CASES_TABLE", "InvalidMessagesTableName"),
        ("ADUANA_INTAKE_QUEUE_URL", "InvoicesQueueUrl"),
        ("ADUANA_DLQ_URL", "DeadLetterQueueUrl"),
        ("ADUANA_ALERTS_TOPIC_ARN", "AlertsTopicArn"),
    ] {
        writeln!(text, "{name}={}", outputs.get(output).map(String::as_str).unwrap_or_default()).ok();
    }
    // `cargo lambda` knows no aliases.
    writeln!(text, "ADUANA_ALIASES_ARE_LOST=true").ok();
    text
}

fn write_functions_env(folders: &Folders, endpoint: &str, outputs: &Outputs) -> Result<(), Failure> {
    let file = functions_env_file(folders);
    fs::write(&file, functions_env(endpoint, outputs)).doing(|| format!("write {}", file.display()))
}
