//! What operators ask, and what strangers send.

use aduana_cases::attributes::names;
use aduana_cases::message::{Attribute, CaseId};
use aduana_invoice::InvoiceKey;
use serde_json::{Value, json};

use super::RandomWorld;
use crate::requests::{number, one, request};
use crate::samples;
use crate::simulation::ledger::{Road, case_of_record};

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

    /// A stranger's message: a body of his own, and attributes of ours that claim a case of the past, the present or the future.
    pub(super) fn forge(&mut self) {
        let id = match self.case() {
            Some(id) if self.rng.below(3) > 0 => id,
            _ => {
                let partition = i32::try_from(self.rng.below(2)).expect("few");
                case_of_record(partition, i64::try_from(self.rng.below(30)).expect("few"))
            }
        };
        let nth = u32::try_from(self.ledger.entries().len()).expect("few");
        let number = format!("S-{nth}");
        let (body, number) = match self.rng.below(4) {
            0 => (samples::without_number(100 + nth), None),
            1 => (samples::valid(&number, 100 + nth), Some(number)),
            2 => (format!("{{\"stranger\":{nth}}}").into_bytes(), None),
            _ => {
                let claim = json!({ "aduana_claim_check": {
                    "case_id": id, "attempt": self.rng.pick(&[0, 1, 2, u32::MAX]), "size": 2_000_000,
                    "sha256": format!("{nth:064}"), "why": "too_large",
                }});
                (claim.to_string().into_bytes(), None)
            }
        };
        let attributes = self.claims(&id);
        let road = match self.rng.below(3) {
            0 => Road::DeadLetters,
            1 if self.profile.has_topic => Road::Topic(i32::try_from(self.rng.below(2)).expect("few")),
            _ if self.profile.has_queue => Road::Queue,
            _ => Road::DeadLetters,
        };
        self.ledger.forge(&self.world, road, (body, number), attributes);
    }

    /// Attributes of ours, as a stranger writes them.
    fn claims(&mut self, id: &CaseId) -> Vec<Attribute> {
        let mut attributes = vec![Attribute::text(names::INVALID_MESSAGE_ID, id.as_str())];
        if self.rng.below(2) == 0 {
            let attempt = self.rng.pick(&[0, 1, 2, 3, u32::MAX]);
            attributes.push(Attribute::number(names::ATTEMPT, attempt));
        }
        if self.rng.below(2) == 0 {
            let attempt = self.rng.pick(&[0, 1, 2, u32::MAX]);
            attributes.push(Attribute::text(names::REASONS, json!({ "attempt": attempt }).to_string()));
            attributes.push(Attribute::text(names::REASON_CODE, "BR-02"));
        }
        if self.rng.below(3) == 0 {
            let source = self.rng.pick(&["kafka:invoices/0/0", "sqs:another", "nowhere"]);
            attributes.push(Attribute::text(names::SOURCE, source));
        }
        if self.rng.below(3) == 0 {
            let packed = match self.rng.below(3) {
                0 => json!([{ "name": "Source", "type": "String", "value": "ERP" }]),
                1 => json!("?"),
                _ => json!({ "case_id": id, "attempt": self.rng.pick(&[1, u32::MAX]) }),
            };
            attributes.push(Attribute::text(names::PRODUCER_ATTRIBUTES, packed.to_string()));
        }
        attributes
    }
}
