//! The world outside, in memory: strict, deterministic, and failing on demand.
//!
//! Time is tokio's, paused: it moves only when everybody waits (`#[tokio::test(start_paused = true)]`, or [`run`]).

mod board;
mod dead;
mod deeds;
mod faults;
pub(crate) mod limits;
mod ports;
mod queue;
mod redrive;
mod topic;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use aduana_intake::attributes::{self, Producer};
use aduana_intake::cases::{CaseHead, NewCase};
use aduana_intake::message::{Attribute, CaseId, Envelope, Source};
use aduana_intake::ports::{Alert, HeldContents, HeldMessage, NewInvoice};
use aduana_intake::redrive::ports::Handling;
use aduana_intake::trail::Event;
use aduana_intake::{BatchReport, Failures, Intake, Judge, Ports, Settings};
use aduana_invoice::{InvoiceKey, Policy, Validator};
use tokio::sync::Notify;
use tokio::time::Instant;

pub use faults::{Call, Fault, Rng};
pub use queue::{deleted, reply};

pub use redrive::WorldRedrive;
pub use topic::{PARTITIONS, TOPIC, checkpoints, kafka_reply};

use board::Posts;
use dead::DeadLetters;
use faults::Faults;
use queue::{Message, Queue};
use topic::Topic;

/// The intake over the world.
pub type WorldIntake<J = Validator> = Intake<World, World, World, World, World, J>;

/// The world's first moment: 2026-11-24T09:30:00Z.
pub const START_MS: i64 = 1_795_512_600_000;

/// The name of the intake queue.
pub const QUEUE: &str = "aduana-invoices";

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
}

#[derive(Debug)]
struct State {
    faults: Faults,
    queue: Queue,
    topic: Topic,
    invoices: BTreeMap<InvoiceKey, NewInvoice>,
    cases: BTreeMap<CaseId, CaseRow>,
    dead: DeadLetters,
    alerts: Vec<Alert>,
    board: Posts,
    asked: u64,
    resent: Vec<CaseId>,
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
    /// The trail.
    pub trail: Vec<Event>,
    /// The version of the head.
    pub version: u64,
    /// What the redrive keeps in the head. `head` has the fingerprints of it that the intake reads.
    pub handling: Handling,
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
            queue: Queue::new(QUEUE),
            topic: Topic::default(),
            invoices: BTreeMap::new(),
            cases: BTreeMap::new(),
            dead: DeadLetters::default(),
            alerts: Vec::new(),
            board: Posts::default(),
            asked: 0,
            resent: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            crash: Arc::new(Notify::new()),
            started: Instant::now(),
            ahead_ms: 0,
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
        let ports = Ports {
            store: self.clone(),
            cases: self.clone(),
            channel: self.clone(),
            alerts: self.clone(),
            clock: self.clone(),
        };
        Intake::new(ports, judge, settings)
    }

    /// The same world for one more function, which dies by itself.
    #[must_use]
    pub fn instance(&self) -> Self {
        Self { crash: Arc::new(Notify::new()), ..self.clone() }
    }

    /// The same world for a function whose clock is wrong by so much.
    #[must_use]
    pub fn instance_ahead(&self, ahead_ms: i64) -> Self {
        Self { ahead_ms, ..self.instance() }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let elapsed_ms = i64::try_from(self.started.elapsed().as_millis());
        START_MS + self.ahead_ms + elapsed_ms.expect("a test does not last for ages")
    }

    /// The nth call from now on, 1 being the next, goes wrong so.
    pub fn fail(&self, call: Call, nth: usize, fault: Fault) {
        let mut state = self.state();
        let before = state.faults.calls(call);
        state.faults.script(call, before + nth, fault);
    }

    /// Every such call goes wrong so, until told otherwise.
    pub fn fail_always(&self, call: Call, fault: Option<Fault>) {
        self.state().faults.always(call, fault);
    }

    /// Calls take their time and go wrong by chance.
    pub fn fail_by_chance(&self, seed: u64, percent: u64) {
        self.state().faults.by_chance(seed, percent);
    }

    /// From now on everything works.
    pub fn heal(&self) {
        self.state().faults.none();
    }

    /// How often a call was made.
    pub fn calls(&self, call: Call) -> usize {
        self.state().faults.calls(call)
    }

    /// A producer sends a message. Says its id.
    pub fn send(&self, body: impl Into<Vec<u8>>) -> String {
        self.send_with(body, Vec::new())
    }

    /// A producer sends a message with attributes.
    pub fn send_with(&self, body: impl Into<Vec<u8>>, attributes: Vec<Attribute>) -> String {
        let body = body.into();
        limits::message(&String::from_utf8_lossy(&body), &attributes);
        let now_ms = self.now_ms();
        self.state().queue.send(body, attributes, now_ms)
    }

    /// An operator sends a case through again, with this body.
    pub fn resend(&self, case: &CaseId, attempt: u32, body: impl Into<Vec<u8>>) -> String {
        let ours = vec![
            Attribute::text(attributes::names::INVALID_MESSAGE_ID, case.as_str()),
            Attribute::number(attributes::names::ATTEMPT, attempt),
        ];
        self.send_with(body, ours)
    }

    /// AWS's own redrive, with the intake queue as its destination: every dead letter comes again as a new message.
    pub fn move_dead_letters_back(&self) {
        let now_ms = self.now_ms();
        let mut state = self.state();
        for letter in state.dead.take() {
            let (body, attributes) = match letter {
                DeadLetter::Held(message) => (message.body.into_bytes(), message.attributes),
                DeadLetter::Unprocessed { body, attributes, .. } => (body, attributes),
            };
            state.queue.send(body, attributes, now_ms);
        }
    }

    /// How often a message is received before SQS gives it up.
    pub fn set_max_receive_count(&self, count: u32) {
        self.state().queue.max_receive_count = count;
    }

    /// One invocation: receives up to ten messages, runs the intake over them, and lets the event source mapping act on the
    /// reply. `None` if nothing could be received, or if the function died.
    pub async fn invoke<J: Judge + Sync>(&self, intake: &WorldIntake<J>) -> Option<BatchReport> {
        let now_ms = self.now_ms();
        let batch = self.receive(now_ms);
        if batch.is_empty() {
            return None;
        }
        let ids: Vec<String> = batch.iter().map(|envelope| envelope.id.clone()).collect();
        let report = tokio::select! {
            biased;
            report = intake.run(batch, now_ms + TIMEOUT_MS) => Some(report),
            () = self.crash.notified() => None,
        };
        assert!(self.now_ms() < now_ms + TIMEOUT_MS, "the function ran into its timeout");
        let reply = report.as_ref().and_then(|report| match report.failures() {
            Failures::None => Some(reply(&[])),
            Failures::Some(failures) => Some(reply(&failures)),
            Failures::All => None,
        });
        self.state().queue.delete(&deleted(&ids, reply.as_ref()));
        report
    }

    fn receive(&self, now_ms: i64) -> Vec<Envelope> {
        let mut state = self.state();
        let (received, dead) = state.queue.receive(10, now_ms);
        let letters = dead.into_iter().map(|Message { id, body, attributes, .. }| DeadLetter::Unprocessed {
            id,
            body,
            attributes,
        });
        for letter in letters {
            state.dead.push(letter, now_ms);
        }
        received
    }

    /// Invokes until the queue is empty, waiting for what is out of sight to come back.
    pub async fn drain<J: Judge + Sync>(&self, intake: &WorldIntake<J>) -> Vec<BatchReport> {
        let mut reports = Vec::new();
        for _ in 0..10_000 {
            let Some(visible_ms) = self.state().queue.next_visible_ms() else { return reports };
            let wait = u64::try_from(visible_ms - self.now_ms()).unwrap_or(0);
            tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
            reports.extend(self.invoke(intake).await);
        }
        panic!("the queue does not get empty")
    }

    /// Whether the intake queue is empty.
    pub fn is_drained(&self) -> bool {
        self.state().queue.is_empty()
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

    /// Changes the head of a case, as an operator's act would.
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
        self.state().dead.letters()
    }

    /// The messages in the dead-letter queue that the function sent.
    pub fn held_messages(&self) -> Vec<HeldMessage> {
        let held = |letter| match letter {
            DeadLetter::Held(message) => Some(message),
            DeadLetter::Unprocessed { .. } => None,
        };
        self.dead_letters().into_iter().filter_map(held).collect()
    }

    /// The alerts that went out.
    pub fn alerts(&self) -> Vec<Alert> {
        self.state().alerts.clone()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The id of the case that a message of the intake queue opens.
pub fn case_of(message_id: &str) -> CaseId {
    CaseId::of(&Source::Sqs { queue: QUEUE.to_owned() }, message_id)
}

/// The producer's attributes that come back out of a held message, sorted.
pub fn producers(message: &HeldMessage) -> Option<Vec<Attribute>> {
    match attributes::unpack(&message.attributes).producer {
        Producer::Here(mut attributes) => {
            attributes.sort();
            Some(attributes)
        }
        Producer::InCaseFile { .. } => None,
    }
}

/// Runs a test to its end, on a clock that moves only when everybody waits.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}
