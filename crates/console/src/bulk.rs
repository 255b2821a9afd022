//! Many cases at once: what is chosen, what can be done with it, and what a change would make of each.

mod preview;

use askama::Template;
use axum::extract::State;

use crate::chosen::Chosen;
use crate::request_context::RequestContext;
use crate::response::{Page, html};
use crate::shared::Shared;

pub(crate) use self::preview::preview;

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
    let redrive_client = console.client(context.lang);
    let (count, and_more) = context.or_page(chosen.count(&redrive_client).await)?;
    let group = match &chosen {
        Chosen::All(filter) => filter.text("group"),
        Chosen::Ticked(_) => "",
    };
    let fields = chosen.fields();
    Ok(html(&BulkPage { v: &context, nav: "cases", fields: &fields, count, and_more, group }))
}
