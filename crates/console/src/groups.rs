//! Cause by cause: what it means, how many, from whom, since when; and one group, with what can be done about it.

use aduana_intake::cases::State as CaseState;
use aduana_intake::redrive::answer::{GroupLine, GroupLines, Line};
use aduana_intake::redrive::request::{Query, Selection};
use askama::Template;
use axum::extract::{Path, State};
use futures_util::future::join3;

use crate::Shared;
use crate::desk::Desk;
use crate::overview::WAITING;
use crate::page::{Page, html};
use crate::visit::Visit;

/// How many groups a page has.
const PAGE: usize = 50;

/// How many cases of a group are shown.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    counted: &'a GroupLines,
    groups: &'a [GroupLine],
    page: usize,
    pages: usize,
}

/// The groups of what waits.
pub(crate) async fn groups(State(console): State<Shared>, visit: Visit) -> Page {
    let query = Query { state: WAITING.to_vec(), ..Query::default() };
    let counted = visit.or_page(Desk::new(&console, visit.lang).groups(query).await)?;
    let pages = counted.groups.len().div_ceil(PAGE).max(1);
    let page = visit.query.filled("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, pages);
    let groups = counted.groups.chunks(PAGE).nth(page - 1).unwrap_or_default();
    Ok(html(&GroupsPage { v: &visit, nav: "groups", counted: &counted, groups, page, pages }))
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    group: &'a GroupLine,
    /// How many of it wait for a person.
    waiting: u64,
    /// How many have been in it in all.
    all: u64,
    and_more: bool,
    cases: &'a [Line],
    has_more: bool,
}

/// One group.
pub(crate) async fn group(State(console): State<Shared>, Path(id): Path<String>, visit: Visit) -> Page {
    let desk = Desk::new(&console, visit.lang);
    let of =
        |states: &[CaseState]| Query { state: states.to_vec(), group: Some(id.clone()), ..Query::default() };
    let (waiting, all, lines) = join3(
        desk.groups(of(&WAITING)),
        desk.groups(of(&CaseState::ALL)),
        desk.list(Selection::Query(of(&WAITING)), SHOWN, None),
    )
    .await;
    let (waiting, all, lines) = (visit.or_page(waiting)?, visit.or_page(all)?, visit.or_page(lines)?);
    let Some(group) = all.groups.first() else { return Err(visit.not_found()) };
    let page = GroupPage {
        v: &visit,
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
