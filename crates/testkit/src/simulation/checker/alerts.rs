//! The alerts add up with what is held.

use std::collections::{BTreeMap, BTreeSet};

use super::Scene;
use super::case::is_untouched;
use crate::samples;
use crate::world::CaseRow;

impl Scene<'_> {
    /// Each held message is told of in one alert. How many alerts there were.
    pub(super) fn judge_alerts(&mut self) -> u64 {
        let distinct: BTreeSet<_> = self.told.iter().cloned().collect();
        self.not_doubled(self.told.len() == distinct.len(), || {
            "doubled: a held message is in two alerts".to_owned()
        });
        self.not_lost(self.world.is_all_told(), || "lost: a held message waits to be told of".to_owned());
        let marked = self.world.marked();
        let untold: Vec<_> = marked.difference(&distinct).collect();
        self.not_lost(untold.is_empty(), || format!("lost: marked as told of, and in no alert: {untold:?}"));
        let mut latest: BTreeMap<_, usize> = BTreeMap::new();
        for (id, attempt) in &distinct {
            *latest.entry((id.clone(), *attempt)).or_default() += 1;
        }
        let cases: Vec<CaseRow> = self.cases.values().cloned().collect();
        for case in cases.iter().filter(|case| is_untouched(case)) {
            let (id, attempt) = (&case.case.id, case.head.attempt);
            let told = latest.get(&(id.clone(), attempt)).copied().unwrap_or(0);
            self.not_lost(told == 1 || self.is_strangers(case), || {
                format!("lost: attempt {attempt} of {id} is told of {told} times")
            });
        }
        for (id, attempt) in &distinct {
            let is_there = self.cases.get(id).is_some_and(|case| case.head.attempt >= *attempt);
            self.hold(is_there, || {
                format!("invented: told of attempt {attempt} of {id}, which there is not")
            });
        }
        let alerts = self.world.distinct_alerts();
        for alert in &alerts {
            let count = format!(",\"count\":{},", alert.covers.len());
            self.hold(alert.body.contains(&count), || format!("alert {} does not say {count}", alert.id));
            self.hold(!alert.body.contains(samples::SECRET), || {
                format!("a value leaked in alert {}", alert.id)
            });
        }
        alerts.len() as u64
    }
}
