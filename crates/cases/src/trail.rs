//! A case's trail: what happened to it, by whom, each event bound to the one before by its hash.

use aduana_invoice::{Fingerprint, InvoiceKey};
use serde::{Deserialize, Serialize};

use crate::message::CaseId;
use crate::time::rfc3339;

/// The actor of what the validator function does itself.
pub const VALIDATOR: &str = "system:validator";
/// The actor of what the redrive function does unasked.
pub const REDRIVE: &str = "system:redrive";

/// What happened to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// The message was held for the first time.
    Received,
    /// A later attempt was refused again.
    Refused,
    /// Its invoice was stored.
    Stored,
    /// A corrected body was put in the place of the last one.
    Corrected,
    /// Somebody took the right to send it.
    Claimed,
    /// It is in the intake queue.
    Sent,
    /// It could not be sent, or nobody can say whether it was.
    Unsent,
    /// The right to send it lapsed. It may have been sent.
    Lapsed,
    /// SQS dead-lettered the message on its way.
    Returned,
    /// It was discarded by a person.
    Discarded,
    /// It was opened again by a person.
    Reopened,
    /// Its owner, note or ticket was changed.
    Annotated,
    /// It has had too many attempts.
    Parked,
    /// It may be sent again although it has had many attempts.
    Released,
    /// Its values were shown to a person, or a person tested them.
    Viewed,
    /// A stored invoice was set aside by a person: an event of its key's trail ([`trail_of_key`]).
    SetAside,
}

impl Act {
    /// The act's name as it stands in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Refused => "refused",
            Self::Stored => "stored",
            Self::Corrected => "corrected",
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Unsent => "unsent",
            Self::Lapsed => "lapsed",
            Self::Returned => "returned",
            Self::Discarded => "discarded",
            Self::Reopened => "reopened",
            Self::Annotated => "annotated",
            Self::Parked => "parked",
            Self::Released => "released",
            Self::Viewed => "viewed",
            Self::SetAside => "set_aside",
        }
    }
}

/// How an act was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// By the function's URL or its HTTP API, signed: AWS has verified the caller, and named him.
    Url,
    /// By `Invoke`: the command line of AWS, `cargo lambda invoke`, the console's test tab. The caller names himself.
    Direct,
    /// By EventBridge, at its time.
    Schedule,
}

impl Way {
    /// The way's name as it stands in the table and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Direct => "direct",
            Self::Schedule => "schedule",
        }
    }
}

/// One event of a trail. All its fields are text, as they are stored, hashed and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 1 for the first event of a case, then without gaps.
    pub seq: u32,
    /// When, RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// Who: [`VALIDATOR`], [`REDRIVE`], or a person.
    pub actor: String,
    /// How it came: [`Way::as_str`] for what somebody asked for; for a message that was received, its sender, where known; else empty.
    pub way: String,
    /// What: [`Act::as_str`].
    pub act: String,
    /// The attempt that the event belongs to.
    pub attempt: u32,
    /// Why, in the words of the actor; empty where nobody was asked. For a refusal: the reason codes.
    pub reason: String,
    /// The fingerprint of the body before, empty where there was none.
    pub before: String,
    /// The fingerprint of the body after, empty where there is none.
    pub after: String,
    /// The hash of the event before; empty for the first.
    pub prev: String,
    /// The hash of this event.
    pub hash: String,
}

/// What an event says, before it has its place in the trail.
pub struct Entry<'a> {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who.
    pub actor: &'a str,
    /// How it came: see [`Event::way`].
    pub way: &'a str,
    /// What.
    pub act: Act,
    /// Which attempt of the case it is.
    pub attempt: u32,
    /// Why.
    pub reason: String,
    /// The fingerprint of the body before.
    pub before: Option<&'a str>,
    /// The fingerprint of the body after.
    pub after: &'a str,
}

/// Whose trail it is what was set aside under a key: an id as that of a case, made from the key.
pub fn trail_of_key(key: &InvoiceKey) -> CaseId {
    CaseId::of_text(&format!("key:{}", serde_json::json!(key)))
}

/// The end of a trail: what the next event binds to. It stands in the case's head, so that writing the head and the next
/// event in one transaction keeps the chain whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrailEnd {
    /// The last event's number; 0 for no event.
    pub seq: u32,
    /// The last event's hash.
    pub hash: String,
}

impl TrailEnd {
    /// The next event of a trail that ends here.
    pub fn next(&self, case: &CaseId, entry: Entry<'_>) -> Event {
        let mut event = Event {
            seq: self.seq.saturating_add(1),
            at: rfc3339(entry.at_ms),
            actor: entry.actor.to_owned(),
            way: entry.way.to_owned(),
            act: entry.act.as_str().to_owned(),
            attempt: entry.attempt,
            reason: entry.reason,
            before: entry.before.unwrap_or_default().to_owned(),
            after: entry.after.to_owned(),
            prev: self.hash.clone(),
            hash: String::new(),
        };
        event.hash = event.hash_in(case);
        event
    }
}

impl Event {
    /// The event as the end of a trail.
    pub fn end(&self) -> TrailEnd {
        TrailEnd { seq: self.seq, hash: self.hash.clone() }
    }

    /// The sort key of the event in its case: six digits, so that events sort by number.
    pub fn item(&self) -> String {
        format!("event:{:06}", self.seq)
    }

    /// SHA-256 over the case and every field but the hash, as a JSON array of strings: no two events print the same.
    fn hash_in(&self, case: &CaseId) -> String {
        let (seq, attempt) = (self.seq.to_string(), self.attempt.to_string());
        let fields = [
            case.as_str(),
            &seq,
            &self.at,
            &self.actor,
            &self.way,
            &self.act,
            &attempt,
            &self.reason,
            &self.before,
            &self.after,
            &self.prev,
        ];
        Fingerprint::of(serde_json::json!(fields).to_string().as_bytes()).to_string()
    }
}

/// Whether `events`, in order, are the whole trail of `case` up to `end`: nothing missing, nothing altered.
/// Otherwise the number of the first event that does not fit.
pub fn verify(case: &CaseId, events: &[Event], end: &TrailEnd) -> Result<(), u32> {
    let mut last = TrailEnd::default();
    for event in events {
        let due = last.seq.saturating_add(1);
        if event.seq != due || event.prev != last.hash || event.hash != event.hash_in(case) {
            return Err(due);
        }
        last = event.end();
    }
    if last == *end { Ok(()) } else { Err(last.seq.saturating_add(1)) }
}
