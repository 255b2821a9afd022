//! What the READMEs show is what the program prints.

use std::fs;
use std::path::Path;

use crate::common::aduana;

#[test]
fn the_readmes_show_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for readme in ["README.md", "README.es.md"] {
        let text = fs::read_to_string(root.join(readme)).unwrap();
        let block = text.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
        let (command, shown) = block.split_once('\n').unwrap();
        let args: Vec<_> = command.strip_prefix("$ aduana ").unwrap().split(' ').collect();
        let output = aduana(&args).args(["--today", "2026-11-24"]).current_dir(&root).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(shown.lines().count() >= 9 && printed.contains(shown), "{readme}: {printed}");
    }
}
