//! What worlds come to.

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
    /// Those that ended as a held message.
    pub held: u64,
    /// Alerts, each once however often it was published.
    pub alerts: u64,
    /// Held messages that the alerts tell of, each attempt for itself.
    pub told: u64,
    /// Promises that the judge has looked at.
    pub checks: u64,
    /// What it found missing: messages, invoices, copies, alerts.
    pub lost: u64,
    /// What it found twice.
    pub doubled: u64,
    /// What went wrong, and how often.
    pub befell: BTreeMap<&'static str, u64>,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.messages += other.messages;
        self.stored += other.stored;
        self.held += other.held;
        self.alerts += other.alerts;
        self.told += other.told;
        self.checks += other.checks;
        self.lost += other.lost;
        self.doubled += other.doubled;
        for (what, count) in other.befell {
            *self.befell.entry(what).or_default() += count;
        }
    }
}
