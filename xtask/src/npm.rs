//! Packages of npm in a folder of their own, exactly those whose hashes are written down.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::hash::sha256;
use crate::terminal::Step;

/// Packages that a command needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodePackages {
    /// The folder's name under `.aduana/`.
    pub(crate) folder: &'static str,
    /// What the user is told that it is.
    pub(crate) what: &'static str,
    /// The folder with their package.json and package-lock.json, from the top of the checkout.
    pub(crate) pinned: &'static str,
}

impl NodePackages {
    /// Where they are, once they are installed.
    pub(crate) fn place(&self, folders: &Folders) -> PathBuf {
        folders.private().join(self.folder)
    }

    /// Whether they are installed as they are pinned.
    pub(crate) fn are_installed(&self, folders: &Folders) -> bool {
        let due = self.due(folders);
        let there = fs::read_to_string(self.place(folders).join("installed"));
        matches!((due, there), (Ok(due), Ok(there)) if due == there)
    }

    /// Installs them by this npm, unless they are.
    pub(crate) fn install(&self, folders: &Folders, npm: impl Into<PathBuf>) -> Result<(), Failure> {
        if self.are_installed(folders) {
            return Ok(());
        }
        let into = self.place(folders);
        let shown = folders.shown(&into);
        let what = || format!("install {} into {shown}", self.what);
        Step::begin(format!("Installing {} from npm into {shown}", self.what)).done(|| {
            fs::create_dir_all(&into).doing(what)?;
            for name in ["package.json", "package-lock.json"] {
                fs::copy(folders.root().join(self.pinned).join(name), into.join(name)).doing(what)?;
            }
            let mut npm = Command::new(npm.into());
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
            let output = npm.current_dir(&into).stdin(Stdio::null()).output().doing(what)?;
            if !output.status.success() {
                return Err(Failure::to(what())
                    .because(String::from_utf8_lossy(&output.stderr).trim().to_owned())
                    .help(
                        "npm's registry must be within reach; npm's own settings are heeded. Then try again",
                    ));
            }
            fs::write(into.join("installed"), self.due(folders)?).doing(what)
        })
    }

    fn due(&self, folders: &Folders) -> Result<String, Failure> {
        let lock = folders.root().join(self.pinned).join("package-lock.json");
        Ok(sha256(&fs::read(&lock).doing(|| format!("read {}", folders.shown(&lock)))?))
    }
}
