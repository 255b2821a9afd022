//! Other validators on the same documents with the same schema, in turn with ours.

use std::process::{Command, Stdio};

use super::Measured;
use super::numbers::{hundredths, microseconds, ratio};
use super::plots::Plot;
use super::programs::Programs;
use super::verdict;
use super::ways::{Reader, Time, measure, of};
use crate::failure::Failure;
use crate::figures::Figures;
use crate::folders::Folders;
use crate::npm::NodePackages;
use crate::python::BENCH_PEERS;
use crate::terminal::Step;

const NODE_PEERS: NodePackages = NodePackages {
    folder: "peers/node",
    what: "Ajv, a peer of the bench,",
    pinned: "xtask/bench/peers/node",
};

/// So many turns each document has; the median counts.
const TURNS: usize = 21;
/// So often it is read in a turn: by ours and by Node, and by Python, which takes ten times as long.
const TIMES: u32 = 100;
const TIMES_OF_PYTHON: u32 = 20;

/// The documents that are read: one in order, and the two kinds of fault.
const DOCUMENTS: [&str; 3] = ["valid-8", "wrong-total", "ten-faults"];

/// The ways of our own program, as they are called among others.
const OURS: [(&str, &str); 3] = [
    ("parse", "Rust: serde_json to a Value"),
    ("verdict", "Aduana: the whole verdict, all faults"),
    ("schema", "Rust: serde_json + jsonschema, all faults"),
];

/// Installs those that are not there.
pub(super) fn install(folders: &Folders) -> Result<(), Failure> {
    BENCH_PEERS.install(folders)?;
    NODE_PEERS.install(folders, "npm")
}

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let folders = programs.folders;
    let sources = folders.root().join("xtask/bench/peers");
    let mut measured = Measured::default();
    let mut readers = Vec::new();
    if NODE_PEERS.are_installed(folders) && is_there("node") {
        let mut node = Command::new("node");
        node.arg(sources.join("node/serve.mjs")).arg(NODE_PEERS.place(folders)).arg(&programs.documents);
        readers.push(Reader::start("Node", &mut node, TIMES)?);
    } else {
        measured.notes.push("Left out: Ajv, which `cargo xtask bench --peers` installs.".to_owned());
    }
    if BENCH_PEERS.are_installed(folders) {
        let mut python = Command::new(BENCH_PEERS.install(folders)?.join("python"));
        python
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(sources.join("python/serve.py"))
            .arg(&programs.documents);
        readers.push(Reader::start("Python", &mut python, TIMES_OF_PYTHON)?);
    } else {
        let note = "Left out: fastjsonschema, jsonschema-rs and pydantic, which `cargo xtask bench --peers` installs.";
        measured.notes.push(note.to_owned());
    }
    if readers.is_empty() {
        return Ok(measured);
    }
    readers.insert(0, verdict::reader(programs, TIMES)?);
    let times = Step::begin(format!("Having each document read by all, {TURNS} times"))
        .done(|| measure(&mut readers, &DOCUMENTS, TURNS))?;
    let mut plot =
        Plot::of("peers", "Time for a valid invoice, as a multiple of serde_json's bare parse", "×")
            .mark(100, "");
    measured.tables.push(table(&times, &mut plot));
    measured.plots.push(plot);
    Ok(measured)
}

fn table(times: &[Time], plot: &mut Plot) -> Figures {
    let mut figures = Figures::under(
        "The same documents and the same schema, as multiples of serde_json's bare parse",
        ["", "valid", "a wrong total", "ten faults", "valid, time"],
    );
    let [valid, ..] = DOCUMENTS;
    let mut ways: Vec<&str> =
        times.iter().filter(|time| time.document == valid).map(|time| time.way.as_str()).collect();
    ways.sort_by_key(|way| of(times, valid, way));
    for way in ways {
        let name = OURS.iter().find(|(its, _)| *its == way).map_or(way, |(_, name)| name);
        let ratios = DOCUMENTS.map(|document| ratio(of(times, document, way), of(times, document, "parse")));
        let time = of(times, valid, way);
        figures.add_row([name.to_owned()].into_iter().chain(ratios).chain([microseconds(time)]));
        plot.bar(name, hundredths(time, of(times, valid, "parse")));
    }
    figures
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
