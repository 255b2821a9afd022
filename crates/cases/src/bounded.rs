//! Calling the ports: none of them may keep a caller from its answer, and a service that asks for less is given time.
//!
//! What a busy service throttled is tried again, after a pause by chance, for as long as the caller's deadline allows. A message that waits
//! so in the function waits a few seconds. One that is returned to the queue waits minutes, and has lost one of its deliveries.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::error::{EffectError, EffectErrorKind};
use crate::ports::Clock;

/// The bound of the first pause, in milliseconds. It doubles with each.
const FIRST_PAUSE_MS: u64 = 100;

/// The bound of the longest pause, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 3_200;

/// The last try begins this long before the caller must stop, in milliseconds: a call with all the attempts of the SDK takes 4 s at most.
pub const LAST_TRY_MS: i64 = 4_500;

/// The pauses of a caller whose call is throttled: each of a length by chance ("full jitter"), so that not all who wait come back at once
/// (<https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/>).
#[derive(Debug)]
pub struct Patience<'c, C> {
    clock: &'c C,
    until_ms: i64,
    pause_ms: u64,
}

impl<'c, C: Clock> Patience<'c, C> {
    /// The patience of a caller who must stop then.
    pub const fn new(clock: &'c C, stop_by_ms: i64) -> Self {
        Self { clock, until_ms: stop_by_ms.saturating_sub(LAST_TRY_MS), pause_ms: FIRST_PAUSE_MS }
    }

    /// Waits for the time of another try. `false`, and at once, if it would come too late.
    pub async fn pause(&mut self) -> bool {
        let pause = self.clock.chance(self.pause_ms).saturating_add(1);
        let at_ms = self.clock.now_ms().saturating_add(i64::try_from(pause).unwrap_or(i64::MAX));
        self.pause_ms = self.pause_ms.saturating_mul(2).min(LONGEST_PAUSE_MS);
        let is_in_time = at_ms <= self.until_ms;
        if is_in_time {
            self.clock.until_ms(at_ms).await;
        }
        is_in_time
    }

    /// The error again, after a pause if the service is throttling.
    pub async fn after(&mut self, error: EffectError) -> EffectError {
        if error.is_throttled() {
            let _: bool = self.pause().await;
        }
        error
    }
}

/// Gives `work` until `stop_by_ms`. What times out may still happen.
pub async fn once<T>(
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

/// The same, and tried again while the service is throttling.
pub async fn bounded<T, W: Future<Output = Result<T, EffectError>> + Send>(
    clock: &impl Clock,
    stop_by_ms: i64,
    effect: &'static str,
    work: impl Fn() -> W,
) -> Result<T, EffectError> {
    let (mut patience, mut throttled) = (Patience::new(clock, stop_by_ms), None);
    loop {
        match once(clock, stop_by_ms, effect, work()).await {
            Err(error) if error.is_throttled() && patience.pause().await => throttled = Some(error),
            result => return result.map_err(|error| beside(error, throttled.as_ref())),
        }
    }
}

/// The error of the last try, unless it says that the effect certainly did not happen: an earlier one, which was throttled, may have
/// had it.
fn beside(last: EffectError, throttled: Option<&EffectError>) -> EffectError {
    throttled.filter(|_| last.is_certain()).cloned().unwrap_or(last)
}

/// The same for many effects in one call: always one answer each, in order. `work` gives back the entries beside the answers; those that are
/// throttled are tried again, alone.
pub async fn bounded_all<E, T, W: Future<Output = (Vec<E>, Vec<Result<T, EffectError>>)> + Send>(
    clock: &impl Clock,
    stop_by_ms: i64,
    effect: &'static str,
    entries: Vec<E>,
    work: impl Fn(Vec<E>) -> W,
) -> Vec<Result<T, EffectError>> {
    let unanswered = |kind| move || Err(EffectError::new(kind, effect));
    let mut all: Vec<Result<T, EffectError>> = Vec::new();
    all.resize_with(entries.len(), unanswered(EffectErrorKind::Failed));
    let mut patience = Patience::new(clock, stop_by_ms);
    let (mut places, mut entries): (Vec<usize>, _) = ((0..entries.len()).collect(), entries);
    for tries in 0_u32.. {
        let count = entries.len();
        let working = work(entries);
        let answered = once(clock, stop_by_ms, effect, async { Ok(working.await) }).await;
        let (left, mut answers) = match answered {
            Ok(answered) => answered,
            Err(error) => (Vec::new(), std::iter::repeat_with(|| Err(error.clone())).take(count).collect()),
        };
        // An effect without an answer did not happen, as far as anybody can say.
        answers.resize_with(count, unanswered(EffectErrorKind::Failed));
        let mut throttled = Vec::new();
        for (nth, answer) in answers.into_iter().enumerate() {
            let Some(slot) = places.get(nth).and_then(|place| all.get_mut(*place)) else { continue };
            if answer.as_ref().is_err_and(EffectError::is_throttled) {
                throttled.push(nth);
            }
            let before = if tries > 0 { slot.as_ref().err().cloned() } else { None };
            *slot = answer.map_err(|error| beside(error.of(effect), before.as_ref()));
        }
        if throttled.is_empty() || left.len() < count || !patience.pause().await {
            break;
        }
        let is_throttled = |nth: &usize| throttled.binary_search(nth).is_ok();
        places =
            places.into_iter().enumerate().filter(|(nth, _)| is_throttled(nth)).map(|(_, it)| it).collect();
        entries =
            left.into_iter().enumerate().filter(|(nth, _)| is_throttled(nth)).map(|(_, it)| it).collect();
    }
    all
}
