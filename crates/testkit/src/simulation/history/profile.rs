//! What a random world is like.

use crate::world::Rng;

/// The kinds of worlds, by the last digit of their numbers, so to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Messages by the queue; nobody takes up what is held.
    Queue,
    /// Records of Kafka; nobody takes up what is held.
    Topic,
    /// Both.
    BothRoads,
    /// Few cases that lack their number, many corrections that give them another, many deaths in the middle of a send.
    Corrections,
    /// Messages by the queue, and operators.
    Operators,
    /// Both roads, and operators.
    Everything,
}

/// Every kind; the world of number n is of kind n modulo how many there are.
pub const KINDS: [Kind; 6] =
    [Kind::Queue, Kind::Topic, Kind::BothRoads, Kind::Corrections, Kind::Operators, Kind::Everything];

impl Kind {
    /// The kind of the world of this number.
    pub fn of(seed: u64) -> Self {
        KINDS[usize::try_from(seed % KINDS.len() as u64).expect("few")]
    }

    /// Whether somebody takes up what is held.
    pub const fn has_operators(self) -> bool {
        matches!(self, Self::Corrections | Self::Operators | Self::Everything)
    }

    /// The nth world of this kind.
    pub fn seed(self, nth: u64) -> u64 {
        let place = KINDS.iter().position(|kind| *kind == self).expect("it is one of them");
        nth * KINDS.len() as u64 + place as u64
    }
}

/// What a world is like.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is there or not, whatever the others are")]
pub struct Profile {
    /// Whether messages come by the queue.
    pub has_queue: bool,
    /// Whether they come by the topic.
    pub has_topic: bool,
    /// How many tenths of the acts are operators'.
    pub asks: u64,
    /// Few cases, many corrections.
    pub is_narrow: bool,
    /// Whether somebody insists now and then, also on sending another body while one is under way.
    pub has_overrides: bool,
    /// Whether a stranger puts messages into the dead-letter queue that claim to be of a case.
    pub has_stranger: bool,
    /// Whether SQS gives a message up after three receives.
    pub gives_up: bool,
    /// Whether AWS's own redrive is used.
    pub moves_back: bool,
    /// Whether clocks are wrong and jump.
    pub has_clocks: bool,
    /// How many hundredths of the calls go wrong.
    pub faults: u64,
    /// How many hundredths of what the queues do is out of order, or done twice.
    pub disorder: u64,
    /// How long SQS hides a message.
    pub visibility_ms: i64,
}

impl Profile {
    /// One of this kind, by chance.
    pub fn draw(kind: Kind, rng: &mut Rng) -> Self {
        let mut one_in = |n: u64| rng.below(n) == 0;
        let has_operators = kind.has_operators();
        let is_narrow = kind == Kind::Corrections;
        let has_queue = kind != Kind::Topic;
        let flags = [one_in(4), one_in(4), one_in(3), one_in(3), one_in(3)];
        let [overrides, stranger, gives_up, moves_back, clocks] = flags;
        Self {
            has_queue,
            has_topic: matches!(kind, Kind::Topic | Kind::BothRoads | Kind::Everything),
            asks: match kind {
                Kind::Corrections => 6,
                Kind::Operators | Kind::Everything => 5,
                _ => 1,
            },
            is_narrow,
            has_overrides: overrides && has_operators,
            has_stranger: stranger && has_operators,
            gives_up: gives_up && has_queue && !is_narrow,
            moves_back: moves_back && !is_narrow,
            has_clocks: clocks,
            faults: if is_narrow { rng.pick(&[0, 5]) } else { rng.pick(&[0, 5, 15, 30]) },
            disorder: rng.pick(&[0, 10, 30]),
            visibility_ms: rng.pick(&[180_000, 180_000, 12_000]),
        }
    }
}
