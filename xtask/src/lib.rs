//! The project's own commands, as a library that the end-to-end tests share.
//!
//! # Layout
//! - [`aws`]: a small client for a local AWS. [`local_aws`]: that AWS as a process. [`python`]: what it is installed from.
//! - `emulator`: what differs between that and LocalStack. [`compose`]: the files for Docker.
//! - [`functions`]: builds and zips them for this machine; [`package`]: for Lambda. [`deploy`]: the template, by CloudFormation.
//! - [`kafka`]: a broker, and a development poller that stands in for Lambda's.
//! - [`browser`]: what the tests of the console need of this machine.
//! - `npm`: packages for Node, pinned.
//! - `crates`: the licences and sources of what we use; [`sbom`]: the list of it. `cargo_tools`: commands for cargo, from crates.io.
//! - [`coverage`], [`mutants`], [`planted`]: whether the tests would notice.
//! - `sources`: a copy of them, for what changes them.
//! - [`up`], [`demo`], [`test`], [`lint`], [`bench`], [`prove`]: the commands. [`terminal`]: what they say; [`figures`]: what they
//!   measured.

pub mod aws;
pub mod bench;
pub mod browser;
mod cargo_tools;
pub mod compose;
pub mod coverage;
mod crates;
pub mod demo;
pub mod deploy;
mod elf;
mod emulator;
pub mod failure;
pub mod figures;
pub mod folders;
pub mod functions;
pub mod hash;
pub mod kafka;
pub mod lint;
pub mod local_aws;
pub mod mutants;
mod npm;
pub mod package;
pub mod planted;
pub mod prove;
pub mod python;
pub mod sbom;
mod sources;
pub mod terminal;
pub mod test;
pub mod up;
