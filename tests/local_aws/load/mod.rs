//! Many messages, without faults: whether each ends in one place, and whether the functions stay as small and as fast as they began
//! while the tables grow and people send groups through again.
//!
//! `ADUANA_LOAD_MESSAGES` sets how many. Times are figures, never a reason to fail: on a local AWS they are above all its own.

mod gauge;
mod operators;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use aduana_testkit::samples::{valid, wrong_total};

use crate::chaos::judge::judge;
use crate::chaos::traffic::{Cure, Due, Sent, kinds, replaced, send};
use crate::chaos::{Over, PATIENCE};
use crate::figures::Figures;
use crate::stack::{Stack, number};
use gauge::Gauge;
use operators::Operators;

/// What a run of the usual tests has time for.
const MESSAGES: usize = 100;

/// The most that waits in the intake: a local AWS goes through all of a queue at each receive, so that a deep one is slow by itself.
const WAITING_MAX: usize = 150;

/// The largest batch of a local AWS, and how many of them it hands out at a time.
const BATCH: usize = 10;
const BATCHES_AT_ONCE: usize = 5;

/// From so many messages on, the memory has had time to settle, and must stay as it is.
const SETTLED: usize = 1_000;

/// How often operators come by.
const VISITS: usize = 10;

const SEED: u64 = 0;

#[test]
fn many_messages_end_in_one_place_each_and_the_functions_stay_as_small_as_they_began() {
    let count = number("ADUANA_LOAD_MESSAGES", MESSAGES);
    // Short enough that no alert is of more cases than it can name.
    let window = if count < SETTLED { 2 } else { 10 };
    let parameters = [("AlertWindow", window.to_string()), ("BatchSize", BATCH.to_string())];
    let stack = Stack::deploy("load", &parameters.each_ref().map(|(name, value)| (*name, value.as_str())));
    let mut messages: Vec<Sent> = (0..count).map(message).collect();
    let mut gauge = Gauge::begin(&stack, count);
    let mut operators = Operators::new(&stack, &messages, Duration::from_secs(window));

    let ingested = take_in(&stack, &mut messages, &mut gauge, &mut operators);
    let begun = Instant::now();
    operators.finish();
    gauge.end();
    let in_redrive = begun.elapsed();
    let found = judge(&stack, &messages, false);

    let mut figures = Figures::default();
    figures.add("messages sent", messages.len());
    for (kind, count) in kinds(&messages) {
        figures.add(&format!("… {kind}"), count);
    }
    figures.add("stored, those that were corrected included", found.stored);
    figures.add("held to the end", found.held);
    figures.add("corrected and resent beside the load, by group", operators.resent_beside());
    figures.add("corrected and resent after it", operators.resent() - operators.resent_beside());
    figures.add("resolved, each stored once", found.resolved);
    figures.add("alerts published", found.alerts);
    found.report(&mut figures, "at the end");
    figures.add(
        "seconds for the intake, for the rest of the redrive",
        format!("{}, {}", ingested.as_secs(), in_redrive.as_secs()),
    );
    figures.add(
        "the local AWS's own limit",
        format!(
            "{BATCH} messages a batch, {BATCHES_AT_ONCE} batches at a time, one process for all services"
        ),
    );
    gauge.report(&mut figures);
    figures.write();
    found.assert_good(SEED);
    assert_eq!(found.resolved, operators.due(), "what can be corrected is stored");
    assert_eq!(found.stored + found.held, count);
    if count >= SETTLED {
        gauge.assert_flat();
    }
}

/// The message at a place: nine of ten are in order.
fn message(at: usize) -> Sent {
    let units = 1 + u32::try_from(at % 5_000).unwrap();
    let named = |kind: &str| format!("{kind}-{at}");
    if at % 10 != 9 {
        let number = named("L");
        return Sent::new(valid(&number, units), Due::Stored { number, units });
    }
    let (body, cure) = match at / 10 % 5 {
        0 | 1 => (wrong_total(&named("T"), units), Cure::Suggestion),
        2 => (replaced(&named("C"), units, "\"USD\"", "\"usd\""), Cure::Suggestion),
        3 => (replaced(&named("D"), units, "\"2026-11-20\"", "\"20.11.2026\""), Cure::Suggestion),
        _ => (format!("this is no invoice: {at}\n").into_bytes(), Cure::None),
    };
    Sent::new(body, Due::Held(cure))
}

/// Sends everything, while operators come by; until the intake is empty. How long it took.
fn take_in(
    stack: &Stack,
    messages: &mut [Sent],
    gauge: &mut Gauge<'_>,
    operators: &mut Operators<'_>,
) -> Duration {
    let begun = Instant::now();
    let (count, done, is_over) = (messages.len(), AtomicUsize::new(0), AtomicBool::new(false));
    let waiting = || usize::try_from(stack.waiting()).unwrap();
    scope(|threads| {
        let _over = Over(&is_over);
        threads.spawn(|| {
            for visit in 1..VISITS {
                while done.load(Ordering::Relaxed) < count * visit / VISITS
                    && !is_over.load(Ordering::Relaxed)
                {
                    operators.notify();
                    sleep(Duration::from_secs(1));
                }
                operators.come_by();
            }
        });
        let mut see = |sent: usize, waiting: usize| {
            let now = sent.saturating_sub(waiting);
            done.store(now, Ordering::Relaxed);
            gauge.see(now);
        };
        send(stack, messages, |sent| {
            loop {
                let waiting = waiting();
                see(sent, waiting);
                if waiting < WAITING_MAX {
                    break;
                }
                sleep(Duration::from_millis(20));
            }
        });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let waiting = waiting();
            see(count, waiting);
            if waiting == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{waiting} messages do not leave the intake");
            sleep(Duration::from_millis(50));
        }
    });
    begun.elapsed()
}
