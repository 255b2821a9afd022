//! The ports of the redrive over the world, and the redrive function itself.

use aduana_cases::Judge;
use aduana_cases::case::State as CaseState;
use aduana_cases::message::CaseId;
use aduana_cases::plan;
use aduana_cases::ports::{EffectError, NewInvoice, ResentMessage};
use aduana_cases::time::rfc3339;
use aduana_cases::trail::{Event, Way};
use aduana_invoice::{Fingerprint, InvoiceKey, Policy, Validator};
use aduana_redrive::answer::{Answer, Failure};
use aduana_redrive::ports::{
    CaseLine, CaseRecord, CaseStore, Change, DeadLetter as Letter, DeadLetterQueue, IntakeQueue, LineKey,
    Page, PageOf, Partition, SetAside, StoredInvoice, StoredInvoices, StoredReason, UnderKey, WriteReply,
};
use aduana_redrive::request::Request;
use aduana_redrive::{Call as Invocation, Redrive, RedrivePorts, Settings};

use super::ports::unpacked;
use super::{Call, CaseRow, REDRIVE, State, TIMEOUT_MS, World, limits};

/// The redrive over a world, as a function that may die.
#[derive(Debug)]
pub struct WorldRedrive<J = Validator> {
    redrive: Redrive<World, J>,
    world: World,
}

/// As many lines as one megabyte holds.
pub(super) const PAGE_LINES: usize = 1_500;

/// Holds a change of state to the arrows that are drawn in `aduana_cases::case`.
pub(super) fn arrow(from: CaseState, to: CaseState) {
    use CaseState::{Discarded, Open, Parked, Resending, Resent, Resolved};
    let is_drawn = matches!(
        (from, to),
        (Open, Resending | Parked | Discarded)
            | (Resending, Resent | Open | Parked)
            | (Resent | Discarded | Parked, Open)
            | (Parked, Discarded)
            | (_, Resolved)
    );
    assert!(is_drawn || from == to, "no arrow from {from:?} to {to:?}");
}

impl World {
    /// From now on a page of an index holds so many lines.
    pub fn set_page_lines(&self, lines: usize) {
        self.state().page_lines = lines;
    }

    /// From now on a receive from the dead-letter queue returns this many messages.
    pub fn set_dead_letters_at_once(&self, messages: usize) {
        self.state().dead_letter_queue.at_once = Some(messages);
    }

    /// The redrive over this world, with the default policy and settings.
    pub fn redrive(&self) -> WorldRedrive {
        self.redrive_with(Validator::new(Policy::default()), Settings::default())
    }

    /// The redrive over this world, with this judge and these settings.
    pub fn redrive_with<J: Judge + Sync>(&self, judge: J, settings: Settings) -> WorldRedrive<J> {
        let world = self.instance();
        WorldRedrive { redrive: Redrive::new(world.clone(), judge, settings), world }
    }
}

impl<J: Judge + Sync> WorldRedrive<J> {
    /// One invocation with this request. `None` if the function died.
    pub async fn ask(&self, request: &str) -> Option<Result<Answer, Failure>> {
        let world = &self.world;
        let (now_ms, id) = {
            let mut state = world.state();
            state.asked += 1;
            (world.now_ms(), format!("call-{}", state.asked))
        };
        let request = match Request::parse(request.as_bytes(), None) {
            Ok(request) => request,
            Err(failure) => return Some(Err(failure)),
        };
        let trace = Some(format!("Root=1-{id}"));
        let call = Invocation { id, way: Way::Url, deadline_ms: now_ms + TIMEOUT_MS, trace };
        let answer = world.while_alive(Box::pin(self.redrive.answer(&request, &call))).await;
        if let Some(Ok(answer)) = &answer {
            limits::reply(&answer.to_json());
        }
        answer
    }
}

impl CaseRow {
    /// The body that came first.
    ///
    /// # Panics
    ///
    /// If it is not there any more.
    pub fn original(&self) -> Vec<u8> {
        self.contents.values().next().expect("the first attempt").body.clone()
    }

    /// Every body that was received for the case.
    pub fn bodies(&self) -> impl Iterator<Item = &[u8]> {
        self.contents.values().map(|contents| contents.body.as_slice())
    }

    /// Every body that was received for the case, by its attempt.
    pub fn received(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.contents.iter().map(|(attempt, contents)| (*attempt, contents.body.as_slice()))
    }

    /// The invoice that closed the case.
    pub const fn stored_as(&self) -> Option<&InvoiceKey> {
        self.stored.as_ref()
    }

    fn line(&self) -> CaseLine {
        let case = &self.case;
        let key = case.summary.key.as_ref();
        CaseLine {
            id: case.id.clone(),
            state: self.head.state,
            attempt: self.head.attempt,
            source: case.source.to_string(),
            sender: case.sender.as_ref().map(ToString::to_string),
            received_at: rfc3339(case.received_at_ms),
            first_seen: rfc3339(self.first_seen_ms),
            last_seen: rfc3339(self.last_seen_ms),
            queued_at: self.queued_at_ms.map(rfc3339),
            reason_code: case.reasons.code.to_owned(),
            reason_category: case.reasons.category,
            reason_count: case.reasons.count,
            codes: case.reasons.codes().into_iter().map(str::to_owned).collect(),
            group_id: case.reasons.group.id.clone(),
            group_label: case.reasons.group.label.clone(),
            seller: key.map(|key| key.seller.clone()),
            seller_name: case.summary.seller.clone(),
            number: case.summary.number.clone(),
            issue_date: case.summary.issue_date.clone(),
            currency: case.summary.currency.clone(),
            payable: case.summary.payable.clone(),
            owner: self.redrive_state.owner.clone(),
            ticket: self.redrive_state.ticket.clone(),
        }
    }

    fn record(&self) -> CaseRecord {
        CaseRecord {
            line: self.line(),
            version: self.version,
            fingerprint: self.head.fingerprint.clone(),
            bodies: self.head.bodies.clone(),
            alerted_at: self.alerted_at_ms.map(rfc3339),
            ruleset: self.case.ruleset.clone(),
            buyer_name: self.case.summary.buyer.clone(),
            resolved_at: None,
            ended_at: self
                .trail
                .iter()
                .rfind(|event| ["stored", "discarded"].contains(&event.act.as_str()))
                .filter(|_| self.head.state.is_closed())
                .map(|event| event.at.clone()),
            stored: self.stored.clone(),
            trail: self.head.trail.clone(),
            redrive_state: self.redrive_state.clone(),
        }
    }

    /// Makes a write, or returns why it is refused.
    fn write(&mut self, change: &Change) -> WriteReply {
        if self.version != change.version {
            return WriteReply::Changed;
        }
        assert_eq!(change.event.seq as usize, self.trail.len() + 1, "an event is there already");
        arrow(self.head.state, change.state);
        self.head.state = change.state;
        self.head.trail = change.event.end();
        self.head.correction = change.redrive_state.correction.as_ref().map(|it| it.fingerprint.clone());
        self.head.corrections.clone_from(&change.redrive_state.corrections);
        self.head.in_flight = change.redrive_state.in_flight.as_ref().map(|it| it.fingerprint.clone());
        self.trail.push(change.event.clone());
        self.redrive_state = change.redrive_state.clone();
        self.version += 1;
        if let Some(body) = &change.body {
            let number = self.redrive_state.correction.as_ref().expect("a new body is the correction").number;
            assert!(
                self.corrections.insert(number, unpacked(body)).is_none(),
                "a correction is written over"
            );
        }
        WriteReply::Written
    }
}

impl RedrivePorts for World {
    type IntakeQueue = Self;
    type DeadLetterQueue = Self;
    type StoredInvoices = Self;

    fn intake_queue(&self) -> &Self {
        self
    }

    fn dead_letter_queue(&self) -> &Self {
        self
    }

    fn stored_invoices(&self) -> &Self {
        self
    }
}

impl CaseStore for World {
    async fn page(&self, of: &PageOf) -> Result<Page, EffectError> {
        assert!(of.limit > 0, "ValidationException: Limit");
        self.call(Call::Page, |state| page(state, of)).await
    }

    async fn heads(&self, ids: &[CaseId]) -> Result<Vec<CaseRecord>, EffectError> {
        limits::keys(ids);
        // In any order: here, that of the keys.
        let mut distinct = ids.to_vec();
        distinct.sort();
        let head = |state: &mut State| {
            distinct.iter().filter_map(|id| state.cases.get(id)).map(CaseRow::record).collect()
        };
        self.call(Call::Heads, head).await
    }

    async fn reasons(&self, id: &CaseId) -> Result<Vec<StoredReason>, EffectError> {
        let reasons = |state: &mut State| {
            let listed = state.cases.get(id).map(|row| row.case.reasons.listed.clone()).unwrap_or_default();
            let stored = |reason: &aduana_invoice::Violation| StoredReason {
                code: reason.code.to_owned(),
                category: reason.category,
                severity: reason.severity,
                path: reason.path.clone(),
                term: reason.term.map(str::to_owned),
                expected: reason.expected.as_ref().map(ToString::to_string),
                actual: reason.actual.clone(),
                suggestion: (!reason.suggestion.is_empty())
                    .then(|| serde_json::to_string(&reason.suggestion).expect("a patch")),
            };
            listed.iter().map(stored).collect()
        };
        self.call(Call::Look, reasons).await
    }

    async fn trail(&self, id: &CaseId) -> Result<Vec<Event>, EffectError> {
        let trail = |state: &mut State| state.cases.get(id).map(|row| row.trail.clone()).unwrap_or_default();
        self.call(Call::Look, trail).await
    }

    async fn write(&self, id: &CaseId, change: &Change) -> Result<WriteReply, EffectError> {
        limits::change(change);
        let write = |state: &mut State| match state.cases.get_mut(id) {
            Some(row) => row.write(change),
            None => WriteReply::Changed,
        };
        self.call(Call::Write, write).await
    }

    async fn expire(&self, id: &CaseId, version: Option<u64>, at_ms: i64) -> Result<WriteReply, EffectError> {
        let grace_ms = at_ms - Self::now_ms(self);
        assert!(grace_ms > 0, "DynamoDB may delete it in the middle");
        let expire = |state: &mut State| match state.cases.get(id).map(|row| (row.version, row.head.state)) {
            Some((there, case)) if version == Some(there) => {
                assert!(case.is_closed(), "a case that has not ended expires");
                state.cases.remove(id);
                state.grace_ms.push(grace_ms);
                WriteReply::Written
            }
            _ => WriteReply::Changed,
        };
        self.call(Call::Expire, expire).await
    }
}

fn page(state: &State, of: &PageOf) -> Page {
    let is_in = |line: &CaseLine| match &of.partition {
        Partition::State(state) => line.state == *state,
        Partition::Group(group) => line.group_id == *group,
    };
    let place = |line: &CaseLine| (line.last_seen.clone(), line.id.clone());
    let mut lines: Vec<CaseLine> = state.cases.values().map(CaseRow::line).filter(is_in).collect();
    lines.sort_by_key(place);
    if !of.oldest_first {
        lines.reverse();
    }
    lines.retain(|line| of.since.as_ref().is_none_or(|since| line.last_seen >= *since));
    lines.retain(|line| of.until.as_ref().is_none_or(|until| line.last_seen <= *until));
    if let Some(LineKey { id, last_seen }) = &of.after {
        let after = (last_seen.clone(), id.clone());
        lines.retain(|line| if of.oldest_first { place(line) > after } else { place(line) < after });
    }
    let limit = of.limit.min(state.page_lines);
    // A page that is full has a next one, even if there is nothing on it.
    let is_full = lines.len() >= limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| is_full).map(CaseLine::key);
    Page { lines, next }
}

impl IntakeQueue for World {
    async fn send(&self, messages: &[ResentMessage]) -> Vec<Result<(), EffectError>> {
        let now_ms = self.aws_ms();
        let mut answers = Vec::new();
        for batch in plan::batches(messages.iter().map(ResentMessage::size), plan::SQS) {
            let batch = &messages[batch];
            limits::resend_batch(batch);
            let send = |state: &mut State, message: ResentMessage| {
                let is_of_a_call = |trace: String| trace.starts_with("Root=1-call-");
                assert!(message.trace.is_some_and(is_of_a_call), "it has the trace of its call");
                state.resent.push(message.case_id);
                drop(state.queue.send(REDRIVE, message.body.into_bytes(), message.attributes, now_ms));
            };
            answers.extend(self.call_batch((Call::Resend, Call::ResendEntry), batch, send).await);
        }
        answers
    }
}

impl DeadLetterQueue for World {
    async fn receive(&self, hide_ms: i64) -> Result<Vec<Letter>, EffectError> {
        limits::hidden(hide_ms);
        let now_ms = self.aws_ms();
        self.call(Call::Receive, |state| state.dead_letter_queue.receive(now_ms, hide_ms)).await
    }

    async fn delete(&self, receipts: &[String]) -> Vec<Result<(), EffectError>> {
        limits::batch(receipts.len());
        let now_ms = self.aws_ms();
        let delete = |state: &mut State, receipt: String| state.dead_letter_queue.delete(&receipt, now_ms);
        self.call_batch((Call::Delete, Call::DeleteEntry), receipts, delete).await
    }
}

/// An invoice that was set aside.
#[derive(Debug, Clone)]
pub struct SetAsideRow {
    /// The invoice as it was stored.
    pub invoice: NewInvoice,
    /// Who set it aside, when and why.
    pub event: Event,
}

impl State {
    /// The message that had brought these bytes, if they were set aside from this key.
    pub(super) fn set_aside_message(&self, key: &InvoiceKey, fingerprint: &Fingerprint) -> Option<String> {
        let row = self.set_aside.get(&(key.clone(), *fingerprint))?;
        Some(row.invoice.message_id.clone())
    }
}

impl StoredInvoices for World {
    async fn look_up(&self, key: &InvoiceKey, fingerprint: &Fingerprint) -> Result<UnderKey, EffectError> {
        let under = |state: &mut State| UnderKey {
            stored: state.invoices.get(key).map(|invoice| StoredInvoice {
                fingerprint: invoice.fingerprint.to_string(),
                stored_at: rfc3339(invoice.stored_at_ms),
                source: invoice.source.to_string(),
                sender: invoice.sender.as_ref().map(ToString::to_string),
                message_id: invoice.message_id.clone(),
                body: unpacked(&invoice.body),
            }),
            set_aside: state.set_aside_message(key, fingerprint),
        };
        self.call(Call::LookUp, under).await
    }

    async fn trail(&self, key: &InvoiceKey) -> Result<Vec<Event>, EffectError> {
        let events = |state: &mut State| {
            let of_key = state.set_aside.iter().filter(|((of, _), _)| of == key);
            let mut events: Vec<Event> = of_key.map(|(_, row)| row.event.clone()).collect();
            events.sort_by_key(|event| event.seq);
            events
        };
        self.call(Call::LookUp, events).await
    }

    async fn set_aside(&self, key: &InvoiceKey, order: &SetAside) -> Result<WriteReply, EffectError> {
        let write = |state: &mut State| {
            let stored = state.invoices.get(key);
            let Some(invoice) = stored.filter(|it| it.fingerprint.to_string() == order.fingerprint).cloned()
            else {
                return WriteReply::Changed;
            };
            let place = (key.clone(), invoice.fingerprint);
            let before =
                state.set_aside.keys().filter(|(of, _)| of == key).map(|(_, print)| print.to_string());
            let before: std::collections::BTreeSet<String> = before.collect();
            assert_eq!(
                before,
                order.earlier.iter().cloned().collect(),
                "the mark names all that was set aside"
            );
            assert!(!state.set_aside.contains_key(&place), "stored again after it was set aside");
            state.invoices.remove(key);
            state.set_aside.insert(place, SetAsideRow { invoice, event: order.event.clone() });
            WriteReply::Written
        };
        self.call(Call::SetAside, write).await
    }
}
