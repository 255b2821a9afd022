//! The project's own commands, as a library that the end-to-end tests share.
//!
//! # Layout
//! - [`aws`]: a small client for a local AWS. [`local_aws`]: that AWS as a process. [`python`]: what it is installed from.
//! - `emulator`: what differs between that and LocalStack. [`compose`]: the files for Docker.
//! - [`functions`]: builds and zips them for this machine; [`package`]: for Lambda. [`deploy`]: the template, by CloudFormation.
//! - [`kafka`]: a broker, and a development poller that stands in for Lambda's.
//! - [`browser`]: what the tests of the console need of this machine.
//! - `npm`: packages for Node, pinned. `installed`: what all that is installed has in common.
//! - `crates`: the licences and sources of what we use; [`sbom`]: the list of it. `cargo_tools`: commands for cargo, from crates.io.
//! - [`coverage`], [`mutants`], [`seeded_bugs`]: whether the tests would notice.
//! - `sources`: a copy of them, for what changes them.
//! - [`reliability`], [`fuzz`]: whether anything is lost, doubled or broken.
//! - [`up`], [`demo`], [`test`], [`lint`], [`bench`]: the commands. [`terminal`]: what they say; [`figures`]: what they measured.

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
pub mod fuzz;
pub mod hash;
mod installed;
pub mod kafka;
pub mod lint;
pub mod local_aws;
pub mod mutants;
mod npm;
pub mod package;
pub mod python;
pub mod reliability;
pub mod sbom;
pub mod seeded_bugs;
mod sources;
pub mod terminal;
pub mod test;
pub mod up;
