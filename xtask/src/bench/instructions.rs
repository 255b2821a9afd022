//! Instructions, as valgrind's callgrind counts them: the figure that does not drift with the load of the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;

/// What is said where there is no valgrind.
pub(super) const LEFT_OUT: &str =
    "Left out: instructions. They are counted by valgrind, which is not installed.";

/// Where callgrind writes what it counted.
#[derive(Debug)]
pub(super) struct Counter {
    log: PathBuf,
}

impl Counter {
    /// If valgrind is installed.
    pub(super) fn find(folders: &Folders) -> Option<Self> {
        let output = Command::new("valgrind").arg("--version").stderr(Stdio::null()).output();
        let is_there = output.is_ok_and(|output| output.status.success());
        let log = folders.target().join("bench").join(format!("callgrind-{}.log", std::process::id()));
        is_there.then_some(Self { log })
    }

    /// `program` under callgrind. What it executes is known by [`Self::counted`] once it has ended, be it by a signal.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(format!("--log-file={}", self.log.display())).arg(program);
        command
    }

    /// How many instructions the program executed that ran last.
    pub(super) fn counted(&self) -> Result<u128, Failure> {
        let doing = || "read what callgrind counted".to_owned();
        let log = fs::read_to_string(&self.log).doing(doing)?;
        let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        drop(fs::remove_file(&self.log));
        collected.ok_or_else(|| Failure::to(doing()).because(log.trim().to_owned()))
    }
}
