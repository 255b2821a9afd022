//! The list: filtered by its address, a page at a time, with boxes to tick.
//!
//! It is in the order that the redrive gives completely: state by state, in each the case that was seen last first.

use aduana_intake::cases::State as CaseState;
use aduana_intake::redrive::answer::Line;
use askama::Template;
use axum::extract::State;

use crate::Shared;
use crate::desk::Desk;
use crate::filter::Filter;
use crate::page::{Page, html};
use crate::visit::Visit;

/// How many lines a page has.
const PAGE: usize = 50;

/// How often the redrive is asked for a page: each time it has looked through as much as one answer may.
const ASKS_MAX: usize = 4;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage<'a> {
    v: &'a Visit,
    nav: &'static str,
    filter: &'a Filter,
    cases: &'a [Line],
    /// The address of the first page, of the one before, and of the one after.
    first: Option<String>,
    before: Option<String>,
    after: Option<String>,
    everything: String,
}

/// Shows a page of it.
pub(crate) async fn cases(State(console): State<Shared>, visit: Visit) -> Page {
    let filter = Filter::of(&visit.query);
    let desk = Desk::new(&console, visit.lang);
    let page = visit.query.filled("cursor").unwrap_or_default().to_owned();
    let mut cursor = Some(page.clone()).filter(|cursor| !cursor.is_empty());
    let mut cases: Vec<Line> = Vec::new();
    for _ in 0..ASKS_MAX {
        let lines = visit.or_page(desk.list(filter.selection(), PAGE - cases.len(), cursor).await)?;
        cases.extend(lines.cases);
        cursor = lines.cursor;
        if cursor.is_none() || cases.len() >= PAGE {
            break;
        }
    }
    if let Some(next) = &cursor {
        console.memory.note_page(next, &page);
    }
    let at = |cursor: &str| match cursor {
        "" => format!("/cases?{}", filter.address(&[])),
        _ => format!("/cases?{}", filter.address(&[("cursor", cursor)])),
    };
    let page = CasesPage {
        v: &visit,
        nav: "cases",
        cases: &cases,
        first: (!page.is_empty()).then(|| at("")),
        before: console.memory.page_before(&page).filter(|_| !page.is_empty()).map(|before| at(&before)),
        after: cursor.as_deref().map(at),
        everything: format!("/bulk?{}", filter.address(&[("all", "1")])),
        filter: &filter,
    };
    Ok(html(&page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretend::{self, lines, now};

    #[test]
    fn a_page_is_asked_for_four_times_and_then_shown_with_the_way_on() {
        // Each answer has looked through a lot and found one case; the last has no cursor.
        for (answers, asked, and_more) in [(3, 3, false), (4, 4, false), (5, 4, true)] {
            let (console, pretend) = pretend::console(move |nth| lines(nth, 1, nth < answers));
            let page = now(cases(State(console.clone()), pretend::visit()));
            assert!(page.is_ok());
            assert_eq!(pretend.asked(), asked);
            assert_eq!(console.memory.page_before("on").is_some(), and_more, "{answers}");
        }
        assert_eq!(ASKS_MAX, 4);
    }

    #[test]
    fn a_page_of_fifty_is_full() {
        for (found, asked) in [(PAGE - 1, ASKS_MAX), (PAGE, 1)] {
            let (console, pretend) =
                pretend::console(move |nth| if nth == 1 { lines(0, found, true) } else { lines(0, 0, true) });
            assert!(now(cases(State(console), pretend::visit())).is_ok());
            assert_eq!(pretend.asked(), asked, "{found}");
        }
    }
}
