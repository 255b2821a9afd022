//! The life cycle of a case as people move it: what to write for what is there, or why not. The whole of it is drawn in
//! [`crate::cases`].
//!
//! Pure functions of a head and a command. Whoever acts reads the head, asks, and writes the [`Change`] on the condition that the
//! head's version is as it was read; if it is not, he reads and asks again. So of two who act at once, one acts upon what the
//! other has done.
//!
//! # Effectively once
//!
//! ```text
//! claim (conditional write) ─▶ send (case id and attempt travel) ─▶ mark
//! ```
//!
//! Of two claims one holds. What is left is a crash between two steps:
//!
//! | It stops after | Then | And |
//! |---|---|---|
//! | the claim | the claim lapses, the case is open again | it is sent at the next resend |
//! | the send | the claim lapses, or the outcome comes first and ends it | a second resend sends the *same body* as the *same attempt* |
//! | the mark | the case waits for its outcome | the validator ends it, or opens it again |
//!
//! Two messages with one body are one invoice: the intake stores an invoice's key once, and finds the second `AlreadyStored`.
//! Two messages of one case with *different* bodies could be two, if the correction changes what makes the key. So a head keeps
//! the fingerprint of the body that was sent, or may have been, until its outcome is known ([`super::ports::UnderWay`]); until
//! then another body is neither stored as a correction nor sent, unless a person overrides it with a reason.

use crate::body::Packed;
use crate::cases::State;
use crate::message::{BodyVersion, CaseId};
use crate::redrive::answer::Code;
use crate::redrive::ports::{CaseRecord, Change, Claim, Correction, Handling, UnderWay};
use crate::trail::{Act, Entry};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write this.
    Write(Box<Change>),
    /// Nothing: it is so already.
    Nothing,
    /// Nothing, and say why.
    Refuse(Code),
}

/// Who acts, when and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// The most corrections of one case: each is a body in the table.
pub const CORRECTIONS_MAX: u32 = 100;

impl CaseRecord {
    /// The case's id.
    pub const fn id(&self) -> &CaseId {
        &self.line.id
    }

    /// The state.
    pub const fn state(&self) -> State {
        self.line.state
    }

    /// The body that would be sent: the latest correction, or else that of the last attempt.
    pub fn current(&self) -> BodyVersion {
        let correction = self.handling.correction.as_ref().map(|correction| correction.number);
        BodyVersion { attempt: self.line.attempt, correction }
    }

    /// Its fingerprint.
    pub fn current_fingerprint(&self) -> &str {
        self.handling.correction.as_ref().map_or(&self.fingerprint, |correction| &correction.fingerprint)
    }

    /// The attempt that it is when it is sent.
    pub const fn next_attempt(&self) -> u32 {
        self.line.attempt.saturating_add(1)
    }

    /// The head as it is after `change` was written.
    #[must_use]
    pub fn after(mut self, change: &Change) -> Self {
        self.line.state = change.state;
        self.line.owner.clone_from(&change.handling.owner);
        self.line.ticket.clone_from(&change.handling.ticket);
        self.version = change.version.saturating_add(1);
        self.handling = change.handling.clone();
        self.trail = change.event.end();
        self
    }

    fn is_claimed_by(&self, call: &str) -> bool {
        let claim = self.handling.claim.as_ref();
        self.state() == State::Resending && claim.is_some_and(|claim| claim.owner == call)
    }

    /// Whether a claim stands that has lapsed by `now_ms`.
    pub fn has_lapsed(&self, now_ms: i64) -> bool {
        let claim = self.handling.claim.as_ref();
        self.state() == State::Resending && claim.is_none_or(|claim| claim.until_ms <= now_ms)
    }

    fn may_change_body_to(&self, fingerprint: &str) -> bool {
        self.handling.under_way.as_ref().is_none_or(|sent| sent.fingerprint == fingerprint)
    }

    /// A change to this state, told as this act.
    fn change(&self, by: By<'_>, (state, act): (State, Act), handling: Handling) -> Step {
        let attempt = match act {
            Act::Claimed | Act::Sent | Act::Unsent | Act::Lapsed | Act::Returned => self.next_attempt(),
            _ => self.line.attempt,
        };
        let after =
            handling.correction.as_ref().map_or(&self.fingerprint, |correction| &correction.fingerprint);
        let entry = Entry {
            at_ms: by.at_ms,
            actor: by.actor,
            act,
            attempt,
            reason: by.reason.to_owned(),
            before: Some(self.current_fingerprint()),
            after,
        };
        let event = self.trail.next(self.id(), entry);
        Step::Write(Box::new(Change { version: self.version, state, handling, event, body: None }))
    }

    fn moved(&self, by: By<'_>, state: State, act: Act) -> Step {
        self.change(by, (state, act), self.handling.clone())
    }
}

/// Takes the right to send the case's current body. Parks it instead if it has had `attempts_max` attempts since it was last
/// released.
pub fn on_claim(record: &CaseRecord, by: By<'_>, claim: Claim, attempts_max: u32, overridden: bool) -> Step {
    match record.state() {
        State::Open => {}
        State::Resending if record.is_claimed_by(&claim.owner) => return Step::Nothing,
        State::Resending if record.has_lapsed(by.at_ms) => {}
        State::Resending => return Step::Refuse(Code::Claimed),
        State::Parked => return Step::Refuse(Code::Parked),
        State::Resent | State::Resolved | State::Discarded => return Step::Refuse(Code::WrongState),
    }
    let body = record.current_fingerprint();
    if !record.may_change_body_to(body) && !overridden {
        return Step::Refuse(Code::MayBeUnderWay);
    }
    let handling = &record.handling;
    if record.line.attempt.saturating_sub(handling.released) >= attempts_max {
        return record.change(by, (State::Parked, Act::Parked), Handling { claim: None, ..handling.clone() });
    }
    let sends =
        handling.under_way.as_ref().filter(|sent| sent.fingerprint == body).map_or(0, |sent| sent.sends);
    let under_way = UnderWay { fingerprint: body.to_owned(), sends: sends.saturating_add(1) };
    let handling = Handling { claim: Some(claim), under_way: Some(under_way), ..handling.clone() };
    record.change(by, (State::Resending, Act::Claimed), handling)
}

/// Marks it as sent by this call, unless its outcome was quicker.
pub fn on_sent(record: &CaseRecord, by: By<'_>, call: &str) -> Step {
    if !record.is_claimed_by(call) {
        return Step::Nothing;
    }
    record.change(by, (State::Resent, Act::Sent), Handling { claim: None, ..record.handling.clone() })
}

/// Gives the right to send it back. If it is `certain` that it was not sent, it is not under way either.
pub fn on_unsent(record: &CaseRecord, by: By<'_>, call: &str, certain: bool) -> Step {
    if !record.is_claimed_by(call) {
        return Step::Nothing;
    }
    let mut handling = Handling { claim: None, ..record.handling.clone() };
    if certain {
        handling.under_way = one_less(handling.under_way);
    }
    record.change(by, (State::Open, Act::Unsent), handling)
}

/// Ends a claim that has lapsed. What it was taken for may have been sent.
pub fn on_lapsed(record: &CaseRecord, by: By<'_>) -> Step {
    if !record.has_lapsed(by.at_ms) {
        return Step::Nothing;
    }
    record.change(by, (State::Open, Act::Lapsed), Handling { claim: None, ..record.handling.clone() })
}

/// Opens a case whose message SQS has given up, as the attempt that it was.
pub fn on_returned(record: &CaseRecord, by: By<'_>, attempt: u32) -> Step {
    let is_sent = matches!(record.state(), State::Resending | State::Resent);
    if !is_sent || attempt != record.next_attempt() {
        return Step::Nothing;
    }
    let mut handling = Handling { claim: None, ..record.handling.clone() };
    handling.under_way = one_less(handling.under_way);
    record.change(by, (State::Open, Act::Returned), handling)
}

fn one_less(under_way: Option<UnderWay>) -> Option<UnderWay> {
    under_way
        .map(|sent| UnderWay { sends: sent.sends.saturating_sub(1), ..sent })
        .filter(|sent| sent.sends > 0)
}

/// Puts a corrected body in the place of the last one.
pub fn on_correct(
    record: &CaseRecord,
    by: By<'_>,
    fingerprint: &str,
    body: Packed,
    overridden: bool,
) -> Step {
    match record.state() {
        State::Open | State::Parked => {}
        State::Resending if !record.has_lapsed(by.at_ms) => return Step::Refuse(Code::Claimed),
        _ => return Step::Refuse(Code::WrongState),
    }
    if record.current_fingerprint() == fingerprint {
        return Step::Nothing;
    }
    if !record.may_change_body_to(fingerprint) && !overridden {
        return Step::Refuse(Code::MayBeUnderWay);
    }
    if record.handling.corrections >= CORRECTIONS_MAX {
        return Step::Refuse(Code::TooMany);
    }
    let number = record.handling.corrections.saturating_add(1);
    let correction = Correction { number, fingerprint: fingerprint.to_owned() };
    let handling = Handling { correction: Some(correction), corrections: number, ..record.handling.clone() };
    match record.change(by, (record.state(), Act::Corrected), handling) {
        Step::Write(change) => Step::Write(Box::new(Change { body: Some(body), ..*change })),
        step => step,
    }
}

/// Gives a case up.
pub fn on_discard(record: &CaseRecord, by: By<'_>) -> Step {
    match record.state() {
        State::Open | State::Parked => record.moved(by, State::Discarded, Act::Discarded),
        State::Discarded => Step::Nothing,
        State::Resending => Step::Refuse(Code::Claimed),
        State::Resent | State::Resolved => Step::Refuse(Code::WrongState),
    }
}

/// Opens a discarded case, or one whose outcome does not come.
pub fn on_reopen(record: &CaseRecord, by: By<'_>) -> Step {
    match record.state() {
        State::Discarded | State::Resent => record.moved(by, State::Open, Act::Reopened),
        State::Open => Step::Nothing,
        State::Resending => Step::Refuse(Code::Claimed),
        State::Parked => Step::Refuse(Code::Parked),
        State::Resolved => Step::Refuse(Code::WrongState),
    }
}

/// Lets a parked case be sent again, as often as a new one.
pub fn on_release(record: &CaseRecord, by: By<'_>) -> Step {
    match record.state() {
        State::Parked => {
            let handling = Handling { released: record.line.attempt, ..record.handling.clone() };
            record.change(by, (State::Open, Act::Released), handling)
        }
        State::Open => Step::Nothing,
        _ => Step::Refuse(Code::WrongState),
    }
}

/// What is to be said of a case: what is `None` stays, an empty text takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// Who looks after it.
    pub owner: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// The number of a ticket elsewhere.
    pub ticket: Option<String>,
}

/// Notes an owner, a remark, a ticket, whatever the state.
pub fn on_annotate(record: &CaseRecord, by: By<'_>, annotation: &Annotation) -> Step {
    let noted = |said: &Option<String>, there: &Option<String>| match said {
        Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        None => there.clone(),
    };
    let there = &record.handling;
    let handling = Handling {
        owner: noted(&annotation.owner, &there.owner),
        note: noted(&annotation.note, &there.note),
        ticket: noted(&annotation.ticket, &there.ticket),
        ..there.clone()
    };
    if handling == *there {
        return Step::Nothing;
    }
    record.change(by, (record.state(), Act::Annotated), handling)
}

/// Puts on record that the case's values were shown.
pub fn on_view(record: &CaseRecord, by: By<'_>) -> Step {
    record.moved(by, record.state(), Act::Viewed)
}

#[cfg(test)]
mod tests;
