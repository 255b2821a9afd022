//! The list: filtered by its address, a page at a time, with boxes to tick.
//!
//! It is in the order that the redrive gives completely: state by state, in each the case that was seen last first.

use aduana_cases::case::State as CaseState;
use aduana_invoice::Category;
use aduana_redrive::answer::CaseSummary;
use askama::Template;
use axum::extract::State;

use crate::filter::Filter;
use crate::request_context::RequestContext;
use crate::response::{Page, html};
use crate::shared::Shared;

/// How many lines a page has.
const PAGE: usize = 50;

/// How often the redrive is asked for a page: each time it has looked through as much as one answer may.
const ASKS_MAX: usize = 4;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    filter: &'a Filter,
    cases: &'a [CaseSummary],
    /// The address of the first page, of the one before, and of the one after.
    first: Option<String>,
    before: Option<String>,
    after: Option<String>,
    everything: String,
}

/// Shows a page of it.
pub(crate) async fn cases(State(console): State<Shared>, context: RequestContext) -> Page {
    let filter = Filter::of(&context.query);
    let redrive_client = console.client(context.lang);
    let page = context.query.filled("cursor").unwrap_or_default().to_owned();
    let mut cursor = Some(page.clone()).filter(|cursor| !cursor.is_empty());
    let mut cases: Vec<CaseSummary> = Vec::new();
    for _ in 0..ASKS_MAX {
        let lines =
            context.or_page(redrive_client.list(filter.selection(), PAGE - cases.len(), cursor).await)?;
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
        v: &context,
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
    use crate::fake_deployment::{self, lines, now};

    #[test]
    fn a_page_is_asked_for_four_times_and_then_shown_with_the_way_on() {
        // Each answer has looked through a lot and found one case; the last has no cursor.
        for (answers, asked, and_more) in [(3, 3, false), (4, 4, false), (5, 4, true)] {
            let (console, fake_deployment) =
                fake_deployment::console(move |nth| lines(nth, 1, nth < answers));
            let page = now(cases(State(console.clone()), fake_deployment::context()));
            assert!(page.is_ok());
            assert_eq!(fake_deployment.asked(), asked);
            assert_eq!(console.memory.page_before("on").is_some(), and_more, "{answers}");
        }
        assert_eq!(ASKS_MAX, 4);
    }

    #[test]
    fn a_page_of_fifty_is_full() {
        for (found, asked) in [(PAGE - 1, ASKS_MAX), (PAGE, 1)] {
            let (console, fake_deployment) =
                fake_deployment::console(
                    move |nth| if nth == 1 { lines(0, found, true) } else { lines(0, 0, true) },
                );
            assert!(now(cases(State(console), fake_deployment::context())).is_ok());
            assert_eq!(fake_deployment.asked(), asked, "{found}");
        }
    }
}
