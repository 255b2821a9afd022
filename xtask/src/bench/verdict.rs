//! A whole verdict against the bare parse of the same bytes to a `serde_json::Value`.

use std::process::Command;

use super::Measured;
use super::numbers::{grouped, hundredths, microseconds, ratio};
use super::plots::Plot;
use super::programs::Programs;
use super::ways::{Reader, measure, of};
use crate::failure::Failure;
use crate::figures::Figures;
use crate::terminal::Step;

/// So many turns each document has; the median counts.
const TURNS: usize = 41;
/// So often it is read in a turn.
const TIMES: u32 = 200;

/// Ours, which reads each document in three ways.
pub(super) fn reader(programs: &Programs<'_>, times: u32) -> Result<Reader, Failure> {
    let mut command = Command::new(programs.program("verdict"));
    Reader::start("our own program", command.arg("serve").arg(&programs.documents), times)
}

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let documents = programs.documents()?;
    let names: Vec<&str> = documents.iter().map(|document| document.name.as_str()).collect();
    let mut readers = [reader(programs, TIMES)?];
    let times = Step::begin(format!("Judging each document {TURNS} times {TIMES} times"))
        .done(|| measure(&mut readers, &names, TURNS))?;
    let mut figures = Figures::under(
        "A whole verdict, against the bare parse",
        [
            "document",
            "verdict / parse",
            "parse and schema / parse",
            "verdict",
            "parse",
            "invoices a second and core",
        ],
    );
    let mut plot = Plot::of("verdict", "A whole verdict, as a multiple of the bare parse", "×")
        .mark(100, "the bare parse")
        .mark(200, "aim for an invalid one");
    for document in &documents {
        let [parse, verdict, schema] =
            ["parse", "verdict", "schema"].map(|way| of(&times, &document.name, way).max(1));
        let title = format!("{}, {}", document.title, size(document.bytes));
        figures.add_row([
            title.clone(),
            ratio(verdict, parse),
            ratio(schema, parse),
            microseconds(verdict),
            microseconds(parse),
            grouped(1_000_000_000 / verdict),
        ]);
        plot.bar(title, hundredths(verdict, parse));
    }
    Ok(Measured { tables: vec![figures], plots: vec![plot], ..Measured::default() })
}

/// `3.8 KB`.
fn size(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}
