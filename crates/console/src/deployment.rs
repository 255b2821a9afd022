//! What the console needs of the world outside: a deployment of Aduana, and who asks. `aduana` implements it over AWS; the tests,
//! over their world in memory.

use std::fmt;

use aduana_cases::case::State;
use aduana_redrive::answer::Code;
use aduana_redrive::request::Request;
use futures_util::future::BoxFuture;

/// An answer that is on its way.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, ApiError>>;

/// A deployment, as its operator sees it.
pub trait Deployment: Send + Sync {
    /// Asks the redrive function: its answer as it came, a refusal (`{"error":…}`) included.
    fn ask<'a>(&'a self, request: &'a Request) -> Reply<'a, Vec<u8>>;

    /// What waits in the queues and what is in the tables, with the stored invoices of the last `days` days.
    fn status(&self, days: u16) -> Reply<'_, Status>;

    /// Who asks, as it goes on record.
    fn actor(&self) -> &str;

    /// Which deployment it is, in words.
    fn place(&self) -> &str;

    /// The time, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// The state of a deployment. Queues are counted approximately, as SQS does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// The queues.
    pub queues: Vec<Queue>,
    /// How many invoices were stored, day by day, the newest first.
    pub stored: Vec<Stored>,
    /// How many cases are in each state, of those that somebody has to act on or wait for.
    pub cases: Vec<Cases>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whether it is the queue of held messages; otherwise it is the one that invoices come in by.
    pub holds: bool,
    /// Messages that wait to be received.
    pub visible: u64,
    /// Messages that were received and not deleted yet.
    pub in_flight: u64,
    /// Messages that are not to be received yet.
    pub delayed: u64,
    /// The age of the oldest message in seconds, where that is known.
    pub oldest_seconds: Option<u64>,
}

/// The invoices stored on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The day, `2026-11-24`, UTC.
    pub day: String,
    /// How many.
    pub count: u64,
    /// Whether there are more than were counted.
    pub and_more: bool,
}

/// The cases in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// The state.
    pub state: State,
    /// How many.
    pub count: u64,
    /// When the oldest of them was last seen, RFC 3339.
    pub oldest: Option<String>,
}

/// Why something could not be had or done. Nothing of an invoice is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What kind of error.
    pub kind: Kind,
    /// What went wrong, exactly.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A kind of error: what it means to the person at the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody answered.
    Unreachable,
    /// The operator's credentials have expired, or are not good for this.
    SignedOut,
    /// The redrive function refused.
    Refused(Code),
    /// It answered in a way that it should not.
    Failed,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
