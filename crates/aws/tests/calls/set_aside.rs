//! Setting a stored invoice aside.

use aduana_aws::Invoices;
use aduana_cases::ports::{EffectErrorKind, InvoiceStore, NewInvoice, StoreReply};
use aduana_cases::trail::{Act, Entry, Event, TrailEnd, trail_of_key};
use aduana_invoice::Fingerprint;
use aduana_redrive::ports::{SetAside, StoredInvoices, UnderKey, WriteReply};
use serde_json::{Value, json};

use crate::samples::{AT, clients, invoice, key, noise, store};
use aduana_testkit::aws_stub::tables::{Tables, cancelled};
use aduana_testkit::aws_stub::{AwsStub, Reply};

const SMALL: &[u8] = br#"{"number":"F-1"}"#;

fn table() -> (Tables, AwsStub, Invoices) {
    let tables = Tables::default();
    let aws = AwsStub::with_tables(&tables);
    let invoices = Invoices::new(clients(&aws.address).dynamodb, "Invoices");
    (tables, aws, invoices)
}

fn other(body: &[u8]) -> NewInvoice {
    NewInvoice { message_id: "m-2".to_owned(), stored_at_ms: AT + 1, ..invoice(body) }
}

/// The order to set this body aside, after these.
fn order(body: &[u8], earlier: &[Event]) -> SetAside {
    let fingerprint = Fingerprint::of(body).to_string();
    let end = earlier.last().map_or_else(TrailEnd::default, Event::end);
    let entry = Entry {
        at_ms: AT + 2,
        actor: "ana",
        way: "url",
        act: Act::SetAside,
        attempt: 1,
        reason: "not the seller's".to_owned(),
        before: Some(&fingerprint),
        after: "",
    };
    let event = end.next(&trail_of_key(&key()), entry);
    let earlier = earlier.iter().map(|event| event.before.clone()).collect();
    SetAside { fingerprint, event, earlier }
}

async fn set_aside(invoices: &Invoices, order: &SetAside) -> WriteReply {
    invoices.set_aside(&key(), order).await.unwrap()
}

#[tokio::test]
async fn what_is_set_aside_stays_whole_and_its_key_is_free_for_all_else() {
    for body in [SMALL.to_vec(), noise(900_000)] {
        let (tables, aws, invoices) = table();
        store(&invoices, &invoice(&body)).await.unwrap();
        let before = tables.items("Invoices")["F-1/invoice/2026"].clone();
        let calls = aws.calls().len();
        assert_eq!(set_aside(&invoices, &order(&body, &[])).await, WriteReply::Written);
        assert_eq!(aws.actions()[calls..], ["GetItem", "TransactWriteItems"], "one transaction");
        let print = Fingerprint::of(&body);
        let items = tables.items("Invoices");
        let mark = json!({
            "seller": { "S": "tax:ES:B12345674" }, "document": { "S": "F-1/invoice/2026" },
            "set_aside": { "L": [{ "S": print.to_string() }] },
        });
        assert_eq!(items["F-1/invoice/2026"], mark);
        let moved = &items[&print.to_string()];
        assert_eq!(moved["seller"], json!({ "S": format!("set-aside:{}", trail_of_key(&key())) }));
        assert_eq!((&moved["of_seller"], &moved["of_document"]), (&before["seller"], &before["document"]));
        for (name, value) in before.as_object().unwrap() {
            let is_other = ["seller", "document", "stored_day", "day_slot"].contains(&name.as_str());
            assert_eq!(moved[name] == *value, !is_other, "{name}");
        }
        assert_eq!(
            (&moved["actor"], &moved["stored_day"]),
            (&json!({ "S": "ana" }), &json!({ "S": "set-aside" }))
        );

        let UnderKey { stored, set_aside: brought } = invoices.look_up(&key(), &print).await.unwrap();
        assert_eq!((stored, brought.as_deref()), (None, Some("m-1")));
        let reply = store(&invoices, &other(&body)).await.unwrap();
        assert_eq!(reply, StoreReply::SetAside { message_id: "m-1".to_owned() });
        for (message_id, has) in [("m-1", true), ("m-2", false)] {
            assert_eq!(invoices.has(&key(), &print, message_id).await.unwrap(), has);
        }
        // Another invoice is stored over the mark; then the first is still known.
        let calls = aws.calls().len();
        assert_eq!(store(&invoices, &other(b"{}")).await.unwrap(), StoreReply::StoredAfterSetAside);
        assert_eq!(aws.actions()[calls..], ["BatchExecuteStatement", "PutItem"]);
        let reply = store(&invoices, &invoice(&body)).await.unwrap();
        assert_eq!(reply, StoreReply::SetAside { message_id: "m-1".to_owned() });
    }
}

#[tokio::test]
async fn of_one_key_the_mark_names_all_and_the_trail_is_in_order() {
    let (tables, _aws, invoices) = table();
    let mut events: Vec<Event> = Vec::new();
    for body in [SMALL, b"{}", b"[]"] {
        let reply = if events.is_empty() { StoreReply::Stored } else { StoreReply::StoredAfterSetAside };
        assert_eq!(store(&invoices, &invoice(body)).await.unwrap(), reply);
        let order = order(body, &events);
        assert_eq!(set_aside(&invoices, &order).await, WriteReply::Written);
        assert_eq!(set_aside(&invoices, &order).await, WriteReply::Changed, "once");
        events.push(order.event);
    }
    assert_eq!(invoices.trail(&key()).await.unwrap(), events);
    assert_eq!(tables.items("Invoices")["F-1/invoice/2026"]["set_aside"]["L"].as_array().unwrap().len(), 3);
    for body in [SMALL, b"{}", b"[]"] {
        assert!(matches!(store(&invoices, &other(body)).await.unwrap(), StoreReply::SetAside { .. }));
    }
}

#[tokio::test]
async fn nothing_is_set_aside_that_is_not_there_or_has_become_another() {
    let (tables, aws, invoices) = table();
    assert_eq!(set_aside(&invoices, &order(SMALL, &[])).await, WriteReply::Changed);
    store(&invoices, &invoice(b"{}")).await.unwrap();
    assert_eq!(set_aside(&invoices, &order(SMALL, &[])).await, WriteReply::Changed);
    assert_eq!(tables.items("Invoices").len(), 1);
    assert!(!aws.actions().contains(&"TransactWriteItems".to_owned()));
}

/// Between the read and the write another call was at the key.
#[tokio::test]
async fn a_race_is_lost_or_tried_again_and_never_half_done() {
    let item = |tables: &Tables| json!({ "Item": tables.items("Invoices")["F-1/invoice/2026"].clone() });
    let (tables, _aws, invoices) = table();
    store(&invoices, &invoice(SMALL)).await.unwrap();
    let reason = |code: &str| -> Value { json!({ "Code": code, "Message": "SECRET" }) };
    for (code, kind) in
        [("ConditionalCheckFailed", None), ("TransactionConflict", Some(EffectErrorKind::Throttled))]
    {
        let aws = AwsStub::script([Reply::Json(item(&tables)), cancelled(&[reason(code), reason("None")])]);
        let invoices = Invoices::new(clients(&aws.address).dynamodb, "Invoices");
        let reply = invoices.set_aside(&key(), &order(SMALL, &[])).await;
        assert_eq!(
            reply.map_err(|error| Some(error.kind)),
            kind.map_or(Ok(WriteReply::Changed), |kind| Err(Some(kind)))
        );
    }
}
