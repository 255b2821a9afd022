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
use crate::context::RedriveContext;
use crate::ports::{DeadLetter, StoredInvoices};
use crate::redrive_ports::RedrivePorts;
use crate::show::errors;
use aduana_cases::alerts::{AlertItem, DispatchResult};
use aduana_cases::attributes::{Producer, from_json, unpack};
use aduana_cases::bounded::bounded_all;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::judge_message::{
    HOLD_TRIES, Judge, Marks, RejectedMessage, UnpackedMessage, conflict, contain, unprocessed,
};
use aduana_cases::message::{Attribute, BodyVersion, CaseId, Envelope, Source};
use aduana_cases::ports::{CaseFile, HeldContents, InvalidMessageChannel, Resolution, ResolveReply};

const FETCH: &str = "fetch the message from the case file";
const HOLD: &str = "put the message into the case file";
const QUEUE: &str = "send the message to the dead-letter queue";
const MARK: &str = "mark the case";
const RESOLVE: &str = "close the case";

/// A message to be taken in.
pub(super) struct DeadLetterToIngest {
    pub(super) dead_letter: DeadLetter,
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
struct Ingested {
    dead_letter: DeadLetter,
    rejected: RejectedMessage,
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
enum Placement {
    Stored(DeadLetter),
    Held(Box<Ingested>),
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Takes messages in, as far as it can. What fails is counted, and comes again.
    pub(super) async fn ingest_dead_letters(&self, run: &mut Run, dead_letters: Vec<DeadLetterToIngest>) {
        let (mut stored, mut held): (Vec<DeadLetter>, Vec<Ingested>) = (Vec::new(), Vec::new());
        for dead_letter in dead_letters {
            match self.place(dead_letter).await {
                Ok(Placement::Stored(dead_letter)) => stored.push(dead_letter),
                // Of two messages of one attempt one is enough: the next run finds the other of no more use.
                Ok(Placement::Held(ingested)) if held.iter().any(|held| held.key() == ingested.key()) => {}
                Ok(Placement::Held(ingested)) => held.push(*ingested),
                Err(_) => run.report.failed += 1,
            }
        }
        let done = self.notify_of(held).await;
        run.report.failed += done.failed;
        run.report.count_alerts(&done.dispatched);
        run.report.already_stored += self.delete(&stored, &mut run.report).await;
        run.report.ingested += self.delete(&done.dead_letters, &mut run.report).await;
    }

    async fn place(&self, to_ingest: DeadLetterToIngest) -> Result<Placement, EffectError> {
        let unpacked = self.unpacked(&to_ingest).await?;
        let DeadLetterToIngest { dead_letter, is } = to_ingest;
        let (was_held, stays) = (!matches!(is, As::New), matches!(is, As::Queued(..)));
        let (summary, mut violations, accepted) = match self.verdict(&unpacked.body) {
            Ok(Verdict::Accept { summary, warnings, .. }) => (summary, warnings, true),
            Ok(Verdict::Reject { summary, violations }) => (summary, violations, false),
            // It may be what SQS gave it up for.
            Err(_) => (Summary::default(), Vec::new(), false),
        };
        let fingerprint = Fingerprint::of(&unpacked.body);
        match self.look_up(&unpacked.body, summary.key.as_ref(), accepted).await? {
            Found::Itself(invoice) => {
                let attempt = unpacked.attempt;
                let resolution = Resolution { attempt, invoice, fingerprint, at_ms: self.now_ms() };
                self.resolve(&unpacked, &resolution).await?;
                return Ok(Placement::Stored(dead_letter));
            }
            Found::Another if accepted => violations.insert(0, conflict(self.judge)),
            Found::Another | Found::Nothing => {}
        }
        if !was_held || errors(&violations).is_empty() {
            violations.insert(0, unprocessed(&violations));
        }
        self.hold((dead_letter, stays), unpacked, (fingerprint, summary, violations)).await
    }

    /// Whether the invoice of a resend that SQS gave up is stored: the function may have died each time between the invoice and
    /// its case, which is closed then.
    pub(super) async fn was_stored(
        &self,
        dead_letter: &DeadLetter,
        id: &CaseId,
        attempt: u32,
    ) -> Result<bool, EffectError> {
        let body = match ClaimCheck::parse(&dead_letter.body).filter(|claim| claim.case_id == *id) {
            Some(claim) => {
                let fetching = self.ports.cases().fetch(id, claim.version());
                let Some(contents) = self.within(FETCH, fetching).await? else { return Ok(false) };
                contents.body
            }
            None => dead_letter.body.clone(),
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

    async fn unpacked(
        &self,
        DeadLetterToIngest { dead_letter, is }: &DeadLetterToIngest,
    ) -> Result<UnpackedMessage, EffectError> {
        let carried = unpack(&dead_letter.attributes);
        let (body, attributes) = match (is, carried.producer) {
            (As::New, _) => (dead_letter.body.clone(), dead_letter.attributes.clone()),
            (As::Copy(..), Producer::Here(producer)) => (dead_letter.body.clone(), producer),
            (As::Copy(..), Producer::InCaseFile { .. }) => (dead_letter.body.clone(), Vec::new()),
            (As::Held(id, attempt) | As::Queued(id, attempt), _) => self.held(id, *attempt).await?,
        };
        let envelope = Envelope {
            source: Source::Sqs {
                queue: dead_letter.moved_from.clone().unwrap_or_else(|| self.settings.queue.clone()),
            },
            id: dead_letter.message_id.clone(),
            body,
            attributes,
            receive_count: None,
            sent_at_ms: dead_letter.sent_at_ms,
        };
        Ok(match is {
            As::New => UnpackedMessage::new(envelope, None, None),
            As::Copy(id, attempt) | As::Held(id, attempt) | As::Queued(id, attempt) => {
                UnpackedMessage::new(envelope, Some((id.clone(), *attempt)), carried.source)
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
        (dead_letter, stays): (DeadLetter, bool),
        unpacked: UnpackedMessage,
        (fingerprint, summary, violations): (Fingerprint, Summary, Vec<Violation>),
    ) -> Result<Placement, EffectError> {
        let ruleset = self.judge.ruleset().to_owned();
        let mut rejected =
            RejectedMessage::new(unpacked, fingerprint, ruleset, summary, violations, self.now_ms());
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, HOLD);
        for _ in 0..HOLD_TRIES {
            let case = contain(|| rejected.case()).map_err(|_| corrupt())?;
            let reply = self.within(HOLD, self.ports.cases().hold(&case)).await?;
            if let Some(marks) = rejected.take_place(reply) {
                return Ok(Placement::Held(Box::new(Ingested { dead_letter, rejected, stays, marks })));
            }
        }
        Err(corrupt())
    }

    /// Closes the case of a message whose invoice is stored, if it has one.
    async fn resolve(&self, unpacked: &UnpackedMessage, resolution: &Resolution) -> Result<(), EffectError> {
        let mut next = Some(unpacked.case_id.clone());
        while let Some(case) = next {
            let resolving = self.ports.cases().resolve(&case, resolution);
            let reply = self.within(RESOLVE, resolving).await?;
            let is_foreign = reply == ResolveReply::Foreign;
            next = is_foreign.then(|| unpacked.next_case(&case, &resolution.fingerprint)).flatten();
        }
        Ok(())
    }

    /// Queues, and puts on the notice board. The messages that may be deleted.
    async fn notify_of(&self, ingested: Vec<Ingested>) -> Disposition {
        let (clock, stop_by_ms) = (self.ports.clock(), self.stop_by_ms());
        let mut failed: HashSet<usize> = HashSet::new();
        let mut note = |answers: &[Result<(), EffectError>], of: &[usize]| {
            failed.extend(answers.iter().zip(of).filter(|(answer, _)| answer.is_err()).map(|(_, at)| *at));
        };
        let to_queue = places(&ingested, |_, ingested| !ingested.marks.queued);
        let to_send = places(&ingested, |_, ingested| !ingested.marks.queued && !ingested.stays);
        let messages: Vec<_> = at(&ingested, &to_send).map(|ingested| ingested.rejected.message()).collect();
        if !messages.is_empty() {
            let sending = self.ports.channel().send(&messages);
            let answers = bounded_all(clock, stop_by_ms, QUEUE, messages.len(), sending).await;
            note(&answers, &to_send);
        }
        let unsent = failed.clone();
        let to_notify = places(&ingested, |at, ingested| !ingested.marks.alerted && !unsent.contains(&at));
        let untold: Vec<AlertItem<'_>> = at(&ingested, &to_notify).map(Ingested::to_notify).collect();
        let (answers, dispatched) = self.dispatcher().notify(&untold).await;
        let mut put_up: HashSet<usize> = HashSet::new();
        for (at, answer) in to_notify.iter().zip(&answers) {
            let place = if answer.is_ok() { &mut put_up } else { &mut failed };
            place.insert(*at);
        }
        // What is queued and could not be put up, or was on the board already: the board has not marked it.
        let to_mark: Vec<usize> =
            to_queue.into_iter().filter(|at| !unsent.contains(at) && !put_up.contains(at)).collect();
        let keys: Vec<_> = at(&ingested, &to_mark).map(Ingested::key).collect();
        if !keys.is_empty() {
            let marking = self.ports.cases().mark_queued(&keys, self.now_ms());
            let answers = bounded_all(clock, stop_by_ms, MARK, keys.len(), marking).await;
            failed.extend(
                answers.iter().zip(&to_mark).filter(|(answer, _)| answer.is_err()).map(|(_, at)| *at),
            );
        }
        let count = failed.len();
        let dead_letters =
            ingested.into_iter().enumerate().filter(|(at, ingested)| !ingested.stays && !failed.contains(at));
        Disposition {
            dead_letters: dead_letters.map(|(_, ingested)| ingested.dead_letter).collect(),
            failed: count,
            dispatched,
        }
    }
}

/// What was told of.
struct Disposition {
    dead_letters: Vec<DeadLetter>,
    failed: usize,
    dispatched: DispatchResult,
}

impl Ingested {
    fn key(&self) -> (CaseId, u32) {
        (self.rejected.unpacked.case_id.clone(), self.rejected.unpacked.attempt)
    }

    fn to_notify(&self) -> AlertItem<'_> {
        let UnpackedMessage { case_id, attempt, .. } = &self.rejected.unpacked;
        AlertItem { case_id, attempt: *attempt, reasons: &self.rejected.reasons }
    }
}

fn places(ingested: &[Ingested], wanted: impl Fn(usize, &Ingested) -> bool) -> Vec<usize> {
    ingested.iter().enumerate().filter(|(at, ingested)| wanted(*at, ingested)).map(|(at, _)| at).collect()
}

fn at<'t>(ingested: &'t [Ingested], places: &'t [usize]) -> impl Iterator<Item = &'t Ingested> {
    places.iter().filter_map(|at| ingested.get(*at))
}
