//! The commands that the documents say to run are there, with their options.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};

use super::Cli;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every document of the project that may name a command: its path and its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut documents = Vec::new();
    for folder in ["", "docs", "events", "infra", "infra/local", "localstack"] {
        for file in fs::read_dir(root().join(folder)).expect("a folder") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).expect("text");
                documents.push((path, text));
            }
        }
    }
    documents
}

/// The commands in a document: the lines of its blocks without comments, and what stands in backquotes.
fn commands(document: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for (at, part) in document.split("```").enumerate() {
        if at % 2 == 1 {
            commands.extend(part.lines().map(|line| line.split(" #").next().unwrap_or_default().to_owned()));
        } else {
            commands.extend(part.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    commands
}

/// What is said to `aduana` in a command: it is the program, alone, in a pipe, or behind variables that are set for it.
fn words(command: &str) -> Vec<Vec<String>> {
    let words: Vec<_> = command.split_whitespace().collect();
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let is_program = before.is_none_or(|word| matches!(*word, "|" | "&&" | "$") || word.contains('='));
        if *word == "aduana" && is_program {
            let ours = words.iter().skip(at + 1).take_while(|word| !matches!(**word, "|" | ">" | "&&"));
            all.push(ours.map(|word| (*word).to_owned()).collect());
        }
    }
    all
}

/// What is wrong with these words, if anything.
fn fault(words: &[String]) -> Option<String> {
    let mut root = Cli::command();
    root.build();
    let (mut command, mut rest) = (&root, words);
    while let Some((word, behind)) = rest.split_first() {
        if word == "help" {
            return None;
        }
        if !command.has_subcommands() || word.starts_with('-') {
            break;
        }
        // `discard|reopen` names several; what follows would be for each of them.
        let named: Vec<_> = word.split('|').map(|name| name.trim_end_matches([',', '.'])).collect();
        let found: Vec<&Command> = named.iter().filter_map(|name| command.find_subcommand(name)).collect();
        if found.len() != named.len() {
            return Some(format!("there is no {word}"));
        }
        (command, rest) = (*found.first()?, behind);
    }
    let has = |option: &str| {
        command.get_arguments().any(|argument| match option.strip_prefix("--") {
            Some(long) => argument.get_long_and_visible_aliases().is_some_and(|them| them.contains(&long)),
            None => argument.get_short().is_some_and(|short| option == format!("-{short}")),
        })
    };
    let options = rest.iter().map(|word| word.split(['=', ',', ')']).next().unwrap_or_default());
    let mut options = options.filter(|word| word.len() > 1 && word.starts_with('-'));
    options.find(|option| !has(option)).map(|option| format!("{} has no {option}", command.get_name()))
}

#[test]
fn every_command_and_option_in_the_documents_is_there() {
    let mut seen = 0;
    for (path, text) in documents() {
        for command in commands(&text) {
            for words in words(&command) {
                assert_eq!(fault(&words), None, "{}: {command}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "{seen}");
}

#[test]
fn a_command_or_option_that_is_not_there_is_found() {
    for (command, is_wrong) in [
        ("export-invoices | aduana validate -", false),
        ("aduana invalid discard|reopen|annotate", false),
        ("aduana help invalid COMMAND", false),
        ("sam delete --stack-name aduana --region REGION", false),
        ("aduana invalid mend ID", true),
        ("aduana invalid discard|forget", true),
        ("aduana status --langue es", true),
        ("aduana validate DIR | aduana publish --fast -", true),
    ] {
        let wrong = words(command).iter().any(|words| fault(words).is_some());
        assert_eq!(wrong, is_wrong, "{command}");
    }
}
