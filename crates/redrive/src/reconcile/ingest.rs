//! Messages that SQS dead-lettered by itself: they go into the case file, as the validator would have brought them there.
//!
//! ```text
//! judge ─┬─ stored already ──────────────────────▶ resolve ─▶ delete
//!        └─ hold ─▶ queue, with reasons ─▶ notify ─▶ delete
//! ```
//!
//! As in the intake, each step can be repeated. A message whose step failed stays where it is, for the next run.

use aduana_invoice::{Fingerprint, InvoiceKey, Summary, Verdict};

use super::Run;
use crate::context::RedriveContext;
use crate::ports::{DeadLetter, RedrivePorts, StoredInvoice, StoredInvoices, UnderKey};
use crate::show::errors;
use aduana_cases::attributes::{Producer, unpack};
use aduana_cases::claim::ClaimCheck;
use aduana_cases::effects::{FETCH, LOOK_UP};
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::held::{Held, HoldError};
use aduana_cases::judge_message::{Judge, RejectedMessage, UnpackedMessage, conflict, unprocessed};
use aduana_cases::message::{Attribute, BodyVersion, CaseId, Envelope, Source};

/// A message to be ingested.
pub(super) struct DeadLetterToIngest {
    pub(super) dead_letter: DeadLetter,
    pub(super) is: As,
}

/// What a message is ingested as.
pub(super) enum As {
    /// One that was never held.
    New,
    /// The copy of this attempt of a case that is gone.
    Copy(CaseId, u32),
    /// This attempt, which the case file has and whose later steps are missing. The message itself may be of an earlier attempt, or
    /// only name its body.
    Held(CaseId, u32),
    /// The copy of this attempt, which stays in the queue, and whose later steps are missing.
    Queued(CaseId, u32),
}

/// What is stored under the key of a message.
enum Found {
    Nothing,
    /// The message's own invoice: the same bytes or, if it was accepted, the same content; or it was set aside.
    Itself(InvoiceKey),
    /// Another invoice.
    Another,
}

/// Where a message is.
enum Placement {
    Stored,
    Held(Box<Held>),
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Ingests messages, as far as it can. A failure is counted, and the message comes again.
    pub(super) async fn ingest_dead_letters(&self, run: &mut Run, to_ingest: Vec<DeadLetterToIngest>) {
        let (mut stored, mut ingested) = (Vec::new(), Vec::new());
        let mut held: Vec<Held> = Vec::new();
        for DeadLetterToIngest { dead_letter, is } in to_ingest {
            match self.place(&dead_letter, &is).await {
                Ok(Placement::Stored) => stored.push(dead_letter),
                // One message of an attempt is enough. The next run deletes the other.
                Ok(Placement::Held(message)) if held.iter().any(|held| held.key() == message.key()) => {}
                Ok(Placement::Held(message)) => {
                    held.push(*message);
                    ingested.push((dead_letter, is));
                }
                Err(_) => run.report.failed += 1,
            }
        }
        run.report.count_alerts(&self.pipeline().queue_and_notify(&mut held).await);
        let mut done = Vec::new();
        for (held, (dead_letter, is)) in held.into_iter().zip(ingested) {
            match (held.into_result(), is) {
                (Err(_), _) => run.report.failed += 1,
                (Ok(_), As::Queued(..)) => {}
                (Ok(_), _) => done.push(dead_letter),
            }
        }
        run.report.already_stored += self.delete(&stored, &mut run.report).await;
        run.report.ingested += self.delete(&done, &mut run.report).await;
    }

    async fn place(&self, dead_letter: &DeadLetter, is: &As) -> Result<Placement, HoldError> {
        let unpacked = self.unpacked(dead_letter, is).await?;
        let (summary, mut violations, accepted) = match self.verdict(&unpacked.body) {
            Ok(Verdict::Accept { summary, warnings, .. }) => (summary, warnings, true),
            Ok(Verdict::Reject { summary, violations }) => (summary, violations, false),
            // The validator panicked: this may be why SQS dead-lettered the message.
            Err(_) => (Summary::default(), Vec::new(), false),
        };
        let fingerprint = Fingerprint::of(&unpacked.body);
        let message_id = &dead_letter.message_id;
        match self.look_up(&unpacked.body, message_id, summary.key.as_ref(), accepted).await? {
            Found::Itself(invoice) => {
                self.pipeline().resolve(&unpacked, &invoice, fingerprint).await?;
                return Ok(Placement::Stored);
            }
            Found::Another if accepted => violations.insert(0, conflict(self.judge)),
            Found::Another | Found::Nothing => {}
        }
        if matches!(is, As::New) || errors(&violations).is_empty() {
            violations.insert(0, unprocessed(&violations));
        }
        let ruleset = self.judge.ruleset().to_owned();
        let rejected =
            RejectedMessage::new(unpacked, fingerprint, ruleset, summary, violations, self.now_ms());
        let mut held = self.pipeline().hold(rejected).await?;
        if matches!(is, As::Queued(..)) {
            held.set_queued();
        }
        Ok(Placement::Held(Box::new(held)))
    }

    /// Whether the invoice of a dead-lettered resend is stored. Its case is closed then: the function may have died each time between
    /// the two.
    pub(super) async fn was_stored(
        &self,
        dead_letter: &DeadLetter,
        id: &CaseId,
        attempt: u32,
    ) -> Result<bool, EffectError> {
        let body = match ClaimCheck::parse(&dead_letter.body).filter(|claim| claim.case_id == *id) {
            Some(claim) => match self.pipeline().fetch(id, claim.version()).await? {
                Some(contents) => contents.body,
                None => return Ok(false),
            },
            None => dead_letter.body.clone(),
        };
        let (key, accepted) = match self.verdict(&body) {
            Ok(Verdict::Accept { key, .. }) => (Some(key), true),
            Ok(Verdict::Reject { summary, .. }) => (summary.key, false),
            Err(_) => (None, false),
        };
        let message_id = &dead_letter.message_id;
        let Found::Itself(invoice) = self.look_up(&body, message_id, key.as_ref(), accepted).await? else {
            return Ok(false);
        };
        self.pipeline().resolve_case(id, attempt, &invoice, Fingerprint::of(&body)).await?;
        Ok(true)
    }

    /// What is stored under the key of a body, or was set aside from it.
    async fn look_up(
        &self,
        body: &[u8],
        message_id: &str,
        key: Option<&InvoiceKey>,
        accepted: bool,
    ) -> Result<Found, EffectError> {
        let Some(key) = key else { return Ok(Found::Nothing) };
        let fingerprint = Fingerprint::of(body);
        let looking = self.ports.stored_invoices().look_up(key, &fingerprint);
        let UnderKey { stored, set_aside } = self.within(LOOK_UP, looking).await?;
        let is_same =
            |stored: &StoredInvoice| stored.body == body || accepted && self.is_same(&stored.body, body);
        Ok(match (stored, set_aside) {
            (Some(stored), _) if is_same(&stored) => Found::Itself(key.clone()),
            (_, Some(brought)) if brought == message_id => Found::Itself(key.clone()),
            (Some(_), _) | (_, Some(_)) => Found::Another,
            (None, None) => Found::Nothing,
        })
    }

    async fn unpacked(&self, dead_letter: &DeadLetter, is: &As) -> Result<UnpackedMessage, EffectError> {
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
        let contents = self.pipeline().fetch(id, BodyVersion::received(attempt)).await?;
        let contents = contents.ok_or_else(|| EffectError::new(EffectErrorKind::Corrupt, FETCH))?;
        let producer = contents.producer()?;
        Ok((contents.body, producer))
    }
}
