//! What a verdict takes of instructions and of memory, by document: figures that are the same on a busy machine.

use std::process::{Command, Stdio};

use super::Measured;
use super::instructions::{Counter, LEFT_OUT};
use super::numbers::{grouped, ratio};
use super::programs::{Document, Programs};
use crate::failure::{Doing, Failure};
use crate::figures::Figures;
use crate::terminal::Step;

/// So often more a document is read in the longer of the two runs whose difference is taken.
const TIMES: u32 = 10;

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let documents = programs.documents()?;
    let mut measured = Measured::default();
    measured.tables.push(Step::begin("Counting allocations").done(|| allocations(programs, &documents))?);
    match Counter::find(programs.folders) {
        Some(counter) => {
            let counting = || instructions(programs, &documents, &counter);
            measured.tables.push(Step::begin("Counting instructions").done(counting)?);
        }
        None => measured.notes.push(LEFT_OUT.to_owned()),
    }
    Ok(measured)
}

fn instructions(
    programs: &Programs<'_>,
    documents: &[Document],
    counter: &Counter,
) -> Result<Figures, Failure> {
    let mut figures = Figures::under(
        "Instructions",
        ["document", "verdict / parse", "verdict", "parse", "parse and schema"],
    );
    let count = |document: &Document, way: &str| -> Result<u128, Failure> {
        let [once, often] = [1, 1 + TIMES].map(|times| {
            let doing = || format!("count the instructions of a {way} of {}", document.name);
            let mut command = counter.command(&programs.program("verdict"));
            command.arg("run").arg(&programs.documents).args([&document.name, way, &times.to_string()]);
            let status = command.stdout(Stdio::null()).status().doing(doing)?;
            if status.success() { counter.counted() } else { Err(Failure::to(doing())) }
        });
        Ok((often?.saturating_sub(once?)) / u128::from(TIMES))
    };
    for document in documents {
        let (verdict, parse) = (count(document, "verdict")?, count(document, "parse")?);
        let schema = count(document, "schema")?;
        let row = [ratio(verdict, parse), grouped(verdict), grouped(parse), grouped(schema)];
        figures.add_row([document.title.clone()].into_iter().chain(row));
    }
    Ok(figures)
}

fn allocations(programs: &Programs<'_>, documents: &[Document]) -> Result<Figures, Failure> {
    let doing = || "count allocations".to_owned();
    let output = Command::new(programs.program("allocations")).output().doing(doing)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let counted: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let of = |document: &str, way: &str| {
        let cells = counted.iter().find_map(|cells| match cells.as_slice() {
            [its, by, rest @ ..] if *its == document && *by == way => Some(rest),
            _ => None,
        });
        let number = |at: usize| cells.and_then(|cells| cells.get(at)?.parse::<u128>().ok());
        let all = number(0).zip(number(1)).zip(number(2));
        all.ok_or_else(|| Failure::to(doing()).because(text.trim().to_owned()))
    };
    let mut figures = Figures::under(
        "Allocations",
        [
            "document",
            "verdict / parse",
            "verdict",
            "parse",
            "verdict, bytes",
            "verdict, most bytes at a time",
            "parse, most bytes at a time",
        ],
    );
    for document in documents {
        let ((verdict, bytes), most) = of(&document.name, "verdict")?;
        let ((parse, _), parse_most) = of(&document.name, "parse")?;
        let numbers = [verdict, parse, bytes, most, parse_most].map(grouped);
        let row = [document.title.clone(), ratio(verdict, parse)];
        figures.add_row(row.into_iter().chain(numbers));
    }
    Ok(figures)
}
