//! The packages for Lambda.

use xtask::folders::Folders;
use xtask::package::{Arch, Package, package, package_elsewhere};

/// The template's default, so that what is deployed is what is compared.
const ARCH: Arch = Arch::Arm64;

#[test]
fn the_same_sources_in_another_folder_give_the_same_packages() {
    let folders = Folders::find();
    let told = |package: &Package| (package.function, package.size, package.sha256.clone());
    let here: Vec<_> =
        package(&folders, ARCH).unwrap_or_else(|failure| panic!("{failure}")).iter().map(told).collect();
    let there = package_elsewhere(&folders, ARCH).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(here, there.iter().map(told).collect::<Vec<_>>());
    assert_eq!(here.len(), 2);
}
