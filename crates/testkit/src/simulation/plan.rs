//! A fixed world, in which one thing goes wrong, or two: every call that is made, each time that it is made, in every way that it can
//! go wrong; and everything else that AWS may do to a message.
//!
//! - `play`: how it goes. `grounds`: what is in it.

mod scenarios;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::checker::{Allowances, judge};
use super::functions::Instance;
use super::history::settle;
use super::totals::Totals;
use crate::world::{Call, Fault, World, run};
use scenarios::Stage;

/// What is in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Ten messages in the queue: valid, a copy, a conflict, three groups of invalid ones, one that needs a claim check, one that is
    /// sent again corrected, and two that AWS has moved back.
    Queue,
    /// Nine records of two partitions, a tombstone and bytes that are no text among them, and what comes back of one by the queue.
    Topic,
    /// A session of operators: reconcile, correct, resend, annotate, discard, reopen, look, tell.
    Redrive,
}

/// Every ground.
pub const GROUNDS: [Scenario; 3] = [Scenario::Queue, Scenario::Topic, Scenario::Redrive];

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injection {
    /// The nth of these calls, from the beginning of the batch, goes wrong so.
    Call(Call, usize, Fault),
    /// Two functions receive this message of the batch at once.
    Twice(usize),
    /// This message of the batch comes once more after it was deleted.
    Again(usize),
    /// The queue hands out the other way round.
    Reversed,
    /// SQS shows the batch to a second function while the first one works.
    Expired,
    /// So many records of this partition are read again.
    Reread(i32, i64),
    /// Two consumers read the same records at once.
    Rebalanced,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call, nth, fault) => write!(f, "{call:?}-{nth}-{fault:?}"),
            Self::Twice(nth) => write!(f, "Twice-{nth}"),
            Self::Again(nth) => write!(f, "Again-{nth}"),
            Self::Reread(partition, records) => write!(f, "Reread-{partition}-{records}"),
            Self::Reversed | Self::Expired | Self::Rebalanced => write!(f, "{self:?}"),
        }
    }
}

/// A world with what goes wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The ground.
    pub ground: Scenario,
    /// What goes wrong.
    pub injections: Vec<Injection>,
}

/// What replays it: `Queue/Hold-2-CrashAfter+Twice-3`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let injections: Vec<String> = self.injections.iter().map(ToString::to_string).collect();
        write!(f, "{:?}/{}", self.ground, injections.join("+"))
    }
}

impl Plan {
    /// Every single mishap on this ground.
    ///
    /// # Panics
    ///
    /// If the world does not end well although nothing goes wrong.
    pub fn singles(ground: Scenario) -> Vec<Self> {
        let (calls, _) = Self { ground, injections: Vec::new() }.run();
        let one = |injection| Self { ground, injections: vec![injection] };
        ground.injections(&calls).into_iter().map(one).collect()
    }

    /// The plan of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let (ground, injections) = name.split_once('/')?;
        let ground = GROUNDS.into_iter().find(|known| format!("{known:?}") == ground)?;
        // A second mishap may be of a call that is only made because of the first.
        let calls = Call::ALL.into_iter().map(|call| (call, 300)).collect();
        let known: BTreeMap<String, Injection> = ground
            .injections(&calls)
            .into_iter()
            .map(|injection| (injection.to_string(), injection))
            .collect();
        let injections = injections.split('+').map(|name| known.get(name).copied()).collect::<Option<_>>()?;
        Some(Self { ground, injections })
    }

    /// Every plan that has one mishap more: of what still happens once these have.
    pub fn with_one_more(&self) -> Vec<Self> {
        let (calls, _) = self.run();
        let more = |injection| Self {
            ground: self.ground,
            injections: [self.injections.clone(), vec![injection]].concat(),
        };
        let is_new = |injection: &Injection| !self.injections.contains(injection);
        self.ground.injections(&calls).into_iter().filter(is_new).map(more).collect()
    }

    /// Plays it, and judges it; says also how many plans [`Plan::with_one_more`] has.
    pub fn play_and_count(&self) -> (usize, Result<Totals, String>) {
        let (calls, judged) = self.run();
        let more = self
            .ground
            .injections(&calls)
            .into_iter()
            .filter(|injection| !self.injections.contains(injection));
        (more.count(), judged)
    }

    /// Plays it, and judges it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn play(&self) -> Result<Totals, String> {
        self.run().1
    }

    fn run(&self) -> (BTreeMap<Call, usize>, Result<Totals, String>) {
        run(async {
            let world = World::new();
            // Nothing by chance, but calls that take their time: functions meet.
            world.fail_by_chance(1, 0);
            let mut stage = Stage::set(&world, self.ground).await;
            let before: BTreeMap<Call, usize> =
                Call::ALL.into_iter().map(|call| (call, world.calls(call))).collect();
            for injection in &self.injections {
                injection.inject(&world, &stage);
            }
            stage.play(&self.injections).await;
            let calls = before.into_iter().map(|(call, before)| (call, world.calls(call) - before)).collect();
            world.heal();
            let end = async {
                settle(&world).await?;
                stage.finish().await?;
                judge(&world, &stage.ledger, self.leave())
            };
            (calls, end.await)
        })
    }

    fn leave(&self) -> Allowances {
        let is_of_clock = |injection: &Injection| {
            matches!(injection, Injection::Call(_, _, Fault::JumpAhead | Fault::JumpBack))
        };
        Allowances { clocks: self.injections.iter().any(is_of_clock), ..Allowances::default() }
    }
}

impl Injection {
    fn inject(self, world: &World, stage: &Stage) {
        match self {
            Self::Call(call, nth, fault) => world.fail(call, nth, fault),
            Self::Twice(nth) => world.receive_twice(&stage.batch[nth]),
            Self::Again(nth) => world.deliver_again(&stage.batch[nth]),
            Self::Reversed => world.reverse_queue(),
            Self::Expired => world.set_visibility_ms(20),
            Self::Reread(..) | Self::Rebalanced => {}
        }
    }
}

impl Scenario {
    fn injections(self, calls: &BTreeMap<Call, usize>) -> Vec<Injection> {
        let mut all = Vec::new();
        for (call, count) in calls {
            let clock: &[Fault] = if call.is_entry() { &[] } else { &Fault::OF_THE_CLOCK };
            for nth in 1..=*count {
                let faults = call.faults().iter().chain(clock);
                all.extend(faults.map(|fault| Injection::Call(*call, nth, *fault)));
            }
        }
        match self {
            Self::Queue => {
                all.extend((0..10).flat_map(|nth| [Injection::Twice(nth), Injection::Again(nth)]));
                all.extend([Injection::Reversed, Injection::Expired]);
            }
            Self::Topic => {
                all.extend([(0, 5), (1, 4)].into_iter().flat_map(|(partition, records)| {
                    (1..=records).map(move |records| Injection::Reread(partition, records))
                }));
                all.push(Injection::Rebalanced);
            }
            Self::Redrive => {}
        }
        all
    }
}

/// Two functions at the same batch, the second one a moment later.
async fn both(first: &mut Instance, second: &mut Instance) {
    let later = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        second.drain().await;
    };
    tokio::join!(first.drain(), later);
}
