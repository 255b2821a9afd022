//! The web console: see, understand, correct and resend held invoices in the browser.
//!
//! A server on 127.0.0.1 for one browser, which acts through the redrive function with its operator's own identity. Pages are
//! rendered here and work without script; script makes them live. It keeps nothing: what is kept is kept on the cases.
//!
//! # Layout
//!
//! Modules import one way, each only from those above it:
//!
//! 1. `connections`, `assets`, `escape`, `secret`, `time_format`, `form`, `i18n`: how many connections; style and scripts; how values get into a page; random keys; times;
//!    what was typed; the words of both languages.
//! 2. `json_value`, `source_view`, `invoice_view`: an invoice to be looked at, whatever is wrong with it.
//! 3. [`deployment`]: what the console needs of the world outside, as a port. `redrive_client`: the redrive's client over it.
//! 4. `filter`, `chosen`: which cases. `memory`: what is in sight. `runs`: what is done to many cases. `gate`: the keys.
//! 5. `shared`: what all requests share. `response`: rendering and redirects. `request_context`: a request that was let in. `guard`: who
//!    is let in, and what every answer forbids the browser. `labels`: what templates call things. `page`: what is shown in the place of
//!    a page that cannot be had.
//! 6. `overview`, `groups`, `cases`, `act`, `case`, `correct`, `bulk`, `run_pages`: the pages, each with what its forms do. Templates are in
//!    `templates/`.

mod act;
mod assets;
mod bulk;
mod case;
mod cases;
mod chosen;
mod connections;
mod correct;
pub mod deployment;
mod escape;
#[cfg(test)]
mod fake_deployment;
mod filter;
mod form;
mod gate;
mod groups;
mod guard;
mod i18n;
mod invoice_view;
mod json_value;
mod labels;
mod memory;
mod overview;
mod page;
mod redrive_client;
mod request_context;
mod response;
mod run_pages;
mod runs;
mod secret;
mod shared;
mod source_view;
mod time_format;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use aduana_invoice::{Lang, Policy, Validator};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tokio::net::TcpListener;

use crate::connections::Bounded;
use crate::deployment::Deployment;
use crate::form::is_local;
use crate::gate::Gate;
use crate::memory::Memory;
use crate::request_context::RequestContext;
use crate::response::{Page, denied, redirect};
use crate::runs::Runs;
use crate::shared::{Inner, Shared};

/// The console of a deployment.
#[derive(Clone)]
pub struct Console(Shared);

impl Console {
    /// A console at this port of 127.0.0.1, with keys of its own; in the browser's language, unless one is given.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn new(deployment: Arc<dyn Deployment>, port: u16, lang: Option<Lang>) -> io::Result<Self> {
        let gate = Gate::new(port).map_err(io::Error::other)?;
        let validator = Validator::new(Policy::default());
        let (memory, runs) = (Memory::default(), Runs::default());
        Ok(Self(Arc::new(Inner { deployment, lang, validator, gate, memory, runs })))
    }

    /// The address that lets one browser in, once.
    pub fn opening_address(&self) -> String {
        self.0.gate.opening_address()
    }

    /// The pages, behind the gate.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(overview::overview))
            .route("/groups", get(groups::groups))
            .route("/groups/{id}", get(groups::group))
            .route("/cases", get(cases::cases))
            .route("/cases/{id}", get(case::case))
            .route("/cases/{id}/state", get(case::state))
            .route("/cases/{id}/reveal", post(case::reveal))
            .route("/cases/{id}/hide", post(case::hide))
            .route("/cases/{id}/act", post(act::act))
            .route("/cases/{id}/set-aside", post(act::set_aside))
            .route("/cases/{id}/correct", get(correct::open).post(correct::correct))
            .route("/cases/{id}/verdict", post(correct::verdict))
            .route("/bulk", get(bulk::bulk))
            .route("/bulk/preview", post(bulk::preview))
            .route("/runs", get(run_pages::runs).post(run_pages::start))
            .route("/runs/{number}", get(run_pages::run))
            .route("/runs/{number}/order", post(run_pages::order))
            .route("/language", post(language))
            .route("/reason", post(reason))
            .route("/assets/{name}", get(assets::asset))
            .fallback(async |context: RequestContext| context.not_found())
            .method_not_allowed_fallback(async |context: RequestContext| {
                denied(StatusCode::FORBIDDEN, context.lang)
            })
            .layer(middleware::from_fn_with_state(self.0.clone(), guard::guard))
            .with_state(self.0.clone())
    }
}

/// Takes a port of 127.0.0.1: this one, or any that is free.
///
/// # Errors
///
/// If it is taken.
pub async fn listen(port: Option<u16>) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await
}

/// Serves the console until `stop` comes.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    console: &Console,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Not gracefully: a browser keeps its connections, and what a form has begun is done by the function or goes on later.
    let serving = axum::serve(Bounded::new(listener), console.router()).into_future();
    tokio::select! {
        served = serving => served,
        () = stop => Ok(()),
    }
}

/// Takes the reason for which values are read from now on, or ends it, and goes back. Each look is still on its case's record.
async fn reason(State(console): State<Shared>, context: RequestContext) -> Page {
    let typed = context.form.filled("reason").filter(|_| !context.form.has("end"));
    console.memory.set_reason(typed.map(str::to_owned));
    Ok(redirect(context.form.first("back").filter(|back| is_local(back)).unwrap_or("/")))
}

/// Changes the language, and goes back.
async fn language(State(_): State<Shared>, context: RequestContext) -> Page {
    let lang = if context.form.first("lang") == Some("es") { "es" } else { "en" };
    let mut response = redirect(context.form.first("back").filter(|back| is_local(back)).unwrap_or("/"));
    let cookie = format!("{}={lang}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict", guard::LANGUAGE);
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
