//! What one input may cost, and the watch over it: 50 milliseconds and 64 MB.
//!
//! libFuzzer's own limits are for what hangs (`-timeout`) and for the process as a whole (`-rss_limit_mb`). What an input costs is
//! measured here: the time of the processor that the work itself takes, not that of the wall, as another program may run beside it;
//! and the bytes that the work has allocated at its peak, on top of what was there before.
//!
//! A time can still be too long by chance: a cache that is cold, a page that is fetched. So work that took too long is done again,
//! and the shortest of all times counts. That makes the limit fail for what is slow each time, and for nothing else. And what is
//! measured here is not what is shipped: it has instruments, and checks that are left out there. The limit allows for that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aduana_testkit::hostile::Meter;
use cpu_time::ThreadTime;
use peak_alloc::PeakAlloc;

/// The longest that the work on one input may take, as it is shipped.
const SHIPPED_MAX: Duration = Duration::from_millis(50);

/// How much slower it is here: the instruments in every branch and comparison, the checks of overflow, the assertions.
const SLOWER: u32 = 3;

/// The longest that the work on one input may take here.
pub const TIME_MAX: Duration = SHIPPED_MAX.saturating_mul(SLOWER);

/// The longest that the work on one of the largest inputs may take here: four times as long. As shipped, a verdict on any of them
/// stays below the limit of the others where the processor has nothing else to do; what is made of several verdicts, or of a
/// verdict and a case file, does not, and on a machine that is at work beside it nothing of 1 MiB does for sure.
pub const LARGEST_MAX: Duration = TIME_MAX.saturating_mul(4);

/// From so many bytes on an input is one of the largest: more than libFuzzer makes up.
const LARGE: usize = 64 * 1024;

/// The most that the work on one input may allocate, in bytes.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// So often is measured what took too long.
const TRIES: usize = 5;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The longest time and the most bytes of each kind of work so far.
static MOST: Mutex<BTreeMap<&str, Most>> = Mutex::new(BTreeMap::new());

#[derive(Debug, Clone, Copy, Default)]
struct Most {
    /// The first piece of work is not counted: it makes what is made once.
    begun: bool,
    time: Duration,
    bytes: usize,
}

/// Holds every piece of work to what one input may cost, and keeps the most that one has cost in the file that the variable
/// `ADUANA_FIGURES` names, if it names one.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    time_max: Duration,
}

impl Watch {
    /// The watch over this input.
    pub fn over(input: &[u8]) -> Self {
        let mut watch = Self { time_max: TIME_MAX };
        watch.enlarged_to(input.len());
        watch
    }
}

impl Meter for Watch {
    fn run<T>(&mut self, what: &'static str, mut work: impl FnMut() -> T) -> T {
        let mut most = MOST.lock().unwrap_or_else(PoisonError::into_inner);
        let most_of_all = most.entry(what).or_default();
        if !most_of_all.begun {
            most_of_all.begun = true;
            drop(work());
        }
        let (mut done, mut time, bytes) = measured(&mut work);
        for _ in 1..TRIES {
            if time > TIME_MAX {
                let again;
                (done, again, _) = measured(&mut work);
                time = time.min(again);
            }
        }
        let is_most = time > most_of_all.time || bytes > most_of_all.bytes;
        most_of_all.time = most_of_all.time.max(time);
        most_of_all.bytes = most_of_all.bytes.max(bytes);
        if is_most {
            write(&most);
        }
        drop(most);
        assert!(time <= self.time_max, "{what}: one input took {} ms, {TRIES} times", time.as_millis());
        assert!(bytes <= BYTES_MAX, "{what}: one input took {} MB", bytes / 1_000_000);
        done
    }

    fn enlarged_to(&mut self, bytes: usize) {
        if bytes >= LARGE {
            self.time_max = LARGEST_MAX;
        }
    }
}

/// What came of the work, how long it took, and how many bytes it had at its peak.
fn measured<T>(work: &mut impl FnMut() -> T) -> (T, Duration, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let begun = ThreadTime::now();
    let done = work();
    let time = begun.elapsed();
    (done, time, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// `<what>\t<microseconds>\t<bytes>`, a line each. There is nobody to tell that it cannot be written.
fn write(most: &BTreeMap<&str, Most>) {
    let Some(file) = std::env::var_os("ADUANA_FIGURES") else { return };
    let line = |(what, most): (&&str, &Most)| format!("{what}\t{}\t{}\n", most.time.as_micros(), most.bytes);
    std::fs::write(file, most.iter().map(line).collect::<String>()).ok();
}
