//! Checks how a world has ended: compares what was sent with the tables, the queues and the alerts.

mod alerts;
mod case;

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::ports::NewInvoice;
use aduana_invoice::{Fingerprint, same_content};

use super::ledger::{Entry, Ledger};
use super::totals::Totals;
use crate::world::{CaseRow, DeadLetter, World, case_of};

/// Faults that the system does not promise to survive in full, and what the checker therefore lets pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowances {
    /// Operators have overridden, even to send another body while one was in flight.
    pub overrides: bool,
    /// Forged messages with the ids of cases were put into the dead-letter queue.
    pub forged: bool,
    /// Clocks were wrong, so that claims may overlap, and the same body is sent twice.
    pub clocks: bool,
}

/// A world at its end.
struct Checker<'s> {
    world: &'s World,
    ledger: &'s Ledger,
    allowances: Allowances,
    cases: BTreeMap<CaseId, CaseRow>,
    stored: BTreeMap<Fingerprint, NewInvoice>,
    dead_letters: Vec<DeadLetter>,
    alerted: Vec<(CaseId, u32)>,
    findings: Vec<String>,
    /// How many promises were checked, and how many messages or effects were missing or doubled.
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    checks: u64,
    lost: u64,
    doubled: u64,
}

/// Counts a world that has ended well.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(world: &World, ledger: &Ledger, allowances: Allowances) -> Result<Totals, String> {
    let cases = world.cases().into_iter().map(|case| (case.case.id.clone(), case)).collect();
    let stored = world.invoices().into_iter().map(|invoice| (invoice.fingerprint, invoice)).collect();
    let mut checker = Checker {
        world,
        ledger,
        allowances,
        cases,
        stored,
        dead_letters: world.dead_letters(),
        alerted: world.alerted(),
        findings: Vec::new(),
        counts: Counts::default(),
    };
    checker.check_invoices();
    let mut totals = checker.check_messages();
    checker.check_cases();
    checker.check_dead_letters();
    totals.alerts = checker.check_alerts();
    totals.alerted = checker.alerted.len() as u64;
    let Counts { checks, lost, doubled } = checker.counts;
    (totals.checks, totals.lost, totals.doubled) = (checks, lost, doubled);
    if checker.findings.is_empty() {
        return Ok(totals);
    }
    Err(format!("{lost} lost, {doubled} doubled: {}", checker.findings.join("; ")))
}

impl Checker<'_> {
    fn require(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.checks += 1;
        if !is_so {
            self.findings.push(otherwise());
        }
    }

    fn not_lost(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.lost += u64::from(!is_so);
        self.require(is_so, otherwise);
    }

    fn not_doubled(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.doubled += u64::from(!is_so);
        self.require(is_so, otherwise);
    }

    /// What is stored was sent, or is a correction of what was sent.
    fn check_invoices(&mut self) {
        let corrections: BTreeSet<String> = self
            .cases
            .values()
            .flat_map(|case| &case.trail)
            .filter(|event| event.act == "corrected")
            .map(|event| event.after.clone())
            .collect();
        let sent: BTreeSet<Fingerprint> =
            self.ledger.entries().iter().map(|entry| entry.fingerprint).collect();
        let invoices = self.world.invoices();
        self.not_doubled(invoices.len() == self.stored.len(), || {
            "doubled: one body is stored twice".to_owned()
        });
        for invoice in invoices {
            let print = invoice.fingerprint;
            let is_whole = invoice.body.unpack().is_ok_and(|body| Fingerprint::of(&body) == print);
            self.require(is_whole, || format!("altered: the stored body {print}"));
            let is_known = sent.contains(&print) || corrections.contains(&print.to_string());
            self.require(is_known, || format!("invented: nobody sent what is stored as {print}"));
        }
    }

    /// Each message is in exactly one of stored or held.
    fn check_messages(&mut self) -> Totals {
        let mut totals = Totals { worlds: 1, injected: self.world.injected(), ..Totals::default() };
        let ledger = self.ledger;
        for entry in ledger.entries() {
            totals.messages += 1;
            let own: Vec<State> = self.own(entry).map(|case| case.head.state).collect();
            let is_held = own.iter().any(|state| *state != State::Resolved);
            let is_stored = self.is_stored(entry) || own.contains(&State::Resolved);
            totals.stored += u64::from(is_stored && !is_held);
            totals.held += u64::from(is_held);
            let name = &entry.name;
            if self.allowances.forged {
                self.not_lost(is_held || is_stored || self.is_kept_elsewhere(entry), || {
                    format!("lost: {name}")
                });
                continue;
            }
            self.not_lost(is_held || is_stored, || format!("lost: {name}"));
            let is_both = is_held && is_stored && !self.is_dead_lettered(entry);
            self.not_doubled(!is_both, || format!("in two places, stored and held: {name}, {own:?}"));
            self.not_doubled(own.len() <= 1, || format!("doubled: {} cases for {name}", own.len()));
        }
        totals
    }

    fn own(&self, entry: &Entry) -> impl Iterator<Item = &CaseRow> {
        entry.cases.iter().filter_map(|id| self.cases.get(id))
    }

    /// Whether exactly these bytes are stored, or, if it is valid, the same content under its number.
    fn is_stored(&self, entry: &Entry) -> bool {
        let is_same = |invoice: &NewInvoice| {
            entry.number == invoice.summary.number
                && invoice.body.unpack().is_ok_and(|body| same_content(&body, &entry.body))
        };
        self.stored.contains_key(&entry.fingerprint) || self.stored.values().any(is_same)
    }

    /// Whether SQS dead-lettered it although it is valid. It may then be held while the invoice of *another* message with its content is
    /// stored. Its own invoice beside its own case is an error all the same.
    fn is_dead_lettered(&self, entry: &Entry) -> bool {
        let is_unprocessed =
            |case: &CaseRow| case.trail.first().is_some_and(|event| event.reason.contains("UNPROCESSED"));
        let is_own = |invoice: &NewInvoice| {
            let cases = [Some(case_of(&invoice.message_id)), invoice.case_id.clone()];
            cases.iter().flatten().any(|id| entry.cases.contains(id))
        };
        entry.number.is_some() && self.own(entry).any(is_unprocessed) && !self.stored.values().any(is_own)
    }

    /// Whether a forged message is kept as an attempt of a case, or in the queue: a claim check that nobody can open.
    fn is_kept_elsewhere(&self, entry: &Entry) -> bool {
        self.cases.values().any(|case| case.bodies().any(|held| held == entry.body))
            || entry.is_forged && self.dead_letters.iter().any(|dead_letter| dead_letter.is(&entry.body))
    }
}
