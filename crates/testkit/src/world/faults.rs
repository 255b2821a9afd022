//! Faults on demand: at the nth call of an effect, or by chance from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use aduana_cases::ports::{EffectError, EffectErrorKind};

/// A call to the world that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `BatchExecuteStatement` that inserts invoices.
    Store,
    /// One statement of it, inside a 200.
    StoreEntry,
    /// `BatchExecuteStatement` that inserts likenesses.
    Note,
    /// One statement of it, inside a 200.
    NoteEntry,
    /// Look-up of an invoice.
    Has,
    /// Transaction that opens a case.
    Hold,
    /// Transaction that closes a case.
    Resolve,
    /// Read of a case's body.
    Fetch,
    /// Reading the head of the case that a message names.
    Find,
    /// Update of a case's head: it is queued.
    Mark,
    /// Read of the windows of some groups.
    Windows,
    /// Transaction that enqueues pending alerts.
    Enter,
    /// Query of everything in the outbox of a group.
    GroupOutbox,
    /// Transaction that fixes a digest, or update that takes one over.
    Fix,
    /// Transaction that removes dispatched alerts, or delete of a window.
    TakeDown,
    /// Query of the index of the outbox.
    Pending,
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
    /// Query of the reasons or the trail of a case.
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
    /// Transaction that sets an invoice aside.
    SetAside,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 32] = [
        Self::Store,
        Self::StoreEntry,
        Self::Note,
        Self::NoteEntry,
        Self::Has,
        Self::Hold,
        Self::Resolve,
        Self::Fetch,
        Self::Find,
        Self::Mark,
        Self::Windows,
        Self::Enter,
        Self::GroupOutbox,
        Self::Fix,
        Self::TakeDown,
        Self::Pending,
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
        Self::SetAside,
    ];

    /// Whether it is one entry of a batch, which can only fail inside a 200.
    pub const fn is_entry(self) -> bool {
        matches!(
            self,
            Self::StoreEntry
                | Self::NoteEntry
                | Self::SendEntry
                | Self::PublishEntry
                | Self::ResendEntry
                | Self::DeleteEntry
        )
    }

    /// The faults that its service can have.
    pub const fn faults(self) -> &'static [Fault] {
        if self.is_entry() { &Fault::OF_AN_ENTRY } else { &Fault::ALL }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Store | Self::StoreEntry => "store",
            Self::Note | Self::NoteEntry => "note the likeness",
            Self::Has => "has",
            Self::Hold => "hold",
            Self::Resolve => "resolve",
            Self::Fetch => "fetch",
            Self::Find => "find",
            Self::Mark => "mark",
            Self::Windows => "windows",
            Self::Enter => "enter",
            Self::GroupOutbox => "outbox",
            Self::Fix => "fix",
            Self::TakeDown => "take down",
            Self::Pending => "pending",
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
            Self::SetAside => "set aside",
            Self::Expire => "expire",
        }
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// It takes nine seconds, and happens.
    Slow,
    /// It happens, and meanwhile the function's clock jumps an hour ahead.
    JumpAhead,
    /// It happens, and meanwhile the function's clock is put back by an hour.
    JumpBack,
}

impl Fault {
    /// Every fault of a service.
    pub const ALL: [Self; 9] = [
        Self::Throttle,
        Self::ServerError,
        Self::Refuse,
        Self::LostReply,
        Self::Hang,
        Self::HangAfter,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Slow,
    ];

    /// Those of the function's own clock.
    pub const OF_THE_CLOCK: [Self; 2] = [Self::JumpAhead, Self::JumpBack];

    /// Those that one entry of a batch can have, inside a 200.
    pub const OF_AN_ENTRY: [Self; 4] = [Self::Throttle, Self::ServerError, Self::Refuse, Self::LostReply];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::ServerError => "5xx",
            Self::Refuse => "refusal",
            Self::LostReply => "lost reply",
            Self::Hang => "timeout before",
            Self::HangAfter => "timeout after",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
            Self::Slow => "slow",
            Self::JumpAhead => "clock ahead",
            Self::JumpBack => "clock back",
        }
    }

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
    /// What went wrong, how often.
    injected: BTreeMap<(bool, Fault), u64>,
    chance: Option<Chance>,
}

#[derive(Debug)]
struct Chance {
    rng: Rng,
    percent: u64,
    /// How many hundredths of the calls see the clock jump.
    jumps: u64,
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
        self.chance = Some(Chance { rng: Rng::new(seed), percent, jumps: 0 });
    }

    pub(super) fn jumps_by_chance(&mut self, percent: u64) {
        if let Some(chance) = &mut self.chance {
            chance.jumps = percent;
        }
    }

    pub(super) fn none(&mut self) {
        let (calls, injected) = (std::mem::take(&mut self.calls), std::mem::take(&mut self.injected));
        *self = Self { calls, injected, ..Self::default() };
    }

    pub(super) fn calls(&self, call: Call) -> usize {
        self.calls.get(&call).copied().unwrap_or(0)
    }

    /// Counts a call. Returns its fault and how long it takes.
    pub(super) fn next(&mut self, call: Call) -> (Option<Fault>, Duration) {
        let count = self.calls.entry(call).or_default();
        *count += 1;
        let scripted = self.scripted.remove(&(call, *count)).or_else(|| self.always.get(&call).copied());
        let mut latency = Duration::ZERO;
        let mut fault = scripted;
        if let Some(Chance { rng, percent, jumps }) = &mut self.chance {
            latency = Duration::from_millis(rng.below(40));
            let drawn = (rng.below(100) < *percent).then(|| rng.pick(call.faults()));
            let jump = (*jumps > 0 && !call.is_entry() && rng.below(100) < *jumps)
                .then(|| rng.pick(&Fault::OF_THE_CLOCK));
            fault = scripted.or(drawn).or(jump);
        }
        if let Some(fault) = fault {
            *self.injected.entry((call.is_entry(), fault)).or_default() += 1;
        }
        (fault, latency)
    }

    /// What went wrong so far, by name.
    pub(super) fn injected(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let name = |is_entry, fault: Fault| if is_entry { "partial failure in a 200" } else { fault.name() };
        self.injected.iter().map(move |((is_entry, fault), count)| (name(*is_entry, *fault), *count))
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
