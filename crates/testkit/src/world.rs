//! AWS in memory: as strict as AWS, deterministic, with faults on demand.
//!
//! Time is tokio's, paused: it moves only when every task waits (`#[tokio::test(start_paused = true)]`, or [`run`]).

mod dead_letter_queue;
mod disorder;
mod faults;
pub(crate) mod limits;
mod outbox;
mod ports;
mod queue;
mod redrive;
mod setup;
mod time;
mod topic;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aduana_cases::Judge;
use aduana_cases::attributes::{self, Producer};
use aduana_cases::case::{CaseHead, NewCase};
use aduana_cases::message::{Attribute, CaseId, Envelope, Source};
use aduana_cases::ports::{Alert, HeldContents, HeldMessage, NewInvoice};
use aduana_cases::trail::Event;
use aduana_intake::{BatchReport, Failures, Intake, Settings};
use aduana_invoice::{Fingerprint, InvoiceKey, Policy, Validator};
use aduana_redrive::ports::RedriveState;
use tokio::sync::Notify;
use tokio::time::Instant;

pub use faults::{Call, Fault, Rng};
pub use queue::{deleted, reply};

pub use redrive::{SetAsideRow, WorldRedrive};
pub use topic::{PARTITIONS, TOPIC, checkpoints, kafka_reply};

use dead_letter_queue::DeadLetters;
use faults::Faults;
use outbox::Posts;
use queue::{Message, Queue, Receipt};
use time::Jumps;
use topic::Topic;

/// The intake over the world.
pub type WorldIntake<J = Validator> = Intake<World, J>;

/// The world's first moment: 2026-11-24T09:30:00Z.
pub const START_MS: i64 = 1_795_512_600_000;

/// The name of the intake queue.
pub const QUEUE: &str = "aduana-invoices";

/// Who sends to the queues, as SQS says it: a client, and the roles of the functions.
pub const CLIENT: &str = "AIDACLIENTEXAMPLE";
pub(crate) const VALIDATOR: &str = "AROAVALIDATOREXAMPLE:aduana-validator";
pub(crate) const REDRIVE: &str = "AROAREDRIVEEXAMPLE:aduana-redrive";

/// How long the function may run, in milliseconds.
pub const TIMEOUT_MS: i64 = 30_000;

/// All of AWS that the intake touches. Clones are the same world.
#[derive(Debug, Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    crash: Arc<Notify>,
    started: Instant,
    /// How far this function's clock is ahead, in milliseconds.
    ahead_ms: i64,
    /// How far it has jumped since.
    jumps: Arc<Jumps>,
}

#[derive(Debug)]
struct State {
    faults: Faults,
    /// What the lengths of pauses are drawn from.
    pauses: Rng,
    queue: Queue,
    /// What SQS gave up in the intake queue. A count of 0 leaves it out, and what is given up is in the dead-letter queue at once.
    unprocessed: Queue,
    topic: Topic,
    invoices: BTreeMap<InvoiceKey, NewInvoice>,
    /// What was set aside, by its key and its fingerprint.
    set_aside: BTreeMap<(InvoiceKey, Fingerprint), SetAsideRow>,
    /// The document and the case that had each likeness first, by its digest.
    likenesses: BTreeMap<String, (String, CaseId)>,
    cases: BTreeMap<CaseId, CaseRow>,
    /// How long each discarded or expired case is still kept, in milliseconds.
    grace_ms: Vec<i64>,
    dead_letter_queue: DeadLetters,
    alerts: Vec<Alert>,
    /// When each of them was published, in milliseconds.
    published_at_ms: Vec<i64>,
    outbox: Posts,
    asked: u64,
    resent: Vec<CaseId>,
    /// How many lines a page of an index holds.
    page_lines: usize,
    /// What was injected beside the faults of calls.
    injected: BTreeMap<&'static str, u64>,
}

/// A case as the case file has it.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// The head.
    pub head: CaseHead,
    /// The last attempt that was held.
    pub case: NewCase,
    /// When the last attempt was queued.
    pub queued_at_ms: Option<i64>,
    /// When it was put into the alert outbox.
    pub alerted_at_ms: Option<i64>,
    /// The trail.
    pub trail: Vec<Event>,
    /// The version of the head.
    pub version: u64,
    /// What the redrive keeps in the head. `head` has the fingerprints of it that the intake reads.
    pub redrive_state: RedriveState,
    first_seen_ms: i64,
    last_seen_ms: i64,
    stored: Option<InvoiceKey>,
    contents: BTreeMap<u32, HeldContents>,
    corrections: BTreeMap<u32, Vec<u8>>,
}

/// A message in the dead-letter queue.
#[derive(Debug, Clone)]
pub enum DeadLetter {
    /// Sent by the function.
    Held(HeldMessage),
    /// Moved by SQS after `maxReceiveCount` receives: it keeps its id, and has no reasons but those that it came with.
    Unprocessed {
        /// The message id.
        id: String,
        /// The body.
        body: Vec<u8>,
        /// The attributes as they were.
        attributes: Vec<Attribute>,
    },
}

impl DeadLetter {
    /// Whether it has this body.
    pub fn is(&self, body: &[u8]) -> bool {
        match self {
            Self::Held(message) => message.body.as_bytes() == body,
            Self::Unprocessed { body: own, .. } => own == body,
        }
    }
}

impl World {
    /// An empty world.
    pub fn new() -> Self {
        let state = State {
            faults: Faults::default(),
            pauses: Rng::new(0),
            queue: Queue::new(QUEUE),
            unprocessed: Queue::of_the_given_up("aduana-invoices-unprocessed"),
            topic: Topic::default(),
            invoices: BTreeMap::new(),
            set_aside: BTreeMap::new(),
            likenesses: BTreeMap::new(),
            cases: BTreeMap::new(),
            grace_ms: Vec::new(),
            dead_letter_queue: DeadLetters::default(),
            alerts: Vec::new(),
            published_at_ms: Vec::new(),
            outbox: Posts::default(),
            asked: 0,
            resent: Vec::new(),
            page_lines: redrive::PAGE_LINES,
            injected: BTreeMap::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            crash: Arc::new(Notify::new()),
            started: Instant::now(),
            ahead_ms: 0,
            jumps: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the world was locked")
    }

    /// The intake over this world, with the default policy.
    pub fn intake(&self) -> WorldIntake {
        self.intake_with(Validator::new(Policy::default()), Settings::default())
    }

    /// The intake over this world, with this judge and these settings.
    pub fn intake_with<J: Judge + Sync>(&self, judge: J, settings: Settings) -> WorldIntake<J> {
        Intake::new(self.clone(), judge, settings)
    }

    /// The nth call from now on, 1 being the next, has this fault.
    pub fn fail(&self, call: Call, nth: usize, fault: Fault) {
        let mut state = self.state();
        let before = state.faults.calls(call);
        state.faults.script(call, before + nth, fault);
    }

    /// Every such call has this fault from now on; `None` ends that.
    pub fn fail_always(&self, call: Call, fault: Option<Fault>) {
        self.state().faults.always(call, fault);
    }

    /// Calls take time and fail at random.
    pub fn fail_by_chance(&self, seed: u64, percent: u64) {
        self.state().faults.by_chance(seed, percent);
    }

    /// From now on everything works.
    pub fn heal(&self) {
        self.state().faults.none();
        self.order();
    }

    /// How often a call was made.
    pub fn calls(&self, call: Call) -> usize {
        self.state().faults.calls(call)
    }

    /// A producer sends a message. Returns its id.
    pub fn send(&self, body: impl Into<Vec<u8>>) -> String {
        self.send_with(body, Vec::new())
    }

    /// A producer sends a message with attributes.
    pub fn send_with(&self, body: impl Into<Vec<u8>>, attributes: Vec<Attribute>) -> String {
        let body = body.into();
        limits::message(&String::from_utf8_lossy(&body), &attributes);
        let now_ms = self.aws_ms();
        self.state().queue.send(CLIENT, body, attributes, now_ms)
    }

    /// A producer sends a message that names a case, and an attempt of it.
    pub fn claim(&self, case: &CaseId, attempt: u32, body: impl Into<Vec<u8>>) -> String {
        let ours = vec![
            Attribute::text(attributes::names::INVALID_MESSAGE_ID, case.as_str()),
            Attribute::number(attributes::names::ATTEMPT, attempt),
        ];
        self.send_with(body, ours)
    }

    /// An operator corrects a case to this body, and resends it.
    pub fn resend(&self, case: &CaseId, attempt: u32, body: impl Into<Vec<u8>>) -> String {
        let body = body.into();
        if let Some(row) = self.state().cases.get_mut(case) {
            let fingerprint = Fingerprint::of(&body).to_string();
            row.head.corrections.push(fingerprint.clone());
            row.redrive_state.corrections.push(fingerprint);
        }
        self.claim(case, attempt, body)
    }

    /// AWS's own redrive, with the intake queue as its destination: every dead letter comes again as a new message. Returns
    /// the old and the new id of each message that SQS had dead-lettered.
    pub fn move_dead_letters_back(&self) -> Vec<(String, String)> {
        let now_ms = self.aws_ms();
        let mut state = self.state();
        let mut renamed = Vec::new();
        for dead_letter in state.dead_letter_queue.take() {
            match dead_letter {
                DeadLetter::Held(HeldMessage { body, attributes, .. }) => {
                    state.queue.send(VALIDATOR, body.into_bytes(), attributes, now_ms);
                }
                DeadLetter::Unprocessed { id, body, attributes } => {
                    renamed.push((id, state.queue.send(CLIENT, body, attributes, now_ms)));
                }
            }
        }
        renamed
    }

    /// How often a message is received before SQS dead-letters it, without another queue between.
    pub fn set_max_receive_count(&self, count: u32) {
        self.set_receive_counts(count, 0);
    }

    /// How often a message is received before SQS gives it up in the intake queue, and then among the unprocessed ones.
    pub fn set_receive_counts(&self, intake: u32, unprocessed: u32) {
        let mut state = self.state();
        state.queue.max_receive_count = intake;
        state.unprocessed.max_receive_count = unprocessed;
    }

    /// One invocation: receives up to ten messages, runs the intake over them, and lets the event source mapping act on the
    /// reply. `None` if nothing could be received, or if the function crashed.
    pub async fn invoke<J: Judge + Sync>(&self, intake: &WorldIntake<J>) -> Option<BatchReport> {
        let batch = self.receive();
        if batch.is_empty() {
            return None;
        }
        let receipts: Vec<Receipt> = batch.iter().map(|(receipt, _)| receipt.clone()).collect();
        let envelopes = batch.into_iter().map(|(_, envelope)| envelope).collect();
        let report = self.while_alive(Box::pin(intake.run(envelopes, self.now_ms() + TIMEOUT_MS))).await;
        let reply = report.as_ref().and_then(|report| match report.failures() {
            Failures::None => Some(reply(&[])),
            Failures::Some(failures) => Some(reply(&failures)),
            Failures::All => None,
        });
        let ids: Vec<String> = receipts.iter().map(|receipt| receipt.id.clone()).collect();
        let done = deleted(&ids, reply.as_ref());
        let now_ms = self.aws_ms();
        let mut state = self.state();
        state.queue.delete(receipts.iter().filter(|receipt| done.contains(&receipt.id)), now_ms);
        state.unprocessed.delete(receipts.iter().filter(|receipt| done.contains(&receipt.id)), now_ms);
        drop(state);
        report
    }

    /// A batch of the intake queue or, if it has nothing, of the unprocessed messages: each has a mapping of its own.
    fn receive(&self) -> Vec<(Receipt, Envelope)> {
        let now_ms = self.aws_ms();
        let mut state = self.state();
        let (mut received, mut dead) = state.queue.receive(10, now_ms);
        if state.unprocessed.max_receive_count > 0 {
            for message in std::mem::take(&mut dead) {
                state.unprocessed.accept(message, now_ms);
            }
        }
        if received.is_empty() {
            let given_up;
            (received, given_up) = state.unprocessed.receive(10, now_ms);
            dead.extend(given_up);
        }
        for Message { id, body, attributes, .. } in dead {
            state.dead_letter_queue.push(DeadLetter::Unprocessed { id, body, attributes }, now_ms);
        }
        received
    }

    /// Invokes until the queue is empty, waiting until hidden messages are visible again.
    pub async fn drain<J: Judge + Sync>(&self, intake: &WorldIntake<J>) -> Vec<BatchReport> {
        let mut reports = Vec::new();
        for _ in 0..10_000 {
            let Some(wait) = self.next_delivery() else { return reports };
            tokio::time::sleep(wait).await;
            reports.extend(self.invoke(intake).await);
        }
        panic!("the queue does not get empty")
    }

    /// How long it is until something can be received from the intake queue, if there is anything.
    pub fn next_delivery(&self) -> Option<Duration> {
        let state = self.state();
        let next = [&state.queue, &state.unprocessed].into_iter().filter_map(Queue::next_visible_ms).min();
        drop(state);
        let visible_ms = next?;
        Some(Duration::from_millis(u64::try_from(visible_ms - self.aws_ms()).unwrap_or(0)))
    }

    /// What is left in the intake queue, for a failure's text: how many messages, and the first of them without its body.
    pub fn left_over(&self) -> String {
        let state = self.state();
        format!("{}; unprocessed: {}", state.queue.left_over(), state.unprocessed.left_over())
    }

    /// Whether the intake queue is empty.
    pub fn is_drained(&self) -> bool {
        let state = self.state();
        state.queue.is_empty() && state.unprocessed.is_empty()
    }

    /// The invoices that were set aside.
    pub fn set_aside_invoices(&self) -> Vec<SetAsideRow> {
        self.state().set_aside.values().cloned().collect()
    }

    /// The stored invoices.
    pub fn invoices(&self) -> Vec<NewInvoice> {
        self.state().invoices.values().cloned().collect()
    }

    /// The cases.
    pub fn cases(&self) -> Vec<CaseRow> {
        self.state().cases.values().cloned().collect()
    }

    /// The case of this id.
    pub fn case(&self, id: &CaseId) -> Option<CaseRow> {
        self.state().cases.get(id).cloned()
    }

    /// How long each discarded or expired case is still kept, in their order.
    pub fn grace(&self) -> Vec<Duration> {
        let grace = |ms: &i64| Duration::from_millis(u64::try_from(*ms).expect("it is not over"));
        self.state().grace_ms.iter().map(grace).collect()
    }

    /// Changes the head of a case, as an operator's action would.
    pub fn change_case(&self, id: &CaseId, change: impl FnOnce(&mut CaseHead)) {
        change(&mut self.state().cases.get_mut(id).expect("the case").head);
    }

    /// Damages what the case file keeps of an attempt.
    pub fn damage_case(&self, id: &CaseId, attempt: u32) {
        let mut state = self.state();
        let row = state.cases.get_mut(id).expect("the case");
        row.contents.get_mut(&attempt).expect("the attempt").body.push(b'!');
    }

    /// The dead-letter queue.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.state().dead_letter_queue.all()
    }

    /// The messages in the dead-letter queue that the function sent.
    pub fn held_messages(&self) -> Vec<HeldMessage> {
        let held = |dead_letter| match dead_letter {
            DeadLetter::Held(message) => Some(message),
            DeadLetter::Unprocessed { .. } => None,
        };
        self.dead_letters().into_iter().filter_map(held).collect()
    }

    /// The alerts that were published.
    pub fn alerts(&self) -> Vec<Alert> {
        self.state().alerts.clone()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Message `m-<n>` of the intake queue, as Lambda delivers it: an invoice without a number, of `n` units.
pub fn invalid_envelope(n: u32) -> Envelope {
    Envelope {
        source: Source::Sqs { queue: QUEUE.to_owned() },
        id: format!("m-{n}"),
        body: crate::samples::without_number(n),
        attributes: Vec::new(),
        receive_count: Some(1),
        sent_at_ms: None,
        sender: None,
    }
}

/// The id of the case that a message of the intake queue opens.
pub fn case_of(message_id: &str) -> CaseId {
    CaseId::of(&Source::Sqs { queue: QUEUE.to_owned() }, message_id)
}

/// The producer's attributes that come back out of a held message, sorted.
pub fn producers(message: &HeldMessage) -> Option<Vec<Attribute>> {
    match attributes::unpack(&message.attributes)?.producer {
        Producer::Here(mut attributes) => {
            attributes.sort();
            Some(attributes)
        }
        Producer::InCaseFile { .. } => None,
    }
}

/// Runs a test to its end, on a clock that moves only when every task waits.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}
