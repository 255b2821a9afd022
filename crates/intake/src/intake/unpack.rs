//! Unpacking a message. What the message only names is fetched from the case file.

use aduana_invoice::Fingerprint;

use super::{Batch, IntakePorts};
use crate::report::RetryCause;
use aduana_cases::attributes::{Carried, Producer, unpack};
use aduana_cases::claim::ClaimCheck;
use aduana_cases::effects::FETCH;
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::judge_message::{UnpackedMessage, contain};
use aduana_cases::message::{BodyVersion, CaseId, Envelope};

/// What of a message is in the case file, all of it under the message's own case.
struct Named {
    case: CaseId,
    version: BodyVersion,
    body: Option<ClaimCheck>,
    attributes: bool,
}

impl<P: IntakePorts, J> Batch<'_, P, J> {
    pub(super) async fn unpack(&self, mut envelope: Envelope) -> Result<UnpackedMessage, RetryCause> {
        let carried = contain(|| unpack(&envelope.attributes))?;
        if let Some(named) = Named::by(&carried, &envelope.body)
            && let Some(contents) = self.pipeline.fetch(&named.case, named.version).await?
        {
            if named.attributes {
                envelope.attributes = contents.producer()?;
            }
            if let Some(claim) = named.body {
                envelope.body = redeemed(&claim, contents.body)?;
            }
        }
        if let Producer::Here(producer) = carried.producer {
            envelope.attributes = producer;
        }
        Ok(UnpackedMessage::new(envelope, carried.case, carried.source))
    }
}

impl Named {
    fn by(carried: &Carried, body: &[u8]) -> Option<Self> {
        let (case, _) = carried.case.as_ref()?;
        // A claim check for the body of another case is a body like any other.
        let body = ClaimCheck::parse(body).filter(|claim| claim.case_id == *case);
        let attributes = match carried.producer {
            Producer::Here(_) => None,
            Producer::InCaseFile { attempt } => Some(attempt),
        };
        let named = body.as_ref().map(ClaimCheck::version);
        let version = named.or(attributes.map(BodyVersion::received))?;
        Some(Self { case: case.clone(), version, body, attributes: attributes.is_some() })
    }
}

fn redeemed(claim: &ClaimCheck, body: Vec<u8>) -> Result<Vec<u8>, EffectError> {
    let is_the_one = Fingerprint::of(&body).to_string() == claim.sha256;
    is_the_one.then_some(body).ok_or_else(|| EffectError::new(EffectErrorKind::Corrupt, FETCH))
}
