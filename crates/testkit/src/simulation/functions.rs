//! The functions. One that crashes restarts with an empty memory.

use std::sync::LazyLock;
use std::time::Duration;

use aduana_cases::Judge;
use aduana_cases::log::LogContext;
use aduana_intake::{BatchReport, Settings};
use aduana_invoice::{Date, Policy, Validator, Verdict, Violation};

use crate::samples;
use crate::world::{World, WorldIntake, WorldRedrive};

/// The validator with the default policy, made once for all worlds: it has no state.
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(Policy::default()));

/// The judge with the default policy.
#[derive(Debug, Clone, Copy)]
pub struct DefaultJudge;

impl Judge for DefaultJudge {
    fn ruleset(&self) -> &str {
        VALIDATOR.ruleset()
    }

    fn judge(&self, body: &[u8], today: Date) -> Verdict {
        VALIDATOR.judge(body, today)
    }

    fn duplicate_conflict(&self) -> Option<Violation> {
        VALIDATOR.duplicate_conflict()
    }

    fn suspected_duplicate(&self) -> Option<Violation> {
        VALIDATOR.suspected_duplicate()
    }

    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        VALIDATOR.sender_conflict(sender, seller)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        aduana_invoice::same_content(a, b)
    }
}

/// An instance of the validator function. It does one invocation at a time.
pub struct Instance {
    world: World,
    intake: WorldIntake<DefaultJudge>,
    ahead_ms: i64,
}

impl Instance {
    /// An instance whose clock is this much ahead.
    pub fn new(world: &World, ahead_ms: i64) -> Self {
        let world = world.instance_ahead(ahead_ms);
        let intake = world.intake_with(DefaultJudge, Settings::default());
        Self { world, intake, ahead_ms }
    }

    /// A new process in its place.
    pub fn renew(&mut self) {
        *self = Self::new(&self.world, self.ahead_ms);
    }

    /// One invocation from the queue. Returns whether it survived.
    pub async fn work(&self) -> bool {
        is_reported(self.world.invoke(&self.intake).await)
    }

    /// One invocation from the topic, with up to `max` records of each partition. Returns whether it survived.
    pub async fn work_on_topic(&self, max: usize) -> bool {
        is_reported(self.world.invoke_from_topic(&self.intake, max).await)
    }

    /// Invokes it until queue and topic are empty.
    ///
    /// # Panics
    ///
    /// If that does not come to an end.
    pub async fn drain(&mut self) {
        for _ in 0..10_000 {
            let Some(wait) = self.world.next_delivery() else {
                if self.world.is_topic_drained() {
                    return;
                }
                if !self.work_on_topic(100).await {
                    self.renew();
                }
                // The event source mapping waits a little before it tries again.
                tokio::time::sleep(Duration::from_millis(500)).await;
                continue;
            };
            if !self.world.is_topic_drained() && !self.work_on_topic(100).await {
                self.renew();
            }
            tokio::time::sleep(wait).await;
            if !self.work().await {
                self.renew();
            }
        }
        panic!("queue and topic do not get empty: {}", self.world.left_over())
    }
}

/// Whether there is a report. Its log and metrics must not contain a value of an invoice.
fn is_reported(report: Option<BatchReport>) -> bool {
    let Some(report) = report else { return false };
    let context = LogContext::default();
    let lines = report.log().into_iter().map(|line| line.to_json(&context));
    for line in lines.chain(report.metrics(&context)) {
        assert!(!line.contains(samples::SECRET), "a value leaked: {line}");
        assert!(!line.contains('\n'), "one line each: {line}");
    }
    true
}

/// The redrive function, called by a client whose clock is this much ahead.
pub fn operator(world: &World, ahead_ms: i64) -> WorldRedrive<DefaultJudge> {
    world.instance_ahead(ahead_ms).redrive_with(DefaultJudge, aduana_redrive::Settings::default())
}
