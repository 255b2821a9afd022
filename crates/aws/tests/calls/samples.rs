//! What the tests send.

use aduana_aws::config::{Aws, AwsCredentials};
use aduana_aws::{Cases, Clients, Invoices};
use aduana_cases::body::{PART_MAX, Packed};
use aduana_cases::case::{NewCase, Reasons};
use aduana_cases::message::{CaseId, Source};
use aduana_cases::ports::{EffectError, InvoiceStore, NewInvoice, StoreReply};
use aduana_invoice::{Category, Fingerprint, InvoiceKey, PatchOp, Severity, Summary, Violation};
use aduana_testkit::aws_stub::AwsStub;
use aduana_testkit::aws_stub::tables::Tables;
use serde_json::json;

/// 2026-11-24T09:30:00.007Z
pub(crate) const AT: i64 = 1_795_512_600_007;

/// Clients that take `address` for AWS.
pub(crate) fn clients(address: &str) -> Clients {
    Clients::new(&Aws {
        region: "eu-south-2".to_owned(),
        endpoint_url: Some(address.to_owned()),
        credentials: AwsCredentials::Keys { id: "id".to_owned(), secret: "secret".to_owned(), session: None },
        own_roots: false,
    })
}

/// The table of cases.
pub(crate) const TABLE: &str = "InvalidMessages";

/// A working table of cases, the AWS that has it, and the case file on it.
pub(crate) fn case_table() -> (Tables, AwsStub, Cases) {
    let tables = Tables::default();
    let aws = AwsStub::with_tables(&tables);
    let cases = cases_on(&aws);
    (tables, aws, cases)
}

/// The case file on the table of this AWS.
pub(crate) fn cases_on(aws: &AwsStub) -> Cases {
    Cases::new(clients(&aws.address).dynamodb, TABLE)
}

/// Bytes that do not compress: a linear congruential generator's.
pub(crate) fn noise(count: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

pub(crate) fn key() -> InvoiceKey {
    serde_json::from_value(json!({ "seller": "tax:ES:B12345674", "document": "F-1/invoice/2026" })).unwrap()
}

pub(crate) fn source() -> Source {
    Source::Sqs { queue: "invoices".to_owned() }
}

pub(crate) fn summary() -> Summary {
    Summary {
        key: Some(key()),
        seller: Some("Talleres Ñandú".to_owned()),
        number: Some("F-1".to_owned()),
        issue_date: Some("2026-11-24".to_owned()),
        currency: Some("EUR".to_owned()),
        payable: Some("121.00".to_owned()),
        ..Summary::default()
    }
}

pub(crate) fn invoice(body: &[u8]) -> NewInvoice {
    NewInvoice {
        key: key(),
        fingerprint: Fingerprint::of(body),
        body: Packed::pack(body, PART_MAX),
        stored_at_ms: AT,
        message_id: "m-1".to_owned(),
        source: source(),
        sender: None,
        case_id: None,
        ruleset: "1.0".to_owned(),
        summary: summary(),
        warnings: vec!["FE-D-008", "FE-D-009"],
        likeness: None,
    }
}

pub(crate) fn case_id() -> CaseId {
    CaseId::of(&source(), "m-1")
}

/// A message to be held at `attempt`.
pub(crate) fn case(attempt: u32, body: &[u8]) -> NewCase {
    let violation = Violation {
        code: "BR-CO-15",
        category: Category::Data,
        severity: Severity::Error,
        path: "/totals/tax_inclusive".to_owned(),
        term: Some("BT-112"),
        expected: Some("121.00".into()),
        actual: Some("120.00".to_owned()),
        suggestion: vec![PatchOp::Replace {
            path: "/totals/tax_inclusive".to_owned(),
            value: "121.00".into(),
        }],
    };
    let summary = Summary { key: None, ..summary() };
    NewCase {
        id: case_id(),
        attempt,
        source: source(),
        sender: None,
        message_id: format!("m-{attempt}"),
        received_at_ms: AT - 1000,
        seen_at_ms: AT + i64::from(attempt) * 60_000,
        fingerprint: Fingerprint::of(body),
        body: Packed::pack(body, 0),
        producer_attributes: Some(Packed::pack(br#"[{"name":"Customer"}]"#, 0)),
        ruleset: "1.0".to_owned(),
        reasons: Reasons::new(vec![violation], &summary),
        summary,
    }
}

/// Stores one invoice.
pub(crate) async fn store(invoices: &Invoices, invoice: &NewInvoice) -> Result<StoreReply, EffectError> {
    invoices.store(&[invoice]).await.remove(0)
}
