//! What the redrive answers: one JSON object, or `{"error":{"code":…,"message":…,"help":…}}`.
//!
//! Values of an invoice are masked unless they were asked for. What identifies a case is not masked: its id, the invoice's number
//! and date, its currency, codes, paths, times.

mod failure;
mod shown;

use std::fmt;

use aduana_invoice::Category;
use serde::{Deserialize, Serialize};

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::trail::Event;
pub use aduana_invoice::json::Difference;
pub use failure::{Code, ErrorBody, Failure};
pub use shown::{Content, InTheWay, Reason, Shown, ShownAttribute, ShownBody, Version};

/// An answer, one variant a kind of action.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each has its own page")]
pub enum Answer {
    List(Lines),
    Groups(GroupLines),
    Get(Box<Shown>),
    Preview(Previewed),
    Done(Done),
    Resend(Resent),
    SetAside(SetAsideReport),
    Reconcile(Reconciled),
    Notify(NotifyReport),
}

impl Answer {
    /// The answer as one JSON object.
    pub fn to_json(&self) -> String {
        // Texts, numbers and JSON as it was read: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// `list`: `{"cases":[…],"cursor":…}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The newest first, state by state; for ids, in the order that was asked for.
    pub cases: Vec<CaseSummary>,
    /// There may be more: ask again with this, even if this answer has no cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A case in one line. Times are RFC 3339 in UTC with milliseconds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// The case.
    pub id: CaseId,
    /// Its state.
    pub state: State,
    /// The last attempt that was held.
    pub attempt: u32,
    /// The first, most telling code.
    pub code: String,
    /// The worst category.
    pub category: Category,
    /// The number of errors.
    pub errors: usize,
    /// The distinct codes of the errors.
    pub codes: Vec<String>,
    /// The group's id.
    pub group: String,
    /// The group in words.
    pub group_label: String,
    /// The seller's identity, masked in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// The seller's name, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_name: Option<String>,
    /// The invoice number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The issue date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<String>,
    /// The currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The amount due, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable: Option<String>,
    /// Where the message first came from.
    pub source: String,
    /// Who sent it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// When the producer sent it first.
    pub received_at: String,
    /// When it was first held.
    pub first_seen: String,
    /// When it was last held or stored.
    pub last_seen: String,
    /// When its copy in the dead-letter queue expires, where there may be one. The case itself does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The number of a ticket elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// Shows the id and the code.
impl fmt::Debug for CaseSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({}, {}, {})", self.id, self.state.as_str(), self.code)
    }
}

/// `groups`: `{"groups":[…],"cases":n,"cursor":…}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLines {
    /// The largest first.
    pub groups: Vec<GroupLine>,
    /// How many cases were counted.
    pub cases: u64,
    /// The same cases by day, the oldest first; days without any are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayLine>,
    /// There are more cases to count: ask again with this, and add up ([`GroupLines::add`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A group with its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLine {
    /// The group's id.
    pub group: String,
    /// The group in words.
    pub label: String,
    /// The first, most telling code.
    pub code: String,
    /// The worst category.
    pub category: Category,
    /// What the rule says, in the language that was asked for.
    pub message: String,
    /// The seller's identity, masked in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// How many cases.
    pub count: u64,
    /// The earliest `first_seen`.
    pub first_seen: String,
    /// The latest `last_seen`.
    pub last_seen: String,
    /// The alerts about it; left out if that was a while ago and nothing has come since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<GroupAlert>,
}

/// What the administrators know of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAlert {
    /// When the last one was sent, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerted_at: Option<String>,
    /// Held messages that are in no alert yet.
    pub not_alerted: u64,
    /// When they will be, if there are any; until when further ones are only counted, if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<String>,
}

/// What happened to the counted cases on a day (UTC), `2026-11-24`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    /// The day.
    pub day: String,
    /// How many were first held.
    pub held: u64,
    /// How many had their invoice stored.
    pub stored: u64,
    /// How many of the copies in the dead-letter queue expire. The cases themselves do not.
    pub expiring: u64,
}

impl GroupLines {
    /// The counts of a day.
    pub(crate) fn day(&mut self, time: &str) -> &mut DayLine {
        let day = time.get(..10).unwrap_or(time);
        let at = match self.days.binary_search_by(|known| known.day.as_str().cmp(day)) {
            Ok(at) => at,
            Err(at) => {
                self.days.insert(at, DayLine { day: day.to_owned(), ..DayLine::default() });
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "it was found there, or has just been put there")]
        &mut self.days[at]
    }

    /// Adds the groups of a later answer.
    pub fn add(&mut self, later: Self) {
        for DayLine { day, held, stored, expiring } in later.days {
            let known = self.day(&day);
            known.held = known.held.saturating_add(held);
            known.stored = known.stored.saturating_add(stored);
            known.expiring = known.expiring.saturating_add(expiring);
        }
        for line in later.groups {
            match self.groups.iter_mut().find(|known| known.group == line.group) {
                Some(known) => {
                    known.alert = known.alert.take().or(line.alert);
                    known.count = known.count.saturating_add(line.count);
                    known.first_seen = line.first_seen.min(std::mem::take(&mut known.first_seen));
                    known.last_seen = line.last_seen.max(std::mem::take(&mut known.last_seen));
                }
                None => self.groups.push(line),
            }
        }
        self.groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.group.cmp(&b.group)));
        self.cases = self.cases.saturating_add(later.cases);
        self.cursor = later.cursor;
    }
}

/// `preview`: `{"valid":38,"invalid":2,"cases":[…],"cursor":…}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Previewed {
    /// How many of `cases` would be valid.
    pub valid: usize,
    /// How many would not.
    pub invalid: usize,
    /// How many could not be looked at.
    pub skipped: Vec<Skipped>,
    /// Each case.
    pub cases: Vec<PreviewedCase>,
    /// There are more: ask again with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What a correction would make of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewedCase {
    /// The case.
    pub id: CaseId,
    /// Its state.
    pub state: State,
    /// The version of the head that was looked at.
    pub version: u64,
    /// How the result is judged.
    pub verdict: CaseVerdict,
    /// The reasons that are left, and warnings.
    pub reasons: Vec<Reason>,
    /// How many more of them there are: an answer has an end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasons_left_off: usize,
    /// What would change, at most [`super::DIFF_MAX`] places, and fewer where their values are long.
    pub diff: Vec<Difference>,
    /// How many places would change.
    pub changes: usize,
}

/// How a body of a case is judged, by the validator and by what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseVerdict {
    /// Its invoice would be stored.
    Valid,
    /// It would be held again.
    Invalid,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// `correct`, `discard`, `reopen`, `annotate`, `release`: `{"done":[…],"skipped":[…],"cursor":…}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The cases that it was done to, or that were so already.
    pub done: Vec<DoneCase>,
    /// Those that it was not done to, with why.
    pub skipped: Vec<Skipped>,
    /// There are more: ask again with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A case that something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneCase {
    /// The case.
    pub id: CaseId,
    /// Its state now.
    pub state: State,
    /// The version of its head now.
    pub version: u64,
    /// Whether anything was written: `false` if it was so already.
    pub changed: bool,
}

/// A case that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The case.
    pub id: CaseId,
    /// Why.
    pub code: Code,
    /// Why, in words.
    pub message: String,
    /// For `StillInvalid`: the codes that are left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// `resend`: `{"sent":[…],"skipped":[…],"left":n,"cursor":…}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resent {
    /// Nothing was sent: `sent` is what would be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The cases that are in the queue now.
    pub sent: Vec<SentCase>,
    /// Those that are not, or may not be, with why.
    pub skipped: Vec<Skipped>,
    /// It stopped because so many could not be sent as was set by `stop_after`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// How many of the selection were not looked at; left out where that is not known without reading them (a group, a query).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<usize>,
    /// There are more: ask again with this. Without it, everything was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A case that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCase {
    /// The case.
    pub id: CaseId,
    /// The attempt that it is now.
    pub attempt: u32,
}

/// `set_aside`: `{"fingerprint":…,"event":{…},"changed":true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAsideReport {
    /// The fingerprint of the invoice that is set aside.
    pub fingerprint: String,
    /// Who did it, when and why: its event on the trail of the key.
    pub event: Event,
    /// Whether anything was written: `false` if it was set aside already.
    pub changed: bool,
}

/// `reconcile`: what was set right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Messages of the dead-letter queue that were looked at.
    pub looked_at: usize,
    /// Messages that SQS had dead-lettered: taken into the case file.
    pub ingested: usize,
    /// Messages that SQS had dead-lettered although their invoice was stored.
    pub already_stored: usize,
    /// Resends that SQS had dead-lettered: their cases are open again.
    pub returned: usize,
    /// Copies of ended cases, of earlier attempts, and copies too many: deleted.
    pub deleted: usize,
    /// Copies whose case is not in the case file, and whose body was only there. They are left.
    pub orphans: usize,
    /// Messages that named a case which does not have their body. Each got a case of its own.
    #[serde(default)]
    pub refused_claims: usize,
    /// Claims that had lapsed: their cases are open again.
    pub lapsed: usize,
    /// Ended cases that were kept for their time: gone from the lists, and deleted within days.
    #[serde(default)]
    pub expired: usize,
    /// Open cases whose copy in the queue expires soon. The cases themselves do not.
    pub expiring: usize,
    /// When the first of those copies expires, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_first: Option<String>,
    /// When the oldest open case was last seen, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_open: Option<String>,
    /// Alerts that were published.
    #[serde(default)]
    pub alerts_sent: usize,
    /// Alerts that could not be published; the next run tries them again.
    #[serde(default)]
    pub alerts_failed: usize,
    /// Effects that failed; the next run tries them again.
    pub failed: usize,
    /// Whether it came to its end; otherwise the time or the calls were used up, and the next run goes on.
    pub complete: bool,
}

/// `notify`: the alerts that were due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyReport {
    /// Alerts that were published.
    pub alerts_sent: usize,
    /// Alerts that could not be published; the next run tries them again.
    pub alerts_failed: usize,
    /// Whether every alert that was due is sent.
    pub complete: bool,
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
