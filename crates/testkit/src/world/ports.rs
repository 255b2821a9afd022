//! The ports of the intake over the world.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use aduana_cases::body::Packed;
use aduana_cases::case::{CaseHead, HoldStep, NewCase, ResolveStep, State as CaseState, on_hold, on_resolve};
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::plan;
use aduana_cases::ports::{
    Alert, Alerts, CaseFile, CasePorts, Clock, EffectError, HeldContents, HeldMessage, HoldReply,
    InvalidMessageChannel, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, Resolution, ResolveReply,
    StoreReply,
};
use aduana_intake::IntakePorts;
use aduana_invoice::{Fingerprint, InvoiceKey};
use aduana_redrive::ports::RedriveState;

use super::redrive::arrow;
use super::{Call, CaseRow, DeadLetter, Fault, State, World, limits};

/// How long a slow service takes.
const SLOW: Duration = Duration::from_secs(9);

/// How far a clock jumps, in milliseconds.
const JUMP_MS: i64 = 60 * 60 * 1000;

impl World {
    /// Makes a call: lets it take its time, go wrong, and happen, in that order.
    pub(super) async fn call<T>(
        &self,
        call: Call,
        effect: impl FnOnce(&mut State) -> T,
    ) -> Result<T, EffectError> {
        let (fault, latency) = self.state().faults.next(call);
        if latency > Duration::ZERO {
            tokio::time::sleep(latency).await;
        }
        let Some(fault) = fault else {
            return Ok(effect(&mut self.state()));
        };
        match fault {
            Fault::Slow => tokio::time::sleep(SLOW).await,
            Fault::JumpAhead => self.jump(JUMP_MS),
            Fault::JumpBack => self.jump(-JUMP_MS),
            _ => {}
        }
        if matches!(fault, Fault::Slow | Fault::JumpAhead | Fault::JumpBack) {
            return Ok(effect(&mut self.state()));
        }
        if fault.happens() {
            effect(&mut self.state());
        }
        if fault.is_crash() {
            self.crash.notify_one();
        }
        if fault.is_crash() || matches!(fault, Fault::Hang | Fault::HangAfter) {
            return std::future::pending().await;
        }
        Err(fault.error(call))
    }

    /// Makes a call for the entries in `batch`; each may fail inside the answer.
    pub(super) async fn call_batch<T: Clone, R>(
        &self,
        (call, entry_call): (Call, Call),
        batch: &[T],
        effect: impl Fn(&mut State, T) -> R,
    ) -> Vec<Result<R, EffectError>> {
        let entries = self.call(call, |state| {
            let entry = |entry: &T| match state.faults.next(entry_call).0 {
                None => Ok(effect(state, entry.clone())),
                Some(fault) => {
                    if fault.happens() {
                        effect(state, entry.clone());
                    }
                    Err(fault.error(entry_call))
                }
            };
            batch.iter().map(entry).collect()
        });
        match entries.await {
            Ok(entries) => entries,
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

impl CasePorts for World {
    type Cases = Self;
    type Channel = Self;
    type Alerts = Self;
    type Clock = Self;

    fn cases(&self) -> &Self {
        self
    }

    fn channel(&self) -> &Self {
        self
    }

    fn alerts(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self {
        self
    }
}

impl IntakePorts for World {
    type Invoices = Self;

    fn invoices(&self) -> &Self {
        self
    }
}

/// `BatchExecuteStatement` takes so many statements.
const STATEMENTS_MAX: usize = 25;

impl InvoiceStore for World {
    async fn store(&self, invoices: &[&NewInvoice]) -> Vec<Result<StoreReply, EffectError>> {
        let keys: BTreeSet<&InvoiceKey> = invoices.iter().map(|invoice| &invoice.key).collect();
        assert_eq!(keys.len(), invoices.len(), "ValidationException: a key that is there twice");
        let mut replies = Vec::new();
        for batch in invoices.chunks(STATEMENTS_MAX) {
            for invoice in batch {
                limits::invoice(invoice);
            }
            replies.extend(self.call_batch((Call::Store, Call::StoreEntry), batch, store).await);
        }
        replies
    }

    async fn note_likeness(&self, notes: &[LikenessNote]) -> Vec<Result<LikenessReply, EffectError>> {
        let mut replies = Vec::new();
        for batch in notes.chunks(STATEMENTS_MAX) {
            let noting = self.call_batch((Call::Note, Call::NoteEntry), batch, |state, note| {
                let (document, case) = state
                    .likenesses
                    .entry(note.digest.to_string())
                    .or_insert_with(|| (note.key.document.clone(), note.case_id.clone()));
                note.beside(document, case.as_str())
            });
            replies.extend(noting.await);
        }
        replies
    }

    async fn has(
        &self,
        key: &InvoiceKey,
        fingerprint: &Fingerprint,
        message_id: &str,
    ) -> Result<bool, EffectError> {
        self.call(Call::Has, |state| {
            state.invoices.get(key).is_some_and(|stored| stored.fingerprint == *fingerprint)
                || state.set_aside_message(key, fingerprint).is_some_and(|brought| brought == message_id)
        })
        .await
    }
}

impl CaseFile for World {
    async fn hold(&self, case: &NewCase) -> Result<HoldReply, EffectError> {
        limits::case(case);
        self.call(Call::Hold, |state| hold(state, case)).await
    }

    async fn mark_queued(&self, cases: &[(CaseId, u32)], at_ms: i64) -> Vec<Result<(), EffectError>> {
        let mut answers = Vec::new();
        for (id, attempt) in cases {
            let marked = self.call(Call::Mark, |state| {
                if let Some(row) = state.cases.get_mut(id).filter(|row| row.head.attempt == *attempt) {
                    row.head.queued = true;
                    row.queued_at_ms.get_or_insert(at_ms);
                }
            });
            answers.push(marked.await);
        }
        answers
    }

    async fn resolve(&self, id: &CaseId, resolution: &Resolution) -> Result<ResolveReply, EffectError> {
        self.call(Call::Resolve, |state| {
            let row = state.cases.get_mut(id);
            match (on_resolve(id, row.as_ref().map(|row| &row.head), resolution), row) {
                (ResolveStep::Reply(reply), _) => reply,
                (ResolveStep::Close(event), Some(row)) => {
                    arrow(row.head.state, CaseState::Resolved);
                    row.head.state = CaseState::Resolved;
                    row.last_seen_ms = resolution.at_ms;
                    row.stored = Some(resolution.invoice.clone());
                    row.head.bodies.push(resolution.fingerprint.to_string());
                    row.head.trail = event.end();
                    row.redrive_state.claim = None;
                    row.redrive_state.in_flight = None;
                    row.head.in_flight = None;
                    row.version += 1;
                    row.trail.push(*event);
                    ResolveReply::Resolved
                }
                (ResolveStep::Close(_), None) => unreachable!("nothing to close"),
            }
        })
        .await
    }

    async fn find(&self, id: &CaseId) -> Result<Option<CaseHead>, EffectError> {
        self.call(Call::Find, |state| state.cases.get(id).map(|row| row.head.clone())).await
    }

    async fn known(&self, ids: &[CaseId]) -> Result<HashSet<CaseId>, EffectError> {
        let is_known =
            |state: &mut State| ids.iter().filter(|id| state.cases.contains_key(id)).cloned().collect();
        self.call(Call::Find, is_known).await
    }

    async fn fetch(&self, id: &CaseId, version: BodyVersion) -> Result<Option<HeldContents>, EffectError> {
        self.call(Call::Fetch, |state| state.cases.get(id)?.contents(version)).await
    }
}

fn store(state: &mut State, invoice: &NewInvoice) -> StoreReply {
    let aside = state.set_aside_message(&invoice.key, &invoice.fingerprint);
    match (state.invoices.get(&invoice.key), aside) {
        (Some(stored), _) if stored.fingerprint == invoice.fingerprint => StoreReply::SameBytes,
        (_, Some(message_id)) => StoreReply::SetAside { message_id },
        (Some(stored), None) => StoreReply::OtherBytes { body: unpacked(&stored.body) },
        (None, None) => {
            state.invoices.insert(invoice.key.clone(), invoice.clone());
            let is_freed = state.set_aside.keys().any(|(key, _)| *key == invoice.key);
            if is_freed { StoreReply::StoredAfterSetAside } else { StoreReply::Stored }
        }
    }
}

fn hold(state: &mut State, case: &NewCase) -> HoldReply {
    let row = state.cases.get_mut(&case.id);
    let event = match on_hold(row.as_ref().map(|row| &row.head), case) {
        HoldStep::Reply(reply) => return reply,
        HoldStep::Open(event) | HoldStep::Reopen(event) => event,
    };
    let contents = HeldContents {
        body: unpacked(&case.body),
        producer_attributes: case.producer_attributes.as_ref().map(unpacked),
    };
    let head = |mut bodies: Vec<String>| {
        bodies.push(case.fingerprint.to_string());
        CaseHead {
            state: CaseState::Open,
            attempt: case.attempt,
            fingerprint: case.fingerprint.to_string(),
            source: case.source.clone(),
            sender: case.sender.clone(),
            bodies,
            corrections: Vec::new(),
            queued: false,
            alerted: false,
            correction: None,
            in_flight: None,
            trail: event.end(),
        }
    };
    if let Some(row) = row {
        let fingerprint = case.fingerprint.to_string();
        row.redrive_state.claim = None;
        row.redrive_state.correction.take_if(|_| row.head.ends_correction(&fingerprint));
        row.redrive_state.in_flight.take_if(|_| row.head.ends_in_flight(&fingerprint));
        let CaseHead { source, sender, corrections, .. } = row.head.clone();
        row.head = CaseHead { source, sender, corrections, ..head(std::mem::take(&mut row.head.bodies)) };
        (row.queued_at_ms, row.alerted_at_ms) = (None, None);
        row.head.correction = row.redrive_state.correction.as_ref().map(|it| it.fingerprint.clone());
        row.head.in_flight = row.redrive_state.in_flight.as_ref().map(|it| it.fingerprint.clone());
        row.version += 1;
        row.last_seen_ms = case.seen_at_ms;
        row.case = NewCase {
            source: row.case.source.clone(),
            sender: row.case.sender.clone(),
            received_at_ms: row.case.received_at_ms,
            ..case.clone()
        };
        row.trail.push(event);
        row.contents.insert(case.attempt, contents);
    } else {
        let row = CaseRow {
            head: head(Vec::new()),
            case: case.clone(),
            queued_at_ms: None,
            alerted_at_ms: None,
            trail: vec![event],
            version: 1,
            first_seen_ms: case.seen_at_ms,
            last_seen_ms: case.seen_at_ms,
            stored: None,
            redrive_state: RedriveState::default(),
            contents: [(case.attempt, contents)].into(),
            corrections: BTreeMap::new(),
        };
        state.cases.insert(case.id.clone(), row);
    }
    HoldReply::Opened
}

impl CaseRow {
    pub(super) fn contents(&self, version: BodyVersion) -> Option<HeldContents> {
        let mut contents = self.contents.get(&version.attempt)?.clone();
        if let Some(number) = version.correction {
            contents.body.clone_from(self.corrections.get(&number)?);
        }
        Some(contents)
    }
}

pub(super) fn unpacked(packed: &Packed) -> Vec<u8> {
    packed.unpack().expect("what was packed")
}

impl InvalidMessageChannel for World {
    async fn send(&self, messages: &[HeldMessage]) -> Vec<Result<(), EffectError>> {
        let mut answers = Vec::new();
        for batch in plan::batches(messages.iter().map(HeldMessage::size), plan::SQS) {
            let batch = &messages[batch];
            limits::send_message_batch(batch);
            let now_ms = self.aws_ms();
            let send =
                |state: &mut State, message| state.dead_letter_queue.push(DeadLetter::Held(message), now_ms);
            answers.extend(self.call_batch((Call::Send, Call::SendEntry), batch, send).await);
        }
        answers
    }
}

impl Alerts for World {
    async fn publish(&self, alerts: &[Alert]) -> Vec<Result<(), EffectError>> {
        let mut answers = Vec::new();
        for batch in plan::batches(alerts.iter().map(Alert::size), plan::SNS) {
            let batch = &alerts[batch];
            limits::publish_batch(batch);
            let now_ms = self.aws_ms();
            let publish = |state: &mut State, alert| {
                state.alerts.push(alert);
                state.published_at_ms.push(now_ms);
            };
            answers.extend(self.call_batch((Call::Publish, Call::PublishEntry), batch, publish).await);
        }
        answers
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        Self::now_ms(self)
    }

    async fn until_ms(&self, at_ms: i64) {
        let wait = u64::try_from(at_ms - Self::now_ms(self)).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    fn chance(&self, bound: u64) -> u64 {
        self.state().pauses.below(bound.max(1))
    }
}
