//! The threat model says of each row by which tests it is shown.

use super::read;
use crate::limits_table::{all, is_test};

#[test]
fn every_row_of_the_threat_model_names_a_test_that_is_there() {
    let page = read("SECURITY.md");
    let chapter = page.split("## Who may do what").nth(1).expect("the chapter");
    let rows: Vec<&str> = chapter
        .lines()
        .skip_while(|line| !line.starts_with("| who"))
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 8, "{rows:?}");
    let sources = all();
    for row in rows {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next().expect("the last cell");
        let tests: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "nothing shows {row}");
        for test in tests {
            assert!(is_test(&sources, test), "{test} is gone");
        }
    }
}
