//! The table of valid invoices.

use std::sync::atomic::{AtomicBool, Ordering};

use aduana_aws::Invoices;
use aduana_cases::message::CaseId;
use aduana_cases::ports::{
    EffectErrorKind, InvoiceStore, LikenessNote, LikenessReply, NewInvoice, StoreReply,
};
use aduana_invoice::{Fingerprint, InvoiceKey};
use serde_json::{Value, json};

use crate::samples::{AT, clients, invoice, key, noise, source};
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
    assert_eq!(invoices.store(&invoice(SMALL)).await.unwrap(), StoreReply::Stored);
    assert_eq!(invoices.store(&other(SMALL)).await.unwrap(), StoreReply::SameBytes);
    let redelivered = NewInvoice { stored_at_ms: AT + 1, ..invoice(SMALL) };
    assert_eq!(invoices.store(&redelivered).await.unwrap(), StoreReply::SameBytes);
    assert_eq!(aws.actions(), ["PutItem"; 3], "one call each");
    assert_eq!(tables.items("Invoices")["F-1/invoice/2026"]["message_id"], json!({ "S": "m-1" }));
}

#[tokio::test]
async fn an_item_says_what_the_operator_reads() {
    let (tables, _aws, invoices) = table();
    let new = invoice(SMALL);
    invoices.store(&new).await.unwrap();
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
    invoices.store(&invoice(SMALL)).await.unwrap();
    let reply = invoices.store(&other(br#"{"number":"F-1 "}"#)).await.unwrap();
    assert_eq!(reply, StoreReply::OtherBytes { body: SMALL.to_vec() });
    assert_eq!(aws.actions(), ["PutItem", "PutItem", "GetItem"], "the body came with the refusal");
}

#[tokio::test]
async fn a_large_body_is_written_with_its_parts_in_one_transaction_and_read_back_from_them() {
    let (tables, aws, invoices) = table();
    let large = noise(1_000_000);
    assert_eq!(
        invoices.store(&invoice(&large)).await.unwrap(),
        StoreReply::StoredAfterSetAside,
        "nobody can say"
    );
    assert_eq!(aws.actions(), ["TransactWriteItems"]);
    let items = tables.items("Invoices");
    assert_eq!(items.keys().collect::<Vec<_>>(), ["0001", "0002", "0003", "F-1/invoice/2026"]);
    assert_eq!(items["F-1/invoice/2026"]["body_parts"], json!({ "N": "3" }));
    assert_eq!(items["0001"]["seller"], json!({ "S": format!("body:{}", Fingerprint::of(&large)) }));

    assert_eq!(invoices.store(&other(&large)).await.unwrap(), StoreReply::SameBytes);
    let reply = invoices.store(&other(SMALL)).await.unwrap();
    assert_eq!(reply, StoreReply::OtherBytes { body: large });
    let large_too = noise(900_000);
    assert!(matches!(invoices.store(&other(&large_too)).await.unwrap(), StoreReply::OtherBytes { .. }));
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
        assert_eq!(invoices(&aws).store(&invoice(&body)).await.unwrap(), StoreReply::Stored);
        let calls = aws.calls();
        assert_eq!(calls.len(), 2);
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
        invoices.store(&invoice(&noise(1_000_000))).await.unwrap();
        tamper(&tables);
        let error = invoices.store(&other(SMALL)).await.unwrap_err();
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
        let error = invoices(&aws).store(&invoice(&large)).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)));
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}

#[tokio::test]
async fn a_failed_condition_that_shows_no_item_is_no_success() {
    let failed: Value = json!({ "__type": "x#ConditionalCheckFailedException", "message": "SECRET" });
    let aws = AwsStub::script([Reply::ErrorJson(failed)]);
    assert_eq!(invoices(&aws).store(&invoice(SMALL)).await.unwrap_err().kind, EffectErrorKind::Corrupt);
}

#[tokio::test]
async fn the_table_has_exactly_what_was_stored() {
    let (_tables, _aws, invoices) = table();
    let new = invoice(SMALL);
    assert!(!invoices.has(&key(), &new.fingerprint, "m-9").await.unwrap());
    invoices.store(&new).await.unwrap();
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
        assert_eq!(invoices.note_likeness(&LikenessNote { digest, key, case_id }).await.unwrap(), reply);
    }
    assert_eq!(aws.actions(), ["PutItem"; 6], "one call each");
    let keys: Vec<Value> =
        aws.calls().iter().map(|call| call.request["Item"]["seller"]["S"].clone()).collect();
    assert_eq!(keys[0], json!(format!("like:{digest}")));
    let first = &tables.items("Invoices")["first"];
    assert!(first["like_document"]["S"].is_string() && first["like_case"]["S"].is_string());
}

#[tokio::test]
async fn a_likeness_that_does_not_say_whose_it_is_is_an_error() {
    let failed: Value = json!({ "__type": "x#ConditionalCheckFailedException", "message": "SECRET", "Item": { "seller": { "S": "x" } } });
    let aws = AwsStub::script([Reply::ErrorJson(failed)]);
    let (digest, key, case_id) = (Fingerprint::of(b"a"), key(), CaseId::of(&source(), "m-1"));
    let noted =
        invoices(&aws).note_likeness(&LikenessNote { digest: &digest, key: &key, case_id: &case_id }).await;
    assert_eq!(noted.unwrap_err().kind, EffectErrorKind::Corrupt);
}
