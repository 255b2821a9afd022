//! Whether a world has ended well: by the fingerprints of what was sent, over the tables, the queue and the alerts.

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

/// What people may have done in a world that is theirs to answer for, and that the judge lets pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowances {
    /// Somebody insisted on sending another body while one was under way.
    pub overrides: bool,
    /// A stranger has put messages under the ids of cases into the dead-letter queue.
    pub stranger: bool,
    /// Clocks were wrong, so that claims may overlap: the same body is sent twice then.
    pub clocks: bool,
}

/// A world at its end.
struct Scene<'s> {
    world: &'s World,
    ledger: &'s Ledger,
    leave: Allowances,
    cases: BTreeMap<CaseId, CaseRow>,
    stored: BTreeMap<Fingerprint, NewInvoice>,
    letters: Vec<DeadLetter>,
    told: Vec<(CaseId, u32)>,
    findings: Vec<String>,
    /// How many promises were looked at, how many messages or effects were found missing, and how many twice.
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    checks: u64,
    lost: u64,
    doubled: u64,
}

/// Counts a world that has ended well, or says what is wrong with it.
pub fn judge(world: &World, ledger: &Ledger, leave: Allowances) -> Result<Totals, String> {
    let cases = world.cases().into_iter().map(|case| (case.case.id.clone(), case)).collect();
    let stored = world.invoices().into_iter().map(|invoice| (invoice.fingerprint, invoice)).collect();
    let mut scene = Scene {
        world,
        ledger,
        leave,
        cases,
        stored,
        letters: world.dead_letters(),
        told: world.told(),
        findings: Vec::new(),
        counts: Counts::default(),
    };
    scene.judge_invoices();
    let mut totals = scene.judge_messages();
    scene.judge_cases();
    scene.judge_letters();
    totals.alerts = scene.judge_alerts();
    totals.told = scene.told.len() as u64;
    let Counts { checks, lost, doubled } = scene.counts;
    (totals.checks, totals.lost, totals.doubled) = (checks, lost, doubled);
    if scene.findings.is_empty() {
        return Ok(totals);
    }
    Err(format!("{lost} lost, {doubled} doubled: {}", scene.findings.join("; ")))
}

impl Scene<'_> {
    fn hold(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.checks += 1;
        if !is_so {
            self.findings.push(otherwise());
        }
    }

    fn not_lost(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.lost += u64::from(!is_so);
        self.hold(is_so, otherwise);
    }

    fn not_doubled(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        self.counts.doubled += u64::from(!is_so);
        self.hold(is_so, otherwise);
    }

    /// What is stored was sent, or is somebody's correction of what was sent.
    fn judge_invoices(&mut self) {
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
            self.hold(is_whole, || format!("altered: the stored body {print}"));
            let is_known = sent.contains(&print) || corrections.contains(&print.to_string());
            self.hold(is_known, || format!("invented: nobody sent what is stored as {print}"));
        }
    }

    /// Each message is in exactly one of stored or held.
    fn judge_messages(&mut self) -> Totals {
        let mut totals = Totals { worlds: 1, befell: self.world.befell(), ..Totals::default() };
        let ledger = self.ledger;
        for entry in ledger.entries() {
            totals.messages += 1;
            let own: Vec<State> = self.own(entry).map(|case| case.head.state).collect();
            let is_held = own.iter().any(|state| *state != State::Resolved);
            let is_stored = self.is_stored(entry) || own.contains(&State::Resolved);
            totals.stored += u64::from(is_stored && !is_held);
            totals.held += u64::from(is_held);
            let name = &entry.name;
            if self.leave.stranger {
                self.not_lost(is_held || is_stored || self.is_elsewhere(entry), || format!("lost: {name}"));
                continue;
            }
            self.not_lost(is_held || is_stored, || format!("lost: {name}"));
            let is_both = is_held && is_stored && !self.is_given_up(entry);
            self.not_doubled(!is_both, || format!("in two places, stored and held: {name}, {own:?}"));
            self.not_doubled(own.len() <= 1, || format!("doubled: {} cases for {name}", own.len()));
        }
        totals
    }

    fn own(&self, entry: &Entry) -> impl Iterator<Item = &CaseRow> {
        entry.cases.iter().filter_map(|id| self.cases.get(id))
    }

    /// Whether exactly these bytes are stored, or, of what is in order, the same content under its number.
    fn is_stored(&self, entry: &Entry) -> bool {
        let is_same = |invoice: &NewInvoice| {
            entry.number.as_ref() == Some(&invoice.key.number)
                && invoice.body.unpack().is_ok_and(|body| same_content(&body, &entry.body))
        };
        self.stored.contains_key(&entry.fingerprint) || self.stored.values().any(is_same)
    }

    /// Whether SQS gave it up although it is in order: then it may be held while the invoice of *another* message of its content is
    /// stored. Its own invoice beside its own case is two places all the same.
    fn is_given_up(&self, entry: &Entry) -> bool {
        let is_unprocessed =
            |case: &CaseRow| case.trail.first().is_some_and(|event| event.reason.contains("UNPROCESSED"));
        let is_own = |invoice: &NewInvoice| {
            let cases = [Some(case_of(&invoice.message_id)), invoice.case_id.clone()];
            cases.iter().flatten().any(|id| entry.cases.contains(id))
        };
        entry.number.is_some() && self.own(entry).any(is_unprocessed) && !self.stored.values().any(is_own)
    }

    /// What a stranger has put beside a case may be one of its attempts, or a claim check that nobody can open.
    fn is_elsewhere(&self, entry: &Entry) -> bool {
        self.cases.values().any(|case| case.bodies().any(|held| held == entry.body))
            || entry.is_forged && self.letters.iter().any(|letter| letter.is(&entry.body))
    }
}
