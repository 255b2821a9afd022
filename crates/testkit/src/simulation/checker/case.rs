//! Cases, and their copies in the dead-letter queue.

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::attributes::{names, unpack};
use aduana_cases::case::State;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, CaseId};
use aduana_cases::time::from_rfc3339;
use aduana_cases::trail::{self, Event};
use aduana_invoice::Fingerprint;
use aduana_redrive::Settings;

use super::Checker;
use crate::samples;
use crate::world::{CaseRow, DeadLetter, case_of};

impl Checker<'_> {
    pub(super) fn check_cases(&mut self) {
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in &cases {
            let id = &case.case.id;
            self.check_bodies(case);
            let verified = trail::verify(id, &case.trail, &case.head.trail);
            self.require(verified.is_ok(), || format!("broken trail of {id}: {verified:?}"));
            self.check_attempts(case);
            let state = case.head.state;
            let is_between = state == State::Resending || case.redrive_state.claim.is_some();
            self.require(!is_between, || format!("left between two steps: {id} is {state:?}"));
            self.not_lost(state != State::Resent, || {
                format!("lost: {id} was resent, and nothing came of it")
            });
            self.check_claims(case);
            self.check_outcome(case);
        }
    }

    /// Each attempt is rejected once, and only the first is `received`, however often it was delivered.
    fn check_attempts(&mut self, case: &CaseRow) {
        let rejections =
            || case.trail.iter().filter(|event| matches!(event.act.as_str(), "received" | "refused"));
        let attempts: Vec<u32> = rejections().map(|event| event.attempt).collect();
        let distinct: BTreeSet<u32> = attempts.iter().copied().collect();
        let first = rejections().filter(|event| event.act == "received").count();
        let is_once = first == 1 && attempts.len() == distinct.len();
        self.not_doubled(is_once, || {
            format!("doubled: attempts {attempts:?} of {} came into its trail", case.case.id)
        });
    }

    /// The body that came first is what was sent; every other one is a correction of it. Nobody else's body is in a case.
    fn check_bodies(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let original = case.original();
        let entries = self.ledger.entries();
        let is_owned = match entries.iter().find(|entry| entry.cases.contains(id)) {
            Some(entry) => entry.body == original,
            None => false,
        };
        self.require(is_owned, || format!("altered, or nobody's: the first body of {id}"));
        let own = Fingerprint::of(&original).to_string();
        let is_its = |print: &String| *print == own || case.redrive_state.corrections.contains(print);
        self.require(case.head.bodies.iter().all(is_its), || format!("touched: {id} has another's body"));
        for (attempt, body) in case.received() {
            let print = Fingerprint::of(body).to_string();
            let is_in_trail = case.trail.iter().any(|event| {
                event.attempt == attempt
                    && event.after == print
                    && matches!(event.act.as_str(), "received" | "refused")
            });
            self.require(is_in_trail, || format!("altered: attempt {attempt} of {id}"));
        }
    }

    /// A case is sent at most once a claim, and no claim is taken while another one holds.
    fn check_claims(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let claims = case.trail.iter().filter(|event| event.act == "claimed").count();
        let sends = self.world.resends(id);
        self.not_doubled(sends <= claims, || {
            format!("doubled: {id} was sent {sends} times by {claims} claims")
        });
        if self.allowances.clocks {
            return;
        }
        let mut holds_since = None;
        for Event { act, at, .. } in &case.trail {
            match act.as_str() {
                "claimed" => {
                    let at_ms = from_rfc3339(at).expect("a time");
                    let until_ms =
                        holds_since.replace(at_ms).map(|since| since + Settings::default().lease_ms);
                    let is_free = until_ms.is_none_or(|until_ms| until_ms <= at_ms);
                    self.not_doubled(is_free, || format!("doubled: {id} is claimed by two at {at}"));
                }
                "corrected" | "annotated" | "viewed" => {}
                _ => holds_since = None,
            }
        }
    }

    /// A case has one invoice if it is resolved, and none if it is not.
    fn check_outcome(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let ends = case.trail.iter().filter(|event| event.act == "stored").count();
        let is_resolved = case.head.state == State::Resolved;
        let is_there = case.stored_as().is_some_and(|key| {
            let set_aside = self.set_aside.iter().map(|row| &row.invoice);
            self.stored.values().chain(set_aside).any(|it| it.key == *key)
        });
        self.not_lost(!is_resolved || is_there, || {
            format!("lost: {id} is resolved, and its invoice is not there")
        });
        // AWS may move back the copy of a valid message that SQS dead-lettered, beside its correction: docs/runbook.md.
        // So is that of one that was held for a conflict, when what was in its way is set aside.
        let reasons = || case.trail.iter().map(|event| &event.reason);
        let number = case.case.summary.key.as_ref();
        let is_freed = self.set_aside.iter().any(|row| Some(&row.invoice.key) == number);
        let is_unprocessed = reasons().any(|reason| reason.contains("UNPROCESSED"))
            || is_freed && reasons().any(|reason| reason.contains("FE-D-016"));
        if self.allowances.overrides || self.ledger.is_moved && is_unprocessed {
            return;
        }
        let of_case = |it: &&aduana_cases::ports::NewInvoice| {
            it.case_id.as_ref() == Some(id) || case_of(&it.message_id) == *id
        };
        let set_aside = self.set_aside.iter().map(|row| &row.invoice);
        let invoices = self.stored.values().chain(set_aside).filter(of_case).count();
        self.not_doubled(invoices <= ends.min(1), || {
            let acts: Vec<String> =
                case.trail.iter().map(|event| format!("{} {}", event.act, event.reason)).collect();
            format!("doubled: {id} has {invoices} invoices, {ends} times stored: {acts:?}")
        });
        self.require(is_resolved == (ends == 1), || {
            format!("{id} is {:?}, {ends} times stored", case.head.state)
        });
    }

    /// The queue has one copy of each case that waits, of its last attempt, and the head marks it as queued and alerted.
    pub(super) fn check_dead_letters(&mut self) {
        let mut copies: BTreeMap<CaseId, usize> = BTreeMap::new();
        for dead_letter in self.dead_letters.clone() {
            let (attributes, body) = match &dead_letter {
                DeadLetter::Held(message) => (&message.attributes, message.body.as_bytes()),
                DeadLetter::Unprocessed { body, attributes, .. } => (attributes, body.as_slice()),
            };
            // SQS may dead-letter a copy that was moved back before its rejection was held. It is then the current copy: it has its
            // reasons, and the case is at their attempt. If the rejection was held, it is an old copy, and must be gone.
            let Some((id, attempt)) = copied(attributes) else {
                self.not_lost(false, || format!("lost: not ingested, {}", Fingerprint::of(body)));
                continue;
            };
            let case = self.cases.get(&id);
            let is_its = case.is_some_and(|case| is_of(case, body));
            let is_of_last = case.is_some_and(|case| case.head.attempt == attempt);
            *copies.entry(id.clone()).or_default() += 1;
            self.require(is_its, || format!("altered: the copy of {id} in the queue"));
            self.require(is_of_last, || {
                format!("the copy of attempt {attempt} of {id} is past, and in the queue")
            });
            let is_quiet =
                attributes.iter().all(|it| !it.as_text().unwrap_or_default().contains(samples::SECRET));
            self.require(is_quiet, || format!("a value leaked in the attributes of {id}"));
        }
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in cases {
            let (id, state) = (&case.case.id, case.head.state);
            let found = copies.get(id).copied().unwrap_or(0);
            let is_needed = is_untouched(&case) && !state.is_closed();
            self.not_lost(found > 0 || !is_needed, || {
                format!("lost: no copy in the queue of {id}, {state:?}")
            });
            let most = usize::from(!state.is_closed());
            self.not_doubled(found <= most, || {
                format!("doubled: {found} copies in the queue of {id}, {state:?}")
            });
            let is_marked = case.head.queued && case.head.alerted;
            self.require(is_marked || !is_needed, || format!("not marked as queued and alerted: {id}"));
        }
    }
}

/// The case and the attempt of which a message with all of its reasons says to be the copy.
fn copied(attributes: &[Attribute]) -> Option<(CaseId, u32)> {
    let has = |name: &str| attributes.iter().any(|attribute| attribute.name == name);
    let carried = unpack(attributes)?;
    let is_copy = [names::REASON_CODE, names::REASONS].into_iter().all(has);
    is_copy.then_some((carried.case, carried.attempt - 1))
}

/// Whether a body in the queue, or the one that its claim check names, is one that the case has had.
fn is_of(case: &CaseRow, body: &[u8]) -> bool {
    let named = ClaimCheck::parse(body).filter(|claim| claim.case_id == case.case.id);
    let is_named =
        |held: &[u8]| named.as_ref().is_some_and(|claim| Fingerprint::of(held).to_string() == claim.sha256);
    case.bodies().any(|held| held == body || is_named(held))
}

/// Whether no operator has acted on the case: if it is open, it is in the queue and alerted.
pub(super) fn is_untouched(case: &CaseRow) -> bool {
    case.trail.iter().all(|event| matches!(event.act.as_str(), "received" | "refused"))
}
