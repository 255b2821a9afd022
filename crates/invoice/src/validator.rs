//! From bytes to a verdict.
//!
//! ```text
//! bytes ─▶ text ─▶ model ─┬─ clean ───────────────────────────▶ rules ─▶ verdict
//!                         └─ not clean ─▶ strict JSON ─▶ schema's report ─▶ rules ─▶ verdict
//! ```
//!
//! An invoice in order goes the upper way, and pays for no report. Of one that is not, the report must have every fault that the
//! model found. A fault that it lacks is reported as `FE-S-009`: the rules pass over a field that the model could not read, and so
//! the invoice would be accepted unread.

use std::collections::HashSet;

use time::Date;

use crate::catalogue;
use crate::decode;
use crate::facts::Facts;
use crate::fault::{FaultSink, Found, RuleFault};
use crate::foreign;
use crate::identity::{InvoiceKey, Likeness};
use crate::json::pointer::NodePath;
use crate::limits::{ITEMS_MAX, LINES_MAX};
use crate::model::{self, BadField, Invoice, Read};
use crate::policy::Policy;
use crate::rule::{Check, ModelCheck, Rule, Severity};
use crate::rules::{VERSION, take_back_refused};
use crate::schema;
use crate::terms::term;
use crate::valid_parts::ValidParts;
use crate::verdict::{Summary, Verdict, Violation};

/// The schema's report on a text.
type Report = fn(&str, &ValidParts<'_>, &[BadField<'_>]) -> Result<Vec<schema::Coded>, decode::Unreadable>;

/// Judges documents. Built once, used for every message.
#[derive(Debug)]
pub struct Validator {
    policy: Policy,
    ruleset: String,
    /// All rules in the order of the catalogue, with the severity in force.
    rules: Vec<(&'static Rule, Option<Severity>)>,
    /// What those of them that are in force look for in the model, with their places among all. By itself, as every document runs
    /// through it: the rules, with their texts, are many times as large.
    checks: Vec<(usize, ModelCheck)>,
}

impl Validator {
    /// A validator with this policy.
    pub fn new(policy: Policy) -> Self {
        let severity = |rule: &'static Rule| (rule, policy.severity(rule.code, rule.severity));
        let rules: Vec<_> = catalogue::all().map(severity).collect();
        let check = |(at, (rule, severity)): (usize, &(&Rule, Option<Severity>))| match rule.check {
            Check::Model(check) if severity.is_some() => Some((at, check)),
            _ => None,
        };
        let checks = rules.iter().enumerate().filter_map(check).collect();
        let ruleset = format!("{VERSION}{}", policy.mark());
        Self { policy, ruleset, rules, checks }
    }

    /// The version of the rule set, with a mark of the policy where it differs from the default.
    pub fn ruleset(&self) -> &str {
        &self.ruleset
    }

    /// Judges one document, given as its exact bytes, on the day `today`.
    pub fn judge(&self, body: &[u8], today: Date) -> Verdict {
        self.judge_with(schema::report, body, today)
    }

    /// Judges with this report of the schema: a test can give one that does not agree with the model.
    fn judge_with(&self, report: Report, body: &[u8], today: Date) -> Verdict {
        let text = match decode::text(body, self.policy.limits.max_body_bytes) {
            Ok(text) => text,
            Err(unreadable) => return self.unreadable(known_by_look(body, unreadable)),
        };
        let model = model::read(text);
        let invoice = model.get();
        let mut found = Vec::new();
        if !invoice.is_some_and(is_clean) {
            if let Some(code) = foreign::format(body) {
                return self.unreadable((code, RuleFault::at("")));
            }
            let mut bad_fields = Vec::new();
            if let Some(invoice) = invoice {
                invoice.bad_fields(&NodePath::Root, &mut bad_fields);
            }
            found = match report(text, &ValidParts::of(invoice), &bad_fields) {
                Ok(faults) => coded(faults),
                Err(unreadable) => return self.unreadable(unreadable),
            };
            if let Some(path) = unreported(&bad_fields, &found) {
                found.extend(coded([("FE-S-009", RuleFault::at(path))]));
            }
        }
        let Some(invoice) = invoice else {
            // Only a text that is no object comes here, and `found` says so.
            return Verdict::Reject { summary: Summary::default(), violations: self.violations(found) };
        };
        let facts = Facts::new(invoice, today, &self.policy.limits);
        self.run(&facts, &mut found);
        take_back_refused(&facts, &mut found);
        let violations = self.violations(found);
        let summary = summary(invoice, InvoiceKey::of(invoice, self.policy.key));
        let is_valid = violations.first().is_none_or(|first| first.severity == Severity::Warning);
        match &summary.key {
            Some(key) if is_valid => Verdict::Accept {
                key: key.clone(),
                likeness: Likeness::of(invoice),
                summary,
                warnings: violations,
            },
            _ => Verdict::Reject { summary, violations },
        }
    }

    /// What to say of an invoice whose key is already stored with other contents (`FE-D-016`). `None` where the policy has turned
    /// the rule off.
    pub fn duplicate_conflict(&self) -> Option<Violation> {
        self.outside("FE-D-016", "/number")
    }

    /// What to say of an invoice of the same [`Likeness`] as another under another number (`FE-D-019`). `None` where the policy has turned the
    /// rule off.
    pub fn suspected_duplicate(&self) -> Option<Violation> {
        self.outside("FE-D-019", "/number")
    }

    /// What to say of an invoice of this seller ([`InvoiceKey::seller`]) that comes from this sender, if the policy does not let him send
    /// it (`FE-D-017`). `None` where it does, or has turned the rule off.
    pub fn sender_conflict(&self, sender: Option<&str>, seller: &str) -> Option<Violation> {
        if self.policy.senders.may_send(sender, seller) { None } else { self.outside("FE-D-017", "/seller") }
    }

    /// A violation that is not decided by the document alone.
    fn outside(&self, code: &str, path: &'static str) -> Option<Violation> {
        let (rule, severity) = self.rules.iter().find(|(rule, _)| rule.code == code)?;
        Some(violation(rule, (*severity)?, RuleFault::at(path)))
    }

    fn unreadable(&self, unreadable: decode::Unreadable) -> Verdict {
        let violations = self.violations(coded([unreadable]));
        Verdict::Reject { summary: Summary::default(), violations }
    }

    fn run(&self, facts: &Facts<'_>, found: &mut Vec<Found>) {
        for (at, check) in &self.checks {
            check(facts, &mut FaultSink::new(*at, found));
        }
    }

    /// The violations in the order of a verdict; what the policy has turned off is left out.
    fn violations(&self, mut found: Vec<Found>) -> Vec<Violation> {
        let in_force =
            |at: usize| self.rules.get(at).and_then(|(rule, severity)| Some((*rule, (*severity)?)));
        found.sort_by_key(|Found { rule: at, .. }| {
            in_force(*at).map(|(rule, severity)| (severity == Severity::Warning, rule.category, *at))
        });
        let to_violation =
            |Found { rule: at, fault }| in_force(at).map(|(rule, severity)| violation(rule, severity, fault));
        let mut violations = Vec::with_capacity(found.len());
        violations.extend(found.into_iter().filter_map(to_violation));
        violations
    }
}

fn is_clean(invoice: &Invoice<'_>) -> bool {
    invoice.is_clean()
        && invoice.lines.get().is_none_or(|lines| lines.len() <= LINES_MAX)
        && invoice.items() <= ITEMS_MAX
}

/// What is said of a body that is no text of ours: what it is, where that can be seen. A body that is too large is too large whatever it is.
fn known_by_look(body: &[u8], unreadable: decode::Unreadable) -> decode::Unreadable {
    match foreign::format(body) {
        Some(code) if unreadable.0 != "FE-S-002" => (code, RuleFault::at("")),
        _ => unreadable,
    }
}

/// The place of a fault that the model found, and the report has not.
fn unreported(bad_fields: &[BadField<'_>], reported: &[Found]) -> Option<String> {
    if reported.is_empty() {
        return Some(bad_fields.first().map(|field| field.path.clone()).unwrap_or_default());
    }
    // A report of so many faults leaves places out.
    if reported.len() >= FaultSink::PLACES_MAX {
        return None;
    }
    let reported: HashSet<&str> = reported.iter().map(|found| found.fault.path.as_str()).collect();
    let unreported = bad_fields.iter().find(|field| !reported.contains(field.path.as_str()));
    unreported.map(|field| field.path.clone())
}

/// Faults that come with the code of their rule.
fn coded(faults: impl IntoIterator<Item = schema::Coded>) -> Vec<Found> {
    let found = |(code, fault)| Some(Found { rule: catalogue::position(code)?, fault });
    faults.into_iter().filter_map(found).collect()
}

fn violation(rule: &Rule, severity: Severity, fault: RuleFault) -> Violation {
    let RuleFault { path, expected, actual, suggestion } = fault;
    let term = term(&path).or_else(|| rule.terms.first().copied());
    Violation { code: rule.code, category: rule.category, severity, path, term, expected, actual, suggestion }
}

/// The invoice in one line, as far as it can be read.
fn summary(invoice: &Invoice<'_>, key: Option<InvoiceKey>) -> Summary {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Summary {
        key,
        seller: own(invoice.seller.get().and_then(|seller| seller.name.text())),
        buyer: own(invoice.buyer.get().and_then(|buyer| buyer.name.text())),
        number: own(invoice.number.text()),
        issue_date: invoice.issue_date.get().map(ToString::to_string),
        currency: own(invoice.currency.text()),
        payable: invoice.totals.get().and_then(|totals| totals.payable.get()).map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests;
