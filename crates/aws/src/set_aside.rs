//! Setting a stored invoice aside: one transaction over three states of its key.
//!
//! ```text
//! K: invoice F ─┬─ K has F: K ▶ mark [.., F]  and  set-aside:K / F ▶ the invoice with its event ─▶ Written
//!               └─ it has not, or F was set aside from K before ────────────────────────────────▶ Changed
//! ```
//!
//! The parts of a body stay where they are: under its fingerprint, which the invoice takes along.

use aduana_cases::effects::{LOOK_UP, READ_TRAIL, SET_ASIDE};
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_cases::slots::slotted_by;
use aduana_cases::trail::Event;
use aduana_invoice::{Fingerprint, InvoiceKey};
use aduana_redrive::ports::{SetAside, StoredInvoice, StoredInvoices, UnderKey, WriteReply};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use crate::cases::{event, event_fields};
use crate::errors::failed;
use crate::items::{Item, item, list, s, text};
use crate::names::invoices::{self as names, set_aside_key};
use crate::store::{Invoices, refused};
use crate::transact::{Transacted, transact};

impl Invoices {
    /// The message that had brought the bytes of this fingerprint, if they were set aside from this key.
    pub(crate) async fn brought(
        &self,
        effect: &'static str,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
    ) -> Result<Option<String>, EffectError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get =
            get.key(names::SELLER, s(set_aside_key(key))).key(names::DOCUMENT, s(fingerprint.to_string()));
        let reply = get.projection_expression(names::MESSAGE_ID).send().await;
        let found = reply.map_err(|error| failed(effect, error))?.item;
        Ok(found.as_ref().and_then(|it| text(it, names::MESSAGE_ID)).map(str::to_owned))
    }

    async fn item(&self, effect: &'static str, key: &InvoiceKey) -> Result<Option<Item>, EffectError> {
        let reply = self.get(key).send().await.map_err(|error| failed(effect, error))?;
        Ok(reply.item)
    }

    /// The two writes: the mark under the key, and the invoice beside.
    fn writes(
        &self,
        stored: Item,
        beside: String,
        order: &SetAside,
    ) -> Result<Vec<TransactWriteItem>, EffectError> {
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, SET_ASIDE);
        let own = |name: &str| stored.get(name).cloned().ok_or_else(corrupt);
        let (seller, document) = (own(names::SELLER)?, own(names::DOCUMENT)?);
        let named = order.earlier.iter().chain([&order.fingerprint]).cloned();
        let mark = item([
            (names::SELLER, seller.clone()),
            (names::DOCUMENT, document.clone()),
            (names::SET_ASIDE, list(named)),
        ]);
        let mut moved = stored;
        moved.extend(item([
            (names::SELLER, s(beside)),
            (names::DOCUMENT, s(&order.fingerprint)),
            (names::OF_SELLER, seller),
            (names::OF_DOCUMENT, document),
            (names::STORED_DAY, s(names::SET_ASIDE_DAY)),
            (names::DAY_SLOT, s(slotted_by(names::SET_ASIDE_DAY, &order.fingerprint))),
        ]));
        moved.extend(event_fields(&order.event));
        let put = |item: Item| Put::builder().table_name(&self.table).set_item(Some(item));
        let mark = put(mark)
            .condition_expression("fingerprint = :fingerprint")
            .expression_attribute_values(":fingerprint", s(&order.fingerprint));
        let moved = put(moved).condition_expression("attribute_not_exists(seller)");
        let build = |put: aws_sdk_dynamodb::types::builders::PutBuilder| {
            let put = put.build().map_err(|error| refused(SET_ASIDE, error))?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        [mark, moved].into_iter().map(build).collect()
    }
}

/// For the redrive. Its role may read this table, and put items into it.
impl StoredInvoices for Invoices {
    async fn look_up(&self, key: &InvoiceKey, fingerprint: &Fingerprint) -> Result<UnderKey, EffectError> {
        let Some(found) = self.item(LOOK_UP, key).await? else { return Ok(UnderKey::default()) };
        let stored = if is_invoice(&found) { Some(self.stored(&found).await?) } else { None };
        if stored.as_ref().is_some_and(|stored| stored.fingerprint == fingerprint.to_string()) {
            return Ok(UnderKey { stored, set_aside: None });
        }
        Ok(UnderKey { stored, set_aside: self.brought(LOOK_UP, key, fingerprint).await? })
    }

    async fn trail(&self, key: &InvoiceKey) -> Result<Vec<Event>, EffectError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("seller = :id")
            .expression_attribute_values(":id", s(set_aside_key(key)))
            .into_paginator()
            .items()
            .send();
        let mut events = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed(READ_TRAIL, error))?;
            let corrupt = || EffectError::new(EffectErrorKind::Corrupt, READ_TRAIL);
            events.push(event(&item).ok_or_else(corrupt)?);
        }
        // They are sorted by their fingerprints.
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    async fn set_aside(&self, key: &InvoiceKey, order: &SetAside) -> Result<WriteReply, EffectError> {
        let found = self.item(SET_ASIDE, key).await?.filter(is_invoice);
        let is_it = |found: &Item| text(found, names::FINGERPRINT) == Some(&order.fingerprint);
        let Some(stored) = found.filter(is_it) else { return Ok(WriteReply::Changed) };
        let writes = self.writes(stored, set_aside_key(key), order)?;
        match transact(&self.client, SET_ASIDE, writes).await? {
            Transacted::Done => Ok(WriteReply::Written),
            Transacted::ConditionFailed(_) => Ok(WriteReply::Changed),
            Transacted::Conflict => {
                Err(EffectError::new(EffectErrorKind::Throttled, SET_ASIDE).with_code("TransactionConflict"))
            }
        }
    }
}

impl Invoices {
    async fn stored(&self, found: &Item) -> Result<StoredInvoice, EffectError> {
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, LOOK_UP);
        let owned = |name| text(found, name).map(str::to_owned).ok_or_else(corrupt);
        let fingerprint = owned(names::FINGERPRINT)?;
        Ok(StoredInvoice {
            body: self.body(found, &fingerprint).await?,
            stored_at: owned(names::STORED_AT)?,
            source: owned(names::SOURCE)?,
            sender: text(found, names::SENDER).map(str::to_owned),
            message_id: owned(names::MESSAGE_ID)?,
            fingerprint,
        })
    }
}

/// Whether it is an invoice under its own key: no mark, and nothing that is set aside.
fn is_invoice(found: &Item) -> bool {
    !found.contains_key(names::SET_ASIDE) && !found.contains_key(names::OF_SELLER)
}
