//! Which cases a request is about, found by the indexes, a page at a time; and where to go on.
//!
//! A query reads sections of the case file: one group, or the states one after the other, and looks at each line. It reads no
//! other item of the table. What it reads for one answer is bounded; an answer that is not the last has a cursor, even if
//! nothing matched so far. So following the cursors is complete.

use aduana_invoice::{Fingerprint, Lang};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::answer::{Code, Failure};
use super::context::RedriveContext;
use super::ports::{CaseLine, CaseStore, LineKey, PageOf, Partition, RedrivePorts};
use super::request::{Batch, Query, Selection};
use super::{BATCH_DEFAULT, BATCH_MAX, IDS_MAX, PAGES_MAX};
use aduana_cases::case::State;
use aduana_cases::effects::LIST;
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::CaseId;
use aduana_cases::time::rfc3339;

/// How many cases are worked on at the same time.
pub(super) const AT_ONCE: usize = 10;

/// Where a selection stands. Printed as the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    /// A mark of the selection that it belongs to.
    of: String,
    /// The section, or the place in the list of ids.
    at: usize,
    /// The line in the section.
    after: Option<LineKey>,
    /// How many cases may still be taken.
    left: Option<usize>,
    /// When the selection was begun: what happens to a case because of it does not bring it into it again.
    begun: Option<String>,
}

/// A selection, being worked through.
#[derive(Debug)]
pub(super) struct CaseSelector {
    ids: Option<Vec<CaseId>>,
    partitions: Vec<Partition>,
    query: Query,
    oldest_first: bool,
    position: Position,
    is_done: bool,
}

/// What was picked.
pub(super) enum Picked {
    /// Cases by their ids, which may not be there.
    Ids(Vec<CaseId>),
    /// Lines, which may be a moment old.
    Lines(Vec<CaseLine>),
}

impl Picked {
    pub(super) fn ids(self) -> Vec<CaseId> {
        match self {
            Self::Ids(ids) => ids,
            Self::Lines(lines) => lines.into_iter().map(|line| line.id).collect(),
        }
    }
}

impl CaseSelector {
    /// A selection from its beginning, or from where `cursor` says. `states` are those that are meant where none is named.
    pub(super) fn new(
        selection: Option<&Selection>,
        first: Option<usize>,
        cursor: Option<&str>,
        states: &[State],
        lang: Lang,
    ) -> Result<Self, Failure> {
        let mut query = match selection {
            Some(Selection::Query(query)) => query.clone(),
            Some(Selection::Group(group)) => Query { group: Some(group.clone()), ..Query::default() },
            _ => Query::default(),
        };
        if query.state.is_empty() {
            query.state = states.to_vec();
        }
        for time in [&mut query.since, &mut query.until].into_iter().flatten() {
            *time = normal_time(time)
                .ok_or_else(|| Failure::new(Code::BadRequest, lang).because(&"since, until"))?;
        }
        let ids = match selection {
            Some(Selection::Ids(ids)) if ids.len() > IDS_MAX => {
                return Err(Failure::new(Code::TooMany, lang));
            }
            Some(Selection::Ids(ids)) => Some(distinct(ids)),
            _ => None,
        };
        let partitions = match &query.group {
            Some(group) => vec![Partition::Group(group.clone())],
            None => query.state.iter().copied().map(Partition::State).collect(),
        };
        let of = mark(selection, &query);
        let position = match cursor {
            None => Position { of, at: 0, after: None, left: first, begun: None },
            Some(cursor) => Position::parse(cursor)
                .filter(|position| position.of == of)
                .ok_or_else(|| Failure::new(Code::BadRequest, lang).because(&"cursor"))?,
        };
        Ok(Self { ids, partitions, query, oldest_first: false, position, is_done: false })
    }

    /// For what changes cases: the oldest first, and none that came after the beginning.
    pub(super) fn working_from(mut self, now_ms: i64) -> Self {
        self.oldest_first = true;
        self.position.begun.get_or_insert_with(|| rfc3339(now_ms));
        self
    }

    /// Where to go on; `None` if there is nothing more.
    pub(super) fn cursor(&self) -> Option<String> {
        if self.is_done {
            return None;
        }
        // Texts and numbers: there is nothing in it that JSON cannot say.
        let json = serde_json::to_vec(&self.position).unwrap_or_default();
        Some(URL_SAFE_NO_PAD.encode(json))
    }

    /// How many cases are left, where that is known.
    pub(super) fn left(&self) -> Option<usize> {
        if self.is_done {
            return Some(0);
        }
        let ids = self.ids.as_ref()?;
        let left = ids.len().saturating_sub(self.position.at);
        Some(left.min(self.position.left.unwrap_or(left)))
    }

    fn take_ids(&mut self, ids: Vec<CaseId>, max: usize) -> Vec<CaseId> {
        let ingested: Vec<CaseId> = ids.iter().skip(self.position.at).take(max).cloned().collect();
        self.position.at = self.position.at.saturating_add(ingested.len());
        self.is_done = self.position.at >= ids.len();
        self.ids = Some(ids);
        ingested
    }

    fn page_of(&self, limit: usize) -> Option<PageOf> {
        let until = [&self.query.until, &self.position.begun].into_iter().flatten().min().cloned();
        Some(PageOf {
            partition: self.partitions.get(self.position.at)?.clone(),
            since: self.query.since.clone(),
            until,
            oldest_first: self.oldest_first,
            after: self.position.after.clone(),
            limit,
        })
    }

    fn next_section(&mut self) {
        self.position.at = self.position.at.saturating_add(1);
        self.position.after = None;
        self.is_done = self.position.at >= self.partitions.len();
    }

    fn count_taken(&mut self, ingested: usize) {
        if let Some(left) = &mut self.position.left {
            *left = left.saturating_sub(ingested);
            self.is_done |= *left == 0;
        }
    }
}

/// How many lines are read at a time where a filter leaves most of them out. The index has 16 slots: so many are a thousand of each.
const LINES_AT_ONCE: usize = 16_000;

/// A batch, being worked through.
pub(super) struct Work {
    selection: CaseSelector,
    left: usize,
}

impl Work {
    /// Where to go on; `None` if there is nothing more.
    pub(super) fn cursor(&self) -> Option<String> {
        self.selection.cursor()
    }

    /// How many cases were not looked at, where that is known.
    pub(super) fn not_looked_at(&self) -> Option<usize> {
        self.selection.left()
    }
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Begins a batch, or goes on with it. `states` are those that are meant where it names none.
    pub(super) fn begin(&self, batch: &Batch, states: &[State]) -> Result<Work, Failure> {
        let Batch { select, first, version: _, max, cursor } = batch;
        let selection = CaseSelector::new(Some(select), *first, cursor.as_deref(), states, self.lang)?;
        let left = max.unwrap_or(BATCH_DEFAULT).clamp(1, BATCH_MAX);
        Ok(Work { selection: selection.working_from(self.now_ms()), left })
    }

    /// The next cases of a batch, at most [`AT_ONCE`]; `None` if the batch, its `max` or the time of this call is used up.
    pub(super) async fn next_ids(&self, work: &mut Work) -> Result<Option<Vec<CaseId>>, Failure> {
        if work.left == 0 || !self.may_start() || work.cursor().is_none() {
            return Ok(None);
        }
        let picked = self.pick(&mut work.selection, work.left.min(AT_ONCE)).await;
        let ids = picked.map_err(|error| Failure::unavailable(&error, self.lang))?.ids();
        work.left = work.left.saturating_sub(ids.len());
        Ok(Some(ids))
    }

    /// The next cases of a selection, at most `max`; fewer where the reads or the time of one answer are used up. None, and no
    /// cursor, is the end.
    pub(super) async fn pick(&self, picker: &mut CaseSelector, max: usize) -> Result<Picked, EffectError> {
        let max = max.min(picker.position.left.unwrap_or(max));
        if picker.is_done {
            return Ok(Picked::Lines(Vec::new()));
        }
        if let Some(ids) = picker.ids.take() {
            let ids = picker.take_ids(ids, max);
            picker.count_taken(ids.len());
            return Ok(Picked::Ids(ids));
        }
        let mut ingested = Vec::new();
        for _ in 0..PAGES_MAX {
            // Without a filter, no more is read than is wanted.
            let limit =
                if picker.query.reads_all() { max.saturating_sub(ingested.len()) } else { LINES_AT_ONCE };
            let Some(of) = picker.page_of(limit) else { break };
            if ingested.len() >= max || !self.may_start() {
                break;
            }
            let page = self.within(LIST, || self.ports.cases().page(&of)).await?;
            for line in page.lines {
                if ingested.len() == max {
                    break;
                }
                picker.position.after = Some(line.key());
                if picker.query.matches(&line) {
                    ingested.push(line);
                }
            }
            if ingested.len() == max {
                break;
            }
            match page.next {
                Some(next) => picker.position.after = Some(next),
                None => picker.next_section(),
            }
        }
        picker.is_done |= picker.position.at >= picker.partitions.len();
        picker.count_taken(ingested.len());
        Ok(Picked::Lines(ingested))
    }
}

impl Query {
    /// Whether every line of its partitions matches.
    fn reads_all(&self) -> bool {
        // A partition is of one state, and is read from `since` on.
        let Self { state: _, since: _, group, code, category, seller, source, sender, text, until } = self;
        let filters = [group, code, seller, source, sender, text, until];
        filters.iter().all(|filter| filter.is_none()) && category.is_none()
    }

    fn matches(&self, line: &CaseLine) -> bool {
        let Self { state, group, code, category, seller, source, sender, text, since, until } = self;
        let is =
            |wanted: &Option<String>, matches: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(matches);
        state.contains(&line.state)
            && is(group, &|group| line.group_id == group)
            && is(code, &|code| line.codes.iter().any(|known| known == code))
            && category.is_none_or(|category| line.reason_category == category)
            && is(seller, &|seller| {
                line.seller.as_deref() == Some(seller) || contains(line.seller_name.as_deref(), seller)
            })
            && is(source, &|source| is_within(&line.source, source))
            && is(sender, &|sender| line.sender.as_deref().is_some_and(|of| is_session_of(of, sender)))
            && is(since, &|since| line.last_seen.as_str() >= since)
            && is(until, &|until| line.last_seen.as_str() < until)
            && is(text, &|text| line.says(text))
    }
}

impl CaseLine {
    fn says(&self, text: &str) -> bool {
        // Not in the names: they are masked, and a search would tell them letter by letter.
        let others = [&self.number, &self.owner, &self.ticket];
        let others = others.into_iter().flatten().map(String::as_str);
        [self.id.as_str(), &self.group_label]
            .into_iter()
            .chain(others)
            .any(|place| contains(Some(place), text))
    }
}

fn contains(text: Option<&str>, part: &str) -> bool {
    text.is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase()))
}

/// `kafka:topic/1/2` is within `kafka:topic/1` and `kafka:topic`, not within `kafka:top`.
fn is_within(source: &str, wanted: &str) -> bool {
    source
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || wanted.ends_with(':'))
}

/// `AROA1:night` is a session of `AROA1`, not of `AROA`.
fn is_session_of(sender: &str, wanted: &str) -> bool {
    sender.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

impl Position {
    fn parse(cursor: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        #[expect(clippy::disallowed_methods, reason = "our own cursor, not an invoice")]
        serde_json::from_slice(&json).ok()
    }
}

fn distinct(ids: &[CaseId]) -> Vec<CaseId> {
    let mut seen = std::collections::HashSet::new();
    ids.iter().filter(|id| seen.insert(*id)).cloned().collect()
}

fn mark(selection: Option<&Selection>, query: &Query) -> String {
    let json = serde_json::to_vec(&(selection, query)).unwrap_or_default();
    let mut mark = Fingerprint::of(&json).to_string();
    mark.truncate(8);
    mark
}

/// A time as a head has it: RFC 3339 in UTC with milliseconds. Takes a day, a time to the second, or to the millisecond.
fn normal_time(text: &str) -> Option<String> {
    const FORM: &[u8] = b"0000-00-00T00:00:00.000Z";
    let full = match text.len() {
        10 => format!("{text}T00:00:00.000Z"),
        20 => format!("{}.000Z", text.strip_suffix('Z')?),
        _ => text.to_owned(),
    };
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    (full.len() == FORM.len() && full.bytes().zip(FORM).all(fits)).then_some(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_in_three_lengths() {
        for (text, normal) in [
            ("2026-11-24", Some("2026-11-24T00:00:00.000Z")),
            ("2026-11-24T09:30:00Z", Some("2026-11-24T09:30:00.000Z")),
            ("2026-11-24T09:30:00.007Z", Some("2026-11-24T09:30:00.007Z")),
            ("24.11.2026", None),
            ("2026-11-24T09:30:00+1", None),
            ("yesterday", None),
            ("ñññññ", None),
        ] {
            assert_eq!(normal_time(text).as_deref(), normal, "{text}");
        }
    }

    #[test]
    fn a_sender_is_a_session_of_its_role_and_not_of_a_part_of_its_name() {
        for (wanted, is) in
            [("AROA1:night", true), ("AROA1", true), ("AROA", false), ("AROA1:", false), ("AROA1:n", false)]
        {
            assert_eq!(is_session_of("AROA1:night", wanted), is, "{wanted}");
        }
    }

    #[test]
    fn a_source_is_within_its_topic_and_not_within_a_part_of_its_name() {
        for within in ["kafka:topic/1/2", "kafka:topic/1", "kafka:topic", "kafka:"] {
            assert!(is_within("kafka:topic/1/2", within), "{within}");
        }
        assert!(!is_within("kafka:topic/1/2", "kafka:top"));
        assert!(!is_within("sqs:q", "kafka:"));
    }

    #[test]
    fn a_cursor_belongs_to_its_selection() {
        let group = |group: &str| Selection::Group(group.to_owned());
        let picker = |selection: &Selection, cursor: Option<&str>| {
            CaseSelector::new(Some(selection), Some(7), cursor, &[State::Open], Lang::En)
        };
        let cursor = picker(&group("a"), None).unwrap().working_from(0).cursor().unwrap();
        let again = picker(&group("a"), Some(&cursor)).unwrap();
        assert_eq!(
            (again.position.left, again.position.begun.as_deref()),
            (Some(7), Some("1970-01-01T00:00:00.000Z"))
        );
        for (selection, cursor) in
            [(group("b"), cursor.as_str()), (group("a"), "no cursor"), (group("a"), "")]
        {
            assert_eq!(picker(&selection, Some(cursor)).unwrap_err().error.code, Code::BadRequest);
        }
    }
}
