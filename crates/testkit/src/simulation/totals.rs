//! What worlds come to, in numbers.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Counts of one world, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Worlds.
    pub worlds: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// Those that ended as a stored invoice.
    pub stored: u64,
    /// Those whose invoice was set aside.
    pub set_aside: u64,
    /// Those that ended as a held message.
    pub held: u64,
    /// Alerts, each once however often it was published.
    pub alerts: u64,
    /// Held messages that the alerts list, each attempt for itself.
    pub alerted: u64,
    /// How often the checker has checked a promise.
    pub checks: u64,
    /// What the checker found missing: messages, invoices, copies, alerts.
    pub lost: u64,
    /// What the checker found twice.
    pub doubled: u64,
    /// What was injected, and how often.
    pub injected: BTreeMap<&'static str, u64>,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.messages += other.messages;
        self.stored += other.stored;
        self.set_aside += other.set_aside;
        self.held += other.held;
        self.alerts += other.alerts;
        self.alerted += other.alerted;
        self.checks += other.checks;
        self.lost += other.lost;
        self.doubled += other.doubled;
        for (what, count) in other.injected {
            *self.injected.entry(what).or_default() += count;
        }
    }
}
