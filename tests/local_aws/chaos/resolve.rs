//! The redrive behind the fault proxy: corrected, resent, killed, asked again, until everything that can be is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use aduana_testkit::world::Rng;
use serde_json::{Value, json};
use xtask::aws::text;

use super::judge::case_of;
use super::traffic::{Cure, Due, Sent};
use super::{Chaos, PATIENCE};

/// How many cases one request is about.
const AT_ONCE: usize = 25;

/// What was done.
pub(crate) struct Resolved {
    /// The cases that had to end with their invoice.
    pub(crate) due: BTreeSet<String>,
    /// How often one of them was sent.
    pub(crate) sent: usize,
}

/// What is left to do.
#[derive(Default)]
struct Left {
    to_suggest: Vec<String>,
    to_number: Vec<String>,
    to_send: Vec<String>,
    claimed: Vec<String>,
}

impl Chaos {
    /// Corrects what can be corrected, and sends it, while functions die.
    pub(crate) fn resolve(&self, messages: &[Sent]) -> Resolved {
        let cures = self.cures(messages);
        let mut resolved = Resolved { due: cures.keys().cloned().collect(), sent: 0 };
        let mut rng = Rng::new(self.seed ^ 0x5E9D);
        let deadline = Instant::now() + PATIENCE;
        let mut kills = self.kills;
        loop {
            let left = self.left(&cures);
            if left.is_done() {
                self.proxy.call_off();
                self.wait("the intake is empty", || self.stack.waiting() == 0);
                if self.states(&cures).values().all(|state| state == "resolved") {
                    return resolved;
                }
                continue;
            }
            assert!(
                Instant::now() < deadline,
                "seed {}: not all is resolved: {:?}",
                self.seed,
                self.states(&cures)
            );
            // A claim holds for five minutes. That is too long for a test: those that died with their function end now.
            for id in &left.claimed {
                self.stack.end_claim(id);
            }
            let reason = "the seller agrees";
            for ids in left.to_suggest.chunks(AT_ONCE) {
                self.ask(
                    &mut kills,
                    &mut rng,
                    &json!({
                        "action": "correct", "actor": "ana", "reason": reason, "max": AT_ONCE,
                        "select": { "ids": ids }, "correction": { "suggested": true },
                    }),
                );
            }
            for id in &left.to_number {
                self.ask(&mut kills, &mut rng, &json!({
                    "action": "correct", "actor": "ana", "reason": reason,
                    "select": { "ids": [id] },
                    "correction": { "set": [{ "pointer": "/number", "value": format!("N-{}", &id[..12]) }] },
                }));
            }
            for ids in left.to_send.chunks(AT_ONCE) {
                let answer = self.ask(&mut kills, &mut rng, &json!({
                    "action": "resend", "actor": "ana", "reason": reason, "max": AT_ONCE, "select": { "ids": ids },
                }));
                resolved.sent += answer["sent"].as_array().map_or(0, Vec::len);
                if kills > 0 && !self.proxy.is_ambush_laid() {
                    self.lay_ambush("validator", &mut rng);
                    kills -= 1;
                }
            }
            self.wait("the intake is empty", || self.stack.waiting() == 0);
        }
    }

    /// Asks the redrive, which may die of it.
    fn ask(&self, kills: &mut usize, rng: &mut Rng, request: &Value) -> Value {
        if *kills > 0 && rng.below(3) == 0 && !self.proxy.is_ambush_laid() {
            self.lay_ambush("redrive", rng);
            *kills -= 1;
        }
        self.stack.try_ask(request).unwrap_or_default()
    }

    /// The cases that can end with their invoice, and what it takes.
    fn cures(&self, messages: &[Sent]) -> BTreeMap<String, Cure> {
        let numbers: BTreeSet<String> =
            self.stack.stored().iter().filter_map(|row| text(row, "number")).map(str::to_owned).collect();
        let held: BTreeSet<String> =
            self.stack.cases().iter().filter_map(|head| text(head, "case_id")).map(str::to_owned).collect();
        let cure = |message: &Sent| match &message.due {
            Due::Held(Cure::None) => None,
            Due::Held(cure) => Some(*cure),
            // In order, and given up by SQS; or in conflict, which nothing corrects.
            Due::Stored { number, .. } => (!numbers.contains(number)).then_some(Cure::None),
        };
        let cures =
            messages.iter().filter_map(|message| Some((case_of(&self.stack, message), cure(message)?)));
        cures.filter(|(id, _)| held.contains(id)).collect()
    }

    fn states(&self, cures: &BTreeMap<String, Cure>) -> BTreeMap<String, String> {
        let heads = self.stack.cases();
        let state = |head| Some((text(head, "case_id")?.to_owned(), text(head, "state")?.to_owned()));
        heads.iter().filter_map(state).filter(|(id, _)| cures.contains_key(id)).collect()
    }

    fn left(&self, cures: &BTreeMap<String, Cure>) -> Left {
        let mut left = Left::default();
        for head in self.stack.cases() {
            let id = text(&head, "case_id").unwrap_or_default().to_owned();
            let is_corrected = head.contains_key("correction_number");
            match (cures.get(&id), text(&head, "state")) {
                (Some(cure), Some("open")) => {
                    match cure {
                        Cure::Suggestion if !is_corrected => left.to_suggest.push(id.clone()),
                        Cure::Number if !is_corrected => left.to_number.push(id.clone()),
                        _ => {}
                    }
                    left.to_send.push(id);
                }
                (Some(_), Some("resending")) => {
                    left.claimed.push(id.clone());
                    left.to_send.push(id);
                }
                _ => {}
            }
        }
        left
    }
}

impl Left {
    fn is_done(&self) -> bool {
        self.to_send.is_empty()
    }
}
