//! How fast: a rate in messages a second, kept from batch to batch.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;

/// A rate as the user gives it: `50/s`, or `50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(NonZeroU32);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        number.parse().map(Self).map_err(|_| "a rate is a whole number a second, for example 50/s".to_owned())
    }
}

impl Rate {
    /// The most messages of a batch, so that no batch is more than a second's worth.
    pub(crate) fn batch_max(self, limit: usize) -> usize {
        usize::try_from(self.0.get()).map_or(limit, |rate| rate.min(limit))
    }
}

/// Keeps the rate: a batch waits until those before it have had their time.
pub(crate) struct Pace {
    rate: Option<Rate>,
    free_at: Instant,
}

impl Pace {
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        Self { rate, free_at: Instant::now() }
    }

    /// When the next `messages` may go; their time is taken from then on.
    pub(crate) fn slot(&mut self, messages: usize) -> Instant {
        let at = self.free_at.max(Instant::now());
        if let Some(Rate(rate)) = self.rate {
            let messages = u32::try_from(messages).unwrap_or(u32::MAX);
            self.free_at = at + Duration::from_secs(1) * messages / rate.get();
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

    #[tokio::test(start_paused = true)]
    async fn batches_take_their_time() {
        let mut pace = Pace::new("20/s".parse().ok());
        let start = Instant::now();
        let slots = [pace.slot(10), pace.slot(10), pace.slot(4), pace.slot(10)];
        assert_eq!(slots.map(|slot| (slot - start).as_millis()), [0, 500, 1_000, 1_200]);
        let mut unlimited = Pace::new(None);
        assert_eq!([unlimited.slot(10), unlimited.slot(10)], [start, start]);
    }
}
