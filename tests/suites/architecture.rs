//! The direction of the dependencies, as ARCHITECTURE.md draws it: invoice ← cases ← intake and redrive ← aws ← functions and operator.

mod layers;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each of our packages that is shipped, and those of ours that it may use.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("aduana-invoice", &[]),
    ("aduana-cases", &["aduana-invoice"]),
    ("aduana-intake", &["aduana-invoice", "aduana-cases"]),
    ("aduana-redrive", &["aduana-invoice", "aduana-cases"]),
    ("aduana-aws", &DOMAIN),
    (
        "aduana-validator-function",
        &["aduana-invoice", "aduana-cases", "aduana-intake", "aduana-redrive", "aduana-aws"],
    ),
    (
        "aduana-redrive-function",
        &["aduana-invoice", "aduana-cases", "aduana-intake", "aduana-redrive", "aduana-aws"],
    ),
    ("aduana-console", &["aduana-invoice", "aduana-cases", "aduana-redrive"]),
    (
        "aduana-operator",
        &[
            "aduana-invoice",
            "aduana-cases",
            "aduana-intake",
            "aduana-redrive",
            "aduana-aws",
            "aduana-console",
        ],
    ),
];

/// What knows no cloud, no runtime and no socket.
const DOMAIN: [&str; 4] = ["aduana-invoice", "aduana-cases", "aduana-intake", "aduana-redrive"];

/// What is no part of a domain: clouds, runtimes, sockets.
const OUTSIDE: [&str; 10] =
    ["aws-", "aws_", "tokio", "lambda_", "hyper", "reqwest", "ureq", "rustls", "async-std", "smol"];

/// What cargo says to these words. Without the network, and for this platform only: a crate that only another platform
/// needs may never have been fetched here.
fn cargo(words: &[&str]) -> String {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(words)
        .args(["--locked", "--offline", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The names of everything that `package` is built with, itself included; what only its tests need is left out.
fn built_with(package: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--package",
        package,
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn ours(names: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str).filter(|name| name.starts_with("aduana-") || *name == "xtask")
}

#[test]
fn our_packages_use_each_other_in_one_direction() {
    for (package, may_use) in MAY_USE {
        let built_with = built_with(package);
        let not_allowed: Vec<_> =
            ours(&built_with).filter(|name| *name != package && !may_use.contains(name)).collect();
        assert!(not_allowed.is_empty(), "{package} must not use {not_allowed:?}");
    }
}

#[test]
fn every_package_of_ours_has_its_place_in_that_direction() {
    #[expect(clippy::disallowed_methods, reason = "what cargo says, not an invoice")]
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let placed = MAY_USE.iter().map(|(package, _)| *package).chain([
        "aduana-bench",
        "aduana-testkit",
        "aduana-tests",
        "xtask",
    ]);
    assert_eq!(names, placed.collect(), "a new package wants a line here, and in ARCHITECTURE.md");
}

#[test]
fn the_domain_knows_no_cloud_no_runtime_and_no_socket() {
    for package in DOMAIN {
        let built_with = built_with(package);
        assert!(built_with.len() > 5, "{package} is built with more than {built_with:?}");
        let outside: Vec<_> = built_with
            .iter()
            .filter(|name| OUTSIDE.iter().any(|outside| name.starts_with(outside)))
            .collect();
        assert!(outside.is_empty(), "{package} is built with {outside:?}");
    }
}

#[test]
fn every_package_comes_from_crates_io() {
    let lock = include_str!("../../Cargo.lock");
    for source in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(source, "source = \"registry+https://github.com/rust-lang/crates.io-index\"");
    }
}
