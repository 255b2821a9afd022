//! `sbom`: what the programs that are shipped are made of, for other programs to read.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo_tools::CYCLONEDX;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{beside_cargo, run};
use crate::package::Arch;
use crate::terminal::{Step, say, table};

/// The name that cargo-cyclonedx gets for its files, which it writes beside every manifest of the workspace; git ignores them.
const BESIDE: &str = "aduana-sbom";

/// A program that is shipped.
struct Shipped {
    name: &'static str,
    /// The folder of its package.
    package: &'static str,
    /// What it runs on; the program `aduana` is built by whoever uses it, for what he has.
    target: &'static str,
}

const SHIPPED: [Shipped; 3] = [
    Shipped { name: "validator", package: "functions/validator", target: Arch::Arm64.target() },
    Shipped { name: "redrive", package: "functions/redrive", target: Arch::Arm64.target() },
    Shipped { name: "aduana", package: "crates/operator", target: "all" },
];

/// `cargo xtask sbom`: a bill of materials (CycloneDX 1.5, JSON) for each program that is shipped, in `target/sbom/`. The same lock
/// file gives the same bytes, in any folder.
pub fn run_sbom(folders: &Folders) -> Result<(), Failure> {
    let program = CYCLONEDX.install(folders)?;
    let bills = Step::begin("Listing what the programs are made of").done(|| {
        SHIPPED.iter().map(|shipped| bill(folders, &program, shipped)).collect::<Result<Vec<_>, _>>()
    })?;
    let rows = SHIPPED.iter().zip(bills).map(|(shipped, (file, components))| {
        [shipped.name.to_owned(), components.to_string(), folders.shown(&file)]
    });
    say(&table(["program", "components", "bill of materials"], rows));
    Ok(())
}

/// Writes the bill of one program, and counts the components in it.
fn bill(folders: &Folders, program: &Path, shipped: &Shipped) -> Result<(PathBuf, usize), Failure> {
    let doing = || format!("list what {} is made of", shipped.name);
    let mut cyclonedx = beside_cargo(folders, program);
    cyclonedx
        .args(["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5", "--no-build-deps"])
        .args(["--override-filename", BESIDE, "--target", shipped.target, "--manifest-path"])
        .arg(folders.root().join(shipped.package).join("Cargo.toml"))
        // The time in it.
        .env("SOURCE_DATE_EPOCH", "0");
    let made = run(&mut cyclonedx, &doing());
    let written = folders.root().join(shipped.package).join(BESIDE).with_extension("json");
    let text = made.and_then(|()| fs::read_to_string(&written).doing(doing));
    remove_others(folders.root(), 3).doing(doing)?;
    // Our own packages are named by where they are on this machine.
    let text = text?.replace(&format!("file://{}", folders.root().display()), "file:///aduana");
    #[expect(clippy::disallowed_methods, reason = "a list of crates, not an invoice")]
    let listed: serde_json::Value = serde_json::from_str(&text).doing(doing)?;
    let components = listed.get("components").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    let folder = folders.target().join("sbom");
    let file = folder.join(shipped.name).with_extension("cdx.json");
    fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)).doing(doing)?;
    Ok((file, components))
}

/// Removes the files of that name, which are beside the manifests, so many folders deep.
fn remove_others(folder: &Path, depth: usize) -> std::io::Result<()> {
    let file = folder.join(BESIDE).with_extension("json");
    if file.exists() {
        fs::remove_file(file)?;
    }
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != "target" {
            remove_others(&entry.path(), depth)?;
        }
    }
    Ok(())
}
