//! `preview` and `correct`.

use aduana_invoice::Fingerprint;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;

use super::answer::{CaseVerdict, Code, Done, DoneCase, Failure, Previewed, PreviewedCase};
use super::context::{Acted, RedriveContext, Skip};
use super::corrected_body::corrected;
use super::ports::{CaseRecord, RedrivePorts};
use super::request::{Correct, Correction, Preview, Selection};
use super::select::AT_ONCE;
use super::show::errors;
use super::transitions::{Audit, on_correct};
use super::{ANSWER_MAX, DIFF_MAX};
use aduana_cases::body::Packed;
use aduana_cases::case::State;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::CaseId;
use aduana_invoice::json::{Differences, Tree, differences};

/// A body with its correction.
struct Corrected {
    record: CaseRecord,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) async fn preview(&self, request: &Preview, states: &[State]) -> Result<Previewed, Failure> {
        let mut work = self.begin(&request.batch, states)?;
        let mut answer = Previewed::default();
        let mut bytes = 0_usize;
        while bytes < ONE_GO
            && let Some(ids) = self.next_ids(&mut work).await?
        {
            let room = ONE_GO / ids.len().max(1);
            let previews: Vec<_> = ids.iter().map(|id| self.preview_one(id, request)).collect();
            let previews: Vec<_> = stream::iter(previews).buffered(AT_ONCE).collect().await;
            for (id, preview) in ids.into_iter().zip(previews) {
                match preview {
                    Ok(case) => {
                        let case = fitted(case, room);
                        bytes = bytes.saturating_add(json_len(&case));
                        match case.verdict {
                            CaseVerdict::Valid => answer.valid += 1,
                            CaseVerdict::Invalid => answer.invalid += 1,
                        }
                        answer.cases.push(case);
                    }
                    Err(skip) if is_single(&request.batch.select) => return Err(skip.failure(self.lang)),
                    Err(skip) => {
                        let skipped = skip.of(id, self.lang);
                        bytes = bytes.saturating_add(json_len(&skipped));
                        answer.skipped.push(skipped);
                    }
                }
            }
        }
        answer.cursor = work.cursor();
        Ok(answer)
    }

    async fn preview_one(&self, id: &CaseId, request: &Preview) -> Result<PreviewedCase, Skip> {
        let record = self.head(id).await?;
        if request.batch.version.is_some_and(|version| version != record.version) {
            return Err(Code::StaleVersion.into());
        }
        // Before anything is answered: that a step does not apply says something of a value, too.
        let tests_values = request.correction.as_ref().is_some_and(Correction::tests_values);
        let record = if request.unmask || tests_values { self.note_look(record).await? } else { record };
        let Corrected { record, before, after } = self.corrected(record, request.correction.as_ref()).await?;
        let opinion = self.opinion(&record, &after).await?;
        let Differences { listed, count } = difference(&before, &after, request.unmask);
        let shows = self.shows(request.unmask);
        Ok(PreviewedCase {
            id: id.clone(),
            state: record.state(),
            version: record.version,
            verdict: if opinion.is_valid { CaseVerdict::Valid } else { CaseVerdict::Invalid },
            reasons: opinion.violations.iter().map(|violation| shows.reason(violation)).collect(),
            reasons_left_off: 0,
            diff: listed,
            changes: count,
        })
    }

    /// A case's current body, and what the correction makes of it.
    async fn corrected(
        &self,
        record: CaseRecord,
        correction: Option<&Correction>,
    ) -> Result<Corrected, Skip> {
        let before = self.contents(record.id(), record.current()).await?.body;
        let sender = record.line.sender.as_deref();
        let violations = |body: &[u8]| Ok(self.verdict(body, sender)?.violations().to_vec());
        let after = match correction {
            Some(correction) => corrected(&before, correction, violations)?,
            None => before.clone(),
        };
        Ok(Corrected { record, before, after })
    }

    pub(super) async fn correct(&self, request: &Correct, states: &[State]) -> Result<Done, Failure> {
        let mut work = self.begin(&request.batch, states)?;
        let mut done = Done::default();
        while let Some(ids) = self.next_ids(&mut work).await? {
            let corrections: Vec<_> = ids.iter().map(|id| self.correct_one(id, request)).collect();
            let corrections: Vec<_> = stream::iter(corrections).buffered(AT_ONCE).collect().await;
            for (id, correction) in ids.into_iter().zip(corrections) {
                self.record_outcome(&mut done, id, correction, &request.batch.select)?;
            }
        }
        done.cursor = work.cursor();
        Ok(done)
    }

    async fn correct_one(&self, id: &CaseId, request: &Correct) -> Result<Acted, Skip> {
        let record = self.head(id).await?;
        if request.batch.version.is_some_and(|version| version != record.version) {
            return Err(Code::StaleVersion.into());
        }
        let ended = self.try_correct(record.clone(), request).await;
        let is_on_trail = ended.as_ref().is_ok_and(|acted| acted.changed);
        if is_on_trail || !request.correction.tests_values() {
            return ended;
        }
        // What is refused, or would change nothing, tells of the values that it met.
        match ended {
            Ok(Acted { record, changed }) => Ok(Acted { record: self.note_look(record).await?, changed }),
            Err(skip) => self.note_look(record).await.and(Err(skip)),
        }
    }

    async fn try_correct(&self, record: CaseRecord, request: &Correct) -> Result<Acted, Skip> {
        let id = record.id().clone();
        let Corrected { record, before, after } = self.corrected(record, Some(&request.correction)).await?;
        let opinion = self.opinion(&record, &after).await?;
        if !opinion.is_valid && !request.overridden {
            return Err(Skip::still_invalid(&errors(&opinion.violations)));
        }
        let (from, to) = (Fingerprint::of(&before).to_string(), Fingerprint::of(&after).to_string());
        let body = Packed::pack(&after, 0);
        let reason =
            if opinion.is_valid { self.reason.to_owned() } else { format!("override: {}", self.reason) };
        let step = |record: &CaseRecord, by: Audit<'_>| {
            // Of two corrections at once, the second was made of a body that is no longer there.
            if record.current_fingerprint() != from && record.current_fingerprint() != to {
                return super::transitions::Transition::Refuse(Code::StaleVersion);
            }
            on_correct(record, Audit { reason: &reason, ..by }, &to, body.clone(), request.overridden)
        };
        self.act(&id, Some(record), request.batch.version, step).await
    }

    /// Puts what became of a case into the answer; of a request about one case, its refusal is the answer.
    pub(super) fn record_outcome(
        &self,
        done: &mut Done,
        id: CaseId,
        acted: Result<Acted, Skip>,
        select: &Selection,
    ) -> Result<(), Failure> {
        match acted {
            Ok(Acted { record, changed }) => {
                done.done.push(DoneCase { id, state: record.state(), version: record.version, changed });
            }
            Err(skip) if is_single(select) => return Err(skip.failure(self.lang)),
            Err(skip) => done.skipped.push(skip.of(id, self.lang)),
        }
        Ok(())
    }
}

/// The most bytes of the cases that are previewed in one go. As many may be there already.
const ONE_GO: usize = ANSWER_MAX / 2;

/// A case in about `room` bytes: half of them for what would change, half for the reasons. What is left off is counted.
fn fitted(mut case: PreviewedCase, room: usize) -> PreviewedCase {
    case.diff = first_of(case.diff, room / 2);
    let reasons = case.reasons.len();
    case.reasons = first_of(case.reasons, room / 2);
    case.reasons_left_off = reasons.saturating_sub(case.reasons.len());
    case
}

/// The first items that take at most `room` bytes as JSON, with a comma each.
fn first_of<T: Serialize>(items: Vec<T>, room: usize) -> Vec<T> {
    let mut left = room;
    let fits = |item: &T| {
        let rest = left.checked_sub(json_len(item).saturating_add(1));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    items.into_iter().take_while(fits).collect()
}

/// The bytes of a part of an answer.
pub(super) fn json_len(part: &impl Serialize) -> usize {
    // Texts, numbers and JSON as it was read: there is nothing in it that JSON cannot say.
    serde_json::to_vec(part).map_or(0, |json| json.len())
}

/// Whether a request is about one case by its id.
pub(super) fn is_single(select: &Selection) -> bool {
    matches!(select, Selection::Ids(ids) if ids.len() == 1)
}

pub(super) fn difference(before: &[u8], after: &[u8], unmask: bool) -> Differences {
    let tree = |body| std::str::from_utf8(body).ok().and_then(Tree::read);
    match (tree(before), tree(after)) {
        (Some(before), Some(after)) => differences(&before, &after, DIFF_MAX, unmask),
        // All of it: there was nothing to compare with.
        _ => Differences { listed: Vec::new(), count: usize::from(before != after) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Difference;

    #[test]
    fn items_fill_their_room_to_the_last_byte_and_one_that_needs_one_more_is_left_off() {
        // Seven bytes and five, with their quotes and a comma.
        let items = || vec!["aaaa", "bb"];
        for (room, kept) in [(6, 0), (7, 1), (8, 1), (11, 1), (12, 2), (13, 2)] {
            assert_eq!(first_of(items(), room).len(), kept, "{room}");
        }
    }

    #[test]
    fn what_is_left_off_of_a_case_is_counted_and_an_answer_of_full_goes_is_as_long_as_it_may_be() {
        let reason = |at: usize| {
            let json = serde_json::json!({
                "code": "BR-24", "category": "data", "severity": "error", "path": format!("/lines/{at:04}"),
                "message": "", "can_be_suggested": false,
            });
            serde_json::from_value(json).unwrap()
        };
        let case = |reasons: usize| PreviewedCase {
            id: CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap(),
            state: aduana_cases::case::State::Open,
            version: 1,
            verdict: CaseVerdict::Invalid,
            reasons: (0..reasons).map(reason).collect(),
            reasons_left_off: 0,
            diff: Vec::new(),
            changes: 0,
        };
        let change = || Difference { pointer: "/number".to_owned(), before: None, after: None };
        let each = json_len(&change()) + 1;
        for (room, kept) in [(2 * (10 * each - 1), 9), (2 * 10 * each, 10)] {
            let diff = (0..11).map(|_| change()).collect();
            assert_eq!(fitted(PreviewedCase { diff, ..case(0) }, room).diff.len(), kept);
        }
        let each = json_len(&reason(0)) + 1;
        for (room, kept) in [(2 * (10 * each - 1), 9), (2 * 10 * each, 10), (2 * (10 * each + 1), 10)] {
            let fitted = fitted(case(11), room);
            assert_eq!((fitted.reasons.len(), fitted.reasons_left_off), (kept, 11 - kept));
        }
        assert_eq!(2 * ONE_GO, ANSWER_MAX);
    }

    #[test]
    fn bodies_that_cannot_be_compared_are_one_difference_or_none() {
        let count = |before: &[u8], after: &[u8]| difference(before, after, false).count;
        assert_eq!((count(b"\xff", b"{}"), count(b"{}", b"{"), count(b"\xff", b"\xff")), (1, 1, 0));
    }
}
