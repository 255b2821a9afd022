//! `package`: the functions as Lambda takes them, built by cargo-lambda: the same bytes from the same sources, wherever they are.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use zip::CompressionMethod;

use crate::elf;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{FUNCTIONS, architecture, cargo, crate_of, pack, run};
use crate::hash::sha256;
use crate::python::CARGO_LAMBDA;
use crate::terminal::{Step, say, table};

/// The C library of `provided.al2023`, <https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html>.
const GLIBC: (u32, u32) = (2, 34);

/// A processor that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Arch {
    /// Graviton: the template's default, and the cheaper one.
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD; deploy with `Architecture=x86_64`.
    #[value(name = "x86_64")]
    X86,
}

impl Arch {
    /// That of this machine.
    pub fn here() -> Result<Self, Failure> {
        Ok(if architecture()? == "arm64" { Self::Arm64 } else { Self::X86 })
    }

    /// As Lambda names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }

    /// `e_machine` in the header of an ELF file.
    const fn machine(self) -> u16 {
        match self {
            Self::Arm64 => 183,
            Self::X86 => 62,
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A packaged function.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its name in the template.
    pub function: &'static str,
    /// Where the template finds it.
    pub zip: PathBuf,
    /// The size of the zip, in bytes.
    pub size: u64,
    /// The SHA-256 of the zip.
    pub sha256: String,
    /// The size of the program, in bytes.
    pub unzipped: u64,
    /// The C library that the program needs.
    pub glibc: (u32, u32),
}

/// `cargo xtask package`.
pub fn run_package(folders: &Folders, arch: Arch, policy: Option<&Path>) -> Result<(), Failure> {
    if let Some(policy) = policy {
        check_policy(policy)?;
    }
    let packages = package(folders, arch, policy)?;
    let rows = packages.iter().map(|package| {
        let (major, minor) = package.glibc;
        [
            folders.shown(&package.zip),
            arch.to_string(),
            format!("{} KiB", package.size.div_ceil(1024)),
            format!("{} KiB", package.unzipped.div_ceil(1024)),
            format!("{major}.{minor}"),
            package.sha256.clone(),
        ]
    });
    say(&table(["package", "arch", "zip", "program", "glibc", "sha-256 of the zip"], rows));
    Ok(())
}

/// Whether the functions could start with this policy.
fn check_policy(policy: &Path) -> Result<(), Failure> {
    let what = || format!("read the policy {}", policy.display());
    let text = fs::read_to_string(policy).doing(what)?;
    aduana_invoice::Policy::from_json(&text).doing(what).map(drop)
}

/// What `test --long` compares two builds for: the template's default where this Rust can build it, else this machine's processor,
/// and why not the default.
pub fn comparable(folders: &Folders) -> Result<(Arch, Option<Failure>), Failure> {
    match Rust::find(folders)?.has(Arch::Arm64) {
        Ok(()) => Ok((Arch::Arm64, None)),
        Err(failure) => Ok((Arch::here()?, Some(failure))),
    }
}

/// Where the template finds the package of a function.
pub fn package_of(folders: &Folders, function: &str) -> PathBuf {
    // Not in CARGO_TARGET_DIR: the template cannot know of that.
    folders.root().join("target/lambda").join(function).join("bootstrap.zip")
}

/// Builds and packs the functions for `arch`.
pub fn package(folders: &Folders, arch: Arch, policy: Option<&Path>) -> Result<Vec<Package>, Failure> {
    let bin = CARGO_LAMBDA.install(folders)?;
    let sources = Sources { root: folders.root().to_owned(), target: folders.target().to_owned() };
    let what = format!("Building the functions for Lambda ({arch}, release)");
    let programs = Step::begin(what).loud(|| build(folders, &sources, &bin, arch))?;
    let mut packages = Vec::new();
    for (function, program) in programs {
        packages.push(seal(function, (&program, policy), &package_of(folders, function), arch, &sources)?);
    }
    Ok(packages)
}

/// Builds and packs the functions for `arch` once more, from a copy of the sources in another folder and with nothing that was
/// built before. Tells the packages, which stay in that folder.
pub fn package_elsewhere(folders: &Folders, arch: Arch) -> Result<Vec<Package>, Failure> {
    let bin = CARGO_LAMBDA.install(folders)?;
    let elsewhere = folders.target().join("elsewhere");
    let what = || format!("copy the sources to {}", folders.shown(&elsewhere));
    if elsewhere.exists() {
        fs::remove_dir_all(&elsewhere).doing(what)?;
    }
    let sources = Sources { root: elsewhere.join("checkout"), target: elsewhere.join("built") };
    for entry in ["Cargo.toml", "Cargo.lock", "crates", "functions", "tests", "xtask", "events", "infra"] {
        copy(&folders.root().join(entry), &sources.root.join(entry)).doing(what)?;
    }
    let programs = build(folders, &sources, &bin, arch)?;
    let seal = |(function, program): (_, PathBuf)| {
        seal(function, (&program, None), &elsewhere.join(format!("{function}.zip")), arch, &sources)
    };
    programs.into_iter().map(seal).collect()
}

/// What is built, and into which folder.
struct Sources {
    root: PathBuf,
    target: PathBuf,
}

fn build(
    folders: &Folders,
    sources: &Sources,
    bin: &Path,
    arch: Arch,
) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let rust = Rust::find(folders)?;
    rust.has(arch)?;
    let out = sources.target.join("lambda-programs");
    let mut cargo = cargo(folders);
    cargo.current_dir(&sources.root).args([
        "lambda",
        "build",
        "--release",
        "--locked",
        "--skip-target-check",
    ]);
    cargo.args(["--target", arch.target()]).arg("--lambda-dir").arg(&out);
    for function in FUNCTIONS {
        cargo.arg("--package").arg(crate_of(function));
    }
    let zig = folders.target().join("zig");
    cargo
        .env("PATH", before_path(bin)?)
        // Not as an argument, which cargo-lambda hands to `cargo metadata` as well.
        .env("CARGO_TARGET_DIR", &sources.target)
        .env("CARGO_ENCODED_RUSTFLAGS", rust.flags(sources).join("\u{1f}"))
        .env_remove("RUSTFLAGS")
        .env("CARGO_ZIGBUILD_CACHE_DIR", zig.join("wrappers"))
        .env("ZIG_GLOBAL_CACHE_DIR", zig.join("cache"))
        .env("ZIG_LOCAL_CACHE_DIR", zig.join("cache"));
    run(&mut cargo, "build the functions with cargo-lambda")?;
    Ok(FUNCTIONS.map(|function| (function, out.join(function).join("bootstrap"))).into())
}

/// Zips a program, once it is known to be what Lambda can start.
fn seal(
    function: &'static str,
    (program, policy): (&Path, Option<&Path>),
    zip: &Path,
    arch: Arch,
    sources: &Sources,
) -> Result<Package, Failure> {
    let what = || format!("package the function {function}");
    let bytes = fs::read(program).doing(|| format!("read {}", program.display()))?;
    let glibc = elf::look(&bytes, arch.machine())
        .and_then(|glibc| if glibc <= GLIBC { Ok(glibc) } else { Err(too_new(glibc)) })
        .doing(what)?;
    for place in [&sources.root, &sources.target].into_iter().chain(&cargo_home()) {
        let place = place.to_string_lossy();
        if elf::holds(&bytes, place.as_bytes()) {
            return Err(
                Failure::to(what()).because(format!("the program names this machine's folder {place}"))
            );
        }
    }
    pack(program, policy, zip, CompressionMethod::Deflated).doing(what)?;
    let zipped = fs::read(zip).doing(|| format!("read {}", zip.display()))?;
    Ok(Package {
        function,
        zip: zip.to_owned(),
        size: zipped.len() as u64,
        sha256: sha256(&zipped),
        unzipped: bytes.len() as u64,
        glibc,
    })
}

fn too_new((major, minor): (u32, u32)) -> String {
    format!("it needs glibc {major}.{minor}, and provided.al2023 has {}.{}", GLIBC.0, GLIBC.1)
}

/// The Rust that builds.
struct Rust {
    sysroot: PathBuf,
    commit: String,
}

impl Rust {
    fn find(folders: &Folders) -> Result<Self, Failure> {
        let ask = |words: &[&str]| {
            let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
                .current_dir(folders.root())
                .args(words)
                .output()
                .doing(|| "ask rustc where it is".to_owned())?;
            Ok::<_, Failure>(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let sysroot = ask(&["--print", "sysroot"])?.trim().into();
        let version = ask(&["--version", "--verbose"])?;
        let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        Ok(Self { sysroot, commit: commit.unwrap_or_default().to_owned() })
    }

    /// Whether it has the standard library for `arch`.
    fn has(&self, arch: Arch) -> Result<(), Failure> {
        let target = arch.target();
        if self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir() {
            return Ok(());
        }
        Err(Failure::to(format!("find Rust's standard library for {target}"))
            .because("it is not installed")
            .help(format!("`rustup target add {target}`, or package for another processor with --arch")))
    }

    /// So that nothing in a program shows where it was built.
    fn flags(&self, sources: &Sources) -> Vec<String> {
        let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
        let mut flags = vec![remap(&sources.root, "/aduana"), remap(&sources.target, "/built")];
        // The folder's name shows by which registry or mirror the crates came.
        let registries = cargo_home().map(|home| home.join("registry/src"));
        for registry in registries.into_iter().flat_map(fs::read_dir).flatten().flatten() {
            flags.push(remap(&registry.path(), "/crates"));
        }
        // Where Rust's own sources are installed, it would name those.
        flags.push(remap(&self.sysroot.join("lib/rustlib/src/rust"), &format!("/rustc/{}", self.commit)));
        flags
    }
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// The PATH with `bin` first.
pub(crate) fn before_path(bin: &Path) -> Result<OsString, Failure> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = [bin.to_owned()].into_iter().chain(env::split_paths(&path));
    env::join_paths(all).doing(|| format!("put {} on the PATH", bin.display()))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::copy(from, to).map(|_| ());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
