//! A deployment that answers as a test has it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aduana_invoice::{Category, Lang, Severity};
use aduana_redrive::answer::Reason;
use aduana_redrive::request::Request;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use crate::Console;
use crate::deployment::{Deployment, Reply, Status};
use crate::form::Fields;
use crate::i18n::words;
use crate::redrive_client::RedriveClient;
use crate::request_context::RequestContext;
use crate::shared::Shared;

type Answers = Box<dyn Fn(usize) -> Value + Send + Sync>;

/// It answers the nth request, from 1, whatever it is.
pub(crate) struct FakeDeployment {
    answers: Answers,
    asked: AtomicUsize,
}

impl FakeDeployment {
    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Deployment for FakeDeployment {
    fn ask<'a>(&'a self, _: &'a Request) -> Reply<'a, Vec<u8>> {
        let nth = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = (self.answers)(nth).to_string().into_bytes();
        Box::pin(async { Ok(answer) })
    }

    fn status(&self, _: u16) -> Reply<'_, Status> {
        Box::pin(async { Ok(Status::default()) })
    }

    fn actor(&self) -> &'static str {
        "ana"
    }

    fn place(&self) -> &'static str {
        "a test"
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

/// A console over such a deployment.
pub(crate) fn console(
    answers: impl Fn(usize) -> Value + Send + Sync + 'static,
) -> (Shared, Arc<FakeDeployment>) {
    let fake_deployment = Arc::new(FakeDeployment { answers: Box::new(answers), asked: AtomicUsize::new(0) });
    (Console::new(fake_deployment.clone(), 0, None).unwrap().0, fake_deployment)
}

/// A client over such a deployment.
pub(crate) fn redrive_client(
    answers: impl Fn(usize) -> Value + Send + Sync + 'static,
) -> (RedriveClient, Arc<FakeDeployment>) {
    let (console, fake_deployment) = console(answers);
    (console.client(Lang::En), fake_deployment)
}

/// A request in English that asks for nothing in particular.
pub(crate) fn context() -> RequestContext {
    RequestContext {
        lang: Lang::En,
        w: words(Lang::En),
        csrf: String::new(),
        actor: String::new(),
        place: String::new(),
        reason: None,
        here: "/".to_owned(),
        live: false,
        typed_into: None,
        here_before: None,
        form: Fields::default(),
        query: Fields::default(),
    }
}

/// A page of so many lines, and a cursor if there are more.
pub(crate) fn lines(from: usize, count: usize, and_more: bool) -> Value {
    let line = |at: usize| {
        json!({
            "id": format!("{at:032x}"), "state": "open", "attempt": 1, "code": "BR-02", "category": "structure",
            "errors": 1, "codes": ["BR-02"], "group": "0", "group_label": "BR-02", "source": "sqs:q",
            "received_at": "2026-11-24T09:30:00.000Z", "first_seen": "2026-11-24T09:30:00.000Z",
            "last_seen": "2026-11-24T09:30:00.000Z",
        })
    };
    let cursor = and_more.then_some("on");
    json!({ "cases": (from..from + count).map(line).collect::<Vec<_>>(), "cursor": cursor })
}

/// What comes of something that waits for nothing.
pub(crate) fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("it waits for nothing")
}

/// A reason at a place, with nothing else to say.
pub(crate) fn reason(code: &str, path: &str) -> Reason {
    Reason {
        code: code.to_owned(),
        category: Category::Data,
        severity: Severity::Error,
        path: path.to_owned(),
        term: None,
        message: String::new(),
        expected: None,
        actual: None,
        can_be_suggested: false,
        suggestion: None,
    }
}
