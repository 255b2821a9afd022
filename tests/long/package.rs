//! The packages for Lambda.

use xtask::folders::Folders;
use xtask::package::{Package, comparable, package, package_elsewhere};

#[test]
fn the_same_sources_in_another_folder_give_the_same_packages() {
    let folders = Folders::find();
    // `cargo xtask test --long` says what is left out.
    let (arch, _) = comparable(&folders).unwrap_or_else(|failure| panic!("{failure}"));
    let facts = |package: &Package| (package.function, package.size, package.sha256.clone());
    let here: Vec<_> = package(&folders, arch, None)
        .unwrap_or_else(|failure| panic!("{failure}"))
        .iter()
        .map(facts)
        .collect();
    let there = package_elsewhere(&folders, arch).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(here, there.iter().map(facts).collect::<Vec<_>>());
    assert_eq!(here.len(), 2);
}
