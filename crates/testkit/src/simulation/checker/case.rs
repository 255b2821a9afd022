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

use super::Scene;
use crate::samples;
use crate::world::{CaseRow, DeadLetter, case_of};

impl Scene<'_> {
    pub(super) fn judge_cases(&mut self) {
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in &cases {
            let id = &case.case.id;
            self.judge_bodies(case);
            let verified = trail::verify(id, &case.trail, &case.head.trail);
            self.hold(verified.is_ok(), || format!("broken trail of {id}: {verified:?}"));
            self.judge_attempts(case);
            let state = case.head.state;
            let is_between = state == State::Resending || case.redrive_state.claim.is_some();
            self.hold(!is_between, || format!("left between two steps: {id} is {state:?}"));
            let waits = state == State::Resent && !self.leave.stranger;
            self.not_lost(!waits, || format!("lost: {id} was sent again, and nothing came of it"));
            self.judge_claims(case);
            self.judge_ends(case);
        }
    }

    /// Each attempt is refused once, and only the first is what came in, however often it was delivered.
    fn judge_attempts(&mut self, case: &CaseRow) {
        let refusals =
            || case.trail.iter().filter(|event| matches!(event.act.as_str(), "received" | "refused"));
        let attempts: Vec<u32> = refusals().map(|event| event.attempt).collect();
        let distinct: BTreeSet<u32> = attempts.iter().copied().collect();
        let first = refusals().filter(|event| event.act == "received").count();
        let is_once = first == 1 && attempts.len() == distinct.len();
        self.not_doubled(is_once, || {
            format!("doubled: attempts {attempts:?} of {} came into its trail", case.case.id)
        });
    }

    /// The body that came first is what was sent; every other one is what the trail says.
    fn judge_bodies(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let original = case.original();
        let entries = self.ledger.entries();
        let is_owned = match entries.iter().find(|entry| entry.cases.contains(id)) {
            Some(entry) => entry.body == original,
            None => false,
        };
        let is_sent = is_owned || self.leave.stranger && entries.iter().any(|entry| entry.body == original);
        self.hold(is_sent, || format!("altered, or nobody's: the first body of {id}"));
        for (attempt, body) in case.received() {
            let print = Fingerprint::of(body).to_string();
            let is_told = case.trail.iter().any(|event| {
                event.attempt == attempt
                    && event.after == print
                    && matches!(event.act.as_str(), "received" | "refused")
            });
            self.hold(is_told, || format!("altered: attempt {attempt} of {id}"));
        }
    }

    /// A case is sent at most once a claim, and no claim is taken while another one holds.
    fn judge_claims(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let claims = case.trail.iter().filter(|event| event.act == "claimed").count();
        let sends = self.world.resends(id);
        self.not_doubled(sends <= claims, || {
            format!("doubled: {id} was sent {sends} times by {claims} claims")
        });
        if self.leave.clocks {
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
    fn judge_ends(&mut self, case: &CaseRow) {
        let id = &case.case.id;
        let ends = case.trail.iter().filter(|event| event.act == "stored").count();
        let is_resolved = case.head.state == State::Resolved;
        let is_there = case.stored_as().is_some_and(|key| self.stored.values().any(|it| it.key == *key));
        self.not_lost(!is_resolved || is_there, || {
            format!("lost: {id} is resolved, and its invoice is not there")
        });
        // Of what SQS gave up although it is in order, AWS may move the copy back beside its correction: docs/runbook.md.
        let is_unprocessed = case.trail.iter().any(|event| event.reason.contains("UNPROCESSED"));
        if self.leave.overrides || self.leave.stranger || self.ledger.is_moved && is_unprocessed {
            return;
        }
        let of_case = |it: &&aduana_cases::ports::NewInvoice| {
            it.case_id.as_ref() == Some(id) || case_of(&it.message_id) == *id
        };
        let invoices = self.stored.values().filter(of_case).count();
        self.not_doubled(invoices <= ends.min(1), || {
            format!("doubled: {id} has {invoices} invoices, {ends} times stored")
        });
        self.hold(is_resolved == (ends == 1), || {
            format!("{id} is {:?}, {ends} times stored", case.head.state)
        });
    }

    /// What is in the queue is the copy of a case that waits, once: of its last attempt, whose marks the head has.
    pub(super) fn judge_letters(&mut self) {
        let mut copies: BTreeMap<CaseId, usize> = BTreeMap::new();
        for letter in self.letters.clone() {
            let (attributes, body) = match &letter {
                DeadLetter::Held(message) => (&message.attributes, message.body.as_bytes()),
                DeadLetter::Unprocessed { body, attributes, .. } => (attributes, body.as_slice()),
            };
            // A copy that was moved back, and that SQS gave up before its refusal was held, is the copy that it was: it has its
            // reasons, and the case is at the attempt that these are of. If the refusal was held, it is an old copy, and must be gone.
            let Some((id, attempt)) = copied(attributes) else {
                self.not_lost(self.leave.stranger, || {
                    format!("lost: not taken in, {}", Fingerprint::of(body))
                });
                continue;
            };
            let case = self.cases.get(&id);
            // What a stranger has put there under this id is no copy of it, whatever it says.
            if self.leave.stranger && !case.is_some_and(|case| is_of(case, body)) {
                continue;
            }
            let is_its = case.is_some_and(|case| is_of(case, body));
            let is_of_last = case.is_some_and(|case| case.head.attempt == attempt);
            *copies.entry(id.clone()).or_default() += 1;
            self.hold(is_its, || format!("altered: the copy of {id} in the queue"));
            self.hold(is_of_last, || {
                format!("the copy of attempt {attempt} of {id} is past, and in the queue")
            });
            let is_quiet =
                attributes.iter().all(|it| !it.as_text().unwrap_or_default().contains(samples::SECRET));
            self.hold(is_quiet, || format!("a value leaked in the attributes of {id}"));
        }
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in cases {
            let (id, state) = (&case.case.id, case.head.state);
            let found = copies.get(id).copied().unwrap_or(0);
            let is_needed = is_untouched(&case) && !state.is_closed() && !self.is_strangers(&case);
            self.not_lost(found > 0 || !is_needed, || {
                format!("lost: no copy in the queue of {id}, {state:?}")
            });
            let most = usize::from(!state.is_closed());
            self.not_doubled(found <= most, || {
                format!("doubled: {found} copies in the queue of {id}, {state:?}")
            });
            let is_marked = case.head.queued && case.head.alerted;
            self.hold(is_marked || !is_needed, || format!("not marked as queued and told of: {id}"));
        }
    }

    /// Whether what the case holds last is a stranger's, put under another's id into the queue. It is kept, as every body is; but AWS
    /// may give it a new id on its way back, or SQS give it up, between case file and queue, and then nobody may be told of it under
    /// this id. What producers sent has no such leave, in a world with a stranger either.
    pub(super) fn is_strangers(&self, case: &CaseRow) -> bool {
        let last = case.received().last().map(|(_, body)| body);
        let is_it = |body: &[u8]| last == Some(body);
        self.ledger.entries().iter().any(|entry| entry.is_forged && is_it(&entry.body))
    }
}

/// The case and the attempt that a message with all of its reasons says to be the copy of.
fn copied(attributes: &[Attribute]) -> Option<(CaseId, u32)> {
    let has = |name: &str| attributes.iter().any(|attribute| attribute.name == name);
    let (id, next) = unpack(attributes).case?;
    [names::REASON_CODE, names::REASONS].into_iter().all(has).then_some((id, next - 1))
}

/// Whether a body in the queue, or the one that its claim check names, is one that the case has had.
fn is_of(case: &CaseRow, body: &[u8]) -> bool {
    let named = ClaimCheck::parse(body).filter(|claim| claim.case_id == case.case.id);
    let is_named =
        |held: &[u8]| named.as_ref().is_some_and(|claim| Fingerprint::of(held).to_string() == claim.sha256);
    case.bodies().any(|held| held == body || is_named(held))
}

/// Whether nobody has taken the case up: what is open is in the queue then, and told of.
pub(super) fn is_untouched(case: &CaseRow) -> bool {
    case.trail.iter().all(|event| matches!(event.act.as_str(), "received" | "refused"))
}
