//! What the console keeps in mind while it runs, of which nothing is written anywhere: the reason of the session, the values that
//! somebody asked to see, the way back through a list, what was previewed. All of it is bounded; the oldest is forgotten first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aduana_cases::message::CaseId;
use aduana_redrive::answer::{Reason, ShownAttribute};
use aduana_redrive::request::Correction;

/// How long values stay in sight after somebody asked for them, in milliseconds.
const SIGHT_MS: i64 = 30 * 60 * 1000;

const REVEALED_MAX: usize = 20;
const PAGES_MAX: usize = 1_000;
const PREPARED_MAX: usize = 10;

/// A body that somebody asked to see, with the reasons of its case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revealed {
    /// Why somebody asked: what is tried out with these values is a look for the same reason.
    pub(crate) why: String,
    /// `None` where the bytes are no text.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) fingerprint: String,
    pub(crate) reasons: Vec<Reason>,
    /// The masked texts of the case's head, as they are: seller's identity and name, buyer's name, amount due.
    pub(crate) names: [Option<String>; 4],
    pub(crate) attributes: Vec<ShownAttribute>,
}

/// A change that was previewed, and the cases that it is for.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) correction: Correction,
    /// Those that would be valid, and those that were not looked at.
    pub(crate) ids: Vec<CaseId>,
    /// Those that would not be.
    pub(crate) still_invalid: Vec<CaseId>,
    /// More were chosen than one run takes.
    pub(crate) and_more: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reason: Option<String>,
    revealed: VecDeque<(CaseId, i64, Revealed)>,
    /// A cursor, and the one of the page before it.
    pages: VecDeque<(String, String)>,
    prepared: VecDeque<(String, Arc<Prepared>)>,
}

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the reason for which values are read from now on; without one, each look has its own.
    pub(crate) fn set_reason(&self, reason: Option<String>) {
        self.inner().reason = reason;
    }

    /// The reason of the session.
    pub(crate) fn reason(&self) -> Option<String> {
        self.inner().reason.clone()
    }

    /// Keeps values in sight.
    pub(crate) fn reveal(&self, id: &CaseId, now_ms: i64, revealed: Revealed) {
        let mut inner = self.inner();
        inner.revealed.retain(|(known, _, other)| known != id || other.fingerprint != revealed.fingerprint);
        push(&mut inner.revealed, (id.clone(), now_ms, revealed), REVEALED_MAX);
    }

    /// The values of that body of a case, if they are in sight.
    pub(crate) fn revealed(&self, id: &CaseId, fingerprint: &str, now_ms: i64) -> Option<Revealed> {
        let mut inner = self.inner();
        inner.revealed.retain(|(_, at_ms, _)| now_ms.saturating_sub(*at_ms) < SIGHT_MS);
        let is = |(known, _, it): &&(CaseId, i64, Revealed)| known == id && it.fingerprint == fingerprint;
        inner.revealed.iter().find(is).map(|(_, _, revealed)| revealed.clone())
    }

    /// Puts a case's values out of sight.
    pub(crate) fn hide(&self, id: &CaseId) {
        self.inner().revealed.retain(|(known, _, _)| known != id);
    }

    /// Notes that the page `next` comes after the page `page`.
    pub(crate) fn note_page(&self, next: &str, page: &str) {
        let mut inner = self.inner();
        inner.pages.retain(|(known, _)| known != next);
        push(&mut inner.pages, (next.to_owned(), page.to_owned()), PAGES_MAX);
    }

    /// The page before the one at this cursor; empty for the first.
    pub(crate) fn page_before(&self, cursor: &str) -> Option<String> {
        self.inner().pages.iter().find(|(known, _)| known == cursor).map(|(_, before)| before.clone())
    }

    pub(crate) fn prepare(&self, key: String, prepared: Prepared) {
        push(&mut self.inner().prepared, (key, Arc::new(prepared)), PREPARED_MAX);
    }

    pub(crate) fn prepared(&self, key: &str) -> Option<Arc<Prepared>> {
        self.inner().prepared.iter().find(|(known, _)| known == key).map(|(_, prepared)| Arc::clone(prepared))
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T, max: usize) {
    if list.len() >= max {
        list.pop_front();
    }
    list.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(at: usize) -> CaseId {
        CaseId::parse(&format!("{at:032x}")).unwrap()
    }

    /// Asserts that `max` things are kept in mind, and that the one after them takes the place of the first.
    fn keeps(max: usize, put: impl Fn(&Memory, usize), has: impl Fn(&Memory, usize) -> bool) {
        let memory = Memory::default();
        let kept = || (0..=max).filter(|at| has(&memory, *at)).count();
        (0..max - 1).for_each(|at| put(&memory, at));
        assert_eq!(kept(), max - 1);
        put(&memory, max - 1);
        assert_eq!(kept(), max);
        put(&memory, max);
        assert_eq!((kept(), has(&memory, 0), has(&memory, 1)), (max, false, true), "the oldest is forgotten");
    }

    #[test]
    fn twenty_bodies_are_kept_in_sight() {
        assert_eq!(REVEALED_MAX, 20);
        let put = |memory: &Memory, at| memory.reveal(&id(at), 0, Revealed::default());
        keeps(REVEALED_MAX, put, |memory, at| memory.revealed(&id(at), "", 0).is_some());
    }

    #[test]
    fn the_way_back_is_known_over_a_thousand_pages() {
        assert_eq!(PAGES_MAX, 1_000);
        let put = |memory: &Memory, at: usize| memory.note_page(&at.to_string(), "before");
        keeps(PAGES_MAX, put, |memory, at| memory.page_before(&at.to_string()).is_some());
    }

    #[test]
    fn ten_previews_can_be_gone_on_with() {
        assert_eq!(PREPARED_MAX, 10);
        let prepared = || Prepared {
            correction: Correction::Suggested(true),
            ids: Vec::new(),
            still_invalid: Vec::new(),
            and_more: false,
        };
        let put = |memory: &Memory, at: usize| memory.prepare(at.to_string(), prepared());
        keeps(PREPARED_MAX, put, |memory, at| memory.prepared(&at.to_string()).is_some());
    }

    #[test]
    fn values_are_in_sight_for_half_an_hour() {
        let memory = Memory::default();
        memory.reveal(&id(0), 0, Revealed::default());
        for (now_ms, is_seen) in [(SIGHT_MS - 1, true), (SIGHT_MS, false)] {
            assert_eq!(memory.revealed(&id(0), "", now_ms).is_some(), is_seen, "{now_ms}");
        }
    }
}
