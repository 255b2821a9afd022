//! What was sent, and which case each message may have.

use aduana_cases::attributes::names;
use aduana_cases::message::{Attribute, CaseId, Source};
use aduana_invoice::Fingerprint;

use super::messages::Message;
use crate::world::{DeadLetter, TOPIC, World, case_of};

/// A message that was sent.
#[derive(Debug)]
pub struct Entry {
    /// What it is called in a finding.
    pub name: String,
    /// The exact body.
    pub body: Vec<u8>,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The number of the invoice that it is, if it is in order by itself.
    pub number: Option<String>,
    /// Whether a stranger has put it into the dead-letter queue.
    pub is_forged: bool,
    /// The cases that it may have: one, unless AWS has given it a new id.
    pub cases: Vec<CaseId>,
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
    /// What was sent, in that order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A producer sends a message. Says its id.
    pub fn send(&mut self, world: &World, message: Message) -> String {
        let id = world.send(message.body());
        self.note(format!("{message:?} {id}"), message.body(), message.number(), case_of(&id));
        id
    }

    /// A producer appends a record.
    pub fn produce(&mut self, world: &World, partition: i32, message: Message) -> CaseId {
        let offset = world.produce(partition, message.body());
        let case = case_of_record(partition, offset);
        self.note(
            format!("{message:?} {partition}:{offset}"),
            message.body(),
            message.number(),
            case.clone(),
        );
        case
    }

    /// SQS has given up a message that nobody has held. Says its case to be.
    pub fn give_up(&mut self, world: &World, message: Message) -> CaseId {
        let id = world.forge(message.body(), Vec::new());
        self.note(format!("{message:?} {id}"), message.body(), message.number(), case_of(&id));
        case_of(&id)
    }

    /// A stranger puts a message into the dead-letter queue.
    pub fn forge(&mut self, world: &World, body: Vec<u8>, attributes: Vec<Attribute>) {
        let id = world.forge(body.clone(), attributes);
        let entry = self.note(format!("forged {id}"), body, None, case_of(&id));
        entry.is_forged = true;
    }

    /// AWS's own redrive. It is left be while SQS has given up a message that has a case already: that message would become another
    /// one, with a case of its own.
    pub fn move_back(&mut self, world: &World) {
        let has_case = |letter: DeadLetter| match letter {
            DeadLetter::Held(_) => false,
            DeadLetter::Unprocessed { id, attributes, .. } => {
                let carries = attributes.iter().any(|attribute| attribute.name == names::INVALID_MESSAGE_ID);
                !carries && world.case(&case_of(&id)).is_some()
            }
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

    fn note(&mut self, name: String, body: Vec<u8>, number: Option<String>, case: CaseId) -> &mut Entry {
        let fingerprint = Fingerprint::of(&body);
        self.entries.push(Entry { name, body, fingerprint, number, is_forged: false, cases: vec![case] });
        self.entries.last_mut().expect("it was just put there")
    }
}
