//! The most memory that the validator had after so many messages: it is to stay flat.

use std::process::Command;
use std::time::Duration;

use super::Measured;
use super::events::{Batch, Events};
use super::function::Function;
use super::numbers::{grouped, megabytes, ratio};
use super::plots::Plot;
use super::programs::Programs;
use super::stub::Stub;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::terminal::Step;

/// After how many batches of ten it is looked at.
const LOOKS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
/// Sellers of what is invalid: so many groups there are.
const SELLERS: usize = 100;

pub(super) fn run(programs: &Programs<'_>) -> Result<Measured, Failure> {
    let mut figures = Figures::under(
        "Peak memory of the validator after so many messages, of which one in ten is held",
        ["messages", "peak / after the first batch", "peak"],
    );
    let mut plot = Plot::of("memory", "Peak memory of the validator after so many messages", "MB");
    Step::begin("Bringing 100,000 messages to their places").done(|| {
        let aws = Stub::open(Duration::ZERO)?;
        let mut function =
            Function::start(&mut Command::new(programs.program("validator")), Some(&aws.address))?;
        let mut events = Events::new(programs)?;
        let at_first = function.taken()?.peak;
        let mut first = None;
        plot.bar("0", at_first / 10_000);
        for batch in 1..=LOOKS.into_iter().max().unwrap_or_default() {
            function.invoke(&events.next(Batch {
                valid: 9,
                invalid: 1,
                seller: batch % SELLERS,
                by_kafka: false,
            }))?;
            aws.take();
            if LOOKS.contains(&batch) {
                let peak = function.taken()?.peak;
                let messages = grouped(batch as u128 * 10);
                figures.add_row([messages.clone(), ratio(peak, *first.get_or_insert(peak)), megabytes(peak)]);
                plot.bar(messages, peak / 10_000);
            }
        }
        Ok(())
    })?;
    Ok(Measured { tables: vec![figures], plots: vec![plot], ..Measured::default() })
}
