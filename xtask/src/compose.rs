//! The two files of docker compose: what they are, and what they need of this machine.

use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;

/// What LocalStack runs the functions in, and fetches where it is not there.
const RUNTIME_IMAGE: &str = "public.ecr.aws/lambda/provided:al2023";

/// A file of docker compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compose {
    /// `localstack/compose.yaml`
    LocalStack,
    /// `localstack/ministack.compose.yaml`
    MiniStack,
}

impl Compose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::LocalStack, Self::MiniStack];

    /// Its name, from the top of the checkout.
    pub const fn file(self) -> &'static str {
        match self {
            Self::LocalStack => "localstack/compose.yaml",
            Self::MiniStack => "localstack/ministack.compose.yaml",
        }
    }

    /// The long test of it.
    pub(crate) const fn test(self) -> &'static str {
        match self {
            Self::LocalStack => "compose::localstack",
            Self::MiniStack => "compose::ministack",
        }
    }

    /// `docker compose` with this file.
    pub fn command(self, folders: &Folders) -> Command {
        let mut docker = Command::new("docker");
        docker.current_dir(folders.root()).args(["compose", "--file", self.file()]).stdin(Stdio::null());
        docker
    }

    /// Whether it can be run without fetching anything.
    pub fn can_run(self, folders: &Folders) -> Result<(), Failure> {
        let file = self.file();
        let what = || format!("run {file}");
        has_compose().map_err(|reason| Failure::to(what()).because(reason).help(INSTALL))?;
        let listed = self.command(folders).args(["config", "--images"]).output();
        let listed = listed.doing(what)?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let of_functions = (self == Self::LocalStack).then_some(RUNTIME_IMAGE);
        for image in listed.lines().chain(of_functions) {
            if !succeeds(Command::new("docker").args(["image", "inspect", image])) {
                return Err(Failure::to(what())
                    .because(format!("the image {image} is not there, or Docker's daemon does not answer"))
                    .help(format!(
                        "`docker compose -f {file} pull` and `docker pull {RUNTIME_IMAGE}` fetch all images"
                    )));
            }
        }
        Ok(())
    }
}

/// What to do where there is none.
pub(crate) const INSTALL: &str =
    "install Docker with its compose plugin (https://docs.docker.com/engine/install/)";

/// Whether there is docker compose, and if not, that there is none.
pub(crate) fn has_compose() -> Result<(), &'static str> {
    if succeeds(Command::new("docker").args(["compose", "version"])) {
        Ok(())
    } else {
        Err("there is no `docker compose` on this machine")
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
