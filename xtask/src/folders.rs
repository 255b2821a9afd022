//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

/// The folders of a checkout.
#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
    target: PathBuf,
}

impl Folders {
    /// The checkout that this program was built from.
    pub fn find() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().unwrap_or(here).to_owned();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        Self { root, target }
    }

    /// The top of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What cargo builds into.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What these commands install and leave behind, all of it; git ignores it.
    pub fn private(&self) -> PathBuf {
        self.root.join(".aduana")
    }

    /// The deployment's template.
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/template.yaml")
    }

    /// The sample invoices, named by their outcome.
    pub fn samples(&self) -> PathBuf {
        self.root.join("events/invoices")
    }

    /// `path` as a person at the top of the checkout would write it.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
