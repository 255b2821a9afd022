//! The direction of the imports within a crate: of two of its modules at most one imports the other, by whatever way round.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The top-level modules of a crate, each with those that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The Rust files of a module: `name.rs` or `name/mod.rs`, and those in its folder. Tests may import what they like.
fn files(source: &Path, module: &str) -> Vec<PathBuf> {
    let (mut folders, mut files) =
        (vec![source.join(module)], vec![source.join(module).with_extension("rs")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let is_code = |path: &PathBuf| {
        let is_tests = |part: &std::ffi::OsStr| part == "tests" || part == "tests.rs";
        path.extension().is_some_and(|extension| extension == "rs")
            && !path.strip_prefix(source).unwrap_or(path).iter().any(is_tests)
    };
    files.retain(|path| path.is_file() && is_code(path));
    files
}

/// The text of a file without its comments and without its module of tests, which stands at its end.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].trim_end().ends_with('{');
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    let lines = lines[..end].iter().filter(|line| !line.trim_start().starts_with("//"));
    lines.copied().collect::<Vec<_>>().join("\n")
}

/// The first names after `crate::`, and in a top-level file after `super::`, also where several are in braces.
fn imported(code: &str, root: &Regex) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for found in root.find_iter(code) {
        let rest = &code[found.end()..];
        let Some(inside) = rest.strip_prefix('{') else {
            names.insert(
                rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("").to_owned(),
            );
            continue;
        };
        let (mut depth, mut at_begin, mut name) = (0, true, String::new());
        for char in inside.chars() {
            match char {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    names.insert(std::mem::take(&mut name));
                    at_begin = true;
                }
                ':' if depth == 0 => at_begin = false,
                _ if depth == 0 && at_begin && !char.is_whitespace() => name.push(char),
                _ => {}
            }
        }
        names.insert(name);
    }
    names
}

/// What the modules of the crate in `folder` import of each other.
fn imports(folder: &Path) -> Imports {
    let source = folder.join("src");
    let root = fs::read_to_string(source.join("lib.rs")).expect("a library");
    let module = Regex::new(r"(?m)^(?:pub |pub\(crate\) )?mod (\w+);").expect("a pattern");
    let modules: Vec<String> = module.captures_iter(&root).map(|found| found[1].to_owned()).collect();
    let [from_root, from_root_or_parent] =
        [r"\bcrate::", r"\b(?:crate|super)::"].map(|pattern| Regex::new(pattern).expect("a pattern"));
    // What the root re-exports may be imported from it, too: `crate::Verdict` is `crate::verdict`'s.
    let export = Regex::new(r"(?m)^pub(?:\(crate\))? use (\w+)::([^;]+);").expect("a pattern");
    let name = Regex::new(r"\w+").expect("a pattern");
    let exports: BTreeMap<String, String> = export
        .captures_iter(&root)
        .flat_map(|found| {
            let module = found[1].to_owned();
            name.find_iter(found.get(2).expect("names").as_str())
                .map(|name| (name.as_str().to_owned(), module.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    let of = |module: &String| {
        let mut all = BTreeSet::new();
        for file in files(&source, module) {
            let is_top = file.parent() == Some(&source);
            all.extend(imported(&code(&file), if is_top { &from_root_or_parent } else { &from_root }));
        }
        let resolved = all.into_iter().map(|name| exports.get(&name).cloned().unwrap_or(name));
        let imports: BTreeSet<String> =
            resolved.filter(|name| name != module && modules.contains(name)).collect();
        (module.clone(), imports)
    };
    modules.iter().map(of).collect()
}

/// The modules of the circles: what is left once all that imports nothing, or nothing but what was taken away, is taken away, and the same
/// from above.
fn in_circles(mut imports: Imports) -> Imports {
    loop {
        let used: BTreeSet<String> = imports.values().flatten().cloned().collect();
        let before = imports.len();
        imports.retain(|module, below| !below.is_empty() && used.contains(module));
        let left: BTreeSet<String> = imports.keys().cloned().collect();
        for below in imports.values_mut() {
            below.retain(|module| left.contains(module));
        }
        if imports.len() == before {
            return imports;
        }
    }
}

/// Fails with the modules of a crate, given by its folder, that import each other in a circle.
#[track_caller]
fn imports_go_one_way(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let imports = imports(&folder);
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > imports.len(), "{imports:?} are all");
    let circles = in_circles(imports);
    assert!(circles.is_empty(), "these modules import each other in a circle: {circles:#?}");
}

#[test]
fn the_modules_of_the_invoice_import_one_way() {
    imports_go_one_way("crates/invoice");
}

#[test]
fn the_modules_of_the_console_import_one_way() {
    imports_go_one_way("crates/console");
}

#[test]
fn imports_are_found_whichever_way_they_are_written() {
    let root = Regex::new(r"\b(?:crate|super)::").expect("a pattern");
    let code =
        "use crate::a;\nuse crate::b::{x, y};\nuse crate::{c, d::{x, y}, e::z};\nfn f() { super::g::h() }";
    assert_eq!(imported(code, &root), ["a", "b", "c", "d", "e", "g"].map(str::to_owned).into());
}

#[test]
fn a_circle_is_found_and_what_leads_to_it_or_from_it_is_no_part_of_it() {
    let imports = |all: &[(&str, &[&str])]| -> Imports {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        all.iter().map(|(module, below)| ((*module).to_owned(), set(below))).collect()
    };
    let one_way = imports(&[("top", &["a", "b"]), ("a", &["b"]), ("b", &[])]);
    assert!(in_circles(one_way).is_empty());
    let circle =
        imports(&[("top", &["a"]), ("a", &["b"]), ("b", &["c", "low"]), ("c", &["a"]), ("low", &[])]);
    assert_eq!(in_circles(circle).into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}
