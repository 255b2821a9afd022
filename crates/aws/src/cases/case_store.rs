//! The case file as the redrive works on it.

use std::collections::HashMap;

use aduana_cases::effects::{READ_HEADS, READ_REASONS, READ_TRAIL};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_cases::trail::Event;
use aduana_redrive::ports::{
    CaseRecord, CaseStore, Change, HEADS_MAX, Page, PageOf, StoredReason, WriteReply,
};
use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::record::{RECORD, event, reasons, record};
use super::{Cases, busy, pauses};
use crate::errors::failed;
use crate::items::{Item, item, s};
use crate::names::cases as names;

/// The beginning of the sort keys of a trail's events.
const EVENTS: &str = "event:";

impl CaseStore for Cases {
    async fn page(&self, of: &PageOf) -> Result<Page, EffectError> {
        self.lines(of).await
    }

    async fn heads(&self, ids: &[CaseId]) -> Result<Vec<CaseRecord>, EffectError> {
        let mut heads = Vec::with_capacity(ids.len());
        for ids in distinct(ids).chunks(HEADS_MAX) {
            let items = self.some_heads(READ_HEADS, ids, &RECORD).await?;
            let records: Option<Vec<_>> = items.iter().map(record).collect();
            heads.extend(records.ok_or_else(|| corrupt(READ_HEADS))?);
        }
        Ok(heads)
    }

    async fn reasons(&self, id: &CaseId) -> Result<Vec<StoredReason>, EffectError> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(names::CASE_ID, s(id.as_str()))
            .key(names::ITEM, s(names::HEAD))
            .consistent_read(true)
            .projection_expression("#reasons")
            .expression_attribute_names("#reasons", names::REASONS)
            .send()
            .await
            .map_err(|error| failed(READ_REASONS, error))?;
        let listed = reply.item.map(|head| reasons(&head).ok_or_else(|| corrupt(READ_REASONS)));
        Ok(listed.transpose()?.unwrap_or_default())
    }

    async fn trail(&self, id: &CaseId) -> Result<Vec<Event>, EffectError> {
        let items = self.parts(READ_TRAIL, id, EVENTS).await?;
        items.iter().map(|item| event(item).ok_or_else(|| corrupt(READ_TRAIL))).collect()
    }

    async fn write(&self, id: &CaseId, change: &Change) -> Result<WriteReply, EffectError> {
        self.change(id, change).await
    }

    async fn expire(&self, id: &CaseId, version: Option<u64>, at_ms: i64) -> Result<WriteReply, EffectError> {
        self.expire_case(id, version, at_ms).await
    }
}

impl Cases {
    /// At most [`HEADS_MAX`] heads. DynamoDB leaves out what would make an answer too large or a table too busy, and names it.
    pub(super) async fn some_heads(
        &self,
        effect: &'static str,
        ids: &[&CaseId],
        attributes: &[&str],
    ) -> Result<Vec<Item>, EffectError> {
        let refused = |error| EffectError::new(EffectErrorKind::Refused, effect).with_source(error);
        let mut left = Self::keys(ids, attributes).map_err(refused)?;
        let mut heads = Vec::with_capacity(ids.len());
        for pause in pauses() {
            let request = self.client.batch_get_item().request_items(&self.table, left);
            let reply = request.send().await.map_err(|error| failed(effect, error))?;
            let items = reply.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            let is_empty = items.is_empty();
            heads.extend(items.into_iter().filter(|item| !item.contains_key(names::EXPIRES_AT)));
            match reply.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(keys) if !keys.keys().is_empty() => left = keys,
                _ => return Ok(heads),
            }
            if is_empty {
                tokio::time::sleep(pause).await;
            }
        }
        Err(busy(effect).with_code("UnprocessedKeys"))
    }

    fn keys(
        ids: &[&CaseId],
        attributes: &[&str],
    ) -> Result<KeysAndAttributes, aws_sdk_dynamodb::error::BuildError> {
        let key = |id: &&CaseId| -> Item {
            item([(names::CASE_ID, s(id.as_str())), (names::ITEM, s(names::HEAD))])
        };
        // By placeholders, as of a head elsewhere.
        let placeholders: HashMap<String, String> =
            attributes.iter().map(|name| (format!("#{name}"), (*name).to_owned())).collect();
        KeysAndAttributes::builder()
            .set_keys(Some(ids.iter().map(key).collect()))
            .consistent_read(true)
            .projection_expression(
                attributes.iter().map(|name| format!("#{name}")).collect::<Vec<_>>().join(", "),
            )
            .set_expression_attribute_names(Some(placeholders))
            .build()
    }
}

/// Each id once, in order: DynamoDB refuses a key that is named twice.
pub(super) fn distinct(ids: &[CaseId]) -> Vec<&CaseId> {
    let mut seen = std::collections::HashSet::new();
    ids.iter().filter(|id| seen.insert(*id)).collect()
}

fn corrupt(effect: &'static str) -> EffectError {
    EffectError::new(EffectErrorKind::Corrupt, effect)
}
