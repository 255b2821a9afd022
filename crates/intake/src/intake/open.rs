//! Taking a message apart. What it only names is fetched from the case file.

use aduana_invoice::Fingerprint;

use super::Intake;
use super::effects::{Deadline, FETCH};
use crate::report::RetryCause;
use aduana_cases::attributes::{Carried, Producer, from_json, unpack};
use aduana_cases::claim::ClaimCheck;
use aduana_cases::error::{EffectError, EffectErrorKind};
use aduana_cases::judge_message::{Judge, UnpackedMessage, contain};
use aduana_cases::message::{Attribute, BodyVersion, CaseId, Envelope};
use aduana_cases::ports::{Alerts, CaseFile, Clock, HeldContents, InvalidMessageChannel, InvoiceStore};

/// What of a message is in the case file, all of it under the message's own case.
struct Named {
    case: CaseId,
    version: BodyVersion,
    body: Option<ClaimCheck>,
    attributes: bool,
}

impl<S, C, Q, A, K, J> Intake<S, C, Q, A, K, J>
where
    S: InvoiceStore + Sync,
    C: CaseFile + Sync,
    Q: InvalidMessageChannel + Sync,
    A: Alerts + Sync,
    K: Clock + Sync,
    J: Judge + Sync,
{
    pub(super) async fn open(
        &self,
        mut envelope: Envelope,
        deadline: Deadline,
    ) -> Result<UnpackedMessage, RetryCause> {
        let carried = contain(|| unpack(&envelope.attributes))?;
        if let Some(named) = Named::by(&carried, &envelope.body)
            && let Some(contents) = self.fetch(&named.case, named.version, deadline).await?
        {
            let HeldContents { body, producer_attributes } = contents;
            if let Some(claim) = named.body {
                envelope.body = redeemed(&claim, body)?;
            }
            if named.attributes {
                envelope.attributes = attributes(producer_attributes)?;
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
        // A claim check for another's case is a body like any other.
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

fn attributes(json: Option<Vec<u8>>) -> Result<Vec<Attribute>, EffectError> {
    let json = json.unwrap_or_else(|| b"[]".to_vec());
    from_json(&json).map_err(|error| EffectError::new(EffectErrorKind::Corrupt, FETCH).with_source(error))
}
