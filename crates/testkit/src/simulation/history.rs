//! A random world, made from a seed: producers to queue and topic, strangers who claim the cases of others, functions that crash,
//! random operators, two at a time, AWS's own redrive, and everything that AWS may do to a message.

mod operators;
mod profile;

use std::time::Duration;

use aduana_cases::message::CaseId;
use futures_util::future::join_all;
use serde_json::json;

use super::checker::{Allowances, check};
use super::functions::{DefaultJudge, Instance, operator};
use super::ledger::Ledger;
use super::messages::Message;
use super::totals::Totals;
use crate::requests::request;
use crate::world::{Call, Fault, PARTITIONS, Rng, World, WorldRedrive, run};
pub use profile::{KINDS, Kind, Profile};

/// How many steps a world has.
const STEPS: u64 = 30;

/// A world, its functions and its operators.
struct RandomWorld {
    rng: Rng,
    seed: u64,
    profile: Profile,
    world: World,
    instances: Vec<Instance>,
    operators: [WorldRedrive<DefaultJudge>; 2],
    ledger: Ledger,
    /// The cases that messages may have.
    cases: Vec<CaseId>,
    /// How many messages were sent, to distinguish them.
    sent: u32,
}

/// What happens in a step.
enum Act {
    Work(usize),
    WorkOnTopic(usize, usize),
    Ask(usize, String),
}

/// Runs the world of this seed to its end, and checks it.
///
/// # Errors
///
/// What is wrong with it.
pub fn play(seed: u64) -> Result<Totals, String> {
    run(async {
        let mut history = RandomWorld::new(seed);
        history.begin().await;
        for _ in 0..STEPS {
            Box::pin(history.step()).await;
        }
        history.settle().await?;
        let Profile { has_overrides, has_clocks, .. } = history.profile;
        let allowances = Allowances { overrides: has_overrides, clocks: has_clocks };
        check(&history.world, &history.ledger, allowances)
            .map_err(|why| format!("{why} ({:?})", history.profile))
    })
}

impl RandomWorld {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let profile = Profile::draw(Kind::of(seed), &mut rng);
        let world = World::new();
        let mut ahead =
            || if profile.has_clocks { rng.pick(&[0, 0, 5_000, -5_000, 3_600_000, -3_600_000]) } else { 0 };
        let instances = (0..3).map(|_| Instance::new(&world, ahead())).collect();
        let operators = [operator(&world, ahead()), operator(&world, ahead())];
        let (ledger, cases) = (Ledger::default(), Vec::new());
        Self { rng, seed, profile, world, instances, operators, ledger, cases, sent: 0 }
    }

    /// Sends the first messages, before or after faults begin.
    async fn begin(&mut self) {
        let (intake, unprocessed) = if self.profile.has_max_receives { (2, 2) } else { (10_000, 0) };
        self.world.set_receive_counts(intake, unprocessed);
        if self.profile.is_narrow {
            for units in 1..=2 {
                self.send(Message::WithoutNumber(units));
            }
            self.instances[0].drain().await;
        }
        self.world.fail_by_chance(self.seed, self.profile.faults);
        if self.profile.has_clocks {
            self.world.clocks_jump(2);
        }
        if self.profile.disorder > 0 {
            self.world.disorder(self.seed, self.profile.disorder);
        }
        self.world.set_visibility_ms(self.profile.visibility_ms);
        if !self.profile.is_narrow {
            for _ in 0..3 + self.rng.below(8) {
                self.send_some();
            }
        }
    }

    fn send(&mut self, message: Message) {
        let id = self.ledger.send(&self.world, message);
        self.cases.push(crate::world::case_of(&id));
    }

    fn send_some(&mut self) {
        self.sent += 1;
        let goes_to_topic = self.profile.has_topic && (!self.profile.has_queue || self.rng.below(2) == 0);
        let message = Message::draw(&mut self.rng, self.sent, goes_to_topic);
        if !goes_to_topic {
            return self.send(message);
        }
        let partition = i32::try_from(self.rng.below(2)).expect("few");
        if self.rng.below(12) == 0 {
            self.world.produce_tombstone(partition);
        }
        let case = self.ledger.produce(&self.world, partition, message);
        self.cases.push(case);
    }

    async fn step(&mut self) {
        self.disturb();
        let acts: Vec<(u64, Act)> = self.acts();
        let ends = join_all(acts.iter().map(|(after_ms, act)| self.perform(*after_ms, act)));
        for dead in ends.await.into_iter().flatten() {
            self.instances[dead].renew();
        }
        if self.rng.below(3) == 0 {
            let minutes = self.rng.pick(&[1, 4, 7, 30]);
            tokio::time::sleep(Duration::from_mins(minutes)).await;
        }
        // Lambda replaces instances at any time.
        if self.rng.below(10) == 0 {
            self.instances[0].renew();
        }
    }

    /// Forges, sends and moves messages between two steps.
    fn disturb(&mut self) {
        if self.rng.below(4) == 0 {
            self.forge();
        }
        if self.profile.is_narrow {
            if self.rng.below(3) == 0 {
                let fault = self.rng.pick(&[Fault::CrashAfter, Fault::HangAfter, Fault::LostReply]);
                self.world.fail(Call::Resend, 1, fault);
            }
            return;
        }
        if self.rng.below(4) == 0 {
            self.send_some();
        }
        if self.profile.moves_back && self.rng.below(10) == 0 {
            self.ledger.move_back(&self.world);
        }
        if self.profile.has_topic && self.rng.below(6) == 0 {
            let partition = i32::try_from(self.rng.below(PARTITIONS.unsigned_abs().into())).expect("few");
            let records = i64::try_from(self.rng.below(6)).expect("few");
            self.world.reread(partition, records);
        }
    }

    /// One to three acts, each with the milliseconds after which it begins.
    fn acts(&mut self) -> Vec<(u64, Act)> {
        let mut acts = Vec::new();
        let mut free = vec![2, 1, 0];
        for nth in 0..=self.rng.below(3) {
            let after_ms = if nth == 0 { 0 } else { self.rng.pick(&[0, 0, 30, 2_000, 14_000]) };
            let asks = acts.iter().filter(|(_, act)| matches!(act, Act::Ask(..))).count();
            if asks < 2 && self.rng.below(10) < self.profile.operator_tenths {
                // The same request twice: a double click.
                let before = acts.iter().find_map(|(_, act)| match act {
                    Act::Ask(_, operator_request) => Some(operator_request.clone()),
                    _ => None,
                });
                let operator_request = match before.filter(|_| self.rng.below(2) == 0) {
                    Some(operator_request) => operator_request,
                    None => self.operator_request(),
                };
                acts.push((after_ms, Act::Ask(asks, operator_request)));
            } else if let Some(instance) = free.pop() {
                let is_of_topic =
                    self.profile.has_topic && (!self.profile.has_queue || self.rng.below(2) == 0);
                let max = usize::try_from(1 + self.rng.below(8)).expect("few");
                // A resent message comes by the queue in any case.
                let by_topic = is_of_topic && (self.profile.operator_tenths <= 1 || self.rng.below(2) == 0);
                let act = if by_topic { Act::WorkOnTopic(instance, max) } else { Act::Work(instance) };
                acts.push((after_ms, act));
            }
        }
        acts
    }

    /// Returns the instance that crashed.
    async fn perform(&self, after_ms: u64, act: &Act) -> Option<usize> {
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        match act {
            Act::Work(nth) => (!self.instances[*nth].work().await).then_some(*nth),
            Act::WorkOnTopic(nth, max) => (!self.instances[*nth].work_on_topic(*max).await).then_some(*nth),
            Act::Ask(nth, operator_request) => {
                drop(self.operators[*nth].ask(operator_request).await);
                None
            }
        }
    }

    /// Ends all faults, and finishes what is left.
    async fn settle(&mut self) -> Result<(), String> {
        self.world.heal();
        self.world.set_visibility_ms(180_000);
        self.world.set_receive_counts(10_000, 10_000);
        settle(&self.world).await
    }
}

/// Drains queue and topic by a function without faults, and lets the schedule reconcile.
///
/// # Errors
///
/// That something cannot be finished.
pub(super) async fn settle(world: &World) -> Result<(), String> {
    let mut instance = Instance::new(world, 0);
    let schedule = operator(world, 0);
    for _ in 0..3 {
        instance.drain().await;
        // A clock that jumped ahead more than once may have claimed a case, or hidden a message, for hours.
        tokio::time::sleep(Duration::from_hours(4)).await;
        let answer = schedule.ask(&request("system:schedule", "reconcile", &json!({}))).await;
        let answer = answer.ok_or("reconcile crashes in a world without faults")?;
        let answer = answer.map_err(|failure| format!("reconcile fails: {failure:?}"))?.to_json();
        if !answer.contains("\"complete\":true") {
            return Err(format!("reconcile does not come to its end: {answer}"));
        }
    }
    Ok(())
}
