//! The keys of the console: the opening address, and the session of the one browser that used it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secret::Secret;

/// The keys of the gate.
#[derive(Debug)]
pub(crate) struct Gate {
    port: u16,
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Keys {
    /// The token of the opening address, until it is used.
    opening_token: Option<Secret>,
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
        let keys = Keys { opening_token: Some(Secret::random()?), session: None };
        Ok(Self { port, keys: Mutex::new(keys) })
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address that lets one browser in, once.
    pub(crate) fn opening_address(&self) -> String {
        let keys = self.keys();
        let token = keys.opening_token.as_ref().map_or("", Secret::reveal);
        format!("http://127.0.0.1:{}/?token={token}", self.port)
    }

    /// The names by which this console may be addressed.
    pub(crate) fn hosts(&self) -> [String; 2] {
        [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)]
    }

    /// Browsers do not separate cookies by port: the name is.
    pub(crate) fn cookie_name(&self) -> String {
        format!("aduana_console_{}", self.port)
    }

    /// Takes the token, and opens a session for it.
    pub(crate) fn open(&self, token: &str, last_visit: Option<String>) -> Option<Session> {
        let mut keys = self.keys();
        if !keys.opening_token.as_ref()?.is(token) {
            return None;
        }
        let session = Session { cookie: Secret::random().ok()?, csrf: Secret::random().ok()?, last_visit };
        keys.opening_token = None;
        keys.session = Some(session.clone());
        Some(session)
    }

    pub(crate) fn session(&self, cookie: &str) -> Option<Session> {
        self.keys().session.clone().filter(|session| session.cookie.is(cookie))
    }
}
