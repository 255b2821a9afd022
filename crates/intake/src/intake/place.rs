//! Bringing the judged messages of a batch to their places, wave by wave. A wave has the first message that is left of each queue, so that
//! none of its messages write the same item. Its invoices are compared and stored in as few calls as they fit.

use std::collections::{HashMap, HashSet, VecDeque};

use aduana_cases::effects::{FIND, LOOK_UP, NOTE_LIKENESS, STORE};
use aduana_cases::held::Held;
use aduana_cases::judge_message::{AcceptedMessage, Judge, Judged, RejectedMessage, SUSPECTED, contain};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{CaseFile, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, StoreReply};
use aduana_invoice::InvoiceKey;
use futures_util::future::join;
use futures_util::{StreamExt, stream};

use super::{Batch, Indexed, IntakePorts};
use crate::report::{MessageReport, RetryCause};

/// A message's place, or why it has none yet.
type Placed = Result<Placement, RetryCause>;

/// Where a message is.
pub(super) enum Placement {
    /// In its place.
    Done(MessageReport),
    /// In the case file, and yet to be queued.
    Held(Box<Held>),
}

/// The judged messages of a batch, those that would write the same item in one queue.
#[derive(Default)]
pub(super) struct KeyedQueues {
    all: Vec<VecDeque<Indexed<Judged>>>,
    by_invoice: HashMap<InvoiceKey, usize>,
    by_case: HashMap<CaseId, usize>,
}

impl KeyedQueues {
    pub(super) fn add(&mut self, index: usize, judged: Judged) {
        let new = self.all.len();
        let queue = match &judged {
            Judged::Accepted(accepted) => *self.by_invoice.entry(accepted.invoice.key.clone()).or_insert(new),
            Judged::Rejected(rejected) => {
                *self.by_case.entry(rejected.unpacked.case_id.clone()).or_insert(new)
            }
        };
        match self.all.get_mut(queue) {
            Some(messages) => messages.push_back((index, judged)),
            None => self.all.push(VecDeque::from([(index, judged)])),
        }
    }

    /// The first message that is left of each queue, with the number of its queue.
    fn next_wave(&mut self) -> Vec<(usize, Indexed<Judged>)> {
        let queues = self.all.iter_mut().enumerate();
        queues.filter_map(|(queue, messages)| Some((queue, messages.pop_front()?))).collect()
    }

    /// Takes the messages of a partition out of a queue. Their indexes.
    fn take_out(&mut self, queue: usize, partition: &(String, i32)) -> Vec<usize> {
        let Some(messages) = self.all.get_mut(queue) else { return Vec::new() };
        let is_of_it =
            |(_, judged): &Indexed<Judged>| judged.unpacked().partition.as_ref() == Some(partition);
        let (taken, left): (VecDeque<_>, _) = std::mem::take(messages).into_iter().partition(is_of_it);
        *messages = left;
        taken.into_iter().map(|(index, _)| index).collect()
    }
}

impl<P: IntakePorts, J: Judge + Sync> Batch<'_, P, J> {
    /// Places all messages. A partition of Kafka has an order: the messages of a queue that are of it and follow a failed one wait for
    /// that one, as they are delivered again in any case.
    pub(super) async fn place_all(&self, mut queues: KeyedQueues) -> Vec<Indexed<Placed>> {
        let mut placed = Vec::new();
        loop {
            let wave = queues.next_wave();
            if wave.is_empty() {
                return placed;
            }
            let origin = |(queue, (index, judged)): &(usize, Indexed<Judged>)| {
                (*index, (*queue, judged.unpacked().partition.clone()))
            };
            let mut origins: HashMap<usize, _> = wave.iter().map(origin).collect();
            for (index, outcome) in self.place_wave(wave.into_iter().map(|(_, message)| message)).await {
                if outcome.is_err()
                    && let Some((queue, Some(partition))) = origins.remove(&index)
                {
                    let behind = queues.take_out(queue, &partition).into_iter();
                    placed.extend(behind.map(|index| (index, Err(RetryCause::Behind))));
                }
                placed.push((index, outcome));
            }
        }
    }

    async fn place_wave(&self, wave: impl Iterator<Item = Indexed<Judged>>) -> Vec<Indexed<Placed>> {
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for (index, judged) in wave {
            match judged {
                Judged::Accepted(message) => accepted.push((index, *message)),
                Judged::Rejected(message) => rejected.push((index, *message)),
            }
        }
        let rejecting = self.each(rejected, async |rejected: RejectedMessage| {
            self.check_start()?;
            let may_be_stored = rejected.unpacked.may_be_redelivery;
            self.place_rejected(rejected, may_be_stored).await
        });
        let (mut placed, rejected) = join(self.place_accepted(accepted), rejecting).await;
        placed.extend(rejected);
        placed
    }

    /// Places messages side by side, so many at a time.
    async fn each<M, F: Future<Output = Placed>>(
        &self,
        messages: Vec<Indexed<M>>,
        place: impl Fn(M) -> F,
    ) -> Vec<Indexed<Placed>> {
        let placing = messages.into_iter().map(|(index, message)| {
            let placing = place(message);
            async move { (index, placing.await) }
        });
        stream::iter(placing.collect::<Vec<_>>()).buffer_unordered(self.concurrency.get()).collect().await
    }

    async fn place_accepted(&self, accepted: Vec<Indexed<AcceptedMessage>>) -> Vec<Indexed<Placed>> {
        if let Err(cause) = self.check_start() {
            return accepted.into_iter().map(|(index, _)| (index, Err(cause.clone()))).collect();
        }
        let (mut placed, mut alike, mut to_store) = (Vec::new(), Vec::new(), Vec::new());
        for (index, compared) in self.compare(accepted).await {
            match compared {
                Ok(Judged::Accepted(message)) => to_store.push((index, *message)),
                // Its double was stored, or itself, by an earlier message.
                Ok(Judged::Rejected(message)) => alike.push((index, *message)),
                Err(cause) => placed.push((index, Err(cause))),
            }
        }
        let mut stored = Vec::new();
        for (index, message, reply) in self.store(to_store).await {
            match reply {
                Ok(stored_as) => stored.push((index, (message, stored_as))),
                Err(cause) => placed.push((index, Err(cause))),
            }
        }
        let stored = self.each(stored, |(message, stored_as)| self.settle(message, stored_as));
        let rejected = self.each(alike, |message| self.place_rejected(message, true));
        let (stored, rejected) = join(stored, rejected).await;
        placed.extend(stored);
        placed.extend(rejected);
        placed
    }

    /// Looks for the doubles of invoices. The notes come before the invoices: a crash between the two loses no suspicion.
    async fn compare(
        &self,
        accepted: Vec<Indexed<AcceptedMessage>>,
    ) -> Vec<Indexed<Result<Judged, RetryCause>>> {
        let note = |(_, message): &'_ Indexed<AcceptedMessage>| {
            let NewInvoice { key, likeness, .. } = &message.invoice;
            let (key, case_id) = (key.clone(), message.unpacked.case_id.clone());
            likeness.map(|digest| LikenessNote { digest, key, case_id })
        };
        let notes: Vec<LikenessNote> = accepted.iter().filter_map(note).collect();
        let mut replies = Vec::new().into_iter();
        if !notes.is_empty() {
            let noting = |notes: Vec<LikenessNote>| async move {
                let replies = self.ports.invoices().note_likeness(&notes).await;
                (notes, replies)
            };
            replies = self.pipeline.dispatcher.bounded_all(NOTE_LIKENESS, notes, noting).await.into_iter();
        }
        let mut compared = |message: AcceptedMessage| {
            let reply = if message.invoice.likeness.is_some() { replies.next() } else { None };
            match reply.transpose()? {
                Some(LikenessReply::Shared) => Ok(contain(|| message.with_suspicion(self.judge))?),
                Some(LikenessReply::Alone) | None => Ok(Judged::Accepted(Box::new(message))),
            }
        };
        accepted.into_iter().map(|(index, message)| (index, compared(message))).collect()
    }

    /// Stores invoices with different keys, and asks which of their messages have cases. Few have: a message has one if it was resent, and
    /// may have one if an earlier delivery of it was held.
    async fn store(
        &self,
        accepted: Vec<Indexed<AcceptedMessage>>,
    ) -> Vec<(usize, AcceptedMessage, Result<StoredAs, RetryCause>)> {
        if accepted.is_empty() {
            return Vec::new();
        }
        let dispatcher = &self.pipeline.dispatcher;
        let invoices: Vec<&NewInvoice> = accepted.iter().map(|(_, message)| &message.invoice).collect();
        let storing = |invoices: Vec<_>| async move {
            let replies = self.ports.invoices().store(&invoices).await;
            (invoices, replies)
        };
        let replies = dispatcher.bounded_all(STORE, invoices, storing).await;
        let may_have_case = |message: &AcceptedMessage, reply: &Result<StoreReply, _>| {
            let may_be_held = message.unpacked.may_be_redelivery;
            !message.unpacked.resent
                && reply.as_ref().is_ok_and(|it| may_be_held || *it == StoreReply::StoredAfterSetAside)
        };
        let asked =
            accepted.iter().zip(&replies).filter(|((_, message), reply)| may_have_case(message, reply));
        let asked: Vec<CaseId> = asked.map(|((_, message), _)| message.unpacked.case_id.clone()).collect();
        let known = if asked.is_empty() {
            Ok(HashSet::new())
        } else {
            dispatcher.bounded(FIND, || self.ports.cases().known(&asked)).await
        };
        let with_case = |((index, message), reply): (Indexed<AcceptedMessage>, Result<StoreReply, _>)| {
            let is_asked = may_have_case(&message, &reply);
            let stored_as = reply.and_then(|reply| {
                let is_known =
                    is_asked && known.as_ref().map_err(Clone::clone)?.contains(&message.unpacked.case_id);
                Ok(StoredAs { reply, has_case: message.unpacked.resent || is_known })
            });
            (index, message, stored_as.map_err(RetryCause::from))
        };
        accepted.into_iter().zip(replies).map(with_case).collect()
    }

    /// Ends what was stored, or is there: closes its case, or holds it where something else is in its place.
    async fn settle(&self, accepted: AcceptedMessage, StoredAs { reply, has_case }: StoredAs) -> Placed {
        let AcceptedMessage { unpacked, invoice, .. } = &accepted;
        if let StoreReply::OtherBytes { body } = &reply
            && !contain(|| self.judge.same_content(body, &unpacked.body))?
        {
            let rejected = contain(|| accepted.into_conflict(self.judge))?;
            return self.place_rejected(rejected, false).await;
        }
        // The message that had brought it is in its place. Another with these bytes is for a person to decide about.
        if let StoreReply::SetAside { message_id } = &reply
            && *message_id != unpacked.message_id
        {
            let rejected = contain(|| accepted.into_conflict(self.judge))?;
            return self.place_rejected(rejected, false).await;
        }
        let resolved = self.pipeline.resolve(unpacked, has_case, &invoice.key, invoice.fingerprint).await?;
        Ok(Placement::Done(match reply {
            StoreReply::Stored | StoreReply::StoredAfterSetAside => MessageReport::Stored {
                resolved,
                suspected: invoice.warnings.contains(&SUSPECTED).then(|| unpacked.case_id.clone()),
            },
            StoreReply::SameBytes | StoreReply::OtherBytes { .. } | StoreReply::SetAside { .. } => {
                MessageReport::AlreadyStored { resolved }
            }
        }))
    }

    /// Holds a rejected message, unless an earlier delivery of it was accepted. Rules that look at the date, or a new ruleset, may
    /// reject today what is stored already, and no message is in two places.
    ///
    /// A message that waits for a throttled case file may be stored meanwhile, by another delivery of it. So it is asked for before each
    /// try.
    async fn place_rejected(&self, mut rejected: RejectedMessage, may_be_stored: bool) -> Placed {
        let mut patience = self.pipeline.dispatcher.patience();
        loop {
            if may_be_stored && let Some(key) = &rejected.summary.key {
                let message_id = &rejected.unpacked.message_id;
                let looking = || self.ports.invoices().has(key, &rejected.fingerprint, message_id);
                if self.pipeline.dispatcher.bounded(LOOK_UP, looking).await? {
                    let resolved =
                        self.pipeline.resolve(&rejected.unpacked, true, key, rejected.fingerprint).await?;
                    return Ok(Placement::Done(MessageReport::AlreadyStored { resolved }));
                }
            }
            match self.pipeline.hold(rejected).await {
                Ok(held) => return Ok(Placement::Held(Box::new(held))),
                Err(not_held) if not_held.is_throttled() && patience.pause().await => {
                    rejected = not_held.rejected;
                }
                Err(not_held) => return Err(not_held.error.into()),
            }
        }
    }
}

/// What became of an invoice in the table.
struct StoredAs {
    reply: StoreReply,
    /// Whether its message has a case, which is to be closed.
    has_case: bool,
}
