//! What the commands install into `.aduana/`: one command at a time, and exactly what is pinned.

use std::fs::{self, File};
use std::path::Path;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::hash::sha256;

/// The file in an installed folder with the hash of what pins it.
const MARK: &str = "installed";

/// Waits until no other command installs what has this name; others wait as long as the file is open.
pub(crate) fn lock(folders: &Folders, name: &str) -> Result<File, Failure> {
    let what = || format!("wait for another installation of {name}");
    fs::create_dir_all(folders.private()).doing(what)?;
    let lock = File::create(folders.private().join(format!("{name}.lock"))).doing(what)?;
    lock.lock().doing(what)?;
    Ok(lock)
}

/// Whether `place` was filled as the file `pins` has it now.
pub(crate) fn is_filled(place: &Path, pins: &Path) -> bool {
    let there = fs::read_to_string(place.join(MARK));
    matches!((fs::read(pins), there), (Ok(due), Ok(there)) if sha256(&due) == there)
}

/// Says that `place` is filled as the file `pins` has it.
pub(crate) fn mark_filled(place: &Path, pins: &Path) -> Result<(), Failure> {
    let what = || format!("write into {}", place.display());
    fs::write(place.join(MARK), sha256(&fs::read(pins).doing(what)?)).doing(what)
}
