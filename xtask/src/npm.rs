//! Packages of npm in a folder of their own, exactly those whose hashes are written down.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::said_by;
use crate::installed;
use crate::terminal::Step;

const LOCK_FILE: &str = "package-lock.json";

/// Packages that a command needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodePackages {
    /// The folder's name under `.aduana/`.
    pub(crate) folder: &'static str,
    /// What it is, in messages to the user.
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
        installed::is_filled(&self.place(folders), &self.lock_file(folders))
    }

    /// Installs them by this npm, unless they are.
    pub(crate) fn install(&self, folders: &Folders, npm: impl AsRef<OsStr>) -> Result<(), Failure> {
        let _lock = installed::lock(folders, "npm")?;
        if self.are_installed(folders) {
            return Ok(());
        }
        let into = self.place(folders);
        let shown = folders.shown(&into);
        let what = || format!("install {} into {shown}", self.what);
        Step::begin(format!("Installing {} from npm into {shown}", self.what)).done(|| {
            fs::create_dir_all(&into).doing(what)?;
            for name in ["package.json", LOCK_FILE] {
                fs::copy(folders.root().join(self.pinned).join(name), into.join(name)).doing(what)?;
            }
            let mut npm = Command::new(npm);
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
            said_by(npm.current_dir(&into), &what()).map_err(|failure| {
                failure.help(
                    "npm's registry must be within reach; npm's own settings are heeded. Then try again",
                )
            })?;
            installed::mark_filled(&into, &self.lock_file(folders))
        })
    }

    fn lock_file(&self, folders: &Folders) -> PathBuf {
        folders.root().join(self.pinned).join(LOCK_FILE)
    }
}
