//! The first page: how much was stored, held and corrected, what waits, what is new, what expires.

mod chart;

use std::collections::HashMap;

use aduana_cases::case::State as CaseState;
use aduana_redrive::answer::{DayLine, GroupLine, GroupLines};
use aduana_redrive::request::Query;
use askama::Template;
use axum::extract::State;
use futures_util::future::join4;

use self::chart::Chart;
use crate::deployment::{ApiError, Status};
use crate::filter::TO_REVIEW;
use crate::page::Notice;
use crate::redrive_client::GROUP_ANSWERS_MAX;
use crate::request_context::RequestContext;
use crate::response::{Page, html};
use crate::shared::Shared;
use crate::time_format::{last_days, minute};

/// How many days the chart shows.
const DAYS: u16 = 14;

/// How many reasons and groups are shown.
const SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    waiting: &'a GroupLines,
    status: Option<&'a Status>,
    /// In the place of what could not be read of queues and tables.
    notice: Option<Notice<'a>>,
    chart: Chart,
    reasons: Vec<Reason>,
    /// How many reasons more.
    more_reasons: usize,
    expiring: Vec<&'a DayLine>,
    /// On how many days more copies expire.
    more_expiring: usize,
    news: Option<News<'a>>,
    stored_today: u64,
    /// More were stored today than were counted.
    stored_more_today: bool,
    corrected: u64,
    /// There are more than were counted.
    corrected_more: bool,
    in_flight: u64,
}

/// The cases with one first reason.
struct Reason {
    code: String,
    meaning: String,
    count: u64,
    /// Of the largest, in hundredths.
    share: u64,
}

/// What came since the last visit.
struct News<'a> {
    since: String,
    count: u64,
    /// There are more than were counted.
    and_more: bool,
    groups: Vec<&'a GroupLine>,
    /// How many groups more.
    more: usize,
}

/// Shows it.
pub(crate) async fn overview(State(console): State<Shared>, context: RequestContext) -> Page {
    let redrive_client = console.client(context.lang);
    let days = last_days(console.deployment.now_ms(), DAYS);
    let waiting = Query { state: TO_REVIEW.to_vec(), ..Query::default() };
    let lately = Query { state: CaseState::ALL.to_vec(), since: days.first().cloned(), ..Query::default() };
    let news = context.here_before.clone().map(|since| Query { since: Some(since), ..waiting.clone() });
    let (status, waiting, lately, news) = join4(
        console.deployment.status(DAYS),
        redrive_client.groups(waiting, GROUP_ANSWERS_MAX),
        redrive_client.groups(lately, GROUP_ANSWERS_MAX),
        async {
            Ok::<_, ApiError>(match news {
                Some(query) => Some(redrive_client.groups(query, GROUP_ANSWERS_MAX).await?),
                None => None,
            })
        },
    )
    .await;
    let (waiting, lately, news) =
        (context.or_page(waiting)?, context.or_page(lately)?, context.or_page(news)?);
    let (status, error) = match status {
        Ok(status) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    let today = days.last().cloned().unwrap_or_default();
    let chart = Chart::of(&days, status.as_ref(), &lately, context.w);
    let (reasons, more_reasons) = reasons(&waiting);
    let expiring = waiting.days.iter().filter(|day| day.expiring > 0);
    let page = Overview {
        v: &context,
        nav: "overview",
        stored_today: stored_on(status.as_ref(), &today),
        stored_more_today: chart.columns.last().is_some_and(|column| column.and_more),
        chart,
        corrected: lately.days.iter().map(|day| day.stored).sum(),
        corrected_more: lately.cursor.is_some(),
        in_flight: status.as_ref().map_or(0, in_flight),
        notice: error.as_ref().map(|error| error.notice(context.w)),
        status: status.as_ref(),
        reasons,
        more_reasons,
        more_expiring: expiring.clone().skip(SHOWN).count(),
        expiring: expiring.take(SHOWN).collect(),
        news: news.as_ref().map(|news| News {
            since: minute(context.here_before.as_deref().unwrap_or_default()),
            count: news.cases,
            and_more: news.cursor.is_some(),
            groups: news.groups.iter().take(SHOWN).collect(),
            more: news.groups.len().saturating_sub(SHOWN),
        }),
        waiting: &waiting,
    };
    Ok(html(&page))
}

fn stored_on(status: Option<&Status>, day: &str) -> u64 {
    status
        .into_iter()
        .flat_map(|status| &status.stored)
        .filter(|stored| stored.day == day)
        .map(|it| it.count)
        .sum()
}

fn in_flight(status: &Status) -> u64 {
    let is = |state| matches!(state, CaseState::Resending | CaseState::Resent);
    status.cases.iter().filter(|cases| is(cases.state)).map(|cases| cases.count).sum()
}

/// The groups, added up by their first code; and how many codes there are besides.
fn reasons(groups: &GroupLines) -> (Vec<Reason>, usize) {
    let mut by_code: HashMap<&str, Reason> = HashMap::new();
    for group in &groups.groups {
        let reason = by_code.entry(&group.code).or_insert_with(|| Reason {
            code: group.code.clone(),
            meaning: group.message.clone(),
            count: 0,
            share: 0,
        });
        reason.count += group.count;
    }
    let mut reasons: Vec<Reason> = by_code.into_values().collect();
    reasons.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    let largest = reasons.first().map_or(1, |reason| reason.count.max(1));
    for reason in &mut reasons {
        reason.share = (reason.count * 100 / largest).max(1);
    }
    let more = reasons.len().saturating_sub(SHOWN);
    reasons.truncate(SHOWN);
    (reasons, more)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake_deployment::{self, now};

    #[tokio::test]
    async fn what_could_not_all_be_counted_has_a_plus() {
        for (answers, plus) in [(1, ""), (1_000, "+")] {
            let (console, _) = fake_deployment::console(move |nth| {
                let day = json!({ "day": "2026-11-24", "held": 0, "stored": 1, "expiring": 0 });
                json!({ "groups": [], "cases": 1, "days": [day], "cursor": (nth < answers).then_some("on") })
            });
            let here_before = Some("2026-11-24T09:30:00.000Z".to_owned());
            let page =
                now(overview(State(console), RequestContext { here_before, ..fake_deployment::context() }))
                    .unwrap();
            let page = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
            let page = String::from_utf8(page.to_vec()).unwrap();
            // Eight answers, where there are as many: each has one more case.
            let count = if plus.is_empty() { 1 } else { 8 };
            for expected in [
                format!("<b>{count}{plus}</b> to review"),
                format!("<b>{count}{plus}</b> corrected"),
                format!("UTC: <b>{count}{plus}</b>."),
            ] {
                assert!(page.contains(&expected), "{expected} in {page}");
            }
        }
    }

    #[tokio::test]
    async fn ten_reasons_days_and_groups_are_shown_and_the_rest_is_counted() {
        for (count, more) in [(9, false), (10, false), (11, true)] {
            let (console, _) = fake_deployment::console(move |_| {
                let group = |at: usize| {
                    json!({
                        "group": format!("{at:016x}"), "label": "", "code": format!("C-{at}"), "category": "data",
                        "message": "", "count": 1, "first_seen": "2026-11-24T09:30:00.000Z",
                        "last_seen": "2026-11-24T09:30:00.000Z",
                    })
                };
                let day = |at: usize| json!({ "day": format!("2026-11-{:02}", at + 1), "held": 0, "stored": 0, "expiring": 1 });
                let groups: Vec<_> = (0..count).map(group).collect();
                json!({ "groups": groups, "cases": count, "days": (0..count).map(day).collect::<Vec<_>>() })
            });
            let here_before = Some("2026-11-24T09:30:00.000Z".to_owned());
            let context = RequestContext { here_before, ..fake_deployment::context() };
            let page = now(overview(State(console), context)).unwrap();
            let page = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert_eq!(page.matches("/cases?code=C-").count(), count.min(SHOWN), "{page}");
            // Of each of the three.
            assert_eq!(page.matches("And more: 1<").count(), if more { 3 } else { 0 }, "{count}: {page}");
        }
    }
}
