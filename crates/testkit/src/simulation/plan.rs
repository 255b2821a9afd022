//! A fixed world with one or two faults: every call, each time that it is made, with every fault that it can have; and everything else
//! that AWS may do to a message. `scenarios`: what happens in it without faults.

mod scenarios;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::checker::{Allowances, check};
use super::functions::Instance;
use super::history::settle;
use super::totals::Totals;
use crate::world::{Call, Fault, World, run};
use scenarios::FixedWorld;

/// What happens in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Ten messages in the queue: valid, a copy, a conflict, three groups of invalid ones, one that needs a claim check, one that is
    /// resent corrected, and two that AWS has moved back.
    Queue,
    /// Nine records of two partitions, among them a tombstone and bytes that are not text, and the resend of one by the queue.
    Topic,
    /// A session of operators: reconcile, correct, resend, annotate, discard, reopen, get, notify.
    Redrive,
    /// Somebody took the number of an invoice. His is set aside, his record is read again before and after the real one is resent
    /// and stored, and a message of another id brings the same bytes.
    SetAside,
}

/// Every scenario.
pub const SCENARIOS: [Scenario; 4] =
    [Scenario::Queue, Scenario::Topic, Scenario::Redrive, Scenario::SetAside];

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injection {
    /// The nth of these calls, counted from the beginning of the batch, has this fault.
    Call(Call, usize, Fault),
    /// Two functions receive this message of the batch at once.
    Twice(usize),
    /// This message of the batch comes once more after it was deleted.
    Again(usize),
    /// The queue hands out the other way round.
    Reversed,
    /// SQS shows the batch to a second function while the first one works.
    Expired,
    /// This many records of this partition are read again.
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

/// A scenario with its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The scenario.
    pub scenario: Scenario,
    /// The faults.
    pub injections: Vec<Injection>,
}

/// The name by which it can be replayed: `Queue/Hold-2-CrashAfter+Twice-3`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let injections: Vec<String> = self.injections.iter().map(ToString::to_string).collect();
        write!(f, "{:?}/{}", self.scenario, injections.join("+"))
    }
}

impl Plan {
    /// A plan for each single fault in this scenario.
    ///
    /// # Panics
    ///
    /// If the world does not end well without faults.
    pub fn singles(scenario: Scenario) -> Vec<Self> {
        let (calls, _) = Self { scenario, injections: Vec::new() }.run();
        let one = |injection| Self { scenario, injections: vec![injection] };
        scenario.injections(&calls).into_iter().map(one).collect()
    }

    /// The plan of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let (scenario, injections) = name.split_once('/')?;
        let scenario = SCENARIOS.into_iter().find(|known| format!("{known:?}") == scenario)?;
        // The second fault may be of a call that is only made because of the first.
        let calls = Call::ALL.into_iter().map(|call| (call, 300)).collect();
        let known: BTreeMap<String, Injection> = scenario
            .injections(&calls)
            .into_iter()
            .map(|injection| (injection.to_string(), injection))
            .collect();
        let injections = injections.split('+').map(|name| known.get(name).copied()).collect::<Option<_>>()?;
        Some(Self { scenario, injections })
    }

    /// Every plan with one fault more, of the calls that are made with these faults.
    pub fn with_one_more(&self) -> Vec<Self> {
        let (calls, _) = self.run();
        let more = |injection| Self {
            scenario: self.scenario,
            injections: [self.injections.clone(), vec![injection]].concat(),
        };
        let is_new = |injection: &Injection| !self.injections.contains(injection);
        self.scenario.injections(&calls).into_iter().filter(is_new).map(more).collect()
    }

    /// Runs and checks it. Returns also how many plans [`Plan::with_one_more`] has.
    pub fn play_and_count(&self) -> (usize, Result<Totals, String>) {
        let (calls, judged) = self.run();
        let more = self
            .scenario
            .injections(&calls)
            .into_iter()
            .filter(|injection| !self.injections.contains(injection));
        (more.count(), judged)
    }

    /// Runs and checks it.
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
            // No random faults, but calls that take time, so that functions overlap.
            world.fail_by_chance(1, 0);
            let mut fixed = FixedWorld::set(&world, self.scenario).await;
            let before: BTreeMap<Call, usize> =
                Call::ALL.into_iter().map(|call| (call, world.calls(call))).collect();
            for injection in &self.injections {
                injection.inject(&world, &fixed);
            }
            fixed.play(&self.injections).await;
            let calls = before.into_iter().map(|(call, before)| (call, world.calls(call) - before)).collect();
            world.heal();
            let end = async {
                settle(&world).await?;
                fixed.finish().await?;
                check(&world, &fixed.ledger, self.allowances())
            };
            (calls, end.await)
        })
    }

    fn allowances(&self) -> Allowances {
        let is_of_clock = |injection: &Injection| {
            matches!(injection, Injection::Call(_, _, Fault::JumpAhead | Fault::JumpBack))
        };
        Allowances { clocks: self.injections.iter().any(is_of_clock), ..Allowances::default() }
    }
}

impl Injection {
    fn inject(self, world: &World, fixed: &FixedWorld) {
        match self {
            Self::Call(call, nth, fault) => world.fail(call, nth, fault),
            Self::Twice(nth) => world.receive_twice(&fixed.batch[nth]),
            Self::Again(nth) => world.deliver_again(&fixed.batch[nth]),
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
            Self::Redrive | Self::SetAside => {}
        }
        all
    }
}

/// Two functions receive the same batch, the second one a moment later.
async fn both(first: &mut Instance, second: &mut Instance) {
    let later = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        second.drain().await;
    };
    tokio::join!(first.drain(), later);
}
