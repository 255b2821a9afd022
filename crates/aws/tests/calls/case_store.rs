//! The case file, as those see it who work on its cases.

use std::sync::atomic::{AtomicUsize, Ordering};

use aduana_aws::Cases;
use aduana_cases::body::Packed;
use aduana_cases::case::{NewCase, State};
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::ports::{CaseFile, EffectErrorKind, Resolution};
use aduana_cases::trail::{Event, verify};
use aduana_invoice::Fingerprint;
use aduana_redrive::ports::{
    CaseStore, Change, Claim, Correction, InFlight, LineKey, PageOf, Partition, RedriveState, WriteReply,
};
use serde_json::{Value, json};

use crate::outbox::put_up;
use crate::samples::{AT, TABLE, case, case_id, case_table, cases_on, key, noise};
use aduana_testkit::aws_stub::tables::{Tables, cancelled};
use aduana_testkit::aws_stub::{AwsStub, Reply};

const FIRST: &[u8] = b"{\"first\":1}";
fn id(number: u32) -> CaseId {
    CaseId::parse(&format!("{number:032x}")).unwrap()
}

/// Holds so many cases, one a minute, the first as number 1.
async fn hold(cases: &Cases, count: u32) {
    for number in 1..=count {
        let seen_at_ms = AT + i64::from(number) * 60_000;
        let new = NewCase { id: id(number), seen_at_ms, ..case(1, FIRST) };
        cases.hold(&new).await.unwrap();
    }
}

fn minute(number: u32) -> String {
    format!("2026-11-24T09:{:02}:00.007Z", 30 + number)
}

fn all_open() -> PageOf {
    PageOf {
        partition: Partition::State(State::Open),
        since: None,
        until: None,
        oldest_first: false,
        after: None,
        limit: 4,
    }
}

fn ids(lines: &[aduana_redrive::ports::CaseLine]) -> Vec<CaseId> {
    lines.iter().map(|line| line.id.clone()).collect()
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<CaseId> {
    numbers.into_iter().map(id).collect()
}

/// Everything that a redrive can note on a case.
fn redrive_state() -> RedriveState {
    RedriveState {
        claim: Some(Claim { owner: "call-1".to_owned(), until_ms: AT + 300_000 }),
        correction: Some(Correction { number: 1, fingerprint: Fingerprint::of(b"corrected").to_string() }),
        corrections: vec![Fingerprint::of(b"corrected").to_string()],
        in_flight: Some(InFlight { fingerprint: Fingerprint::of(FIRST).to_string(), sends: 2 }),
        released: 3,
        owner: Some("ana".to_owned()),
        note: Some("asked the seller".to_owned()),
        ticket: Some("AP-12".to_owned()),
    }
}

/// A change of the case's head as it was opened.
fn change(version: u64, redrive_state: RedriveState) -> Change {
    let event = Event {
        seq: u32::try_from(version).unwrap() + 1,
        at: "2026-11-24T10:00:00.000Z".to_owned(),
        actor: "ana".to_owned(),
        way: "url".to_owned(),
        act: "corrected".to_owned(),
        attempt: 1,
        reason: "a typing error".to_owned(),
        before: "a".to_owned(),
        after: "b".to_owned(),
        prev: "p".to_owned(),
        hash: "h".to_owned(),
    };
    Change { version, state: State::Resending, redrive_state, event, body: None }
}

/// All lines of a list, page by page, and how many queries each page took.
async fn pages(aws: &AwsStub, cases: &Cases, mut of: PageOf) -> (Vec<CaseId>, Vec<usize>) {
    let (mut all, mut queries) = (Vec::new(), Vec::new());
    loop {
        let before = aws.calls().len();
        let page = cases.page(&of).await.unwrap();
        assert!(page.lines.len() <= of.limit, "{} lines", page.lines.len());
        assert!(!page.lines.is_empty() || page.next.is_none(), "it comes nearer to its end");
        all.extend(ids(&page.lines));
        queries.push(aws.calls().len() - before);
        let Some(next) = page.next else { return (all, queries) };
        of.after = Some(next);
    }
}

#[tokio::test]
async fn a_list_goes_from_page_to_page_the_newest_first_and_each_page_is_a_query_a_slot() {
    let (_tables, aws, cases) = case_table();
    hold(&cases, 29).await;
    let before = aws.calls().len();
    let (all, queries) = pages(&aws, &cases, PageOf { limit: 16, ..all_open() }).await;
    assert_eq!(all, numbered((1..=29).rev()));
    assert!(queries.len() <= 3 && queries.iter().all(|queries| *queries == 16), "{queries:?}");
    let calls = &aws.calls()[before..];
    assert!(calls.iter().all(|call| call.action == "Query" && call.request["IndexName"] == "by_state"));
}

/// Whatever the size of a page, the order, how many cases share a moment, and how unevenly they fill the slots.
#[tokio::test]
async fn a_list_has_each_line_once_and_in_order() {
    for (count, moments, step) in [(0, 1, 1), (20, 1, 16), (24, 5, 3), (36, 36, 1)] {
        let (_tables, aws, cases) = case_table();
        let mut expected: Vec<(i64, CaseId)> = Vec::new();
        for number in 0..count {
            let id = id(u32::try_from(number * step + 1).unwrap());
            let seen_at_ms = AT + (number * 7 % moments) * 1_000;
            cases.hold(&NewCase { id: id.clone(), seen_at_ms, ..case(1, FIRST) }).await.unwrap();
            expected.push((seen_at_ms, id));
        }
        expected.sort();
        for limit in [1, 5, 33] {
            for oldest_first in [true, false] {
                let (all, _) = pages(&aws, &cases, PageOf { limit, oldest_first, ..all_open() }).await;
                let mut ids: Vec<CaseId> = expected.iter().map(|(_, id)| id.clone()).collect();
                if !oldest_first {
                    ids.reverse();
                }
                assert_eq!(all, ids, "{count} at {moments} moments, {step} apart, {limit} a page");
            }
        }
    }
}

#[tokio::test]
async fn a_list_can_be_bounded_in_time_and_read_from_its_other_end() {
    let (_tables, aws, cases) = case_table();
    hold(&cases, 10).await;
    let bounded = |since: Option<u32>, until: Option<u32>| PageOf {
        since: since.map(minute),
        until: until.map(minute),
        oldest_first: true,
        limit: 100,
        ..all_open()
    };
    for (since, until, found) in [
        (None, None, 1..=10),
        (Some(4), None, 4..=10),
        (None, Some(4), 1..=4),
        (Some(3), Some(5), 3..=5),
        (Some(5), Some(5), 5..=5),
    ] {
        let page = cases.page(&bounded(since, until)).await.unwrap();
        assert_eq!((ids(&page.lines), page.next), (numbered(found), None));
    }
    let calls = aws.calls().len();
    assert_eq!(cases.page(&bounded(Some(5), Some(4))).await.unwrap().lines.len(), 0);
    assert_eq!(aws.calls().len(), calls, "DynamoDB would refuse a range that ends before it begins");
}

#[tokio::test]
async fn a_list_goes_on_behind_a_line_that_has_left_its_section() {
    let (tables, _aws, cases) = case_table();
    hold(&cases, 3).await;
    let page = cases.page(&PageOf { limit: 2, ..all_open() }).await.unwrap();
    assert_eq!(ids(&page.lines), numbered([3, 2]), "the rest is on the next page");
    cases.write(&id(2), &change(1, RedriveState::default())).await.unwrap();
    let next = page.next.unwrap();
    assert_eq!(next, LineKey { id: id(2), last_seen: minute(2) });
    let page = cases.page(&PageOf { after: Some(next), ..all_open() }).await.unwrap();
    assert_eq!(ids(&page.lines), numbered([1]));
    assert_eq!(tables.items(TABLE).len(), 5, "one case's items stand for all: they share their sort keys");
}

#[tokio::test]
async fn a_group_is_listed_in_whatever_state_its_cases_are() {
    let (_tables, aws, cases) = case_table();
    hold(&cases, 3).await;
    cases.write(&id(2), &change(1, RedriveState::default())).await.unwrap();
    let group = case(1, FIRST).reasons.group.id;
    let page = cases.page(&PageOf { partition: Partition::Group(group), ..all_open() }).await.unwrap();
    let states: Vec<State> = page.lines.iter().map(|line| line.state).collect();
    assert_eq!(states, [State::Open, State::Resending, State::Open]);
    assert_eq!(aws.calls().last().unwrap().request["IndexName"], "by_group");
    let nobody = Partition::Group("0".repeat(16));
    assert_eq!(cases.page(&PageOf { partition: nobody, ..all_open() }).await.unwrap().lines, []);
}

#[tokio::test]
async fn a_line_says_what_a_person_chooses_by() {
    let (_tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let line = cases.page(&all_open()).await.unwrap().lines.remove(0);
    assert_eq!((&line.id, line.state, line.attempt), (&case_id(), State::Open, 1));
    assert_eq!((line.reason_code.as_str(), line.reason_category.as_str()), ("BR-CO-15", "data"));
    assert_eq!((line.reason_count, line.codes), (1, vec!["BR-CO-15".to_owned()]));
    assert_eq!(line.seller_name.as_deref(), Some("Talleres Ñandú"));
    assert_eq!((line.number.as_deref(), line.payable.as_deref()), (Some("F-1"), Some("121.00")));
    assert_eq!((line.queued_at, line.owner, line.ticket), (None, None, None));
}

#[tokio::test]
async fn a_record_says_what_was_done_for_its_attempt_and_not_for_the_one_before() {
    let (_tables, _aws, cases) = case_table();
    let marks = async || {
        let record = cases.heads(&[case_id()]).await.unwrap().remove(0);
        (record.line.queued_at.is_some(), record.alerted_at.is_some())
    };
    cases.hold(&case(1, FIRST)).await.unwrap();
    assert_eq!(marks().await, (false, false));
    assert!(cases.mark_queued(&[(case_id(), 1)], AT).await[0].is_ok());
    assert_eq!(marks().await, (true, false));
    put_up(&cases, 1, AT).await;
    assert_eq!(marks().await, (true, true));
    // The same body, as a copy that is moved back brings it.
    cases.hold(&case(2, FIRST)).await.unwrap();
    assert_eq!(marks().await, (false, false), "reconcile finishes it by these");
    let held = cases.fetch(&case_id(), BodyVersion::received(2)).await.unwrap().unwrap();
    assert_eq!(held.body, FIRST);
}

#[tokio::test]
async fn heads_are_read_a_hundred_at_a_time_and_what_dynamodb_leaves_out_is_asked_for_again() {
    let (_tables, aws, cases) = case_table();
    hold(&cases, 90).await;
    let before = aws.calls().len();
    // Twice the same, and twenty that are not there.
    let asked = numbered((1..=110).chain(1..=10));
    let mut found: Vec<CaseId> =
        cases.heads(&asked).await.unwrap().into_iter().map(|head| head.line.id).collect();
    found.sort();
    assert_eq!(found, numbered(1..=90));
    assert_eq!(aws.calls().len() - before, 4, "100 keys in three answers, 10 in one");
}

#[tokio::test]
async fn heads_that_dynamodb_never_gives_are_an_error_and_not_missing() {
    let left =
        json!({ TABLE: { "Keys": [{ "case_id": { "S": id(1).as_str() }, "item": { "S": "head" } }] } });
    let aws = AwsStub::script([Reply::Json(json!({ "Responses": {}, "UnprocessedKeys": left }))]);
    let cases = cases_on(&aws);
    let error = cases.heads(&[id(1)]).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (EffectErrorKind::Throttled, Some("UnprocessedKeys")));
    assert_eq!(aws.calls().len(), 5);
}

#[tokio::test]
async fn a_head_that_lacks_something_is_an_error_and_not_missing() {
    for name in ["state", "version", "trail_hash", "group_id", "codes", "first_seen", "ruleset"] {
        let (tables, _aws, cases) = case_table();
        cases.hold(&case(1, FIRST)).await.unwrap();
        tables.tamper(TABLE, "head", name, None);
        let error = cases.heads(&[case_id()]).await.unwrap_err();
        assert_eq!(error.kind, EffectErrorKind::Corrupt, "{name}");
    }
}

#[tokio::test]
async fn what_is_written_is_what_is_read_and_nothing_of_the_intakes_is_lost() {
    let (tables, aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let before = cases.heads(&[case_id()]).await.unwrap().remove(0);
    assert_eq!((before.version, &before.redrive_state), (1, &RedriveState::default()));
    let calls = aws.calls().len();

    let change = change(1, redrive_state());
    assert_eq!(cases.write(&case_id(), &change).await.unwrap(), WriteReply::Written);
    assert_eq!(aws.actions()[calls..], ["TransactWriteItems"], "head and event in one");
    let after = cases.heads(&[case_id()]).await.unwrap().remove(0);
    assert_eq!((after.version, after.line.state), (2, State::Resending));
    assert_eq!((&after.redrive_state, &after.trail), (&redrive_state(), &change.event.end()));
    assert_eq!(after.line.owner.as_deref(), Some("ana"));
    let as_before = |it: &aduana_redrive::ports::CaseRecord| {
        (it.fingerprint.clone(), it.ruleset.clone(), it.line.last_seen.clone(), it.line.codes.clone())
    };
    assert_eq!(as_before(&after), as_before(&before));
    assert!(tables.items(TABLE)["head"]["reasons"].is_object());
    assert_eq!(cases.trail(&case_id()).await.unwrap()[1], change.event);

    // What is not there any more is taken away.
    cases.write(&case_id(), &self::change(2, RedriveState::default())).await.unwrap();
    let head = tables.items(TABLE)["head"].clone();
    for name in
        ["claim_owner", "claim_until_ms", "correction_number", "correction_fingerprint", "corrections"]
            .into_iter()
            .chain(["in_flight", "in_flight_sends", "released", "owner", "note", "ticket"])
    {
        assert_eq!(head[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn a_change_on_another_version_than_was_read_writes_nothing() {
    let (tables, _aws, cases) = case_table();
    assert_eq!(cases.write(&case_id(), &change(1, redrive_state())).await.unwrap(), WriteReply::Changed);
    assert!(tables.items(TABLE).is_empty(), "no head is made where there is none");
    cases.hold(&case(1, FIRST)).await.unwrap();
    let before = tables.items(TABLE);
    let body = Some(Packed::pack(b"corrected", 0));
    for version in [0, 2] {
        let late = Change { body: body.clone(), ..change(version, redrive_state()) };
        assert_eq!(cases.write(&case_id(), &late).await.unwrap(), WriteReply::Changed);
    }
    assert_eq!(tables.items(TABLE), before);
}

#[tokio::test]
async fn an_event_is_never_written_over() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let mut again = change(1, redrive_state());
    again.event.seq = 1;
    assert_eq!(cases.write(&case_id(), &again).await.unwrap(), WriteReply::Changed);
    assert_eq!(tables.items(TABLE)["event:000001"]["act"], json!({ "S": "received" }));
}

#[tokio::test]
async fn a_change_waits_for_another_transaction_and_gives_up_in_the_end() {
    let conflict = || cancelled(&[json!({ "Code": "TransactionConflict" })]);
    let aws = AwsStub::script([conflict(), Reply::Json(json!({}))]);
    let cases = cases_on(&aws);
    assert_eq!(cases.write(&case_id(), &change(1, redrive_state())).await.unwrap(), WriteReply::Written);

    let aws = AwsStub::script([conflict()]);
    let cases = cases_on(&aws);
    let error = cases.write(&case_id(), &change(1, redrive_state())).await.unwrap_err();
    assert_eq!(error.kind, EffectErrorKind::Throttled);
    assert!(!error.is_certain());
}

#[tokio::test]
async fn a_change_whose_reply_is_lost_is_tried_again_as_the_same_transaction() {
    let tables = Tables::default();
    let (answering, lost) = (tables.clone(), AtomicUsize::new(0));
    let aws = AwsStub::open(move |call| {
        let reply = answering.answer(call);
        match call.action.as_str() {
            // DynamoDB knows the token of a transaction that is done, and says so.
            "TransactWriteItems" => match lost.fetch_add(1, Ordering::Relaxed) {
                1 => Reply::BreakOff,
                2 => Reply::Json(json!({})),
                _ => reply,
            },
            _ => reply,
        }
    });
    let cases = cases_on(&aws);
    cases.hold(&case(1, FIRST)).await.unwrap();
    assert_eq!(cases.write(&case_id(), &change(1, redrive_state())).await.unwrap(), WriteReply::Written);
    let tokens: Vec<Value> =
        aws.calls().iter().map(|call| call.request["ClientRequestToken"].clone()).collect();
    assert!(tokens[1].is_string() && tokens[1] == tokens[2] && tokens[0] != tokens[1]);
    assert_eq!(cases.trail(&case_id()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_certain_and_says_nothing_of_the_case() {
    let aws = AwsStub::script([Reply::Error(400, "AccessDeniedException")]);
    let cases = cases_on(&aws);
    let errors = [
        cases.page(&all_open()).await.unwrap_err(),
        cases.heads(&[id(1)]).await.unwrap_err(),
        cases.reasons(&id(1)).await.unwrap_err(),
        cases.trail(&id(1)).await.unwrap_err(),
        cases.fetch(&id(1), BodyVersion::received(1)).await.unwrap_err(),
        cases.write(&id(1), &change(1, redrive_state())).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_certain() && error.code.as_deref() == Some("AccessDeniedException"), "{error}");
        assert!(!format!("{error}{error:?}").contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn a_correction_stands_beside_the_body_that_it_corrects() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let corrected = noise(1_000_000);
    let fingerprint = Fingerprint::of(&corrected).to_string();
    let redrive_state = RedriveState {
        correction: Some(Correction { number: 1, fingerprint }),
        corrections: vec![Fingerprint::of(b"corrected").to_string()],
        ..redrive_state()
    };
    let body = Some(Packed::pack(&corrected, 0));
    cases.write(&case_id(), &Change { body, ..change(1, redrive_state) }).await.unwrap();

    let version = BodyVersion { attempt: 1, correction: Some(1) };
    let contents = cases.fetch(&case_id(), version).await.unwrap().unwrap();
    assert!(contents.body == corrected && contents.producer_attributes.is_some());
    let original = cases.fetch(&case_id(), BodyVersion::received(1)).await.unwrap().unwrap();
    assert_eq!(original.body, FIRST);
    assert!(tables.items(TABLE).contains_key("correction:000001:0003"));
    let none = BodyVersion { attempt: 1, correction: Some(2) };
    assert_eq!(cases.fetch(&case_id(), none).await.unwrap(), None);
}

#[tokio::test]
async fn reasons_are_read_as_they_were_written() {
    let (tables, _aws, cases) = case_table();
    assert_eq!(cases.reasons(&case_id()).await.unwrap(), []);
    cases.hold(&case(1, FIRST)).await.unwrap();
    let [reason] = cases.reasons(&case_id()).await.unwrap().try_into().unwrap();
    assert_eq!((reason.code.as_str(), reason.path.as_str()), ("BR-CO-15", "/totals/tax_inclusive"));
    assert_eq!((reason.category.as_str(), reason.severity.as_str()), ("data", "error"));
    assert_eq!((reason.term.as_deref(), reason.expected.as_deref()), (Some("BT-112"), Some("121.00")));
    assert!(reason.suggestion.unwrap().contains(r#""value":"121.00""#));
    tables.tamper(TABLE, "head", "reasons", json!({ "L": [{ "M": {} }] }));
    assert_eq!(cases.reasons(&case_id()).await.unwrap_err().kind, EffectErrorKind::Corrupt);
}

#[tokio::test]
async fn a_trail_is_read_whole_and_in_order() {
    let (_tables, _aws, cases) = case_table();
    assert_eq!(cases.trail(&case_id()).await.unwrap(), []);
    cases.hold(&case(1, FIRST)).await.unwrap();
    cases.hold(&case(2, b"second")).await.unwrap();
    let fingerprint = Fingerprint::of(b"second");
    let resolution = Resolution { attempt: 3, invoice: key(), fingerprint, at_ms: AT + 600_000 };
    cases.resolve(&case_id(), &resolution).await.unwrap();
    let head = cases.heads(&[case_id()]).await.unwrap().remove(0);
    let events = cases.trail(&case_id()).await.unwrap();
    assert_eq!(verify(&case_id(), &events, &head.trail), Ok(()));
    assert_eq!((events.len(), head.stored), (3, Some(key())));
    assert_eq!((head.line.state, head.resolved_at), (State::Resolved, Some(minute(10))));
}
