//! What was sent, and which case each message may have.

use aduana_cases::message::{Attribute, CaseId, Source};
use aduana_invoice::Fingerprint;

use super::messages::Message;
use crate::world::{DeadLetter, TOPIC, World, case_of};

/// A message that was sent.
#[derive(Debug)]
pub struct Entry {
    /// Its name in a finding.
    pub name: String,
    /// The exact body.
    pub body: Vec<u8>,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The number of the invoice, if it is valid by itself.
    pub number: Option<String>,
    /// The cases that it may have: one, unless AWS has given the message a new id.
    pub cases: Vec<CaseId>,
}

/// The way by which a stranger's message comes.
#[derive(Debug, Clone, Copy)]
pub enum Road {
    /// The intake queue.
    Queue,
    /// This partition of the topic.
    Topic(i32),
    /// The intake queue, and SQS has dead-lettered it.
    DeadLetters,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// Whether AWS has moved messages back.
    pub is_moved: bool,
}

/// The id of the case that a record opens.
pub fn case_of_record(partition: i32, offset: i64) -> CaseId {
    CaseId::of(&Source::Kafka { topic: TOPIC.to_owned(), partition, offset }, "")
}

impl Ledger {
    /// What was sent, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A producer sends a message. Returns its id.
    pub fn send(&mut self, world: &World, message: Message) -> String {
        let id = world.send(message.body());
        self.record(format!("{message:?} {id}"), message.body(), message.number(), case_of(&id));
        id
    }

    /// A producer appends a record. Returns the case that it may have.
    pub fn produce(&mut self, world: &World, partition: i32, message: Message) -> CaseId {
        let offset = world.produce(partition, message.body());
        let case = case_of_record(partition, offset);
        self.record(
            format!("{message:?} {partition}:{offset}"),
            message.body(),
            message.number(),
            case.clone(),
        );
        case
    }

    /// SQS dead-letters a message that was never processed. Returns the case that it may have.
    pub fn dead_letter(&mut self, world: &World, message: Message) -> CaseId {
        let id = world.forge(message.body(), Vec::new());
        self.record(format!("{message:?} {id}"), message.body(), message.number(), case_of(&id));
        case_of(&id)
    }

    /// A stranger's message, with attributes of ours.
    pub fn forge(
        &mut self,
        world: &World,
        road: Road,
        (body, number): (Vec<u8>, Option<String>),
        attributes: Vec<Attribute>,
    ) {
        let (name, case) = match road {
            Road::Queue => {
                let id = world.send_with(body.clone(), attributes);
                (format!("forged {id}"), case_of(&id))
            }
            Road::Topic(partition) => {
                let offset = world.produce_with(partition, body.clone(), attributes);
                (format!("forged {partition}:{offset}"), case_of_record(partition, offset))
            }
            Road::DeadLetters => {
                let id = world.forge(body.clone(), attributes);
                (format!("forged {id}"), case_of(&id))
            }
        };
        self.record(name, body, number, case);
    }

    /// AWS's own redrive of the dead-letter queue. Not while SQS has dead-lettered a message that has a case already: that message
    /// would become another one, with a case of its own.
    pub fn move_back(&mut self, world: &World) {
        let has_case = |dead_letter: DeadLetter| match dead_letter {
            DeadLetter::Held(_) => false,
            DeadLetter::Unprocessed { id, .. } => world.case(&case_of(&id)).is_some(),
        };
        if world.dead_letters().into_iter().any(has_case) {
            return;
        }
        self.is_moved = true;
        for (old, new) in world.move_dead_letters_back() {
            let (old, new) = (case_of(&old), case_of(&new));
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.cases.contains(&old)) {
                entry.cases.push(new);
            }
        }
    }

    fn record(&mut self, name: String, body: Vec<u8>, number: Option<String>, case: CaseId) {
        let fingerprint = Fingerprint::of(&body);
        self.entries.push(Entry { name, body, fingerprint, number, cases: vec![case] });
    }
}
