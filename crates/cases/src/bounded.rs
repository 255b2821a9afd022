//! Calling the ports: none of them may keep a caller from its answer.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::error::{EffectError, EffectErrorKind};
use crate::ports::Clock;

/// Gives `work` until `stop_by_ms`. What times out may still happen.
pub async fn bounded<T>(
    clock: &impl Clock,
    stop_by_ms: i64,
    effect: &'static str,
    work: impl Future<Output = Result<T, EffectError>> + Send,
) -> Result<T, EffectError> {
    let timed_out = || EffectError::new(EffectErrorKind::TimedOut, effect);
    if clock.now_ms() >= stop_by_ms {
        return Err(timed_out());
    }
    let stop = clock.until_ms(stop_by_ms);
    match select(pin!(work), pin!(stop)).await {
        // One name for an effect in logs and metrics, whatever the adapter had to do for it.
        Either::Left((result, _)) => result.map_err(|error| error.of(effect)),
        Either::Right(_) => Err(timed_out()),
    }
}

/// The same for `count` effects at once: always one answer each.
pub async fn bounded_all(
    clock: &impl Clock,
    stop_by_ms: i64,
    effect: &'static str,
    count: usize,
    work: impl Future<Output = Vec<Result<(), EffectError>>> + Send,
) -> Vec<Result<(), EffectError>> {
    let mut answers = match bounded(clock, stop_by_ms, effect, async { Ok(work.await) }).await {
        Ok(answers) => answers,
        Err(error) => vec![Err(error); count],
    };
    // An effect without an answer did not happen, as far as anybody can say.
    answers.resize(count, Err(EffectError::new(EffectErrorKind::Failed, effect)));
    answers.into_iter().map(|answer| answer.map_err(|error| error.of(effect))).collect()
}
