//! Sends batches, and tries again what failed alone.

use std::time::Duration;

use super::outgoing::{Outgoing, Transport};
use crate::failure::Failure;

/// How often an entry is sent that fails inside an answer that is good otherwise; waits double from the first.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The intake, as far as publishing needs it.
pub(super) trait Outbox {
    /// What it is.
    fn transport(&self) -> Transport;

    /// Sends a batch within the queue's limits: one answer a message, in order. An error is of the whole batch.
    async fn send(&self, batch: &[&Outgoing]) -> Result<Vec<Answer>, Failure>;
}

/// What the queue says to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is in the queue, under this id.
    Sent { message_id: String },
    /// It is not, for this reason; sending it again helps unless the message itself is at fault.
    Refused { reason: String, lasting: bool },
}

/// Sends a batch; entries that failed for a passing reason are sent again, after a while, by themselves.
pub(super) async fn deliver(
    outbox: &impl Outbox,
    batch: &[Outgoing],
) -> Result<Vec<Answer>, (Vec<Option<Answer>>, Failure)> {
    let mut answers: Vec<Option<Answer>> = batch.iter().map(|_| None).collect();
    let mut wait = FIRST_WAIT;
    for attempt in 1..=TRIES {
        let open: Vec<usize> = (0..)
            .zip(&answers)
            .filter(|(_, answer)| is_open(answer.as_ref()))
            .map(|(index, _)| index)
            .collect();
        if open.is_empty() {
            break;
        }
        if attempt > 1 {
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        let messages: Vec<&Outgoing> = open.iter().filter_map(|index| batch.get(*index)).collect();
        match outbox.send(&messages).await {
            Ok(news) => {
                for (index, answer) in open.into_iter().zip(news) {
                    if let Some(slot) = answers.get_mut(index) {
                        *slot = Some(answer);
                    }
                }
            }
            Err(failure) => return Err((answers, failure)),
        }
    }
    let unanswered =
        || Answer::Refused { reason: "the queue did not answer for it".to_owned(), lasting: false };
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect())
}

fn is_open(answer: Option<&Answer>) -> bool {
    matches!(answer, None | Some(Answer::Refused { lasting: false, .. }))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::super::outgoing::Place;
    use super::*;

    /// Answers as configured, and keeps what it was sent.
    #[derive(Default)]
    struct Script {
        answers: RefCell<VecDeque<Result<Vec<Answer>, Failure>>>,
        sent: RefCell<Vec<Vec<String>>>,
    }

    fn text(message: &Outgoing) -> String {
        String::from_utf8(message.body.clone()).unwrap()
    }

    impl Outbox for Script {
        fn transport(&self) -> Transport {
            Transport::Sqs
        }

        async fn send(&self, batch: &[&Outgoing]) -> Result<Vec<Answer>, Failure> {
            self.sent.borrow_mut().push(batch.iter().map(|message| text(message)).collect());
            self.answers.borrow_mut().pop_front().unwrap()
        }
    }

    fn messages(bodies: &[&str]) -> Vec<Outgoing> {
        let message = |body: &&str| Outgoing {
            place: Place { file: "-".to_owned(), line: None },
            body: body.as_bytes().to_vec(),
            group: None,
        };
        bodies.iter().map(message).collect()
    }

    fn sent(id: &str) -> Answer {
        Answer::Sent { message_id: id.to_owned() }
    }

    fn refused(lasting: bool) -> Answer {
        Answer::Refused { reason: "because".to_owned(), lasting }
    }

    #[tokio::test(start_paused = true)]
    async fn an_entry_that_failed_inside_a_good_answer_is_sent_again_alone() {
        let script = Script::default();
        script.answers.borrow_mut().extend([
            Ok(vec![sent("1"), refused(false), refused(true)]),
            Ok(vec![refused(false)]),
            Ok(vec![sent("2")]),
        ]);
        let answers = deliver(&script, &messages(&["a", "b", "c"])).await.unwrap();
        assert_eq!(answers, [sent("1"), sent("2"), refused(true)]);
        assert_eq!(*script.sent.borrow(), [vec!["a", "b", "c"], vec!["b"], vec!["b"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_given_up_at_last() {
        let script = Script::default();
        script.answers.borrow_mut().extend((0..TRIES).map(|_| Ok(vec![refused(false)])));
        assert_eq!(deliver(&script, &messages(&["a"])).await.unwrap(), [refused(false)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_a_failure_is_known() {
        let script = Script::default();
        script.answers.borrow_mut().extend([Ok(vec![sent("1"), refused(false)]), Err(Failure::to("send"))]);
        let (answers, _) = deliver(&script, &messages(&["a", "b"])).await.unwrap_err();
        assert_eq!(answers, [Some(sent("1")), Some(refused(false))]);
    }
}
