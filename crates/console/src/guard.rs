//! Who comes in: the owner of the browser that was handed the opening address, and nobody else.
//!
//! Every field of an invoice was written by a stranger, and any page in the same browser can send requests to 127.0.0.1. So a
//! request is let in only if all of this is so, and otherwise nothing happens:
//!
//! 1. its method is GET, HEAD or POST;
//! 2. its `Host` is this console's address (a name of an attacker's that leads to 127.0.0.1 is not: DNS rebinding);
//! 3. its `Origin`, which browsers name with every POST, is this console;
//! 4. it has the session's cookie, which was handed over once, for the token of the opening address;
//! 5. if it is a POST, it is a form of bounded size that names the session's CSRF token;
//! 6. its address, and that of the page to go back to, are of bounded length.
//!
//! It is one layer around all pages, so that no page can forget it.

mod headers;

use aduana_invoice::Lang;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::form::Fields;
use crate::gate::{Gate, Session};
use crate::request_context::RequestContext;
use crate::response::denied;
use crate::shared::Shared;
use crate::time_format::rfc3339;

/// The most bytes of a form: a message of SQS is 1 MiB at most, and a byte of it up to three in a form.
pub(crate) const FORM_MAX: usize = 4 * 1024 * 1024;

/// The most fields of a form: a page has 50 cases to tick, or 40 fields to correct.
const FORM_FIELDS_MAX: usize = 2_000;

/// The longest path and query, in bytes: a page of 50 ticked cases takes 2 KB. A page to go back to is one of them.
const ADDRESS_MAX: usize = 8_192;

/// The cookies that are no secret: the language, and when this browser was here last.
pub(crate) const LANGUAGE: &str = "aduana_lang";
const SEEN: &str = "aduana_seen";

/// A year, in seconds.
const YEAR: u32 = 365 * 24 * 60 * 60;

type Denied = Box<Response>;

/// The layer around all pages.
pub(crate) async fn guard(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let response = match admit(&console, request).await {
        Ok(request) => next.run(request).await,
        Err(denied) => *denied,
    };
    headers::harden(response)
}

/// Lets a request in, with who makes it, or says why not.
async fn admit(console: &Shared, request: Request) -> Result<Request, Denied> {
    let (mut parts, body) = request.into_parts();
    let lang = language(&parts.headers, console.lang);
    let no = |status| Box::new(denied(status, lang));
    let is_post = parts.method == Method::POST;
    if !is_post && parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(no(StatusCode::FORBIDDEN));
    }
    let gate = &console.gate;
    if !is_ours(gate, &parts.headers, parts.uri.authority().map(Authority::as_str)) {
        return Err(no(StatusCode::FORBIDDEN));
    }
    if !is_from_us(gate, &parts.headers, is_post) {
        return Err(no(StatusCode::FORBIDDEN));
    }
    if parts.uri.path_and_query().is_some_and(|it| it.as_str().len() > ADDRESS_MAX) {
        return Err(no(StatusCode::BAD_REQUEST));
    }
    let path = parts.uri.path();
    if !is_post && path.starts_with("/assets/") {
        return Ok(Request::from_parts(parts, body));
    }
    let session = cookie(&parts.headers, &gate.cookie_name()).and_then(|given| gate.session(given));
    // Only to look at a page opens it: whoever asks for its head is no reader.
    if parts.method == Method::GET
        && path == "/"
        && let Some(token) = token(parts.uri.query())
    {
        let last_visit = cookie(&parts.headers, SEEN).map(str::to_owned);
        return Err(match (gate.open(&token, last_visit), session) {
            (Some(session), _) => Box::new(hand_over(gate, &session, console.deployment.now_ms())),
            // The address was opened twice by the same browser.
            (None, Some(_)) => Box::new(to_clean_address().into_response()),
            (None, None) => no(StatusCode::FORBIDDEN),
        });
    }
    let Some(session) = session else { return Err(no(StatusCode::FORBIDDEN)) };
    let (fields, body) = if is_post {
        let fields = form(&parts.headers, body).await.map_err(no)?;
        if !fields.first("csrf").is_some_and(|given| session.csrf.is(given)) {
            return Err(no(StatusCode::FORBIDDEN));
        }
        if fields.all("back").any(|back| back.len() > ADDRESS_MAX) {
            return Err(no(StatusCode::BAD_REQUEST));
        }
        (fields, Body::empty())
    } else {
        (Fields::default(), body)
    };
    let context = RequestContext::new(console, &parts, lang, &session, fields);
    parts.extensions.insert(context);
    Ok(Request::from_parts(parts, body))
}

/// Exactly one `Host`, and it is ours; an absolute address must be ours, too.
fn is_ours(gate: &Gate, headers: &HeaderMap, authority: Option<&str>) -> bool {
    let hosts = gate.hosts();
    let is_host = |given: &str| hosts.iter().any(|host| host == given);
    let mut given = headers.get_all(HOST).iter();
    let host = given.next().and_then(|host| host.to_str().ok());
    given.next().is_none() && host.is_some_and(is_host) && authority.is_none_or(is_host)
}

/// Whether one of our own pages makes the request, or, for a look, whether at least no other page is known to.
fn is_from_us(gate: &Gate, headers: &HeaderMap, is_post: bool) -> bool {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let hosts = gate.hosts();
    let mut given = headers.get_all(ORIGIN).iter();
    let is_origin = match (given.next().map(|origin| origin.to_str()), given.next()) {
        (None, _) => !is_post,
        (Some(Ok(origin)), None) => hosts.iter().any(|host| origin.strip_prefix("http://") == Some(host)),
        _ => false,
    };
    let site = headers.get(SITE).and_then(|site| site.to_str().ok());
    is_origin && (!is_post || site.is_none_or(|site| site == "same-origin"))
}

fn token(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find_map(|(name, value)| (name == "token").then(|| value.into_owned()))
}

/// A cookie of that name.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    cookies.flat_map(|header| header.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Gives the session's cookie, and leads to an address without the token.
fn hand_over(gate: &Gate, session: &Session, now_ms: i64) -> Response {
    let mut response = to_clean_address().into_response();
    let cookies = [
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", gate.cookie_name(), session.cookie.reveal()),
        format!("{SEEN}={}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Strict", rfc3339(now_ms)),
    ];
    for cookie in cookies.iter().filter_map(|cookie| cookie.parse().ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn to_clean_address() -> impl IntoResponse {
    (StatusCode::SEE_OTHER, [(LOCATION, "/"), (REFERRER_POLICY, "no-referrer")])
}

/// The fields of a form.
async fn form(headers: &HeaderMap, body: Body) -> Result<Fields, StatusCode> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(StatusCode::FORBIDDEN);
    }
    let bytes = to_bytes(body, FORM_MAX).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Fields::parse_bounded(&bytes, FORM_FIELDS_MAX).ok_or(StatusCode::PAYLOAD_TOO_LARGE)
}

/// What was chosen in the console; else what the program was given; else what the browser prefers.
fn language(headers: &HeaderMap, given: Option<Lang>) -> Lang {
    match cookie(headers, LANGUAGE) {
        Some("es") => Lang::Es,
        Some("en") => Lang::En,
        _ => given.unwrap_or_else(|| {
            let accepts = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
            preferred(accepts.unwrap_or_default())
        }),
    }
}

/// Of `Accept-Language`, the language that we have and that weighs most; of equals the first; English if there is none.
fn preferred(accepts: &str) -> Lang {
    let mut best = (Lang::En, 0);
    for choice in accepts.split(',') {
        let (range, weight) = choice.split_once(';').unwrap_or((choice, ""));
        let lang = match range.trim().split('-').next().unwrap_or_default() {
            tag if tag.eq_ignore_ascii_case("es") => Lang::Es,
            tag if tag.eq_ignore_ascii_case("en") => Lang::En,
            _ => continue,
        };
        let weight = thousandths(weight.trim());
        if weight > best.1 {
            best = (lang, weight);
        }
    }
    best.0
}

/// `q=0.8` is 800; nothing is 1000. Weights have three decimals at most (RFC 9110).
fn thousandths(weight: &str) -> u32 {
    let Some(number) = weight.strip_prefix("q=") else { return 1000 };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals: u32 = format!("{decimals:0<3}").get(..3).and_then(|text| text.parse().ok()).unwrap_or(0);
    whole.parse::<u32>().unwrap_or(0).min(1) * 1000 + decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_weighs_most() {
        for (accepts, lang) in [
            ("", Lang::En),
            ("es-EC,es;q=0.9,en;q=0.8", Lang::Es),
            ("en-US,en;q=0.9,es;q=0.8", Lang::En),
            ("en;q=0.7, es;q=0.85", Lang::Es),
            ("fr,de;q=0.9,es;q=0.1", Lang::Es),
            ("fr", Lang::En),
            ("est", Lang::En),
            ("es;q=0", Lang::En),
            ("ES", Lang::Es),
        ] {
            assert_eq!(preferred(accepts), lang, "{accepts}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "x_aduana=1; aduana=2".parse().unwrap());
        headers.append(COOKIE, "b=3".parse().unwrap());
        assert_eq!(cookie(&headers, "aduana"), Some("2"));
        assert_eq!(cookie(&headers, "b"), Some("3"));
        assert_eq!(cookie(&headers, "aduan"), None);
    }
}
