//! The alerts add up with what is held.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use super::case::is_untouched;
use crate::samples;
use crate::world::CaseRow;

impl Checker<'_> {
    /// Each held message is in one alert. Returns how many alerts there were.
    pub(super) fn check_alerts(&mut self) -> u64 {
        let distinct: BTreeSet<_> = self.alerted.iter().cloned().collect();
        self.not_doubled(self.alerted.len() == distinct.len(), || {
            "doubled: a held message is in two alerts".to_owned()
        });
        self.not_lost(self.world.is_all_alerted(), || "lost: a held message waits for its alert".to_owned());
        let marked = self.world.marked();
        let missing: Vec<_> = marked.difference(&distinct).collect();
        self.not_lost(missing.is_empty(), || {
            format!("lost: marked as alerted, and in no alert: {missing:?}")
        });
        let mut latest: BTreeMap<_, usize> = BTreeMap::new();
        for (id, attempt) in &distinct {
            *latest.entry((id.clone(), *attempt)).or_default() += 1;
        }
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in cases.iter().filter(|case| is_untouched(case)) {
            let (id, attempt) = (&case.case.id, case.head.attempt);
            let alerted = latest.get(&(id.clone(), attempt)).copied().unwrap_or(0);
            self.not_lost(alerted == 1, || {
                format!("lost: attempt {attempt} of {id} is alerted {alerted} times")
            });
        }
        for (id, attempt) in &distinct {
            let is_there = self.cases.get(id).is_some_and(|case| case.head.attempt >= *attempt);
            self.require(is_there, || {
                format!("invented: an alert lists attempt {attempt} of {id}, which does not exist")
            });
        }
        let alerts = self.world.distinct_alerts();
        for alert in &alerts {
            let count = format!(",\"count\":{},", alert.covers.len());
            self.require(alert.body.contains(&count), || format!("alert {} does not say {count}", alert.id));
            self.require(!alert.body.contains(samples::SECRET), || {
                format!("a value leaked in alert {}", alert.id)
            });
        }
        alerts.len() as u64
    }
}
