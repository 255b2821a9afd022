//! Giving up a case whose time is over, to DynamoDB's time to live.
//!
//! ```text
//! head: `expires_at`, if `version` is as read ─▶ all else of the case, as long as the head has it ─▶ head leaves the indexes
//! ```
//!
//! What is cut off in between is found by its index at the next run, as a line without a head, and begins at the second step.

use aduana_cases::effects::EXPIRE;
use aduana_cases::message::CaseId;
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_redrive::ports::WriteReply;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem, Update};

use super::{Cases, busy, pauses};
use crate::errors::failed;
use crate::items::{Item, n, s, text};
use crate::names::cases as names;
use crate::transact::{Transacted, transact};

/// Nine items of at most 400 KB and the head's check are within a transaction's 4 MB.
const AT_ONCE: usize = 9;

const IS_GIVEN_UP: &str = "attribute_exists(expires_at)";

impl Cases {
    pub(super) async fn expire_case(
        &self,
        id: &CaseId,
        version: Option<u64>,
        at_ms: i64,
    ) -> Result<WriteReply, EffectError> {
        let at = n(at_ms.div_euclid(1_000));
        if let Some(version) = version
            && self.expire_head(id, version, &at).await? == WriteReply::Changed
        {
            return Ok(WriteReply::Changed);
        }
        for items in self.rest(id).await?.chunks(AT_ONCE) {
            if self.expire_items(id, items, &at).await? == WriteReply::Changed {
                return Ok(WriteReply::Changed);
            }
        }
        let leave = self.update_head(id).update_expression("REMOVE #state, #group");
        let leave = leave.expression_attribute_names("#state", names::STATE_SLOT);
        let leave = leave.expression_attribute_names("#group", names::GROUP_SLOT);
        written(leave.condition_expression(IS_GIVEN_UP).send().await)
    }

    async fn expire_head(
        &self,
        id: &CaseId,
        version: u64,
        at: &AttributeValue,
    ) -> Result<WriteReply, EffectError> {
        let update = self
            .update_head(id)
            .update_expression("SET expires_at = :at, version = :next")
            .condition_expression("version = :version")
            .expression_attribute_values(":at", at.clone())
            .expression_attribute_values(":version", n(version))
            .expression_attribute_values(":next", n(version.saturating_add(1)));
        written(update.send().await)
    }

    fn update_head(
        &self,
        id: &CaseId,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table);
        update.key(names::CASE_ID, s(id.as_str())).key(names::ITEM, s(names::HEAD))
    }

    /// The sort keys of what the case has beside its head and that have not expired.
    async fn rest(&self, id: &CaseId) -> Result<Vec<String>, EffectError> {
        let items: Vec<Item> = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("case_id = :id")
            .filter_expression("attribute_not_exists(expires_at)")
            .projection_expression("#item")
            .expression_attribute_names("#item", names::ITEM)
            .expression_attribute_values(":id", s(id.as_str()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| failed(EXPIRE, error))?;
        let keys = items.iter().filter_map(|item| text(item, names::ITEM));
        Ok(keys.filter(|key| *key != names::HEAD).map(str::to_owned).collect())
    }

    async fn expire_items(
        &self,
        id: &CaseId,
        items: &[String],
        at: &AttributeValue,
    ) -> Result<WriteReply, EffectError> {
        let refused = |error| EffectError::new(EffectErrorKind::Refused, EXPIRE).with_source(error);
        for pause in pauses() {
            let writes = self.giving_up(id, items, at).map_err(refused)?;
            match transact(&self.client, EXPIRE, writes).await? {
                Transacted::Done => return Ok(WriteReply::Written),
                Transacted::ConditionFailed(_) => return Ok(WriteReply::Changed),
                Transacted::Conflict => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(EXPIRE))
    }

    fn giving_up(
        &self,
        id: &CaseId,
        items: &[String],
        at: &AttributeValue,
    ) -> Result<Vec<TransactWriteItem>, BuildError> {
        // A case that somebody has opened anew under the same id keeps what it has.
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .key(names::CASE_ID, s(id.as_str()))
            .key(names::ITEM, s(names::HEAD))
            .condition_expression(IS_GIVEN_UP)
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().condition_check(check).build()];
        for key in items {
            let update = Update::builder()
                .table_name(&self.table)
                .key(names::CASE_ID, s(id.as_str()))
                .key(names::ITEM, s(key))
                .update_expression("SET expires_at = :at")
                .condition_expression("attribute_exists(case_id)")
                .expression_attribute_values(":at", at.clone())
                .build()?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        Ok(writes)
    }
}

fn written<T>(
    reply: Result<T, aws_sdk_dynamodb::error::SdkError<UpdateItemError>>,
) -> Result<WriteReply, EffectError> {
    match reply {
        Ok(_) => Ok(WriteReply::Written),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(WriteReply::Changed),
            _ => Err(failed(EXPIRE, error)),
        },
    }
}
