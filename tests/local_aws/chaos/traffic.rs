//! What producers send in an hour, good and bad, from a seed.

use std::collections::BTreeMap;

use aduana_testkit::samples::{valid, valid_reordered, without_number, without_number_of, wrong_total};
use aduana_testkit::world::Rng;
use xtask::hash::sha256;

use crate::stack::Stack;

/// What a message should come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// In order: stored under its number, unless other content under that number was there first. The units are its content.
    Stored { number: String, units: u32 },
    /// Held; what corrects it, if anything does.
    Held(Cure),
}

/// What corrects a held message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cure {
    /// What the validator suggests.
    Suggestion,
    /// A number, which it lacks.
    Number,
    /// Nothing.
    None,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) body: String,
    pub(crate) due: Due,
    /// The id under which SQS took it.
    pub(crate) id: String,
}

impl Sent {
    pub(crate) fn new(body: Vec<u8>, due: Due) -> Self {
        Self { body: String::from_utf8(body).unwrap(), due, id: String::new() }
    }

    pub(crate) fn is_in_order(&self) -> bool {
        matches!(self.due, Due::Stored { .. })
    }

    /// Gives it a number of its own.
    pub(crate) fn rename(&mut self, at: usize) {
        let Due::Stored { number, .. } = &mut self.due else {
            return;
        };
        let new = format!("G-{at}");
        self.body = self.body.replace(&format!("\"{number}\""), &format!("\"{new}\""));
        *number = new;
    }

    pub(crate) fn fingerprint(&self) -> String {
        sha256(self.body.as_bytes())
    }
}

/// So many messages. In a hundred: 55 new invoices in order, 8 copies byte for byte, 4 in other bytes, 4 in conflict with another
/// one's number, 27 of six faults, and two large ones.
pub(crate) fn traffic(count: usize, seed: u64) -> Vec<Sent> {
    let mut rng = Rng::new(seed);
    let mut originals: Vec<(String, u32)> = Vec::new();
    (0..count).map(|at| message(at, &mut rng, &mut originals)).collect()
}

fn message(at: usize, rng: &mut Rng, originals: &mut Vec<(String, u32)>) -> Sent {
    let units = 1 + u32::try_from(rng.below(5_000)).unwrap();
    let held = |body, cure| Sent::new(body, Due::Held(cure));
    let stored =
        |body, number: &str, units| Sent::new(body, Due::Stored { number: number.to_owned(), units });
    let mut roll = rng.below(100);
    if originals.is_empty() {
        roll = 0;
    }
    // Most of what comes twice comes soon.
    let near = originals.len().saturating_sub(1 + usize::try_from(rng.below(30)).unwrap());
    let (original, of_original) = originals.get(near).cloned().unwrap_or_default();
    match roll {
        0..=54 => {
            let number = format!("W-{at}");
            originals.push((number.clone(), units));
            stored(valid(&number, units), &number, units)
        }
        55..=62 => stored(valid(&original, of_original), &original, of_original),
        63..=66 => stored(valid_reordered(&original, of_original), &original, of_original),
        67..=70 => stored(valid(&original, of_original + 5_000), &original, of_original + 5_000),
        71..=81 => held(wrong_total(&format!("T-{at}"), units), Cure::Suggestion),
        82..=86 => held(without_number(units), Cure::Number),
        87..=89 => held(replaced(&format!("C-{at}"), units, "\"USD\"", "\"usd\""), Cure::Suggestion),
        90..=91 => held(replaced(&format!("U-{at}"), units, "\"2026-11-20\"", "\"2062-11-20\""), Cure::None),
        92..=93 => {
            held(replaced(&format!("D-{at}"), units, "\"2026-11-20\"", "\"20.11.2026\""), Cure::Suggestion)
        }
        94..=97 => held(format!("this is no invoice: {at}\n").into_bytes(), Cure::None),
        98 if at.is_multiple_of(2) => held(noise(rng, 700_000), Cure::None),
        98 => held(without_number_of(300_000), Cure::Number),
        _ => {
            let number = format!("L-{at}");
            let mut body = valid(&number, units);
            let blanks = 100_000 + usize::try_from(rng.below(300_000)).unwrap();
            body.extend((0..blanks).map(|_| rng.pick(b" \t\n")));
            stored(body, &number, units)
        }
    }
}

/// A valid invoice with one part of its text put another way.
pub(crate) fn replaced(number: &str, units: u32, good: &str, bad: &str) -> Vec<u8> {
    let text = String::from_utf8(valid(number, units)).unwrap();
    assert!(text.contains(good));
    text.replacen(good, bad, 1).into_bytes()
}

/// Letters that do not get much smaller by compression: the case file has to split them.
fn noise(rng: &mut Rng, count: usize) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..count).map(|_| rng.pick(LETTERS)).collect()
}

/// Sends them, ten at a time where they are small, and records their ids. Calls `progress` before each call.
pub(crate) fn send(stack: &Stack, messages: &mut [Sent], mut progress: impl FnMut(usize)) {
    const SMALL: usize = 20_000;
    let mut sent = 0;
    while sent < messages.len() {
        let rest = &messages[sent..];
        let small = rest.iter().take(10).take_while(|message| message.body.len() < SMALL).count();
        let batch = small.max(1);
        progress(sent);
        let bodies: Vec<&str> = rest[..batch].iter().map(|message| message.body.as_str()).collect();
        let ids = stack.post(&bodies);
        for (message, id) in messages[sent..].iter_mut().zip(ids) {
            message.id = id;
        }
        sent += batch;
    }
}

/// How many of each due there are, for the figures.
pub(crate) fn kinds(messages: &[Sent]) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for message in messages {
        let kind = match &message.due {
            Due::Stored { .. } => "in order, copies and conflicts included",
            Due::Held(Cure::None) => "that nothing corrects",
            Due::Held(_) => "that can be corrected",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}
