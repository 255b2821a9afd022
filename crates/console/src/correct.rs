//! Correcting one invoice: its text, the fields that are wrong, the suggestions, and the verdict while one types.
//!
//! What was typed travels with the form and comes back with every answer, whatever goes wrong; nothing is kept but on the case.
//! The verdict is the redrive function's, by the policy that will judge: what was expected and found is filled in here, from the
//! same rules, since the function masks values unless it puts on record that they were shown, and that it would at each key.

mod fields;
mod send;
mod verdict;

use aduana_cases::message::CaseId;
use aduana_redrive::request::WhichBody;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use self::fields::Field;
use self::verdict::Verdict;
use crate::page::Notice;
use crate::request_context::RequestContext;
use crate::response::{Page, html, with_status};
use crate::shared::Shared;

pub(crate) use self::send::correct;
pub(crate) use self::verdict::verdict;

/// A correction while it is being made.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: CaseId,
    /// The invoice's number, for the title.
    pub(crate) number: Option<String>,
    /// The fingerprint of the body that it started from.
    pub(crate) from: String,
    /// That body, where it is text and in sight.
    pub(crate) original: Option<String>,
    /// As it is now.
    pub(crate) text: String,
    pub(crate) reason: String,
    /// Why the values are in sight: each verdict on what is typed is a look for this reason.
    pub(crate) why: String,
    pub(crate) overridden: bool,
}

#[derive(Template)]
#[template(path = "correct.html")]
pub(crate) struct CorrectPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    draft: &'a Draft,
    verdict: &'a Verdict,
    fields: &'a [Field],
    notice: Option<Notice<'a>>,
    /// Whether the notice is of a conflict: somebody else has changed the case.
    is_conflict: bool,
}

#[derive(Template)]
#[template(path = "sight.html")]
struct SightPage<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    id: &'a str,
    number: &'a str,
    which: &'static str,
    then: &'static str,
}

/// The page, with the body as it is; if its values are not in sight, the question why they are to be.
pub(crate) async fn open(
    State(console): State<Shared>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Page {
    let id = CaseId::parse(&id).ok_or_else(|| context.not_found())?;
    let redrive_client = console.client(context.lang);
    let shown = context.or_page(redrive_client.get(&id, None, Some(WhichBody::Current), None).await)?;
    let from = shown.body.map(|body| body.fingerprint).unwrap_or_default();
    let number = shown.case.number;
    let Some(revealed) = console.memory.revealed(&id, &from, console.deployment.now_ms()) else {
        let number = number.as_deref().unwrap_or(context.w.no_number);
        let page = SightPage {
            v: &context,
            nav: "cases",
            id: id.as_str(),
            number,
            which: "current",
            then: "correct",
        };
        return Ok(html(&page));
    };
    let (why, original) = (revealed.why, revealed.text.map(|text| text.to_string()));
    let text = original.clone().unwrap_or_default();
    let reason = context.reason.clone().unwrap_or_default();
    let draft = Draft { id, number, from, original, text, reason, why, overridden: false };
    draft.page(&console, &context, None).await
}

impl Draft {
    /// A draft as it was posted.
    pub(crate) fn posted(console: &Shared, id: CaseId, context: &RequestContext) -> Self {
        let form = &context.form;
        let from = form.first("from").unwrap_or_default().to_owned();
        let revealed = console.memory.revealed(&id, &from, console.deployment.now_ms());
        let reason = form.filled("reason").unwrap_or_default();
        let (why, original) = match revealed {
            Some(revealed) => (revealed.why, revealed.text.map(|text| text.to_string())),
            // They are out of sight by now.
            None => (context.reason_or(reason).to_owned(), None),
        };
        let typed = form.first("text").unwrap_or_default();
        Self {
            id,
            number: form.filled("number").map(str::to_owned),
            text: as_written(typed, original.as_deref()),
            from,
            original,
            reason: reason.to_owned(),
            why,
            overridden: form.has("override"),
        }
    }

    /// The page with this draft, judged anew.
    pub(crate) async fn page(
        &self,
        console: &Shared,
        context: &RequestContext,
        error: Option<&crate::deployment::ApiError>,
    ) -> Page {
        let verdict = Verdict::ask(console, context, self).await;
        let page = CorrectPage {
            v: context,
            nav: "cases",
            draft: self,
            fields: &fields::of(&self.text, &verdict.reasons),
            verdict: &verdict,
            notice: error.map(|error| error.notice(context.w)),
            is_conflict: error.is_some_and(|error| error.status() == StatusCode::CONFLICT),
        };
        Ok(with_status(error.map_or(StatusCode::OK, crate::deployment::ApiError::status), &page))
    }
}

/// Browsers send the ends of lines as CR LF: they become again what they are in the original.
fn as_written(typed: &str, original: Option<&str>) -> String {
    let has_cr = original.is_some_and(|original| original.contains("\r\n"));
    let plain = typed.replace("\r\n", "\n");
    if has_cr { plain.replace('\n', "\r\n") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_lines_stay_as_they_were() {
        assert_eq!(as_written("{\r\n}\r\n", Some("{\n}\n")), "{\n}\n");
        assert_eq!(as_written("{\r\n}\r\n", Some("{\r\n}\r\n")), "{\r\n}\r\n");
        assert_eq!(as_written("{}", None), "{}");
    }
}
