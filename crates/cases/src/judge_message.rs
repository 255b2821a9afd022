//! From a message as it arrived to what is to be done with it. Everything here is computing: no effect, no clock.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aduana_invoice::{Category, Date, Fingerprint, Severity, Summary, Validator, Verdict, Violation};

use crate::UNPROCESSED;
use crate::attributes::{self, ToHold};
use crate::body::{PART_MAX, Packed};
use crate::case::{NewCase, Reasons};
use crate::message::{Attribute, CaseId, Envelope, Sender, Source};
use crate::ports::{HeldMessage, NewInvoice};
use crate::time::day;

/// The code of the rule on invoices that are like another.
pub const SUSPECTED: &str = "FE-D-019";

/// Who judges. [`Validator`] does; a test may put a worse one in its place.
pub trait Judge {
    /// The version of the rule set.
    fn ruleset(&self) -> &str;
    /// Judges one document on the day `today`.
    fn judge(&self, body: &[u8], today: Date) -> Verdict;
    /// What to say of an invoice whose key is stored with other contents; `None` where the rule is turned off.
    fn duplicate_conflict(&self) -> Option<Violation>;
    /// What to say of an invoice that is like another under another number; `None` where the rule is turned off.
    fn suspected_duplicate(&self) -> Option<Violation>;
    /// What to say of an invoice of this seller ([`aduana_invoice::InvoiceKey::seller`]) that this sender may not send; `None` where he may.
    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation>;
    /// Whether two accepted bodies hold the same document.
    fn same_content(&self, a: &[u8], b: &[u8]) -> bool;
}

/// The verdict on a document that came from this sender: whether he may send it is part of it.
pub fn judge_from(judge: &(impl Judge + ?Sized), body: &[u8], today: Date, sender: Option<&str>) -> Verdict {
    let verdict = judge.judge(body, today);
    let key = match &verdict {
        Verdict::Accept { key, .. } => Some(key),
        Verdict::Reject { summary, .. } => summary.key.as_ref(),
    };
    let Some(conflict) = key.and_then(|key| judge.sender_conflict(sender, &key.seller)) else {
        return verdict;
    };
    let is_error = conflict.severity == Severity::Error;
    match verdict {
        Verdict::Accept { summary, warnings, .. } if is_error => {
            Verdict::Reject { summary, violations: [vec![conflict], warnings].concat() }
        }
        Verdict::Accept { key, likeness, summary, mut warnings } => {
            warnings.push(conflict);
            Verdict::Accept { key, likeness, summary, warnings }
        }
        Verdict::Reject { summary, mut violations } => {
            // Before what is wrong with the invoice: it is not his to mend.
            let at = if is_error { 0 } else { violations.len() };
            violations.insert(at, conflict);
            Verdict::Reject { summary, violations }
        }
    }
}

impl Judge for Validator {
    fn ruleset(&self) -> &str {
        Self::ruleset(self)
    }

    fn judge(&self, body: &[u8], today: Date) -> Verdict {
        Self::judge(self, body, today)
    }

    fn duplicate_conflict(&self) -> Option<Violation> {
        Self::duplicate_conflict(self)
    }

    fn suspected_duplicate(&self) -> Option<Violation> {
        Self::suspected_duplicate(self)
    }

    fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        Self::sender_conflict(self, sender, seller)
    }

    fn same_content(&self, a: &[u8], b: &[u8]) -> bool {
        aduana_invoice::same_content(a, b)
    }
}

/// A panic that was contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Computes `work`; a panic in it costs its record, not the batch.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// A message with everything that it carried, unpacked.
pub struct UnpackedMessage {
    /// The id of the message.
    pub message_id: String,
    /// Where it came from in the first place.
    pub source: Source,
    /// Who sent it in the first place, where known.
    pub sender: Option<Sender>,
    /// The case that it belongs to, or would open.
    pub case_id: CaseId,
    /// Which attempt of the case it is.
    pub attempt: u32,
    /// The case that the message itself would open, whatever it carries.
    pub own_case: CaseId,
    /// Whether it is of a case that was there before.
    pub resent: bool,
    /// Whether an earlier delivery may have left effects behind.
    pub may_be_redelivery: bool,
    /// Topic and number of the partition of Kafka that it came from: what keeps its order.
    pub partition: Option<(String, i32)>,
    /// When the producer sent it, in milliseconds since the Unix epoch, where known.
    pub sent_at_ms: Option<i64>,
    /// The exact body.
    pub body: Vec<u8>,
    /// The producer's attributes.
    pub producer: Vec<Attribute>,
}

/// The case that a message is proven to be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The case.
    pub case: CaseId,
    /// Which attempt of the case the message is.
    pub attempt: u32,
    /// Where the case's first message came from.
    pub source: Source,
    /// Who sent that, where known.
    pub sender: Option<Sender>,
}

impl UnpackedMessage {
    /// `envelope` as a message that nobody has held before: all of its attributes are its producer's.
    pub fn first(envelope: Envelope) -> Self {
        let membership = Membership {
            case: envelope.own_case(),
            attempt: 1,
            source: envelope.source.clone(),
            sender: envelope.sender.clone(),
        };
        Self { resent: false, ..Self::of_case(envelope, membership) }
    }

    /// `envelope`, with the body and the producer's attributes that it stands for, as a message of this case.
    pub fn of_case(envelope: Envelope, membership: Membership) -> Self {
        let own_case = envelope.own_case();
        let may_be_redelivery = envelope.may_be_redelivery();
        let partition = match &envelope.source {
            Source::Kafka { topic, partition, .. } => Some((topic.clone(), *partition)),
            Source::Sqs { .. } => None,
        };
        let Membership { case, attempt, source, sender } = membership;
        Self {
            message_id: envelope.id,
            source,
            sender,
            case_id: case,
            attempt,
            own_case,
            resent: true,
            may_be_redelivery,
            partition,
            sent_at_ms: envelope.sent_at_ms,
            body: envelope.body,
            producer: envelope.attributes,
        }
    }

    /// The cases that it may have, in the order in which to ask them. It is the same at each delivery, so that what was held is found
    /// again. A message that nobody has held before may find another's body under its own id. What was resent belongs to its case.
    pub(crate) fn places(&self, fingerprint: &Fingerprint) -> impl Iterator<Item = CaseId> + use<> {
        let beside = (!self.resent).then(|| self.own_case.sibling(fingerprint));
        [self.case_id.clone()].into_iter().chain(beside)
    }

    /// Judges the message as of `now_ms`.
    pub fn judge(self, judge: &impl Judge, now_ms: i64) -> Judged {
        let fingerprint = Fingerprint::of(&self.body);
        let ruleset = judge.ruleset().to_owned();
        let sender = self.sender.as_ref().map(Sender::as_str);
        match judge_from(judge, &self.body, day(now_ms), sender) {
            Verdict::Accept { key, likeness, summary, warnings } => {
                let looked_for = likeness.filter(|_| judge.suspected_duplicate().is_some());
                let likeness = looked_for.and_then(|likeness| likeness.digest(&key));
                let invoice = NewInvoice {
                    key,
                    fingerprint,
                    body: Packed::pack(&self.body, PART_MAX),
                    stored_at_ms: now_ms,
                    message_id: self.message_id.clone(),
                    source: self.source.clone(),
                    sender: self.sender.clone(),
                    case_id: self.resent.then(|| self.case_id.clone()),
                    ruleset,
                    summary: clipped(summary),
                    warnings: codes(&warnings),
                    likeness,
                };
                Judged::Accepted(Box::new(AcceptedMessage { unpacked: self, invoice, warnings }))
            }
            Verdict::Reject { summary, violations } => Judged::Rejected(Box::new(RejectedMessage::new(
                self,
                fingerprint,
                ruleset,
                summary,
                violations,
                now_ms,
            ))),
        }
    }
}

/// A message that was judged.
pub enum Judged {
    /// In order: it is to be stored.
    Accepted(Box<AcceptedMessage>),
    /// Not in order: it is to be held.
    Rejected(Box<RejectedMessage>),
}

impl Judged {
    /// The message, whatever the verdict.
    pub const fn unpacked(&self) -> &UnpackedMessage {
        match self {
            Self::Accepted(accepted) => &accepted.unpacked,
            Self::Rejected(rejected) => &rejected.unpacked,
        }
    }
}

/// A message that holds a valid invoice.
pub struct AcceptedMessage {
    /// The message.
    pub unpacked: UnpackedMessage,
    /// What is to be stored.
    pub invoice: NewInvoice,
    warnings: Vec<Violation>,
}

impl AcceptedMessage {
    /// Refuses the invoice after all: its key is stored with other contents.
    ///
    /// Where the rule is turned off, or is only a warning, the invoice is held all the same: it cannot be stored over the
    /// other one, and every message ends in a place.
    pub fn into_conflict(self, judge: &impl Judge) -> RejectedMessage {
        self.rejected_for(conflict(judge))
    }

    /// Takes in that the invoice is like another under another number. Where the policy makes that an error, the invoice is refused.
    pub fn with_suspicion(mut self, judge: &impl Judge) -> Judged {
        match judge.suspected_duplicate() {
            Some(suspicion) if suspicion.severity == Severity::Error => {
                Judged::Rejected(Box::new(self.rejected_for(suspicion)))
            }
            Some(suspicion) => {
                self.warnings.push(suspicion);
                self.invoice.warnings = codes(&self.warnings);
                Judged::Accepted(Box::new(self))
            }
            None => Judged::Accepted(Box::new(self)),
        }
    }

    fn rejected_for(self, violation: Violation) -> RejectedMessage {
        let mut violations = vec![violation];
        violations.extend(self.warnings);
        let NewInvoice { fingerprint, ruleset, summary, stored_at_ms, .. } = self.invoice;
        RejectedMessage::new(self.unpacked, fingerprint, ruleset, summary, violations, stored_at_ms)
    }
}

/// What is said of an invoice whose key is stored with other contents, as an error.
pub fn conflict(judge: &impl Judge) -> Violation {
    let conflict = judge.duplicate_conflict().unwrap_or_else(|| Violation {
        code: "FE-D-016",
        category: Category::Data,
        severity: Severity::Error,
        path: "/number".to_owned(),
        term: Some("BT-1"),
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    });
    Violation { severity: Severity::Error, ..conflict }
}

/// The first reason of a message that SQS dead-lettered, before the other `reasons` that judging it gives. It has the gravest of
/// their categories. The message may be valid: a service may have failed.
pub fn unprocessed(reasons: &[Violation]) -> Violation {
    let errors = reasons.iter().filter(|reason| reason.severity == Severity::Error);
    Violation {
        code: UNPROCESSED,
        category: errors.map(|error| error.category).min().unwrap_or(Category::Structure),
        severity: Severity::Error,
        path: String::new(),
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    }
}

/// A message that is to be held.
pub struct RejectedMessage {
    /// The message.
    pub unpacked: UnpackedMessage,
    /// The fingerprint of the exact body.
    pub fingerprint: Fingerprint,
    /// The invoice in one line.
    pub summary: Summary,
    /// Why it is held.
    pub reasons: Reasons,
    ruleset: String,
    seen_at_ms: i64,
}

impl RejectedMessage {
    /// A message that is not in order, with the reasons of the verdict.
    pub fn new(
        unpacked: UnpackedMessage,
        fingerprint: Fingerprint,
        ruleset: String,
        summary: Summary,
        violations: Vec<Violation>,
        seen_at_ms: i64,
    ) -> Self {
        let reasons = Reasons::new(violations, &summary);
        Self { unpacked, fingerprint, summary: clipped(summary), reasons, ruleset, seen_at_ms }
    }

    /// What the case file is to keep.
    pub(crate) fn case(&self) -> NewCase {
        let UnpackedMessage {
            case_id, attempt, source, sender, message_id, sent_at_ms, body, producer, ..
        } = &self.unpacked;
        NewCase {
            id: case_id.clone(),
            attempt: *attempt,
            source: source.clone(),
            sender: sender.clone(),
            message_id: message_id.clone(),
            received_at_ms: sent_at_ms.unwrap_or(self.seen_at_ms),
            seen_at_ms: self.seen_at_ms,
            fingerprint: self.fingerprint,
            body: Packed::pack(body, 0),
            producer_attributes: (!producer.is_empty())
                .then(|| Packed::pack(attributes::to_json(producer).as_bytes(), 0)),
            ruleset: self.ruleset.clone(),
            reasons: self.reasons.clone(),
            summary: self.summary.clone(),
        }
    }

    /// What the queue is to hold.
    pub(crate) fn message(&self) -> HeldMessage {
        let UnpackedMessage { case_id, attempt, source, body, producer, .. } = &self.unpacked;
        attributes::pack(&ToHold {
            id: case_id,
            attempt: *attempt,
            source,
            ruleset: &self.ruleset,
            reasons: &self.reasons,
            body,
            producer,
        })
    }
}

/// The longest text of a summary in the tables, in characters. A name longer than that is no name.
const SUMMARY_TEXT_MAX: usize = 256;

/// The summary with texts that fit any table item. The key is bounded by itself.
fn clipped(summary: Summary) -> Summary {
    let clip = |text: Option<String>| text.map(|text| text.chars().take(SUMMARY_TEXT_MAX).collect());
    Summary {
        key: summary.key,
        seller: clip(summary.seller),
        buyer: clip(summary.buyer),
        number: clip(summary.number),
        issue_date: clip(summary.issue_date),
        currency: clip(summary.currency),
        payable: clip(summary.payable),
    }
}

fn codes(violations: &[Violation]) -> Vec<&'static str> {
    let mut codes: Vec<_> = violations.iter().map(|violation| violation.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the validator says of invoices is what is done with them.
    #[test]
    fn the_validator_is_a_judge() {
        let rules = |json: &str| Validator::new(aduana_invoice::Policy::from_json(json).unwrap());
        let usual = rules("{}");
        let judge: &dyn Judge = &usual;
        assert_eq!(judge.ruleset(), usual.ruleset());
        assert!(judge.ruleset().starts_with(char::is_numeric), "{}", judge.ruleset());
        let conflict = judge.duplicate_conflict().unwrap();
        assert_eq!((conflict.code, conflict.path.as_str()), ("FE-D-016", "/number"));
        let off = rules(r#"{"rules":{"FE-D-016":"off"}}"#);
        assert!(Judge::duplicate_conflict(&off).is_none());
        let suspicion = judge.suspected_duplicate().unwrap();
        assert_eq!((suspicion.code, suspicion.severity), ("FE-D-019", Severity::Warning));
        let off = rules(r#"{"rules":{"FE-D-019":"off"}}"#);
        assert!(Judge::suspected_duplicate(&off).is_none());
    }

    #[test]
    fn what_was_given_up_counts_as_the_gravest_of_its_errors() {
        let violation = |category, severity| Violation { category, severity, ..unprocessed(&[]) };
        let [structure, data, range] = [Category::Structure, Category::Data, Category::Range];
        let error = |category| violation(category, Severity::Error);
        let warning = |category| violation(category, Severity::Warning);
        for (reasons, counts_as) in [
            (vec![], structure),
            (vec![error(range)], range),
            (vec![error(range), error(data)], data),
            (vec![warning(data), error(range)], range),
            (vec![warning(range)], structure),
        ] {
            let reason = unprocessed(&reasons);
            assert_eq!(
                (reason.category, reason.code, reason.severity),
                (counts_as, UNPROCESSED, Severity::Error)
            );
        }
    }

    #[test]
    fn each_code_is_named_once() {
        let violation = |code| Violation { code, ..unprocessed(&[]) };
        assert_eq!(codes(&["FE-R-001", "BR-01", "FE-R-001"].map(violation)), ["BR-01", "FE-R-001"]);
    }

    #[test]
    fn a_text_of_a_summary_has_256_characters_at_most() {
        for (length, kept) in [
            (SUMMARY_TEXT_MAX - 1, SUMMARY_TEXT_MAX - 1),
            (SUMMARY_TEXT_MAX, SUMMARY_TEXT_MAX),
            (SUMMARY_TEXT_MAX + 1, SUMMARY_TEXT_MAX),
        ] {
            let text = || Some("ñ".repeat(length));
            let Summary { key: _, seller, buyer, number, issue_date, currency, payable } = clipped(Summary {
                key: None,
                seller: text(),
                buyer: text(),
                number: text(),
                issue_date: text(),
                currency: text(),
                payable: text(),
            });
            for text in [seller, buyer, number, issue_date, currency, payable] {
                assert_eq!(text, Some("ñ".repeat(kept)), "{length}");
            }
        }
    }
}
