use serde_json::{Value, json};

use super::*;

const ANA: &str = "arn:aws:sts::123456789012:assumed-role/Accounting/ana";

/// An event that came by the entrance of its shape.
fn decode(event: &Value) -> IncomingRequest {
    super::decode(&to_raw_value(event).unwrap(), Entrance::Unknown)
}

/// An event that came by this ARN, on AWS.
fn came_by(arn: &str, event: &Value) -> IncomingRequest {
    super::decode(&to_raw_value(event).unwrap(), Entrance::of(arn, false))
}

const FUNCTION: &str = "arn:aws:lambda:eu-south-2:123456789012:function:aduana-redrive";

fn scheduled(detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-24T09:30:00Z",
        "region": "eu-south-2",
        "resources": ["arn:aws:events:eu-south-2:123456789012:rule/aduana-reconcile"],
        "detail": detail,
    })
}

fn refused(event: &Value) -> (Way, u16, String) {
    let IncomingRequest { way, request } = decode(event);
    let error = request.unwrap_err();
    (way, error.status, error.failure.error.message)
}

/// A function URL's event with this body, signed by this caller.
fn url_event(caller: &str, body: &Value) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "headers": { "content-type": "application/json" },
        "requestContext": {
            "authorizer": { "iam": { "accountId": "123456789012", "userArn": caller, "cognitoIdentity": null } },
            "http": { "method": "POST", "path": "/", "sourceIp": "192.0.2.1" },
            "requestId": "id",
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

fn url_event_with(pointer: &str, value: Value) -> Value {
    let mut event = url_event(ANA, &json!({ "action": "list", "actor": "x" }));
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

#[test]
fn a_request_by_itself_comes_from_whom_it_names() {
    let asked = decode(&json!({ "action": "list", "actor": "ana" }));
    let request = asked.request.unwrap();
    assert_eq!(
        (asked.way, request.action.name().as_str(), request.actor.as_str()),
        (Way::Direct, "list", "ana")
    );
}

#[test]
fn nobody_can_say_to_be_the_system() {
    let (way, status, message) = refused(&json!({ "action": "reconcile", "actor": "system:schedule" }));
    assert_eq!((way, status), (Way::Direct, 400));
    assert!(message.contains("system:"), "{message}");
}

#[test]
fn behind_a_url_the_verified_caller_counts_more_than_what_the_body_claims() {
    for claimed in [json!({ "action": "list", "actor": "system:schedule" }), json!({ "action": "list" })] {
        let asked = decode(&url_event(ANA, &claimed));
        let request = asked.request.unwrap();
        assert_eq!((asked.way, request.actor.as_str()), (Way::Url, ANA));
    }
    let mut event = url_event_with("/body", STANDARD.encode(r#"{"action":"groups"}"#).into());
    event["isBase64Encoded"] = true.into();
    assert_eq!(decode(&event).request.unwrap().action.name().as_str(), "groups");
}

#[test]
fn behind_a_url_nothing_is_done_for_a_caller_whom_nobody_has_verified() {
    for (pointer, value) in [
        ("/requestContext/authorizer", Value::Null),
        ("/requestContext/authorizer/iam", Value::Null),
        ("/requestContext/authorizer/iam/userArn", "".into()),
    ] {
        assert_eq!(refused(&url_event_with(pointer, value)).1, 403, "{pointer}");
    }
}

#[test]
fn what_is_wrong_with_an_http_request_is_reported_by_its_status() {
    assert_eq!(refused(&url_event_with("/requestContext/http/method", "GET".into())).1, 405);
    assert_eq!(refused(&url_event_with("/requestContext", json!({}))).1, 400);
    assert_eq!(refused(&url_event_with("/isBase64Encoded", true.into())).1, 400);
    assert_eq!(refused(&url_event_with("/body", Value::Null)).1, 400);
    assert_eq!(refused(&url_event_with("/body", "no JSON".into())).1, 400);
    assert_eq!(refused(&url_event(ANA, &json!({ "action": "dance" }))).1, 400);
}

#[test]
fn the_schedule_asks_for_a_reconcile_or_as_it_says_for_the_alerts_that_are_due() {
    let mut event = scheduled(&json!({}));
    let asked = decode(&event);
    let request = asked.request.unwrap();
    assert_eq!(
        (asked.way, request.action.name().as_str(), request.actor.as_str()),
        (Way::Schedule, "reconcile", SCHEDULE)
    );
    event["detail"] = json!({ "action": "notify" });
    let asked = decode(&event);
    let request = asked.request.unwrap();
    assert_eq!(
        (asked.way, request.action.name().as_str(), request.actor.as_str()),
        (Way::Schedule, "notify", SCHEDULE)
    );
    // Nothing else can be asked for so.
    event["detail"] = json!({ "action": "discard" });
    assert_eq!(decode(&event).request.unwrap().action.name().as_str(), "reconcile");
}

#[test]
fn an_event_of_anything_else_is_refused() {
    for event in [json!({ "Records": [] }), json!([]), json!("SECRET"), json!(null), json!({})] {
        let asked = decode(&event);
        let code = asked.request.unwrap_err().failure.error.code;
        assert!(matches!(code, Code::BadRequest | Code::UnknownAction), "{event}: {code:?}");
        assert_eq!(asked.way, Way::Direct);
    }
}

#[test]
fn an_answer_goes_back_on_the_way_that_the_request_came() {
    let json = |way, answer| -> Value { serde_json::to_value(reply(way, answer)).unwrap() };
    let answer = || Ok(r#"{"cases":[]}"#.to_owned());
    assert_eq!(json(Way::Direct, answer()), json!({ "cases": [] }));
    assert_eq!(
        json(Way::Url, answer()),
        json!({
            "statusCode": 200,
            "headers": { "content-type": "application/json", "cache-control": "no-store" },
            "body": r#"{"cases":[]}"#,
        })
    );
    let error = RequestError::from(Failure::new(Code::StaleVersion, Lang::En));
    assert_eq!(json(Way::Direct, Err(&error))["error"]["code"], "StaleVersion");
    let reported = json(Way::Url, Err(&error));
    assert_eq!(reported["statusCode"], 409);
    assert!(
        reported["body"].as_str().unwrap().starts_with(r#"{"error":{"code":"StaleVersion""#),
        "{reported}"
    );
}

#[test]
fn a_reply_of_6_mb_is_handed_on_and_of_a_longer_one_it_is_said_that_it_is_too_long() {
    // A text with its quotes, as an answer is; by a URL each of its characters is two.
    let bare = |way| reply(way, Ok("\"\"".to_owned())).get().len();
    for way in [Way::Direct, Way::Url] {
        for (bytes, is_handed_on) in [(REPLY_MAX - 1, true), (REPLY_MAX, true), (REPLY_MAX + 1, false)] {
            let answer = format!("\"{}\"", "x".repeat(bytes - bare(way)));
            let reply = reply(way, Ok(answer));
            assert_eq!(reply.get().len() == bytes, is_handed_on, "{bytes}");
            let (is_refusal, is_413) = (reply.get().contains("TooMany"), reply.get().contains("413"));
            assert_eq!((is_refusal, is_413), (!is_handed_on, !is_handed_on && way == Way::Url));
        }
    }
    let quotes = to_raw_value(&"\"".repeat(REPLY_MAX / 2)).unwrap().get().to_owned();
    assert!(reply(Way::Url, Ok(quotes)).get().contains("TooMany"), "with a backslash before each");
}

#[test]
fn an_event_of_another_entrance_is_refused_whoever_made_it() {
    let request = json!({ "action": "list", "actor": "ana" });
    let [url, schedule] = ["signed", "schedule"].map(|alias| format!("{FUNCTION}:{alias}"));
    for (arn, way) in [(FUNCTION, Way::Direct), (&url, Way::Url), (&schedule, Way::Schedule)] {
        for (event, shape) in [
            (request.clone(), Way::Direct),
            (url_event(ANA, &request), Way::Url),
            (scheduled(&json!({})), Way::Schedule),
            (scheduled(&json!({ "action": "notify" })), Way::Schedule),
        ] {
            let asked = came_by(arn, &event);
            assert_eq!(asked.way, way, "{arn} {event}");
            match asked.request {
                Ok(request) => {
                    assert_eq!(way, shape, "{event}");
                    let actor = [("ana", Way::Direct), (ANA, Way::Url), (SCHEDULE, Way::Schedule)];
                    assert!(actor.contains(&(request.actor.as_str(), way)), "{request:?}");
                }
                Err(error) => {
                    assert_ne!(way, shape, "{event}");
                    assert_eq!((error.failure.error.code, error.status), (Code::BadRequest, 400));
                }
            }
        }
    }
}

#[test]
fn an_event_that_is_dressed_as_two_is_none() {
    let request = json!({ "action": "list", "actor": "ana" });
    let mut both = scheduled(&json!({}));
    both["requestContext"] = url_event(ANA, &request)["requestContext"].clone();
    let mut request_too = url_event(ANA, &request);
    request_too["action"] = json!("list");
    request_too["actor"] = json!("ana");
    let mut schedule_too = scheduled(&json!({}));
    schedule_too["action"] = json!("list");
    schedule_too["actor"] = json!("ana");
    for event in [both, request_too, schedule_too] {
        assert!(came_by(FUNCTION, &event).request.is_err(), "{event}");
    }
}

#[test]
fn the_function_itself_its_versions_and_other_aliases_are_the_direct_way() {
    for (arn, aliases_are_lost, entrance) in [
        ("", false, Entrance::Of(Way::Direct)),
        (FUNCTION, false, Entrance::Of(Way::Direct)),
        (&format!("{FUNCTION}:$LATEST"), false, Entrance::Of(Way::Direct)),
        (&format!("{FUNCTION}:7"), true, Entrance::Of(Way::Direct)),
        (&format!("{FUNCTION}:url"), true, Entrance::Of(Way::Direct)),
        (&format!("{FUNCTION}:signed"), true, Entrance::Of(Way::Url)),
        (&format!("{FUNCTION}:schedule"), false, Entrance::Of(Way::Schedule)),
        (FUNCTION, true, Entrance::Unknown),
    ] {
        assert_eq!(Entrance::of(arn, aliases_are_lost), entrance, "{arn}");
    }
}

#[test]
fn by_http_a_request_has_28_seconds() {
    assert_eq!(HTTP_MAX_MS, 28_000);
    let now_ms = 1_000_000;
    for (way, left, given) in [
        (Way::Url, 60_000, 28_000),
        (Way::Url, 28_001, 28_000),
        (Way::Url, 27_999, 27_999),
        (Way::Direct, 60_000, 60_000),
        (Way::Schedule, 60_000, 60_000),
    ] {
        assert_eq!(answer_by(way, now_ms + left, now_ms), now_ms + given, "{way:?} {left}");
    }
}
