//! The outbox of alerts: items of the case file's table under `group:<id>`, see [`crate::names::outbox`].
//!
//! What decides is read consistently and written on conditions, so several functions can work on one outbox:
//!
//! ```text
//! enqueue  windows, if as read + pending alerts + the marks of their cases, if at that attempt and not marked
//! fix      the digest, if there is none + the window
//! remove   the digest, if it is that one + its pending alerts
//! ```

use std::collections::HashMap;

use aduana_cases::alerts::outbox::{
    AlertOutbox, Digest, EnqueueReply, Entry, GroupOutbox, PendingAlert, PendingEntry, PendingKind,
    PendingPage, Published, WindowUpdate,
};
use aduana_cases::effects::{ENQUEUE, READ_OUTBOX, REMOVE};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_cases::time::{from_rfc3339, rfc3339};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, KeysAndAttributes, TransactWriteItem, Update};

use super::{Cases, busy, pauses};
use crate::errors::failed;
use crate::items::{Item, item, list, n, number, s, text, texts};
use crate::names::cases::{ALERTED_AT, ATTEMPT, CASE_ID, HEAD, ITEM, QUEUED_AT};
use crate::names::outbox as names;
use crate::transact::{Cancelled, Ended, try_transact};

/// The most lines of a page of the index.
const PAGE: i32 = 1_000;

impl AlertOutbox for Cases {
    async fn windows(&self, groups: &[String]) -> Result<Vec<(String, i64)>, EffectError> {
        let mut left = window_keys(groups).map_err(refused(READ_OUTBOX))?;
        let mut windows = Vec::with_capacity(groups.len());
        for pause in pauses() {
            let request = self.client.batch_get_item().request_items(&self.table, left);
            let reply = request.send().await.map_err(|error| failed(READ_OUTBOX, error))?;
            let items = reply.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            for item in &items {
                let window = group_of(item).zip(number(item, names::UNTIL_MS));
                windows.push(window.ok_or_else(|| corrupt(READ_OUTBOX))?);
            }
            match reply.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(keys) if !keys.keys().is_empty() => left = keys,
                _ => return Ok(windows),
            }
            if items.is_empty() {
                tokio::time::sleep(pause).await;
            }
        }
        Err(busy(READ_OUTBOX))
    }

    async fn enqueue(&self, entry: &Entry) -> Result<EnqueueReply, EffectError> {
        for pause in pauses() {
            let writes = self.writes(entry).map_err(refused(ENQUEUE))?;
            match try_transact(&self.client, ENQUEUE, writes).await? {
                Ended::Done => return Ok(EnqueueReply::Done),
                Ended::Cancelled(cancelled) if cancelled.has_failed_conditions() => {
                    return Ok(changed(entry, &cancelled));
                }
                Ended::Cancelled(_) => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(ENQUEUE))
    }

    async fn group(&self, group: &str) -> Result<GroupOutbox, EffectError> {
        let items = self.client.query().table_name(&self.table).consistent_read(true);
        let items = items
            .key_condition_expression("case_id = :id")
            .expression_attribute_values(":id", s(names::partition(group)))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>();
        let items = items.await.map_err(|error| failed(READ_OUTBOX, error))?;
        let mut outbox = GroupOutbox::default();
        for item in &items {
            match text(item, ITEM).ok_or_else(|| corrupt(READ_OUTBOX))? {
                names::WINDOW => outbox.window_until_ms = number(item, names::UNTIL_MS),
                names::DIGEST => {
                    outbox.digest = Some(digest(item, group).ok_or_else(|| corrupt(READ_OUTBOX))?);
                }
                _ => outbox
                    .pending_alerts
                    .push(pending_alert(item, group).ok_or_else(|| corrupt(READ_OUTBOX))?),
            }
        }
        Ok(outbox)
    }

    async fn fix(&self, digest: &Digest, at_ms: i64, window_until_ms: i64) -> Result<bool, EffectError> {
        let Digest { id, group, pending_alerts, lease_until_ms } = digest;
        let fixed = self.pending_item(
            group,
            names::DIGEST,
            *lease_until_ms,
            [
                (names::DIGEST_ID, s(id)),
                (names::ALERTS, list(pending_alerts)),
                (names::LEASE_UNTIL_MS, n(*lease_until_ms)),
            ],
        );
        let fixed = fixed.condition_expression("attribute_not_exists(case_id)");
        let writes = [fixed, self.window(group, at_ms, window_until_ms)];
        let writes: Result<Vec<_>, _> = writes.into_iter().map(put).collect();
        let writes = writes.map_err(refused(ENQUEUE))?;
        for pause in pauses() {
            match try_transact(&self.client, ENQUEUE, writes.clone()).await? {
                Ended::Done => return Ok(true),
                Ended::Cancelled(cancelled) if cancelled.has_failed_conditions() => return Ok(false),
                Ended::Cancelled(_) => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(ENQUEUE))
    }

    async fn take_over(&self, digest: &Digest, lease_until_ms: i64) -> Result<bool, EffectError> {
        let reply = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&digest.group, names::DIGEST)))
            .update_expression("SET lease_until_ms = :until, due = :due")
            .condition_expression("digest_id = :id AND lease_until_ms = :read")
            .expression_attribute_values(":until", n(lease_until_ms))
            .expression_attribute_values(":due", s(rfc3339(lease_until_ms)))
            .expression_attribute_values(":id", s(&digest.id))
            .expression_attribute_values(":read", n(digest.lease_until_ms))
            .send()
            .await;
        match reply {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(ENQUEUE, error)),
            },
        }
    }

    async fn remove(&self, published: &Published) -> Result<(), EffectError> {
        let delete = |group: &str, item: &str| {
            Delete::builder().table_name(&self.table).set_key(Some(key(group, item)))
        };
        let digest = published.digest.iter().map(|(group, id)| {
            let digest = delete(group, names::DIGEST).condition_expression("digest_id = :id");
            digest.expression_attribute_values(":id", s(id))
        });
        let pending_alerts =
            published.pending_alerts.iter().map(|(group, id)| delete(group, &names::alert_key(id)));
        let writes: Result<Vec<_>, BuildError> = digest
            .chain(pending_alerts)
            .map(|delete| Ok(TransactWriteItem::builder().delete(delete.build()?).build()))
            .collect();
        let writes = writes.map_err(refused(REMOVE))?;
        for pause in pauses() {
            match try_transact(&self.client, REMOVE, writes.clone()).await? {
                Ended::Done => return Ok(()),
                // Another function has removed all of it.
                Ended::Cancelled(cancelled) if cancelled.has_failed_conditions() => return Ok(()),
                Ended::Cancelled(_) => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(REMOVE))
    }

    async fn close(&self, group: &str, until_ms: i64) -> Result<(), EffectError> {
        let reply = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(group, names::WINDOW)))
            .condition_expression("until_ms = :read")
            .expression_attribute_values(":read", n(until_ms))
            .send()
            .await;
        match reply {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(REMOVE, error)),
            },
        }
    }

    async fn pending(&self, due_by_ms: Option<i64>, after: Option<&str>) -> Result<PendingPage, EffectError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(names::BY_DUE)
            .expression_attribute_names("#outbox", names::OUTBOX)
            .expression_attribute_values(":pending", s(names::PENDING))
            .limit(PAGE);
        query = match due_by_ms {
            None => query.key_condition_expression("#outbox = :pending"),
            Some(due_by_ms) => query
                .key_condition_expression("#outbox = :pending AND due <= :due")
                .expression_attribute_values(":due", s(rfc3339(due_by_ms))),
        };
        let start = after.map(|after| start_of(after).ok_or_else(|| corrupt(READ_OUTBOX))).transpose()?;
        let reply =
            query.set_exclusive_start_key(start).send().await.map_err(|error| failed(READ_OUTBOX, error))?;
        let pending: Option<Vec<PendingEntry>> = reply.items().iter().map(pending).collect();
        let next = reply
            .last_evaluated_key()
            .map(|key| cursor(key).ok_or_else(|| corrupt(READ_OUTBOX)))
            .transpose()?;
        Ok(PendingPage { pending: pending.ok_or_else(|| corrupt(READ_OUTBOX))?, next })
    }
}

impl Cases {
    /// The writes of an entry: windows, pending alerts, cases, in the entry's order.
    fn writes(&self, entry: &Entry) -> Result<Vec<TransactWriteItem>, BuildError> {
        let mut writes = Vec::with_capacity(entry.writes());
        for WindowUpdate { group, read_ms, until_ms } in &entry.window_updates {
            let window = self.window(group, entry.at_ms, *until_ms);
            writes.push(put(match read_ms {
                None => window.condition_expression("attribute_not_exists(case_id)"),
                Some(read_ms) => window
                    .condition_expression("until_ms = :read")
                    .expression_attribute_values(":read", n(*read_ms)),
            })?);
        }
        for pending_alert in &entry.pending_alerts {
            writes.push(put(self
                .alert_item(pending_alert)
                .condition_expression("attribute_not_exists(case_id)"))?);
        }
        for (id, attempt) in entry.pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cases) {
            let mark = Update::builder()
                .table_name(&self.table)
                .key(CASE_ID, s(id.as_str()))
                .key(ITEM, s(HEAD))
                .update_expression(format!(
                    "SET {ALERTED_AT} = :at, {QUEUED_AT} = if_not_exists({QUEUED_AT}, :at)"
                ))
                .condition_expression(format!("{ATTEMPT} = :attempt AND attribute_not_exists({ALERTED_AT})"))
                .expression_attribute_values(":at", s(rfc3339(entry.at_ms)))
                .expression_attribute_values(":attempt", n(*attempt));
            writes.push(TransactWriteItem::builder().update(mark.build()?).build());
        }
        Ok(writes)
    }

    fn pending_item<const N: usize>(
        &self,
        group: &str,
        sort: &str,
        due_ms: i64,
        values: [(&str, AttributeValue); N],
    ) -> PutBuilder {
        let mut item = item(values);
        item.extend(key(group, sort));
        item.insert(names::OUTBOX.to_owned(), s(names::PENDING));
        item.insert(names::DUE.to_owned(), s(rfc3339(due_ms)));
        self.put(item)
    }

    fn window(&self, group: &str, at_ms: i64, until_ms: i64) -> PutBuilder {
        let values = [(names::UNTIL_MS, n(until_ms)), (names::OPENED_MS, n(at_ms))];
        self.pending_item(group, names::WINDOW, until_ms, values)
    }

    fn alert_item(&self, pending_alert: &PendingAlert) -> PutBuilder {
        let PendingAlert { id, group, cause, cases, at_ms, due_ms, at_once } = pending_alert;
        // Texts and numbers: there is nothing in it that JSON cannot say.
        let cause = serde_json::to_string(cause).unwrap_or_default();
        self.pending_item(
            group,
            &names::alert_key(id),
            *due_ms,
            [
                (names::CAUSE, s(cause)),
                (names::CASES, list(cases.iter().map(|(id, attempt)| format!("{id} {attempt}")))),
                (names::HELD, n(cases.len())),
                (names::AT_MS, n(*at_ms)),
                (names::DUE_MS, n(*due_ms)),
                (names::AT_ONCE, AttributeValue::Bool(*at_once)),
            ],
        )
    }
}

/// Which of an entry's conditions did not hold.
fn changed(entry: &Entry, cancelled: &Cancelled) -> EnqueueReply {
    let windows = entry.window_updates.len();
    let cases = windows + entry.pending_alerts.len();
    let all = entry.pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cases);
    let enqueued =
        all.zip(cases..).filter(|(_, at)| cancelled.is_condition(*at)).map(|(case, _)| case.clone());
    EnqueueReply::Changed {
        enqueued: enqueued.collect(),
        windows: (0..windows).any(|at| cancelled.is_condition(at)),
    }
}

fn key(group: &str, sort: &str) -> Item {
    item([(CASE_ID, s(names::partition(group))), (ITEM, s(sort))])
}

fn window_keys(groups: &[String]) -> Result<KeysAndAttributes, BuildError> {
    KeysAndAttributes::builder()
        .set_keys(Some(groups.iter().map(|group| key(group, names::WINDOW)).collect()))
        .consistent_read(true)
        .projection_expression("#case_id, #until_ms")
        .set_expression_attribute_names(Some(HashMap::from(
            [CASE_ID, names::UNTIL_MS].map(|name| (format!("#{name}"), name.to_owned())),
        )))
        .build()
}

fn put(put: PutBuilder) -> Result<TransactWriteItem, BuildError> {
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

fn group_of(item: &Item) -> Option<String> {
    names::group_of(text(item, CASE_ID)?).map(str::to_owned)
}

fn digest(item: &Item, group: &str) -> Option<Digest> {
    Some(Digest {
        id: text(item, names::DIGEST_ID)?.to_owned(),
        group: group.to_owned(),
        pending_alerts: texts(item, names::ALERTS)?,
        lease_until_ms: number(item, names::LEASE_UNTIL_MS)?,
    })
}

fn pending_alert(item: &Item, group: &str) -> Option<PendingAlert> {
    let message = |text: &String| {
        let (id, attempt) = text.split_once(' ')?;
        Some((CaseId::parse(id)?, attempt.parse().ok()?))
    };
    #[expect(clippy::disallowed_methods, reason = "what the outbox itself has written, not an invoice")]
    let cause = serde_json::from_str(text(item, names::CAUSE)?).ok()?;
    Some(PendingAlert {
        id: names::alert_id(text(item, ITEM)?)?.to_owned(),
        group: group.to_owned(),
        cause,
        cases: texts(item, names::CASES)?.iter().map(message).collect::<Option<_>>()?,
        at_ms: number(item, names::AT_MS)?,
        due_ms: number(item, names::DUE_MS)?,
        at_once: *item.get(names::AT_ONCE)?.as_bool().ok()?,
    })
}

fn pending(item: &Item) -> Option<PendingEntry> {
    let kind = match text(item, ITEM)? {
        names::WINDOW => PendingKind::Window { opened_ms: number(item, names::OPENED_MS)? },
        names::DIGEST => PendingKind::Digest,
        _ => PendingKind::PendingAlert { held: number(item, names::HELD)? },
    };
    Some(PendingEntry { group: group_of(item)?, kind, due_ms: from_rfc3339(text(item, names::DUE)?)? })
}

/// The key of the index behind which to go on, as one text.
fn cursor(key: &Item) -> Option<String> {
    Some(format!("{} {} {}", text(key, names::DUE)?, text(key, CASE_ID)?, text(key, ITEM)?))
}

fn start_of(cursor: &str) -> Option<Item> {
    let mut words = cursor.splitn(3, ' ');
    let (due, id, sort) = (words.next()?, words.next()?, words.next()?);
    Some(item([(names::OUTBOX, s(names::PENDING)), (names::DUE, s(due)), (CASE_ID, s(id)), (ITEM, s(sort))]))
}

fn refused(effect: &'static str) -> impl Fn(BuildError) -> EffectError {
    move |error| EffectError::new(EffectErrorKind::Refused, effect).with_source(error)
}

fn corrupt(effect: &'static str) -> EffectError {
    EffectError::new(EffectErrorKind::Corrupt, effect)
}
