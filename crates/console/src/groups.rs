//! Cause by cause: what it means, how many, from whom, since when; and one group, with what can be done about it.

use aduana_cases::case::State as CaseState;
use aduana_redrive::answer::{CaseSummary, GroupLine, GroupLines};
use aduana_redrive::request::{Query, Selection};
use askama::Template;
use axum::extract::{Path, State};
use futures_util::future::join3;

use crate::filter::TO_REVIEW;
use crate::redrive_client::GROUP_ANSWERS_MAX;
use crate::request_context::RequestContext;
use crate::response::{Page, html};
use crate::shared::Shared;

/// How many groups a page has.
const PAGE: usize = 50;

/// How many cases of a group are shown.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    counted: &'a GroupLines,
    groups: &'a [GroupLine],
    page: usize,
    pages: usize,
}

/// The groups of what waits.
pub(crate) async fn groups(State(console): State<Shared>, context: RequestContext) -> Page {
    let query = Query { state: TO_REVIEW.to_vec(), ..Query::default() };
    let counted = context.or_page(console.client(context.lang).groups(query, GROUP_ANSWERS_MAX).await)?;
    let pages = counted.groups.len().div_ceil(PAGE).max(1);
    let page = context.query.filled("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, pages);
    let groups = counted.groups.chunks(PAGE).nth(page - 1).unwrap_or_default();
    Ok(html(&GroupsPage { v: &context, nav: "groups", counted: &counted, groups, page, pages }))
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    group: &'a GroupLine,
    /// How many of it wait for a person.
    waiting: u64,
    /// How many have been in it in all.
    all: u64,
    and_more: bool,
    cases: &'a [CaseSummary],
    has_more: bool,
}

/// One group.
pub(crate) async fn group(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let redrive_client = console.client(context.lang);
    let of =
        |states: &[CaseState]| Query { state: states.to_vec(), group: Some(id.clone()), ..Query::default() };
    let (waiting, all, lines) = join3(
        redrive_client.groups(of(&TO_REVIEW), GROUP_ANSWERS_MAX),
        redrive_client.groups(of(&CaseState::ALL), GROUP_ANSWERS_MAX),
        redrive_client.list(Selection::Query(of(&TO_REVIEW)), SHOWN, None),
    )
    .await;
    let (waiting, all, lines) = (context.or_page(waiting)?, context.or_page(all)?, context.or_page(lines)?);
    let Some(group) = all.groups.first() else { return Err(context.not_found()) };
    let page = GroupPage {
        v: &context,
        nav: "groups",
        group,
        waiting: waiting.cases,
        all: all.cases,
        and_more: all.cursor.is_some(),
        cases: &lines.cases,
        has_more: lines.cursor.is_some(),
    };
    Ok(html(&page))
}
