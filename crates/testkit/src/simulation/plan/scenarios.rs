//! What happens in a fixed world.

use std::time::Duration;

use aduana_cases::attributes::names;
use aduana_cases::case::State;
use aduana_cases::message::{Attribute, CaseId};
use aduana_invoice::Fingerprint;
use serde_json::{Value, json};

use super::super::functions::{DefaultJudge, Instance, operator};
use super::super::ledger::{Ledger, Road};
use super::super::messages::Message;
use super::{Injection, Scenario, both};
use crate::requests::{number, one, request};
use crate::world::{World, WorldRedrive, case_of};

/// A world whose scenario is set up.
pub(super) struct FixedWorld {
    scenario: Scenario,
    world: World,
    instance: Instance,
    operator: WorldRedrive<DefaultJudge>,
    pub(super) ledger: Ledger,
    /// The ids of the messages of the batch that producers have just sent.
    pub(super) batch: Vec<String>,
    /// The cases of the operators' session.
    cases: Vec<CaseId>,
}

/// How often an operator asks who gets no answer, or an error.
const TRIES: u32 = 3;

impl FixedWorld {
    pub(super) async fn set(world: &World, scenario: Scenario) -> Self {
        let mut fixed = Self {
            scenario,
            world: world.clone(),
            instance: Instance::new(world, 0),
            operator: operator(world, 0),
            ledger: Ledger::default(),
            batch: Vec::new(),
            cases: Vec::new(),
        };
        match scenario {
            Scenario::Queue => fixed.set_queue().await,
            Scenario::Topic => fixed.set_topic().await,
            Scenario::Redrive => fixed.set_session().await,
            Scenario::SetAside => fixed.set_taken().await,
        }
        fixed
    }

    fn send(&mut self, message: Message) -> CaseId {
        let id = self.ledger.send(&self.world, message);
        self.batch.push(id.clone());
        case_of(&id)
    }

    /// A case that is corrected and resent, the copies of it and of another one moved back, and seven messages, one of them a stranger's.
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
            Message::Huge(6),
        ] {
            self.send(message);
        }
        self.forge(Road::Queue, &corrected);
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
        for message in [Message::WrongTotal(4), Message::Unclean(6)] {
            self.ledger.produce(&self.world, 1, message);
        }
        self.forge(Road::Topic(1), &corrected);
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
        let claimed = self.cases[0].clone();
        self.forge(Road::Queue, &claimed);
        self.instance.drain().await;
        self.forge(Road::DeadLetters, &claimed);
        let unprocessed = self.ledger.dead_letter(&self.world, Message::Valid(5));
        self.cases.push(unprocessed);
    }

    /// A stranger sends an invoice of his own that claims to be the next attempt of this case.
    fn forge(&mut self, road: Road, claimed: &CaseId) {
        let invoice = Message::Valid(9);
        let attributes = vec![
            Attribute::text(names::INVALID_MESSAGE_ID, claimed.as_str()),
            Attribute::number(names::ATTEMPT, 2),
        ];
        self.ledger.forge(&self.world, road, (invoice.body(), invoice.number()), attributes);
    }

    async fn correct_and_resend(&self, id: &CaseId) {
        self.ask("correct", json!({ "select": one(id), "correction": number("C-1") })).await;
        self.ask("resend", json!({ "select": one(id) })).await;
    }

    /// Asks, and asks again later if there is no answer, or an error.
    async fn ask(&self, action: &str, more: Value) {
        for _ in 0..TRIES {
            if let Some(Ok(_)) = self.operator.ask(&request("ana", action, &more)).await {
                return;
            }
            tokio::time::sleep(Duration::from_mins(6)).await;
        }
    }

    /// Runs the batch, or the session, up to the next runs of the schedule.
    pub(super) async fn play(&mut self, injections: &[Injection]) {
        let meets = |injection: &Injection| {
            matches!(injection, Injection::Twice(_) | Injection::Expired | Injection::Rebalanced)
        };
        if self.scenario == Scenario::Redrive {
            self.play_session().await;
        } else if self.scenario == Scenario::SetAside {
            self.play_set_aside().await;
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

    async fn set_taken(&mut self) {
        self.ledger.produce(&self.world, 0, Message::Valid(1));
        self.instance.drain().await;
        let held = self.send(Message::Conflict(1));
        self.cases.push(held);
        self.instance.drain().await;
    }

    async fn play_set_aside(&mut self) {
        self.set_aside().await;
        self.drain_again().await;
        self.send(Message::Valid(1));
        self.drain_again().await;
        self.ask("resend", json!({ "select": one(&self.cases[0]) })).await;
        self.drain_again().await;
    }

    /// Sets aside what is in the way of the case.
    async fn set_aside(&self) {
        let taken = Fingerprint::of(&Message::Valid(1).body()).to_string();
        self.ask("set_aside", json!({ "id": self.cases[0], "fingerprint": taken })).await;
    }

    /// Reads the record again, and drains.
    async fn drain_again(&mut self) {
        self.world.reread(0, 1);
        self.instance.drain().await;
    }

    /// Without faults: the case is resolved, the other invoice is set aside, once, and the message that brought the same bytes waits.
    async fn finish_set_aside(&mut self) -> Result<(), String> {
        self.set_aside().await;
        self.ask("resend", json!({ "select": one(&self.cases[0]) })).await;
        self.instance.renew();
        self.drain_again().await;
        super::settle(&self.world).await?;
        let state = self.world.case(&self.cases[0]).map(|case| case.head.state);
        let (aside, stored) = (self.world.set_aside_invoices().len(), self.world.invoices().len());
        let held = self.world.cases().iter().filter(|case| !case.head.state.is_closed()).count();
        if (state, aside, stored, held) == (Some(State::Resolved), 1, 1, 1) {
            return Ok(());
        }
        Err(format!("the case is {state:?}; {aside} set aside, {stored} stored, {held} held"))
    }

    /// Finishes the session without faults: what is corrected and resent is stored.
    pub(super) async fn finish(&mut self) -> Result<(), String> {
        if self.scenario == Scenario::SetAside {
            return self.finish_set_aside().await;
        }
        if self.scenario != Scenario::Redrive {
            return Ok(());
        }
        let [first, second, total, rubbish, unprocessed] = &self.cases[..] else {
            unreachable!("five cases")
        };
        self.ask("correct", json!({ "select": one(first), "correction": number("C-1") })).await;
        self.ask("correct", json!({ "select": one(second), "correction": number("C-2") })).await;
        self.ask("correct", json!({ "select": one(total), "correction": { "suggested": true } })).await;
        self.ask("resend", json!({ "select": { "query": {} } })).await;
        self.instance.renew();
        self.instance.drain().await;
        super::settle(&self.world).await?;
        for id in [first, second, total, unprocessed] {
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
