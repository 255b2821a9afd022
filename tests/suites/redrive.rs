//! Review, correct, resend: each action, each error.

mod aws_pitfalls;
mod claims;
mod corrections;
mod expiry;
mod half_held;
mod look;
mod oracle;
mod partial_failures;
mod reconcile;
mod resend;
mod set_aside;
mod unprocessed;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::trail;
use aduana_redrive::answer::{Code, Failure};
pub(crate) use aduana_testkit::requests::{number, one, request};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, World, WorldIntake, WorldRedrive, case_of};
use serde_json::Value;

/// A world with its two functions.
pub(crate) struct RedriveHarness {
    pub(crate) world: World,
    pub(crate) intake: WorldIntake,
    pub(crate) redrive: WorldRedrive,
}

impl RedriveHarness {
    pub(crate) fn new() -> Self {
        let world = World::new();
        Self { intake: world.intake(), redrive: world.redrive(), world }
    }

    /// A harness with these bodies held. Returns their cases.
    pub(crate) async fn holding(bodies: impl IntoIterator<Item = Vec<u8>>) -> (Self, Vec<CaseId>) {
        let harness = Self::new();
        let ids: Vec<CaseId> = bodies.into_iter().map(|body| case_of(&harness.world.send(body))).collect();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.cases().len(), ids.len(), "all are held");
        (harness, ids)
    }

    /// A harness with a message that SQS has dead-lettered, as no case could be opened for it. Returns the id of its case.
    pub(crate) async fn with_a_dead_letter() -> (Self, CaseId) {
        let harness = Self::new();
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        let id = case_of(&harness.world.send(samples::without_number(1)));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        (harness, id)
    }

    /// The answer of the redrive to this action of Ana's.
    pub(crate) async fn ask(&self, action: &str, more: Value) -> Result<Value, Failure> {
        let answer = self.redrive.ask(&request("ana", action, &more)).await.expect("it does not die")?;
        #[expect(clippy::disallowed_methods, reason = "an answer, not an invoice")]
        Ok(serde_json::from_str(&answer.to_json()).unwrap())
    }

    pub(crate) async fn refused(&self, action: &str, more: Value) -> Code {
        self.ask(action, more).await.unwrap_err().error.code
    }

    pub(crate) fn state(&self, id: &CaseId) -> State {
        self.world.case(id).unwrap().head.state
    }

    pub(crate) fn assert_trail(&self, id: &CaseId, acts: &[&str]) {
        let case = self.world.case(id).unwrap();
        assert_eq!(case.trail.iter().map(|event| event.act.as_str()).collect::<Vec<_>>(), acts);
        assert_eq!(trail::verify(id, &case.trail, &case.head.trail), Ok(()));
    }
}

fn codes(skipped: &Value) -> Vec<&str> {
    skipped.as_array().unwrap().iter().map(|skipped| skipped["code"].as_str().unwrap()).collect()
}
