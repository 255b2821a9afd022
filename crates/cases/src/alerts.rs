//! Alerts to the administrators: counts, codes, case ids and the command to look at them, and no value of an invoice.
//!
//! The first held message of a group is reported at once. Further ones are counted while the group's suppression window is open, and
//! reported together when it closes. Of many groups at once, the first handful is reported so, and all others in one round-up: SNS
//! suspends an e-mail subscription that gets more than ten messages a second. [`outbox`] says why each is in exactly one alert; `dispatcher` publishes.

mod cause;
mod dispatcher;
pub mod outbox;

use aduana_invoice::Lang;
use serde::Serialize;

pub use cause::{BrokenRule, Cause, GroupCount};
pub use dispatcher::{AlertDispatcher, AlertItem, Windows};
pub use outbox::AlertOutbox;
use outbox::{Digest, PendingAlert};

use crate::UNPROCESSED;
use crate::error::EffectError;
use crate::message::CaseId;
use crate::ports::Alert;
use crate::time::rfc3339;
use cause::put;

/// The most cases that a text names, and its JSON part.
const CASES_MAX: usize = 20;
const CASES_IN_JSON_MAX: usize = 500;

/// The most groups that the text of a round-up names, and its JSON part.
const GROUPS_MAX: usize = 50;
const GROUPS_IN_JSON_MAX: usize = 200;

/// The outbox group of round-ups: alerts over several groups, none of which is reported for itself. Its window is the brake.
pub const ROUNDUP: &str = "roundup";

/// How long a suppression window is open if nothing is configured, in milliseconds.
pub const WINDOW_MS: i64 = 5 * 60 * 1000;

/// The results of publishing alerts.
#[derive(Debug, Clone, Default)]
pub struct DispatchResult {
    /// Alerts that were published.
    pub sent: usize,
    /// Alerts that could not be published. They stay in the outbox, and are published later.
    pub failed: usize,
    /// Held messages in the published alerts.
    pub covered: usize,
    /// Why the last one could not be published.
    pub error: Option<EffectError>,
}

impl DispatchResult {
    /// Adds what became of other alerts.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.covered += other.covered;
        if other.error.is_some() {
            self.error.clone_from(&other.error);
        }
    }

    fn count(&mut self, alert: &Alert) {
        self.sent += 1;
        self.covered += alert.covers.len();
    }

    fn fail(&mut self, error: &EffectError) {
        self.failed += 1;
        self.error = Some(error.clone());
    }
}

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// More messages of a cause that was reported a short while ago.
    Medium,
    /// A cause that was not seen for a while, or never.
    High,
    /// `UNPROCESSED`: SQS dead-lettered messages. A function or a service failed, not the invoices.
    Critical,
}

impl Severity {
    /// The name as it stands in the attribute `Severity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What an alert is about.
struct Subject<'a> {
    id: &'a str,
    is_digest: bool,
    group: &'a str,
    cause: &'a Cause,
    cases: Vec<&'a (CaseId, u32)>,
    since_ms: i64,
}

/// The alert of a pending alert that is published at once.
pub fn at_once(pending_alert: &PendingAlert, lang: Lang) -> Alert {
    let PendingAlert { id, group, cause, cases, at_ms, .. } = pending_alert;
    let cases = cases.iter().collect();
    Subject { id, is_digest: false, group, cause, cases, since_ms: *at_ms }.alert(lang)
}

/// The alert of a digest over these pending alerts; `None` if there are none.
pub fn together(digest: &Digest, pending_alerts: &[&PendingAlert], lang: Lang) -> Option<Alert> {
    let first = pending_alerts.first()?;
    let cases = pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cases).collect();
    let since_ms =
        pending_alerts.iter().map(|pending_alert| pending_alert.at_ms).min().unwrap_or(first.at_ms);
    let Digest { id, group, .. } = digest;
    if group == ROUNDUP {
        let groups = pending_alerts.iter().flat_map(|pending_alert| &pending_alert.cause.groups).cloned();
        let cause = Cause::over(groups);
        return Some(Subject { id, is_digest: true, group, cause: &cause, cases, since_ms }.alert(lang));
    }
    Some(Subject { id, is_digest: true, group, cause: &first.cause, cases, since_ms }.alert(lang))
}

impl Subject<'_> {
    fn alert(&self, lang: Lang) -> Alert {
        let subject = match (lang, self.is_digest) {
            (Lang::En, _) if self.is_roundup() => "Aduana: invalid invoices of many kinds are held",
            (Lang::Es, _) if self.is_roundup() => "Aduana: hay facturas retenidas de muchos tipos",
            (Lang::En, false) => "Aduana: invalid invoices are held",
            (Lang::En, true) => "Aduana: more invalid invoices are held",
            (Lang::Es, false) => "Aduana: hay facturas retenidas",
            (Lang::Es, true) => "Aduana: hay mas facturas retenidas",
        };
        let attributes = vec![
            ("Severity", self.severity().as_str().to_owned()),
            ("ReasonCategory", self.cause.category.clone()),
            ("ReasonCode", self.cause.code.clone()),
            ("Group", self.group.to_owned()),
            ("AlertId", self.id.to_owned()),
        ];
        Alert {
            id: self.id.to_owned(),
            subject,
            body: if self.is_roundup() { self.roundup(lang) } else { self.body(lang) },
            attributes,
            covers: self.cases.iter().map(|case| (*case).clone()).collect(),
        }
    }

    fn severity(&self) -> Severity {
        match (self.cause.code.as_str(), self.is_digest) {
            (UNPROCESSED, _) => Severity::Critical,
            (_, is_digest) if !is_digest || self.is_roundup() => Severity::High,
            _ => Severity::Medium,
        }
    }

    fn is_roundup(&self) -> bool {
        self.group == ROUNDUP
    }

    /// The text of an alert over several groups: each with its count and the command to look at it.
    fn roundup(&self, lang: Lang) -> String {
        let (count, groups, since) = (self.cases.len(), &self.cause.groups, minute(self.since_ms));
        let kinds = groups.len();
        let mut text = match lang {
            Lang::En => format!(
                "{count} invalid invoices of {kinds} kinds were held since {since} UTC: too many kinds at once for an alert \
                 each. They are not stored, and nothing of them is lost.\n\nHow many of each kind, and how to look at them:\n"
            ),
            Lang::Es => format!(
                "Se retuvieron {count} facturas no válidas de {kinds} tipos desde {since} UTC: demasiados tipos a la vez para \
                 un aviso de cada uno. No se han guardado, y nada de ellas se ha perdido.\n\nCuántas de cada tipo, y cómo \
                 verlas:\n"
            ),
        };
        for group in groups.iter().take(GROUPS_MAX) {
            text.push_str(&group.print(lang));
        }
        if let Some(left) = left_off(kinds, GROUPS_MAX) {
            let (and, more) =
                if lang == Lang::En { ("and", "more; all of them") } else { ("y", "más; todos") };
            put(&mut text, format_args!("{and} {left} {more}:\n  aduana invalid groups\n"));
        }
        let programs = if lang == Lang::En { "For programs" } else { "Para programas" };
        put(&mut text, format_args!("\n{programs}:\n{}\n", self.json(count)));
        text
    }

    fn body(&self, lang: Lang) -> String {
        let count = self.cases.len();
        let since = minute(self.since_ms);
        let (opening, why, look, more, programs) = match lang {
            Lang::En => (
                self.opening_in_english(count, &since),
                "Why",
                "Look",
                "more; the whole group",
                "For programs",
            ),
            Lang::Es => (
                self.opening_in_spanish(count, &since),
                "Por qué",
                "Para ver",
                "más; el grupo entero",
                "Para programas",
            ),
        };
        let it = match (lang, count) {
            (Lang::En, 1) => " at it",
            (Lang::En, _) => " at them",
            (Lang::Es, 1) => "la",
            (Lang::Es, _) => "las",
        };
        let mut text = format!("{opening}\n\n{why}:\n{}\n{look}{it}:\n", self.cause.print(lang));
        for (case, _) in self.cases.iter().take(CASES_MAX) {
            put(&mut text, format_args!("  aduana invalid show {case}\n"));
        }
        if let Some(left) = self.left_off(CASES_MAX) {
            let and = if lang == Lang::En { "and" } else { "y" };
            let group = self.group;
            put(&mut text, format_args!("{and} {left} {more}:\n  aduana invalid list --group {group}\n"));
        }
        put(&mut text, format_args!("\n{programs}:\n{}\n", self.json(count)));
        text
    }

    fn opening_in_english(&self, count: usize, since: &str) -> String {
        match (count, self.is_digest) {
            (1, false) => {
                "1 invalid invoice was held. It is not stored, and nothing of it is lost.".to_owned()
            }
            (n, false) => {
                format!("{n} invalid invoices were held. They are not stored, and nothing of them is lost.")
            }
            (1, true) => format!(
                "1 more invalid invoice of this kind was held since {since} UTC. It is not stored, and nothing of it is lost."
            ),
            (n, true) => format!(
                "{n} more invalid invoices of this kind were held since {since} UTC. They are not stored, and nothing of them is lost."
            ),
        }
    }

    fn opening_in_spanish(&self, count: usize, since: &str) -> String {
        match (count, self.is_digest) {
            (1, false) => {
                "Se retuvo 1 factura no válida. No se ha guardado, y nada de ella se ha perdido.".to_owned()
            }
            (n, false) => format!(
                "Se retuvieron {n} facturas no válidas. No se han guardado, y nada de ellas se ha perdido."
            ),
            (1, true) => format!(
                "Se retuvo 1 factura no válida más de este tipo desde {since} UTC. No se ha guardado, y nada de ella se ha perdido."
            ),
            (n, true) => format!(
                "Se retuvieron {n} facturas no válidas más de este tipo desde {since} UTC. No se han guardado, y nada de ellas se ha perdido."
            ),
        }
    }

    /// The part for programs, on one line.
    fn json(&self, count: usize) -> String {
        let part = ForPrograms {
            version: 1,
            id: self.id,
            event: match self.is_digest {
                _ if self.is_roundup() => "held_roundup",
                true => "held_more",
                false => "held",
            },
            severity: self.severity(),
            reason_category: &self.cause.category,
            reason_code: &self.cause.code,
            codes: &self.cause.codes,
            group: self.group,
            group_label: &self.cause.label,
            since: rfc3339(self.since_ms),
            count,
            cases: self.cases.iter().take(CASES_IN_JSON_MAX).map(|(case, _)| case).collect(),
            cases_left_off: self.left_off(CASES_IN_JSON_MAX).unwrap_or(0),
            groups: self.cause.groups.iter().take(GROUPS_IN_JSON_MAX).collect(),
            groups_left_off: left_off(self.cause.groups.len(), GROUPS_IN_JSON_MAX).unwrap_or(0),
        };
        // Strings and numbers: there is nothing in it that JSON cannot say.
        serde_json::to_string(&part).unwrap_or_default()
    }

    fn left_off(&self, max: usize) -> Option<usize> {
        left_off(self.cases.len(), max)
    }
}

fn left_off(count: usize, max: usize) -> Option<usize> {
    count.checked_sub(max).filter(|left| *left > 0)
}

/// `2026-11-24 09:30`.
fn minute(at_ms: i64) -> String {
    rfc3339(at_ms).chars().take(16).collect::<String>().replace('T', " ")
}

#[derive(Serialize)]
struct ForPrograms<'a> {
    version: u32,
    id: &'a str,
    event: &'static str,
    severity: Severity,
    reason_category: &'a str,
    reason_code: &'a str,
    codes: &'a [String],
    group: &'a str,
    group_label: &'a str,
    since: String,
    count: usize,
    cases: Vec<&'a CaseId>,
    cases_left_off: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'a GroupCount>,
    #[serde(skip_serializing_if = "is_none")]
    groups_left_off: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests;
