//! What operators and strangers do.

use aduana_cases::attributes::names;
use aduana_cases::message::{Attribute, CaseId};
use serde_json::{Value, json};

use super::History;
use crate::requests::{number, one, request};
use crate::samples;

impl History {
    fn case(&mut self) -> Option<CaseId> {
        let count = self.cases.len() as u64;
        (count > 0).then(|| self.cases[usize::try_from(self.rng.below(count)).expect("an index")].clone())
    }

    /// Something that somebody may ask. Numbers are taken from a few, all of this case: two corrections may differ in what makes
    /// an invoice's key.
    pub(super) fn wish(&mut self) -> String {
        let has_operators = self.is.asks > 1;
        let Some(id) = self.case().filter(|_| has_operators) else {
            let action = self.rng.pick(&["reconcile", "notify"]);
            return request("system:schedule", action, &json!({}));
        };
        let select = if self.rng.below(4) == 0 { json!({ "query": {} }) } else { one(&id) };
        let own = &id.as_str()[..8];
        let kind =
            if self.is.is_narrow { self.rng.pick(&[0, 0, 1, 4, 5, 6, 9, 13]) } else { self.rng.below(15) };
        let (action, more): (&str, Value) = match kind {
            0 | 1 => {
                let number = number(&format!("{own}-{}", self.rng.below(3)));
                ("correct", json!({ "select": one(&id), "correction": number }))
            }
            2 => ("correct", json!({ "select": select, "correction": { "suggested": true } })),
            3 => {
                let body = samples::valid(&format!("{own}-{}", self.rng.below(3)), 1);
                let body = json!({ "body": String::from_utf8(body).expect("text") });
                ("correct", json!({ "select": one(&id), "correction": body }))
            }
            4..=6 => ("resend", json!({ "select": select })),
            7 => ("resend", json!({ "select": select, "override": self.is.has_overrides, "first": 2 })),
            8 => ("discard", json!({ "select": one(&id) })),
            9 => ("reopen", json!({ "select": select })),
            10 => ("release", json!({ "select": select })),
            11 => ("annotate", json!({ "select": select, "note": format!("{}", self.rng.below(3)) })),
            12 => ("get", json!({ "id": id, "unmask": true, "body": "current" })),
            13 => ("reconcile", json!({})),
            _ => ("notify", json!({})),
        };
        let actor = self.rng.pick(&["ana", "eva"]);
        request(actor, action, &more)
    }

    /// A message with a body of its own, and attributes that say it is a copy, or a resend, of somebody else's case.
    pub(super) fn forge(&mut self) {
        let Some(id) = self.case() else { return };
        // Whoever guesses the id of a case to come shares that case, and loses nothing; it has two invoices then.
        if self.is.is_narrow && self.world.case(&id).is_none() {
            return;
        }
        let nth = u32::try_from(self.ledger.entries().len()).expect("few");
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
        self.ledger.forge(&self.world, body, attributes);
    }
}
