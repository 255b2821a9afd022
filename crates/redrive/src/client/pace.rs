//! How fast: a rate a second, kept from batch to batch.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// A rate as a person gives it: `50/s`, or `50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(NonZeroU32);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        number.parse().map(Self).map_err(|_| "a rate is a whole number a second, for example 50/s".to_owned())
    }
}

impl Rate {
    /// How many a second.
    pub const fn per_second(self) -> u32 {
        self.0.get()
    }

    /// The size of a batch, so that no batch is more than a second's worth.
    pub fn batch_max(self, limit: usize) -> usize {
        usize::try_from(self.0.get()).map_or(limit, |rate| rate.min(limit))
    }
}

/// Keeps the rate: a batch waits until those before it have had their time. Times are those that have passed since any one moment.
#[derive(Debug)]
pub struct Pace {
    rate: Option<Rate>,
    free_at: Duration,
}

impl Pace {
    /// At this rate, or without any limit.
    pub const fn new(rate: Option<Rate>) -> Self {
        Self { rate, free_at: Duration::ZERO }
    }

    /// When the next `count` may go; their time is taken from then on.
    pub fn slot(&mut self, count: usize, now: Duration) -> Duration {
        let at = self.free_at.max(now);
        if let Some(Rate(rate)) = self.rate {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.free_at = at.saturating_add(Duration::from_secs(1).saturating_mul(count) / rate.get());
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read() {
        assert_eq!("50/s".parse::<Rate>(), "50".parse::<Rate>());
        for bad in ["", "0", "0/s", "-1", "1.5", "50/m", "/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slow_rate_makes_small_batches() {
        let batch = |rate: &str| rate.parse::<Rate>().unwrap().batch_max(10);
        assert_eq!([batch("1"), batch("3/s"), batch("10/s"), batch("500/s")], [1, 3, 10, 10]);
    }

    #[test]
    fn batches_take_their_time() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new("20/s".parse().ok());
        let slots = [10, 10, 4, 10].map(|count| pace.slot(count, ms(7)));
        assert_eq!(slots, [7, 507, 1_007, 1_207].map(ms));
        assert_eq!(pace.slot(1, ms(9_000)), ms(9_000), "time that was not used is not made up for");
        let mut unlimited = Pace::new(None);
        assert_eq!([unlimited.slot(10, ms(7)), unlimited.slot(10, ms(7))], [ms(7), ms(7)]);
    }
}
