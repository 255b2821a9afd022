//! Which cases something is done to: those that were ticked, or all that a filter finds.

use aduana_cases::case::State as CaseState;
use aduana_cases::message::CaseId;
use aduana_redrive::request::Query;

use crate::deployment::ApiError;
use crate::filter::Filter;
use crate::form::Fields;
use crate::redrive_client::{GROUP_ANSWERS_MAX, RedriveClient};

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
    pub(crate) async fn count(&self, redrive_client: &RedriveClient) -> Result<(u64, bool), ApiError> {
        Ok(match self {
            Self::Ticked(ids) => (u64::try_from(ids.len()).unwrap_or(u64::MAX), false),
            Self::All(filter) => {
                let counted = redrive_client.groups(filter.query(), GROUP_ANSWERS_MAX).await?;
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
        // Whether there is one more than a run takes, only a look beyond it shows: a cursor is no promise.
        let lines = redrive_client.cases(&Self::query(filter, states), CASES_MAX + 1).await?;
        let mut ids: Vec<CaseId> = lines.into_iter().map(|line| line.id).collect();
        let and_more = ids.len() > CASES_MAX;
        ids.truncate(CASES_MAX);
        Ok(Found { ids, and_more })
    }
}

#[cfg(test)]
mod tests {
    use aduana_redrive::LIST_MAX;

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
