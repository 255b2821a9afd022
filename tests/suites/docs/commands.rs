//! The commands of the project that documents say to run. Those of `aduana` are held by its own tests.

use std::collections::BTreeSet;

use super::{documents, read};

/// The commands and options that `xtask/src/main.rs` defines.
fn known() -> BTreeSet<String> {
    let source = read("xtask/src/main.rs");
    let spoken = |name: &str| {
        let mut spoken = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !spoken.is_empty() {
                spoken.push('-');
            }
            spoken.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
        }
        spoken
    };
    let name_of = |line: &str| {
        let name = line.split([' ', ',', ':', '(']).next().unwrap_or_default();
        (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then(|| spoken(name))
    };
    let mut known = BTreeSet::new();
    let commands = source.split("enum Command {").nth(1).and_then(|it| it.split("\n}").next());
    let variants = commands.expect("the commands").lines().filter_map(|line| line.strip_prefix("    "));
    known.extend(variants.filter(|line| line.starts_with(char::is_uppercase)).filter_map(name_of));
    for argument in source.split("#[arg(long").skip(1) {
        let field = argument.lines().nth(1).expect("a field").trim();
        known.extend(name_of(field).map(|name| format!("--{name}")));
    }
    known.insert("help".to_owned());
    known
}

#[test]
fn every_command_and_option_of_the_project_is_there() {
    let known = known();
    assert!(known.contains("demo") && known.contains("--end-to-end"), "{known:?}");
    let mut seen = 0;
    for document in documents() {
        for after in read(&document).split("cargo xtask ").skip(1) {
            let command = after.lines().next().unwrap_or_default();
            let command = command.split(['`', '#', '|', '"']).next().unwrap_or_default();
            // Behind two blanks there is a remark; behind `--`, what is said to another program.
            let words = command.split("  ").next().unwrap_or_default().split_whitespace();
            let mut words = words.take_while(|word| *word != "--").peekable();
            let Some(name) = words.peek().copied().filter(|name| !name.starts_with('…')) else { continue };
            let name = name.trim_end_matches([',', '.', ';', ':', ')']);
            assert!(known.contains(name), "{document}: cargo xtask {command}");
            seen += 1;
            if name == "mutants" {
                continue; // It passes on what is not its own.
            }
            for option in words.filter(|word| word.starts_with("--")) {
                let option = option.split(['=', ',', ')']).next().unwrap_or_default();
                assert!(known.contains(option), "{document}: cargo xtask {command}");
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn the_program_is_installed_as_the_lock_file_says() {
    for document in documents() {
        for command in read(&document).split("cargo install ").skip(1) {
            let line = command.lines().next().unwrap_or_default();
            assert!(line.contains("--locked"), "{document}: cargo install {line}");
        }
    }
}
