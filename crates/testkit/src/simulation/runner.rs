//! Many worlds at once, on all cores, each on a thread for itself.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Instant;

use super::totals::Totals;

/// A world that did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its number: the lowest of those that failed.
    pub world: u64,
    /// What is wrong with it.
    pub why: String,
}

thread_local! {
    /// What a thread of the field panicked with last; `None` on any other thread.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Plays the worlds of these numbers until all are played, the time is over, or one fails. `seen` is told after each how many there
/// were.
///
/// # Errors
///
/// The world that failed.
pub fn play_all(
    worlds: std::ops::Range<u64>,
    until: Option<Instant>,
    play: impl Fn(u64) -> Result<Totals, String> + Sync,
    seen: impl Fn(u64) + Sync,
) -> Result<Totals, Failed> {
    quiet();
    let next = AtomicU64::new(worlds.start);
    let is_over = AtomicBool::new(false);
    let (totals, failed) = (Mutex::new(Totals::default()), Mutex::new(None::<Failed>));
    let work = || {
        PANIC.set(Some(String::new()));
        while !is_over.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until) {
            let world = next.fetch_add(1, Ordering::Relaxed);
            if world >= worlds.end {
                break;
            }
            match guarded(|| play(world)) {
                Ok(one) => {
                    let mut all = totals.lock().unwrap_or_else(PoisonError::into_inner);
                    *all += one;
                    seen(all.worlds);
                }
                Err(why) => {
                    is_over.store(true, Ordering::Relaxed);
                    let mut first = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.as_ref().is_none_or(|first| first.world > world) {
                        *first = Some(Failed { world, why });
                    }
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(failed) => Err(failed),
        None => Ok(totals.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// A limit of AWS that is broken is a panic of the world.
fn guarded(play: impl FnOnce() -> Result<Totals, String>) -> Result<Totals, String> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|_| {
        Err(PANIC.with_borrow_mut(|panic| panic.as_mut().map(std::mem::take)).unwrap_or_default())
    })
}

/// From now on a panic on a thread of the field is kept, and not printed.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            let is_kept = PANIC.with_borrow_mut(|panic| match panic {
                Some(text) => {
                    *text = info.to_string().replace('\n', " ");
                    true
                }
                None => false,
            });
            if !is_kept {
                usual(info);
            }
        }));
    });
}
