//! The copy of the sources that is mutated and built. Nobody's own files are touched.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::cargo;
use crate::sources;

/// The crate that has the switch; the others depend on it.
pub(super) const LIBRARY: &str = "crates/invoice/src/lib.rs";

/// The module that is the switch.
const SWITCH: &str = "crates/invoice/src/mutant_switch.rs";

/// What a constant can be made by, and what runs, can be two things only for those who may use what is not stable.
const BEGIN: &str = "#![feature(core_intrinsics, const_eval_select)] ";

/// `crate` would be another one in `intake`: all find the switch by one name.
const END: &str = "\n#[doc(hidden)]\npub mod mutant_switch;\nextern crate self as aduana_invoice;\n";

/// The copy, with a target folder of its own.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    folders: &'a Folders,
    place: PathBuf,
    root: PathBuf,
    /// What was in the files that have been changed.
    originals: BTreeMap<String, String>,
}

impl<'a> Tree<'a> {
    /// Copies the sources as they are now to `.aduana/mutants/tree`.
    pub(super) fn copy(folders: &'a Folders) -> Result<Self, Failure> {
        let place = folders.private().join("mutants");
        let root = place.join("tree");
        sources::copy(folders.root(), &root)
            .doing(|| format!("copy the sources to {}", folders.shown(&root)))?;
        Ok(Self { folders, place, root, originals: BTreeMap::new() })
    }

    /// The top of the copy.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A file beside the copy.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// A file of the copy, as it was.
    pub(super) fn original(&self, file: &str) -> Result<String, Failure> {
        match self.originals.get(file) {
            Some(text) => Ok(text.clone()),
            None => fs::read_to_string(self.root.join(file)).doing(|| format!("read {file}")),
        }
    }

    /// Makes `text` a file of the copy.
    pub(super) fn change(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let original = self.original(file)?;
        self.originals.entry(file.to_owned()).or_insert(original);
        self.write(file, text)
    }

    /// Puts the switch for so many mutants into the library, which is not to be changed in any other way.
    pub(super) fn add_switch(&mut self, mutants: usize) -> Result<(), Failure> {
        let module = format!("{}\nconst MUTANTS: usize = {mutants};\n", include_str!("switch/runtime.rs"));
        self.write(SWITCH, &module)?;
        let library = self.original(LIBRARY)?;
        self.change(LIBRARY, &format!("{BEGIN}{library}{END}"))
    }

    /// Makes the copy what it was.
    pub(super) fn restore(&self) -> Result<(), Failure> {
        for (file, text) in &self.originals {
            self.write(file, text)?;
        }
        fs::remove_file(self.root.join(SWITCH)).doing(|| format!("remove {SWITCH}"))
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Failure> {
        let path = self.root.join(file);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        fs::write(&path, text).doing(|| format!("write {}", self.folders.shown(&path)))
    }

    /// Cargo in the copy.
    pub(super) fn cargo(&self) -> Command {
        let mut cargo = cargo(self.folders);
        cargo.current_dir(&self.root).envs(self.environment());
        cargo
    }

    /// What each build in the copy has in its environment, so that nothing is built twice.
    pub(super) fn environment(&self) -> [(&'static str, OsString); 3] {
        // No lint says anything about what was not written by hand.
        let linker = if mold_is_there() { " -Clink-arg=-fuse-ld=mold" } else { "" };
        [
            ("CARGO_TARGET_DIR", self.place.join("target").into_os_string()),
            ("RUSTFLAGS", format!("--cap-lints=allow{linker}").into()),
            // The one crate that may use what is not stable.
            ("RUSTC_BOOTSTRAP", "aduana_invoice".into()),
        ]
    }
}

/// The linker that saves most of a small build's time.
fn mold_is_there() -> bool {
    Command::new("mold").arg("--version").output().is_ok_and(|output| output.status.success())
}
