//! The web console over the strict world, and a browser as simple as can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use aduana_cases::case::State;
use aduana_console::Console;
use aduana_console::deployment::{ApiError, Cases, Deployment, Kind, Queue, Reply, Status, Stored};
use aduana_invoice::Lang;
use aduana_redrive::request::Request as Asked;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use form_urlencoded::Serializer;
use tower::ServiceExt as _;

use crate::world::{QUEUE, World, WorldRedrive};

/// The operator of the tests.
pub const OPERATOR: &str = "arn:aws:sts::123456789012:assumed-role/clerk/ana";

/// The port that the console believes to be at.
pub const PORT: u16 = 4711;

/// A world as a deployment: the redrive function itself, and what waits and is stored.
pub struct WorldDeployment {
    world: World,
    redrive: WorldRedrive,
    asked: AtomicUsize,
    error: Mutex<Option<ApiError>>,
}

impl WorldDeployment {
    /// This world.
    pub fn new(world: &World) -> Self {
        let (redrive, error) = (world.redrive(), Mutex::new(None));
        Self { world: world.clone(), redrive, asked: AtomicUsize::new(0), error }
    }

    /// How often the function was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// From now on nothing can be had, for this reason; or everything again.
    pub fn fail(&self, kind: Option<Kind>) {
        let error = kind.map(|kind| ApiError {
            kind,
            message: "failed to ask the redrive function: it is only a test".to_owned(),
            help: Some("wait for the end of the test".to_owned()),
        });
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn error(&self) -> Result<(), ApiError> {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        error.map_or(Ok(()), Err)
    }
}

impl Deployment for WorldDeployment {
    fn ask<'a>(&'a self, request: &'a Asked) -> Reply<'a, Vec<u8>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.error()?;
            match self.redrive.ask(&request.to_json()).await {
                Some(Ok(answer)) => Ok(answer.to_json().into_bytes()),
                Some(Err(refusal)) => Ok(refusal.to_json().into_bytes()),
                None => Err(ApiError { kind: Kind::Failed, message: "it died".to_owned(), help: None }),
            }
        })
    }

    fn status(&self, days: u16) -> Reply<'_, Status> {
        Box::pin(async move {
            self.error()?;
            let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            let queue = |name: &str, holds, visible| Queue {
                name: name.to_owned(),
                holds,
                visible,
                in_flight: 0,
                delayed: 0,
                oldest_seconds: Some(60),
            };
            let waiting = u64::from(!self.world.is_drained());
            let dead = count(self.world.dead_letters().len());
            let stored = count(self.world.invoices().len());
            let day = aduana_cases::time::rfc3339(self.now_ms()).chars().take(10).collect();
            let states = [State::Open, State::Parked, State::Resending, State::Resent];
            let cases = self.world.cases();
            let cases = states.map(|state| Cases {
                state,
                count: count(cases.iter().filter(|case| case.head.state == state).count()),
                oldest: None,
            });
            Ok(Status {
                queues: vec![queue(QUEUE, false, waiting), queue("aduana-invoices-dlq", true, dead)],
                stored: vec![Stored { day, count: stored, and_more: days == 0 }],
                cases: cases.into(),
            })
        })
    }

    fn actor(&self) -> &str {
        OPERATOR
    }

    fn place(&self) -> &'static str {
        "the strict world"
    }

    fn now_ms(&self) -> i64 {
        self.world.now_ms()
    }
}

/// A console and the one browser that was let in.
pub struct Browser {
    /// The deployment behind the console.
    pub deployment: Arc<WorldDeployment>,
    /// The console's pages.
    pub router: Router,
    /// The address that the console was opened by.
    pub opened_by: String,
    /// The session's cookie, `name=value`.
    pub cookie: String,
    /// What every form must bring back.
    pub csrf: String,
    /// The languages that it prefers.
    pub languages: &'static str,
}

/// What came back.
#[derive(Debug)]
pub struct Seen {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The page.
    pub text: String,
}

impl Seen {
    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether this stands in the page.
    pub fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

impl Browser {
    /// Opens a console over this world.
    pub async fn open(world: &World) -> Self {
        let deployment = Arc::new(WorldDeployment::new(world));
        let console = Console::new(deployment.clone(), PORT, None::<Lang>).expect("a console");
        let opened_by = console.opening_address();
        let router = console.router();
        let path = opened_by.strip_prefix(&format!("http://127.0.0.1:{PORT}")).expect("its own address");
        let request = Request::get(path).header("host", host()).body(Body::empty()).expect("a request");
        let opened = seen(&router, request).await;
        assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, "/"));
        let cookie = opened.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        let mut browser =
            Self { deployment, router, opened_by, cookie, csrf: String::new(), languages: "en" };
        let page = browser.get("/runs").await;
        let (_, rest) = page.text.split_once("name=\"csrf\" value=\"").expect("a form");
        rest.split('"').next().expect("a token").clone_into(&mut browser.csrf);
        browser
    }

    /// Follows a link.
    pub async fn get(&self, path: &str) -> Seen {
        self.send(self.request("GET", path).body(Body::empty()).expect("a request")).await
    }

    /// Sends a form, as one of the console's own pages does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = self.request("POST", path).body(self.form(fields)).expect("a request");
        self.send(request).await
    }

    /// The same by script, for a part of a page.
    pub async fn post_live(&self, path: &str, trigger: &str, fields: &[(&str, &str)]) -> Seen {
        let request =
            self.request("POST", path).header("hx-request", "true").header("hx-trigger-name", trigger);
        self.send(request.body(self.form(fields)).expect("a request")).await
    }

    /// A form with its token.
    pub fn form(&self, fields: &[(&str, &str)]) -> Body {
        let mut form = Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf).extend_pairs(fields);
        Body::from(form.finish())
    }

    /// A request as one of the console's own pages makes it.
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", host());
        let request = request.header("cookie", &self.cookie).header("accept-language", self.languages);
        if method == "GET" {
            return request;
        }
        request
            .header("origin", format!("http://{}", host()))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sends it.
    pub async fn send(&self, request: Request<Body>) -> Seen {
        seen(&self.router, request).await
    }
}

/// The console's own name.
pub fn host() -> String {
    format!("127.0.0.1:{PORT}")
}

async fn seen(router: &Router, request: Request<Body>) -> Seen {
    let response = router.clone().oneshot(request).await.expect("a router does not fail");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("a page is text");
    Seen { status: parts.status, headers: parts.headers, text }
}
