//! Review, correct, resend: what people do with the cases of held messages.
//!
//! # Layout
//!
//! - [`request`] and [`answer`]: what is asked and answered, as JSON; [`texts`]: the words.
//! - [`ports`]: what is needed of the world outside, beside [`crate::ports`].

pub mod answer;
mod json;
pub mod ports;
pub mod request;
pub mod steps;
pub mod texts;

use std::num::NonZeroU32;

use aduana_invoice::Lang;

/// The world outside, one port a capability.
#[derive(Debug, Clone)]
pub struct Ports<B, C, I, D, Q, A, S, K> {
    /// The case file, as those see it who work on its cases: [`ports::CaseBook`].
    pub book: B,
    /// The case file, as the intake sees it: [`crate::ports::CaseFile`]. For what SQS gave up.
    pub cases: C,
    /// The queue that invoices come in by: [`ports::IntakeQueue`].
    pub intake: I,
    /// The dead-letter queue, read from its end: [`ports::DeadLetterQueue`].
    pub dead: D,
    /// The dead-letter queue, written to: [`crate::ports::InvalidMessageChannel`].
    pub channel: Q,
    /// The administrators' topic: [`crate::ports::Alerts`].
    pub alerts: A,
    /// The table of valid invoices, to look into: [`ports::StoredInvoices`].
    pub stored: S,
    /// The time: [`crate::ports::Clock`].
    pub clock: K,
}

/// What a deployment may decide of the redrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the intake queue: where a message came from that SQS gave up and that does not say.
    pub queue: String,
    /// How many attempts a case may have before it is parked, counted anew when it is released.
    pub attempts_max: NonZeroU32,
    /// How long a claim lasts at least, in milliseconds: longer than a call.
    pub lease_ms: i64,
    /// How long the dead-letter queue keeps a message, in milliseconds.
    pub retention_ms: i64,
    /// How long before that a message counts as expiring, in milliseconds.
    pub warn_ms: i64,
    /// The language of the alerts.
    pub lang: Lang,
    /// Nothing is begun with less than this left before the deadline, in milliseconds: enough for what is begun with its
    /// retries, and for the answer.
    pub stop_margin_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        Self {
            queue: "aduana-invoices".to_owned(),
            attempts_max: NonZeroU32::MIN.saturating_add(4),
            lease_ms: 5 * 60 * 1000,
            retention_ms: 14 * DAY_MS,
            warn_ms: 3 * DAY_MS,
            lang: Lang::En,
            stop_margin_ms: 6_000,
        }
    }
}

/// One call: who it is told apart by, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// An id that no other call has: Lambda's request id. Claims are known by it.
    pub id: String,
    /// When it must be done, in milliseconds since the Unix epoch.
    pub deadline_ms: i64,
}

/// The most ids of one selection.
pub const IDS_MAX: usize = 1_000;

/// The most lines of one answer to `list`.
pub const LIST_MAX: usize = 500;

/// The most differences of one case in an answer.
pub const DIFF_MAX: usize = 100;
