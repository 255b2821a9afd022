//! What every adapter makes of a call that goes wrong. `has` is a call like any other.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use aduana_aws::Invoices;
use aduana_cases::ports::EffectErrorKind::{Failed, Refused, Throttled};
use aduana_cases::ports::{EffectError, EffectErrorKind, InvoiceStore};
use aduana_invoice::Fingerprint;
use serde_json::json;

use crate::samples::{clients, key};
use aduana_testkit::aws_stub::{AwsStub, Reply};

async fn call(address: &str) -> Result<bool, EffectError> {
    Invoices::new(clients(address).dynamodb, "Invoices").has(&key(), &Fingerprint::of(b"x"), "m-1").await
}

#[tokio::test]
async fn an_error_tells_its_kind_and_the_services_code_and_nothing_else() {
    for (status, code, kind, tries) in [
        (400, "ThrottlingException", Throttled, 3),
        (400, "ProvisionedThroughputExceededException", Throttled, 3),
        (500, "InternalServerError", Failed, 3),
        (503, "ServiceUnavailable", Failed, 3),
        (400, "AccessDeniedException", Refused, 1),
        (400, "ResourceNotFoundException", Refused, 1),
    ] {
        let aws = AwsStub::script([Reply::Error(status, code)]);
        let error = call(&aws.address).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)));
        assert_eq!(aws.calls().len(), tries, "{code}");
        assert!(!format!("{error}{error:?}").contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn a_hiccup_is_bridged() {
    let found = json!({ "Item": { "fingerprint": { "S": Fingerprint::of(b"x").to_string() } } });
    for hiccup in
        [Reply::BreakOff, Reply::Error(500, "InternalServerError"), Reply::Error(400, "ThrottlingException")]
    {
        let aws = AwsStub::script([hiccup, Reply::Json(found.clone())]);
        assert!(call(&aws.address).await.unwrap());
        assert_eq!(aws.calls().len(), 2);
    }
}

#[tokio::test]
async fn a_service_that_breaks_off_or_is_not_there_is_out_of_reach() {
    let aws = AwsStub::script([Reply::BreakOff]);
    assert_eq!(call(&aws.address).await.unwrap_err().kind, EffectErrorKind::Unreachable);

    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    assert_eq!(call(&nobody).await.unwrap_err().kind, EffectErrorKind::Unreachable);
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error() {
    let aws = AwsStub::script([Reply::Xml("<html>".to_owned())]);
    assert_eq!(call(&aws.address).await.unwrap_err().kind, EffectErrorKind::Unreachable);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up_before_the_function_runs_out_of_time() {
    let aws = AwsStub::script([Reply::Hang]);
    let begin = Instant::now();
    assert_eq!(call(&aws.address).await.unwrap_err().kind, EffectErrorKind::TimedOut);
    let took = begin.elapsed();
    assert!(Duration::from_secs(2) < took && took < Duration::from_millis(4_900), "{took:?}");
    assert_eq!(aws.calls().len(), 2, "one that hangs is tried once more");
}
