//! Who comes in: the owner of the browser that was handed the opening address, and nobody else.
//!
//! Every field of an invoice was written by a stranger, and any page in the same browser can send requests to 127.0.0.1. So a
//! request is let in only if all of this is so, and otherwise nothing happens:
//!
//! 1. its method is GET, HEAD or POST;
//! 2. its `Host` is this console's address (a name of an attacker's that leads to 127.0.0.1 is not: DNS rebinding);
//! 3. its `Origin`, which browsers name with every POST, is this console;
//! 4. it has the session's cookie, which was handed over once, for the token of the opening address;
//! 5. if it is a POST, it is a form of bounded size that names the session's CSRF token.
//!
//! It is one layer around all pages, so that no page can forget it.

mod admit;
pub(crate) use admit::LANGUAGE;
mod headers;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::Shared;
use crate::secret::Secret;

/// The most bytes of a form: a message of SQS is 1 MiB at most, and a byte of it up to three in a form.
pub(crate) const FORM_MAX: usize = 4 * 1024 * 1024;

/// The keys of the gate.
#[derive(Debug)]
pub(crate) struct Gate {
    port: u16,
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Keys {
    /// The token of the opening address, until it is used.
    window_update: Option<Secret>,
    session: Option<Session>,
}

/// What the browser that was let in is known by.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) cookie: Secret,
    pub(crate) csrf: Secret,
    /// When it was last here before, RFC 3339.
    pub(crate) last_visit: Option<String>,
}

impl Gate {
    pub(crate) fn new(port: u16) -> Result<Self, getrandom::Error> {
        let keys = Keys { window_update: Some(Secret::random()?), session: None };
        Ok(Self { port, keys: Mutex::new(keys) })
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address that lets one browser in, once.
    pub(crate) fn opening_address(&self) -> String {
        let keys = self.keys();
        let token = keys.window_update.as_ref().map_or("", Secret::reveal);
        format!("http://127.0.0.1:{}/?token={token}", self.port)
    }

    /// The names by which this console may be addressed.
    fn hosts(&self) -> [String; 2] {
        [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)]
    }

    /// Cookies are not told apart by port: the name is.
    fn cookie_name(&self) -> String {
        format!("aduana_console_{}", self.port)
    }

    /// Takes the token, and opens a session for it.
    fn open(&self, token: &str, last_visit: Option<String>) -> Option<Session> {
        let mut keys = self.keys();
        if !keys.window_update.as_ref()?.is(token) {
            return None;
        }
        let session = Session { cookie: Secret::random().ok()?, csrf: Secret::random().ok()?, last_visit };
        keys.window_update = None;
        keys.session = Some(session.clone());
        Some(session)
    }

    fn session(&self, cookie: &str) -> Option<Session> {
        self.keys().session.clone().filter(|session| session.cookie.is(cookie))
    }
}

/// The layer.
pub(crate) async fn guard(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let response = match admit::admit(&console, request).await {
        Ok(request) => next.run(request).await,
        Err(denied) => *denied,
    };
    headers::harden(response)
}
