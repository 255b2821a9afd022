//! The direction of the dependencies, as ARCHITECTURE.md draws it: invoice ← intake ← aws ← functions and operator.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each of our packages, and those of ours that it may use.
const MAY_USE: [(&str, &[&str]); 5] = [
    ("aduana-invoice", &[]),
    ("aduana-intake", &["aduana-invoice"]),
    ("aduana-aws", &["aduana-invoice", "aduana-intake"]),
    ("aduana-validator", &["aduana-invoice", "aduana-intake", "aduana-aws"]),
    ("aduana-operator", &["aduana-invoice", "aduana-intake", "aduana-aws"]),
];

/// What is no part of a domain: clouds, runtimes, sockets.
const OUTSIDE: [&str; 10] =
    ["aws-", "aws_", "tokio", "lambda_", "hyper", "reqwest", "ureq", "rustls", "async-std", "smol"];

fn metadata() -> Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    #[expect(clippy::disallowed_methods, reason = "what cargo says, not an invoice")]
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The packages that each package is built with, by id; what only tests need is left out.
fn graph(metadata: &Value) -> BTreeMap<&str, Vec<&str>> {
    let is_built_in =
        |dependency: &&Value| array(dependency, "dep_kinds").iter().any(|kind| kind["kind"] != "dev");
    let uses = |node| {
        array(node, "deps").iter().filter(is_built_in).map(|dependency| text(dependency, "pkg")).collect()
    };
    array(&metadata["resolve"], "nodes").iter().map(|node| (text(node, "id"), uses(node))).collect()
}

fn names(metadata: &Value) -> BTreeMap<&str, &str> {
    array(metadata, "packages").iter().map(|package| (text(package, "id"), text(package, "name"))).collect()
}

#[test]
fn our_packages_use_each_other_in_one_direction() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    for (package, may_use) in MAY_USE {
        let id = names.iter().find(|(_, name)| **name == package).expect(package).0;
        let ours: BTreeSet<&str> =
            graph[id].iter().map(|id| names[id]).filter(|name| name.starts_with("aduana-")).collect();
        let not_allowed: Vec<_> = ours.iter().filter(|name| !may_use.contains(name)).collect();
        assert!(not_allowed.is_empty(), "{package} must not use {not_allowed:?}");
    }
}

#[test]
fn nothing_that_is_shipped_uses_the_tests_or_the_projects_commands() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    for (id, uses) in &graph {
        let uses: Vec<_> = uses.iter().map(|id| names[id]).collect();
        assert!(!uses.contains(&"xtask") && !uses.contains(&"aduana-tests"), "{} uses {uses:?}", names[id]);
    }
}

#[test]
fn the_domain_knows_no_cloud_no_runtime_and_no_socket() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    for package in ["aduana-invoice", "aduana-intake"] {
        let mut waiting = vec![*names.iter().find(|(_, name)| **name == package).expect(package).0];
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                let name = names[id];
                assert!(
                    !OUTSIDE.iter().any(|outside| name.starts_with(outside)),
                    "{package} is built with {name}"
                );
                waiting.extend(&graph[id]);
            }
        }
        assert!(seen.len() > 5, "{package} is built with more than {} packages", seen.len());
    }
}

#[test]
fn every_package_comes_from_crates_io() {
    for package in array(&metadata(), "packages") {
        let source = package["source"].as_str();
        let is_known =
            source.is_none_or(|source| source == "registry+https://github.com/rust-lang/crates.io-index");
        assert!(is_known, "{}: {source:?}", text(package, "name"));
    }
}
