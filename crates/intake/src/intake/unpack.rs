//! Unpacking a message. What the message only names is fetched from the case file.
//!
//! A message that names a case is the case's if the case has its body. Its attributes prove nothing: whoever may send to the queue can
//! write them. What proves nothing is a message that nobody has held before, and all of its attributes are its producer's.

use aduana_invoice::Fingerprint;

use super::{Batch, IntakePorts};
use crate::report::{RefusedClaim, RetryCause};
use aduana_cases::attributes::{Carried, Producer, unpack};
use aduana_cases::claim::{ClaimCheck, KnownBody};
use aduana_cases::effects::FETCH;
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::judge_message::{Membership, UnpackedMessage, contain};
use aduana_cases::message::{BodyVersion, Envelope, Source};

impl<P: IntakePorts, J> Batch<'_, P, J> {
    /// The message, and the claim to a case that it made in vain.
    pub(super) async fn unpack(
        &self,
        envelope: Envelope,
    ) -> Result<(UnpackedMessage, Option<RefusedClaim>), RetryCause> {
        // Nothing of ours is ever sent to a topic: all headers are the producer's.
        let carried = match &envelope.source {
            Source::Sqs { .. } => contain(|| unpack(&envelope.attributes))?,
            Source::Kafka { .. } => None,
        };
        let Some(carried) = carried else { return Ok((UnpackedMessage::first(envelope), None)) };
        let claimed = carried.case.clone();
        if let Some(message) = self.proven(&envelope, carried).await? {
            return Ok((message, None));
        }
        let refused = RefusedClaim {
            message_id: envelope.id.clone(),
            claimed,
            own: envelope.own_case(),
            sender: envelope.sender.clone(),
        };
        Ok((UnpackedMessage::first(envelope), Some(refused)))
    }

    /// The message as one of the case that it names; `None` if that case does not have its body.
    async fn proven(
        &self,
        envelope: &Envelope,
        carried: Carried,
    ) -> Result<Option<UnpackedMessage>, RetryCause> {
        let Carried { case, attempt, producer, .. } = carried;
        let Some(head) = self.pipeline.find(&case).await? else { return Ok(None) };
        let Some(known) = KnownBody::of(&envelope.body, &case, |fingerprint| head.knows(fingerprint)) else {
            return Ok(None);
        };
        let named = match (&known, &producer) {
            (KnownBody::Named(claim), _) => Some(claim.version()),
            (KnownBody::Itself, Producer::InCaseFile { attempt }) => Some(BodyVersion::received(*attempt)),
            (KnownBody::Itself, Producer::Here(_)) => None,
        };
        let contents = match named {
            Some(version) => self.pipeline.fetch(&case, version).await?,
            None => None,
        };
        let body = match (known, &contents) {
            (KnownBody::Itself, _) => envelope.body.clone(),
            (KnownBody::Named(claim), Some(contents)) => redeemed(&claim, contents.body.clone())?,
            (KnownBody::Named(_), None) => return Ok(None),
        };
        let attributes = match (producer, contents) {
            (Producer::Here(attributes), _) => attributes,
            (Producer::InCaseFile { .. }, Some(contents)) => contents.producer()?,
            (Producer::InCaseFile { .. }, None) => return Ok(None),
        };
        let membership = Membership {
            case,
            // No attempt is believed beyond what the case has.
            attempt: attempt.min(head.attempt.saturating_add(1)),
            source: head.source,
            sender: head.sender,
        };
        let whole = Envelope { body, attributes, ..envelope.clone() };
        Ok(Some(UnpackedMessage::of_case(whole, membership)))
    }
}

fn redeemed(claim: &ClaimCheck, body: Vec<u8>) -> Result<Vec<u8>, EffectError> {
    let is_the_one = Fingerprint::of(&body).to_string() == claim.sha256;
    is_the_one.then_some(body).ok_or_else(|| EffectError::new(EffectErrorKind::Corrupt, FETCH))
}
