//! Many cases at once: what is chosen, what can be done with it, and what a change would make of each.

mod preview;

use aduana_intake::cases::State as CaseState;
use aduana_intake::message::CaseId;
use aduana_intake::redrive::LIST_MAX;
use aduana_intake::redrive::request::{Query, Selection};
use askama::Template;
use axum::extract::State;

use crate::Shared;
use crate::deployment::Trouble;
use crate::desk::Desk;
use crate::filter::Filter;
use crate::page::{Page, html};
use crate::visit::{Fields, Visit};

pub(crate) use self::preview::{Prepared, preview};

/// The most cases of one run.
pub(crate) const CASES_MAX: usize = 10_000;

/// What was chosen: these cases, or all that a filter finds.
#[derive(Debug, Clone)]
pub(crate) enum Chosen {
    Ticked(Vec<CaseId>),
    All(Filter),
}

/// The cases that were chosen, as many as one run takes.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) ids: Vec<CaseId>,
    /// There are more.
    pub(crate) and_more: bool,
}

impl Chosen {
    pub(crate) fn of(fields: &Fields) -> Self {
        if fields.has("all") { Self::All(Filter::of(fields)) } else { Self::Ticked(fields.ids("id")) }
    }

    /// The fields that make this choice again.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ticked(ids) => ids.iter().map(|id| ("id", id.to_string())).collect(),
            Self::All(filter) => {
                let all = std::iter::once(("all", "1".to_owned()));
                all.chain(filter.fields()).collect()
            }
        }
    }

    /// The query, in one of `states` where the filter names none.
    fn query(filter: &Filter, states: &[CaseState]) -> Query {
        let state = if filter.states.is_empty() { states.to_vec() } else { filter.states.clone() };
        Query { state, ..filter.query() }
    }

    /// How many they are; and more, where not all could be counted.
    async fn count(&self, desk: &Desk) -> Result<(u64, bool), Trouble> {
        Ok(match self {
            Self::Ticked(ids) => (u64::try_from(ids.len()).unwrap_or(u64::MAX), false),
            Self::All(filter) => {
                let counted = desk.groups(filter.query()).await?;
                (counted.cases, counted.cursor.is_some())
            }
        })
    }

    /// The cases, in the order of the list; where a filter names no state, those in one of `states`.
    pub(crate) async fn ids(&self, desk: &Desk, states: &[CaseState]) -> Result<Found, Trouble> {
        let filter = match self {
            Self::Ticked(ids) => return Ok(Found { ids: ids.clone(), and_more: false }),
            Self::All(filter) => filter,
        };
        let select = Selection::Query(Self::query(filter, states));
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let lines = desk.list(select.clone(), LIST_MAX, cursor).await?;
            ids.extend(lines.cases.into_iter().map(|line| line.id));
            cursor = lines.cursor;
            // Whether there is one more than a run takes, only a look beyond it can tell: a cursor is no promise.
            if cursor.is_none() || ids.len() > CASES_MAX {
                let and_more = ids.len() > CASES_MAX;
                ids.truncate(CASES_MAX);
                return Ok(Found { ids, and_more });
            }
        }
    }
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    fields: &'a [(&'static str, String)],
    count: u64,
    and_more: bool,
    group: &'a str,
}

/// What can be done with what was chosen.
pub(crate) async fn bulk(State(console): State<Shared>, visit: Visit) -> Page {
    let chosen = Chosen::of(&visit.query);
    let desk = Desk::new(&console, visit.lang);
    let (count, and_more) = visit.or_page(chosen.count(&desk).await)?;
    let group = match &chosen {
        Chosen::All(filter) => filter.text("group"),
        Chosen::Ticked(_) => "",
    };
    let fields = chosen.fields();
    Ok(html(&BulkPage { v: &visit, nav: "cases", fields: &fields, count, and_more, group }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretend::{self, lines, now};

    #[test]
    fn a_run_takes_ten_thousand_cases_and_of_one_more_it_is_known_that_there_is_one() {
        assert_eq!(CASES_MAX, 10_000);
        for (cases, taken, and_more) in
            [(9_999, 9_999, false), (10_000, 10_000, false), (10_001, 10_000, true)]
        {
            // As the redrive does it: a page that is full has a cursor, be there anything behind it or not.
            let (desk, _) = pretend::desk(move |nth| {
                let from = (nth - 1) * LIST_MAX;
                let count = (cases - from).min(LIST_MAX);
                lines(from, count, count == LIST_MAX)
            });
            let found = now(Chosen::All(Filter::of(&Fields::default())).ids(&desk, &[])).unwrap();
            assert_eq!((found.ids.len(), found.and_more), (taken, and_more), "{cases}");
        }
    }
}
