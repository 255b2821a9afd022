//! The claim check: a small document that stands in the queue for a body that cannot be there.

use std::fmt;

use aduana_invoice::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::message::{BodyVersion, CaseId};

/// Names a body in the case file. Its JSON is `{"aduana_claim_check":{"case_id":…,"attempt":…,"size":…,"sha256":…,
/// "why":…}}`, with a `correction` where it is a corrected body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimCheck {
    /// The case that holds the body.
    pub case_id: CaseId,
    /// The attempt that the body belongs to.
    pub attempt: u32,
    /// The correction that the body is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<u32>,
    /// The body's size in bytes.
    pub size: usize,
    /// The body's fingerprint.
    pub sha256: String,
    /// `too_large`: with its attributes it is over SQS's 1 MiB. `characters`: SQS refuses it as text.
    pub why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    aduana_claim_check: ClaimCheck,
}

/// More than any claim check, less than most invoices: a longer body need not be looked at.
const LONGEST: usize = 512;

impl ClaimCheck {
    pub(crate) fn new(case_id: &CaseId, version: BodyVersion, body: &[u8]) -> Self {
        let sendable = std::str::from_utf8(body).is_ok_and(crate::attributes::is_sendable);
        Self {
            case_id: case_id.clone(),
            attempt: version.attempt,
            correction: version.correction,
            size: body.len(),
            sha256: Fingerprint::of(body).to_string(),
            why: if sendable { "too_large" } else { "characters" }.to_owned(),
        }
    }

    /// The body that it names.
    pub const fn version(&self) -> BodyVersion {
        BodyVersion { attempt: self.attempt, correction: self.correction }
    }

    /// The claim check that `body` is, if it is one.
    pub fn parse(body: &[u8]) -> Option<Self> {
        if body.len() > LONGEST {
            return None;
        }
        #[expect(clippy::disallowed_methods, reason = "our own document, not an invoice")]
        let document: Document = serde_json::from_slice(body).ok()?;
        Some(document.aduana_claim_check)
    }
}

/// What a body that arrives for a case stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownBody {
    /// A body that the case has.
    Itself,
    /// A claim check for a body that the case has.
    Named(ClaimCheck),
}

impl KnownBody {
    /// What `body` stands for in the case of this id, which knows its bodies by their fingerprints; `None` if it is not the case's.
    ///
    /// A body that the case has is nothing else, although it may read like a claim check: whoever sent it may have written one.
    pub fn of(body: &[u8], case: &CaseId, knows: impl Fn(&str) -> bool) -> Option<Self> {
        if knows(&Fingerprint::of(body).to_string()) {
            return Some(Self::Itself);
        }
        let claim = ClaimCheck::parse(body).filter(|claim| claim.case_id == *case)?;
        knows(&claim.sha256).then_some(Self::Named(claim))
    }
}

/// The document.
impl fmt::Display for ClaimCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", serde_json::json!({ "aduana_claim_check": self }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_check_reads_back_and_an_invoice_is_none() {
        let id = CaseId::parse(&"f".repeat(32)).unwrap();
        for correction in [None, Some(u32::MAX)] {
            let version = BodyVersion { attempt: u32::MAX, correction };
            let claim = ClaimCheck::new(&id, version, &vec![0xFF; 5_000_000]);
            assert_eq!(claim.version(), version);
            let document = claim.to_string();
            assert!(document.len() <= LONGEST, "{}", document.len());
            assert_eq!(ClaimCheck::parse(document.as_bytes()), Some(claim));
        }
        for other in [&b"{}"[..], b"", b"\xFF", br#"{"aduana_claim_check":{"case_id":"x"}}"#] {
            assert_eq!(ClaimCheck::parse(other), None);
        }
    }

    #[test]
    fn a_document_is_a_claim_check_up_to_its_longest_and_no_further() {
        let id = CaseId::parse(&"f".repeat(32)).unwrap();
        let claim = ClaimCheck::new(&id, BodyVersion { attempt: 1, correction: None }, b"");
        let document = claim.to_string();
        let padded = |length: usize| format!("{document:length$}");
        for (length, is_read) in [(LONGEST - 1, true), (LONGEST, true), (LONGEST + 1, false)] {
            let parsed = ClaimCheck::parse(padded(length).as_bytes());
            assert_eq!(parsed, is_read.then(|| claim.clone()), "{length}");
        }
    }
}
