//! Histories of cases: operators at random, two at a time, redeliveries, crashes between any two steps, lapsed claims, AWS's own
//! redrive, runs of reconcile, a stranger who forges the ids of cases. Whatever happens: each message ends in one invoice at most,
//! nothing is lost, states move along the arrows that are drawn (the world sees to that at every write), a case is sent once a
//! claim and claimed by one at a time, and the chain of every trail holds.
//!
//! A history is made of one number. A failing one is printed; `ADUANA_SEED=<n>` replays it, `ADUANA_HISTORIES=<n>` runs more:
//! `cargo xtask test --nightly` plays ten thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aduana_intake::attributes::names;
use aduana_intake::cases::State;
use aduana_intake::message::{Attribute, CaseId};
use aduana_intake::redrive::Settings;
use aduana_intake::redrive::answer::{Answer, Failure};
use aduana_intake::time::{day, from_rfc3339};
use aduana_intake::trail::{self, Event};
use aduana_invoice::{Policy, Validator, Verdict};
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, Rng, World, WorldIntake, WorldRedrive, case_of, run};
use serde_json::{Value, json};

use crate::redrive::{number, one, request};

/// How many histories a run has if nothing is said: a nightly run has ten thousand.
const HISTORIES: u64 = 500;

struct History {
    rng: Rng,
    world: World,
    intake: WorldIntake,
    operators: [WorldRedrive; 2],
    /// The message ids, with what was sent.
    sent: BTreeMap<String, Vec<u8>>,
    seed: u64,
    /// Few cases that lack their number, many corrections that give them another, many deaths in the middle of a send.
    is_narrow: bool,
    /// Whether somebody insists now and then, also on sending another body while one is under way.
    has_overrides: bool,
    /// Whether a stranger puts messages into the dead-letter queue that claim to be of a case.
    has_stranger: bool,
    /// The cases that he has named.
    forged: BTreeSet<CaseId>,
}

impl History {
    fn new(seed: u64) -> Self {
        let world = World::new();
        Self {
            rng: Rng::new(seed),
            intake: world.intake(),
            operators: [world.redrive(), world.redrive()],
            world,
            sent: BTreeMap::new(),
            seed,
            is_narrow: seed.is_multiple_of(2),
            has_overrides: seed % 4 == 1,
            has_stranger: seed.is_multiple_of(3),
            forged: BTreeSet::new(),
        }
    }

    /// Three to eight messages; most of them are to be held.
    async fn begin(&mut self) {
        if self.is_narrow {
            for units in 1..=2 {
                let body = samples::without_number(units);
                self.sent.insert(self.world.send(body.clone()), body);
            }
            self.world.drain(&self.intake).await;
            self.world.fail_by_chance(self.seed, self.rng.pick(&[0, 5]));
            return;
        }
        let percent = self.rng.pick(&[0, 5, 15, 30]);
        self.world.set_max_receive_count(self.rng.pick(&[3, 10_000]));
        self.world.fail_by_chance(self.seed, percent);
        for n in 0..3 + self.rng.below(6) {
            let units = u32::try_from(n + 1).unwrap();
            let body = match self.rng.below(5) {
                0 => samples::valid(&format!("V-{n}"), units),
                1 => samples::wrong_total(&format!("W-{n}"), units),
                2 => format!("nonsense {n}").into_bytes(),
                _ => samples::without_number(units),
            };
            self.sent.insert(self.world.send(body.clone()), body);
        }
    }

    fn case(&mut self) -> CaseId {
        let nth = self.rng.below(self.sent.len() as u64);
        case_of(self.sent.keys().nth(usize::try_from(nth).unwrap()).unwrap())
    }

    /// Something that an operator may ask. Numbers are taken from a few, all of this case: two corrections may differ in what makes
    /// an invoice's key.
    fn wish(&mut self) -> String {
        let id = self.case();
        let select = if self.rng.below(4) == 0 { json!({ "query": {} }) } else { one(&id) };
        let own = &id.as_str()[..8];
        let kind =
            if self.is_narrow { self.rng.pick(&[0, 0, 1, 4, 5, 6, 9, 13]) } else { self.rng.below(14) };
        let (action, more): (&str, Value) = match kind {
            0 | 1 => {
                let number = number(&format!("{own}-{}", self.rng.below(3)));
                ("correct", json!({ "select": one(&id), "correction": number }))
            }
            2 => ("correct", json!({ "select": select, "correction": { "suggested": true } })),
            3 => {
                let body = samples::valid(&format!("{own}-{}", self.rng.below(3)), 1);
                let body = json!({ "body": String::from_utf8(body).unwrap() });
                ("correct", json!({ "select": one(&id), "correction": body }))
            }
            4..=6 => ("resend", json!({ "select": select })),
            7 => ("resend", json!({ "select": select, "override": self.has_overrides, "first": 2 })),
            8 => ("discard", json!({ "select": one(&id) })),
            9 => ("reopen", json!({ "select": select })),
            10 => ("release", json!({ "select": select })),
            11 => ("annotate", json!({ "select": select, "note": format!("{}", self.rng.below(3)) })),
            12 => ("get", json!({ "id": id, "unmask": true, "body": "current" })),
            _ => ("reconcile", json!({})),
        };
        let actor = self.rng.pick(&["ana", "eva"]);
        request(actor, action, &more)
    }

    /// A message with a body of its own, and attributes that say it is a copy, or a resend, of somebody else's case.
    fn forge(&mut self) {
        let id = self.case();
        // Whoever guesses the id of a case to come shares that case, and loses nothing; it has two invoices then.
        if self.is_narrow && self.world.case(&id).is_none() {
            return;
        }
        let nth = u32::try_from(self.forged.len() + self.sent.len()).unwrap();
        let body = match self.rng.below(3) {
            0 => samples::without_number(100 + nth),
            1 => samples::valid(&format!("S-{nth}"), 100 + nth),
            _ => json!({ "aduana_claim_check": {
                "case_id": id, "attempt": 1, "size": 2_000_000, "sha256": format!("{nth:064}"), "why": "too_large",
            }})
            .to_string()
            .into_bytes(),
        };
        let mut attributes = vec![Attribute::text(names::INVALID_MESSAGE_ID, id.as_str())];
        attributes.push(match self.rng.below(2) {
            0 => Attribute::text(names::REASONS, r#"{"attempt":1}"#),
            _ => Attribute::number(names::ATTEMPT, 2),
        });
        self.forged.insert(id);
        self.sent.insert(self.world.forge(body.clone(), attributes), body);
    }

    async fn step(&mut self) {
        if self.has_stranger && self.rng.below(8) == 0 {
            self.forge();
        }
        if self.is_narrow && self.rng.below(3) == 0 {
            self.world.fail(
                Call::Resend,
                1,
                self.rng.pick(&[Fault::CrashAfter, Fault::HangAfter, Fault::LostReply]),
            );
        }
        let kind = if self.is_narrow { self.rng.pick(&[0, 0, 0, 0, 4, 6, 9, 9]) } else { self.rng.below(10) };
        match kind {
            0..=3 => {
                let wish = self.wish();
                drop(self.operators[0].ask(&wish).await);
            }
            4 | 5 => {
                let (one, other) = (self.wish(), self.wish());
                // The same wish twice: a double click.
                let other = if self.rng.below(2) == 0 { one.clone() } else { other };
                drop(tokio::join!(self.operators[0].ask(&one), self.operators[1].ask(&other)));
            }
            6 | 7 => drop(self.world.invoke(&self.intake).await),
            8 => {
                let wish = self.wish();
                drop(tokio::join!(self.world.invoke(&self.intake), self.operators[0].ask(&wish)));
            }
            _ if !self.is_narrow && self.rng.below(2) == 0 => drop(self.world.move_dead_letters_back()),
            _ => {
                let minutes = self.rng.pick(&[1, 4, 7, 30]);
                tokio::time::sleep(Duration::from_mins(minutes)).await;
            }
        }
    }

    /// Everything works again, and everybody does what is left to do.
    async fn settle(&mut self) {
        self.world.heal();
        // A forged claim check is what nobody can open: SQS gives it up, and reconcile takes it in.
        self.world.set_max_receive_count(if self.has_stranger { 20 } else { 10_000 });
        for _ in 0..2 {
            self.world.drain(&self.intake).await;
            tokio::time::sleep(Duration::from_mins(10)).await;
            let answer = self.operators[0].ask(&request("system:schedule", "reconcile", &json!({}))).await;
            assert!(done(answer).is_ok_and(|answer| answer.contains("\"complete\":true")));
        }
    }

    /// Nothing is lost and nothing is in between any more; each case has one invoice if it is resolved and none if it is not.
    fn check(&self) {
        let (stored, cases) = (self.world.invoices(), self.world.cases());
        // Whoever is marked is told of once, and nobody twice.
        let told = self.world.told();
        let distinct: BTreeSet<_> = told.iter().cloned().collect();
        assert_eq!(told.len(), distinct.len(), "a held message is in two alerts");
        assert!(self.world.is_all_told() && self.world.marked().is_subset(&distinct));
        for (message, body) in &self.sent {
            // No two messages have one body. What SQS gave up and AWS moved back has a new id, and its case another.
            let is_held = cases.iter().any(|case| case.bodies().any(|held| held == body));
            let is_stored = stored.iter().any(|invoice| invoice.body.unpack().unwrap() == *body);
            // The claim check of a case that nobody has stays where it is: reconcile counts it.
            let is_orphan =
                message.starts_with("stranger") && self.world.dead_letters().iter().any(|it| it.is(body));
            assert!(is_held || is_stored || is_orphan, "lost: {message}");
        }
        for case in &cases {
            let id = &case.case.id;
            assert!(self.sent.values().any(|body| *body == case.original()), "the original is altered: {id}");
            assert_ne!(case.head.state, State::Resending, "{id}");
            assert_eq!(case.handling.claim, None, "{id}");
            assert_eq!(trail::verify(id, &case.trail, &case.head.trail), Ok(()), "{id}");
            self.check_claims(id, &case.trail);
            // What a stranger puts beside a case, and AWS moves into the intake, may end there as one of its attempts.
            let is_crossed = !self.is_narrow && self.forged.contains(id);
            // Of what SQS gave up although it is in order, the copy may be moved back and stored beside its correction.
            let verdict = Validator::new(Policy::default()).judge(&case.original(), day(self.world.now_ms()));
            let is_in_order = matches!(verdict, Verdict::Accept { .. });
            if self.has_overrides || is_crossed || !self.is_narrow && is_in_order {
                continue;
            }
            let of_case = |invoice: &&aduana_intake::ports::NewInvoice| {
                invoice.case_id.as_ref() == Some(id) || case_of(&invoice.message_id) == *id
            };
            let invoices = stored.iter().filter(of_case).count();
            let events = case.trail.iter().filter(|event| event.act == "stored").count();
            let is_resolved = case.head.state == State::Resolved;
            // A second message of the same content finds the invoice stored, and closes its case with it.
            assert!(invoices <= events.min(1), "{id} has {invoices} invoices, {events} times stored");
            assert_eq!(is_resolved, events == 1, "{id} is {:?}, {events} times stored", case.head.state);
        }
    }

    /// A case is sent at most once a claim, and no claim is taken while another one holds.
    fn check_claims(&self, id: &CaseId, trail: &[Event]) {
        let claims = trail.iter().filter(|event| event.act == "claimed").count();
        let sends = self.world.resends(id);
        assert!(sends <= claims, "{id} was sent {sends} times by {claims} claims");
        let mut holds_since = None;
        for Event { act, at, .. } in trail {
            match act.as_str() {
                "claimed" => {
                    let at_ms = from_rfc3339(at).unwrap();
                    let until_ms =
                        holds_since.replace(at_ms).map(|since| since + Settings::default().lease_ms);
                    assert!(
                        until_ms.is_none_or(|until_ms| until_ms <= at_ms),
                        "{id} is claimed by two at {at}"
                    );
                }
                "corrected" | "annotated" | "viewed" => {}
                _ => holds_since = None,
            }
        }
    }
}

fn done(answer: Option<Result<Answer, Failure>>) -> Result<String, Option<Failure>> {
    answer.ok_or(None)?.map(|answer| answer.to_json()).map_err(Some)
}

fn play(seed: u64) {
    run(async {
        let mut history = History::new(seed);
        history.begin().await;
        for _ in 0..30 {
            Box::pin(history.step()).await;
        }
        history.settle().await;
        history.check();
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is its own edge")]
fn every_history_ends_well() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("ADUANA_SEED") {
        return play(seed);
    }
    let histories = number("ADUANA_HISTORIES").unwrap_or(HISTORIES);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let failing = |first: usize| {
        let seeds = (first as u64..histories).step_by(threads);
        seeds.into_iter().find(|seed| std::panic::catch_unwind(|| play(*seed)).is_err())
    };
    let failed = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads).map(|first| scope.spawn(move || failing(first))).collect();
        runs.into_iter().filter_map(|run| run.join().unwrap()).min()
    });
    assert_eq!(failed, None, "a history does not end well; replay it by ADUANA_SEED=<that number>");
}
