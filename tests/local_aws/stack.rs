//! A stack of one test's own, and what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xtask::aws::{Aws, AwsError, Depth, Item, Message, text};
use xtask::deploy::{deploy, local_parameters};
use xtask::folders::Folders;
use xtask::functions::{FUNCTIONS, zip_of};
use xtask::hash::sha256;
use xtask::up::make_mailbox;

/// Longer than anything takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A deployed stack.
pub(crate) struct Stack {
    pub(crate) aws: Aws,
    pub(crate) prefix: String,
    intake: String,
    dead_letters: String,
    mailbox: String,
    topic: String,
}

impl Stack {
    /// The address of the local AWS that runs for these tests.
    pub(crate) fn endpoint() -> String {
        #[expect(clippy::disallowed_methods, reason = "how `cargo xtask test` sets it")]
        std::env::var("ADUANA_E2E_ENDPOINT")
            .expect("ADUANA_E2E_ENDPOINT is set: `cargo xtask test` starts a local AWS, sets it, and runs these tests")
    }

    /// Deploys the template with what a local AWS needs, and with `parameters` on top.
    pub(crate) fn deploy(name: &str, parameters: &[(&str, &str)]) -> Self {
        let endpoint = Self::endpoint();
        let folders = Folders::find();
        let functions = FUNCTIONS.map(|function| (function, zip_of(&folders, function)));
        for (function, zip) in &functions {
            assert!(zip.is_file(), "{function} is zipped: `cargo xtask build --dev` does it");
        }
        let aws = Aws::at(&endpoint);
        let prefix = format!("{name}-");
        let mut all = local_parameters(&endpoint, &prefix).unwrap();
        all.extend(parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let outputs = deploy(&aws, name, &folders.template(), &functions, &all)
            .unwrap_or_else(|failure| panic!("{failure}"));
        let mailbox = make_mailbox(&aws, &outputs, &prefix).unwrap();
        let output = |name: &str| outputs[name].clone();
        Self {
            intake: output("InvoicesQueueUrl"),
            dead_letters: output("DeadLetterQueueUrl"),
            topic: output("AlertsTopicArn"),
            mailbox,
            prefix,
            aws,
        }
    }

    /// The name of a part, such as `invoices` or `Invoices`.
    pub(crate) fn name(&self, part: &str) -> String {
        format!("{}{part}", self.prefix)
    }

    /// Sends all of them, ten at most, to the intake in one call, and waits until none is left there.
    pub(crate) fn send(&self, bodies: &[&str]) {
        self.post(bodies);
        self.settle();
    }

    /// Sends all of them, ten at most, to the intake in one call, and does not wait. Their ids.
    pub(crate) fn post(&self, bodies: &[&str]) -> Vec<String> {
        self.aws.send_batch(&self.intake, bodies).unwrap()
    }

    /// Sends one message with attributes, and waits until it is gone.
    pub(crate) fn send_with(&self, body: &str, attributes: &[(&str, &str)]) {
        self.aws.send_with(&self.intake, body, &named(attributes)).unwrap();
        self.settle();
    }

    /// A queue that takes those alerts which this filter policy lets through.
    pub(crate) fn subscribe(&self, name: &str, policy: &Value) -> String {
        let url = self.aws.make_queue(&self.name(name)).unwrap();
        let arn = self.aws.queue_attributes(&url).unwrap()["QueueArn"].clone();
        self.aws.subscribe_queue_with(&self.topic, &arn, &[("FilterPolicy", &policy.to_string())]).unwrap();
        url
    }

    /// Waits until nothing is left in the intake: stored, held, or dead-lettered.
    pub(crate) fn settle(&self) {
        eventually("the intake is empty", || self.aws.depth(&self.intake).unwrap().total() == 0);
    }

    /// How many messages are in the intake, hidden ones included.
    pub(crate) fn waiting(&self) -> u64 {
        self.aws.depth(&self.intake).unwrap().total()
    }

    /// What is in the dead-letter queue.
    pub(crate) fn dead_letter_depth(&self) -> Depth {
        self.aws.depth(&self.dead_letters).unwrap()
    }

    /// Receives all messages of the dead-letter queue, and hides them for this many seconds.
    pub(crate) fn look_at_dead_letters(&self, seconds: u32) -> Vec<Message> {
        self.take_for(&self.dead_letters, seconds)
    }

    /// The answer of the redrive to a request, or that it crashed.
    pub(crate) fn try_ask(&self, request: &Value) -> Result<Value, AwsError> {
        self.aws.invoke(&self.name("redrive"), &request.to_string())
    }

    /// Calls the function with an event.
    pub(crate) fn invoke(&self, event: &str) -> Value {
        self.aws.invoke(&self.name("validator"), event).unwrap()
    }

    /// What the redrive says to a request.
    pub(crate) fn ask(&self, request: &Value) -> Value {
        self.aws.invoke(&self.name("redrive"), &request.to_string()).unwrap()
    }

    /// Sends this to the dead-letter queue without attributes, as SQS does. Returns its id.
    pub(crate) fn give_up(&self, body: &str) -> String {
        self.aws.send(&self.dead_letters, body).unwrap()
    }

    /// The same with the attributes that it came with.
    pub(crate) fn give_up_with(&self, body: &str, attributes: &[(&str, &str)]) {
        self.aws.send_with(&self.dead_letters, body, &named(attributes)).unwrap();
    }

    /// Moves all messages of the dead-letter queue to the intake, as SQS's own redrive does: the same bodies and attributes
    /// under new ids. The local AWS does not have that call.
    pub(crate) fn move_dead_letters(&self) -> usize {
        let mut moved = 0;
        loop {
            let some = self.aws.receive(&self.dead_letters, 3600).unwrap();
            if some.is_empty() {
                self.settle();
                return moved;
            }
            moved += some.len();
            for message in some {
                self.aws.send_with(&self.intake, &message.body, &message.attributes).unwrap();
                self.aws.delete_message(&self.dead_letters, &message.receipt).unwrap();
            }
        }
    }

    /// How many messages are in the dead-letter queue, hidden ones included.
    pub(crate) fn dead_letters(&self) -> u64 {
        self.aws.depth(&self.dead_letters).unwrap().total()
    }

    /// The attributes of the intake queue, of that of what SQS gave up in it, and of the dead-letter queue.
    pub(crate) fn queues(&self) -> [BTreeMap<String, String>; 3] {
        let unprocessed = format!("{}-unprocessed", self.intake);
        [&self.intake, &unprocessed, &self.dead_letters].map(|url| self.aws.queue_attributes(url).unwrap())
    }

    /// The stored invoices.
    pub(crate) fn stored(&self) -> Vec<Item> {
        let mut items = self.aws.items(&self.name("Invoices")).unwrap();
        items.retain(|item| item.contains_key("stored_day"));
        items
    }

    /// The heads of the cases.
    pub(crate) fn cases(&self) -> Vec<Item> {
        let mut items = self.case_file();
        items.retain(|item| text(item, "item") == Some("head"));
        items
    }

    /// All items of the case file.
    pub(crate) fn case_file(&self) -> Vec<Item> {
        self.aws.items(&self.name("InvalidMessages")).unwrap()
    }

    /// What is on the outbox of alerts.
    pub(crate) fn board(&self) -> Vec<Item> {
        let mut items = self.case_file();
        items.retain(|item| text(item, "outbox").is_some());
        items
    }

    /// Puts back when a case was last seen and when it ended.
    pub(crate) fn put_back(&self, id: &str, at: &str) {
        let key = json!({ "case_id": { "S": id }, "item": { "S": "head" } });
        for name in ["last_seen", "ended_at"] {
            self.aws.set(&self.name("InvalidMessages"), &key, name, &json!({ "S": at })).unwrap();
        }
    }

    /// Has the claim of a case lapse.
    pub(crate) fn end_claim(&self, id: &str) {
        let key = json!({ "case_id": { "S": id }, "item": { "S": "head" } });
        let table = self.name("InvalidMessages");
        self.aws.set(&table, &key, "claim_until_ms", &json!({ "N": "0" })).unwrap();
    }

    /// Has everything on the outbox of alerts be due, as if its windows and leases were over.
    pub(crate) fn end_leases(&self) {
        let table = self.name("InvalidMessages");
        for item in self.board() {
            let key = json!({ "case_id": item["case_id"], "item": item["item"] });
            let of_window = text(&item, "item") == Some("window");
            for (name, value) in [("due_ms", json!({ "N": "0" })), ("lease_until_ms", json!({ "N": "0" }))] {
                if item.contains_key(name) && !of_window {
                    self.aws.set(&table, &key, name, &value).unwrap();
                }
            }
            if item.contains_key("due") && !of_window {
                self.aws.set(&table, &key, "due", &json!({ "S": "2026-01-01T00:00:00.000Z" })).unwrap();
            }
        }
    }

    /// Takes all messages of the dead-letter queue.
    pub(crate) fn take_dead_letters(&self) -> Vec<Message> {
        self.take(&self.dead_letters)
    }

    /// Takes all alerts of the administrator's mailbox, as SNS wraps them.
    pub(crate) fn take_alerts(&self) -> Vec<Value> {
        alerts(&self.take(&self.mailbox))
    }

    /// The same, and leaves them there: seen again so many seconds later.
    pub(crate) fn all_alerts(&self, seconds: u32) -> Vec<Value> {
        alerts(&self.take_for(&self.mailbox, seconds))
    }

    /// Takes all messages of a queue.
    pub(crate) fn take(&self, url: &str) -> Vec<Message> {
        // Hidden for as long as any test runs.
        self.take_for(url, 3600)
    }

    fn take_for(&self, url: &str, seconds: u32) -> Vec<Message> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let some = self.aws.receive(url, seconds).unwrap();
            if some.is_empty() {
                return all;
            }
            all.extend(some);
        }
    }
}

fn alerts(messages: &[Message]) -> Vec<Value> {
    #[expect(clippy::disallowed_methods, reason = "an alert, not an invoice")]
    messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
}

/// A number from the environment, by which `cargo xtask` says how much.
pub(crate) fn number<N: std::str::FromStr>(variable: &str, usual: N) -> N {
    #[expect(clippy::disallowed_methods, reason = "a test is its own edge")]
    let given = std::env::var(variable).ok();
    given.map_or(usual, |given| given.parse().ok().expect("a number in the environment"))
}

fn named(attributes: &[(&str, &str)]) -> BTreeMap<String, String> {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "after {} s still not so: {what}", PATIENCE.as_secs());
        sleep(Duration::from_millis(100));
    }
}

/// The folder of the samples.
pub(crate) fn events() -> PathBuf {
    Folders::find().root().join("events")
}

/// The sample invoices whose names begin so: names without their ending, and texts.
pub(crate) fn samples(beginning: &str) -> Vec<(String, String)> {
    let mut samples: Vec<_> = fs::read_dir(events().join("invoices"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            name.starts_with(beginning).then(|| (name, fs::read_to_string(&path).unwrap()))
        })
        .collect();
    samples.sort();
    assert!(!samples.is_empty(), "there is a sample {beginning}…");
    samples
}

/// A sample that comes after another one, and that one: `conflict-with-<name>`, `duplicate-of-<name>`.
pub(crate) fn sample_after(beginning: &str) -> (String, String) {
    let (name, second) = samples(beginning).remove(0);
    let (_, first) = samples(&name[beginning.len()..]).remove(0);
    (first, second)
}

/// The fingerprints of texts, as the tables have them.
pub(crate) fn fingerprints<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    texts.into_iter().map(|text| sha256(text.as_bytes())).collect()
}

/// The same of any bytes.
pub(crate) fn fingerprints_of(bodies: &[Vec<u8>]) -> BTreeSet<String> {
    bodies.iter().map(|body| sha256(body)).collect()
}

/// An attribute of each item.
pub(crate) fn each(items: &[Item], name: &str) -> BTreeSet<String> {
    items.iter().map(|item| text(item, name).unwrap_or_default().to_owned()).collect()
}
