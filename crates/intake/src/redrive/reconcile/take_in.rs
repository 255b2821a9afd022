//! Messages that SQS dead-lettered itself: into the case file, as the validator would have brought them there.
//!
//! ```text
//! judge ─┬─ stored already ────────────────────────────▶ close its case, if any ─▶ delete
//!        └─ hold ─▶ queue, with reasons ─▶ notice, marks ─▶ (alert) ─▶ delete
//! ```
//!
//! As in the intake, each step can be repeated: whatever fails leaves the message where it is, for the next run.

use std::collections::HashSet;

use aduana_invoice::{Fingerprint, InvoiceKey, Summary, Verdict, Violation};

use super::Run;
use crate::alerts::{Telling, ToTell};
use crate::arrival::{Arrival, HOLD_TRIES, Judge, Marks, Refusal, conflict, contain, unprocessed};
use crate::attributes::{Producer, from_json, unpack};
use crate::bounded::bounded_all;
use crate::claim::ClaimCheck;
use crate::error::{EffectError, EffectErrorKind};
use crate::message::{Attribute, BodyVersion, CaseId, Envelope, Source};
use crate::ports::{CaseFile, HeldContents, InvalidMessageChannel, Resolution, ResolveReply};
use crate::redrive::desk::Desk;
use crate::redrive::outside::Outside;
use crate::redrive::ports::{DeadLetter, StoredInvoices};
use crate::redrive::show::errors;

const FETCH: &str = "fetch the message from the case file";
const HOLD: &str = "put the message into the case file";
const QUEUE: &str = "send the message to the dead-letter queue";
const MARK: &str = "mark the case";
const RESOLVE: &str = "close the case";

/// A message to be taken in.
pub(super) struct ToTakeIn {
    pub(super) letter: DeadLetter,
    pub(super) is: As,
}

/// What a message is taken in as.
pub(super) enum As {
    /// One that was never held.
    New,
    /// The copy of this attempt of a case that is gone.
    Copy(CaseId, u32),
    /// This attempt, which the case file has: what was to come after that is to be done. The message itself may be of an earlier
    /// attempt, or only name its body.
    Held(CaseId, u32),
    /// The copy of this attempt, which stays in the queue: what was to come after that is to be done.
    Queued(CaseId, u32),
}

/// A message in the case file.
struct TakenIn {
    letter: DeadLetter,
    refusal: Refusal,
    /// Whether the letter is the copy that the queue is to hold.
    stays: bool,
    marks: Marks,
}

/// What is stored under the key of a message.
enum Found {
    Nothing,
    /// Its own invoice: these bytes, or, of what is in order, this content.
    Itself(InvoiceKey),
    /// Another invoice.
    Another,
}

/// Where a message is.
enum Placed {
    Stored(DeadLetter),
    Held(Box<TakenIn>),
}

impl<P: Outside, J: Judge + Sync> Desk<'_, P, J> {
    /// Takes messages in, as far as it can. What fails is counted, and comes again.
    pub(super) async fn take_in(&self, run: &mut Run, letters: Vec<ToTakeIn>) {
        let (mut stored, mut held): (Vec<DeadLetter>, Vec<TakenIn>) = (Vec::new(), Vec::new());
        for letter in letters {
            match self.place(letter).await {
                Ok(Placed::Stored(letter)) => stored.push(letter),
                // Of two messages of one attempt one is enough: the next run finds the other of no more use.
                Ok(Placed::Held(taken)) if held.iter().any(|held| held.key() == taken.key()) => {}
                Ok(Placed::Held(taken)) => held.push(*taken),
                Err(_) => run.report.failed += 1,
            }
        }
        let done = self.tell_of(held).await;
        run.report.failed += done.failed;
        run.report.count_alerts(&done.telling);
        run.report.already_stored += self.delete(&stored, &mut run.report).await;
        run.report.taken_in += self.delete(&done.letters, &mut run.report).await;
    }

    async fn place(&self, to_take_in: ToTakeIn) -> Result<Placed, EffectError> {
        let arrival = self.arrival(&to_take_in).await?;
        let ToTakeIn { letter, is } = to_take_in;
        let (was_held, stays) = (!matches!(is, As::New), matches!(is, As::Queued(..)));
        let (summary, mut violations, accepted) = match self.verdict(&arrival.body) {
            Ok(Verdict::Accept { summary, warnings, .. }) => (summary, warnings, true),
            Ok(Verdict::Reject { summary, violations }) => (summary, violations, false),
            // It may be what SQS gave it up for.
            Err(_) => (Summary::default(), Vec::new(), false),
        };
        let fingerprint = Fingerprint::of(&arrival.body);
        match self.look_up(&arrival.body, summary.key.as_ref(), accepted).await? {
            Found::Itself(invoice) => {
                let attempt = arrival.attempt;
                let resolution = Resolution { attempt, invoice, fingerprint, at_ms: self.now_ms() };
                self.resolve(&arrival, &resolution).await?;
                return Ok(Placed::Stored(letter));
            }
            Found::Another if accepted => violations.insert(0, conflict(self.judge)),
            Found::Another | Found::Nothing => {}
        }
        if !was_held || errors(&violations).is_empty() {
            violations.insert(0, unprocessed(&violations));
        }
        self.hold((letter, stays), arrival, (fingerprint, summary, violations)).await
    }

    /// Whether the invoice of a resend that SQS gave up is stored: the function may have died each time between the invoice and
    /// its case, which is closed then.
    pub(super) async fn was_stored(
        &self,
        letter: &DeadLetter,
        id: &CaseId,
        attempt: u32,
    ) -> Result<bool, EffectError> {
        let body = match ClaimCheck::parse(&letter.body).filter(|claim| claim.case_id == *id) {
            Some(claim) => {
                let fetching = self.ports.cases().fetch(id, claim.version());
                let Some(contents) = self.within(FETCH, fetching).await? else { return Ok(false) };
                contents.body
            }
            None => letter.body.clone(),
        };
        let (key, accepted) = match self.verdict(&body) {
            Ok(Verdict::Accept { key, .. }) => (Some(key), true),
            Ok(Verdict::Reject { summary, .. }) => (summary.key, false),
            Err(_) => (None, false),
        };
        let Found::Itself(invoice) = self.look_up(&body, key.as_ref(), accepted).await? else {
            return Ok(false);
        };
        let fingerprint = Fingerprint::of(&body);
        let resolution = Resolution { attempt, invoice, fingerprint, at_ms: self.now_ms() };
        self.within(RESOLVE, self.ports.cases().resolve(id, &resolution)).await?;
        Ok(true)
    }

    /// What is stored under the key of a body.
    async fn look_up(
        &self,
        body: &[u8],
        key: Option<&InvoiceKey>,
        accepted: bool,
    ) -> Result<Found, EffectError> {
        let Some(key) = key else { return Ok(Found::Nothing) };
        let stored = self.within("look the invoice up", self.ports.stored().look_up(key)).await?;
        Ok(match stored {
            Some(stored) if stored == body || accepted && self.is_same(&stored, body) => {
                Found::Itself(key.clone())
            }
            Some(_) => Found::Another,
            None => Found::Nothing,
        })
    }

    async fn arrival(&self, ToTakeIn { letter, is }: &ToTakeIn) -> Result<Arrival, EffectError> {
        let carried = unpack(&letter.attributes);
        let (body, attributes) = match (is, carried.producer) {
            (As::New, _) => (letter.body.clone(), letter.attributes.clone()),
            (As::Copy(..), Producer::Here(producer)) => (letter.body.clone(), producer),
            (As::Copy(..), Producer::InCaseFile { .. }) => (letter.body.clone(), Vec::new()),
            (As::Held(id, attempt) | As::Queued(id, attempt), _) => self.held(id, *attempt).await?,
        };
        let envelope = Envelope {
            source: Source::Sqs {
                queue: letter.moved_from.clone().unwrap_or_else(|| self.settings.queue.clone()),
            },
            id: letter.message_id.clone(),
            body,
            attributes,
            receive_count: None,
            sent_at_ms: letter.sent_at_ms,
        };
        Ok(match is {
            As::New => Arrival::new(envelope, None, None),
            As::Copy(id, attempt) | As::Held(id, attempt) | As::Queued(id, attempt) => {
                Arrival::new(envelope, Some((id.clone(), *attempt)), carried.source)
            }
        })
    }

    /// Body and producer's attributes of an attempt as the case file has them.
    async fn held(&self, id: &CaseId, attempt: u32) -> Result<(Vec<u8>, Vec<Attribute>), EffectError> {
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, FETCH);
        let fetching = self.ports.cases().fetch(id, BodyVersion::received(attempt));
        let HeldContents { body, producer_attributes } =
            self.within(FETCH, fetching).await?.ok_or_else(corrupt)?;
        let producer = match producer_attributes {
            Some(json) => from_json(&json).map_err(|error| corrupt().with_source(error))?,
            None => Vec::new(),
        };
        Ok((body, producer))
    }

    async fn hold(
        &self,
        (letter, stays): (DeadLetter, bool),
        arrival: Arrival,
        (fingerprint, summary, violations): (Fingerprint, Summary, Vec<Violation>),
    ) -> Result<Placed, EffectError> {
        let ruleset = self.judge.ruleset().to_owned();
        let mut refusal = Refusal::new(arrival, fingerprint, ruleset, summary, violations, self.now_ms());
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, HOLD);
        for _ in 0..HOLD_TRIES {
            let case = contain(|| refusal.case()).map_err(|_| corrupt())?;
            let reply = self.within(HOLD, self.ports.cases().hold(&case)).await?;
            if let Some(marks) = refusal.take_place(reply) {
                return Ok(Placed::Held(Box::new(TakenIn { letter, refusal, stays, marks })));
            }
        }
        Err(corrupt())
    }

    /// Closes the case of a message whose invoice is stored, if it has one.
    async fn resolve(&self, arrival: &Arrival, resolution: &Resolution) -> Result<(), EffectError> {
        let mut next = Some(arrival.case_id.clone());
        while let Some(case) = next {
            let resolving = self.ports.cases().resolve(&case, resolution);
            let reply = self.within(RESOLVE, resolving).await?;
            let is_foreign = reply == ResolveReply::Foreign;
            next = is_foreign.then(|| arrival.next_case(&case, &resolution.fingerprint)).flatten();
        }
        Ok(())
    }

    /// Queues, and puts on the notice board. The messages that may be deleted.
    async fn tell_of(&self, taken: Vec<TakenIn>) -> Settled {
        let (clock, stop_by_ms) = (self.ports.clock(), self.stop_by_ms());
        let mut failed: HashSet<usize> = HashSet::new();
        let mut note = |answers: &[Result<(), EffectError>], of: &[usize]| {
            failed.extend(answers.iter().zip(of).filter(|(answer, _)| answer.is_err()).map(|(_, at)| *at));
        };
        let to_queue = places(&taken, |_, taken| !taken.marks.queued);
        let to_send = places(&taken, |_, taken| !taken.marks.queued && !taken.stays);
        let messages: Vec<_> = at(&taken, &to_send).map(|taken| taken.refusal.message()).collect();
        if !messages.is_empty() {
            let sending = self.ports.channel().send(&messages);
            let answers = bounded_all(clock, stop_by_ms, QUEUE, messages.len(), sending).await;
            note(&answers, &to_send);
        }
        let unsent = failed.clone();
        let to_tell = places(&taken, |at, taken| !taken.marks.alerted && !unsent.contains(&at));
        let untold: Vec<ToTell<'_>> = at(&taken, &to_tell).map(TakenIn::to_tell).collect();
        let (answers, telling) = self.herald().tell(&untold).await;
        let mut put_up: HashSet<usize> = HashSet::new();
        for (at, answer) in to_tell.iter().zip(&answers) {
            let place = if answer.is_ok() { &mut put_up } else { &mut failed };
            place.insert(*at);
        }
        // What is queued and could not be put up, or was on the board already: the board has not marked it.
        let to_mark: Vec<usize> =
            to_queue.into_iter().filter(|at| !unsent.contains(at) && !put_up.contains(at)).collect();
        let keys: Vec<_> = at(&taken, &to_mark).map(TakenIn::key).collect();
        if !keys.is_empty() {
            let marking = self.ports.cases().mark_queued(&keys, self.now_ms());
            let answers = bounded_all(clock, stop_by_ms, MARK, keys.len(), marking).await;
            failed.extend(
                answers.iter().zip(&to_mark).filter(|(answer, _)| answer.is_err()).map(|(_, at)| *at),
            );
        }
        let count = failed.len();
        let letters =
            taken.into_iter().enumerate().filter(|(at, taken)| !taken.stays && !failed.contains(at));
        Settled { letters: letters.map(|(_, taken)| taken.letter).collect(), failed: count, telling }
    }
}

/// What was told of.
struct Settled {
    letters: Vec<DeadLetter>,
    failed: usize,
    telling: Telling,
}

impl TakenIn {
    fn key(&self) -> (CaseId, u32) {
        (self.refusal.arrival.case_id.clone(), self.refusal.arrival.attempt)
    }

    fn to_tell(&self) -> ToTell<'_> {
        let Arrival { case_id, attempt, .. } = &self.refusal.arrival;
        ToTell { case_id, attempt: *attempt, reasons: &self.refusal.reasons }
    }
}

fn places(taken: &[TakenIn], wanted: impl Fn(usize, &TakenIn) -> bool) -> Vec<usize> {
    taken.iter().enumerate().filter(|(at, taken)| wanted(*at, taken)).map(|(at, _)| at).collect()
}

fn at<'t>(taken: &'t [TakenIn], places: &'t [usize]) -> impl Iterator<Item = &'t TakenIn> {
    places.iter().filter_map(|at| taken.get(*at))
}
