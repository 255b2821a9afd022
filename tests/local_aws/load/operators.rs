//! Those who correct what is held, group by group, through the redrive function.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chaos::PATIENCE;
use crate::chaos::traffic::{Cure, Due, Sent};
use crate::stack::Stack;

pub(super) struct Operators<'s> {
    stack: &'s Stack,
    /// How many cases can be corrected, and how many cannot.
    due: usize,
    hopeless: u64,
    resent: usize,
    resent_beside: usize,
    /// Groups that nothing corrects, and nobody asks about again.
    given_up: BTreeSet<String>,
    window: Duration,
}

impl<'s> Operators<'s> {
    pub(super) fn new(stack: &'s Stack, messages: &[Sent], window: Duration) -> Self {
        let with = |wanted| messages.iter().filter(|message| message.due == Due::Held(wanted)).count();
        let hopeless = with(Cure::None) as u64;
        Self {
            stack,
            due: with(Cure::Suggestion),
            hopeless,
            resent: 0,
            resent_beside: 0,
            given_up: BTreeSet::new(),
            window,
        }
    }

    /// How many cases must be resolved at the end.
    pub(super) fn due(&self) -> usize {
        self.due
    }

    pub(super) fn resent(&self) -> usize {
        self.resent
    }

    pub(super) fn resent_beside(&self) -> usize {
        self.resent_beside
    }

    /// Publishes what is due, as the schedule does. Whether nothing was left.
    pub(super) fn notify(&self) -> bool {
        let answer = self.stack.ask(&json!({ "action": "notify", "actor": "the test" }));
        answer["complete"] == true && answer["alerts_sent"] == 0
    }

    /// Corrects and resends each group of open cases.
    pub(super) fn come_by(&mut self) {
        self.correct_all();
        self.resent_beside = self.resent;
    }

    /// The same until only what nothing corrects is open, and all alerts are out.
    pub(super) fn finish(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.correct_all() > self.hopeless {
            assert!(Instant::now() < deadline, "what can be corrected is still open");
        }
        self.stack.settle();
        // Then the last window closes.
        sleep(self.window + Duration::from_secs(1));
        while !self.notify() {
            assert!(Instant::now() < deadline, "not all alerts are sent");
        }
    }

    /// How many cases were open.
    fn correct_all(&mut self) -> u64 {
        let mut open = 0;
        let mut groups = BTreeSet::new();
        self.walk(&json!({ "action": "groups", "actor": "ana" }), |answer| {
            open += answer["cases"].as_u64().unwrap();
            let ids = answer["groups"].as_array().unwrap().iter();
            groups.extend(ids.map(|group| group["group"].as_str().unwrap().to_owned()));
        });
        for group in groups {
            if self.given_up.contains(&group) {
                continue;
            }
            let select = json!({ "query": { "group": group, "state": ["open"] } });
            let on_group = |action: &str| json!({ "action": action, "actor": "ana", "reason": "agreed", "select": select });
            let mut correction = on_group("correct");
            correction["correction"] = json!({ "suggested": true });
            let mut corrected = 0;
            self.walk(&correction, |answer| corrected += count(answer, "done"));
            if corrected == 0 {
                self.given_up.insert(group);
            } else {
                let mut sent = 0;
                self.walk(&on_group("resend"), |answer| sent += count(answer, "sent"));
                self.resent += sent;
            }
        }
        open
    }

    /// Asks until the answer is the last.
    fn walk(&self, request: &Value, mut each: impl FnMut(&Value)) {
        let mut request = request.clone();
        loop {
            let answer = self.stack.ask(&request);
            assert!(answer.get("error").is_none(), "{answer}");
            each(&answer);
            match answer.get("cursor") {
                Some(cursor) => request["cursor"] = cursor.clone(),
                None => return,
            }
        }
    }
}

fn count(answer: &Value, name: &str) -> usize {
    answer[name].as_array().map_or(0, Vec::len)
}
