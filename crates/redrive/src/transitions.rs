//! The life cycle of a case as people move it: what to write for what is there, or why not. The whole of it is drawn in
//! [`aduana_cases::case`].
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
//! the fingerprint of the body that was sent, or may have been, until its outcome is known ([`super::ports::InFlight`]); until
//! then another body is neither stored as a correction nor sent, unless a person overrides it with a reason.

use crate::answer::Code;
use crate::ports::{CaseRecord, Change, Claim, Correction, InFlight, RedriveState};
use aduana_cases::body::Packed;
use aduana_cases::case::State;
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::time::from_rfc3339;
use aduana_cases::trail::{Act, Entry, Event, Way};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Write this.
    Write(Box<Change>),
    /// Nothing: it is so already.
    Nothing,
    /// Nothing, and say why.
    Refuse(Code),
}

/// Who acts, when and why.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// Who.
    pub actor: &'a str,
    /// How it was asked for.
    pub way: Way,
    /// Why.
    pub reason: &'a str,
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// The most corrections of one case: each is a body in the table.
pub const CORRECTIONS_MAX: usize = 100;

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
        let correction = self.redrive_state.correction.as_ref().map(|correction| correction.number);
        BodyVersion { attempt: self.line.attempt, correction }
    }

    /// Its fingerprint.
    pub fn current_fingerprint(&self) -> &str {
        self.redrive_state.correction.as_ref().map_or(&self.fingerprint, |correction| &correction.fingerprint)
    }

    /// The attempt that it is when it is sent.
    pub const fn next_attempt(&self) -> u32 {
        self.line.attempt.saturating_add(1)
    }

    /// The head as it is after `change` was written.
    #[must_use]
    pub fn after(mut self, change: &Change) -> Self {
        self.line.state = change.state;
        self.line.owner.clone_from(&change.redrive_state.owner);
        self.line.ticket.clone_from(&change.redrive_state.ticket);
        self.version = change.version.saturating_add(1);
        self.redrive_state = change.redrive_state.clone();
        self.trail = change.event.end();
        self
    }

    fn is_claimed_by(&self, call: &str) -> bool {
        let claim = self.redrive_state.claim.as_ref();
        self.state() == State::Resending && claim.is_some_and(|claim| claim.owner == call)
    }

    /// Whether a claim stands that has lapsed by `now_ms`.
    pub fn has_lapsed(&self, now_ms: i64) -> bool {
        let claim = self.redrive_state.claim.as_ref();
        self.state() == State::Resending && claim.is_none_or(|claim| claim.until_ms <= now_ms)
    }

    fn may_change_body_to(&self, fingerprint: &str) -> bool {
        self.redrive_state.in_flight.as_ref().is_none_or(|sent| sent.fingerprint == fingerprint)
    }

    /// A change to this state, recorded as this act.
    fn change(&self, by: Audit<'_>, (state, act): (State, Act), redrive_state: RedriveState) -> Transition {
        let attempt = match act {
            Act::Claimed | Act::Sent | Act::Unsent | Act::Lapsed | Act::Returned => self.next_attempt(),
            _ => self.line.attempt,
        };
        let after =
            redrive_state.correction.as_ref().map_or(&self.fingerprint, |correction| &correction.fingerprint);
        let entry = Entry {
            at_ms: by.at_ms,
            actor: by.actor,
            way: by.way.as_str(),
            act,
            attempt,
            reason: by.reason.to_owned(),
            before: Some(self.current_fingerprint()),
            after,
        };
        let event = self.trail.next(self.id(), entry);
        Transition::Write(Box::new(Change { version: self.version, state, redrive_state, event, body: None }))
    }

    fn moved(&self, by: Audit<'_>, state: State, act: Act) -> Transition {
        self.change(by, (state, act), self.redrive_state.clone())
    }
}

/// Takes the right to send the case's current body. Parks it instead if it has had `attempts_max` attempts since it was last
/// released.
pub fn on_claim(
    record: &CaseRecord,
    by: Audit<'_>,
    claim: Claim,
    attempts_max: u32,
    overridden: bool,
) -> Transition {
    match record.state() {
        State::Open => {}
        State::Resending if record.is_claimed_by(&claim.owner) => return Transition::Nothing,
        State::Resending if record.has_lapsed(by.at_ms) => {}
        State::Resending => return Transition::Refuse(Code::Claimed),
        State::Parked => return Transition::Refuse(Code::Parked),
        State::Resent | State::Resolved | State::Discarded => return Transition::Refuse(Code::WrongState),
    }
    let body = record.current_fingerprint();
    if !record.may_change_body_to(body) && !overridden {
        return Transition::Refuse(Code::MayBeInFlight);
    }
    let redrive_state = &record.redrive_state;
    if record.line.attempt.saturating_sub(redrive_state.released) >= attempts_max {
        return record.change(
            by,
            (State::Parked, Act::Parked),
            RedriveState { claim: None, ..redrive_state.clone() },
        );
    }
    let sends =
        redrive_state.in_flight.as_ref().filter(|sent| sent.fingerprint == body).map_or(0, |sent| sent.sends);
    let in_flight = InFlight { fingerprint: body.to_owned(), sends: sends.saturating_add(1) };
    let redrive_state =
        RedriveState { claim: Some(claim), in_flight: Some(in_flight), ..redrive_state.clone() };
    record.change(by, (State::Resending, Act::Claimed), redrive_state)
}

/// Marks it as sent by this call, unless its outcome was quicker.
pub fn on_sent(record: &CaseRecord, by: Audit<'_>, call: &str) -> Transition {
    if !record.is_claimed_by(call) {
        return Transition::Nothing;
    }
    record.change(
        by,
        (State::Resent, Act::Sent),
        RedriveState { claim: None, ..record.redrive_state.clone() },
    )
}

/// Gives the right to send it back. If it is `certain` that it was not sent, it is not under way either.
pub fn on_unsent(record: &CaseRecord, by: Audit<'_>, call: &str, certain: bool) -> Transition {
    if !record.is_claimed_by(call) {
        return Transition::Nothing;
    }
    let mut redrive_state = RedriveState { claim: None, ..record.redrive_state.clone() };
    if certain {
        redrive_state.in_flight = one_less(redrive_state.in_flight);
    }
    record.change(by, (State::Open, Act::Unsent), redrive_state)
}

/// Ends a claim that has lapsed. What it was taken for may have been sent.
pub fn on_lapsed(record: &CaseRecord, by: Audit<'_>) -> Transition {
    if !record.has_lapsed(by.at_ms) {
        return Transition::Nothing;
    }
    record.change(
        by,
        (State::Open, Act::Lapsed),
        RedriveState { claim: None, ..record.redrive_state.clone() },
    )
}

/// Opens a case whose message SQS has dead-lettered, as the attempt that it was.
pub fn on_returned(record: &CaseRecord, by: Audit<'_>, attempt: u32) -> Transition {
    let is_sent = matches!(record.state(), State::Resending | State::Resent);
    if !is_sent || attempt != record.next_attempt() {
        return Transition::Nothing;
    }
    let mut redrive_state = RedriveState { claim: None, ..record.redrive_state.clone() };
    redrive_state.in_flight = one_less(redrive_state.in_flight);
    record.change(by, (State::Open, Act::Returned), redrive_state)
}

fn one_less(in_flight: Option<InFlight>) -> Option<InFlight> {
    in_flight
        .map(|sent| InFlight { sends: sent.sends.saturating_sub(1), ..sent })
        .filter(|sent| sent.sends > 0)
}

/// Puts a corrected body in the place of the last one.
pub fn on_correct(
    record: &CaseRecord,
    by: Audit<'_>,
    fingerprint: &str,
    body: Packed,
    overridden: bool,
) -> Transition {
    match record.state() {
        State::Open | State::Parked => {}
        State::Resending if !record.has_lapsed(by.at_ms) => return Transition::Refuse(Code::Claimed),
        _ => return Transition::Refuse(Code::WrongState),
    }
    if record.current_fingerprint() == fingerprint {
        return Transition::Nothing;
    }
    if !record.may_change_body_to(fingerprint) && !overridden {
        return Transition::Refuse(Code::MayBeInFlight);
    }
    let mut corrections = record.redrive_state.corrections.clone();
    if corrections.len() >= CORRECTIONS_MAX {
        return Transition::Refuse(Code::TooMany);
    }
    corrections.push(fingerprint.to_owned());
    let number = u32::try_from(corrections.len()).unwrap_or(u32::MAX);
    let correction = Correction { number, fingerprint: fingerprint.to_owned() };
    let redrive_state =
        RedriveState { correction: Some(correction), corrections, ..record.redrive_state.clone() };
    match record.change(by, (record.state(), Act::Corrected), redrive_state) {
        Transition::Write(change) => Transition::Write(Box::new(Change { body: Some(body), ..*change })),
        step => step,
    }
}

/// Discards a case.
pub fn on_discard(record: &CaseRecord, by: Audit<'_>) -> Transition {
    match record.state() {
        State::Open | State::Parked => record.moved(by, State::Discarded, Act::Discarded),
        State::Discarded => Transition::Nothing,
        State::Resending => Transition::Refuse(Code::Claimed),
        State::Resent | State::Resolved => Transition::Refuse(Code::WrongState),
    }
}

/// Opens a discarded case, or one whose outcome does not come.
pub fn on_reopen(record: &CaseRecord, by: Audit<'_>) -> Transition {
    match record.state() {
        State::Discarded | State::Resent => record.moved(by, State::Open, Act::Reopened),
        State::Open => Transition::Nothing,
        State::Resending => Transition::Refuse(Code::Claimed),
        State::Parked => Transition::Refuse(Code::Parked),
        State::Resolved => Transition::Refuse(Code::WrongState),
    }
}

/// Lets a parked case be sent again, as often as a new one.
pub fn on_release(record: &CaseRecord, by: Audit<'_>) -> Transition {
    match record.state() {
        State::Parked => {
            let redrive_state =
                RedriveState { released: record.line.attempt, ..record.redrive_state.clone() };
            record.change(by, (State::Open, Act::Released), redrive_state)
        }
        State::Open => Transition::Nothing,
        _ => Transition::Refuse(Code::WrongState),
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
pub fn on_annotate(record: &CaseRecord, by: Audit<'_>, annotation: &Annotation) -> Transition {
    let noted = |said: &Option<String>, there: &Option<String>| match said {
        Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        None => there.clone(),
    };
    let there = &record.redrive_state;
    let redrive_state = RedriveState {
        owner: noted(&annotation.owner, &there.owner),
        note: noted(&annotation.note, &there.note),
        ticket: noted(&annotation.ticket, &there.ticket),
        ..there.clone()
    };
    if redrive_state == *there {
        return Transition::Nothing;
    }
    record.change(by, (record.state(), Act::Annotated), redrive_state)
}

/// How long a look of one person for one reason counts as the same look, in milliseconds.
const SAME_LOOK_MS: i64 = 60 * 60 * 1000;

/// Whether a trail says at its end that this person has looked at the case for this reason, a short while ago: nothing but looks
/// has happened since. Of what they stored themselves, it says so, too.
pub fn is_noted(trail: &[Event], by: Audit<'_>) -> bool {
    let is_look = |event: &&Event| event.act == Act::Viewed.as_str();
    let looks = trail.iter().rev().take_while(is_look).count();
    // The looks at the end, with the event before them.
    trail.iter().rev().take(looks.saturating_add(1)).any(|event| {
        let since = from_rfc3339(&event.at).map_or(i64::MAX, |at_ms| by.at_ms.saturating_sub(at_ms));
        let acts = [Act::Viewed, Act::Corrected].map(Act::as_str);
        acts.contains(&event.act.as_str())
            && event.actor == by.actor
            && event.reason == by.reason
            && (0..SAME_LOOK_MS).contains(&since)
    })
}

/// Puts on record that the case's values were shown, or tested.
pub fn on_view(record: &CaseRecord, by: Audit<'_>) -> Transition {
    record.moved(by, record.state(), Act::Viewed)
}

#[cfg(test)]
mod tests;
