//! `discard`, `reopen`, `release`, `annotate`.

use futures_util::StreamExt;
use futures_util::stream;

use super::answer::{Code, Done, Failure};
use super::context::RedriveContext;
use super::ports::{CaseRecord, RedrivePorts};
use super::request::{Annotate, Batch};
use super::select::AT_ONCE;
use super::transitions::{Annotation, Audit, Transition, on_annotate};
use aduana_cases::case::State;
use aduana_cases::judge_message::Judge;

/// The longest text of an annotation, in characters.
const NOTE_MAX: usize = 2_000;
const NAME_MAX: usize = 200;

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) async fn annotate(&self, request: &Annotate, states: &[State]) -> Result<Done, Failure> {
        let Annotate { batch, annotation } = request;
        let Annotation { owner, note, ticket } = annotation;
        let is_long =
            |text: &Option<String>, max| text.as_ref().is_some_and(|text| text.chars().count() > max);
        if is_long(owner, NAME_MAX) || is_long(ticket, NAME_MAX) || is_long(note, NOTE_MAX) {
            return Err(Failure::new(Code::TooMany, self.lang).because(&"owner, note, ticket"));
        }
        let step = |record: &CaseRecord, by: Audit<'_>| on_annotate(record, by, annotation);
        self.to_each(batch, states, step).await
    }

    /// Does one step to every case of a batch, of those in `states` where it names none.
    pub(super) async fn to_each(
        &self,
        batch: &Batch,
        states: &[State],
        step: impl Fn(&CaseRecord, Audit<'_>) -> Transition + Sync + Send,
    ) -> Result<Done, Failure> {
        let mut work = self.begin(batch, states)?;
        let mut done = Done::default();
        while let Some(ids) = self.next_ids(&mut work).await? {
            let acts: Vec<_> = ids.iter().map(|id| self.act(id, None, batch.version, &step)).collect();
            let acts: Vec<_> = stream::iter(acts).buffered(AT_ONCE).collect().await;
            for (id, acted) in ids.into_iter().zip(acts) {
                self.record_outcome(&mut done, id, acted, &batch.select)?;
            }
        }
        done.cursor = work.cursor();
        Ok(done)
    }
}
