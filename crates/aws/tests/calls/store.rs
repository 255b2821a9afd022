//! The table of valid invoices.

use std::sync::atomic::{AtomicBool, Ordering};

use aduana_aws::Invoices;
use aduana_cases::message::CaseId;
use aduana_cases::ports::{
    EffectErrorKind, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, StoreReply,
};
use aduana_invoice::{Fingerprint, InvoiceKey};
use serde_json::{Value, json};

use crate::samples::{AT, clients, invoice, key, noise, source, store};
use aduana_testkit::aws_stub::tables::{Tables, cancelled};
use aduana_testkit::aws_stub::{AwsStub, Reply};

const SMALL: &[u8] = br#"{"number":"F-1"}"#;

/// A table that works.
fn table() -> (Tables, AwsStub, Invoices) {
    let tables = Tables::default();
    let aws = AwsStub::with_tables(&tables);
    let invoices = invoices(&aws);
    (tables, aws, invoices)
}

fn invoices(aws: &AwsStub) -> Invoices {
    Invoices::new(clients(&aws.address).dynamodb, "Invoices")
}

/// The same invoice with other bytes, by another message.
fn other(body: &[u8]) -> NewInvoice {
    NewInvoice { message_id: "m-2".to_owned(), stored_at_ms: AT + 1, ..invoice(body) }
}

#[tokio::test]
async fn an_invoice_is_stored_once() {
    let (tables, aws, invoices) = table();
    assert_eq!(store(&invoices, &invoice(SMALL)).await.unwrap(), StoreReply::Stored);
    assert_eq!(store(&invoices, &other(SMALL)).await.unwrap(), StoreReply::SameBytes);
    let redelivered = NewInvoice { stored_at_ms: AT + 1, ..invoice(SMALL) };
    assert_eq!(store(&invoices, &redelivered).await.unwrap(), StoreReply::SameBytes);
    let actions =
        ["BatchExecuteStatement", "BatchExecuteStatement", "PutItem", "BatchExecuteStatement", "PutItem"];
    assert_eq!(aws.actions(), actions, "what is there is looked at");
    assert_eq!(tables.items("Invoices")["F-1/invoice/2026"]["message_id"], json!({ "S": "m-1" }));
}

#[tokio::test]
async fn an_item_says_what_the_operator_reads() {
    let (tables, _aws, invoices) = table();
    let new = invoice(SMALL);
    store(&invoices, &new).await.unwrap();
    let mut item = tables.items("Invoices").remove("F-1/invoice/2026").unwrap();
    let body = item.as_object_mut().unwrap().remove("body").unwrap();
    assert!(body["B"].is_string());
    assert_eq!(
        item,
        json!({
            "seller": { "S": "tax:ES:B12345674" },
            "document": { "S": "F-1/invoice/2026" },
            "number": { "S": "F-1" },
            "stored_at": { "S": "2026-11-24T09:30:00.007Z" },
            "stored_day": { "S": "2026-11-24" },
            "day_slot": { "S": "2026-11-24#1" },
            "issue_date": { "S": "2026-11-24" },
            "currency": { "S": "EUR" },
            "payable": { "S": "121.00" },
            "seller_name": { "S": "Talleres Ñandú" },
            "warnings": { "L": [{ "S": "FE-D-008" }, { "S": "FE-D-009" }] },
            "fingerprint": { "S": new.fingerprint.to_string() },
            "body_size": { "N": "16" },
            "body_encoding": { "S": "deflate" },
            "source": { "S": "sqs:invoices" },
            "message_id": { "S": "m-1" },
            "ruleset": { "S": "1.0" },
        })
    );
}

#[tokio::test]
async fn other_bytes_under_the_same_key_are_given_back_after_a_look_at_what_was_set_aside() {
    let (_tables, aws, invoices) = table();
    store(&invoices, &invoice(SMALL)).await.unwrap();
    let reply = store(&invoices, &other(br#"{"number":"F-1 "}"#)).await.unwrap();
    assert_eq!(reply, StoreReply::OtherBytes { body: SMALL.to_vec() });
    assert_eq!(
        aws.actions(),
        ["BatchExecuteStatement", "BatchExecuteStatement", "PutItem", "GetItem"],
        "the body came with the refusal"
    );
}

#[tokio::test]
async fn a_large_body_is_written_with_its_parts_in_one_transaction_and_read_back_from_them() {
    let (tables, aws, invoices) = table();
    let large = noise(1_000_000);
    assert_eq!(
        store(&invoices, &invoice(&large)).await.unwrap(),
        StoreReply::StoredAfterSetAside,
        "nobody can say"
    );
    assert_eq!(aws.actions(), ["TransactWriteItems"]);
    let items = tables.items("Invoices");
    assert_eq!(items.keys().collect::<Vec<_>>(), ["0001", "0002", "0003", "F-1/invoice/2026"]);
    assert_eq!(items["F-1/invoice/2026"]["body_parts"], json!({ "N": "3" }));
    assert_eq!(items["0001"]["seller"], json!({ "S": format!("body:{}", Fingerprint::of(&large)) }));

    assert_eq!(store(&invoices, &other(&large)).await.unwrap(), StoreReply::SameBytes);
    let reply = store(&invoices, &other(SMALL)).await.unwrap();
    assert_eq!(reply, StoreReply::OtherBytes { body: large });
    let large_too = noise(900_000);
    assert!(matches!(store(&invoices, &other(&large_too)).await.unwrap(), StoreReply::OtherBytes { .. }));
}

#[tokio::test]
async fn a_write_whose_reply_was_lost_is_one_stored_invoice() {
    for body in [SMALL.to_vec(), noise(500_000)] {
        let (tables, lost) = (Tables::default(), AtomicBool::new(false));
        let answering = tables.clone();
        let aws = AwsStub::open(move |call| {
            let reply = answering.answer(call);
            if lost.swap(true, Ordering::Relaxed) { reply } else { Reply::BreakOff }
        });
        assert_eq!(store(&invoices(&aws), &invoice(&body)).await.unwrap(), StoreReply::Stored);
        let calls = aws.calls();
        let token = |n: usize| calls[n].request["ClientRequestToken"].clone();
        assert_eq!(token(0), token(1), "DynamoDB knows an attempt of the same transaction");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_was_stored_is_an_error() {
    const TABLE: &str = "Invoices";
    let other_print = || json!({ "S": Fingerprint::of(b"other").to_string() });
    let tampered: [&dyn Fn(&Tables); 6] = [
        &|tables| tables.take(TABLE, "0002"),
        &|tables| tables.take(TABLE, "0003"),
        &|tables| tables.tamper(TABLE, "0002", "body", json!({ "B": "AAAA" })),
        &|tables| tables.tamper(TABLE, "F-1/invoice/2026", "body_parts", None),
        &|tables| tables.tamper(TABLE, "F-1/invoice/2026", "body_size", None),
        &|tables| tables.tamper(TABLE, "F-1/invoice/2026", "fingerprint", other_print()),
    ];
    for tamper in tampered {
        let (tables, _aws, invoices) = table();
        store(&invoices, &invoice(&noise(1_000_000))).await.unwrap();
        tamper(&tables);
        let error = store(&invoices, &other(SMALL)).await.unwrap_err();
        assert_eq!(error.kind, EffectErrorKind::Corrupt);
    }
}

#[tokio::test]
async fn a_cancelled_transaction_tells_its_cause() {
    let large = noise(500_000);
    let reason = |code: &str| json!({ "Code": code, "Message": "SECRET" });
    for (reasons, kind, code) in [
        (
            vec![reason("None"), reason("TransactionConflict")],
            EffectErrorKind::Throttled,
            "TransactionConflict",
        ),
        (vec![reason("ThrottlingError"), reason("None")], EffectErrorKind::Throttled, "ThrottlingError"),
        (
            vec![reason("ProvisionedThroughputExceeded")],
            EffectErrorKind::Throttled,
            "ProvisionedThroughputExceeded",
        ),
        (vec![reason("ValidationError")], EffectErrorKind::Refused, "ValidationError"),
        (vec![], EffectErrorKind::Refused, "TransactionCanceledException"),
    ] {
        let aws = AwsStub::script([cancelled(&reasons)]);
        let error = store(&invoices(&aws), &invoice(&large)).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)));
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}

#[tokio::test]
async fn a_failed_condition_that_shows_no_item_is_no_success() {
    let failed: Value = json!({ "__type": "x#ConditionalCheckFailedException", "message": "SECRET" });
    let aws = AwsStub::script([answers(1, &[(0, "DuplicateItem")]), Reply::ErrorJson(failed)]);
    assert_eq!(store(&invoices(&aws), &invoice(SMALL)).await.unwrap_err().kind, EffectErrorKind::Corrupt);
}

#[tokio::test]
async fn the_table_has_exactly_what_was_stored() {
    let (_tables, _aws, invoices) = table();
    let new = invoice(SMALL);
    assert!(!invoices.has(&key(), &new.fingerprint, "m-9").await.unwrap());
    store(&invoices, &new).await.unwrap();
    assert!(invoices.has(&key(), &new.fingerprint, "m-9").await.unwrap());
    assert!(!invoices.has(&key(), &Fingerprint::of(b"other"), "m-1").await.unwrap());
}

#[tokio::test]
async fn a_likeness_is_noted_once_and_shared_by_another_document_of_another_case() {
    let (tables, aws, invoices) = table();
    let [digest, other_digest] = [b"a", b"b"].map(|text| Fingerprint::of(text));
    let [key, other_key] = ["F-1/invoice/2026", "F-2/invoice/2026"]
        .map(|document| InvoiceKey { document: document.to_owned(), ..key() });
    let [case, other_case] = ["m-1", "m-2"].map(|message| CaseId::of(&source(), message));
    for (digest, key, case_id, reply) in [
        (&digest, &key, &case, LikenessReply::Alone),
        (&digest, &key, &case, LikenessReply::Alone),
        (&digest, &key, &other_case, LikenessReply::Alone),
        (&digest, &other_key, &case, LikenessReply::Alone),
        (&digest, &other_key, &other_case, LikenessReply::Shared),
        (&other_digest, &other_key, &other_case, LikenessReply::Alone),
    ] {
        let note = LikenessNote { digest: *digest, key: key.clone(), case_id: case_id.clone() };
        assert_eq!(invoices.note_likeness(&[note]).await.remove(0).unwrap(), reply);
    }
    let is_put = |action: &String| action == "PutItem";
    assert_eq!(aws.actions().into_iter().filter(is_put).count(), 4, "who has it is asked where it is there");
    assert_eq!(aws.calls()[0].request["Statements"].as_array().unwrap().len(), 1);
    let first = &tables.items("Invoices")["first"];
    assert!(first["seller"]["S"].as_str().unwrap().starts_with("like:"));
    assert!(first["like_document"]["S"].is_string() && first["like_case"]["S"].is_string());
}

#[tokio::test]
async fn a_likeness_that_does_not_say_whose_it_is_is_an_error() {
    let failed: Value = json!({ "__type": "x#ConditionalCheckFailedException", "message": "SECRET", "Item": { "seller": { "S": "x" } } });
    let aws = AwsStub::script([answers(1, &[(0, "DuplicateItem")]), Reply::ErrorJson(failed)]);
    let note =
        LikenessNote { digest: Fingerprint::of(b"a"), key: key(), case_id: CaseId::of(&source(), "m-1") };
    let noted = invoices(&aws).note_likeness(&[note]).await.remove(0);
    assert_eq!(noted.unwrap_err().kind, EffectErrorKind::Corrupt);
}

/// The answer to a `BatchExecuteStatement` in which the statements at these places failed so.
fn answers(count: usize, errors: &[(usize, &str)]) -> Reply {
    let answer = |place| match errors.iter().find(|(at, _)| *at == place) {
        Some((_, code)) => json!({ "Error": { "Code": code, "Message": "SECRET" } }),
        None => json!({ "TableName": "Invoices" }),
    };
    Reply::Json(json!({ "Responses": (0..count).map(answer).collect::<Vec<_>>() }))
}

/// So many invoices with different keys.
fn many(count: usize) -> Vec<NewInvoice> {
    let numbered = |n: usize| InvoiceKey { document: format!("F-{n}/invoice/2026"), ..key() };
    (0..count).map(|n| NewInvoice { key: numbered(n), ..invoice(SMALL) }).collect()
}

#[tokio::test]
async fn invoices_are_stored_in_as_few_calls_as_statements_allow() {
    for (count, calls) in [(0, 0), (1, 1), (25, 1), (26, 2), (100, 4)] {
        let (tables, aws, invoices) = table();
        let replies = invoices.store(&many(count).iter().collect::<Vec<_>>()).await;
        assert!(replies.iter().all(|reply| *reply.as_ref().unwrap() == StoreReply::Stored), "{replies:?}");
        assert_eq!((replies.len(), tables.items("Invoices").len()), (count, count));
        assert_eq!(aws.actions(), vec!["BatchExecuteStatement"; calls]);
    }
}

#[tokio::test]
async fn an_invoice_that_fails_in_a_batch_fails_for_itself_inside_an_answer_that_says_200() {
    use EffectErrorKind::{Failed, Refused, Throttled};
    let errors = [
        (0, "ProvisionedThroughputExceeded"),
        (2, "ThrottlingError"),
        (3, "RequestLimitExceeded"),
        (4, "InternalServerError"),
        (5, "AccessDenied"),
        (7, "ValidationError"),
    ];
    let aws = AwsStub::script([answers(9, &errors)]);
    let replies = invoices(&aws).store(&many(10).iter().collect::<Vec<_>>()).await;
    let ends: Vec<Option<EffectErrorKind>> =
        replies.iter().map(|reply| reply.as_ref().err().map(|error| error.kind)).collect();
    let expected =
        [Throttled, Throttled, Throttled, Throttled, Failed, Refused, Failed, Refused, Failed, Failed];
    for (place, (end, expected)) in ends.iter().zip(expected).enumerate() {
        let is_stored = matches!(place, 1 | 6 | 8);
        assert_eq!(*end, (!is_stored).then_some(expected), "{place}");
    }
    assert!(!format!("{replies:?}").contains("SECRET"));
}

#[tokio::test]
async fn a_call_that_fails_fails_for_its_25_invoices_and_for_no_other() {
    let tables = Tables::default();
    let aws = AwsStub::working(&tables, |call| {
        let statements = call.request["Statements"].as_array()?;
        (statements.len() == 25).then_some(Reply::Error(400, "AccessDeniedException"))
    });
    let replies = invoices(&aws).store(&many(30).iter().collect::<Vec<_>>()).await;
    let (refused, stored) = replies.split_at(25);
    assert!(refused.iter().all(|it| it.as_ref().unwrap_err().kind == EffectErrorKind::Refused));
    assert!(stored.iter().all(|it| *it.as_ref().unwrap() == StoreReply::Stored));
}

#[tokio::test]
async fn of_one_batch_each_invoice_has_the_reply_that_it_would_have_alone() {
    let (_tables, aws, invoices) = table();
    let large = noise(600_000);
    let there = NewInvoice { key: many(2)[1].key.clone(), ..other(br#"{"number":"F-1 "}"#) };
    store(&invoices, &there).await.unwrap();
    let new = many(4);
    let split = NewInvoice { key: new[3].key.clone(), ..invoice(&large) };
    let replies = invoices.store(&[&new[0], &new[1], &new[2], &split]).await;
    let replies: Vec<StoreReply> = replies.into_iter().map(Result::unwrap).collect();
    let body = br#"{"number":"F-1 "}"#.to_vec();
    assert_eq!(
        replies,
        [
            StoreReply::Stored,
            StoreReply::OtherBytes { body },
            StoreReply::Stored,
            StoreReply::StoredAfterSetAside
        ]
    );
    let mut actions = aws.actions();
    actions.sort();
    actions.dedup();
    assert_eq!(actions, ["BatchExecuteStatement", "GetItem", "PutItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn likenesses_of_one_batch_that_are_the_same_are_no_error() {
    let (_tables, aws, invoices) = table();
    let note = |n: usize, digest: &[u8]| LikenessNote {
        digest: Fingerprint::of(digest),
        key: many(n + 1)[n].key.clone(),
        case_id: CaseId::of(&source(), &format!("m-{n}")),
    };
    let notes = [note(0, b"a"), note(1, b"b"), note(2, b"a")];
    let replies: Vec<_> = invoices.note_likeness(&notes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies, [LikenessReply::Alone, LikenessReply::Alone, LikenessReply::Shared]);
    assert_eq!(aws.actions(), ["BatchExecuteStatement", "PutItem"]);
}
