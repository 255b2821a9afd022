//! What a standard queue may do, and a topic whose consumers come and go: hand messages out in any order, twice at once, and once more
//! after they were deleted; read records again that were done.

use std::collections::BTreeMap;

use super::World;
use super::faults::Rng;

/// The most that a copy of a message is late, in milliseconds.
const LATE_MS: u64 = 600_000;

/// The most that a second receiver is later than the first, in milliseconds: less than a function works.
const AT_ONCE_MS: u64 = 25_000;

/// Disorder by chance.
#[derive(Debug)]
pub(super) struct Disorder {
    rng: Rng,
    percent: u64,
    seen: BTreeMap<&'static str, u64>,
}

impl Disorder {
    pub(super) const fn new(seed: u64, percent: u64) -> Self {
        Self { rng: Rng::new(seed), percent, seen: BTreeMap::new() }
    }

    fn happens(&mut self, what: &'static str) -> bool {
        let happens = self.rng.below(100) < self.percent;
        if happens {
            *self.seen.entry(what).or_default() += 1;
        }
        happens
    }

    /// After how many milliseconds a second receiver gets what was just received.
    pub(super) fn is_received_twice(&mut self) -> Option<i64> {
        self.happens(TWICE).then(|| self.late(AT_ONCE_MS))
    }

    /// After how many milliseconds that which was just deleted comes once more.
    pub(super) fn comes_again(&mut self) -> Option<i64> {
        self.happens(AGAIN).then(|| self.late(LATE_MS))
    }

    /// Whether the consumer of a partition is lost before it could commit.
    pub(super) fn loses_commit(&mut self) -> bool {
        self.happens("commit lost")
    }

    /// In which order all of it is handed out.
    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        if all.len() < 2 || !self.happens(REORDERED) {
            return;
        }
        for end in (1..all.len()).rev() {
            let other = self.rng.below(end as u64 + 1);
            all.swap(end, usize::try_from(other).expect("an index"));
        }
    }

    fn late(&mut self, most_ms: u64) -> i64 {
        i64::try_from(self.rng.below(most_ms)).expect("few")
    }
}

/// The names of what may happen.
pub(super) const TWICE: &str = "received twice at once";
pub(super) const AGAIN: &str = "delivered again after the delete";
pub(super) const REORDERED: &str = "reordered";
pub(super) const EXPIRED: &str = "visibility expired at work";
pub(super) const REREAD: &str = "partition read again";

impl World {
    /// Queues and topic hand out by chance what they have handed out, in any order, until the world is healed.
    pub fn disorder(&self, seed: u64, percent: u64) {
        let mut state = self.state();
        state.queue.disorder = Some(Disorder::new(seed, percent));
        state.dead_letter_queue.disorder = Some(Disorder::new(seed.rotate_left(17), percent));
        state.topic.disorder = Some(Disorder::new(seed.rotate_left(31), percent));
    }

    /// Beside what fails by chance, the clocks of functions jump.
    pub fn clocks_jump(&self, percent: u64) {
        self.state().faults.jumps_by_chance(percent);
    }

    /// Takes the disorder away. What has been deleted, and is still to come once more, comes.
    pub(super) fn order(&self) {
        let mut guard = self.state();
        let state = &mut *guard;
        let gone = [
            state.queue.disorder.take(),
            state.dead_letter_queue.disorder.take(),
            state.topic.disorder.take(),
        ];
        for (what, count) in gone.into_iter().flatten().flat_map(|disorder| disorder.seen) {
            *state.befell.entry(what).or_default() += count;
        }
    }

    /// What has gone wrong so far, and how often. Disorder is counted when the world is healed.
    pub fn befell(&self) -> BTreeMap<&'static str, u64> {
        let state = self.state();
        let mut all = state.befell.clone();
        if state.queue.expired > 0 {
            all.insert(EXPIRED, state.queue.expired);
        }
        for (what, count) in state.faults.befell() {
            *all.entry(what).or_default() += count;
        }
        all
    }

    /// How long SQS hides a message that was received, in milliseconds.
    pub fn set_visibility_ms(&self, visibility_ms: i64) {
        self.state().queue.visibility_timeout_ms = visibility_ms;
    }

    /// The next message that is received is received by a second function at once.
    pub fn receive_twice(&self, message: &str) {
        self.tell(TWICE, |state| state.queue.message(message).is_twice = true);
    }

    /// A message comes once more after it was deleted.
    pub fn deliver_again(&self, message: &str) {
        self.tell(AGAIN, |state| state.queue.message(message).is_again = true);
    }

    /// What is in the queue is handed out the other way round.
    pub fn reverse_queue(&self) {
        self.tell(REORDERED, |state| state.queue.reverse());
    }

    /// A partition of the topic is read again from so many records before the place where it is.
    pub fn reread(&self, partition: i32, records: i64) {
        self.tell(REREAD, |state| state.topic.rewind(partition, records));
    }

    fn tell(&self, what: &'static str, deed: impl FnOnce(&mut super::State)) {
        let mut state = self.state();
        *state.befell.entry(what).or_default() += 1;
        deed(&mut state);
    }
}
