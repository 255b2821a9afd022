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
use crate::ports::{CaseRecord, DeadLetter, RedrivePorts, StoredInvoice, StoredInvoices, UnderKey};
use crate::show::errors;
use aduana_cases::attributes::{Carried, Producer, unpack};
use aduana_cases::claim::KnownBody;
use aduana_cases::effects::{FETCH, LOOK_UP};
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::held::{Held, HoldError};
use aduana_cases::judge_message::{
    Judge, Membership, RejectedMessage, UnpackedMessage, conflict, unprocessed,
};
use aduana_cases::message::{BodyVersion, CaseId, Envelope, Sender, Source};

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
    /// The last attempt of this case, which the case file has and whose later steps are missing. The message itself may be of an earlier attempt, or
    /// only name its body.
    Held(CaseRecord),
    /// The copy of the last attempt of this case, which stays in the queue, and whose later steps are missing.
    Queued(CaseRecord),
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
                Ok(Placement::Held(message))
                    if held.iter().any(|held| held.identity() == message.identity()) => {}
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
        let (summary, mut violations, accepted) =
            match self.verdict(&unpacked.body, unpacked.sender.as_ref().map(Sender::as_str)) {
                Ok(Verdict::Accept { summary, warnings, .. }) => (summary, warnings, true),
                Ok(Verdict::Reject { summary, violations }) => (summary, violations, false),
                // The validator panicked: this may be why SQS dead-lettered the message.
                Err(_) => (Summary::default(), Vec::new(), false),
            };
        let fingerprint = Fingerprint::of(&unpacked.body);
        let message_id = &dead_letter.message_id;
        match self.look_up(&unpacked.body, message_id, summary.key.as_ref(), accepted).await? {
            Found::Itself(invoice) => {
                self.pipeline().resolve(&unpacked, true, &invoice, fingerprint).await?;
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
        let mut held = self.pipeline().hold(rejected).await.map_err(|not_held| not_held.error)?;
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
        known: KnownBody,
        head: &CaseRecord,
        attempt: u32,
    ) -> Result<bool, EffectError> {
        let id = head.id();
        let body = match known {
            KnownBody::Named(claim) => match self.pipeline().fetch(id, claim.version()).await? {
                Some(contents) => contents.body,
                None => return Ok(false),
            },
            KnownBody::Itself => dead_letter.body.clone(),
        };
        let (key, accepted) = match self.verdict(&body, head.line.sender.as_deref()) {
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
        let looking = || self.ports.stored_invoices().look_up(key, &fingerprint);
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
        let envelope = Envelope {
            source: Source::Sqs {
                queue: dead_letter.moved_from.clone().unwrap_or_else(|| self.settings.queue.clone()),
            },
            id: dead_letter.message_id.clone(),
            body: dead_letter.body.clone(),
            attributes: dead_letter.attributes.clone(),
            receive_count: None,
            sent_at_ms: dead_letter.sent_at_ms,
            sender: dead_letter.sender.clone(),
        };
        Ok(match is {
            As::New => UnpackedMessage::first(envelope),
            As::Copy(id, attempt) => copy_of(envelope, id, *attempt),
            As::Held(record) | As::Queued(record) => {
                let (id, line) = (record.id(), &record.line);
                let contents = self.pipeline().fetch(id, BodyVersion::received(line.attempt)).await?;
                let contents = contents.ok_or_else(corrupt)?;
                let attributes = contents.producer()?;
                let membership = Membership {
                    case: id.clone(),
                    attempt: line.attempt,
                    source: line.source.parse().map_err(|()| corrupt())?,
                    sender: line.sender.as_deref().and_then(Sender::parse),
                };
                UnpackedMessage::of_case(Envelope { body: contents.body, attributes, ..envelope }, membership)
            }
        })
    }
}

/// The copy that the functions sent for an attempt of a case that is gone, by what its attributes say.
fn copy_of(envelope: Envelope, id: &CaseId, attempt: u32) -> UnpackedMessage {
    let Carried { source, producer, .. } = unpack(&envelope.attributes).unwrap_or(Carried {
        case: id.clone(),
        attempt,
        source: None,
        producer: Producer::Here(Vec::new()),
    });
    let attributes = match producer {
        Producer::Here(attributes) => attributes,
        Producer::InCaseFile { .. } => Vec::new(),
    };
    let source = source.unwrap_or_else(|| envelope.source.clone());
    // Its sender is the validator. Who sent the message is not on record any more.
    let membership = Membership { case: id.clone(), attempt, source, sender: None };
    UnpackedMessage::of_case(Envelope { attributes, ..envelope }, membership)
}

fn corrupt() -> EffectError {
    EffectError::new(EffectErrorKind::Corrupt, FETCH)
}
