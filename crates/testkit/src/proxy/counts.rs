//! What a proxy has done.

use std::collections::BTreeMap;
use std::fmt;

/// A kind of thing that is done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Injected {
    /// It came: all of them are counted here, whatever became of them.
    Request,
    /// A 5xx, and nothing was carried out.
    ServerError,
    /// A 5xx, although it was carried out.
    ServerErrorAfter,
    /// A 4xx that says to slow down.
    Throttle,
    /// Carried out, and the connection closed without an answer.
    Cut,
    /// Carried out, and the connection closed in the middle of the answer.
    BrokenOff,
    /// Carried out, and never answered.
    Hang,
    /// A batch of which a part failed, and was not carried out.
    Part,
    /// A batch of which a part failed, and was carried out all the same.
    PartAfter,
    /// The sender was killed before it was carried out.
    Kill,
    /// The sender was killed after it was carried out.
    KillAfter,
}

impl Injected {
    /// What goes wrong with the wire, and not with the sender.
    pub const FAULTS: [Self; 8] = [
        Self::ServerError,
        Self::ServerErrorAfter,
        Self::Throttle,
        Self::Cut,
        Self::BrokenOff,
        Self::Hang,
        Self::Part,
        Self::PartAfter,
    ];
}

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "requests",
            Self::ServerError => "5xx, not carried out",
            Self::ServerErrorAfter => "5xx, carried out",
            Self::Throttle => "throttled",
            Self::Cut => "reply lost: connection cut",
            Self::BrokenOff => "reply lost: broken off in the middle",
            Self::Hang => "reply lost: never answered",
            Self::Part => "batch failed in part, not carried out",
            Self::PartAfter => "batch failed in part, carried out",
            Self::Kill => "killed before its request was carried out",
            Self::KillAfter => "killed after its request was carried out",
        })
    }
}

/// Counts by kind and operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(Injected, String), u64>);

impl Tally {
    pub(super) fn count(&mut self, operation: &str, injected: Injected) {
        *self.0.entry((injected, operation.to_owned())).or_default() += 1;
    }

    /// How many of these kinds.
    pub fn all(&self, kinds: &[Injected]) -> u64 {
        self.0.iter().filter(|((kind, _), _)| kinds.contains(kind)).map(|(_, count)| count).sum()
    }

    /// How many senders were killed.
    pub fn kills(&self) -> u64 {
        self.all(&[Injected::Kill, Injected::KillAfter])
    }

    /// How many of a kind at an operation.
    pub fn at(&self, operation: &str, kind: Injected) -> u64 {
        self.0.get(&(kind, operation.to_owned())).copied().unwrap_or(0)
    }

    /// The operations at which something of a kind was done, with how often.
    pub fn of(&self, kind: Injected) -> impl Iterator<Item = (&str, u64)> {
        let of_kind = self.0.iter().filter(move |((its, _), _)| *its == kind);
        of_kind.map(|((_, operation), count)| (operation.as_str(), *count))
    }
}
