//! A copy of the sources, for what changes them.

use std::fs;
use std::path::Path;

/// What is no source, wherever it is.
const LEFT_OUT: [&str; 4] = [".git", ".aduana", "target", "__pycache__"];

/// Makes `to` the same as `from`, but for what is no source. What has not changed is not written again, and so not built again.
pub(crate) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let (name, to) = (entry.file_name(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            let bytes = fs::read(entry.path())?;
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::write(&to, bytes)?;
            }
        }
    }
    for entry in to.read_dir()? {
        let entry = entry?;
        if from.join(entry.file_name()).symlink_metadata().is_ok() {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_after_a_change_and_leaves_out_what_was_built() {
        let folder = std::env::temp_dir().join(format!("aduana-sources-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(from.join("src")).expect("a folder");
        fs::create_dir_all(from.join("target")).expect("a folder");
        fs::write(from.join("src/a.rs"), "a").expect("a file");
        fs::write(from.join("src/b.rs"), "b").expect("a file");
        copy(&from, &to).expect("a copy");
        fs::remove_file(from.join("src/a.rs")).expect("it was there");
        fs::write(from.join("src/b.rs"), "c").expect("a file");
        copy(&from, &to).expect("a copy");
        assert!(!to.join("src/a.rs").exists() && !to.join("target").exists());
        assert_eq!(fs::read_to_string(to.join("src/b.rs")).expect("the copy"), "c");
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
