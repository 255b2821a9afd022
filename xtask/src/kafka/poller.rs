//! A development poller: it reads a topic and calls the function as Lambda's event source mapping does, for a local AWS that
//! has none for Kafka. Not for production, where Lambda has pollers of its own.
//!
//! A batch holds records of several partitions. What the reply does not name as failed is done; a partition goes on from its
//! lowest offset that failed; a function that fails has its whole batch again. It keeps its place in memory: one that is
//! started anew reads the topic from its start, which the function must bear.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use super::client::Kafka;
use super::event::Batch;
use crate::aws::Aws;
use crate::failure::Failure;

/// How long a partition without news is waited for.
const WAIT: Duration = Duration::from_millis(20);
/// The pause before what failed is tried again; it doubles.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Reads one topic.
#[derive(Debug)]
pub struct Poller {
    kafka: Kafka,
    aws: Aws,
    topic: String,
    function: String,
    batch_max: usize,
    /// The offset from which each partition is read.
    next: BTreeMap<i32, i64>,
    pause: Duration,
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// There was nothing to read.
    Nothing,
    /// The function was called.
    Called {
        /// Records that are done.
        done: usize,
        /// Whether some of the batch come again.
        again: bool,
    },
}

impl Poller {
    /// A poller for a topic, from its start, which calls `function` with up to `batch_max` records.
    pub fn new(
        kafka: Kafka,
        topic: &str,
        aws: Aws,
        function: &str,
        batch_max: usize,
    ) -> Result<Self, Failure> {
        let partitions = kafka.partitions_of(topic)?.ok_or_else(|| {
            Failure::to(format!("find the Kafka topic {topic}"))
                .because(format!("there is none at {}", kafka.address()))
        })?;
        let next = partitions.into_iter().map(|partition| (partition, 0)).collect();
        Ok(Self {
            kafka,
            aws,
            topic: topic.to_owned(),
            function: function.to_owned(),
            batch_max,
            next,
            pause: PAUSE,
        })
    }

    /// Calls the function until every partition is read to its end. `progress` gets how many records are done so far.
    pub fn drain(&mut self, mut progress: impl FnMut(usize)) -> Result<usize, Failure> {
        let mut all = 0;
        loop {
            match self.turn()? {
                Polled::Nothing => return Ok(all),
                Polled::Called { done, .. } => all += done,
            }
            progress(all);
        }
    }

    /// Reads once, and calls the function if there is something to judge.
    pub fn turn(&mut self) -> Result<Polled, Failure> {
        let batch = self.batch()?;
        if batch.places.is_empty() {
            return Ok(Polled::Nothing);
        }
        // A function that fails, or that nobody can call just now, has its batch again.
        let reply = self.aws.invoke(&self.function, &batch.event(self.kafka.address()).to_string()).ok();
        let next = batch.next(&self.topic, reply.as_ref());
        let is_done =
            |(partition, offset): &&(i32, i64)| next.get(partition).is_some_and(|next| offset < next);
        let done = batch.places.iter().filter(is_done).count();
        let again = done < batch.places.len();
        self.next.extend(next);
        if again {
            sleep(self.pause);
            self.pause = (self.pause * 2).min(PAUSE_MAX);
        } else {
            self.pause = PAUSE;
        }
        Ok(Polled::Called { done, again })
    }

    fn batch(&mut self) -> Result<Batch, Failure> {
        let mut batch = Batch::default();
        // As much of each partition as of the others, so that none waits for another to be read to its end.
        let share = self.batch_max.div_ceil(self.next.len().max(1));
        for (partition, next) in self.next.clone() {
            let (records, _) = self.kafka.fetch(&self.topic, partition, next, WAIT)?;
            for record in records.iter().filter(|record| record.offset >= next).take(share) {
                if !batch.add(&self.topic, partition, record) {
                    break;
                }
            }
        }
        Ok(batch)
    }
}
