//! What the tests of the console need of this machine: a Chromium with its driver, and the checker of accessibility from npm.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::folders::Folders;
use crate::npm::NodePackages;

/// What to look for, in this order.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const CHROMEDRIVER: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

/// How to get all of it.
const GET: &str = "install them: on Debian, `apt-get install chromium chromium-driver npm`; elsewhere, \
                   Chromium or Chrome, the chromedriver of the same version, and Node.js with npm";

const AXE: NodePackages = NodePackages { folder: "axe", what: "axe-core", pinned: "tests/console/axe" };

/// The programs, where they are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The browser.
    pub chromium: PathBuf,
    /// What drives it, by WebDriver.
    pub chromedriver: PathBuf,
    /// What installs the checker of accessibility.
    npm: PathBuf,
}

impl Programs {
    /// Looks for them on the PATH.
    pub fn find() -> Result<Self, Failure> {
        let chromium = CHROMIUM.iter().find_map(|name| on_path(name)).ok_or("Chromium");
        let chromedriver = CHROMEDRIVER.iter().find_map(|name| on_path(name)).ok_or("chromedriver");
        let npm = on_path("npm").ok_or("npm");
        let missing: Vec<_> =
            [&chromium, &chromedriver, &npm].iter().filter_map(|it| it.as_ref().err().copied()).collect();
        let missing = missing.join(", ");
        let failed = |_| {
            Failure::to("find a browser to test the console with")
                .because(format!("not on the PATH: {missing}"))
                .help(GET)
        };
        Ok(Self {
            chromium: chromium.map_err(failed)?,
            chromedriver: chromedriver.map_err(failed)?,
            npm: npm.map_err(failed)?,
        })
    }

    /// Installs the checker of accessibility unless it is there: a test's tool under its own licence (MPL-2.0), which is not in
    /// what we ship, so it comes from npm, as pinned.
    pub fn install_axe(&self, folders: &Folders) -> Result<(), Failure> {
        AXE.install(folders, &self.npm)
    }
}

/// The script of the checker, once it is installed.
pub fn axe(folders: &Folders) -> PathBuf {
    AXE.place(folders).join("node_modules/axe-core/axe.min.js")
}

/// Whether we are root, for whom Chromium must do without its sandbox.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
