//! Checks how a world has ended: compares what was sent with the tables, the queues and the alerts.

mod alerts;
mod case;

use std::collections::{BTreeMap, BTreeSet};

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::ports::NewInvoice;
use aduana_cases::trail::{self, Event, trail_of_key};
use aduana_invoice::{Fingerprint, InvoiceKey, same_content};

use super::ledger::{Entry, Ledger};
use super::totals::Totals;
use crate::world::{CaseRow, DeadLetter, SetAsideRow, World, case_of};

/// Faults that the system does not promise to survive in full, and what the checker therefore lets pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowances {
    /// Operators have overridden, even to send another body while one was in flight.
    pub overrides: bool,
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
    set_aside: Vec<SetAsideRow>,
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
        set_aside: world.set_aside_invoices(),
        dead_letters: world.dead_letters(),
        alerted: world.alerted(),
        findings: Vec::new(),
        counts: Counts::default(),
    };
    checker.check_invoices();
    checker.check_set_aside();
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
        for invoice in invoices.into_iter().chain(self.set_aside.clone().into_iter().map(|row| row.invoice)) {
            let print = invoice.fingerprint;
            let is_whole = invoice.body.unpack().is_ok_and(|body| Fingerprint::of(&body) == print);
            self.require(is_whole, || format!("altered: the stored body {print}"));
            let is_known = sent.contains(&print) || corrections.contains(&print.to_string());
            self.require(is_known, || format!("invented: nobody sent what is stored as {print}"));
        }
    }

    /// What was set aside does not come back, and its trail is whole.
    fn check_set_aside(&mut self) {
        let mut trails: BTreeMap<InvoiceKey, Vec<Event>> = BTreeMap::new();
        for SetAsideRow { invoice, event } in self.set_aside.clone() {
            let stored = self.stored.get(&invoice.fingerprint);
            let is_back = stored.is_some_and(|stored| stored.key == invoice.key);
            self.not_doubled(!is_back, || format!("came back: {} was set aside", invoice.fingerprint));
            let is_its = event.before == invoice.fingerprint.to_string() && !event.reason.is_empty();
            self.require(is_its, || format!("set aside without a record: {}", invoice.fingerprint));
            trails.entry(invoice.key).or_default().push(event);
        }
        for (key, mut events) in trails {
            events.sort_by_key(|event| event.seq);
            let end = events.last().map(Event::end).unwrap_or_default();
            let verified = trail::verify(&trail_of_key(&key), &events, &end);
            self.require(verified.is_ok(), || format!("broken trail of what was set aside: {verified:?}"));
        }
    }

    /// Each message is in exactly one of stored, set aside or held. Another message with the content of what was set aside may have come
    /// before it was, and found it stored; or after, and be held.
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
            let (is_set_aside, is_own) = self.is_set_aside(entry);
            totals.set_aside += u64::from(is_set_aside && !is_stored && !is_held);
            self.not_lost(is_held || is_stored || is_set_aside, || format!("lost: {name}"));
            let is_back = is_held && is_own && !self.may_be_beside(entry);
            self.not_doubled(!is_back, || format!("in two places, set aside and held: {name}, {own:?}"));
            let is_both = is_held && is_stored && !self.may_be_beside(entry);
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

    /// Whether these bytes, or the same content under its number, were set aside; and whether it was this very message's invoice.
    fn is_set_aside(&self, entry: &Entry) -> (bool, bool) {
        let is_same = |row: &&SetAsideRow| {
            row.invoice.fingerprint == entry.fingerprint
                || entry.number.is_some()
                    && entry.number == row.invoice.summary.number
                    && row.invoice.body.unpack().is_ok_and(|body| same_content(&body, &entry.body))
        };
        let rows = || self.set_aside.iter().filter(is_same);
        let is_own = rows().map(|row| &row.invoice).any(|invoice| {
            let own = CaseId::of(&invoice.source, &invoice.message_id);
            invoice.fingerprint == entry.fingerprint && entry.cases.contains(&own)
        });
        (rows().next().is_some(), is_own)
    }

    /// Whether SQS dead-lettered it although it is valid, or it gave way to an invoice that was set aside since. It may then be held
    /// while the invoice of *another* message with its content is stored. Its own invoice beside its own case is an error all the
    /// same.
    fn may_be_beside(&self, entry: &Entry) -> bool {
        let is_set_aside = self
            .set_aside
            .iter()
            .any(|row| entry.number.is_some() && entry.number == row.invoice.summary.number);
        let is_why =
            |reason: &str| reason.contains("UNPROCESSED") || is_set_aside && reason.contains("FE-D-016");
        let gave_way = |case: &CaseRow| case.trail.first().is_some_and(|event| is_why(&event.reason));
        let is_own = |invoice: &NewInvoice| {
            let cases = [Some(case_of(&invoice.message_id)), invoice.case_id.clone()];
            cases.iter().flatten().any(|id| entry.cases.contains(id))
        };
        entry.number.is_some() && self.own(entry).any(gave_way) && !self.stored.values().any(is_own)
    }
}
