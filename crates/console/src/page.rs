//! What is shown in the place of a page that could not be had.

use aduana_redrive::answer::Code;
use askama::Template;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};

use crate::deployment::{ApiError, Kind};
use crate::i18n::Words;
use crate::request_context::RequestContext;
use crate::response::{ErrorPage, with_status};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    v: &'a RequestContext,
    nav: &'static str,
    notice: Notice<'a>,
    /// Whether a reason is all that is missing.
    asks_why: bool,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct AlertPart<'a> {
    v: &'a RequestContext,
    notice: Notice<'a>,
}

/// What went wrong, in words: what it means, what exactly, what to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notice<'a> {
    pub(crate) title: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) message: &'a str,
    pub(crate) help: Option<&'a str>,
}

impl ApiError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self.kind {
            Kind::SignedOut => StatusCode::UNAUTHORIZED,
            Kind::Refused(Code::NoSuchCase | Code::NoSuchInvoice) => StatusCode::NOT_FOUND,
            Kind::Refused(
                Code::StaleVersion | Code::WrongState | Code::Claimed | Code::MayBeInFlight | Code::Parked,
            ) => StatusCode::CONFLICT,
            Kind::Unreachable
            | Kind::Failed
            | Kind::Refused(Code::Unavailable | Code::Uncertain | Code::UnknownAction) => {
                StatusCode::BAD_GATEWAY
            }
            Kind::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(crate) fn notice(&self, w: &'static Words) -> Notice<'_> {
        let (title, meaning) = match self.kind {
            Kind::Unreachable => (w.unreachable, w.unreachable_means),
            Kind::SignedOut => (w.signed_out, w.signed_out_means),
            Kind::Refused(Code::StaleVersion) => (w.stale, w.stale_means),
            Kind::Refused(Code::NoSuchCase) => (w.no_such_case, w.no_such_case_means),
            Kind::Refused(Code::NeedsReason) => (w.why_asked, w.session_reason_means),
            Kind::Refused(_) => (w.refused, w.refused_means),
            Kind::Failed => (w.failed, w.failed_means),
        };
        Notice { title, meaning, message: &self.message, help: self.help.as_deref() }
    }
}

impl RequestContext {
    /// The page in the place of one that could not be had; a part, where a part was asked for.
    pub(crate) fn error(&self, error: &ApiError) -> ErrorPage {
        let (status, notice) = (error.status(), error.notice(self.w));
        let mut response = if self.live {
            with_status(status, &AlertPart { v: self, notice })
        } else {
            let asks_why = error.kind == Kind::Refused(Code::NeedsReason);
            with_status(status, &ErrorTemplate { v: self, nav: "", notice, asks_why })
        };
        if status == StatusCode::UNAUTHORIZED {
            // HTTP asks for it; no browser knows this scheme, and so none asks for a password.
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("AWS4-HMAC-SHA256"));
        }
        ErrorPage(Box::new(response))
    }

    /// The answer, or the page in its place.
    pub(crate) fn or_page<T>(&self, answer: Result<T, impl Into<ApiError>>) -> Result<T, ErrorPage> {
        answer.map_err(|error| self.error(&error.into()))
    }

    /// The page for an address that leads nowhere.
    pub(crate) fn not_found(&self) -> ErrorPage {
        let notice = Notice {
            title: self.w.no_such_page,
            meaning: self.w.no_such_page_means,
            message: "",
            help: None,
        };
        let page = ErrorTemplate { v: self, nav: "", notice, asks_why: false };
        ErrorPage(Box::new(with_status(StatusCode::NOT_FOUND, &page)))
    }
}
