//! What is in a fixed world, and how it goes.

use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use serde_json::{Value, json};

use super::super::functions::{Instance, Usual, operator};
use super::super::ledger::Ledger;
use super::super::messages::Message;
use super::{Injection, Scenario, both};
use crate::requests::{number, one, request};
use crate::world::{World, WorldRedrive, case_of};

/// A world before anything goes wrong.
pub(super) struct Stage {
    ground: Scenario,
    world: World,
    instance: Instance,
    operator: WorldRedrive<Usual>,
    pub(super) ledger: Ledger,
    /// The ids of the messages of the batch that producers have just sent.
    pub(super) batch: Vec<String>,
    /// The cases of the session.
    cases: Vec<CaseId>,
}

/// How often somebody asks again who gets no answer, or none that is of use.
const TRIES: u32 = 3;

impl Stage {
    pub(super) async fn set(world: &World, ground: Scenario) -> Self {
        let mut stage = Self {
            ground,
            world: world.clone(),
            instance: Instance::new(world, 0),
            operator: operator(world, 0),
            ledger: Ledger::default(),
            batch: Vec::new(),
            cases: Vec::new(),
        };
        match ground {
            Scenario::Queue => stage.set_queue().await,
            Scenario::Topic => stage.set_topic().await,
            Scenario::Redrive => stage.set_session().await,
        }
        stage
    }

    fn send(&mut self, message: Message) -> CaseId {
        let id = self.ledger.send(&self.world, message);
        self.batch.push(id.clone());
        case_of(&id)
    }

    /// A case that is corrected and sent again, the copies of it and of another one moved back, and seven messages.
    async fn set_queue(&mut self) {
        let corrected = self.send(Message::WithoutNumber(1));
        self.send(Message::WithoutNumber(2));
        self.instance.drain().await;
        self.batch.clear();
        self.correct_and_resend(&corrected).await;
        self.ledger.move_back(&self.world);
        for message in [
            Message::Valid(1),
            Message::Copy(1),
            Message::Conflict(1),
            Message::WithoutNumber(3),
            Message::WrongTotal(4),
            Message::Rubbish(5),
            Message::Huge(6),
        ] {
            self.send(message);
        }
        self.batch = self.world.queued_ids();
        assert_eq!(self.batch.len(), 10, "a batch of ten");
    }

    async fn set_topic(&mut self) {
        let corrected = self.ledger.produce(&self.world, 0, Message::WithoutNumber(1));
        self.instance.drain().await;
        self.correct_and_resend(&corrected).await;
        for message in [Message::Valid(1), Message::Copy(1), Message::Conflict(1), Message::WithoutNumber(3)]
        {
            self.ledger.produce(&self.world, 0, message);
        }
        for message in [Message::WrongTotal(4), Message::Rubbish(5), Message::Unclean(6)] {
            self.ledger.produce(&self.world, 1, message);
        }
        self.world.produce_tombstone(0);
        self.world.produce_tombstone(1);
    }

    async fn set_session(&mut self) {
        for message in [
            Message::WithoutNumber(1),
            Message::WithoutNumber(2),
            Message::WrongTotal(3),
            Message::Rubbish(4),
        ] {
            let case = self.send(message);
            self.cases.push(case);
        }
        self.instance.drain().await;
        let given_up = self.ledger.give_up(&self.world, Message::Valid(5));
        self.cases.push(given_up);
    }

    async fn correct_and_resend(&self, id: &CaseId) {
        self.ask("correct", json!({ "select": one(id), "correction": number("C-1") })).await;
        self.ask("resend", json!({ "select": one(id) })).await;
    }

    /// Asks, and once more later on where there is no answer, or none that is of use: what a person does.
    async fn ask(&self, action: &str, more: Value) {
        for _ in 0..TRIES {
            if let Some(Ok(_)) = self.operator.ask(&request("ana", action, &more)).await {
                return;
            }
            tokio::time::sleep(Duration::from_mins(6)).await;
        }
    }

    /// The batch, or the session, up to the next runs of the schedule; whatever goes wrong meanwhile.
    pub(super) async fn play(&mut self, injections: &[Injection]) {
        let meets = |injection: &Injection| {
            matches!(injection, Injection::Twice(_) | Injection::Expired | Injection::Rebalanced)
        };
        if self.ground == Scenario::Redrive {
            self.play_session().await;
        } else if injections.iter().any(meets) {
            let mut second = Instance::new(&self.world, 0);
            both(&mut self.instance, &mut second).await;
        }
        self.instance.drain().await;
        for injection in injections {
            if let Injection::Reread(partition, records) = injection {
                self.world.reread(*partition, *records);
                self.instance.drain().await;
            }
        }
        tokio::time::sleep(Duration::from_mins(6)).await;
        self.ask("notify", json!({})).await;
        self.ask("reconcile", json!({})).await;
    }

    async fn play_session(&mut self) {
        let [first, second, total, rubbish, _] = &self.cases[..] else { unreachable!("five cases") };
        let (first, second, total, rubbish) = (first.clone(), second.clone(), total.clone(), rubbish.clone());
        self.ask("reconcile", json!({})).await;
        self.ask("correct", json!({ "select": one(&first), "correction": number("C-1") })).await;
        self.ask("correct", json!({ "select": one(&total), "correction": { "suggested": true } })).await;
        self.ask("resend", json!({ "select": { "query": {} } })).await;
        if !self.instance.work().await {
            self.instance.renew();
        }
        self.ask("annotate", json!({ "select": one(&second), "note": "asked for the number" })).await;
        self.ask("discard", json!({ "select": one(&rubbish) })).await;
        self.ask("reopen", json!({ "select": one(&rubbish) })).await;
        self.ask("get", json!({ "id": second, "unmask": true, "body": "current" })).await;
        self.ask("correct", json!({ "select": one(&second), "correction": number("C-2") })).await;
        self.ask("resend", json!({ "select": one(&second) })).await;
    }

    /// What was meant to be can still be had: whoever sends again what is open finds everything stored that is in order.
    pub(super) async fn finish(&mut self) -> Result<(), String> {
        if self.ground != Scenario::Redrive {
            return Ok(());
        }
        let [first, second, total, rubbish, given_up] = &self.cases[..] else { unreachable!("five cases") };
        self.ask("correct", json!({ "select": one(first), "correction": number("C-1") })).await;
        self.ask("correct", json!({ "select": one(second), "correction": number("C-2") })).await;
        self.ask("correct", json!({ "select": one(total), "correction": { "suggested": true } })).await;
        self.ask("resend", json!({ "select": { "query": {} } })).await;
        self.instance.renew();
        self.instance.drain().await;
        super::settle(&self.world).await?;
        for id in [first, second, total, given_up] {
            let state = self.world.case(id).map(|case| case.head.state);
            if state != Some(State::Resolved) {
                return Err(format!("{id} cannot be brought to its end: {state:?}"));
            }
        }
        let state = self.world.case(rubbish).map(|case| case.head.state);
        let is_waiting = matches!(state, Some(State::Open | State::Discarded));
        if is_waiting { Ok(()) } else { Err(format!("{rubbish} is {state:?}")) }
    }
}
