//! What operators ask, and forged messages.

use aduana_cases::attributes::names;
use aduana_cases::message::{Attribute, CaseId};
use aduana_invoice::InvoiceKey;
use serde_json::{Value, json};

use super::RandomWorld;
use crate::requests::{number, one, request};
use crate::samples;

impl RandomWorld {
    fn case(&mut self) -> Option<CaseId> {
        let count = self.cases.len() as u64;
        (count > 0).then(|| self.cases[usize::try_from(self.rng.below(count)).expect("an index")].clone())
    }

    /// The key and the fingerprint of a stored invoice.
    fn stored(&mut self) -> Option<(InvoiceKey, String)> {
        let invoices = self.world.invoices();
        let nth = self.rng.below(invoices.len().max(1) as u64);
        let invoice = invoices.get(usize::try_from(nth).expect("an index"))?;
        Some((invoice.key.clone(), invoice.fingerprint.to_string()))
    }

    /// A random request. The numbers of corrections are a few of this case: two corrections may differ in the key of the invoice.
    pub(super) fn operator_request(&mut self) -> String {
        let has_operators = self.profile.operator_tenths > 1;
        let Some(id) = self.case().filter(|_| has_operators) else {
            let action = self.rng.pick(&["reconcile", "notify"]);
            return request("system:schedule", action, &json!({}));
        };
        let select = if self.rng.below(4) == 0 { json!({ "query": {} }) } else { one(&id) };
        let own = &id.as_str()[..8];
        let kind = if self.profile.is_narrow {
            self.rng.pick(&[0, 0, 1, 4, 5, 6, 9, 13])
        } else {
            self.rng.below(16)
        };
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
            7 => ("resend", json!({ "select": select, "override": self.profile.has_overrides, "first": 2 })),
            8 => ("discard", json!({ "select": one(&id) })),
            9 => ("reopen", json!({ "select": select })),
            10 => ("release", json!({ "select": select })),
            11 => ("annotate", json!({ "select": select, "note": format!("{}", self.rng.below(3)) })),
            12 => ("get", json!({ "id": id, "unmask": true, "body": "current" })),
            13 => ("reconcile", json!({})),
            14 => match self.stored() {
                Some((key, fingerprint)) => ("set_aside", json!({ "key": key, "fingerprint": fingerprint })),
                None => ("reconcile", json!({})),
            },
            _ => ("notify", json!({})),
        };
        let actor = self.rng.pick(&["ana", "eva"]);
        request(actor, action, &more)
    }

    /// A message with a body of its own, and attributes that say it is a copy, or a resend, of another message's case.
    pub(super) fn forge(&mut self) {
        let Some(id) = self.case() else { return };
        // A forged message with the id of a future case shares that case, which then has two invoices.
        if self.profile.is_narrow && self.world.case(&id).is_none() {
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
