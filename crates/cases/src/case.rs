//! The case of a held message: its head, its reasons, its group, and the life cycle as far as the validator moves it. What people
//! move is in [`aduana_redrive::steps`]; this is the whole of it:
//!
//! ```text
//!                 held             claimed            sent
//!  (no case) ───────────▶ open ─────────────▶ resending ──────▶ resent
//!                         ▲│▲ │  unsent, lapsed  │  │              │
//!                         │││ └◀─────────────────┘  │              │
//!                         ││└──── returned by SQS, reopened ◀──────┤
//!       refused again,    ││ stored                 │ stored       │ stored
//!       next attempt      │▼                        ▼              ▼
//!                       (any) ─────────────────▶ resolved ◀────────┘
//!
//!  open ── too many attempts ──▶ parked ── released ──▶ open
//!  open, parked ── discarded ──▶ discarded ── reopened ──▶ open
//! ```
//!
//! A refusal opens a case again from any state, and a stored invoice resolves it from any: both are facts.
//!
//! [`on_hold`] and [`on_resolve`] say what to write for what is there. Whoever keeps the case file reads the head, asks
//! them, and writes the head together with the event on the condition that the head still has the `version` that was
//! read (or still is not there); if not, it asks again.

use std::collections::BTreeSet;
use std::fmt;

use aduana_invoice::{Category, Fingerprint, Severity, Summary, Violation};

use serde::{Deserialize, Serialize};

use crate::body::Packed;
use crate::message::{CaseId, Sender, Source};
use crate::ports::{HoldReply, Resolution, ResolveReply};
use crate::trail::{Act, Entry, Event, TrailEnd, VALIDATOR};

/// A message to be held, with everything that its case keeps.
///
/// The head takes all fields but `body` and `producer_attributes`. Those go into items of their own, `body:<attempt>:0001`
/// and on, `attributes:<attempt>:0001` and on: what was received at an earlier attempt stays, and a list of cases does
/// not read their bodies.
#[derive(Clone)]
pub struct NewCase {
    /// The case's id.
    pub id: CaseId,
    /// 1 for a message that was never held before.
    pub attempt: u32,
    /// Where the message first came from.
    pub source: Source,
    /// Who sent it in the first place, where known.
    pub sender: Option<Sender>,
    /// The id of the message that brought this attempt.
    pub message_id: String,
    /// When the producer sent it, where known; when it was judged, otherwise. Milliseconds since the Unix epoch.
    pub received_at_ms: i64,
    /// When it was judged. Milliseconds since the Unix epoch.
    pub seen_at_ms: i64,
    /// The fingerprint of the exact body.
    pub fingerprint: Fingerprint,
    /// The exact body, split.
    pub body: Packed,
    /// The producer's attributes as JSON ([`crate::attributes::to_json`]), split; `None` if there are none.
    pub producer_attributes: Option<Packed>,
    /// The version of the rule set that refused it.
    pub ruleset: String,
    /// Why it is held.
    pub reasons: Reasons,
    /// What could be read of it; its texts are short enough for any item.
    pub summary: Summary,
}

/// Shows ids, codes and sizes, nothing of the message.
impl fmt::Debug for NewCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCase")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .field("reasons", &self.reasons)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Why a message is held.
#[derive(Clone, PartialEq, Eq)]
pub struct Reasons {
    /// The violations, warnings included, until [`Reasons::BYTES_MAX`] is full.
    pub listed: Vec<Violation>,
    /// The number of errors, listed or not.
    pub count: usize,
    /// The first, most telling code.
    pub code: &'static str,
    /// The worst category present.
    pub category: Category,
    /// The group of the case.
    pub group: Group,
}

/// Cases with one cause: the same codes at the same places, from the same seller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    /// 16 hexadecimal digits.
    pub id: String,
    /// The group in words, without any value of an invoice: the first code and its place, and how many more there are.
    pub label: String,
}

impl Reasons {
    /// The most bytes of reasons in a head: a table item holds 400 KB. The rest can be had again from the body.
    pub const BYTES_MAX: usize = 256 * 1024;

    /// The reasons in `violations`, of which at least one is an error, for a document of `summary`'s seller.
    pub fn new(violations: Vec<Violation>, summary: &Summary) -> Self {
        let errors = || violations.iter().filter(|violation| violation.severity == Severity::Error);
        let code = errors().next().map_or(UNKNOWN, |first| first.code);
        let category = errors().map(|error| error.category).min().unwrap_or(Category::Structure);
        let count = errors().count();
        let group = Group::of(errors(), summary);
        Self { listed: bounded(violations), count, code, category, group }
    }

    /// The listed errors, without the warnings.
    pub fn errors(&self) -> impl Iterator<Item = &Violation> {
        self.listed.iter().filter(|violation| violation.severity == Severity::Error)
    }

    /// The distinct codes of the errors, in the order of the verdict.
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for error in self.errors() {
            if !codes.contains(&error.code) {
                codes.push(error.code);
            }
        }
        codes
    }
}

/// Never seen: a verdict that refuses has an error.
const UNKNOWN: &str = "UNKNOWN";

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reasons({:?}, {} errors, {:?})", self.listed, self.count, self.group)
    }
}

impl Group {
    fn of<'a>(errors: impl Iterator<Item = &'a Violation>, summary: &Summary) -> Self {
        let mut first = None;
        let mut places = BTreeSet::new();
        for error in errors {
            let place = (error.code, without_indices(&error.path));
            first.get_or_insert_with(|| place.clone());
            places.insert(place);
        }
        // An invoice without a number has no key, but still a seller with a name.
        let seller = summary.key.as_ref().map(|key| &key.seller).or(summary.seller.as_ref());
        let mut id = Fingerprint::of(serde_json::json!([seller, places]).to_string().as_bytes()).to_string();
        id.truncate(16);
        let (code, path) = first.unwrap_or((UNKNOWN, String::new()));
        let place = if path.is_empty() { code.to_owned() } else { format!("{code} {path}") };
        let label = match places.len() {
            0 | 1 => place,
            n => format!("{place} +{}", n - 1),
        };
        Self { id, label }
    }
}

/// `/lines/3/price/net` → `/lines/*/price/net`.
fn without_indices(path: &str) -> String {
    let is_index = |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    path.split('/').map(|step| if is_index(step) { "*" } else { step }).collect::<Vec<_>>().join("/")
}

/// The most bytes of one reason. What is longer keeps its code and its place; the rest can be had again from the body.
const REASON_BYTES_MAX: usize = 16 * 1024;

/// The first violations that fill at most [`Reasons::BYTES_MAX`].
fn bounded(violations: Vec<Violation>) -> Vec<Violation> {
    let mut bytes = 0;
    let slim = |violation: Violation| match size_in_table(&violation) {
        0..=REASON_BYTES_MAX => violation,
        _ => Violation { expected: None, actual: None, suggestion: Vec::new(), ..violation },
    };
    let fits = |violation: &Violation| {
        bytes += size_in_table(violation);
        bytes <= Reasons::BYTES_MAX
    };
    violations.into_iter().map(slim).take_while(fits).collect()
}

/// An upper estimate of a violation's bytes as a map in a table item, names and overhead included.
fn size_in_table(violation: &Violation) -> usize {
    const NAMES_AND_OVERHEAD: usize = 160;
    let suggestion = serde_json::to_string(&violation.suggestion).map_or(0, |json| json.len());
    NAMES_AND_OVERHEAD
        + violation.path.len()
        + violation.expected.as_ref().map_or(0, |text| text.len())
        + violation.actual.as_ref().map_or(0, String::len)
        + suggestion
}

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for somebody.
    Open,
    /// Claimed for a resend.
    Resending,
    /// Sent through again.
    Resent,
    /// Its invoice was stored.
    Resolved,
    /// Given up by a person.
    Discarded,
    /// Too many attempts; a person must release it.
    Parked,
}

impl State {
    /// The state's name as it stands in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resending => "resending",
            Self::Resent => "resent",
            Self::Resolved => "resolved",
            Self::Discarded => "discarded",
            Self::Parked => "parked",
        }
    }

    /// Every state, in the order in which a person looks at them.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Parked, Self::Resending, Self::Resent, Self::Discarded, Self::Resolved];

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether the case has ended.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Discarded)
    }
}

/// What of a case's head decides about the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseHead {
    /// The state.
    pub state: State,
    /// The last attempt that was held.
    pub attempt: u32,
    /// The fingerprint of that attempt's body.
    pub fingerprint: String,
    /// Where its message first came from.
    pub source: Source,
    /// Who sent that, where known.
    pub sender: Option<Sender>,
    /// The fingerprints of every body that was held, the one that was stored in the end included. They are the first one and some of the
    /// corrections, so their number is bounded as that of the corrections is.
    pub bodies: Vec<String>,
    /// The fingerprints of every correction, whether or not it was sent.
    pub corrections: Vec<String>,
    /// Whether that attempt is in the dead-letter queue (`queued_at`).
    pub queued: bool,
    /// Whether it is in the outbox of alerts, or was: it was reported, or will be (`alerted_at`).
    pub alerted: bool,
    /// The fingerprint of the correction that waits to be sent, if there is one.
    pub correction: Option<String>,
    /// The fingerprint of the body that was sent, or may have been, without an outcome as yet.
    pub in_flight: Option<String>,
    /// The end of the trail.
    pub trail: TrailEnd,
}

impl CaseHead {
    /// Whether the case has the body of this fingerprint. Only that proves that a message is the case's: its attributes are whatever its
    /// sender wrote.
    pub fn knows(&self, fingerprint: &str) -> bool {
        self.bodies.iter().chain(&self.corrections).any(|known| known == fingerprint)
    }

    /// Whether a refusal of the body of this fingerprint is that of the waiting correction: it is the attempt's own body now.
    pub fn ends_correction(&self, fingerprint: &str) -> bool {
        self.correction.as_deref() == Some(fingerprint)
    }

    /// Whether a refusal of the body of this fingerprint is the outcome that was waited for. That of another body, as of a copy
    /// that was moved back from the dead-letter queue, is not: the one that was sent is still to come.
    pub fn ends_in_flight(&self, fingerprint: &str) -> bool {
        self.in_flight.as_deref() == Some(fingerprint)
    }
}

/// What to do with a message to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldStep {
    /// Write a new head (state `open`, neither queued nor alerted), the body, and this event; then reply
    /// [`HoldReply::Opened`].
    Open(Event),
    /// Write over the head: state `open`, the new attempt with its reasons, neither queued nor alerted, the fingerprint
    /// added to `bodies`, `first_seen`, `received_at` and `source` kept, no claim, the correction gone if
    /// [`CaseHead::ends_correction`], what is under way gone if [`CaseHead::ends_in_flight`]; write the new body and this event;
    /// then reply [`HoldReply::Opened`].
    Reopen(Event),
    /// Write nothing; reply this.
    Reply(HoldReply),
}

/// Decides what a message to be held does to what is there.
pub fn on_hold(head: Option<&CaseHead>, case: &NewCase) -> HoldStep {
    let fingerprint = case.fingerprint.to_string();
    let entry = |act, before| Entry {
        at_ms: case.seen_at_ms,
        actor: VALIDATOR,
        way: if matches!(act, Act::Received) { case.sender.as_ref().map_or("", Sender::as_str) } else { "" },
        act,
        attempt: case.attempt,
        reason: case.reasons.codes().join(" "),
        before,
        after: &fingerprint,
    };
    let Some(head) = head else {
        return HoldStep::Open(TrailEnd::default().next(&case.id, entry(Act::Received, None)));
    };
    let known = head.bodies.contains(&fingerprint);
    if case.attempt > head.attempt && !(known && head.state.is_closed()) {
        return HoldStep::Reopen(head.trail.next(&case.id, entry(Act::Refused, Some(&head.fingerprint))));
    }
    HoldStep::Reply(if fingerprint == head.fingerprint && case.attempt <= head.attempt {
        // A case that somebody has taken up since needs neither a copy in the queue nor an alert.
        let taken_up = head.state != State::Open;
        HoldReply::AlreadyHeld {
            attempt: head.attempt,
            queued: head.queued || taken_up,
            alerted: head.alerted || taken_up,
        }
    } else if known {
        HoldReply::Superseded
    } else {
        HoldReply::Occupied { attempt: head.attempt }
    })
}

/// What to do with the case of an invoice that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveStep {
    /// Set the head's state to `resolved`, add the fingerprint to `bodies`, note the invoice's key, take away the claim and what
    /// is under way, and write this event; then reply [`ResolveReply::Resolved`].
    Close(Box<Event>),
    /// Write nothing; reply this.
    Reply(ResolveReply),
}

/// Decides what a stored invoice does to its case.
///
/// Whatever state and attempt the case is at, `discarded` included: that the invoice is stored is a fact, and the trail
/// says how it came about. Only a body that the case has not had closes nothing.
pub fn on_resolve(id: &CaseId, head: Option<&CaseHead>, resolution: &Resolution) -> ResolveStep {
    let Some(head) = head else {
        return ResolveStep::Reply(ResolveReply::NoCase);
    };
    if !head.knows(&resolution.fingerprint.to_string()) {
        return ResolveStep::Reply(ResolveReply::Foreign);
    }
    if head.state == State::Resolved {
        return ResolveStep::Reply(ResolveReply::AlreadyResolved);
    }
    ResolveStep::Close(Box::new(head.trail.next(
        id,
        Entry {
            at_ms: resolution.at_ms,
            actor: VALIDATOR,
            way: "",
            act: Act::Stored,
            attempt: resolution.attempt,
            reason: String::new(),
            before: Some(&head.fingerprint),
            after: &resolution.fingerprint.to_string(),
        },
    )))
}

#[cfg(test)]
#[path = "case/tests.rs"]
mod tests;
