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
    pub(crate) async fn ids(&self, desk: &Desk, states: &[CaseState]) -> Result<Vec<CaseId>, Trouble> {
        let filter = match self {
            Self::Ticked(ids) => return Ok(ids.clone()),
            Self::All(filter) => filter,
        };
        let select = Selection::Query(Self::query(filter, states));
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let lines = desk.list(select.clone(), LIST_MAX, cursor).await?;
            ids.extend(lines.cases.into_iter().map(|line| line.id));
            cursor = lines.cursor;
            if cursor.is_none() || ids.len() >= CASES_MAX {
                ids.truncate(CASES_MAX);
                return Ok(ids);
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
