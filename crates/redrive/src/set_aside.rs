//! `set_aside`: a stored invoice makes room for another of its key.
//!
//! ```text
//! K ▶ invoice ── set aside ──▶ K ▶ a mark: free, but for these fingerprints     (the invoice, its event) ▶ beside
//!                                  └── another invoice is stored ──▶ K ▶ invoice
//! ```
//!
//! It is one transaction, on the condition that K still has the fingerprint that somebody looked at. Bodies in parts stay where they
//! are. What was set aside is never stored again: its own message, delivered once more, is in its place; another message with
//! the same bytes is held. A case that was resolved by it stays so, and says it.

use aduana_invoice::{Fingerprint, InvoiceKey, Verdict};

use super::answer::{Code, Failure, InTheWay, SetAsideReport};
use super::context::{RedriveContext, Skip};
use super::ports::{CaseRecord, RedrivePorts, SetAside as Order, StoredInvoices, UnderKey, WriteReply};
use super::request::{SetAside, WhichInvoice};
use aduana_cases::case::State;
use aduana_cases::effects::{LOOK_UP, READ_TRAIL, SET_ASIDE};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::{Judge, conflict};
use aduana_cases::trail::{Act, Entry, Event, trail_of_key};

/// How often it is tried, as another call was quicker or a reply was lost.
const TRIES: u32 = 3;

/// The most invoices that are set aside from one key: the mark has the fingerprint of each.
const SET_ASIDE_MAX: usize = 100;

/// The longest key that is looked for, in bytes as JSON: more than one of the longest parts has.
const KEY_MAX: usize = 16 * 1024;

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) async fn set_aside(&self, request: &SetAside) -> Result<SetAsideReport, Failure> {
        self.make_room(request).await.map_err(|skip| skip.failure(self.lang))
    }

    async fn make_room(&self, request: &SetAside) -> Result<SetAsideReport, Skip> {
        let SetAside { which, fingerprint } = request;
        let key = self.key_of(which).await?;
        let (mut lost_reply, mut patience) = (None, self.patience());
        for _ in 0..TRIES {
            let events = self.trail_of(&key).await?;
            if let Some(event) = events.iter().find(|event| event.before == *fingerprint) {
                // Written after all, and the reply was lost.
                let (event, changed) = (event.clone(), lost_reply.is_some());
                return Ok(SetAsideReport { fingerprint: fingerprint.clone(), event, changed });
            }
            match self.under(&key, &Fingerprint::of(b"")).await?.stored {
                Some(stored) if stored.fingerprint == *fingerprint => {}
                Some(_) => return Err(Code::StaleVersion.into()),
                None => return Err(Code::NoSuchInvoice.into()),
            }
            if events.len() >= SET_ASIDE_MAX {
                return Err(Code::TooMany.into());
            }
            let event = self.next_event(&key, &events, fingerprint);
            let earlier = events.into_iter().map(|event| event.before).collect();
            let order = Order { fingerprint: fingerprint.clone(), event, earlier };
            let writing = self.ports.stored_invoices().set_aside(&key, &order);
            match self.once(SET_ASIDE, writing).await {
                Ok(WriteReply::Written) => {
                    let Order { fingerprint, event, .. } = order;
                    return Ok(SetAsideReport { fingerprint, event, changed: true });
                }
                Ok(WriteReply::Changed) => {}
                Err(error) if error.is_certain() => return Err(error.into()),
                Err(error) => lost_reply = Some(patience.after(error).await),
            }
        }
        Err(lost_reply.map_or_else(|| Code::StaleVersion.into(), Skip::from))
    }

    fn next_event(&self, key: &InvoiceKey, events: &[Event], fingerprint: &str) -> Event {
        let by = self.by();
        let entry = Entry {
            at_ms: by.at_ms,
            actor: by.actor,
            way: by.way.as_str(),
            act: Act::SetAside,
            attempt: 1,
            reason: by.reason.to_owned(),
            before: Some(fingerprint),
            after: "",
        };
        events.last().map(Event::end).unwrap_or_default().next(&trail_of_key(key), entry)
    }

    async fn key_of(&self, which: &WhichInvoice) -> Result<InvoiceKey, Skip> {
        let id = match which {
            WhichInvoice::Key(key) => {
                let is_bounded = serde_json::to_vec(key).is_ok_and(|json| json.len() <= KEY_MAX);
                return is_bounded
                    .then(|| key.clone())
                    .ok_or_else(|| Skip::because(Code::BadRequest, &"key"));
            }
            WhichInvoice::InTheWayOf(id) => id,
        };
        let record = self.head(id).await?;
        let body = self.contents(id, record.current()).await?.body;
        self.key(&body)?.ok_or(Skip::from(Code::NoSuchInvoice))
    }

    /// The key of a body, if it can be read.
    fn key(&self, body: &[u8]) -> Result<Option<InvoiceKey>, Skip> {
        Ok(match self.verdict(body, None)? {
            Verdict::Accept { key, .. } => Some(key),
            Verdict::Reject { summary, .. } => summary.key,
        })
    }

    async fn under(&self, key: &InvoiceKey, fingerprint: &Fingerprint) -> Result<UnderKey, EffectError> {
        self.within(LOOK_UP, || self.ports.stored_invoices().look_up(key, fingerprint)).await
    }

    async fn trail_of(&self, key: &InvoiceKey) -> Result<Vec<Event>, EffectError> {
        self.within(READ_TRAIL, || self.ports.stored_invoices().trail(key)).await
    }

    /// What is stored in the place of a case that is held because of it.
    pub(super) async fn in_the_way(&self, record: &CaseRecord) -> Result<Option<InTheWay>, Skip> {
        let code = conflict(self.judge).code;
        if record.state().is_closed() || record.line.codes.iter().all(|known| known != code) {
            return Ok(None);
        }
        let body = self.contents(record.id(), record.current()).await?.body;
        let Some(key) = self.key(&body)? else { return Ok(None) };
        let stored = self.under(&key, &Fingerprint::of(&body)).await?.stored;
        let another = stored.filter(|stored| !self.is_same(&stored.body, &body));
        Ok(another.map(|stored| InTheWay {
            fingerprint: stored.fingerprint,
            stored_at: stored.stored_at,
            source: stored.source,
            sender: stored.sender,
            message_id: stored.message_id,
        }))
    }

    /// Who set the invoice aside that a case was resolved by. `stored` is its fingerprint.
    pub(super) async fn was_set_aside(
        &self,
        record: &CaseRecord,
        trail: &[Event],
    ) -> Result<Option<Event>, EffectError> {
        let stored = trail.iter().rev().find(|event| event.act == Act::Stored.as_str());
        let (State::Resolved, Some(key), Some(stored)) = (record.state(), &record.stored, stored) else {
            return Ok(None);
        };
        let events = self.trail_of(key).await?;
        Ok(events.into_iter().find(|event| event.before == stored.after))
    }
}
