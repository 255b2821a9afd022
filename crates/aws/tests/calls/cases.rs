//! The case file.

use std::sync::atomic::{AtomicUsize, Ordering};

use aduana_cases::case::NewCase;
use aduana_cases::message::BodyVersion;
use aduana_cases::ports::{CaseFile, EffectErrorKind, HeldContents, HoldReply, Resolution, ResolveReply};
use aduana_cases::slots::slotted_by;
use aduana_cases::trail::{Event, TrailEnd, verify};
use aduana_invoice::{Fingerprint, Summary};
use serde_json::{Value, json};

use crate::outbox::put_up;
use crate::samples::{AT, TABLE, case, case_id, case_table, cases_on, key, noise};
use aduana_testkit::aws_stub::tables::{Tables, cancelled};
use aduana_testkit::aws_stub::{AwsStub, Reply};

const FIRST: &[u8] = b"{\"first\":1}";
const SECOND: &[u8] = b"{\"second\":2}";

fn head(tables: &Tables) -> Value {
    tables.items(TABLE).remove("head").expect("a head")
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_object().map_or("", |value| value.values().next().unwrap().as_str().unwrap())
}

fn resolution(attempt: u32, body: &[u8]) -> Resolution {
    Resolution { attempt, invoice: key(), fingerprint: Fingerprint::of(body), at_ms: AT + 600_000 }
}

/// Checks the trail, and gives its acts.
fn acts(tables: &Tables) -> Vec<String> {
    let items = tables.items(TABLE);
    let event = |item: &Value| Event {
        seq: text(item, "seq").parse().unwrap(),
        at: text(item, "at").to_owned(),
        actor: text(item, "actor").to_owned(),
        way: text(item, "way").to_owned(),
        act: text(item, "act").to_owned(),
        attempt: text(item, "attempt").parse().unwrap(),
        reason: text(item, "reason").to_owned(),
        before: text(item, "before").to_owned(),
        after: text(item, "after").to_owned(),
        prev: text(item, "prev").to_owned(),
        hash: text(item, "hash").to_owned(),
    };
    let events: Vec<Event> =
        items.iter().filter(|(key, _)| key.starts_with("event:")).map(|(_, it)| event(it)).collect();
    let head = &items["head"];
    let end =
        TrailEnd { seq: text(head, "trail_seq").parse().unwrap(), hash: text(head, "trail_hash").to_owned() };
    assert_eq!(verify(&case_id(), &events, &end), Ok(()));
    events.into_iter().map(|event| event.act).collect()
}

#[tokio::test]
async fn a_message_that_was_never_held_is_held_in_one_call() {
    let (tables, aws, cases) = case_table();
    let new = case(1, FIRST);
    assert_eq!(cases.hold(&new).await.unwrap(), HoldReply::Opened);
    assert_eq!(aws.actions(), ["TransactWriteItems"]);
    let keys: Vec<String> = tables.items(TABLE).into_keys().collect();
    assert_eq!(keys, ["attributes:000001:0001", "body:000001:0001", "event:000001", "head"]);
    assert_eq!(
        head(&tables),
        json!({
            "case_id": { "S": case_id().as_str() },
            "item": { "S": "head" },
            "state": { "S": "open" },
            "state_slot": { "S": slotted_by("open", case_id().as_str()) },
            "group_slot": { "S": slotted_by(&new.reasons.group.id, case_id().as_str()) },
            "attempt": { "N": "1" },
            "version": { "N": "1" },
            "fingerprint": { "S": new.fingerprint.to_string() },
            "bodies": { "L": [{ "S": new.fingerprint.to_string() }] },
            "source": { "S": "sqs:invoices" },
            "message_id": { "S": "m-1" },
            "received_at": { "S": "2026-11-24T09:29:59.007Z" },
            "first_seen": { "S": "2026-11-24T09:31:00.007Z" },
            "last_seen": { "S": "2026-11-24T09:31:00.007Z" },
            "ruleset": { "S": "1.0" },
            "reason_code": { "S": "BR-CO-15" },
            "reason_category": { "S": "data" },
            "reason_count": { "N": "1" },
            "codes": { "L": [{ "S": "BR-CO-15" }] },
            "reasons": { "L": [{ "M": {
                "code": { "S": "BR-CO-15" },
                "category": { "S": "data" },
                "severity": { "S": "error" },
                "path": { "S": "/totals/tax_inclusive" },
                "term": { "S": "BT-112" },
                "expected": { "S": "121.00" },
                "actual": { "S": "120.00" },
                "suggestion": { "S": "[{\"op\":\"replace\",\"path\":\"/totals/tax_inclusive\",\"value\":\"121.00\"}]" },
            } }] },
            "group_id": { "S": new.reasons.group.id },
            "group_label": { "S": "BR-CO-15 /totals/tax_inclusive" },
            "number": { "S": "F-1" },
            "seller_name": { "S": "Talleres Ñandú" },
            "issue_date": { "S": "2026-11-24" },
            "currency": { "S": "EUR" },
            "payable": { "S": "121.00" },
            "trail_seq": { "N": "1" },
            "trail_hash": { "S": text(&head(&tables), "trail_hash") },
        })
    );
    assert_eq!(acts(&tables), ["received"]);
}

#[tokio::test]
async fn a_message_that_comes_again_is_held_already_and_its_marks_are_reported() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let held = |queued, alerted| HoldReply::AlreadyHeld { attempt: 1, queued, alerted };
    assert_eq!(cases.hold(&case(1, FIRST)).await.unwrap(), held(false, false));
    let this = [(case_id(), 1)];
    assert!(cases.mark_queued(&this, AT).await[0].is_ok());
    assert_eq!(cases.hold(&case(1, FIRST)).await.unwrap(), held(true, false));
    put_up(&cases, 1, AT + 1).await;
    assert_eq!(cases.hold(&case(1, FIRST)).await.unwrap(), held(true, true));
    assert_eq!(text(&head(&tables), "queued_at"), "2026-11-24T09:30:00.007Z", "the first mark stays");
    assert_eq!(text(&head(&tables), "alerted_at"), "2026-11-24T09:30:00.008Z");
    assert_eq!(acts(&tables), ["received"]);
}

#[tokio::test]
async fn a_mark_for_an_attempt_that_is_past_changes_nothing_and_is_no_error() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let before = head(&tables);
    let answers = cases.mark_queued(&[(case_id(), 2), (case_id(), 7)], AT).await;
    assert!(answers.len() == 2 && answers.iter().all(Result::is_ok));
    assert_eq!(head(&tables), before);
}

#[tokio::test]
async fn a_later_attempt_opens_the_case_again_and_keeps_what_was() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    put_up(&cases, 1, AT).await;
    tables.tamper(TABLE, "head", "state", json!({ "S": "resent" }));
    for name in ["owner", "resolved_at", "stored_seller", "stored_document"] {
        tables.tamper(TABLE, "head", name, json!({ "S": "ana" }));
    }
    let again = NewCase {
        received_at_ms: 0,
        source: "sqs:other".parse().unwrap(),
        summary: Summary::default(),
        ..case(2, SECOND)
    };
    assert_eq!(cases.hold(&again).await.unwrap(), HoldReply::Opened);

    let head = head(&tables);
    let prints = [FIRST, SECOND].map(|body| Fingerprint::of(body).to_string());
    assert_eq!(head["bodies"], json!({ "L": [{ "S": prints[0] }, { "S": prints[1] }] }));
    for (name, value) in [
        ("state", "open"),
        ("attempt", "2"),
        ("version", "2"),
        ("fingerprint", &prints[1]),
        ("message_id", "m-2"),
        ("owner", "ana"),
        ("source", "sqs:invoices"),
        ("received_at", "2026-11-24T09:29:59.007Z"),
        ("first_seen", "2026-11-24T09:31:00.007Z"),
        ("last_seen", "2026-11-24T09:32:00.007Z"),
        ("queued_at", ""),
        ("alerted_at", ""),
        ("resolved_at", ""),
        ("stored_seller", ""),
        ("stored_document", ""),
        ("payable", ""),
    ] {
        assert_eq!(text(&head, name), value, "{name}");
    }
    assert_eq!(acts(&tables), ["received", "refused"]);
    assert_eq!(cases.hold(&case(1, FIRST)).await.unwrap(), HoldReply::Superseded);
    assert_eq!(cases.hold(&case(2, b"third")).await.unwrap(), HoldReply::Occupied { attempt: 2 });
}

#[tokio::test]
async fn every_attempt_can_be_fetched_as_it_was() {
    let (_tables, _aws, cases) = case_table();
    let large = noise(1_000_000);
    cases.hold(&case(1, &large)).await.unwrap();
    cases.hold(&NewCase { producer_attributes: None, ..case(2, b"") }).await.unwrap();
    let attributes = Some(br#"[{"name":"Customer"}]"#.to_vec());
    let first = HeldContents { body: large, producer_attributes: attributes };
    assert_eq!(cases.fetch(&case_id(), BodyVersion::received(1)).await.unwrap(), Some(first));
    let second = HeldContents { body: Vec::new(), producer_attributes: None };
    assert_eq!(cases.fetch(&case_id(), BodyVersion::received(2)).await.unwrap(), Some(second));
    assert_eq!(cases.fetch(&case_id(), BodyVersion::received(3)).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_fetched_is_what_was_held_or_an_error() {
    const PART: &str = "body:000001:0002";
    let other_print = || json!({ "S": Fingerprint::of(b"other").to_string() });
    let tampered: [&dyn Fn(&Tables); 4] = [
        &|tables| tables.take(TABLE, PART),
        &|tables| tables.tamper(TABLE, PART, "bytes", json!({ "B": "AAAA" })),
        &|tables| tables.tamper(TABLE, PART, "bytes", None),
        &|tables| tables.tamper(TABLE, "body:000001:0001", "fingerprint", other_print()),
    ];
    for tamper in tampered {
        let (tables, _aws, cases) = case_table();
        cases.hold(&case(1, &noise(500_000))).await.unwrap();
        tamper(&tables);
        assert_eq!(
            cases.fetch(&case_id(), BodyVersion::received(1)).await.unwrap_err().kind,
            EffectErrorKind::Corrupt
        );
    }
}

#[tokio::test]
async fn a_case_is_closed_once_when_its_invoice_is_stored() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    assert_eq!(cases.resolve(&case_id(), &resolution(2, SECOND)).await.unwrap(), ResolveReply::Foreign);
    tables.tamper(
        TABLE,
        "head",
        "corrections",
        json!({ "L": [{ "S": Fingerprint::of(SECOND).to_string() }] }),
    );
    assert_eq!(cases.resolve(&case_id(), &resolution(2, SECOND)).await.unwrap(), ResolveReply::Resolved);
    assert_eq!(
        cases.resolve(&case_id(), &resolution(2, SECOND)).await.unwrap(),
        ResolveReply::AlreadyResolved
    );
    let head = head(&tables);
    for (name, value) in [
        ("state", "resolved"),
        ("attempt", "1"),
        ("version", "2"),
        ("resolved_at", "2026-11-24T09:40:00.007Z"),
        ("last_seen", "2026-11-24T09:40:00.007Z"),
        ("first_seen", "2026-11-24T09:31:00.007Z"),
        ("stored_seller", "tax:ES:B12345674"),
        ("stored_document", "F-1/invoice/2026"),
    ] {
        assert_eq!(text(&head, name), value, "{name}");
    }
    assert_eq!(head["bodies"]["L"].as_array().unwrap().len(), 2);
    assert_eq!(acts(&tables), ["received", "stored"]);
}

#[tokio::test]
async fn a_case_that_is_not_there_is_not_closed() {
    let (tables, _aws, cases) = case_table();
    assert_eq!(cases.resolve(&case_id(), &resolution(2, SECOND)).await.unwrap(), ResolveReply::NoCase);
    cases.hold(&case(1, FIRST)).await.unwrap();
    assert_eq!(cases.resolve(&case_id(), &resolution(1, SECOND)).await.unwrap(), ResolveReply::Foreign);
    assert_eq!(acts(&tables), ["received"]);
}

#[tokio::test]
async fn a_case_that_was_held_by_a_call_whose_reply_was_lost_is_held_once() {
    let (tables, calls) = (Tables::default(), AtomicUsize::new(0));
    let answering = tables.clone();
    let aws = AwsStub::open(move |call| {
        let reply = answering.answer(call);
        if calls.fetch_add(1, Ordering::Relaxed) == 0 { Reply::BreakOff } else { reply }
    });
    let reply = cases_on(&aws).hold(&case(1, FIRST)).await.unwrap();
    // This table does not know the transaction's token; DynamoDB would say that it is done.
    assert_eq!(reply, HoldReply::AlreadyHeld { attempt: 1, queued: false, alerted: false });
    let tokens: Vec<_> = aws.calls().iter().map(|call| call.request["ClientRequestToken"].clone()).collect();
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(acts(&tables), ["received"]);
}

#[tokio::test]
async fn who_comes_second_looks_at_the_case_again() {
    let tables = Tables::default();
    let answering = tables.clone();
    let writes = AtomicUsize::new(0);
    let aws = AwsStub::open(move |call| {
        // Somebody else is quicker, twice: once in the middle of a transaction of theirs, once before ours begins.
        if call.action == "TransactWriteItems" {
            match writes.fetch_add(1, Ordering::Relaxed) {
                1 => {
                    return cancelled(&[json!({ "Code": "TransactionConflict" }), json!({ "Code": "None" })]);
                }
                2 => answering.tamper(TABLE, "head", "version", json!({ "N": "5" })),
                _ => {}
            }
        }
        answering.answer(call)
    });
    let cases = cases_on(&aws);
    cases.hold(&case(1, FIRST)).await.unwrap();
    assert_eq!(cases.hold(&case(2, SECOND)).await.unwrap(), HoldReply::Opened);
    assert_eq!(text(&head(&tables), "version"), "6");
    assert_eq!(acts(&tables), ["received", "refused"]);
}

#[tokio::test]
async fn a_case_that_is_never_left_alone_is_left_to_the_next_delivery() {
    let conflict = || cancelled(&[json!({ "Code": "TransactionConflict" })]);
    let aws = AwsStub::open(move |call| match call.action.as_str() {
        "GetItem" => Reply::Json(json!({})),
        _ => conflict(),
    });
    let error = cases_on(&aws).hold(&case(1, FIRST)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (EffectErrorKind::Throttled, Some("TransactionConflict"))
    );
    assert_eq!(aws.actions().iter().filter(|action| *action == "TransactWriteItems").count(), 5);
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_not_written_over() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    tables.tamper(TABLE, "head", "trail_hash", None);
    let before = head(&tables);
    assert_eq!(cases.hold(&case(2, SECOND)).await.unwrap_err().kind, EffectErrorKind::Corrupt);
    assert_eq!(
        cases.resolve(&case_id(), &resolution(2, SECOND)).await.unwrap_err().kind,
        EffectErrorKind::Corrupt
    );
    assert_eq!(head(&tables), before);
}

#[tokio::test]
async fn each_case_has_a_mark_of_its_own() {
    let aws = AwsStub::open(|call| match call.request["Key"]["case_id"]["S"].as_str() {
        Some(id) if id == case_id().as_str() => Reply::Error(400, "AccessDeniedException"),
        _ => Reply::Json(json!({})),
    });
    let other = aduana_cases::message::CaseId::parse(&"a".repeat(32)).unwrap();
    let answers = cases_on(&aws).mark_queued(&[(other.clone(), 1), (case_id(), 1), (other, 2)], AT).await;
    let kinds: Vec<_> = answers.into_iter().map(|answer| answer.map_err(|error| error.kind)).collect();
    assert_eq!(kinds, [Ok(()), Err(EffectErrorKind::Refused), Ok(())]);
}

#[tokio::test]
async fn a_body_larger_than_a_transaction_goes_ahead_of_its_head_and_comes_back_whole() {
    let (tables, aws, cases) = case_table();
    let body = noise(4_600_000);
    assert_eq!(cases.hold(&case(1, &body)).await.unwrap(), HoldReply::Opened);
    for call in aws.calls().iter().filter(|call| call.action == "TransactWriteItems") {
        assert!(call.request.to_string().len() < 4_000_000, "a transaction over 4 MB");
    }
    let held = cases.fetch(&case_id(), BodyVersion::received(1)).await.unwrap().unwrap();
    assert!(held.body == body, "byte for byte");
    assert_eq!(acts(&tables), ["received"]);
    let again = HoldReply::AlreadyHeld { attempt: 1, queued: false, alerted: false };
    assert_eq!(cases.hold(&case(1, &body)).await.unwrap(), again);
}

#[tokio::test]
async fn a_large_body_never_writes_over_that_of_another_message() {
    let (_, _, cases) = case_table();
    cases.hold(&case(1, FIRST)).await.unwrap();
    let reply = cases.hold(&case(1, &noise(4_600_000))).await.unwrap();
    assert_eq!(reply, HoldReply::Occupied { attempt: 1 });
    let held = cases.fetch(&case_id(), BodyVersion::received(1)).await.unwrap().unwrap();
    assert_eq!(held.body, FIRST);
}

#[tokio::test]
async fn what_died_between_a_large_body_and_its_head_is_taken_up_again() {
    let (tables, _, cases) = case_table();
    let body = noise(4_600_000);
    cases.hold(&case(1, &body)).await.unwrap();
    for item in ["head", "event:000001"] {
        tables.take(TABLE, item);
    }
    assert_eq!(cases.hold(&case(1, &body)).await.unwrap(), HoldReply::Opened);
}
