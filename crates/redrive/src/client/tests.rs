use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::*;

/// Answers the nth request, from 1, as it is made to, and keeps what it was asked.
pub(super) struct Script<F> {
    answer: F,
    nth: AtomicUsize,
    pub(super) asked: Mutex<Vec<Value>>,
}

impl<F: Fn(usize, &Value) -> Value + Send + Sync> Transport for Script<F> {
    type Error = ();

    async fn send(&self, request: &Request) -> Result<Vec<u8>, ()> {
        #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
        let request: Value = serde_json::from_str(&request.to_json()).unwrap();
        let answer = (self.answer)(self.nth.fetch_add(1, Ordering::Relaxed) + 1, &request);
        self.asked.lock().unwrap().push(request);
        if answer.is_null() { Err(()) } else { Ok(answer.to_string().into_bytes()) }
    }
}

pub(super) fn client<F: Fn(usize, &Value) -> Value + Send + Sync>(answer: F) -> Client<Script<F>> {
    let transport = Script { answer, nth: AtomicUsize::new(0), asked: Mutex::default() };
    Client::new(transport, "ana".to_owned(), Lang::Es)
}

pub(super) fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("it waits for nothing")
}

pub(super) fn ids(count: usize) -> Vec<CaseId> {
    (0..count).map(|at| CaseId::parse(&format!("{at:032x}")).unwrap()).collect()
}

pub(super) fn refusal(code: &str) -> Value {
    json!({ "error": { "code": code, "message": "no", "help": "wait" } })
}

#[test]
fn every_error_says_what_was_asked_and_why_there_is_no_answer() {
    let ask = |answer: Value| {
        now(client(move |_, _| answer.clone()).get(&ids(1)[0], None, None, None)).unwrap_err()
    };
    assert_eq!(ask(Value::Null), ClientError::Transport(()));
    for (name, code) in [("Claimed", Some(Code::Claimed)), ("OfALaterVersion", None)] {
        let ClientError::Refused { what, refusal } = ask(refusal(name)) else { panic!("not a refusal") };
        assert_eq!(what, format!("look at the case {}", ids(1)[0]));
        assert_eq!((refusal.name.as_str(), refusal.code()), (name, code));
    }
    let error = ask(json!({ "case": "SECRET" }));
    assert!(matches!(error, ClientError::Unreadable { line: 1, .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("SECRET"));
}

#[test]
fn a_request_names_the_actor_and_the_language_and_looks_have_no_reason() {
    let client = client(|_, _| json!({ "cases": [] }));
    now(client.list(Selection::Group("g".to_owned()), 3, None)).unwrap();
    let asked = client.transport().asked.lock().unwrap().clone();
    let list =
        json!({ "action": "list", "actor": "ana", "lang": "es", "limit": 3, "select": { "group": "g" } });
    assert_eq!(asked, [list]);
}

#[test]
fn the_reason_of_a_session_goes_with_what_reads_values_and_has_none_of_its_own() {
    let client = client(|_, _| json!({ "cases": [] })).for_reason(Some("71".to_owned()));
    let by_seller = || Query { seller: Some("s".to_owned()), ..Query::default() };
    now(client.list(Selection::Query(by_seller()), 3, None)).unwrap();
    now(client.list(Selection::Query(Query::default()), 3, None)).unwrap();
    let set =
        |reason: &str| drop(now(client.preview(reason, &ids(1), &Correction::Set(Vec::new()), false, None)));
    set("");
    set("72");
    drop(now(client.preview("", &ids(1), &Correction::Suggested(true), false, None)));
    let asked = client.transport().asked.lock().unwrap().clone();
    let reasons: Vec<Option<&str>> = asked.iter().map(|request| request.get("reason")?.as_str()).collect();
    assert_eq!(reasons, [Some("71"), None, Some("71"), Some("72"), None]);
}

/// A request about one case is answered by that case's refusal.
#[test]
fn the_last_of_many_cases_that_is_refused_alone_is_skipped_and_the_only_one_is_an_error() {
    let previewed = json!({ "valid": 25, "invalid": 0, "skipped": [], "cases": [] });
    let (count, suggested) = (BATCH + 1, Correction::Suggested(true));
    let preview = |code: &'static str, count: usize| {
        let previewed = previewed.clone();
        let client = client(move |_, request| match request["select"]["ids"].as_array().unwrap().len() {
            1 => refusal(code),
            _ => previewed.clone(),
        });
        now(client.preview("r", &ids(count), &suggested, false, None))
    };
    let all = preview("NotJson", count).unwrap();
    assert_eq!((all.valid, all.skipped.len(), all.skipped[0].code), (25, 1, Code::NotJson));
    assert!(preview("NotJson", 1).is_err() && preview("BadRequest", count).is_err());
}

#[test]
fn cases_are_listed_page_by_page_up_to_the_most() {
    for (most, asked) in [(LIST_MAX, vec![LIST_MAX]), (LIST_MAX + 1, vec![LIST_MAX, 1])] {
        let client = client(|_, request| {
            let count = usize::try_from(request["limit"].as_u64().unwrap()).unwrap();
            let line = |id: CaseId| {
                json!({
                    "id": id, "state": "open", "attempt": 1, "code": "BR-02", "category": "structure", "errors": 1,
                    "codes": [], "group": "0", "group_label": "", "source": "", "received_at": "", "first_seen": "",
                    "last_seen": "",
                })
            };
            json!({ "cases": ids(count).into_iter().map(line).collect::<Vec<_>>(), "cursor": "on" })
        });
        assert_eq!(now(client.cases(&Query::default(), most)).unwrap().len(), most);
        let limits: Vec<_> =
            client.transport().asked.lock().unwrap().iter().map(|it| it["limit"].clone()).collect();
        assert_eq!(limits, asked);
    }
}
