//! A fixed world, in which one thing goes wrong, or two: every call that is made, each time that it is made, in every way that it can
//! go wrong; and everything else that AWS may do to a message.
//!
//! - `play`: how it goes. `grounds`: what is in it.

mod grounds;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::functions::Instance;
use super::history::settle;
use super::judge::{Leave, judge};
use super::tally::Tally;
use crate::world::{Call, Fault, World, run};
use grounds::Stage;

/// What is in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Ten messages in the queue: valid, a copy, a conflict, three groups of invalid ones, one that needs a claim check, one that is
    /// sent again corrected, and two that AWS has moved back.
    Queue,
    /// Nine records of two partitions, a tombstone and bytes that are no text among them, and what comes back of one by the queue.
    Topic,
    /// A session of operators: reconcile, correct, resend, annotate, discard, reopen, look, tell.
    Redrive,
}

/// Every ground.
pub const GROUNDS: [Ground; 3] = [Ground::Queue, Ground::Topic, Ground::Redrive];

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
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

impl fmt::Display for Mishap {
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
    pub ground: Ground,
    /// What goes wrong.
    pub mishaps: Vec<Mishap>,
}

/// What replays it: `Queue/Hold-2-CrashAfter+Twice-3`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mishaps: Vec<String> = self.mishaps.iter().map(ToString::to_string).collect();
        write!(f, "{:?}/{}", self.ground, mishaps.join("+"))
    }
}

impl Plan {
    /// Every single mishap on this ground.
    ///
    /// # Panics
    ///
    /// If the world does not end well although nothing goes wrong.
    pub fn singles(ground: Ground) -> Vec<Self> {
        let (calls, _) = Self { ground, mishaps: Vec::new() }.run();
        let one = |mishap| Self { ground, mishaps: vec![mishap] };
        ground.mishaps(&calls).into_iter().map(one).collect()
    }

    /// The plan of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let (ground, mishaps) = name.split_once('/')?;
        let ground = GROUNDS.into_iter().find(|known| format!("{known:?}") == ground)?;
        // A second mishap may be of a call that is only made because of the first.
        let calls = Call::ALL.into_iter().map(|call| (call, 300)).collect();
        let known: BTreeMap<String, Mishap> =
            ground.mishaps(&calls).into_iter().map(|mishap| (mishap.to_string(), mishap)).collect();
        let mishaps = mishaps.split('+').map(|name| known.get(name).copied()).collect::<Option<_>>()?;
        Some(Self { ground, mishaps })
    }

    /// Every plan that has one mishap more: of what still happens once these have.
    pub fn with_one_more(&self) -> Vec<Self> {
        let (calls, _) = self.run();
        let more =
            |mishap| Self { ground: self.ground, mishaps: [self.mishaps.clone(), vec![mishap]].concat() };
        let is_new = |mishap: &Mishap| !self.mishaps.contains(mishap);
        self.ground.mishaps(&calls).into_iter().filter(is_new).map(more).collect()
    }

    /// Plays it, and judges it; says also how many plans [`Plan::with_one_more`] has.
    pub fn play_and_count(&self) -> (usize, Result<Tally, String>) {
        let (calls, judged) = self.run();
        let more = self.ground.mishaps(&calls).into_iter().filter(|mishap| !self.mishaps.contains(mishap));
        (more.count(), judged)
    }

    /// Plays it, and judges it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn play(&self) -> Result<Tally, String> {
        self.run().1
    }

    fn run(&self) -> (BTreeMap<Call, usize>, Result<Tally, String>) {
        run(async {
            let world = World::new();
            // Nothing by chance, but calls that take their time: functions meet.
            world.fail_by_chance(1, 0);
            let mut stage = Stage::set(&world, self.ground).await;
            let before: BTreeMap<Call, usize> =
                Call::ALL.into_iter().map(|call| (call, world.calls(call))).collect();
            for mishap in &self.mishaps {
                mishap.befall(&world, &stage);
            }
            stage.play(&self.mishaps).await;
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

    fn leave(&self) -> Leave {
        let is_of_clock =
            |mishap: &Mishap| matches!(mishap, Mishap::Call(_, _, Fault::JumpAhead | Fault::JumpBack));
        Leave { clocks: self.mishaps.iter().any(is_of_clock), ..Leave::default() }
    }
}

impl Mishap {
    fn befall(self, world: &World, stage: &Stage) {
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

impl Ground {
    fn mishaps(self, calls: &BTreeMap<Call, usize>) -> Vec<Mishap> {
        let mut all = Vec::new();
        for (call, count) in calls {
            let clock: &[Fault] = if call.is_entry() { &[] } else { &Fault::OF_THE_CLOCK };
            for nth in 1..=*count {
                let faults = call.faults().iter().chain(clock);
                all.extend(faults.map(|fault| Mishap::Call(*call, nth, *fault)));
            }
        }
        match self {
            Self::Queue => {
                all.extend((0..10).flat_map(|nth| [Mishap::Twice(nth), Mishap::Again(nth)]));
                all.extend([Mishap::Reversed, Mishap::Expired]);
            }
            Self::Topic => {
                all.extend([(0, 5), (1, 4)].into_iter().flat_map(|(partition, records)| {
                    (1..=records).map(move |records| Mishap::Reread(partition, records))
                }));
                all.push(Mishap::Rebalanced);
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
