//! The sample invoices, whose names say what is to become of them: `valid-…`, `invalid-<category>-…`, `duplicate-…`,
//! `conflict-…`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};
use crate::hash::sha256;

/// What is to become of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// It is stored.
    Stored,
    /// It is held, in this category.
    Held(String),
    /// It says what is stored already: it leaves no trace.
    Nothing,
    /// It contradicts what is stored already: it is held for that.
    Conflict,
}

impl Due {
    fn of(name: &str) -> Option<Self> {
        let (first, rest) = name.split_once('-')?;
        match first {
            "valid" => Some(Self::Stored),
            "invalid" => Some(Self::Held(rest.split('-').next().unwrap_or_default().to_owned())),
            "duplicate" => Some(Self::Nothing),
            "conflict" => Some(Self::Conflict),
            _ => None,
        }
    }

    /// Whether it only makes sense once others are stored.
    pub(super) fn is_second(&self) -> bool {
        matches!(self, Self::Nothing | Self::Conflict)
    }
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) path: PathBuf,
    /// Its name without `.json`.
    pub(super) name: String,
    /// As the tables have it: SHA-256 of its bytes.
    pub(super) fingerprint: String,
    pub(super) due: Due,
}

/// The samples in `folder`, by name.
pub(super) fn samples(folder: &Path) -> Result<Vec<Sample>, Failure> {
    let what = || format!("read the samples in {}", folder.display());
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).doing(what)? {
        let path = entry.doing(what)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".json") else { continue };
        let Some(due) = Due::of(name) else {
            let reason =
                format!("the name {name} does not begin with valid-, invalid-, duplicate- or conflict-");
            return Err(Failure::to(what()).because(reason));
        };
        let bytes = fs::read(&path).doing(what)?;
        let fingerprint = sha256(&bytes);
        samples.push(Sample { name: name.to_owned(), fingerprint, due, path });
    }
    if samples.is_empty() {
        return Err(Failure::to(what()).because("there are none"));
    }
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_due() {
        assert_eq!(Due::of("valid-es-dos-tipos"), Some(Due::Stored));
        assert_eq!(Due::of("invalid-range-BR-27-negative-price"), Some(Due::Held("range".to_owned())));
        assert_eq!(Due::of("duplicate-of-valid-es"), Some(Due::Nothing));
        assert_eq!(Due::of("conflict-with-valid-es"), Some(Due::Conflict));
        assert_eq!(Due::of("notes-on-samples"), None);
    }
}
