//! The real functions behind the fault proxy, killed in the middle of their batches: thousands of messages, each of which must end in
//! exactly one place. Then the redrive under the same.
//!
//! `ADUANA_CHAOS_MESSAGES` and `ADUANA_CHAOS_KILLS` set how much, `ADUANA_SEED` which. A failure names the seed: with it the traffic is
//! the same again, and so is the fault of the nth request of each operation. Which message that request is about, and which of
//! them a death meets, is a matter of timing, and is not.

pub(crate) mod judge;
mod resolve;
pub(crate) mod traffic;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use aduana_testkit::proxy::faults::Faults;
use aduana_testkit::proxy::{FaultProxy, Injected};
use aduana_testkit::world::Rng;
use serde_json::{Value, json};
use xtask::aws::text;

use crate::figures::Figures;
use crate::stack::{Stack, number};
use crate::workers::{kill_holder, workers};
use judge::{Judgement, judge};
use traffic::{Due, Sent, kinds, send, traffic};

/// What a run of the usual tests has time for.
const MESSAGES: usize = 100;
const KILLS: usize = 3;

/// From so many on there is time to wait until what a killed redrive has hidden in the queue is seen again.
const MANY: usize = 1_000;

/// The most that waits in the intake: a local AWS goes through all of a queue at each receive.
const WAITING_MAX: u64 = 300;

/// Longer than any step takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(30);

/// Says that it is over when it goes, also by a panic: those who wait for it in the same scope would never end.
pub(crate) struct Over<'f>(pub(crate) &'f AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A run.
struct Chaos {
    proxy: FaultProxy,
    stack: Stack,
    seed: u64,
    kills: usize,
    is_long: bool,
}

#[test]
fn nothing_is_lost_and_nothing_is_stored_twice_behind_a_bad_network_and_sudden_deaths() {
    let begun = Instant::now();
    let count = number("ADUANA_CHAOS_MESSAGES", MESSAGES);
    let seed = number("ADUANA_SEED", 1);
    eprintln!("seed {seed}: ADUANA_SEED={seed} has the same faults again");
    let run = Chaos::begin(seed, number("ADUANA_CHAOS_KILLS", KILLS), count >= MANY);
    let mut figures = Figures::default();
    let mut messages = traffic(count, seed);

    run.send(&mut messages);
    let kills = run.proxy.counts().kills();
    if run.is_long {
        messages.extend(run.give_some_up(&messages));
    }
    let tidied = run.drain();
    let first = run.judge(&messages);
    figures.add("seed", seed);
    figures.add("messages sent", messages.len());
    for (kind, count) in kinds(&messages) {
        figures.add(&format!("… {kind}"), count);
    }
    figures.add("messages that SQS gave up, taken in", tidied.ingested);
    figures.add("held", first.held);
    figures.add("stored at once, copies and all", first.stored);
    figures.add("kills of the validator in the middle of a batch", kills);
    figures.add("seconds until this was judged", begun.elapsed().as_secs());
    first.report(&mut figures, "before the redrive");
    figures.write();
    first.assert_good(seed);

    let resolved = run.resolve(&messages);
    let after = run.drain();
    let last = run.judge(&messages);
    figures.add("resent, as far as the redrive lived to tell", resolved.sent);
    figures.add("resolved, each stored once", last.resolved);
    figures.add(
        "kills of both functions later, most of them in the redrive",
        run.proxy.counts().kills() - kills,
    );
    figures.add(
        "copies in the dead-letter queue, of ended cases or too many, deleted",
        tidied.deleted + after.deleted,
    );
    figures.add("alerts published", last.alerts);
    figures.add("… of them once more under the same id", last.alerts_again);
    figures.add("seconds in all", begun.elapsed().as_secs());
    last.report(&mut figures, "after the redrive");
    run.tell_faults(&mut figures);
    figures.write();
    last.assert_good(seed);
    last.assert_resolved(seed, &resolved.due);
}

impl Chaos {
    fn begin(seed: u64, kills: usize, is_long: bool) -> Self {
        let proxy = FaultProxy::start(&Stack::endpoint(), Faults::usual(seed));
        let parameters = [
            ("EndpointUrl", proxy.endpoint()),
            // So that what failed comes back while one waits.
            ("VisibilityTimeout", if is_long { "5" } else { "3" }),
            ("AlertWindow", if is_long { "10" } else { "3" }),
        ];
        let stack = Stack::deploy("chaos", &parameters);
        Self { proxy, stack, seed, kills, is_long }
    }

    /// Sends everything, with kills spread over all of it, and waits until the intake is empty.
    fn send(&self, messages: &mut [Sent]) {
        let (all, done) = (messages.len(), AtomicUsize::new(0));
        let is_over = AtomicBool::new(false);
        scope(|threads| {
            let _over = Over(&is_over);
            threads.spawn(|| self.kill_along(all, &done, &is_over));
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    // As the schedule does. The faults may crash it, too.
                    self.stack.try_ask(&json!({ "action": "notify", "actor": "the test" })).ok();
                    let next = Instant::now() + Duration::from_secs(5);
                    while Instant::now() < next && !is_over.load(Ordering::Relaxed) {
                        sleep(Duration::from_millis(50));
                    }
                }
            });
            send(&self.stack, messages, |sent| {
                loop {
                    let waiting = self.stack.waiting();
                    done.store(sent.saturating_sub(usize::try_from(waiting).unwrap()), Ordering::Relaxed);
                    if waiting < WAITING_MAX {
                        break;
                    }
                    sleep(Duration::from_millis(50));
                }
            });
            let deadline = Instant::now() + PATIENCE;
            loop {
                let waiting = self.stack.waiting();
                done.store(all.saturating_sub(usize::try_from(waiting).unwrap()), Ordering::Relaxed);
                if waiting == 0 {
                    break;
                }
                assert!(
                    Instant::now() < deadline,
                    "seed {}: {waiting} messages do not leave the intake",
                    self.seed
                );
                sleep(Duration::from_millis(100));
            }
        });
        self.proxy.clear_kill_point();
        let kills = self.proxy.counts().kills();
        assert_eq!(
            kills, self.kills as u64,
            "seed {}: the function was killed in the middle of so many batches",
            self.seed
        );
    }

    /// Kills a worker of the validator each time when a further share of all is done.
    fn kill_along(&self, all: usize, done: &AtomicUsize, is_over: &AtomicBool) {
        let mut rng = Rng::new(self.seed ^ 0xD1E);
        for kill in 0..self.kills {
            let from = all * kill / self.kills;
            while done.load(Ordering::Relaxed) < from && !is_over.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(20));
            }
            self.lay_ambush("validator", &mut rng);
            while self.proxy.has_kill_point() && !is_over.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(20));
            }
        }
    }

    /// Kills the next worker of a function that calls AWS, or one soon after it.
    fn lay_ambush(&self, function: &str, rng: &mut Rng) {
        let (function, endpoint) = (self.stack.name(function), self.proxy.endpoint().to_owned());
        let happens = rng.below(2) == 0;
        self.proxy.set_kill_point(rng.below(25), happens, move |sender| {
            kill_holder(&workers(&function, &endpoint), sender)
        });
    }

    /// Puts some messages into the dead-letter queue, as SQS does: new ones, and copies of stored ones.
    fn give_some_up(&self, messages: &[Sent]) -> Vec<Sent> {
        let count = (messages.len() / 100).max(3);
        let mut given_up = traffic(count, self.seed ^ 0xD0A);
        for (at, message) in given_up.iter_mut().enumerate() {
            if let (0, Some(copy)) = (at % 3, messages.iter().filter(|it| it.is_in_order()).nth(at)) {
                *message = copy.clone();
            } else {
                message.rename(at);
            }
        }
        // One of each: of two at once, one would be stored while the other is ingested.
        given_up.retain(|message| message.body.len() < 20_000);
        let mut seen = std::collections::BTreeSet::new();
        given_up.retain(|message| match &message.due {
            Due::Stored { number, .. } => seen.insert(number.clone()),
            Due::Held(_) => true,
        });
        for message in &mut given_up {
            message.id = self.stack.give_up(&message.body);
        }
        given_up
    }

    /// Has the redrive set right what is left to do, under faults, and in calm to the end. What it did. What a reconcile run has looked
    /// at stays hidden for a minute: short runs have no time for it, and do without.
    fn drain(&self) -> Tidied {
        let mut tidied = Tidied::default();
        if self.is_long {
            self.lay_ambush("redrive", &mut Rng::new(self.seed ^ 0xDEAD));
            for _ in 0..2 {
                tidied.add(&self.reconcile().unwrap_or_default());
            }
            self.proxy.clear_kill_point();
            self.wait_for_dead_letters();
        }
        self.proxy.pause(true);
        self.stack.end_leases();
        if self.is_long {
            let reconciled = self.reconcile().unwrap();
            let (failed, complete) = (&reconciled["failed"], &reconciled["complete"]);
            assert_eq!((failed, complete), (&json!(0), &json!(true)), "seed {}: {reconciled}", self.seed);
            tidied.add(&reconciled);
        }
        // An ingested message is alerted when its window closes.
        self.wait("all alerts are sent", || {
            self.stack.try_ask(&json!({ "action": "notify", "actor": "the test" })).ok();
            self.stack.board().iter().all(|item| text(item, "item") == Some("window"))
        });
        self.wait_for_dead_letters();
        self.proxy.pause(false);
        tidied
    }

    fn wait_for_dead_letters(&self) {
        self.wait("what was hidden in the dead-letter queue is seen again", || {
            self.stack.dead_letter_depth().in_flight == 0
        });
    }

    fn reconcile(&self) -> Option<Value> {
        self.stack.try_ask(&json!({ "action": "reconcile", "actor": "the test", "max_receives": 1000 })).ok()
    }

    fn judge(&self, messages: &[Sent]) -> Judgement {
        self.proxy.pause(true);
        let judgement = judge(&self.stack, messages, self.is_long);
        self.proxy.pause(false);
        judgement
    }

    /// What the proxy did.
    fn tell_faults(&self, figures: &mut Figures) {
        let tally = self.proxy.counts();
        figures.add("requests of the functions to AWS", tally.all(&[Injected::Request]));
        for kind in Injected::FAULTS {
            figures.add(&kind.to_string(), tally.all(&[kind]));
        }
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "seed {}: still not so: {what}", self.seed);
            sleep(Duration::from_millis(500));
        }
    }
}

/// What reconcile runs did.
#[derive(Debug, Default)]
struct Tidied {
    ingested: u64,
    deleted: u64,
}

impl Tidied {
    fn add(&mut self, reconciled: &Value) {
        let count = |name: &str| reconciled[name].as_u64().unwrap_or(0);
        self.ingested += count("ingested");
        self.deleted += count("deleted");
    }
}
