//! The function as Lambda runs it: its real binary, between a Runtime API and a stub of AWS.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on may panic")]

use std::time::Duration;

use aduana_testkit::aws_stub::tables::Tables;
use aduana_testkit::aws_stub::{AwsStub, Reply};
use aduana_testkit::function::{Answer, Function, Program};
use serde_json::{Value, json};

const REDRIVE: Program = Program { path: env!("CARGO_BIN_EXE_redrive"), name: "aduana-redrive" };

const ANA: &str = "arn:aws:sts::1:assumed-role/Accounting/ana";

fn answer(function: &Function, event: &Value) -> Value {
    answer_by("", function, event)
}

fn answer_by(alias: &str, function: &Function, event: &Value) -> Value {
    match function.invoke_by(alias, event) {
        Answer::Response(answer) => answer,
        Answer::Error(error) => panic!("{error}"),
    }
}

fn url_event(body: &Value) -> Value {
    json!({
        "version": "2.0",
        "requestContext": {
            "authorizer": { "iam": { "userArn": ANA } },
            "http": { "method": "POST", "path": "/" },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

fn scheduled() -> Value {
    json!({ "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} })
}

/// The one line of the log that is no metric.
fn line(lines: &[Value]) -> &Value {
    let request_log: Vec<&Value> = lines.iter().filter(|line| !line["_aws"].is_object()).collect();
    assert_eq!(request_log.len(), 1, "one line a request: {lines:?}");
    request_log[0]
}

fn metric<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    let with =
        |line: &&Value| line["_aws"].is_object() && line.get("Action").is_none() && line.get(name).is_some();
    &lines.iter().find(with).unwrap_or_else(|| panic!("{name} in {lines:?}"))[name]
}

#[test]
fn a_request_by_itself_is_answered_by_itself_and_one_line_says_who_asked_for_what() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = REDRIVE.start(&aws, &[]);
    assert_eq!(answer(&function, &json!({ "action": "list", "actor": "ana" })), json!({ "cases": [] }));
    let lines = function.stop();
    let line = line(&lines);
    for (name, value) in [
        ("level", json!("INFO")),
        ("message", json!("request done")),
        ("service", json!("aduana-redrive")),
        ("function_request_id", json!("8476a536-e9f4-11e8-9739-2dfe598c3fcd")),
        ("way", json!("direct")),
        ("action", json!("list")),
        ("actor", json!("ana")),
        ("cases", json!(0)),
        ("cold_start", json!(true)),
    ] {
        assert_eq!(line[name], value, "{name} in {line}");
    }
    assert_eq!(metric(&lines, "Requests"), 1);
}

#[test]
fn behind_the_url_the_answer_is_an_http_response_and_the_caller_is_the_one_whom_aws_verified() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = REDRIVE.start(&aws, &[]);
    let request_log =
        answer_by(":signed", &function, &url_event(&json!({ "action": "list", "actor": "somebody else" })));
    assert_eq!((&request_log["statusCode"], &request_log["body"]), (&json!(200), &json!(r#"{"cases":[]}"#)));
    let lines = function.stop();
    assert_eq!((&line(&lines)["way"], &line(&lines)["actor"]), (&json!("url"), &json!(ANA)));
}

#[test]
fn an_event_that_is_dressed_as_another_ways_does_nothing() {
    let list = json!({ "action": "list", "actor": "ana" });
    for (alias, way, event) in [
        ("", "direct", url_event(&list)),
        ("", "direct", scheduled()),
        (":$LATEST", "direct", url_event(&list)),
        (":signed", "url", scheduled()),
        (":signed", "url", list.clone()),
    ] {
        let aws = AwsStub::working(&Tables::default(), |_| None);
        let function = REDRIVE.start(&aws, &[]);
        let said = answer_by(alias, &function, &event);
        let refused =
            if way == "url" { said["statusCode"] == 400 } else { said["error"]["code"] == "BadRequest" };
        assert!(refused, "{alias} {event}: {said}");
        assert_eq!(aws.actions(), Vec::<String>::new());
        let lines = function.stop();
        let line = line(&lines);
        assert_eq!((&line["way"], &line["message"]), (&json!(way), &json!("request refused")));
        assert!(line.get("actor").is_none(), "{line}");
    }
    for event in [url_event(&list), list] {
        let aws = AwsStub::working(&Tables::default(), |_| None);
        let function = REDRIVE.start(&aws, &[]);
        let Answer::Error(error) = function.invoke_by(":schedule", &event) else { panic!("no error") };
        assert_eq!(error["errorType"], "BadRequest");
        function.stop();
    }
}

#[test]
fn on_a_local_aws_that_loses_aliases_the_shape_of_an_event_is_its_way() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = REDRIVE.start(&aws, &[("ADUANA_ALIASES_ARE_LOST", "true")]);
    let said = answer(&function, &url_event(&json!({ "action": "list" })));
    assert_eq!(said["statusCode"], 200);
    assert_eq!(answer(&function, &scheduled())["complete"], true);
    function.stop();
}

#[test]
fn what_is_refused_is_an_answer_that_says_what_to_do_and_no_failure_of_the_function() {
    let nobody = "0".repeat(32);
    let resend = json!({
        "action": "resend", "actor": "ana", "reason": "try", "select": { "ids": ["QX-no-id"] },
    });
    for (request, code) in [
        (json!({ "action": "dance", "actor": "ana" }), "UnknownAction"),
        (json!({ "action": "list", "actor": "ana", "QX": 1 }), "BadRequest"),
        (json!({ "action": "get", "actor": "ana" }), "BadRequest"),
        (json!({ "action": "get", "actor": "ana", "id": nobody }), "NoSuchCase"),
        (resend, "BadRequest"),
        (json!("QX"), "BadRequest"),
        (json!({ "Records": [] }), "UnknownAction"),
    ] {
        let aws = AwsStub::working(&Tables::default(), |_| None);
        let function = REDRIVE.start(&aws, &[]);
        let request_log = answer(&function, &request);
        assert_eq!(request_log["error"]["code"], code, "{request}");
        assert!(!request_log["error"]["help"].as_str().unwrap().is_empty(), "{request_log}");
        let request_log = answer_by(":signed", &function, &url_event(&request));
        assert!(request_log["statusCode"].as_u64().unwrap() >= 400, "{request_log}");
        assert!(aws.actions().iter().all(|action| action == "BatchGetItem"), "nothing is changed");
        let lines = function.stop();
        let of: Vec<_> = lines.iter().filter(|line| line["message"] == "request refused").collect();
        assert_eq!((of.len(), &of[0]["error"], &of[0]["level"]), (2, &json!(code), &json!("WARN")));
        assert!(!format!("{lines:?}").contains("QX"), "the log says nothing of what was sent: {lines:?}");
    }
}

#[test]
fn aws_out_of_reach_is_an_answer_to_whoever_waits_and_an_error_where_nobody_does() {
    let aws = AwsStub::working(&Tables::default(), |_| Some(Reply::Error(400, "AccessDeniedException")));
    let function = REDRIVE.start(&aws, &[]);
    let request_log = answer(&function, &json!({ "action": "list", "actor": "ana" }));
    assert_eq!(request_log["error"]["code"], "Unavailable");
    let request_log = answer_by(":signed", &function, &url_event(&json!({ "action": "list" })));
    assert_eq!(request_log["statusCode"], 503);
    let Answer::Error(error) = function.invoke_by(":schedule", &scheduled()) else { panic!("no error") };
    assert_eq!(error["errorType"], "Unavailable");
    assert!(error["errorMessage"].as_str().unwrap().contains("AccessDeniedException"), "{error}");
    let lines = function.stop();
    let failed = lines.iter().filter(|line| line["message"] == "request failed" && line["level"] == "ERROR");
    assert_eq!(failed.count(), 3);
    assert_eq!(metric(&lines, "FailedRequests"), 1);
}

#[test]
fn the_schedule_has_it_reconcile_and_measures_the_age_of_the_oldest_open_case() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = REDRIVE.start(&aws, &[]);
    assert_eq!(answer_by(":schedule", &function, &scheduled())["complete"], true);
    assert!(aws.actions().iter().any(|action| action == "ReceiveMessage"));
    let lines = function.stop();
    let line = line(&lines);
    assert_eq!((&line["action"], &line["actor"]), (&json!("reconcile"), &json!("system:schedule")));
    assert_eq!((&line["complete"], &line["failed"]), (&json!(true), &json!(0)));
    assert_eq!(metric(&lines, "OldestOpenCase"), 0);
}

#[test]
fn with_too_little_time_nothing_is_begun_and_there_is_still_an_answer() {
    let aws = AwsStub::working(&Tables::default(), |_| None);
    let function = REDRIVE.start(&aws, &[]);
    let Answer::Response(request_log) =
        function.invoke_with(&scheduled(), ":schedule", Duration::from_secs(2))
    else {
        panic!("no answer")
    };
    assert_eq!(request_log["complete"], false);
    let taken = aws.actions().iter().filter(|action| *action == "ReceiveMessage").count();
    assert_eq!(taken, 0, "what could not be worked on is not taken");
    function.stop();
}

#[test]
fn without_its_configuration_it_does_not_start_and_one_line_says_what_is_missing() {
    let (good, lines) = REDRIVE.start_with(&[("AWS_REGION", "eu-south-2")]).wait();
    assert!(!good);
    assert_eq!((lines.len(), &lines[0]["level"]), (1, &json!("ERROR")));
    let request_log = lines[0]["errors"].to_string();
    for name in ["ADUANA_CASES_TABLE", "ADUANA_INTAKE_QUEUE_URL", "ADUANA_DLQ_URL", "ADUANA_INVOICES_TABLE"] {
        assert!(request_log.contains(name), "{name} in {request_log}");
    }
}
