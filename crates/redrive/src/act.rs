//! `discard`, `reopen`, `release`, `annotate`.

use futures_util::StreamExt;
use futures_util::stream;

use super::answer::{Code, Done, Failure};
use super::context::RedriveContext;
use super::correct::AT_ONCE;
use super::ports::{CaseRecord, RedrivePorts};
use super::request::{Annotate, OnCases, Selection};
use super::select::CaseSelector;
use super::transitions::{Annotation, Audit, Transition, on_annotate};
use super::{MAX_USUAL, MOST};
use aduana_cases::case::State;
use aduana_cases::judge_message::Judge;

/// The longest text of an annotation, in characters.
const NOTE_MAX: usize = 2_000;
const NAME_MAX: usize = 200;

/// What is done to each of some cases.
struct ToEach<'r> {
    select: &'r Selection,
    first: Option<usize>,
    version: Option<u64>,
    max: Option<usize>,
    cursor: Option<&'r str>,
    /// The states that are meant where none is named.
    states: &'r [State],
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Does one step to every case of a selection, of those in `states` where it names none.
    pub(super) async fn on_cases(
        &self,
        request: &OnCases,
        states: &[State],
        step: impl Fn(&CaseRecord, Audit<'_>) -> Transition + Sync + Send,
    ) -> Result<Done, Failure> {
        let OnCases { select, first, version, max, cursor, .. } = request;
        let cursor = cursor.as_deref();
        self.to_each(ToEach { select, first: *first, version: *version, max: *max, cursor, states }, step)
            .await
    }

    pub(super) async fn annotate(&self, request: &Annotate) -> Result<Done, Failure> {
        let Annotate { select, first, owner, note, ticket, version, max, cursor, .. } = request;
        let is_long =
            |text: &Option<String>, max| text.as_ref().is_some_and(|text| text.chars().count() > max);
        if is_long(owner, NAME_MAX) || is_long(ticket, NAME_MAX) || is_long(note, NOTE_MAX) {
            return Err(Failure::new(Code::TooMany, self.lang).because(&"owner, note, ticket"));
        }
        let annotation = Annotation { owner: owner.clone(), note: note.clone(), ticket: ticket.clone() };
        let step = |record: &CaseRecord, by: Audit<'_>| on_annotate(record, by, &annotation);
        let cursor = cursor.as_deref();
        let each =
            ToEach { select, first: *first, version: *version, max: *max, cursor, states: &State::ALL };
        self.to_each(each, step).await
    }

    async fn to_each(
        &self,
        each: ToEach<'_>,
        step: impl Fn(&CaseRecord, Audit<'_>) -> Transition + Sync + Send,
    ) -> Result<Done, Failure> {
        let ToEach { select, first, version, max, cursor, states } = each;
        let mut selection =
            CaseSelector::new(Some(select), first, cursor, states, self.lang)?.working_from(self.now_ms());
        let mut left = max.unwrap_or(MAX_USUAL).clamp(1, MOST);
        let mut done = Done::default();
        while left > 0 && self.may_start() && selection.cursor().is_some() {
            let picked = self.pick(&mut selection, left.min(AT_ONCE)).await;
            let ids = picked.map_err(|error| Failure::unavailable(&error, self.lang))?.ids();
            left = left.saturating_sub(ids.len());
            let acts: Vec<_> = ids.iter().map(|id| self.act(id, None, version, &step)).collect();
            let acts: Vec<_> = stream::iter(acts).buffered(AT_ONCE).collect().await;
            for (id, acted) in ids.into_iter().zip(acts) {
                self.notify(&mut done, id, acted, select)?;
            }
        }
        done.cursor = selection.cursor();
        Ok(done)
    }
}
