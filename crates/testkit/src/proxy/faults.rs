//! What happens to which request.

use std::time::Duration;

use crate::world::Rng;

/// How bad it is. Shares are of ten thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Where the random numbers begin.
    pub seed: u64,
    /// Requests that are answered by a 5xx; in one of four of them what was asked for is done all the same.
    pub server_errors: u64,
    /// Requests that are carried out, and whose answer is lost.
    pub lost_replies: u64,
    /// Requests that are throttled: by a 4xx, as the services do.
    pub throttles: u64,
    /// Batches of which a part fails, inside a 200.
    pub parts: u64,
    /// Of what fails, the share that fails again at each further attempt of the same call: an SDK tries three times, so what fails
    /// once is corrected by it, and the functions never hear of it.
    pub doomed: u64,
    /// The usual latency is anything up to this. One request in ten takes up to eight times as long, one in a hundred up to a
    /// hundred times.
    pub latency: Duration,
    /// How long a connection on which no answer comes is kept.
    pub hang: Duration,
}

impl Faults {
    /// 5 % 5xx, 2 % lost replies, 1 % throttled, 5 % of the batches in parts, and up to 8 ms usually.
    ///
    /// Those that are doomed come three times, and so the chance to draw one is lower than the share that is seen.
    pub const fn usual(seed: u64) -> Self {
        Self {
            seed,
            server_errors: 350,
            lost_replies: 140,
            throttles: 70,
            parts: 500,
            doomed: 2_500,
            latency: Duration::from_millis(8),
            // Longer than the functions wait.
            hang: Duration::from_secs(10),
        }
    }

    /// Everything is let through.
    pub const fn none() -> Self {
        Self {
            seed: 0,
            server_errors: 0,
            lost_replies: 0,
            throttles: 0,
            parts: 0,
            doomed: 0,
            latency: Duration::ZERO,
            hang: Duration::ZERO,
        }
    }

    /// What happens to the `nth` request of an operation: the same each time it is asked.
    pub fn turn(&self, operation: &str, nth: u64) -> Turn {
        let mut rng = Rng::new(self.seed ^ digest(operation) ^ nth.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let drawn = rng.below(SHARES);
        let dice = rng.below(u64::MAX);
        let is_doom = rng.below(SHARES) < self.doomed;
        let latency = self.latency(&mut rng);
        let (errors, lost) = (self.server_errors, self.server_errors + self.lost_replies);
        let throttled = lost + self.throttles;
        let fate = if drawn < errors {
            Fate::ServerError { dice, happens: rng.below(4) == 0 }
        } else if drawn < lost {
            Fate::Lost(rng.pick(&LOST))
        } else if drawn < throttled {
            Fate::Throttle { dice }
        } else if drawn < throttled + self.parts {
            Fate::Part { dice, happens: rng.below(2) == 0 }
        } else {
            Fate::Pass
        };
        let is_doom = is_doom && !matches!(fate, Fate::Pass | Fate::Part { .. });
        Turn { fate, is_doom, latency }
    }

    fn latency(&self, rng: &mut Rng) -> Duration {
        let times = match rng.below(100) {
            0 => 100,
            1..=10 => 8,
            _ => 1,
        };
        let most = u64::try_from(self.latency.as_micros()).unwrap_or(u64::MAX).saturating_mul(times);
        Duration::from_micros(rng.below(most.saturating_add(1)))
    }
}

const SHARES: u64 = 10_000;

/// Half of what is lost is cut off.
const LOST: [Lost; 4] = [Lost::Cut, Lost::Cut, Lost::BrokenOff, Lost::Hang];

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// What it comes to.
    pub fate: Fate,
    /// Whether each further attempt of the same call comes to the same.
    pub is_doom: bool,
    /// How long it is held up.
    pub latency: Duration,
}

/// What a request comes to. `dice` decides the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// It goes through.
    #[default]
    Pass,
    /// A 5xx.
    ServerError {
        /// Which.
        dice: u64,
        /// Whether it is carried out all the same.
        happens: bool,
    },
    /// Throttled: it is not carried out.
    Throttle {
        /// In which words.
        dice: u64,
    },
    /// It is carried out, and nobody hears of it.
    Lost(Lost),
    /// Some of a batch fail. What is no batch goes through.
    Part {
        /// Which.
        dice: u64,
        /// Whether those are carried out all the same.
        happens: bool,
    },
}

/// How an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection is closed in its place.
    Cut,
    /// The connection is closed in the middle of it.
    BrokenOff,
    /// It does not come.
    Hang,
}

/// FNV-1a, 64 bit.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
