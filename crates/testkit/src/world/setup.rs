//! What tests of the redrive set up in the world, and read from it.

use aduana_cases::message::{Attribute, CaseId, Envelope, Source};

use aduana_cases::ports::HeldMessage;

use super::{DeadLetter, TIMEOUT_MS, Topic, World};

impl World {
    /// The attributes of the messages in the intake queue.
    pub fn queued(&self) -> Vec<Vec<Attribute>> {
        self.state().queue.attributes()
    }

    /// The ids of the messages in the intake queue.
    pub fn queued_ids(&self) -> Vec<String> {
        self.state().queue.ids()
    }

    /// How many messages the intake queue has received.
    pub fn received(&self) -> u64 {
        self.state().queue.sent()
    }

    /// How often a case was resent.
    pub fn resends(&self, id: &CaseId) -> usize {
        self.state().resent.iter().filter(|sent| *sent == id).count()
    }

    /// Adds `count` copies of this case.
    pub fn multiply(&self, id: &CaseId, count: u32) {
        let mut state = self.state();
        let row = state.cases.get(id).expect("the case").clone();
        for n in 0..count {
            let id = CaseId::parse(&format!("{n:032x}")).expect("an id");
            let mut copy = row.clone();
            copy.case.id = id.clone();
            copy.last_seen_ms += i64::from(n);
            state.cases.insert(id, copy);
        }
    }

    /// Duplicates every message in the dead-letter queue.
    pub fn duplicate_dead_letters(&self) {
        let now_ms = self.aws_ms();
        let mut state = self.state();
        for dead_letter in state.dead_letter_queue.all() {
            state.dead_letter_queue.push(dead_letter, now_ms);
        }
    }

    /// Empties the dead-letter queue, as its retention does.
    pub fn expire_dead_letters(&self) {
        drop(self.state().dead_letter_queue.take());
    }

    /// Leaves a copy that a function has sent in the dead-letter queue.
    pub fn leave_copy(&self, copy: HeldMessage) {
        let now_ms = self.aws_ms();
        self.state().dead_letter_queue.push(DeadLetter::Held(copy), now_ms);
    }

    /// Somebody deletes the topic and makes it anew: its offsets begin again.
    pub fn recreate_topic(&self) {
        self.state().topic = Topic::default();
    }

    /// SQS dead-letters a message that no function has processed, as it is. Returns its id.
    pub fn forge(&self, body: impl Into<Vec<u8>>, attributes: Vec<Attribute>) -> String {
        let body = body.into();
        let now_ms = self.aws_ms();
        let mut state = self.state();
        let id = format!("stranger-{}", state.dead_letter_queue.sent());
        state.dead_letter_queue.push(DeadLetter::Unprocessed { id: id.clone(), body, attributes }, now_ms);
        id
    }

    /// A Kafka record is received and held.
    pub async fn hold_record(&self, body: Vec<u8>) -> CaseId {
        let source = Source::Kafka { topic: "invoices".to_owned(), partition: 0, offset: 7 };
        let id = CaseId::of(&source, "");
        let envelope = Envelope {
            source,
            id: "invoices-0:7".to_owned(),
            body,
            attributes: Vec::new(),
            receive_count: None,
            sent_at_ms: None,
            sender: None,
        };
        self.intake().run(vec![envelope], self.now_ms() + TIMEOUT_MS).await;
        id
    }
}
