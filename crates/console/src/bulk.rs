//! Many cases at once: what is chosen, what can be done with it, and what a change would make of each.

mod preview;

use aduana_cases::case::State as CaseState;
use aduana_cases::message::CaseId;
use aduana_redrive::LIST_MAX;
use aduana_redrive::request::{Query, Selection};
use askama::Template;
use axum::extract::State;

use crate::Shared;
use crate::deployment::ApiError;
use crate::filter::Filter;
use crate::page::{Page, html};
use crate::redrive_client::RedriveClient;
use crate::request_context::{Fields, RequestContext};

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
    async fn count(&self, redrive_client: &RedriveClient) -> Result<(u64, bool), ApiError> {
        Ok(match self {
            Self::Ticked(ids) => (u64::try_from(ids.len()).unwrap_or(u64::MAX), false),
            Self::All(filter) => {
                let counted = redrive_client.groups(filter.query()).await?;
                (counted.cases, counted.cursor.is_some())
            }
        })
    }

    /// The cases, in the order of the list; where a filter names no state, those in one of `states`.
    pub(crate) async fn ids(
        &self,
        redrive_client: &RedriveClient,
        states: &[CaseState],
    ) -> Result<Found, ApiError> {
        let filter = match self {
            Self::Ticked(ids) => return Ok(Found { ids: ids.clone(), and_more: false }),
            Self::All(filter) => filter,
        };
        let select = Selection::Query(Self::query(filter, states));
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let lines = redrive_client.list(select.clone(), LIST_MAX, cursor).await?;
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
    v: &'a RequestContext,
    nav: &'static str,
    fields: &'a [(&'static str, String)],
    count: u64,
    and_more: bool,
    group: &'a str,
}

/// What can be done with what was chosen.
pub(crate) async fn bulk(State(console): State<Shared>, context: RequestContext) -> Page {
    let chosen = Chosen::of(&context.query);
    let redrive_client = RedriveClient::new(&console, context.lang);
    let (count, and_more) = context.or_page(chosen.count(&redrive_client).await)?;
    let group = match &chosen {
        Chosen::All(filter) => filter.text("group"),
        Chosen::Ticked(_) => "",
    };
    let fields = chosen.fields();
    Ok(html(&BulkPage { v: &context, nav: "cases", fields: &fields, count, and_more, group }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_deployment::{self, lines, now};

    #[test]
    fn a_run_takes_ten_thousand_cases_and_of_one_more_it_is_known_that_there_is_one() {
        assert_eq!(CASES_MAX, 10_000);
        for (cases, taken, and_more) in
            [(9_999, 9_999, false), (10_000, 10_000, false), (10_001, 10_000, true)]
        {
            // As the redrive does it: a page that is full has a cursor, be there anything behind it or not.
            let (redrive_client, _) = fake_deployment::redrive_client(move |nth| {
                let from = (nth - 1) * LIST_MAX;
                let count = (cases - from).min(LIST_MAX);
                lines(from, count, count == LIST_MAX)
            });
            let found = now(Chosen::All(Filter::of(&Fields::default())).ids(&redrive_client, &[])).unwrap();
            assert_eq!((found.ids.len(), found.and_more), (taken, and_more), "{cases}");
        }
    }
}
