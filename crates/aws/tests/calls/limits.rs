//! What DynamoDB takes of an item and of a transaction, as it is sent.

use aduana_aws::{Cases, Invoices};
use aduana_cases::body::{PART_MAX, Packed, Parts};
use aduana_cases::case::{NewCase, Reasons};
use aduana_cases::ports::{CaseFile, HoldReply, NewInvoice};
use aduana_invoice::{Category, InvoiceKey, Severity, Summary, Violation};
use serde_json::Value;

use crate::cost::size;
use crate::samples::{TABLE, case, clients, invoice, store};
use aduana_testkit::aws_stub::AwsStub;
use aduana_testkit::aws_stub::tables::Tables;

/// The most bytes of an item.
const ITEM_MAX: usize = 400 * 1024;

fn tables() -> (Tables, AwsStub) {
    let tables = Tables::default();
    let aws = AwsStub::with_tables(&tables);
    (tables, aws)
}

/// A packed body of these parts.
fn split(parts: &[usize]) -> Packed {
    let size = parts.iter().sum();
    Packed { size, parts: Parts::Split(parts.iter().map(|bytes| vec![7; *bytes]).collect()) }
}

/// A summary whose texts and key are as long as they get.
fn longest() -> Summary {
    let text = || Some("😀".repeat(256));
    let part = || "n".repeat(InvoiceKey::PART_MAX);
    let key = serde_json::json!({ "seller": part(), "document": part() });
    Summary {
        key: Some(serde_json::from_value(key).unwrap()),
        seller: text(),
        buyer: text(),
        number: text(),
        issue_date: text(),
        currency: text(),
        payable: text(),
    }
}

#[tokio::test]
async fn parts_of_3_400_000_bytes_go_with_the_head_and_of_one_more_ahead_of_it() {
    for (last, ahead) in [(249_999, 0), (250_000, 0), (250_001, 10)] {
        let (tables, aws) = tables();
        let mut parts = vec![PART_MAX; 9];
        parts.push(last);
        let body = split(&parts);
        let held = NewCase { body, producer_attributes: None, ..case(1, b"x") };
        let reply = Cases::new(clients(&aws.address).dynamodb, TABLE).hold(&held).await.unwrap();
        assert_eq!(reply, HoldReply::Opened);
        let calls = aws.calls();
        let puts = calls.iter().filter(|call| call.action == "PutItem").count();
        assert_eq!((puts, tables.items(TABLE).len()), (ahead, 12), "{last}");
        let items: Vec<usize> = tables.items(TABLE).values().map(size).collect();
        assert!(items.iter().all(|bytes| *bytes <= ITEM_MAX), "{items:?}");
        let with_the_head: usize = if ahead == 0 { items.iter().sum() } else { 0 };
        assert!(with_the_head <= 4 * 1024 * 1024 - ITEM_MAX, "the head may be as large as an item can be");
    }
}

/// A violation of `bytes` as the case file counts them, most of it what was found.
fn violation(bytes: usize) -> Violation {
    let path = "/lines/9999/allowances/9999/base_amount".to_owned();
    Violation {
        code: "PEPPOL-EN16931-R055",
        category: Category::Structure,
        severity: Severity::Warning,
        actual: Some("x".repeat(bytes - 160 - path.len() - "[]".len())),
        path,
        term: Some("BT-136, BT-137"),
        expected: None,
        suggestion: Vec::new(),
    }
}

#[tokio::test]
async fn the_largest_head_is_below_what_an_item_takes() {
    // Few large reasons, and as many small ones as there can be.
    for bytes in [16_384, 210] {
        let violations: Vec<Violation> = vec![violation(bytes); Reasons::BYTES_MAX / bytes + 1];
        let summary = longest();
        let reasons = Reasons::new(violations, &summary);
        assert_eq!(reasons.listed.len(), Reasons::BYTES_MAX / bytes, "they are full");
        let (tables, aws) = tables();
        let new = NewCase { reasons, summary, ..case(1, b"x") };
        Cases::new(clients(&aws.address).dynamodb, TABLE).hold(&new).await.unwrap();
        let head = tables.items(TABLE).remove("head").unwrap();
        let listed = size(&serde_json::json!({ "reasons": head["reasons"] }));
        assert!((Reasons::BYTES_MAX / 2..=Reasons::BYTES_MAX).contains(&listed), "{listed} bytes of reasons");
        // What people add to it: owner, ticket, note; the fingerprints of a hundred corrections and of a thousand attempts.
        let later = (200 + 200 + 2_000) * 4 + 1_100 * 70;
        assert!(size(&head) + later <= ITEM_MAX, "{} bytes", size(&head));
    }
}

#[tokio::test]
async fn the_largest_invoice_in_one_item_is_below_what_an_item_takes() {
    let inline = Packed { size: PART_MAX, parts: Parts::Inline(vec![7; PART_MAX]) };
    let summary = longest();
    let key = summary.key.clone().unwrap();
    let warnings = aduana_invoice::catalogue::all().map(|rule| rule.code).collect();
    let (tables, aws) = tables();
    let stored = NewInvoice { body: inline, key: key.clone(), summary, warnings, ..invoice(b"x") };
    store(&Invoices::new(clients(&aws.address).dynamodb, "Invoices"), &stored).await.unwrap();
    let items: Vec<Value> = tables.items("Invoices").into_values().collect();
    let [item] = items.as_slice() else { panic!("{} items", items.len()) };
    assert!((PART_MAX..=ITEM_MAX).contains(&size(item)), "{} bytes", size(item));
}
