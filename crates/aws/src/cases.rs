//! The case file.
//!
//! What decides about a case is written on the condition that its head is as it was read, by its `version`; if it is not,
//! somebody was quicker, and the case is looked at again:
//!
//! ```text
//! read the head ─▶ on_hold | on_resolve ─┬─ reply
//!       ▲                                └─ head + parts + event, if `version` is as read ─┬─ done
//!       └──────────────────────────────────── it is not ──────────────────────────────────┘
//! ```
//!
//! What the redrive writes was decided before it comes here, and is written or not: see [`change`].
//!
//! A message that nobody has held before has no head: its first attempt is written without reading, on the condition
//! that there is none.
//!
//! The outbox of alerts is in the same table: see [`outbox`].

mod case_store;
mod change;
mod expire;
mod fetch;
mod head;
mod index;
mod outbox;
mod oversized_parts;
mod parts;
mod record;

use std::collections::HashSet;
use std::time::Duration;

use aduana_cases::case::{CaseHead, HoldStep, NewCase, ResolveStep, on_hold, on_resolve};
use aduana_cases::effects::{FIND, HOLD, MARK, RESOLVE};
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::ports::{
    CaseFile, EffectError, EffectErrorKind, HeldContents, HoldReply, Resolution, ResolveReply,
};
use aduana_cases::time::rfc3339;
use aduana_cases::trail::Event;
use aduana_redrive::ports::HEADS_MAX;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use futures_util::future::join_all;

use self::head::{Head, Write};
use self::oversized_parts::Ahead;
pub(crate) use self::record::event;
use crate::errors::failed;
use crate::items::{Item, item, n, s, text};
use crate::names::cases as names;
use crate::transact::{Transacted, transact};

/// An item that is not there, or whose time is over.
const NOT_THERE: &str = "attribute_not_exists(case_id) OR attribute_exists(expires_at)";

/// How often a case is looked at before it is left to the next delivery: more often than twice takes several others that
/// write to the same case at the same moment.
const TRIES: u32 = 5;
/// The pause while another write is at the case; it doubles.
const PAUSE: Duration = Duration::from_millis(20);

/// The case file, on DynamoDB. Its layout is in [`crate::names::cases`].
#[derive(Debug, Clone)]
pub struct Cases {
    client: Client,
    table: String,
}

impl Cases {
    /// The table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Writes the head, the event, and `parts`, in one transaction; nothing if the head has changed. Parts that are too large
    /// for it go ahead.
    async fn commit(
        &self,
        effect: &'static str,
        id: &CaseId,
        (head, event): (Write, &Event),
        parts: Vec<Item>,
    ) -> Result<Transacted, EffectError> {
        let Ahead::Left(parts) = self.ahead(effect, parts).await? else {
            return Ok(Transacted::ConditionFailed(None));
        };
        let refused = |error| EffectError::new(EffectErrorKind::Refused, effect).with_source(error);
        let head = head.build(&self.table, id).map_err(refused)?;
        let mut writes = vec![TransactWriteItem::builder().update(head).build()];
        // The trail is only ever added to.
        let event = self.put(event_item(id, event)).condition_expression(NOT_THERE);
        for put in [event].into_iter().chain(parts.into_iter().map(|part| self.put(part))) {
            writes.push(TransactWriteItem::builder().put(put.build().map_err(refused)?).build());
        }
        transact(&self.client, effect, writes).await
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item))
    }

    async fn mark_one(&self, id: &CaseId, attempt: u32, at_ms: i64) -> Result<(), EffectError> {
        let reply = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(names::CASE_ID, s(id.as_str()))
            .key(names::ITEM, s(names::HEAD))
            .update_expression("SET queued_at = if_not_exists(queued_at, :at)")
            .condition_expression("attempt = :attempt")
            .expression_attribute_values(":at", s(rfc3339(at_ms)))
            .expression_attribute_values(":attempt", n(attempt))
            .send()
            .await;
        match reply {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // The head has gone on to another attempt, which has marks of its own.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(MARK, error)),
            },
        }
    }
}

impl CaseFile for Cases {
    async fn hold(&self, case: &NewCase) -> Result<HoldReply, EffectError> {
        let mut head = if case.attempt == 1 { None } else { self.head(&case.id, HOLD).await? };
        for pause in pauses() {
            let event = match on_hold(head.as_ref().map(|head| &head.case), case) {
                HoldStep::Reply(reply) => return Ok(reply),
                HoldStep::Open(event) | HoldStep::Reopen(event) => event,
            };
            let write = Head::hold(head.as_ref(), case, &event);
            match self.commit(HOLD, &case.id, (write, &event), parts::of(case)).await? {
                Transacted::Done => return Ok(HoldReply::Opened),
                Transacted::ConditionFailed(_) => {}
                Transacted::Conflict => tokio::time::sleep(pause).await,
            }
            head = self.head(&case.id, HOLD).await?;
        }
        Err(busy(HOLD))
    }

    /// Each case for itself and all at once. Marks leave the head's version alone: they say what was done for an attempt,
    /// and are good whatever else becomes of the case.
    async fn mark_queued(&self, cases: &[(CaseId, u32)], at_ms: i64) -> Vec<Result<(), EffectError>> {
        join_all(cases.iter().map(|(id, attempt)| self.mark_one(id, *attempt, at_ms))).await
    }

    async fn resolve(&self, id: &CaseId, resolution: &Resolution) -> Result<ResolveReply, EffectError> {
        for pause in pauses() {
            let head = self.head(id, RESOLVE).await?;
            let event = match on_resolve(id, head.as_ref().map(|head| &head.case), resolution) {
                ResolveStep::Reply(reply) => return Ok(reply),
                ResolveStep::Close(event) => event,
            };
            // Nothing is closed that is not there.
            let Some(head) = head else { return Ok(ResolveReply::NoCase) };
            let write = head.resolve(resolution, &event);
            match self.commit(RESOLVE, id, (write, &event), Vec::new()).await? {
                Transacted::Done => return Ok(ResolveReply::Resolved),
                Transacted::ConditionFailed(_) => {}
                Transacted::Conflict => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(RESOLVE))
    }

    async fn find(&self, id: &CaseId) -> Result<Option<CaseHead>, EffectError> {
        Ok(self.head(id, FIND).await?.map(|head| head.case))
    }

    async fn known(&self, ids: &[CaseId]) -> Result<HashSet<CaseId>, EffectError> {
        let mut known = HashSet::new();
        for ids in case_store::distinct(ids).chunks(HEADS_MAX) {
            let heads = self.some_heads(FIND, ids, &[names::CASE_ID, names::EXPIRES_AT]).await?;
            known.extend(heads.iter().filter_map(|head| CaseId::parse(text(head, names::CASE_ID)?)));
        }
        Ok(known)
    }

    async fn fetch(&self, id: &CaseId, version: BodyVersion) -> Result<Option<HeldContents>, EffectError> {
        self.held(id, version).await
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    (0..TRIES).map(|tried| PAUSE * 2_u32.saturating_pow(tried))
}

fn busy(effect: &'static str) -> EffectError {
    EffectError::new(EffectErrorKind::Throttled, effect).with_code("TransactionConflict")
}

fn event_item(id: &CaseId, event: &Event) -> Item {
    let mut new = event_fields(event);
    new.extend(item([(names::CASE_ID, s(id.as_str())), (names::ITEM, s(event.item()))]));
    new
}

/// What an event says.
pub(crate) fn event_fields(event: &Event) -> Item {
    use names::event as in_event;
    item([
        (in_event::SEQ, n(event.seq)),
        (in_event::AT, s(&event.at)),
        (in_event::ACTOR, s(&event.actor)),
        (in_event::WAY, s(&event.way)),
        (in_event::ACT, s(&event.act)),
        (in_event::ATTEMPT, n(event.attempt)),
        (in_event::REASON, s(&event.reason)),
        (in_event::BEFORE, s(&event.before)),
        (in_event::AFTER, s(&event.after)),
        (in_event::PREV, s(&event.prev)),
        (in_event::HASH, s(&event.hash)),
    ])
}
