//! Review, correct, resend: what people do with the cases of held messages, and what is set right on a schedule.
//!
//! # Layout
//!
//! - [`request`] and [`answer`]: what is asked and answered, as JSON; [`texts`]: the words.
//! - [`client`]: the other end: builds requests, reads answers, runs batches over many cases.
//! - [`ports`]: what is needed of the services outside, beside [`aduana_cases::ports`].
//! - [`transitions`]: the life cycle of a case, and why a resend is effectively once. Pure.
//! - `context`: a request at work, with its bounded calls; `select`: which cases it is about, batch by batch.
//! - `look`: `list`, `groups`, `get`; `show`: what is shown of a case. `correct` and `corrected_body`: corrections. `send`: `resend`.
//!   `act`: `discard`, `reopen`, `release`, `annotate`. `set_aside`: of stored invoices. `reconcile`: what the schedule asks for, `notify` among it.
//! - [`draft`]: what a client can compute of a correction before it asks.
//!
//! A call does as much as its deadline and the request's `max` allow. A cursor says what is left, and so do the states of the
//! cases: a run that was cut off and is begun anew finds open what was not sent.

mod act;
pub mod answer;
pub mod client;
mod context;
mod correct;
mod corrected_body;
pub mod draft;
mod look;
pub mod ports;
mod reconcile;
pub mod request;
mod select;
mod send;
mod set_aside;
mod show;
pub mod texts;
pub mod transitions;

use std::num::NonZeroU32;

use aduana_invoice::{Lang, Validator};

use answer::{Answer, Code, Failure};
use context::RedriveContext;
pub use ports::RedrivePorts;
use request::{Action, ReasonRule, Request};
use transitions::{on_discard, on_release, on_reopen};

use aduana_cases::alerts::{WINDOW_MS, Windows};
use aduana_cases::judge_message::Judge;
use aduana_cases::trail::Way;

/// What a deployment may decide of the redrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the intake queue: where a message came from that SQS gave up and that does not say.
    pub queue: String,
    /// How many attempts a case may have before it is parked, counted anew when it is released.
    pub attempts_max: NonZeroU32,
    /// How long a claim lasts at least, in milliseconds: longer than a call.
    pub lease_ms: i64,
    /// How long the dead-letter queue keeps a message, in milliseconds.
    pub retention_ms: i64,
    /// How long before that a message counts as expiring, in milliseconds.
    pub warn_ms: i64,
    /// How long a case is kept after it has ended, in milliseconds; `None` for ever.
    pub keep_ended_ms: Option<i64>,
    /// The language of the alerts.
    pub lang: Lang,
    /// How long further messages of a group are only counted after an alert, in milliseconds; 0: each run alerts at once.
    pub window_ms: i64,
    /// Nothing is begun with less than this left before the deadline, in milliseconds: enough for what is begun with its
    /// retries, and for the answer.
    pub stop_margin_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        Self {
            queue: "aduana-invoices".to_owned(),
            attempts_max: NonZeroU32::MIN.saturating_add(4),
            lease_ms: 5 * 60 * 1000,
            retention_ms: 14 * DAY_MS,
            warn_ms: 3 * DAY_MS,
            keep_ended_ms: Some(3_650 * DAY_MS),
            lang: Lang::En,
            window_ms: WINDOW_MS,
            stop_margin_ms: 6_000,
        }
    }
}

/// One call: what distinguishes it, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// An id that no other call has: Lambda's request id. Claims are known by it.
    pub id: String,
    /// How it was asked for.
    pub way: Way,
    /// When it must be done, in milliseconds since the Unix epoch.
    pub deadline_ms: i64,
    /// The call's trace as X-Ray writes it (`Root=…;Parent=…;Sampled=…`), where there is one. What it sends through again takes it along.
    pub trace: Option<String>,
}

/// The most ids of one selection.
pub const IDS_MAX: usize = 1_000;

/// The most lines of one answer to `list`.
pub const LIST_MAX: usize = 500;

/// The most differences of one case in an answer.
pub const DIFF_MAX: usize = 100;

/// The most bytes of an answer over many cases, as JSON. Lambda hands on 6 MB of a reply, and in that of a function URL an answer
/// is a text, with a backslash before each of its quotes: twice as long at worst.
pub const ANSWER_MAX: usize = 3_000_000;

/// The most bytes of one case with a body, as a text in the response of a function URL: of Lambda's 6 MB, with room for what is
/// around it. A body for which there is no room is read in pieces.
pub const SHOWN_MAX: usize = 6_000_000;

/// The most bytes of a piece of a body. In Base64 it is a third longer, and has nothing that a text would need a backslash for.
pub const PIECE_MAX: usize = 2_000_000;

/// How many cases a request works on if it does not say: two or three rounds of ten at once, some seconds of the function's work.
pub const BATCH_DEFAULT: usize = 25;

/// The most cases that a request works on.
const BATCH_MAX: usize = 1_000;

/// The most pages that are read of an index for one pick. A page is at most one megabyte.
const PAGES_MAX: usize = 20;

/// The longest actor and the longest reason, in characters.
const ACTOR_MAX: usize = 256;
const REASON_MAX: usize = 1_000;

/// Reviews, corrects, resends.
#[derive(Debug, Clone)]
pub struct Redrive<P, J = Validator> {
    ports: P,
    judge: J,
    settings: Settings,
}

impl<P: RedrivePorts, J: Judge + Sync> Redrive<P, J> {
    /// A redrive over these ports.
    pub const fn new(ports: P, judge: J, settings: Settings) -> Self {
        Self { ports, judge, settings }
    }

    /// Does what is asked, as far as the call's deadline allows.
    pub async fn answer(&self, request: &Request, call: &Call) -> Result<Answer, Failure> {
        check(request)?;
        let Request { actor, reason, lang, action } = request;
        let windows = Windows::default();
        let context = RedriveContext {
            windows: &windows,
            ports: &self.ports,
            judge: &self.judge,
            settings: &self.settings,
            call,
            lang: *lang,
            actor,
            reason,
        };
        let states = action.name().states();
        Ok(match action {
            Action::List(list) => Answer::List(context.list(list).await?),
            Action::Groups(groups) => Answer::Groups(context.groups(groups).await?),
            Action::Get(get) => Answer::Get(Box::new(context.get(get).await?)),
            Action::Preview(preview) => Answer::Preview(context.preview(preview, states).await?),
            Action::Correct(correct) => Answer::Done(context.correct(correct, states).await?),
            Action::Resend(resend) => Answer::Resend(context.resend(resend, states).await?),
            Action::Discard(batch) => Answer::Done(context.to_each(batch, states, on_discard).await?),
            Action::Reopen(batch) => Answer::Done(context.to_each(batch, states, on_reopen).await?),
            Action::SetAside(order) => Answer::SetAside(context.set_aside(order).await?),
            Action::Release(batch) => Answer::Done(context.to_each(batch, states, on_release).await?),
            Action::Annotate(annotate) => Answer::Done(context.annotate(annotate, states).await?),
            Action::Reconcile(reconcile) => Answer::Reconcile(context.reconcile(reconcile).await?),
            Action::Notify => Answer::Notify(context.notify_now().await?),
        })
    }
}

/// Who asks and why must be readable in the audit trail, and a reason must be there where it is required: where something is
/// changed, and where values are shown or tested.
fn check(request: &Request) -> Result<(), Failure> {
    let Request { actor, reason, lang, action } = request;
    let bad = |field: &str| Err(Failure::new(Code::BadRequest, *lang).because(&field));
    let is_readable = |text: &str, max| !text.chars().any(char::is_control) && text.chars().count() <= max;
    if actor.trim().is_empty() || !is_readable(actor, ACTOR_MAX) {
        return bad("actor");
    }
    let is_missing = action.name().reason() == ReasonRule::Required && reason.trim().is_empty();
    if is_missing || !is_readable(reason, REASON_MAX) {
        return bad("reason");
    }
    if action.reads_values() && reason.trim().is_empty() {
        return Err(Failure::new(Code::NeedsReason, *lang));
    }
    if let Action::Get(get) = action
        && get.from.is_some()
        && !(get.unmask && get.body.is_some())
    {
        return bad("from, without unmask and body");
    }
    Ok(())
}
