//! From what the case file holds to what is shown of it.

use aduana_invoice::{Lang, Severity, Violation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::answer::{CaseSummary, Content, Reason, ShownAttribute, ShownBody, Version};
use super::ports::{CaseLine, CaseRecord, StoredReason};
use super::{PIECE_MAX, texts};
use aduana_cases::message::{Attribute, AttributeValue};
use aduana_cases::time::{from_rfc3339, rfc3339};
use aduana_cases::trail::{Act, Event};
use aduana_invoice::Fingerprint;
use aduana_invoice::json::Tree;

/// What stands for a value that is not shown.
const MASK: &str = "***";

/// Whether values are shown, and in which language texts are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shows {
    pub(super) unmask: bool,
    pub(super) lang: Lang,
    /// How long the dead-letter queue keeps a message, in milliseconds.
    pub(super) retention_ms: i64,
}

impl Shows {
    fn value(self, value: Option<String>) -> Option<String> {
        if self.unmask { value } else { value.map(|_| MASK.to_owned()) }
    }

    /// The ends of a long identity, enough to tell one from another.
    fn identity(self, identity: Option<String>) -> Option<String> {
        if self.unmask { identity } else { identity.map(|text| masked_middle(&text)) }
    }

    pub(super) fn line(self, line: CaseLine) -> CaseSummary {
        let waits = !line.state.is_closed();
        let queued_at = line.queued_at.filter(|_| waits);
        let expires = |at: String| Some(rfc3339(from_rfc3339(&at)?.saturating_add(self.retention_ms)));
        CaseSummary {
            id: line.id,
            state: line.state,
            attempt: line.attempt,
            code: line.reason_code,
            category: line.reason_category,
            errors: line.reason_count,
            codes: line.codes,
            group: line.group_id,
            group_label: line.group_label,
            seller: self.identity(line.seller),
            seller_name: self.value(line.seller_name),
            number: line.number,
            issue_date: line.issue_date,
            currency: line.currency,
            payable: self.value(line.payable),
            source: line.source,
            sender: line.sender,
            received_at: line.received_at,
            first_seen: line.first_seen,
            last_seen: line.last_seen,
            expires_at: queued_at.and_then(expires),
            owner: line.owner,
            ticket: line.ticket,
        }
    }

    pub(super) fn name(self, name: Option<String>) -> Option<String> {
        self.value(name)
    }

    /// A reason as it stands in a head.
    pub(super) fn stored_reason(self, reason: StoredReason) -> Reason {
        let StoredReason { code, category, severity, path, term, expected, actual, suggestion } = reason;
        let suggestion = suggestion.and_then(|json| RawValue::from_string(json).ok());
        let message = texts::rule(&code, self.lang).to_owned();
        Reason {
            message,
            code,
            category,
            severity,
            path,
            term,
            expected: self.value(expected),
            actual: self.value(actual),
            can_be_suggested: suggestion.is_some(),
            suggestion: suggestion.filter(|_| self.unmask),
        }
    }

    /// A reason as the validator gives it.
    pub(super) fn reason(self, violation: &Violation) -> Reason {
        let Violation { code, category, severity, path, term, expected, actual, suggestion } = violation;
        let suggestion =
            (!suggestion.is_empty()).then(|| serde_json::to_string(suggestion).unwrap_or_default());
        self.stored_reason(StoredReason {
            code: (*code).to_owned(),
            category: *category,
            severity: *severity,
            path: path.clone(),
            term: term.map(str::to_owned),
            expected: expected.as_ref().map(ToString::to_string),
            actual: actual.clone(),
            suggestion,
        })
    }

    pub(super) fn attribute(self, attribute: Attribute) -> ShownAttribute {
        let Attribute { name, value } = attribute;
        let (data_type, value) = match value {
            AttributeValue::Text { data_type, value } => (data_type, value),
            AttributeValue::Binary { data_type, value } => (data_type, STANDARD.encode(value)),
        };
        let value = if self.unmask { value } else { MASK.to_owned() };
        ShownAttribute { name, data_type, value }
    }

    pub(super) fn body(self, bytes: Vec<u8>) -> ShownBody {
        let fingerprint = Fingerprint::of(&bytes).to_string();
        let size = bytes.len();
        let content = match String::from_utf8(bytes) {
            Ok(text) if self.unmask => Some(Content::Text(text)),
            Ok(text) => Tree::read(&text).map(|tree| Content::Text(tree.masked())),
            Err(error) => self.unmask.then(|| Content::Base64(STANDARD.encode(error.as_bytes()))),
        };
        ShownBody { fingerprint, bytes: size, exact: self.unmask, content, from: None }
    }

    /// The bytes from here on, as many as there are in a piece. None beyond the end.
    pub(super) fn piece(self, bytes: &[u8], from: usize) -> ShownBody {
        let rest = bytes.get(from..).unwrap_or_default();
        let piece = rest.get(..PIECE_MAX).unwrap_or(rest);
        ShownBody {
            fingerprint: Fingerprint::of(bytes).to_string(),
            bytes: bytes.len(),
            exact: self.unmask,
            content: self.unmask.then(|| Content::Base64(STANDARD.encode(piece))),
            from: Some(from),
        }
    }
}

/// `tax:EC:1790012344001` → `tax:***4001`.
fn masked_middle(identity: &str) -> String {
    const KEPT: usize = 4;
    let kind = identity.split_once(':').map_or("", |(kind, _)| kind);
    let kept: String = match identity.chars().count().checked_sub(kind.chars().count() + KEPT) {
        Some(hidden) if hidden > 2 * KEPT => identity.chars().skip(identity.chars().count() - KEPT).collect(),
        _ => String::new(),
    };
    format!("{kind}:{MASK}{kept}")
}

/// The codes of the errors, each once.
pub(super) fn errors(violations: &[Violation]) -> Vec<Violation> {
    violations.iter().filter(|violation| violation.severity == Severity::Error).cloned().collect()
}

/// The bodies that a trail tells of, the first first.
pub(super) fn versions(record: &CaseRecord, trail: &[Event]) -> Vec<Version> {
    let mut corrections = 0;
    let mut versions = Vec::new();
    for event in trail {
        let is = |act: Act| event.act == act.as_str();
        let correction = is(Act::Corrected).then(|| {
            corrections += 1;
            corrections
        });
        if is(Act::Received) || is(Act::Refused) || correction.is_some() {
            let current = record.current();
            versions.push(Version {
                attempt: event.attempt,
                correction,
                fingerprint: event.after.clone(),
                current: match current.correction {
                    Some(number) => correction == Some(number),
                    None => correction.is_none() && event.attempt == current.attempt,
                },
            });
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_reported_by_its_end_and_hides_its_middle() {
        assert_eq!(masked_middle("tax:EC:1790012344001"), "tax:***4001");
        assert_eq!(masked_middle("name:ana"), "name:***");
        assert_eq!(masked_middle("tax:EC:12345"), "tax:***");
        assert_eq!(masked_middle(""), ":***");
        // The end of what hides less than nine characters would give too much away.
        assert_eq!(masked_middle("tax:EC:12345678"), "tax:***");
        assert_eq!(masked_middle("tax:EC:123456789"), "tax:***6789");
    }

    #[test]
    fn an_identity_and_a_name_are_shown_to_who_asks_for_values() {
        let shows = |unmask| Shows { unmask, lang: Lang::En, retention_ms: 0 };
        let text = || Some("tax:EC:1790012344001".to_owned());
        assert_eq!(shows(false).identity(text()).as_deref(), Some("tax:***4001"));
        assert_eq!(shows(false).name(text()).as_deref(), Some(MASK));
        assert_eq!((shows(true).identity(text()), shows(true).name(text())), (text(), text()));
        assert_eq!((shows(false).identity(None), shows(true).name(None)), (None, None));
    }
}
