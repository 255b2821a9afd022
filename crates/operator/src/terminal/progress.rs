//! The progress bar of a long run, on standard error.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar that shows itself once the work takes longer than [`PATIENCE`], and goes away when it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// Towards `total` of what is counted, which `noun` names in the plural.
    pub(crate) fn new(total: Option<u64>, noun: &str) -> Self {
        let template = match total {
            Some(_) => format!("{{wide_bar}} {{human_pos}}/{{human_len}} {noun}, {{eta}}"),
            None => format!("{{spinner}} {{human_pos}} {noun}, {{elapsed}}"),
        };
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style);
        Self { bar, started: Instant::now() }
    }

    pub(crate) fn advance(&mut self, more: u64) {
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        self.bar.inc(more);
    }

    /// Does `write` with the bar out of the way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
