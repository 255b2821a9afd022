//! What Lambda hands to the redrive, as requests, and how they are answered. Three ways lead here:
//!
//! | Way | Entrance | Event | Who asks | Answer |
//! |---|---|---|---|---|
//! | [`Way::Direct`] | the function itself | the request itself | whom it names | the answer, or `{"error":…}` |
//! | [`Way::Url`] | its alias `signed` | a function URL's or an HTTP API's, payload format 2.0 | the caller whose signature AWS has verified | the same as the body of an HTTP response |
//! | [`Way::Schedule`] | its alias `schedule` | EventBridge's `Scheduled Event` | [`SCHEDULE`] | the answer, which nobody reads |
//!
//! Whoever may invoke a function writes the whole of its event. So an event proves nothing of the way that it came; the entrance does:
//! Lambda itself names the alias that was invoked, and a permission on the function is none on its aliases. An event that is not
//! its entrance's is refused.
//!
//! A scheduled event asks for `reconcile`, or for `notify` if its detail says so.

use std::collections::BTreeMap;

use aduana_cases::trail::Way;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Code, Failure};
use aduana_redrive::request::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// The actor of what the schedule asks for.
pub const SCHEDULE: &str = "system:schedule";

/// What the actors begin with that no caller can be.
const OUR_OWN: &str = "system:";

/// The alias that the URL and the HTTP API invoke, and the one that the schedules invoke.
const URL_ALIAS: &str = "signed";
const SCHEDULE_ALIAS: &str = "schedule";

/// How long a request may take that came by HTTP, in milliseconds: an HTTP API waits for 30 seconds at most (API Gateway, *Quotas
/// for HTTP APIs*: maximum integration timeout).
const HTTP_MAX_MS: i64 = 28_000;

/// When a request that came so must be done, where Lambda ends it at `deadline_ms`.
pub fn answer_by(way: Way, deadline_ms: i64, now_ms: i64) -> i64 {
    match way {
        Way::Url => deadline_ms.min(now_ms.saturating_add(HTTP_MAX_MS)),
        Way::Direct | Way::Schedule => deadline_ms,
    }
}

/// Where an event came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// By the alias of this way, or by the function itself.
    Of(Way),
    /// By the function itself, on a local AWS that hands on no aliases: the event's shape is taken for the way.
    Unknown,
}

impl Entrance {
    /// The entrance by the ARN that was invoked, as Lambda tells it: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, and `:ALIAS`.
    pub fn of(invoked_arn: &str, aliases_are_lost: bool) -> Self {
        match invoked_arn.split(':').nth(7) {
            Some(URL_ALIAS) => Self::Of(Way::Url),
            Some(SCHEDULE_ALIAS) => Self::Of(Way::Schedule),
            None if aliases_are_lost => Self::Unknown,
            _ => Self::Of(Way::Direct),
        }
    }
}

/// An event that was read: how it came, and the request, or why it is none.
#[derive(Debug)]
pub struct IncomingRequest {
    /// How it came.
    pub way: Way,
    /// What is asked.
    pub request: Result<Request, RequestError>,
}

/// A request that is refused before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// What the caller reads.
    pub failure: Failure,
    /// The HTTP status, for a way that has one.
    pub status: u16,
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        Self { status: status(failure.error.code), failure }
    }
}

/// The event of a function URL or an HTTP API, as far as it matters. They are alike:
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html> and
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
#[derive(Deserialize)]
struct UrlEvent {
    #[serde(rename = "requestContext")]
    context: UrlContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, rename = "isBase64Encoded")]
    is_base64: bool,
}

#[derive(Deserialize)]
struct UrlContext {
    http: Http,
    #[serde(default)]
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    #[serde(default)]
    iam: Option<Iam>,
}

#[derive(Deserialize)]
struct Iam {
    #[serde(rename = "userArn")]
    user_arn: String,
}

/// Reads an event, given as its JSON text, that came in there.
pub fn decode(event: &RawValue, entrance: Entrance) -> IncomingRequest {
    // No request has such fields: they are refused where they are not known.
    let fields: BTreeMap<String, &RawValue> = read(event).unwrap_or_default();
    let says = |name: &str, value: &str| {
        fields.get(name).and_then(|it| read::<String>(it)).is_some_and(|it| it == value)
    };
    let shape = if fields.contains_key("requestContext") {
        Way::Url
    } else if says("source", "aws.events") && says("detail-type", "Scheduled Event") {
        Way::Schedule
    } else {
        Way::Direct
    };
    let way = match entrance {
        Entrance::Of(way) => way,
        Entrance::Unknown => shape,
    };
    let request = match (way, shape) {
        (Way::Url, Way::Url) => by_url(event),
        (Way::Schedule, Way::Schedule) => {
            Request::parse(scheduled(&fields).as_bytes(), Some(SCHEDULE)).map_err(RequestError::from)
        }
        (Way::Direct, Way::Direct) => direct(event),
        (way, shape) => Err(dressed(way, shape).into()),
    };
    IncomingRequest { way, request }
}

/// The refusal of an event that is not its entrance's.
fn dressed(way: Way, shape: Way) -> Failure {
    let event = match shape {
        Way::Url => "an event of a function URL or an HTTP API",
        Way::Direct => "a request by itself",
        Way::Schedule => "an event of a schedule",
    };
    let entrance = match way {
        Way::Url => "the alias of signed requests",
        Way::Direct => "the function itself",
        Way::Schedule => "the alias of the schedules",
    };
    bad(Lang::En, &format!("it looks like {event}, and came in by {entrance}"))
}

/// What a schedule asks for: `"detail":{"action":"notify"}` is what the template has one of them say.
fn scheduled(fields: &BTreeMap<String, &RawValue>) -> &'static str {
    #[derive(Deserialize)]
    struct Detail {
        action: String,
    }
    let action = fields.get("detail").and_then(|it| read::<Detail>(it));
    match action {
        Some(Detail { action }) if action == "notify" => r#"{"action":"notify"}"#,
        _ => r#"{"action":"reconcile"}"#,
    }
}

fn direct(event: &RawValue) -> Result<Request, RequestError> {
    let request = Request::parse(event.get().as_bytes(), None)?;
    if request.actor.starts_with(OUR_OWN) {
        return Err(bad(request.lang, "the actors that begin with \"system:\" are the system itself").into());
    }
    Ok(request)
}

fn by_url(event: &RawValue) -> Result<Request, RequestError> {
    let Some(UrlEvent { context, body, is_base64 }) = read(event) else {
        return Err(bad(
            Lang::En,
            "it is not the event of a function URL or an HTTP API, payload format 2.0",
        )
        .into());
    };
    let iam = context.authorizer.and_then(|authorizer| authorizer.iam);
    let Some(actor) = iam.map(|iam| iam.user_arn).filter(|arn| !arn.is_empty()) else {
        let failure =
            bad(Lang::En, "nobody has verified the caller; the URL or the API must have IAM authorisation");
        return Err(RequestError { failure, status: 403 });
    };
    if context.http.method != "POST" {
        return Err(RequestError { failure: bad(Lang::En, "send it by POST"), status: 405 });
    }
    let body = body.unwrap_or_default();
    let json = if is_base64 {
        STANDARD.decode(body).map_err(|_| bad(Lang::En, "the body is not Base64"))?
    } else {
        body.into_bytes()
    };
    Ok(Request::parse(&json, Some(&actor))?)
}

fn bad(lang: Lang, what: &str) -> Failure {
    Failure::new(Code::BadRequest, lang).because(&what)
}

/// `json` as a `T`, if it is one.
#[expect(clippy::disallowed_methods, reason = "an event of Lambda, not an invoice")]
fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

/// The HTTP status of a refusal.
const fn status(code: Code) -> u16 {
    match code {
        Code::UnknownAction | Code::BadRequest | Code::NeedsReason => 400,
        Code::NoSuchCase | Code::NoSuchInvoice => 404,
        Code::StaleVersion | Code::WrongState | Code::Claimed | Code::MayBeInFlight | Code::Parked => 409,
        Code::TooMany => 413,
        Code::PatchDoesNotApply | Code::NothingSuggested | Code::StillInvalid | Code::NotJson => 422,
        Code::Unavailable | Code::Uncertain => 503,
    }
}

/// An HTTP response, as Lambda takes it for a function URL.
#[derive(Serialize)]
struct UrlResponse<'a> {
    #[serde(rename = "statusCode")]
    status: u16,
    headers: Headers,
    body: &'a str,
}

/// The body is JSON, and may hold what nobody is to keep a copy of.
#[derive(Serialize)]
struct Headers {
    #[serde(rename = "content-type")]
    content_type: &'static str,
    #[serde(rename = "cache-control")]
    cache_control: &'static str,
}

const HEADERS: Headers = Headers { content_type: "application/json", cache_control: "no-store" };

/// The most bytes of a reply (Lambda, *Quotas*: 6 MB of a synchronous response). The runtime's word on a longer one would be
/// that the function failed.
const REPLY_MAX: usize = 6 * 1024 * 1024;

/// What goes back on the way that the request came. What Lambda would not hand on is a refusal.
pub fn reply(way: Way, answer: Result<String, &RequestError>) -> Box<RawValue> {
    let reply = written(way, answer);
    if reply.get().len() <= REPLY_MAX {
        return reply;
    }
    let failure = Failure::new(Code::TooMany, Lang::En);
    written(way, Err(&failure.because(&"the answer is longer than the 6 MB that Lambda hands on").into()))
}

fn written(way: Way, answer: Result<String, &RequestError>) -> Box<RawValue> {
    let (status, json) = match answer {
        Ok(json) => (200, json),
        Err(error) => (error.status, error.failure.to_json()),
    };
    let json = match way {
        Way::Direct | Way::Schedule => RawValue::from_string(json),
        Way::Url => to_raw_value(&UrlResponse { status, headers: HEADERS, body: &json }),
    };
    // An answer is JSON, and texts can be put into it.
    json.unwrap_or_default()
}

#[cfg(test)]
#[path = "requests/tests.rs"]
mod tests;
