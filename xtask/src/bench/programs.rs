//! What is measured: built as production builds it, without anything that only tests need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{FUNCTIONS, cargo, crate_of, run};
use crate::terminal::Step;

/// The programs, and the documents that they read.
#[derive(Debug)]
pub(super) struct Programs<'f> {
    pub(super) folders: &'f Folders,
    /// The folder with the documents, and with the schema as `schema.json`.
    pub(super) documents: PathBuf,
}

/// A document that is judged.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// Its file.
    pub(super) name: String,
    /// What it is.
    pub(super) title: String,
    /// Its size.
    pub(super) bytes: usize,
}

impl<'f> Programs<'f> {
    /// Builds them, the functions only if they are asked for, and has the documents written.
    pub(super) fn build(folders: &'f Folders, functions: bool) -> Result<Self, Failure> {
        let mut cargo = cargo(folders);
        cargo.args(["build", "--locked", "--release", "--package", "aduana-bench"]);
        for function in FUNCTIONS.into_iter().filter(|_| functions) {
            cargo.arg("--package").arg(crate_of(function));
        }
        Step::begin("Building what is measured").loud(|| run(&mut cargo, "build it"))?;
        let documents = folders.target().join("bench/documents");
        let programs = Self { folders, documents };
        let mut write = Command::new(programs.program("verdict"));
        run(write.arg("write").arg(&programs.documents), "write the documents")?;
        Ok(programs)
    }

    /// Where a program is.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folders.target().join("release").join(name)
    }

    /// The documents, the valid ones first.
    pub(super) fn documents(&self) -> Result<Vec<Document>, Failure> {
        let titles = read(&self.documents.join("titles"))?;
        let document = |line: &str| {
            let (name, title) = line.split_once('\t').unwrap_or((line, line));
            let bytes = self.body(name)?.len();
            Ok(Document { name: name.to_owned(), title: title.to_owned(), bytes })
        };
        titles.lines().map(document).collect()
    }

    /// The text of a document.
    pub(super) fn body(&self, name: &str) -> Result<String, Failure> {
        read(&self.documents.join(name))
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).doing(|| format!("read {}", file.display()))
}
