//! What a deployment may decide: severities and limits.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::catalogue;
use crate::identity::{Fingerprint, KeyParts};
use crate::limits::Limits;
use crate::rule::Severity;
use crate::senders::Senders;

/// Severities, limits and the key of a deployment. The default is the catalogue's own.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    rules: BTreeMap<&'static str, Option<Severity>>,
    pub(crate) limits: Limits,
    pub(crate) key: KeyParts,
    pub(crate) senders: Senders,
    /// What stands behind the rule set's version; empty for the default policy.
    mark: String,
}

/// The rules that no policy can soften: without them an invoice could not be read, or not be distinguished from another.
const ALWAYS_ERRORS: [&str; 14] = [
    "FE-S-001", "FE-S-002", "FE-S-003", "FE-S-004", "FE-S-006", "FE-S-007", "FE-S-008", "FE-S-009",
    "FE-S-010", "FE-D-002", "BR-02", "BR-03", "BR-04", "BR-06",
];

/// Whether no policy can soften a rule. The `FE-X` say what a document of another format is: it cannot be read at all.
fn is_always_an_error(code: &str) -> bool {
    ALWAYS_ERRORS.contains(&code) || code.starts_with("FE-X-")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    rules: BTreeMap<String, Setting>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    identity: KeyParts,
    #[serde(default)]
    senders: Senders,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Setting {
    Off,
    Warning,
    Error,
}

impl Policy {
    /// Reads a policy from its JSON form, e.g.
    /// `{"rules":{"FE-D-008":"error","FE-D-009":"off"},"limits":{"max_lines":1000},"identity":{"year":false},
    /// "senders":{"AIDA…":["tax:EC:1790012344001"]}}`. A rule is `off`, a `warning` or an `error`; `year` says whether the year of issue
    /// is in an invoice's key; the limits are `max_body_bytes`, `max_lines`, `max_days_ahead`, `max_days_back`, `max_days_due` and
    /// `max_amount`; `senders` says whose invoices each sender may send, by patterns with `*` at their end.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        #[expect(clippy::disallowed_methods, reason = "a deployment's configuration, not an invoice")]
        let document: Document =
            serde_json::from_str(text).map_err(|error| PolicyError(error.to_string()))?;
        let mut rules = BTreeMap::new();
        for (code, setting) in document.rules {
            let rule =
                catalogue::find(&code).ok_or_else(|| PolicyError(format!("there is no rule {code}")))?;
            let severity = match setting {
                Setting::Off => None,
                Setting::Warning => Some(Severity::Warning),
                Setting::Error => Some(Severity::Error),
            };
            if severity != Some(Severity::Error) && is_always_an_error(rule.code) {
                let text =
                    format!("{code} is always an error: without it an invoice cannot be read or identified");
                return Err(PolicyError(text));
            }
            rules.insert(rule.code, severity);
        }
        let mut policy = Self {
            rules,
            limits: document.limits,
            key: document.identity,
            senders: document.senders,
            mark: String::new(),
        };
        policy.mark = policy.digest();
        Ok(policy)
    }

    /// The severity in force of a rule; `None` where it is off.
    pub(crate) fn severity(&self, code: &str, default: Severity) -> Option<Severity> {
        self.rules.get(code).copied().unwrap_or(Some(default))
    }

    /// `+` and eight hexadecimal digits that change with the policy; nothing for the default policy.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    fn digest(&self) -> String {
        let differs = self.rules.iter().filter(|(code, severity)| {
            catalogue::find(code).is_none_or(|rule| Some(rule.severity) != **severity)
        });
        let rules: Vec<String> = differs.map(|(code, severity)| format!("{code}={severity:?}")).collect();
        let (limits, default) = (format!("{:?}", self.limits), format!("{:?}", Limits::default()));
        // What is as by default is left out, so that a new setting changes no mark.
        let key = if self.key == KeyParts::default() { String::new() } else { format!("{:?}", self.key) };
        let senders =
            if self.senders == Senders::default() { String::new() } else { format!("{:?}", self.senders) };
        if rules.is_empty() && limits == default && key.is_empty() && senders.is_empty() {
            return String::new();
        }
        let mut digest = Fingerprint::of(format!("{rules:?}{limits}{key}{senders}").as_bytes()).to_string();
        digest.truncate(8);
        format!("+{digest}")
    }
}

/// A policy that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError(String);

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PolicyError {}

#[cfg(test)]
mod tests;
