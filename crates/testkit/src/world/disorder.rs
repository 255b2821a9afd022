//! Deliveries out of order and more than once. A standard queue may deliver in any order, to two receivers at once, and once more after
//! the delete. A topic whose consumers change may read records again.

use std::collections::BTreeMap;

use super::World;
use super::faults::Rng;

/// How late a second delivery may be, in milliseconds.
const LATE_MS: u64 = 600_000;

/// How much later than the first a second receiver may be, in milliseconds: less than a function runs.
const AT_ONCE_MS: u64 = 25_000;

/// Random disorder.
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

    /// After how many milliseconds a second receiver gets the message just received.
    pub(super) fn is_received_twice(&mut self) -> Option<i64> {
        self.happens(TWICE).then(|| self.late(AT_ONCE_MS))
    }

    /// After how many milliseconds the message just deleted is delivered once more.
    pub(super) fn comes_again(&mut self) -> Option<i64> {
        self.happens(AGAIN).then(|| self.late(LATE_MS))
    }

    /// Whether the consumer of a partition is lost before it could commit.
    pub(super) fn loses_commit(&mut self) -> bool {
        self.happens("commit lost")
    }

    /// The order of delivery.
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

/// The names of what is injected.
pub(super) const TWICE: &str = "received twice at once";
pub(super) const AGAIN: &str = "delivered again after the delete";
pub(super) const REORDERED: &str = "reordered";
pub(super) const EXPIRED: &str = "visibility expired at work";
pub(super) const REREAD: &str = "partition read again";

impl World {
    /// Queues and topic deliver at random in any order and more than once, until the world is healed.
    pub fn disorder(&self, seed: u64, percent: u64) {
        let mut state = self.state();
        state.queue.disorder = Some(Disorder::new(seed, percent));
        state.dead_letter_queue.disorder = Some(Disorder::new(seed.rotate_left(17), percent));
        state.topic.disorder = Some(Disorder::new(seed.rotate_left(31), percent));
    }

    /// The clocks of functions jump at random, beside the random faults.
    pub fn clocks_jump(&self, percent: u64) {
        self.state().faults.jumps_by_chance(percent);
    }

    /// Ends the disorder. Deleted messages whose second delivery is due are still delivered.
    pub(super) fn order(&self) {
        let mut guard = self.state();
        let state = &mut *guard;
        let gone = [
            state.queue.disorder.take(),
            state.dead_letter_queue.disorder.take(),
            state.topic.disorder.take(),
        ];
        for (what, count) in gone.into_iter().flatten().flat_map(|disorder| disorder.seen) {
            *state.injected.entry(what).or_default() += count;
        }
    }

    /// What was injected so far, and how often. Disorder is counted when the world is healed.
    pub fn injected(&self) -> BTreeMap<&'static str, u64> {
        let state = self.state();
        let mut all = state.injected.clone();
        if state.queue.expired > 0 {
            all.insert(EXPIRED, state.queue.expired);
        }
        for (what, count) in state.faults.injected() {
            *all.entry(what).or_default() += count;
        }
        all
    }

    /// The visibility timeout of the queue, in milliseconds.
    pub fn set_visibility_ms(&self, visibility_ms: i64) {
        self.state().queue.visibility_timeout_ms = visibility_ms;
    }

    /// A second function receives this message at the same time as the first.
    pub fn receive_twice(&self, message: &str) {
        self.inject(TWICE, |state| state.queue.message(message).is_twice = true);
    }

    /// This message is delivered once more after it was deleted.
    pub fn deliver_again(&self, message: &str) {
        self.inject(AGAIN, |state| state.queue.message(message).is_again = true);
    }

    /// The queue delivers in reverse order.
    pub fn reverse_queue(&self) {
        self.inject(REORDERED, |state| state.queue.reverse());
    }

    /// A partition of the topic is read again from this many records before its position.
    pub fn reread(&self, partition: i32, records: i64) {
        self.inject(REREAD, |state| state.topic.rewind(partition, records));
    }

    fn inject(&self, what: &'static str, change: impl FnOnce(&mut super::State)) {
        let mut state = self.state();
        *state.injected.entry(what).or_default() += 1;
        change(&mut state);
    }
}
