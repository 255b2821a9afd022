//! Where each message is, by what is in the tables and queues.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{CaseId, Source};
use serde_json::{Value, json};
use xtask::aws::{Item, text};

use super::traffic::{Due, Sent};
use crate::figures::Figures;
use crate::stack::Stack;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) stored: usize,
    pub(crate) held: usize,
    pub(crate) cases: usize,
    pub(crate) trails: usize,
    pub(crate) alerts: usize,
    pub(crate) alerts_again: usize,
    pub(crate) resolved: usize,
    /// Ids of resolved cases.
    resolved_ids: BTreeSet<String>,
    /// Messages that are nowhere.
    lost: usize,
    /// Messages in two places, and invoices that are stored twice.
    twice: usize,
    /// What is not as it must be, one line each.
    faults: Vec<String>,
}

impl Judgement {
    /// Tells what must be none, and how many trails are whole.
    pub(crate) fn report(&self, figures: &mut Figures, when: &str) {
        figures.add(&format!("lost, {when}"), self.lost);
        figures.add(&format!("in two places, or twice in one, {when}"), self.twice);
        figures.add(&format!("otherwise not as it must be, {when}"), self.others());
        figures.add(&format!("trails that verify, {when}"), format!("{} of {}", self.trails, self.cases));
    }

    fn others(&self) -> usize {
        self.faults.len() - self.lost - self.twice
    }

    fn lose(&mut self, what: String) {
        self.lost += 1;
        self.faults.push(what);
    }

    fn double(&mut self, what: String) {
        self.twice += 1;
        self.faults.push(what);
    }

    /// Nothing is lost, nothing is anywhere twice, and all else is as it must be.
    pub(crate) fn assert_good(&self, seed: u64) {
        let figures = (self.lost, self.twice, self.others());
        assert_eq!(
            figures,
            (0, 0, 0),
            "seed {seed}: lost, twice, otherwise not as it must be:\n{}",
            self.faults.join("\n")
        );
    }

    /// Each of these cases has ended with its invoice.
    pub(crate) fn assert_resolved(&self, seed: u64, due: &BTreeSet<String>) {
        let left: Vec<_> = due.difference(&self.resolved_ids).collect();
        assert!(left.is_empty(), "seed {seed}: not resolved: {left:?}");
    }
}

/// For how many seconds what is looked at in a queue is hidden: longer than the look takes.
fn look_at(messages: &[Sent]) -> u32 {
    2 + u32::try_from(messages.len() / 100).unwrap_or(u32::MAX)
}

/// The case of a message.
pub(crate) fn case_of(stack: &Stack, message: &Sent) -> String {
    let source = Source::Sqs { queue: stack.name("invoices") };
    CaseId::of(&source, &message.id).as_str().to_owned()
}

/// Where all of them are. Where the queue has just been tidied up, it holds no copy too many.
pub(crate) fn judge(stack: &Stack, messages: &[Sent], is_tidy: bool) -> Judgement {
    let mut found = Judgement::default();
    let rows = stack.stored();
    let heads: HashMap<String, Item> =
        stack.cases().into_iter().map(|head| (text(&head, "case_id").unwrap().to_owned(), head)).collect();
    let is_resolved = |head: &Item| text(head, "state") == Some("resolved");
    found.cases = heads.len();

    // Who is stored: under each number once, and never what nobody sent.
    let mut contents: HashMap<String, (&str, u32)> = HashMap::new();
    for message in messages {
        if let Due::Stored { number, units } = &message.due {
            contents.insert(message.fingerprint(), (number, *units));
        }
    }
    let mut winners: BTreeMap<&str, u32> = BTreeMap::new();
    let mut by_case: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    for row in &rows {
        let number = text(row, "number").unwrap_or_default();
        if !numbers.insert(number) {
            found.double(format!("stored twice: {number}"));
        }
        let case = text(row, "case_id").filter(|case| heads.contains_key(*case));
        if let Some((number, units)) = contents.get(text(row, "fingerprint").unwrap_or_default()) {
            winners.insert(number, *units);
        } else if case.is_none() {
            found.faults.push(format!("stored, and sent by nobody: {number}"));
        }
        if let Some(case) = case {
            *by_case.entry(case).or_default() += 1;
        }
    }
    for (case, count) in by_case.iter().filter(|(_, count)| **count > 1) {
        found.double(format!("{count} invoices of case {case}"));
    }

    // Where each message is.
    let mut known = BTreeSet::new();
    for message in messages {
        let id = case_of(stack, message);
        let head = heads.get(&id);
        known.insert(id.clone());
        let is_stored = match &message.due {
            Due::Stored { number, units } => winners.get(number.as_str()) == Some(units),
            Due::Held(_) => head.is_some_and(is_resolved) && by_case.contains_key(id.as_str()),
        };
        let is_held = head.is_some_and(|head| !is_resolved(head));
        let what = || format!("message {} (case {id}, {:?})", message.id, message.due);
        match (is_stored, is_held) {
            (false, false) => found.lose(format!("lost: {}", what())),
            (true, true) => found.double(format!("stored and held: {}", what())),
            (true, false) => found.stored += 1,
            (false, true) => found.held += 1,
        }
        if let Some(head) = head {
            let first = head["bodies"]["L"].as_array().and_then(|bodies| bodies.first());
            let first = first.and_then(|body| body["S"].as_str()).or_else(|| text(head, "fingerprint"));
            if first != Some(message.fingerprint().as_str()) {
                found.faults.push(format!("held in other bytes: {}", what()));
            }
            if is_resolved(head) {
                found.resolved += 1;
                found.resolved_ids.insert(id);
            }
        }
    }
    found
        .faults
        .extend(heads.keys().filter(|id| !known.contains(*id)).map(|id| format!("case {id} of no message")));
    judge_queue(stack, messages, &heads, is_tidy, &mut found);
    judge_alerts(stack, &heads, look_at(messages), &mut found);
    judge_trails(stack, &heads, &mut found);
    found
}

/// Each case that has not ended has one copy in the queue, with the bytes that were sent or a claim check for them; nothing else is there.
fn judge_queue(
    stack: &Stack,
    messages: &[Sent],
    heads: &HashMap<String, Item>,
    is_tidy: bool,
    found: &mut Judgement,
) {
    let bodies: HashMap<String, &str> =
        messages.iter().map(|message| (case_of(stack, message), message.body.as_str())).collect();
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for copy in stack.look_at_dead_letters(look_at(messages)) {
        let Some(id) = copy.attributes.get("InvalidMessageId") else {
            found.faults.push(format!("in the dead-letter queue without a case: {}", copy.id));
            continue;
        };
        *copies.entry(id.clone()).or_default() += 1;
        let is_first = heads.get(id).and_then(|head| text(head, "attempt")) == Some("1");
        let is_claim =
            ClaimCheck::parse(copy.body.as_bytes()).is_some_and(|claim| claim.case_id.as_str() == id);
        if is_first && !is_claim && bodies.get(id.as_str()) != Some(&copy.body.as_str()) {
            found.faults.push(format!("in the dead-letter queue in other bytes: {id}"));
        }
    }
    for (id, head) in heads {
        let due = usize::from(text(head, "state") != Some("resolved"));
        let there = copies.remove(id).unwrap_or(0);
        if there < due || is_tidy && there > due {
            found.faults.push(format!(
                "case {id} ({:?}) has {there} copies in the queue, and should have {due}",
                text(head, "state")
            ));
        }
    }
    found.faults.extend(copies.keys().map(|id| format!("in the dead-letter queue, and no case: {id}")));
}

/// Each case is in exactly one alert for each of its attempts. An alert may be published again, under the same id.
fn judge_alerts(stack: &Stack, heads: &HashMap<String, Item>, seconds: u32, found: &mut Judgement) {
    let mut alerts: BTreeMap<String, Value> = BTreeMap::new();
    for alert in stack.all_alerts(seconds) {
        let last = alert["Message"].as_str().unwrap().trim_end().lines().next_back().unwrap().to_owned();
        #[expect(clippy::disallowed_methods, reason = "an alert, not an invoice")]
        let part: Value = serde_json::from_str(&last).unwrap();
        found.alerts += 1;
        let id = part["id"].as_str().unwrap().to_owned();
        match alerts.get(&id) {
            Some(same) => {
                found.alerts_again += 1;
                if (&same["count"], &same["cases"]) != (&part["count"], &part["cases"]) {
                    found.faults.push(format!("alert {id} was published twice, with two contents"));
                }
            }
            None => drop(alerts.insert(id, part)),
        }
    }
    let mut alerted: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in alerts.values() {
        assert_eq!(alert["cases_left_off"], 0, "a digest names all of its cases: {alert}");
        for case in alert["cases"].as_array().unwrap() {
            *alerted.entry(case.as_str().unwrap()).or_default() += 1;
        }
    }
    for (id, head) in heads {
        let attempts: usize = text(head, "attempt").and_then(|attempt| attempt.parse().ok()).unwrap_or(1);
        let times = alerted.get(id.as_str()).copied().unwrap_or(0);
        if times == 0 || times > attempts {
            found.faults.push(format!("case {id} was alerted {times} times in {attempts} attempts"));
        }
    }
}

/// The trail of each case is whole, and its invoice was stored once.
fn judge_trails(stack: &Stack, heads: &HashMap<String, Item>, found: &mut Judgement) {
    for id in heads.keys() {
        let shown = stack.ask(&json!({ "action": "get", "actor": "the test", "id": id }));
        if shown["trail_intact"] == true {
            found.trails += 1;
        } else {
            found.faults.push(format!("the trail of case {id} does not verify: {shown}"));
        }
        let stored =
            shown["trail"].as_array().into_iter().flatten().filter(|step| step["act"] == "stored").count();
        if stored > 1 {
            found.double(format!("case {id} was stored {stored} times"));
        }
    }
}
