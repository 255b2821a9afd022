//! Reading back what a case holds of a message.

use aduana_cases::body;
use aduana_cases::effects::FETCH;
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::ports::{EffectError, EffectErrorKind, HeldContents};
use aduana_invoice::Fingerprint;
use futures_util::future::try_join;

use super::Cases;
use crate::errors::failed;
use crate::items::{Item, binary, number, s, text};
use crate::names::cases::{self as names, attributes_prefix, body_prefix, correction_prefix, part_key};

/// Bytes that were put together from their parts.
struct Joined {
    bytes: Vec<u8>,
    /// The fingerprint on record, where the parts have one.
    fingerprint: Option<String>,
}

impl Cases {
    /// A body and the producer's attributes of its attempt, equal to what was written; `None` if there is no such body.
    pub(super) async fn held(
        &self,
        id: &CaseId,
        version: BodyVersion,
    ) -> Result<Option<HeldContents>, EffectError> {
        let body = version.correction.map_or_else(|| body_prefix(version.attempt), correction_prefix);
        let body = self.joined(id, body);
        let attributes = self.joined(id, attributes_prefix(version.attempt));
        let (body, attributes) = try_join(body, attributes).await?;
        let Some(Joined { bytes, fingerprint }) = body else {
            return Ok(None);
        };
        if fingerprint != Some(Fingerprint::of(&bytes).to_string()) {
            return Err(corrupt());
        }
        Ok(Some(HeldContents { body: bytes, producer_attributes: attributes.map(|joined| joined.bytes) }))
    }

    async fn joined(&self, id: &CaseId, prefix: String) -> Result<Option<Joined>, EffectError> {
        let items = self.parts(FETCH, id, &prefix).await?;
        let Some(first) = items.first() else {
            return Ok(None);
        };
        let size = number(first, names::SIZE).ok_or_else(corrupt)?;
        if number(first, names::PARTS) != Some(items.len()) {
            return Err(corrupt());
        }
        let mut parts = Vec::with_capacity(items.len());
        for (part, count) in items.iter().zip(1..) {
            if text(part, names::ITEM) != Some(&part_key(&prefix, count)) {
                return Err(corrupt());
            }
            parts.push(binary(part, names::BYTES).ok_or_else(corrupt)?);
        }
        let bytes = body::unpack(&parts, size).map_err(|error| corrupt().with_source(error))?;
        Ok(Some(Joined { bytes, fingerprint: text(first, names::FINGERPRINT).map(str::to_owned) }))
    }

    /// The items of a case whose sort keys begin so, in order, but for those whose time is over.
    pub(super) async fn parts(
        &self,
        effect: &'static str,
        id: &CaseId,
        prefix: &str,
    ) -> Result<Vec<Item>, EffectError> {
        let items: Vec<Item> = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("case_id = :id AND begins_with(#item, :prefix)")
            .expression_attribute_names("#item", names::ITEM)
            .expression_attribute_values(":id", s(id.as_str()))
            .expression_attribute_values(":prefix", s(prefix))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| failed(effect, error))?;
        Ok(items.into_iter().filter(|item| !item.contains_key(names::EXPIRES_AT)).collect())
    }
}

fn corrupt() -> EffectError {
    EffectError::new(EffectErrorKind::Corrupt, FETCH)
}
