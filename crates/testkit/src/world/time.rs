//! Time: AWS's own, and that of functions whose clocks are wrong.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::{START_MS, TIMEOUT_MS, World};

/// How a function's clock has jumped.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    by_ms: AtomicI64,
    /// Whether it was ever put back: a deadline of before is late then.
    is_put_back: AtomicBool,
}

impl World {
    /// The same world for one more function, which dies by itself, and whose clock jumps by itself.
    #[must_use]
    pub fn instance(&self) -> Self {
        Self { crash: Arc::new(Notify::new()), jumps: Arc::default(), ..self.clone() }
    }

    /// The same world for a function whose clock is wrong by so much.
    #[must_use]
    pub fn instance_ahead(&self, ahead_ms: i64) -> Self {
        Self { ahead_ms, ..self.instance() }
    }

    /// The function's clock jumps by so many milliseconds.
    pub fn jump(&self, by_ms: i64) {
        self.jumps.by_ms.fetch_add(by_ms, Ordering::Relaxed);
        self.jumps.is_put_back.fetch_or(by_ms < 0, Ordering::Relaxed);
    }

    /// Milliseconds since the Unix epoch, by the function's clock.
    pub fn now_ms(&self) -> i64 {
        self.aws_ms() + self.ahead_ms + self.jumps.by_ms.load(Ordering::Relaxed)
    }

    /// Milliseconds since the Unix epoch, by the clock of the queues and tables.
    pub(super) fn aws_ms(&self) -> i64 {
        let elapsed_ms = i64::try_from(self.started.elapsed().as_millis());
        START_MS + elapsed_ms.expect("a test does not last for ages")
    }

    /// Lets a function work until it is done. `None` if it dies: in a crash, or because its clock was put back, so that it does not
    /// notice its own timeout.
    ///
    /// # Panics
    ///
    /// If it runs into its timeout although its clock is right.
    pub(super) async fn while_alive<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.crash.notified() => None,
            () = tokio::time::sleep(Duration::from_millis(TIMEOUT_MS.unsigned_abs())) => {
                assert!(self.jumps.is_put_back.load(Ordering::Relaxed), "the function ran into its timeout");
                None
            }
        }
    }
}
