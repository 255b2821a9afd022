//! Responses: rendered pages, redirects, and the page of a request that is not let in.

use aduana_invoice::Lang;
use askama::Template;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::i18n::{Words, words};

/// A page, or what is shown in its place.
pub(crate) type Page = Result<Response, ErrorPage>;

/// What is shown in the place of a page. Boxed, as it is rare and large.
#[derive(Debug)]
pub(crate) struct ErrorPage(pub(crate) Box<Response>);

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Renders a page.
pub(crate) fn html(template: &impl Template) -> Response {
    with_status(StatusCode::OK, template)
}

/// Renders a page that says that something is not as it should be.
pub(crate) fn with_status(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// After a form: to a page that shows what became of it.
pub(crate) fn redirect(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}

/// The same where a script asks: htmx goes there.
pub(crate) fn hx_redirect(address: &str) -> Response {
    let mut response = ().into_response();
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert("hx-redirect", address);
    }
    response
}

#[derive(Template)]
#[template(path = "denied.html")]
struct Denied {
    w: &'static Words,
    tag: &'static str,
    too_large: bool,
    too_long: bool,
}

/// The page of a request that is not let in.
pub(crate) fn denied(status: StatusCode, lang: Lang) -> Response {
    let tag = if lang == Lang::Es { "es" } else { "en" };
    let (too_large, too_long) = (status == StatusCode::PAYLOAD_TOO_LARGE, status == StatusCode::BAD_REQUEST);
    with_status(status, &Denied { w: words(lang), tag, too_large, too_long })
}
