//! The system's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aduana_cases::ports::Clock;

/// The time as the machine has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge that gives the time")]
    fn now_ms(&self) -> i64 {
        // A clock before 1970 is broken; the epoch shows it best.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    async fn until_ms(&self, at_ms: i64) {
        let left = u64::try_from(at_ms.saturating_sub(self.now_ms())).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(left)).await;
    }

    fn chance(&self, bound: u64) -> u64 {
        fastrand::u64(..bound.max(1))
    }
}

/// No time of day of ours is so early in 1970, and no invocation so long.
const A_DAY_MS: i64 = 86_400_000;

/// When an invocation ends, in milliseconds since 1970, from what the runtime tells. Lambda tells that time; cargo-lambda's local
/// runtime tells how long the function has, always 600,000.
pub fn deadline_ms(given: u64, now_ms: i64) -> i64 {
    let given = i64::try_from(given).unwrap_or(i64::MAX);
    if given < A_DAY_MS { now_ms.saturating_add(given) } else { given }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_time_of_day_unless_it_can_only_be_a_time_left() {
        let now = 1_795_446_000_000;
        assert_eq!(deadline_ms(1_795_446_030_000, now), 1_795_446_030_000);
        assert_eq!(deadline_ms(1_795_445_999_000, now), 1_795_445_999_000, "it is past, and stays so");
        assert_eq!(deadline_ms(600_000, now), now + 600_000);
        assert_eq!(deadline_ms(u64::MAX, now), i64::MAX);
    }

    #[tokio::test]
    async fn waiting_ends_at_that_time_and_at_once_when_it_is_past() {
        let clock = SystemClock;
        let begin = clock.now_ms();
        assert!(begin > 1_700_000_000_000);
        clock.until_ms(begin - 60_000).await;
        clock.until_ms(i64::MIN).await;
        assert!(clock.now_ms() - begin < 5_000);
        clock.until_ms(begin + 30).await;
        assert!(clock.now_ms() >= begin + 30);
    }
}
