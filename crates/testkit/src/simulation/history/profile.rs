//! The profile of a random world: what happens in it, and how often.

use crate::world::Rng;

/// The kinds of worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Messages by the queue; no operators.
    Queue,
    /// Records of Kafka; no operators.
    Topic,
    /// Both.
    QueueAndTopic,
    /// Few cases that lack their number, many corrections that give them one, many crashes in the middle of a resend.
    Corrections,
    /// Messages by the queue, and operators.
    Operators,
    /// Queue, topic and operators.
    Everything,
}

/// Every kind. World n is of kind n modulo their count.
pub const KINDS: [Kind; 6] =
    [Kind::Queue, Kind::Topic, Kind::QueueAndTopic, Kind::Corrections, Kind::Operators, Kind::Everything];

impl Kind {
    /// The kind of the world of this seed.
    pub fn of(seed: u64) -> Self {
        KINDS[usize::try_from(seed % KINDS.len() as u64).expect("few")]
    }

    /// Whether there are operators.
    pub const fn has_operators(self) -> bool {
        matches!(self, Self::Corrections | Self::Operators | Self::Everything)
    }

    /// The seed of the nth world of this kind.
    pub fn seed(self, nth: u64) -> u64 {
        let place = KINDS.iter().position(|kind| *kind == self).expect("it is one of them");
        nth * KINDS.len() as u64 + place as u64
    }
}

/// What happens in a world.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is there or not, whatever the others are")]
pub struct Profile {
    /// Whether producers send to the queue.
    pub has_queue: bool,
    /// Whether producers send to the topic.
    pub has_topic: bool,
    /// The tenths of the acts that are operators' requests.
    pub operator_tenths: u64,
    /// Few cases, many corrections.
    pub is_narrow: bool,
    /// Whether operators override, even to send another body while one is in flight.
    pub has_overrides: bool,
    /// Whether SQS dead-letters a message after three receives.
    pub has_max_receives: bool,
    /// Whether AWS's own redrive is used.
    pub moves_back: bool,
    /// Whether clocks are wrong and jump.
    pub has_clocks: bool,
    /// The percentage of the calls that fail.
    pub faults: u64,
    /// The percentage of what the queues do that is out of order, or done twice.
    pub disorder: u64,
    /// The visibility timeout, in milliseconds.
    pub visibility_ms: i64,
}

impl Profile {
    /// A random profile of this kind.
    pub fn draw(kind: Kind, rng: &mut Rng) -> Self {
        let mut one_in = |n: u64| rng.below(n) == 0;
        let has_operators = kind.has_operators();
        let is_narrow = kind == Kind::Corrections;
        let has_queue = kind != Kind::Topic;
        let flags = [one_in(4), one_in(3), one_in(3), one_in(3)];
        let [overrides, has_max_receives, moves_back, clocks] = flags;
        Self {
            has_queue,
            has_topic: matches!(kind, Kind::Topic | Kind::QueueAndTopic | Kind::Everything),
            operator_tenths: match kind {
                Kind::Corrections => 6,
                Kind::Operators | Kind::Everything => 5,
                _ => 1,
            },
            is_narrow,
            has_overrides: overrides && has_operators,
            has_max_receives: has_max_receives && has_queue && !is_narrow,
            moves_back: moves_back && !is_narrow,
            has_clocks: clocks,
            faults: if is_narrow { rng.pick(&[0, 5]) } else { rng.pick(&[0, 5, 15, 30]) },
            disorder: rng.pick(&[0, 10, 30]),
            visibility_ms: rng.pick(&[180_000, 180_000, 12_000]),
        }
    }
}
