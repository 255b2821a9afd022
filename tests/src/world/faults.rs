//! Faults on demand: at the nth call of an effect, or by chance from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use aduana_intake::ports::{EffectError, EffectErrorKind};

/// A call to the world that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Conditional write of an invoice.
    Store,
    /// Look-up of an invoice.
    Has,
    /// Transaction that opens a case.
    Hold,
    /// Transaction that closes a case.
    Resolve,
    /// Read of a case's body.
    Fetch,
    /// Update of a case's head: it is queued.
    Mark,
    /// Read of the windows of some groups.
    Windows,
    /// Transaction that puts notices up.
    Enter,
    /// Query of everything on the board of a group.
    Board,
    /// Transaction that fixes a digest, or update that takes one over.
    Fix,
    /// Transaction that takes down what was told, or delete of a window.
    TakeDown,
    /// Query of the index of the board.
    Posted,
    /// `SendMessageBatch`.
    Send,
    /// One entry of `SendMessageBatch`, inside a 200.
    SendEntry,
    /// `PublishBatch`.
    Publish,
    /// One entry of `PublishBatch`, inside a 200.
    PublishEntry,
    /// Query of an index.
    Page,
    /// Read of heads.
    Heads,
    /// Query of the rest of a case: reasons, trail, contents.
    Look,
    /// Transaction of a person's act on a case.
    Write,
    /// `SendMessageBatch` to the intake queue.
    Resend,
    /// One entry of it, inside a 200.
    ResendEntry,
    /// Receive from the dead-letter queue.
    Receive,
    /// `DeleteMessageBatch` on the dead-letter queue.
    Delete,
    /// One entry of it, inside a 200.
    DeleteEntry,
    /// Read of a stored invoice.
    LookUp,
    /// Giving up a case whose time is over.
    Expire,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 27] = [
        Self::Store,
        Self::Has,
        Self::Hold,
        Self::Resolve,
        Self::Fetch,
        Self::Mark,
        Self::Windows,
        Self::Enter,
        Self::Board,
        Self::Fix,
        Self::TakeDown,
        Self::Posted,
        Self::Send,
        Self::SendEntry,
        Self::Publish,
        Self::PublishEntry,
        Self::Page,
        Self::Heads,
        Self::Look,
        Self::Write,
        Self::Resend,
        Self::ResendEntry,
        Self::Receive,
        Self::Delete,
        Self::DeleteEntry,
        Self::LookUp,
        Self::Expire,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Has => "has",
            Self::Hold => "hold",
            Self::Resolve => "resolve",
            Self::Fetch => "fetch",
            Self::Mark => "mark",
            Self::Windows => "windows",
            Self::Enter => "enter",
            Self::Board => "board",
            Self::Fix => "fix",
            Self::TakeDown => "take down",
            Self::Posted => "posted",
            Self::Send | Self::SendEntry => "send",
            Self::Publish | Self::PublishEntry => "publish",
            Self::Page => "page",
            Self::Heads => "heads",
            Self::Look => "look",
            Self::Write => "write",
            Self::Resend | Self::ResendEntry => "resend",
            Self::Receive => "receive",
            Self::Delete | Self::DeleteEntry => "delete",
            Self::LookUp => "look up",
            Self::Expire => "expire",
        }
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Throttled: the effect does not happen.
    Throttle,
    /// A 5xx: the effect does not happen.
    ServerError,
    /// Refused, as by a missing permission: the effect does not happen.
    Refuse,
    /// The effect happens, and the reply is lost: a time-out.
    LostReply,
    /// No answer ever; the effect does not happen.
    Hang,
    /// No answer ever, although the effect happens.
    HangAfter,
    /// The function dies before the effect.
    CrashBefore,
    /// The function dies after the effect.
    CrashAfter,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 8] = [
        Self::Throttle,
        Self::ServerError,
        Self::Refuse,
        Self::LostReply,
        Self::Hang,
        Self::HangAfter,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// Whether the effect happens all the same.
    pub const fn happens(self) -> bool {
        matches!(self, Self::LostReply | Self::HangAfter | Self::CrashAfter)
    }

    /// Whether the whole function dies.
    pub const fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    pub(super) fn error(self, call: Call) -> EffectError {
        let kind = match self {
            Self::Throttle => EffectErrorKind::Throttled,
            Self::ServerError => EffectErrorKind::Failed,
            Self::Refuse => EffectErrorKind::Refused,
            _ => EffectErrorKind::TimedOut,
        };
        EffectError::new(kind, call.name()).with_code("Injected")
    }
}

/// When what goes wrong.
#[derive(Debug, Default)]
pub(super) struct Faults {
    scripted: BTreeMap<(Call, usize), Fault>,
    always: BTreeMap<Call, Fault>,
    calls: BTreeMap<Call, usize>,
    chance: Option<Chance>,
}

#[derive(Debug)]
struct Chance {
    rng: Rng,
    percent: u64,
}

impl Faults {
    pub(super) fn script(&mut self, call: Call, nth: usize, fault: Fault) {
        self.scripted.insert((call, nth), fault);
    }

    pub(super) fn always(&mut self, call: Call, fault: Option<Fault>) {
        match fault {
            Some(fault) => drop(self.always.insert(call, fault)),
            None => drop(self.always.remove(&call)),
        }
    }

    pub(super) fn by_chance(&mut self, seed: u64, percent: u64) {
        self.chance = Some(Chance { rng: Rng::new(seed), percent });
    }

    pub(super) fn none(&mut self) {
        *self = Self { calls: std::mem::take(&mut self.calls), ..Self::default() };
    }

    pub(super) fn calls(&self, call: Call) -> usize {
        self.calls.get(&call).copied().unwrap_or(0)
    }

    /// Counts a call, and says what is to go wrong with it and how long it takes.
    pub(super) fn next(&mut self, call: Call) -> (Option<Fault>, Duration) {
        let count = self.calls.entry(call).or_default();
        *count += 1;
        let scripted = self.scripted.remove(&(call, *count)).or_else(|| self.always.get(&call).copied());
        let Some(Chance { rng, percent }) = &mut self.chance else {
            return (scripted, Duration::ZERO);
        };
        let latency = Duration::from_millis(rng.below(40));
        // An entry inside a 200 cannot take the function down or hang; the call as a whole can.
        let is_entry =
            matches!(call, Call::SendEntry | Call::PublishEntry | Call::ResendEntry | Call::DeleteEntry);
        let faults = if is_entry { 4 } else { Fault::ALL.len() };
        let drawn = (rng.below(100) < *percent).then(|| rng.pick(&Fault::ALL[..faults]));
        (scripted.or(drawn), latency)
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator with this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`, which is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    /// One of `items`, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        items[usize::try_from(index).expect("an index")]
    }
}
