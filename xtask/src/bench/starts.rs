//! The start of the functions up to their first request for work, and their first event, against a function that does nothing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use zip::CompressionMethod;

use super::Measured;
use super::events::{Batch, Events};
use super::function::Function;
use super::instructions::{Counter, LEFT_OUT};
use super::numbers::{grouped, hundredths, median, megabytes, milliseconds, ratio};
use super::plots::Plot;
use super::process::Taken;
use super::programs::Programs;
use super::stub::Stub;
use crate::failure::{Doing, Failure};
use crate::figures::Figures;
use crate::functions::pack;
use crate::terminal::Step;

/// So many times each function is started; the median counts.
const STARTS: usize = 31;

/// The functions, the one that all are held against first.
const FUNCTIONS: [&str; 3] = ["hello_world", "validator", "redrive"];

/// One start, and the first event after it.
#[derive(Debug, Clone, Copy)]
struct Start {
    wall: Duration,
    taken: Taken,
    first: Duration,
    first_cpu: Duration,
}

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let aws = Stub::open(Duration::ZERO)?;
    let ten = Batch { valid: 10, invalid: 0, seller: 0, by_kafka: false };
    let events = [
        "{}".to_owned(),
        Events::new(programs)?.next(ten),
        r#"{"action":"list","actor":"bench"}"#.to_owned(),
    ];
    let starts = Step::begin(format!("Starting each function {STARTS} times")).done(|| {
        let mut starts = FUNCTIONS.map(|_| Vec::new());
        // In turn, so that a slow moment of the machine hits all alike.
        for _ in 0..STARTS {
            for ((function, event), starts) in FUNCTIONS.iter().zip(&events).zip(&mut starts) {
                starts.push(start(programs, function, &aws.address, event)?);
            }
        }
        Ok(starts)
    })?;
    let mut measured = Measured::default();
    let counted: Option<Vec<u128>> = match Counter::find(programs.folders) {
        Some(counter) => {
            let count = |function| count(programs, function, &aws.address, &counter);
            let counting = || FUNCTIONS.into_iter().map(count).collect();
            Some(Step::begin("Counting the instructions of each start").done(counting)?)
        }
        None => None,
    };
    if counted.is_none() {
        measured.notes.push(LEFT_OUT.to_owned());
    }
    let mut plot =
        Plot::of("starts", "CPU time of a start, as a multiple of a hello-world", "×").mark(200, "aim");
    measured.tables.push(table(&starts, counted.as_deref(), &mut plot));
    measured.plots.push(plot);
    measured.tables.push(first_events(&starts));
    measured.tables.push(sizes(programs)?);
    Ok(measured)
}

fn start(programs: &Programs<'_>, function: &str, aws: &str, event: &str) -> Result<Start, Failure> {
    let mut function = Function::start(&mut Command::new(programs.program(function)), Some(aws))?;
    let taken = function.taken()?;
    let first = function.invoke(event)?;
    let first_cpu = function.taken()?.cpu.saturating_sub(taken.cpu);
    Ok(Start { wall: function.started_in, taken, first, first_cpu })
}

/// The instructions of a start.
fn count(programs: &Programs<'_>, function: &str, aws: &str, counter: &Counter) -> Result<u128, Failure> {
    let mut command = counter.command(&programs.program(function));
    Function::start(&mut command, Some(aws))?.terminate()?;
    counter.counted()
}

fn table(starts: &[Vec<Start>; 3], counted: Option<&[u128]>, plot: &mut Plot) -> Figures {
    let mut figures = Figures::under(
        "From the start of the process to its first request for work",
        [
            "function",
            "CPU / hello-world",
            "instructions / hello-world",
            "CPU",
            "time",
            "instructions",
            "peak memory",
        ],
    );
    let of = |starts: &[Start], what: fn(&Start) -> u128| median(starts.iter().map(what));
    let cpu = |starts: &[Start]| of(starts, |start| start.taken.cpu.as_nanos());
    let [hello, ..] = starts;
    let least = (cpu(hello), counted.and_then(<[u128]>::first).copied().unwrap_or_default());
    for (at, (function, starts)) in FUNCTIONS.iter().zip(starts).enumerate() {
        let counted = counted.and_then(|counted| counted.get(at)).copied();
        let none = || "–".to_owned();
        figures.add_row([
            function.replace('_', "-"),
            ratio(cpu(starts), least.0),
            counted.map_or_else(none, |counted| ratio(counted, least.1)),
            milliseconds(Duration::from_nanos(u64::try_from(cpu(starts)).unwrap_or_default())),
            milliseconds(Duration::from_micros(
                u64::try_from(of(starts, |start| start.wall.as_micros())).unwrap_or_default(),
            )),
            counted.map_or_else(none, grouped),
            megabytes(of(starts, |start| start.taken.peak)),
        ]);
        plot.bar(function.replace('_', "-"), hundredths(cpu(starts), least.0));
    }
    figures
}

fn first_events(starts: &[Vec<Start>; 3]) -> Figures {
    let mut figures =
        Figures::under("The first event after a start, without TLS", ["function", "event", "time", "CPU"]);
    let events =
        ["nothing", "10 valid invoices, AWS answers at once", "a list of no cases, AWS answers at once"];
    for ((function, event), starts) in FUNCTIONS.iter().zip(events).zip(starts) {
        let of = |what: fn(&Start) -> Duration| {
            let micros = median(starts.iter().map(|start| what(start).as_micros()));
            milliseconds(Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
        };
        figures.add_row([
            function.replace('_', "-"),
            event.to_owned(),
            of(|start| start.first),
            of(|start| start.first_cpu),
        ]);
    }
    figures
}

fn sizes(programs: &Programs<'_>) -> Result<Figures, Failure> {
    let mut figures = Figures::under("Sizes, for this machine's processor", ["function", "zip", "program"]);
    for function in FUNCTIONS {
        let program = programs.program(function);
        let zip = programs.folders.target().join("bench").join(format!("{function}.zip"));
        pack(&program, None, &zip, CompressionMethod::Deflated).doing(|| format!("zip {function}"))?;
        let size =
            |file| Ok(megabytes(fs::metadata(file).doing(|| format!("look at {function}"))?.len().into()));
        figures.add_row([function.replace('_', "-"), size(&zip)?, size(&program)?]);
    }
    Ok(figures)
}
