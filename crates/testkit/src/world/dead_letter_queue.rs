//! The dead-letter queue.

use aduana_cases::message::Sender;
use aduana_redrive::ports::DeadLetter as Letter;

use super::disorder::Disorder;
use super::limits::ENTRIES;
use super::{CLIENT, DeadLetter, QUEUE, VALIDATOR};

/// The dead-letter queue: a standard queue without a redrive policy of its own.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    pub(super) disorder: Option<Disorder>,
    /// How many messages a receive gives, where it is not as many as it may.
    pub(super) at_once: Option<usize>,
    all: Vec<Dead>,
    sent: u64,
}

#[derive(Debug)]
struct Dead {
    id: String,
    letter: DeadLetter,
    sent_at_ms: i64,
    visible_at_ms: i64,
    receives: u32,
    was_deleted: bool,
}

impl DeadLetters {
    pub(super) fn push(&mut self, letter: DeadLetter, now_ms: i64) {
        self.sent += 1;
        // What SQS moves keeps its id.
        let id = match &letter {
            DeadLetter::Held(_) => format!("dead-{:06}", self.sent),
            DeadLetter::Unprocessed { id, .. } => id.clone(),
        };
        self.all.push(Dead {
            id,
            letter,
            sent_at_ms: now_ms,
            visible_at_ms: now_ms,
            receives: 0,
            was_deleted: false,
        });
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    pub(super) fn take(&mut self) -> Vec<DeadLetter> {
        std::mem::take(&mut self.all).into_iter().map(|dead| dead.letter).collect()
    }

    pub(super) fn all(&self) -> Vec<DeadLetter> {
        self.all.iter().map(|dead| dead.letter.clone()).collect()
    }

    pub(super) fn receive(&mut self, now_ms: i64, hide_ms: i64) -> Vec<Letter> {
        if let Some(disorder) = &mut self.disorder {
            disorder.shuffle(&mut self.all);
        }
        let visible = self
            .all
            .iter_mut()
            .filter(|dead| dead.visible_at_ms <= now_ms)
            .take(self.at_once.unwrap_or(ENTRIES));
        visible.map(|dead| dead.receive(now_ms, hide_ms)).collect()
    }

    /// A receipt that is not the latest deletes nothing, and SQS still answers that it does.
    pub(super) fn delete(&mut self, receipt: &str, now_ms: i64) {
        let disorder = &mut self.disorder;
        self.all.retain_mut(|dead| {
            if dead.receipt() != receipt {
                return true;
            }
            // A replica that was down when it was deleted hands it out once more.
            let again_ms = disorder.as_mut().and_then(Disorder::comes_again).filter(|_| !dead.was_deleted);
            dead.was_deleted = true;
            dead.visible_at_ms = now_ms + again_ms.unwrap_or(0);
            again_ms.is_some()
        });
    }
}

impl Dead {
    fn receipt(&self) -> String {
        format!("{}#{}", self.id, self.receives)
    }

    fn receive(&mut self, now_ms: i64, hide_ms: i64) -> Letter {
        self.receives += 1;
        self.visible_at_ms = now_ms + hide_ms;
        let (body, attributes, moved_from, sender) = match &self.letter {
            DeadLetter::Held(message) => {
                (message.body.clone().into_bytes(), &message.attributes, None, VALIDATOR)
            }
            DeadLetter::Unprocessed { body, attributes, .. } => {
                (body.clone(), attributes, Some(QUEUE.to_owned()), CLIENT)
            }
        };
        Letter {
            receipt: self.receipt(),
            message_id: self.id.clone(),
            body,
            attributes: attributes.clone(),
            sent_at_ms: Some(self.sent_at_ms),
            moved_from,
            sender: Sender::parse(sender),
        }
    }
}
