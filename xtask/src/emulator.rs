//! What differs between the emulators of AWS that the deployment goes to, and nothing else does: `cargo xtask up` starts MiniStack
//! itself ([`crate::local_aws`]); LocalStack is started by docker compose, or runs already.

use std::env;
use std::path::PathBuf;

use crate::aws::Aws;
use crate::compose::{Compose, INSTALL, has_compose};
use crate::deploy::{Parameters, local_parameters};
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::package::{Arch, package};
use crate::terminal::Step;
use crate::up;

/// Another address to look for LocalStack at; whatever answers there is used.
const ADDRESS: &str = "ADUANA_LOCALSTACK";
/// The port that localstack/compose.yaml has LocalStack listen at.
const PORT: &str = "ADUANA_PORT";
const USUAL_PORT: &str = "4566";

/// An emulator of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emulator {
    /// That of `cargo xtask up`.
    MiniStack,
    /// One that somebody else has started.
    MiniStackInDocker,
    LocalStack,
}

impl Emulator {
    /// What answers at an address, if anything does.
    fn at(aws: &Aws) -> Option<Self> {
        if aws.answers("/_ministack/health") {
            Some(Self::MiniStack)
        } else {
            aws.answers("/_localstack/health").then_some(Self::LocalStack)
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MiniStack | Self::MiniStackInDocker => "MiniStack",
            Self::LocalStack => "LocalStack",
        }
    }

    /// Whether it is known to write bodies anew, unless that is prevented. One message ahead of all others then shows it, so that no batch
    /// is taken for good in which the rewriting changed nothing.
    pub(crate) const fn may_rewrite(self) -> bool {
        matches!(self, Self::LocalStack)
    }

    /// The template's parameters.
    pub(crate) fn parameters(self, endpoint: &str, prefix: &str) -> Result<Parameters, Failure> {
        let mut parameters = local_parameters(endpoint, prefix)?;
        if self == Self::LocalStack {
            // It sets its own address for its functions: from within their containers that is another address.
            parameters.insert("EndpointUrl".to_owned(), String::new());
            // It has no HTTP APIs. It names no caller at a function URL either: `aduana` says so, and invokes the function directly.
            parameters.insert("RedriveEndpoint".to_owned(), "url".to_owned());
        }
        Ok(parameters)
    }

    /// What stops it.
    pub(crate) const fn stop(self) -> &'static str {
        match self {
            Self::MiniStack => "cargo xtask down",
            Self::MiniStackInDocker => "docker compose -f localstack/ministack.compose.yaml down --volumes",
            Self::LocalStack => "docker compose -f localstack/compose.yaml down --volumes",
        }
    }

    /// Where the functions' logs are.
    pub(crate) const fn log(self) -> &'static str {
        match self {
            Self::MiniStack => ".aduana/local/log",
            Self::MiniStackInDocker => {
                "what `docker compose -f localstack/ministack.compose.yaml logs ministack` shows"
            }
            Self::LocalStack => "what `docker compose -f localstack/compose.yaml logs localstack` shows",
        }
    }
}

/// The LocalStack that runs, or one that docker compose starts.
pub(crate) fn localstack(folders: &Folders) -> Result<(Emulator, Aws), Failure> {
    let given = env::var_os(ADDRESS).map(|address| address.to_string_lossy().into_owned());
    let port = env::var_os(PORT).unwrap_or_else(|| USUAL_PORT.into());
    let usual = format!("http://127.0.0.1:{}", port.to_string_lossy());
    let aws = Aws::at(given.as_deref().unwrap_or(&usual));
    let found = match Emulator::at(&aws) {
        Some(Emulator::MiniStack) if !up::is_ours(folders, aws.endpoint()) => Emulator::MiniStackInDocker,
        Some(found) => found,
        None if given.is_some() => {
            return Err(Failure::to(format!("find LocalStack at {}", aws.endpoint()))
                .because("nothing answers there")
                .help(format!("start it, or unset {ADDRESS}")));
        }
        None => {
            Step::begin("Starting LocalStack by docker compose").loud(|| start(folders, &usual))?;
            Emulator::at(&aws).unwrap_or(Emulator::LocalStack)
        }
    };
    if found != Emulator::LocalStack && given.is_none() {
        return Err(Failure::to(format!("find LocalStack at {}", aws.endpoint()))
            .because(format!("{} answers there", found.name()))
            .help(format!("`{}`, then try again", found.stop())));
    }
    Ok((found, aws))
}

fn start(folders: &Folders, address: &str) -> Result<(), Failure> {
    let what = || format!("start LocalStack, as none answers at {address}");
    has_compose().map_err(|reason| {
        Failure::to(what()).because(reason).help(format!(
            "{INSTALL}; `cargo xtask demo`, without --localstack, shows the same and needs none of it"
        ))
    })?;
    let mut docker = Compose::LocalStack.command(folders);
    run(docker.args(["up", "--detach", "--wait", "localstack"]), &what()).map_err(|failure| {
        failure.help(
            "is Docker's daemon running, and may you use it? `docker info` shows it; if LocalStack came up and ended, \
             `docker compose -f localstack/compose.yaml logs localstack` shows why",
        )
    })
}

/// Refuses to begin where an earlier run has left something: another one's data is not ours to remove.
pub(crate) fn must_be_empty(aws: &Aws, emulator: Emulator, stack: &str, prefix: &str) -> Result<(), Failure> {
    let what = || format!("begin afresh on {} at {}", emulator.name(), aws.endpoint());
    if aws.stack(stack).doing(what)?.is_none() {
        return Ok(());
    }
    for table in ["Invoices", "InvalidMessages"] {
        let table = format!("{prefix}{table}");
        // A stack that is gone, or was not finished, has no tables.
        if aws.items(&table).is_ok_and(|items| !items.is_empty()) {
            return Err(Failure::to(what())
                .because(format!("the table {table} holds something already"))
                .help(format!("`{}` ends it with all it holds", emulator.stop())));
        }
    }
    Ok(())
}

/// The functions as LocalStack's containers run them, and the program `aduana`. Tells the zips.
pub(crate) fn build(folders: &Folders) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let packages = package(folders, Arch::here()?, None)?;
    Step::begin("Building the program aduana").loud(|| {
        run(cargo(folders).args(["build", "--locked", "--package", "aduana-operator"]), "build aduana")
    })?;
    Ok(packages.into_iter().map(|package| (package.function, package.zip)).collect())
}
