//! Which test tries which limit. A constant that is a limit by its name and has no row here fails, and so does a row whose test or
//! constant is gone.
//!
//! AWS's own limits are enforced by the strict world (`tests/src/world/limits.rs`), so every suite and every random history tries
//! them; those that decide what becomes of a message are tried just below, at them and just above in `limits.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use Tried::{At, Not};

/// How a limit is tried.
enum Tried {
    /// By this test, at its edge.
    At(&'static str),
    /// Not at its edge, for this reason.
    Not(&'static str),
}

/// A page or a line shows so many, and says that there are more.
const SHOWN: Tried = Not("how much is shown at a time; what is left out is counted");
/// A bound that only ends what would go on for ever.
const END: Tried = Not("an end to what goes on at the next run");
/// How long is waited.
const PAUSE: Tried = Not("a time, not a size");

/// The file under `crates/` or `functions/`, the constant, the test.
const LIMITS: [(&str, &str, Tried); 78] = [
    ("aws/src/clients.rs", "LONGEST_BACKOFF", PAUSE),
    ("aws/src/config.rs", "CONCURRENCY_MAX", Not("a setting that is checked when it is read")),
    ("aws/src/dead_letters.rs", "HIDE_SECONDS_MAX", Not("the strict world holds the redrive to it")),
    ("aws/src/dead_letters.rs", "UNREADABLE_BATCHES_MAX", END),
    ("aws/src/errors.rs", "LONGEST", SHOWN),
    ("aws/src/events.rs", "LONGEST", SHOWN),
    ("console/src/body.rs", "LINES_MAX", SHOWN),
    ("console/src/body.rs", "LINE_MAX", SHOWN),
    ("console/src/body.rs", "SHOWN_MAX", SHOWN),
    (
        "console/src/bulk.rs",
        "CASES_MAX",
        Not("ten thousand cases; one change takes as many, and says how many are left"),
    ),
    ("console/src/bulk/preview.rs", "JUDGED_MAX", SHOWN),
    ("console/src/bulk/preview.rs", "PLACES_MAX", SHOWN),
    ("console/src/cases.rs", "ASKS_MAX", END),
    ("console/src/desk.rs", "ANSWERS_MAX", END),
    ("console/src/gate.rs", "FORM_MAX", Not("what the server beneath refuses")),
    ("console/src/memory.rs", "PAGES_MAX", SHOWN),
    ("console/src/memory.rs", "PREPARED_MAX", END),
    ("console/src/memory.rs", "REVEALED_MAX", END),
    ("console/src/mend/fields.rs", "FIELDS_MAX", SHOWN),
    ("console/src/mend/fields.rs", "VALUE_MAX", SHOWN),
    ("console/src/mend/verdict.rs", "SHOWN_MAX", SHOWN),
    ("console/src/node.rs", "DEPTH_MAX", SHOWN),
    ("console/src/paper.rs", "LINES_MAX", SHOWN),
    ("console/src/paper.rs", "ROWS_MAX", SHOWN),
    ("console/src/paper.rs", "VALUE_MAX", SHOWN),
    ("console/src/runs.rs", "RUNS_MAX", SHOWN),
    ("console/src/runs.rs", "SKIPPED_MAX", SHOWN),
    ("console/src/runs/work.rs", "LONGEST_PAUSE", PAUSE),
    ("intake/src/alerts.rs", "CASES_IN_JSON_MAX", SHOWN),
    ("intake/src/alerts.rs", "CASES_MAX", SHOWN),
    ("intake/src/alerts/board.rs", "NOTICES_MAX", END),
    (
        "intake/src/alerts/board.rs",
        "WRITES_MAX",
        Not("DynamoDB's 100 items; the strict world holds every digest to it"),
    ),
    ("intake/src/alerts/cause.rs", "CODES_MAX", SHOWN),
    ("intake/src/alerts/cause.rs", "RULES_MAX", SHOWN),
    ("intake/src/alerts/herald.rs", "DIGESTS_MAX", END),
    ("intake/src/alerts/herald.rs", "WINDOWS_MAX", END),
    ("intake/src/arrival.rs", "SUMMARY_TEXT_MAX", SHOWN),
    (
        "intake/src/attributes.rs",
        "COUNT_MAX",
        At("a_producers_attributes_stay_beside_ours_until_there_are_ten_in_all"),
    ),
    (
        "intake/src/attributes.rs",
        "MESSAGE_MAX",
        At("a_message_of_1_mib_with_its_attributes_is_sent_whole_and_one_byte_more_as_a_claim_check"),
    ),
    ("intake/src/attributes.rs", "REASONS_MAX", At("reasons_take_4_kib_and_say_how_many_there_are")),
    ("intake/src/body.rs", "PART_MAX", At("a_part_of_a_body_has_350_000_bytes_at_most")),
    ("intake/src/cases.rs", "BYTES_MAX", Not("the strict world holds every case to 400 KB")),
    ("intake/src/cases.rs", "REASON_BYTES_MAX", Not("the strict world holds every case to 400 KB")),
    ("intake/src/claim.rs", "LONGEST", Not("no claim check comes near it: its own test says so")),
    (
        "intake/src/redrive.rs",
        "ACTOR_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    ("intake/src/redrive.rs", "DIFF_MAX", SHOWN),
    ("intake/src/redrive.rs", "IDS_MAX", At("a_request_names_a_thousand_cases_and_a_page_has_five_hundred")),
    ("intake/src/redrive.rs", "LIST_MAX", At("a_request_names_a_thousand_cases_and_a_page_has_five_hundred")),
    ("intake/src/redrive.rs", "MAX_USUAL", END),
    ("intake/src/redrive.rs", "PAGES_MAX", END),
    (
        "intake/src/redrive.rs",
        "REASON_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    (
        "intake/src/redrive/act.rs",
        "NAME_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    (
        "intake/src/redrive/act.rs",
        "NOTE_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    ("intake/src/redrive/json/patch.rs", "COPIED_MAX", At("copies_of_a_long_text_come_to_an_end")),
    (
        "intake/src/redrive/json/patch.rs",
        "WORK_MAX",
        Not(
            "what counts is that it ends: steps_among_very_many_members_come_to_an_end_and_a_value_in_each_of_ten_thousand_lines_does_not",
        ),
    ),
    (
        "intake/src/redrive/json/read.rs",
        "DEPTH_MAX",
        At("a_value_is_put_no_deeper_than_it_could_be_read_again"),
    ),
    (
        "intake/src/redrive/json/read.rs",
        "NODES_MAX",
        At("a_text_of_as_many_values_as_the_limit_is_taken_apart_and_one_more_is_not"),
    ),
    (
        "intake/src/redrive/ports.rs",
        "HEADS_MAX",
        Not("DynamoDB's 100 keys; the strict world holds the redrive to it"),
    ),
    (
        "intake/src/redrive/ports.rs",
        "RECEIVE_MAX",
        Not("SQS's ten; the strict world holds the redrive to it"),
    ),
    ("intake/src/redrive/steps.rs", "CORRECTIONS_MAX", At("corrections_are_counted_and_bounded")),
    ("intake/src/report/log.rs", "IDS_MAX", SHOWN),
    ("intake/src/report/log.rs", "REASONS_MAX", SHOWN),
    ("invoice/src/decode.rs", "DEPTH_MAX", At("levels_and_items_have_a_most")),
    ("invoice/src/decode.rs", "ITEMS_MAX", At("levels_and_items_have_a_most")),
    (
        "invoice/src/identifiers/iban.rs",
        "LONGEST",
        Not("a country's account numbers have one length each, all below it"),
    ),
    ("invoice/src/identifiers/tax_id/compact.rs", "LONGEST", Not("a country's tax ids are all below it")),
    ("invoice/src/identity.rs", "PART_MAX", At("a_key_of_1024_bytes_is_its_own_and_a_longer_one_is_a_hash")),
    ("invoice/src/model/invoice.rs", "LINES_MAX", At("the_most_lines_are_those_of_the_schema")),
    ("invoice/src/rules/decimals.rs", "MAX", Not("the rules BR-DEC-*, each by its own cases")),
    (
        "invoice/src/rules/fault.rs",
        "PLACES_MAX",
        At("one_rule_tells_of_a_thousand_places_and_a_value_is_told_in_120_characters"),
    ),
    ("invoice/src/same.rs", "DEPTH_MAX", Not("deeper than what is accepted")),
    (
        "invoice/src/verdict.rs",
        "ACTUAL_MAX",
        At("one_rule_tells_of_a_thousand_places_and_a_value_is_told_in_120_characters"),
    ),
    ("operator/src/aws.rs", "FUNCTION_MAX", PAUSE),
    ("operator/src/console.rs", "PAGES_MAX", SHOWN),
    ("operator/src/invalid/fix/correction.rs", "BYTES_MAX", Not("a file that is too large to be meant")),
    ("operator/src/invalid/resend/outcomes.rs", "LONGEST_WAIT", PAUSE),
    ("redrive/src/told.rs", "ACTOR_MAX", SHOWN),
    ("redrive/src/told.rs", "IDS_MAX", SHOWN),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files of a folder, with their contents.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
}

/// The constants that are limits by their names: the file below `crates` or `functions`, and the name.
fn limits_in(all: &[(PathBuf, String)]) -> Vec<(String, String)> {
    let mut limits = Vec::new();
    for (path, text) in all {
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap();
        if !path.contains("/src/") {
            continue;
        }
        let (_, file) = path.split_once('/').unwrap();
        let constants = text.lines().filter_map(|line| {
            let line = line.trim_start();
            let line = ["pub ", "pub(crate) ", "pub(super) "]
                .iter()
                .find_map(|it| line.strip_prefix(it))
                .unwrap_or(line);
            Some(line.strip_prefix("const ")?.split_once(':')?.0)
        });
        let named = constants.filter(|name| name.contains("MAX") || name.contains("LONGEST"));
        limits.extend(named.map(|name| (file.to_owned(), name.to_owned())));
    }
    limits
}

#[test]
fn every_limit_has_a_row_and_every_row_its_test() {
    let mut all = Vec::new();
    for folder in ["crates", "functions", "tests/suites"] {
        sources(&root().join(folder), &mut all);
    }
    let limits = limits_in(&all);
    for (file, name) in &limits {
        let is_listed = LIMITS.iter().any(|(its, constant, _)| its == file && constant == name);
        assert!(is_listed, "{name} in {file} wants a row, and a test just below, at it and just above");
    }
    for (file, name, tried) in &LIMITS {
        let is_there = limits.iter().any(|(its, constant)| its == file && constant == name);
        assert!(is_there, "{name} in {file} is gone");
        match tried {
            At(test) => {
                let named = format!("fn {test}(");
                assert!(all.iter().any(|(_, text)| text.contains(&named)), "{test} is gone");
            }
            Not(why) => assert!(!why.is_empty()),
        }
    }
}
