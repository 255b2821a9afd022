//! The time of a batch when AWS answers each call after a fixed time, so that what is done side by side shows.

use std::process::Command;
use std::time::Duration;

use super::Measured;
use super::events::{Batch, Events};
use super::function::Function;
use super::numbers::{hundredths, median, milliseconds, ratio};
use super::plots::Plot;
use super::programs::Programs;
use super::stub::Stub;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::terminal::Step;

/// So many batches of a kind are measured; the median counts.
const BATCHES: usize = 60;
/// So many come before them, for connections to be made.
const WARM_UP: usize = 5;
/// How long AWS takes.
const DELAY: Duration = Duration::from_millis(5);

/// A kind of batch.
struct Kind {
    name: &'static str,
    batch: Batch,
    /// Whether each batch is of a group that nobody has seen.
    is_new: bool,
    /// The calls that have to wait for each other. A valid invoice: its write. An invalid one: case file, queue, notice; where it
    /// is reported at once, also the alert, and that it was sent. By Kafka any record may be one that came before: one call more.
    least: u32,
}

const fn batch(valid: usize, invalid: usize, by_kafka: bool) -> Batch {
    Batch { valid, invalid, seller: 0, by_kafka }
}

const KINDS: [Kind; 7] = [
    Kind { name: "1 valid", batch: batch(1, 0, false), is_new: false, least: 1 },
    Kind { name: "10 valid", batch: batch(10, 0, false), is_new: false, least: 1 },
    Kind { name: "10 invalid, window open", batch: batch(0, 10, false), is_new: false, least: 3 },
    Kind { name: "10 invalid, a new group", batch: batch(0, 10, false), is_new: true, least: 5 },
    Kind { name: "5 valid, 5 invalid of a new group", batch: batch(5, 5, false), is_new: true, least: 5 },
    Kind { name: "100 valid, by Kafka", batch: batch(100, 0, true), is_new: false, least: 2 },
    Kind { name: "90 valid, 10 invalid, by Kafka", batch: batch(90, 10, true), is_new: false, least: 4 },
];

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let mut figures = Figures::under(
        "A batch, with AWS answering each call after 5 ms",
        ["batch", "time / least", "time", "least", "calls", "calls in a row", "CPU", "CPU a message"],
    );
    let mut plot =
        Plot::of("handler", "Time of a batch, as a multiple of the calls that must wait for each other", "×")
            .mark(100, "least possible");
    Step::begin(format!("Running {BATCHES} batches of each kind")).done(|| {
        let aws = Stub::open(DELAY)?;
        let mut function =
            Function::start(&mut Command::new(programs.program("validator")), Some(&aws.address))?;
        let mut events = Events::new(programs)?;
        let mut seller = 0;
        for kind in KINDS {
            let mut next = || {
                seller += usize::from(kind.is_new);
                events.next(Batch { seller, ..kind.batch })
            };
            for _ in 0..WARM_UP {
                function.invoke(&next())?;
            }
            aws.take();
            let before = function.taken()?.cpu;
            let mut times = Vec::new();
            let mut calls = Vec::new();
            for _ in 0..BATCHES {
                times.push(function.invoke(&next())?);
                calls.push(aws.take());
            }
            let cpu = function.taken()?.cpu.saturating_sub(before) / u32::try_from(BATCHES).unwrap_or(1);
            let time = median(times.iter().map(Duration::as_nanos));
            let least = (DELAY * kind.least).as_nanos();
            let messages = u32::try_from(kind.batch.valid + kind.batch.invalid).unwrap_or(1);
            let [all, in_a_row] = [
                median(calls.iter().map(|calls| calls.all as u128)),
                median(calls.iter().map(|calls| calls.in_a_row as u128)),
            ];
            figures.add_row([
                kind.name.to_owned(),
                ratio(time, least),
                milliseconds(Duration::from_nanos(u64::try_from(time).unwrap_or_default())),
                milliseconds(DELAY * kind.least),
                all.to_string(),
                in_a_row.to_string(),
                milliseconds(cpu),
                format!("{} µs", (cpu / messages).as_micros()),
            ]);
            plot.bar(kind.name, hundredths(time, least));
        }
        Ok(())
    })?;
    Ok(Measured { tables: vec![figures], plots: vec![plot], ..Measured::default() })
}
