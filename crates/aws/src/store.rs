//! The table of valid invoices.
//!
//! ```text
//!            there is nothing: an INSERT, 25 in a call (`insert`), or TransactWriteItems with the parts
//! (nothing) ──────────────────────────────────────────────────────────────▶ Stored
//!
//!            there is something: a PutItem, whose condition fails and tells what is there
//!            ├─ this very write, whose reply was lost ─────────────────────▶ Stored
//!            ├─ the same fingerprint ──────────────────────────────────────▶ SameBytes
//!            ├─ these bytes were set aside from here ──────────────────────▶ SetAside
//!            └─ another ─ its body, with its parts if it has any ──────────▶ OtherBytes
//! ```
//!
//! A key from which an invoice was set aside is free for every other: `set_aside.rs`.

use std::collections::HashSet;

use aduana_cases::body::{self, ENCODING, Parts};
use aduana_cases::effects::{LOOK_UP, NOTE_LIKENESS, STORE};
use aduana_cases::message::{CaseId, Sender};
use aduana_cases::ports::{
    EffectError, EffectErrorKind, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, StoreReply,
};
use aduana_cases::slots::slotted_by;
use aduana_cases::time::{day, rfc3339};
use aduana_invoice::{Fingerprint, InvoiceKey};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{self, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::errors::failed;
use crate::insert::{Inserted, side_by_side};
use crate::items::{Item, b, binary, item, list, n, number, s, text};
use crate::names::invoices::{self as names, body_key, likeness_key, part_key};
use crate::transact::{Transacted, transact};

const READ_BODY: &str = "read the body of the stored invoice";

/// DynamoDB has no name for "there is no such item"; a key attribute that is not there says it. A mark of what was set aside is no
/// invoice, and has no fingerprint: it leaves the key free for what it does not name.
const KEY_IS_FREE: &str = "attribute_not_exists(seller) \
    OR attribute_exists(set_aside) AND NOT contains(set_aside, :fingerprint)";

/// The table of valid invoices, on DynamoDB. Its layout is in [`crate::names::invoices`].
#[derive(Debug, Clone)]
pub struct Invoices {
    pub(crate) client: Client,
    pub(crate) table: String,
}

/// What became of a write.
enum Put {
    Written {
        /// A mark of what was set aside was under the key, or may have been.
        may_be_over_mark: bool,
    },
    /// The key was not free: what is there.
    Taken(Item),
}

impl Invoices {
    /// The table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Writes an item if its key is free for this fingerprint.
    async fn put(&self, effect: &'static str, new: Item, fingerprint: &str) -> Result<Put, EffectError> {
        let reply = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(new))
            .condition_expression(KEY_IS_FREE)
            .expression_attribute_values(":fingerprint", s(fingerprint))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match reply {
            Ok(written) => Ok(Put::Written { may_be_over_mark: written.attributes.is_some() }),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(taken)) => {
                    Ok(Put::Taken(taken.item.clone().unwrap_or_default()))
                }
                _ => Err(failed(effect, error)),
            },
        }
    }

    /// The same, together with the parts of its body.
    async fn put_with_parts(
        &self,
        invoice: Item,
        fingerprint: &Fingerprint,
        parts: &[Vec<u8>],
    ) -> Result<Put, EffectError> {
        let put = |item: Item| types::Put::builder().table_name(&self.table).set_item(Some(item));
        let head = put(invoice)
            .condition_expression(KEY_IS_FREE)
            .expression_attribute_values(":fingerprint", s(fingerprint.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let parts = parts.iter().zip(1..).map(|(bytes, part)| {
            let key = (names::SELLER, s(body_key(fingerprint)));
            put(item([key, (names::DOCUMENT, s(part_key(part))), (names::BODY, b(bytes))]))
        });
        let puts = [head].into_iter().chain(parts).map(|put| {
            let put = put.build().map_err(|error| refused(STORE, error))?;
            Ok(TransactWriteItem::builder().put(put).build())
        });
        match transact(&self.client, STORE, puts.collect::<Result<_, EffectError>>()?).await? {
            // A transaction does not say what was there.
            Transacted::Done => Ok(Put::Written { may_be_over_mark: true }),
            Transacted::ConditionFailed(taken) => Ok(Put::Taken(taken.unwrap_or_default())),
            Transacted::Conflict => {
                Err(EffectError::new(EffectErrorKind::Throttled, STORE).with_code("TransactionConflict"))
            }
        }
    }

    /// The item of this key, as it was written last.
    pub(crate) fn get(&self, key: &InvoiceKey) -> GetItemFluentBuilder {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        get.key(names::SELLER, s(&key.seller)).key(names::DOCUMENT, s(&key.document))
    }

    /// The body of a stored invoice, equal to its fingerprint.
    pub(crate) async fn body(&self, stored: &Item, fingerprint: &str) -> Result<Vec<u8>, EffectError> {
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, READ_BODY);
        let size = number(stored, names::BODY_SIZE).ok_or_else(corrupt)?;
        let parts = match (binary(stored, names::BODY), number(stored, names::BODY_PARTS)) {
            (Some(body), _) => vec![body.to_vec()],
            (None, Some(count)) => self.parts(fingerprint, count).await?,
            (None, None) => return Err(corrupt()),
        };
        let bytes = body::unpack(&parts, size).map_err(|error| corrupt().with_source(error))?;
        if Fingerprint::of(&bytes).to_string() == fingerprint { Ok(bytes) } else { Err(corrupt()) }
    }

    async fn parts(&self, fingerprint: &str, count: usize) -> Result<Vec<Vec<u8>>, EffectError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("seller = :body")
            .expression_attribute_values(":body", s(format!("body:{fingerprint}")))
            .into_paginator()
            .items()
            .send();
        let mut parts = Vec::new();
        while parts.len() < count
            && let Some(part) = items.next().await
        {
            let part = part.map_err(|error| failed(READ_BODY, error))?;
            // In their order, none left out: the sort key counts them.
            let is_next = text(&part, names::DOCUMENT) == Some(part_key(parts.len() + 1).as_str());
            match binary(&part, names::BODY).filter(|_| is_next) {
                Some(bytes) => parts.push(bytes.to_vec()),
                None => return Err(EffectError::new(EffectErrorKind::Corrupt, READ_BODY)),
            }
        }
        Ok(parts)
    }
}

impl Invoices {
    /// Stores one invoice by itself: what an INSERT cannot say is what is there already, and it writes one item.
    async fn store_alone(&self, invoice: &NewInvoice) -> Result<StoreReply, EffectError> {
        let new = to_item(invoice);
        let taken = match &invoice.body.parts {
            Parts::Inline(_) => self.put(STORE, new, &invoice.fingerprint.to_string()).await?,
            Parts::Split(parts) => self.put_with_parts(new, &invoice.fingerprint, parts).await?,
        };
        let stored = match taken {
            Put::Written { may_be_over_mark: false } => return Ok(StoreReply::Stored),
            Put::Written { may_be_over_mark: true } => return Ok(StoreReply::StoredAfterSetAside),
            Put::Taken(stored) => stored,
        };
        let is_mark = stored.contains_key(names::SET_ASIDE);
        let fingerprint = text(&stored, names::FINGERPRINT)
            .or(is_mark.then_some(""))
            .ok_or_else(|| EffectError::new(EffectErrorKind::Corrupt, STORE))?;
        if fingerprint != invoice.fingerprint.to_string() {
            if let Some(message_id) = self.brought(STORE, &invoice.key, &invoice.fingerprint).await? {
                return Ok(StoreReply::SetAside { message_id });
            }
            return Ok(StoreReply::OtherBytes { body: self.body(&stored, fingerprint).await? });
        }
        Ok(if is_this_write(&stored, invoice) { StoreReply::Stored } else { StoreReply::SameBytes })
    }

    /// Notes one likeness by itself, and says who had it first.
    async fn note_alone(&self, note: &LikenessNote) -> Result<LikenessReply, EffectError> {
        let Put::Taken(first) = self.put(NOTE_LIKENESS, likeness(note), &note.digest.to_string()).await?
        else {
            return Ok(LikenessReply::Alone);
        };
        let (Some(document), Some(case)) =
            (text(&first, names::LIKE_DOCUMENT), text(&first, names::LIKE_CASE))
        else {
            return Err(EffectError::new(EffectErrorKind::Corrupt, NOTE_LIKENESS));
        };
        Ok(note.beside(document, case))
    }
}

impl InvoiceStore for Invoices {
    async fn store(&self, invoices: &[&NewInvoice]) -> Vec<Result<StoreReply, EffectError>> {
        let new = |invoice: &&NewInvoice| match invoice.body.parts {
            Parts::Inline(_) => Some(to_item(invoice)),
            Parts::Split(_) => None,
        };
        let inserted = self.insert(STORE, invoices.iter().map(new).collect()).await;
        let replies = inserted.into_iter().zip(invoices).map(async |(inserted, invoice)| match inserted? {
            Inserted::New => Ok(StoreReply::Stored),
            Inserted::Not => self.store_alone(invoice).await,
        });
        side_by_side(replies).await
    }

    async fn note_likeness(&self, notes: &[LikenessNote]) -> Vec<Result<LikenessReply, EffectError>> {
        // A call in which a key is there twice is refused as a whole.
        let mut digests = HashSet::new();
        let new = |note: &LikenessNote| digests.insert(note.digest).then(|| likeness(note));
        let inserted = self.insert(NOTE_LIKENESS, notes.iter().map(new).collect()).await;
        let replies = inserted.into_iter().zip(notes).map(async |(inserted, note)| match inserted? {
            Inserted::New => Ok(LikenessReply::Alone),
            Inserted::Not => self.note_alone(note).await,
        });
        side_by_side(replies).await
    }

    async fn has(
        &self,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
        message_id: &str,
    ) -> Result<bool, EffectError> {
        // The seller, too: an item that has nothing else of what is asked for would look as if it was not there.
        let attributes = format!("{}, {}", names::SELLER, names::FINGERPRINT);
        let reply = self.get(key).projection_expression(attributes).send().await;
        let reply = reply.map_err(|error| failed(LOOK_UP, error))?;
        let Some(stored) = reply.item else { return Ok(false) };
        if text(&stored, names::FINGERPRINT).is_some_and(|stored| stored == fingerprint.to_string()) {
            return Ok(true);
        }
        let brought = self.brought(LOOK_UP, key, fingerprint).await?;
        Ok(brought.is_some_and(|brought| brought == message_id))
    }
}

fn likeness(note: &LikenessNote) -> Item {
    item([
        (names::SELLER, s(likeness_key(&note.digest))),
        (names::DOCUMENT, s(names::FIRST)),
        (names::LIKE_DOCUMENT, s(&note.key.document)),
        (names::LIKE_CASE, s(note.case_id.as_str())),
    ])
}

/// Whether what is stored was written by this very call: an attempt whose reply was lost, found by the SDK's next one. The
/// invoice counts as stored then, once. At another delivery of the message the time is another, and it is a duplicate.
fn is_this_write(stored: &Item, invoice: &NewInvoice) -> bool {
    text(stored, names::MESSAGE_ID) == Some(&invoice.message_id)
        && text(stored, names::STORED_AT) == Some(&rfc3339(invoice.stored_at_ms))
}

fn to_item(invoice: &NewInvoice) -> Item {
    let summary = &invoice.summary;
    let (stored_day, fingerprint) = (day(invoice.stored_at_ms).to_string(), invoice.fingerprint.to_string());
    let mut new = item([
        (names::SELLER, s(&invoice.key.seller)),
        (names::DOCUMENT, s(&invoice.key.document)),
        (names::STORED_AT, s(rfc3339(invoice.stored_at_ms))),
        (names::STORED_DAY, s(&stored_day)),
        (names::DAY_SLOT, s(slotted_by(&stored_day, &fingerprint))),
        (names::WARNINGS, list(invoice.warnings.iter().copied())),
        (names::FINGERPRINT, s(&fingerprint)),
        (names::BODY_SIZE, n(invoice.body.size)),
        (names::BODY_ENCODING, s(ENCODING)),
        (names::SOURCE, s(invoice.source.to_string())),
        (names::MESSAGE_ID, s(&invoice.message_id)),
        (names::RULESET, s(&invoice.ruleset)),
        match &invoice.body.parts {
            Parts::Inline(bytes) => (names::BODY, b(bytes)),
            Parts::Split(parts) => (names::BODY_PARTS, n(parts.len())),
        },
    ]);
    let texts = [
        (names::NUMBER, summary.number.as_deref()),
        (names::ISSUE_DATE, summary.issue_date.as_deref()),
        (names::CURRENCY, summary.currency.as_deref()),
        (names::PAYABLE, summary.payable.as_deref()),
        (names::SELLER_NAME, summary.seller.as_deref()),
        (names::BUYER_NAME, summary.buyer.as_deref()),
        (names::CASE_ID, invoice.case_id.as_ref().map(CaseId::as_str)),
        (names::SENDER, invoice.sender.as_ref().map(Sender::as_str)),
    ];
    new.extend(item(texts.into_iter().filter_map(|(name, text)| Some((name, s(text?))))));
    new
}

/// A request that could not even be built.
pub(crate) fn refused(
    effect: &'static str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> EffectError {
    EffectError::new(EffectErrorKind::Refused, effect).with_source(error)
}
