use aduana_cases::case::State;
use aduana_invoice::Lang;
use aduana_redrive::answer::{DoneCase, Failure, Lines, SentCase};
use aduana_redrive::request::{Action, List, Query, Reconcile, Selection};
use serde_json::json;

use super::*;

/// 2026-11-24T09:30:00.007Z
const NOW: i64 = 1_795_512_600_007;

fn id(number: u32) -> CaseId {
    CaseId::parse(&format!("{number:032x}")).unwrap()
}

fn info(action: &str) -> RequestInfo {
    let actor = Some("ana".to_owned());
    RequestInfo { way: Way::Direct, action: ActionName::parse(action), actor, search: None }
}

fn request(actor: String, action: Action) -> Request {
    Request { actor, reason: String::new(), lang: Lang::En, action }
}

fn field<'a>(request_log: &'a RequestLog, name: &str) -> Option<&'a Value> {
    request_log.line.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn metric(request_log: &RequestLog, name: &str) -> Option<u64> {
    request_log.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value)
}

fn skipped(number: u32, code: Code) -> Skipped {
    Skipped { id: id(number), code, message: "SECRET".to_owned(), codes: Vec::new() }
}

#[test]
fn a_resend_tells_how_many_were_sent_and_why_others_were_not() {
    let resent = Resent {
        sent: (0..30).map(|number| SentCase { id: id(number), attempt: 2 }).collect(),
        skipped: vec![
            skipped(40, Code::Claimed),
            skipped(41, Code::StillInvalid),
            skipped(42, Code::Claimed),
        ],
        ..Resent::default()
    };
    let request_log = RequestLog::of(&info("resend"), &Ok(Answer::Resend(resent)), NOW);
    assert_eq!((metric(&request_log, "Resent"), metric(&request_log, "NotResent")), (Some(30), Some(3)));
    assert_eq!(field(&request_log, "skipped_because"), Some(&json!({ "Claimed": 2, "StillInvalid": 1 })));
    assert_eq!(field(&request_log, "case_ids").unwrap().as_array().unwrap().len(), IDS_MAX);
    assert_eq!(request_log.line.correlation_id, None);
    assert!(!format!("{:?}", request_log.line).contains("SECRET"));
}

#[test]
fn what_would_be_sent_is_not_counted_as_sent() {
    let sent = vec![SentCase { id: id(1), attempt: 2 }];
    let request_log = RequestLog::of(
        &info("resend"),
        &Ok(Answer::Resend(Resent { dry_run: true, sent, ..Resent::default() })),
        NOW,
    );
    assert_eq!((metric(&request_log, "Resent"), field(&request_log, "sent")), (Some(0), Some(&json!(1))));
}

#[test]
fn what_was_done_to_one_case_is_found_by_its_id() {
    let case = |number, changed| DoneCase { id: id(number), state: State::Discarded, version: 2, changed };
    let done = Done { done: vec![case(1, true), case(2, false)], ..Done::default() };
    let request_log = RequestLog::of(&info("discard"), &Ok(Answer::Done(done)), NOW);
    assert_eq!(request_log.line.correlation_id, Some(id(1).to_string()));
    assert_eq!((metric(&request_log, "Discarded"), field(&request_log, "done")), (Some(1), Some(&json!(2))));
}

#[test]
fn the_oldest_open_case_is_as_old_as_it_was_last_seen() {
    let oldest = |oldest_open: Option<&str>, complete| {
        let reconciled =
            Reconciled { oldest_open: oldest_open.map(str::to_owned), complete, ..Reconciled::default() };
        let request_log = RequestLog::of(&info("reconcile"), &Ok(Answer::Reconcile(reconciled)), NOW);
        metric(&request_log, "OldestOpenCase")
    };
    assert_eq!(oldest(Some("2026-11-24T09:29:00.007Z"), true), Some(60));
    assert_eq!(oldest(None, true), Some(0));
    assert_eq!(oldest(None, false), None, "a run that was cut off has not seen all");
}

#[test]
fn a_refusal_is_a_warning_and_an_aws_out_of_reach_an_error() {
    for (code, level, counted) in [
        (Code::StaleVersion, LogLevel::Warn, "Refused"),
        (Code::Unavailable, LogLevel::Error, "FailedRequests"),
    ] {
        let error = RequestError::from(Failure::new(code, Lang::En).because(&"SECRET"));
        let request_log = RequestLog::of(&info("correct"), &Err(error), NOW);
        assert_eq!((request_log.line.level, metric(&request_log, counted)), (level, Some(1)));
        assert!(!format!("{:?}", request_log.line).contains("SECRET"));
    }
}

#[test]
fn requests_are_counted_by_action_too() {
    let request = request("ana".to_owned(), Action::Reconcile(Reconcile::default()));
    let info = RequestInfo::of(Way::Schedule, Some(&request));
    let request_log = RequestLog::of(&info, &Ok(Answer::Reconcile(Reconciled::default())), NOW);
    let documents = request_log.metrics(&info, &LogContext::default());
    assert_eq!(documents.len(), 2);
    assert!(documents[0].contains(r#"{"Name":"Ingested","Unit":"Count"}"#), "{}", documents[0]);
    assert!(documents[1].contains(r#""Dimensions":[["service","Action"]]"#), "{}", documents[1]);
    assert!(documents[1].contains(r#""Action":"reconcile""#) && !documents[1].contains("Ingested"));
}

#[test]
fn an_actor_is_cut_where_it_is_longer_than_any() {
    for (length, request_log) in [(255, 255), (256, 256), (257, 256)] {
        let request = request("ñ".repeat(length), Action::List(List::default()));
        let info = RequestInfo::of(Way::Direct, Some(&request));
        assert_eq!(info.actor.unwrap().chars().count(), request_log);
    }
    assert_eq!(ACTOR_MAX, 256);
}

#[test]
fn twenty_cases_are_named_and_all_are_counted() {
    for (number, named) in [(19, 19), (20, 20), (21, 20)] {
        let sent = (0..number).map(|number| SentCase { id: id(number), attempt: 2 }).collect();
        let answer = Answer::Resend(Resent { sent, ..Resent::default() });
        let request_log = RequestLog::of(&info("resend"), &Ok(answer), NOW);
        assert_eq!(field(&request_log, "case_ids").unwrap().as_array().unwrap().len(), named);
        assert_eq!(field(&request_log, "sent"), Some(&json!(number)));
    }
    assert_eq!(IDS_MAX, 20);
}

/// It may be about many cases, so that it is not on their trails.
#[test]
fn a_search_by_a_masked_value_is_on_record_with_its_reason_and_without_the_value() {
    let query = Query { seller: Some("SECRET".to_owned()), ..Query::default() };
    let list = |query| Action::List(List { select: Some(Selection::Query(query)), ..List::default() });
    let request =
        |query| Request { reason: "ticket 71".to_owned(), ..request("ana".to_owned(), list(query)) };
    let log = |query| {
        let info = RequestInfo::of(Way::Direct, Some(&request(query)));
        RequestLog::of(&info, &Ok(Answer::List(Lines::default())), NOW)
    };
    let searched = log(query);
    assert_eq!(field(&searched, "searched_by"), Some(&json!("seller")));
    assert_eq!(field(&searched, "reason"), Some(&json!("ticket 71")));
    assert_eq!(field(&searched, "actor"), Some(&json!("ana")));
    assert!(!format!("{:?}", searched.line).contains("SECRET"));
    let listed = log(Query::default());
    assert_eq!((field(&listed, "searched_by"), field(&listed, "reason")), (None, None));
}

#[test]
fn a_reason_of_a_search_is_cut_where_it_is_longer_than_any() {
    let query = Query { seller: Some("s".to_owned()), ..Query::default() };
    let list = Action::List(List { select: Some(Selection::Query(query)), ..List::default() });
    for (long, kept) in [(999, 999), (1_000, 1_000), (1_001, 1_000)] {
        let request = Request { reason: "ñ".repeat(long), ..request("ana".to_owned(), list.clone()) };
        let info = RequestInfo::of(Way::Direct, Some(&request));
        assert_eq!(info.search.map(|reason| reason.chars().count()), Some(kept));
    }
    assert_eq!(REASON_MAX, 1_000);
}

#[test]
fn an_invoice_that_is_set_aside_is_counted_once_and_named_by_its_fingerprint() {
    let event = serde_json::json!({
        "seq": 1, "at": "", "actor": "ana", "way": "direct", "act": "set_aside", "attempt": 1, "reason": "SECRET", "before": "f", "after": "",
        "prev": "", "hash": "",
    });
    let event: aduana_cases::trail::Event = serde_json::from_value(event).unwrap();
    for (changed, counted) in [(true, 1), (false, 0)] {
        let report = SetAsideReport { fingerprint: "f".to_owned(), event: event.clone(), changed };
        let request_log = RequestLog::of(&info("set_aside"), &Ok(Answer::SetAside(report)), NOW);
        assert_eq!(
            (metric(&request_log, "SetAside"), field(&request_log, "fingerprint")),
            (Some(counted), Some(&json!("f")))
        );
        assert!(!format!("{:?}", request_log.line).contains("SECRET"));
    }
}
