//! What Lambda hands to the redrive, as requests, and how they are answered. Three ways lead here, told apart by their shapes:
//!
//! | Way | Event | Who asks | Answer |
//! |---|---|---|---|
//! | [`Trigger::Direct`] | the request itself | whom it names | the answer, or `{"error":…}` |
//! | [`Trigger::Url`] | a function URL's, payload format 2.0 | the caller whose signature AWS has verified | the same as the body of an HTTP response |
//! | [`Trigger::Schedule`] | EventBridge's `Scheduled Event` | [`SCHEDULE`] | the answer, which nobody reads |
//!
//! A scheduled event asks for `reconcile`, or for `notify` if its detail says so.

use std::collections::BTreeMap;

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

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// By `Invoke`: the command line, `cargo lambda invoke`, the console's test tab. Who may do so may say to be anybody.
    Direct,
    /// By the function's URL, signed.
    Url,
    /// By EventBridge, at its time.
    Schedule,
}

impl Trigger {
    /// The way's name as it stands in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Url => "url",
            Self::Schedule => "schedule",
        }
    }
}

/// An event that was read: how it came, and the request, or why it is none.
#[derive(Debug)]
pub struct IncomingRequest {
    /// How it came.
    pub trigger: Trigger,
    /// What is asked.
    pub request: Result<Request, RequestError>,
}

/// A request that is refused before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// What is told.
    pub failure: Failure,
    /// The HTTP status, for a way that has one.
    pub status: u16,
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        Self { status: status(failure.error.code), failure }
    }
}

/// A function URL's event, as far as it matters: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
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

/// Reads an event, given as its JSON text.
pub fn decode(event: &RawValue) -> IncomingRequest {
    // No request has such fields: they are refused where they are not known.
    let fields: BTreeMap<String, &RawValue> = read(event).unwrap_or_default();
    let says = |name: &str, value: &str| {
        fields.get(name).and_then(|it| read::<String>(it)).is_some_and(|it| it == value)
    };
    if fields.contains_key("requestContext") {
        return IncomingRequest { trigger: Trigger::Url, request: by_url(event) };
    }
    if says("source", "aws.events") && says("detail-type", "Scheduled Event") {
        let request = Request::parse(scheduled(&fields).as_bytes(), Some(SCHEDULE));
        return IncomingRequest { trigger: Trigger::Schedule, request: request.map_err(RequestError::from) };
    }
    IncomingRequest { trigger: Trigger::Direct, request: direct(event) }
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
        return Err(bad(Lang::En, "it is not the event of a function URL, payload format 2.0").into());
    };
    let iam = context.authorizer.and_then(|authorizer| authorizer.iam);
    let Some(actor) = iam.map(|iam| iam.user_arn).filter(|arn| !arn.is_empty()) else {
        let failure = bad(Lang::En, "nobody has verified the caller; the URL must have IAM authorisation");
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
pub fn reply(trigger: Trigger, answer: Result<String, &RequestError>) -> Box<RawValue> {
    let reply = written(trigger, answer);
    if reply.get().len() <= REPLY_MAX {
        return reply;
    }
    let failure = Failure::new(Code::TooMany, Lang::En);
    written(trigger, Err(&failure.because(&"the answer is longer than the 6 MB that Lambda hands on").into()))
}

fn written(trigger: Trigger, answer: Result<String, &RequestError>) -> Box<RawValue> {
    let (status, json) = match answer {
        Ok(json) => (200, json),
        Err(error) => (error.status, error.failure.to_json()),
    };
    let json = match trigger {
        Trigger::Direct | Trigger::Schedule => RawValue::from_string(json),
        Trigger::Url => to_raw_value(&UrlResponse { status, headers: HEADERS, body: &json }),
    };
    // An answer is JSON, and texts can be put into it.
    json.unwrap_or_default()
}

#[cfg(test)]
#[path = "requests/tests.rs"]
mod tests;
