//! Those who mend what is held, group by group, through the redrive function.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stack::Stack;
use crate::wire::traffic::{Cure, Due, Sent};

const PATIENCE: Duration = Duration::from_mins(30);

pub(super) struct Operators<'s> {
    stack: &'s Stack,
    /// How many cases can be mended, and how many cannot.
    due: usize,
    hopeless: u64,
    resent: usize,
    resent_beside: usize,
}

impl<'s> Operators<'s> {
    pub(super) fn new(stack: &'s Stack, messages: &[Sent]) -> Self {
        let with = |wanted| messages.iter().filter(|message| message.due == Due::Held(wanted)).count();
        let hopeless = with(Cure::None) as u64;
        Self { stack, due: with(Cure::Suggestion), hopeless, resent: 0, resent_beside: 0 }
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

    /// Publishes what is due, as the schedule does.
    pub(super) fn tell(&self) {
        self.stack.ask(&json!({ "action": "tell", "actor": "the test" }));
    }

    /// Corrects and resends each group of open cases.
    pub(super) fn come_by(&mut self) {
        self.mend_all();
        self.resent_beside = self.resent;
    }

    /// The same until only what nothing mends is open, and all alerts are out.
    pub(super) fn finish(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.mend_all() > self.hopeless {
            assert!(Instant::now() < deadline, "what can be mended is still open");
        }
        self.stack.settle();
        while !self.stack.board().iter().all(|item| xtask::aws::text(item, "item") == Some("window")) {
            assert!(Instant::now() < deadline, "not all is told");
            self.tell();
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// How many cases were open.
    fn mend_all(&mut self) -> u64 {
        let mut open = 0;
        let mut groups = Vec::new();
        self.walk(&json!({ "action": "groups", "actor": "ana" }), |answer| {
            open += answer["cases"].as_u64().unwrap();
            let ids = answer["groups"].as_array().unwrap().iter();
            groups.extend(ids.map(|group| group["group"].as_str().unwrap().to_owned()));
        });
        groups.sort();
        groups.dedup();
        for group in groups {
            let select = json!({ "query": { "group": group, "state": ["open"] } });
            let on_group = |action: &str| json!({ "action": action, "actor": "ana", "reason": "agreed", "select": select });
            let mut correction = on_group("correct");
            correction["correction"] = json!({ "suggested": true });
            let mut corrected = 0;
            self.walk(&correction, |answer| corrected += count(answer, "done"));
            if corrected > 0 {
                let mut sent = 0;
                self.walk(&on_group("resend"), |answer| sent += count(answer, "sent"));
                self.resent += sent;
            }
        }
        open
    }

    /// Asks until the answer is the last.
    fn walk(&self, request: &Value, mut told: impl FnMut(&Value)) {
        let mut request = request.clone();
        loop {
            let answer = self.stack.ask(&request);
            assert!(answer.get("error").is_none(), "{answer}");
            told(&answer);
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
