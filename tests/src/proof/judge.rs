//! Whether a world has ended well: by the fingerprints of what was sent, over the tables, the queue and the alerts.

mod case;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use aduana_intake::cases::State;
use aduana_intake::message::CaseId;
use aduana_intake::ports::NewInvoice;
use aduana_invoice::{Fingerprint, same_content};

use super::ledger::{Entry, Ledger};
use super::tally::Tally;
use crate::world::{CaseRow, DeadLetter, World};

/// What people may have done in a world that is theirs to answer for, and that the judge lets pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leave {
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
    leave: Leave,
    cases: BTreeMap<CaseId, CaseRow>,
    stored: BTreeMap<Fingerprint, NewInvoice>,
    letters: Vec<DeadLetter>,
    told: Vec<(CaseId, u32)>,
    findings: Vec<String>,
}

/// Counts a world that has ended well, or says what is wrong with it.
pub fn judge(world: &World, ledger: &Ledger, leave: Leave) -> Result<Tally, String> {
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
    };
    scene.judge_invoices();
    let mut tally = scene.judge_messages();
    scene.judge_cases();
    scene.judge_letters();
    tally.alerts = scene.judge_alerts();
    tally.told = scene.told.len() as u64;
    if scene.findings.is_empty() { Ok(tally) } else { Err(scene.findings.join("; ")) }
}

impl Scene<'_> {
    fn hold(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.findings.push(otherwise());
        }
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
        self.hold(invoices.len() == self.stored.len(), || "doubled: one body is stored twice".to_owned());
        for invoice in invoices {
            let print = invoice.fingerprint;
            let is_whole = invoice.body.unpack().is_ok_and(|body| Fingerprint::of(&body) == print);
            self.hold(is_whole, || format!("altered: the stored body {print}"));
            let is_known = sent.contains(&print) || corrections.contains(&print.to_string());
            self.hold(is_known, || format!("invented: nobody sent what is stored as {print}"));
        }
    }

    /// Each message is in exactly one of stored or held.
    fn judge_messages(&mut self) -> Tally {
        let mut tally = Tally { worlds: 1, befell: self.world.befell(), ..Tally::default() };
        let ledger = self.ledger;
        for entry in ledger.entries() {
            tally.messages += 1;
            let own: Vec<State> = self.own(entry).map(|case| case.head.state).collect();
            let is_held = own.iter().any(|state| *state != State::Resolved);
            let is_stored = self.is_stored(entry) || own.contains(&State::Resolved);
            tally.stored += u64::from(is_stored && !is_held);
            tally.held += u64::from(is_held);
            let name = &entry.name;
            if self.leave.stranger {
                self.hold(is_held || is_stored || self.is_elsewhere(entry), || format!("lost: {name}"));
                continue;
            }
            self.hold(is_held || is_stored, || format!("lost: {name}"));
            let is_both = is_held && is_stored && !self.is_given_up(entry);
            self.hold(!is_both, || format!("in two places, stored and held: {name}, {own:?}"));
            self.hold(own.len() <= 1, || format!("doubled: {} cases for {name}", own.len()));
        }
        tally
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

    /// Whether SQS gave it up although it is in order: then it may be held, and another message of its content be stored.
    fn is_given_up(&self, entry: &Entry) -> bool {
        let is_unprocessed =
            |case: &CaseRow| case.trail.first().is_some_and(|event| event.reason.contains("UNPROCESSED"));
        entry.number.is_some() && self.own(entry).any(is_unprocessed)
    }

    /// What a stranger has put beside a case may be one of its attempts, or a claim check that nobody can open.
    fn is_elsewhere(&self, entry: &Entry) -> bool {
        self.cases.values().any(|case| case.bodies().any(|held| held == entry.body))
            || entry.is_forged && self.letters.iter().any(|letter| letter.is(&entry.body))
    }
}
