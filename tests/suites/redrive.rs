//! Review, correct, resend: each action, each refusal.

mod corrections;
mod expiry;
mod given_up;
mod look;
mod reconcile;
mod resend;
mod strangers;
mod traps;
mod undone;
mod unfinished;

use aduana_intake::cases::State;
use aduana_intake::message::CaseId;
use aduana_intake::redrive::answer::{Code, Failure};
use aduana_intake::trail;
pub(crate) use aduana_tests::requests::{number, one, request};
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, World, WorldIntake, WorldRedrive, case_of};
use serde_json::Value;

/// A world with its two functions.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) intake: WorldIntake,
    pub(crate) redrive: WorldRedrive,
}

impl Office {
    pub(crate) fn new() -> Self {
        let world = World::new();
        Self { intake: world.intake(), redrive: world.redrive(), world }
    }

    /// An office with these bodies held. Says their cases.
    pub(crate) async fn holding(bodies: impl IntoIterator<Item = Vec<u8>>) -> (Self, Vec<CaseId>) {
        let office = Self::new();
        let ids: Vec<CaseId> = bodies.into_iter().map(|body| case_of(&office.world.send(body))).collect();
        office.world.drain(&office.intake).await;
        assert_eq!(office.world.cases().len(), ids.len(), "all are held");
        (office, ids)
    }

    /// An office with a message that SQS has given up, as no case could be opened for it. Says the case that it is to have.
    pub(crate) async fn giving_up() -> (Self, CaseId) {
        let office = Self::new();
        office.world.fail_always(Call::Hold, Some(Fault::Refuse));
        let id = case_of(&office.world.send(samples::without_number(1)));
        office.world.drain(&office.intake).await;
        office.world.heal();
        (office, id)
    }

    /// What the redrive says to this action of Ana's.
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
