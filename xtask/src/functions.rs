//! The functions, built for this machine and zipped for a local AWS.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::terminal::say;

/// The functions by their names in the template and in `target/functions/`; [`crate_of`] names their packages.
pub const FUNCTIONS: [&str; 2] = ["validator", "redrive"];

/// How to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What the tests are built with: there in a third of the time, and ten times as large.
    Dev,
    /// What production runs.
    Release,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// The folder in `target/`.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The architecture of this machine, as Lambda names it.
pub fn architecture() -> Result<&'static str, Failure> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => Err(Failure::to("build for this machine").because(format!("Lambda knows no {other}"))),
    }
}

/// The package of a function, for cargo.
pub(crate) fn crate_of(function: &str) -> String {
    format!("aduana-{function}-function")
}

/// Builds the functions and the program `aduana`, and zips the functions. Tells the zips.
pub fn build(folders: &Folders, profile: Profile) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    // In one go, so that what they share is built once, and the same each time.
    let mut cargo = cargo(folders);
    cargo.args(["build", "--locked", "--profile", profile.name(), "--package", "aduana-operator"]);
    for function in FUNCTIONS {
        cargo.arg("--package").arg(crate_of(function));
    }
    run(&mut cargo, "build the functions")?;
    let built = folders.target().join(profile.folder());
    FUNCTIONS
        .into_iter()
        .map(|function| {
            let binary = built.join(function);
            if !binary.is_file() {
                return Err(Failure::to(format!("find the function {function} in {}", built.display())));
            }
            let zip = zip_of(folders, function);
            pack(&binary, None, &zip, CompressionMethod::Stored)
                .doing(|| format!("zip the function {function}"))?;
            Ok((function, zip))
        })
        .collect()
}

/// Where the zip of a function is, once it is built.
pub fn zip_of(folders: &Folders, function: &str) -> PathBuf {
    folders.target().join("functions").join(format!("{function}.zip"))
}

/// `cargo xtask build`.
pub fn run_build(folders: &Folders, profile: Profile) -> Result<(), Failure> {
    for (function, zip) in build(folders, profile)? {
        let bytes = fs::metadata(&zip).doing(|| format!("look at {}", zip.display()))?.len();
        say(&format!("{function}: {} ({} KiB)", folders.shown(&zip), bytes / 1024));
    }
    Ok(())
}

/// The cargo that runs us, or the one on the PATH, at the top of the checkout.
pub(crate) fn cargo(folders: &Folders) -> Command {
    beside_cargo(folders, own_cargo())
}

/// A program that calls cargo itself, at the top of the checkout.
pub(crate) fn beside_cargo(folders: &Folders, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folders.root()).env("CARGO", own_cargo());
    // The variables that cargo sets for this package would make other packages look changed.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let own =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
        if own.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

fn own_cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a command that prints to the user itself.
pub(crate) fn run(command: &mut Command, what: &str) -> Result<(), Failure> {
    let status = command.status().doing(|| what.to_owned())?;
    if status.success() { Ok(()) } else { Err(Failure::to(what).because(status.to_string())) }
}

/// Runs a command to its end, and returns its standard output; what it said at all is the reason if it fails.
pub(crate) fn said_by(command: &mut Command, what: &str) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().doing(|| what.to_owned())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(Failure::to(what).because(String::from_utf8_lossy(&said).trim().to_owned()))
}

/// The name of a policy in a package.
pub(crate) const POLICY: &str = "policy.json";

/// Zips `binary` as `bootstrap`, with the policy beside it if there is one; what goes no further than this machine need not be
/// compressed. The same files give the same bytes: the time in it is fixed.
pub(crate) fn pack(
    binary: &Path,
    policy: Option<&Path>,
    zip: &Path,
    compression: CompressionMethod,
) -> zip::result::ZipResult<()> {
    let options = SimpleFileOptions::default()
        .compression_method(compression)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o755);
    if let Some(folder) = zip.parent() {
        fs::create_dir_all(folder)?;
    }
    // Beside it first, so that a zip is whole or not there.
    let beside = zip.with_extension("part");
    let mut writer = ZipWriter::new(File::create(&beside)?);
    writer.start_file("bootstrap", options)?;
    writer.write_all(&fs::read(binary)?)?;
    if let Some(policy) = policy {
        writer.start_file(POLICY, options.unix_permissions(0o644))?;
        writer.write_all(&fs::read(policy)?)?;
    }
    writer.finish()?.sync_all()?;
    fs::rename(&beside, zip)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_zip() {
        let folder = std::env::temp_dir().join(format!("aduana-xtask-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let binary = folder.join("validator");
        fs::write(&binary, "not much of a program").expect("a file");
        let policy = folder.join("mine.json");
        fs::write(&policy, r#"{"rules":{}}"#).expect("a file");
        let names = |zip: &[u8]| -> Vec<String> {
            let zip = zip::ZipArchive::new(std::io::Cursor::new(zip.to_vec())).expect("a zip");
            zip.file_names().map(|name| name.expect("a name").into_owned()).collect()
        };
        for (policy, holds) in
            [(None, vec!["bootstrap"]), (Some(policy.as_path()), vec!["bootstrap", POLICY])]
        {
            let [first, second] = ["first.zip", "second.zip"].map(|name| {
                let zip = folder.join(name);
                pack(&binary, policy, &zip, CompressionMethod::Deflated).expect("a zip");
                fs::read(zip).expect("a zip")
            });
            assert_eq!(first, second);
            assert_eq!(names(&first), holds);
        }
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
