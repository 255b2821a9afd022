//! How `aduana` asks the redrive: by its URL, signed, or directly.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on may panic")]

use aduana_cases::case::State;
use aduana_redrive::answer::{Answer, Code, Done, DoneCase};
use aduana_testkit::aws_stub::{AwsStub, Call, Reply};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::{aduana, seen};
use crate::function::{ACTOR, ADDRESS, id, json_of, line, lines, refused};

const URL: &str = "https://0123.lambda-url.us-east-1.on.aws/";

/// What `aduana invalid discard` asks for.
const DISCARD: [&str; 6] = ["invalid", "discard", "-", "--yes", "--reason", "r"];

fn discarded(ids: &Value) -> Value {
    let ids = ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap());
    let done = ids.map(|id| DoneCase {
        id: aduana_cases::message::CaseId::parse(id).unwrap(),
        state: State::Discarded,
        version: 2,
        changed: true,
    });
    json_of(Answer::Done(Done { done: done.collect(), ..Done::default() }))
}

/// The function, which discards, or lists one case.
fn answer(call: &Call) -> Value {
    match call.request["action"].as_str() {
        Some("list") => lines(vec![line(1, State::Open)], None),
        _ => discarded(&call.request["select"]["ids"]),
    }
}

/// A deployment whose alias says this; at its URL there is `at_url`.
fn deployment(
    description: &'static str,
    url: Option<&'static str>,
    at_url: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static,
) -> AwsStub {
    AwsStub::open(move |call| match call.action.as_str() {
        "GetCallerIdentity" => Reply::Xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ACTOR}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "GetAlias" if description == "none" => Reply::Error(404, "ResourceNotFoundException"),
        "GetAlias" => Reply::Json(json!({ "Description": description })),
        "GetFunctionUrlConfig" => match url {
            Some(url) => Reply::Json(json!({ "FunctionUrl": url })),
            None => Reply::Error(404, "ResourceNotFoundException"),
        },
        "Ask" => at_url(call).unwrap_or_else(|| Reply::Json(answer(call))),
        "Invoke" => Reply::Json(answer(call)),
        other => panic!("{other} was not to be called"),
    })
}

fn run(aws: &AwsStub, args: &[&str], more: &[(&str, &str)]) -> String {
    let mut command = aws.for_aws(aduana(args));
    command.envs(more.iter().copied());
    let output = crate::common::feed(command, format!("{}\n{}\n", id(1), id(2)).as_bytes());
    seen(&output).replace(&aws.address, "http://ADDRESS")
}

fn calls<'a>(all: &'a [Call], action: &str) -> Vec<&'a Call> {
    all.iter().filter(|call| call.action == action).collect()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Checks the signature as AWS does, over what came (AWS, *Create a signed AWS API request*). The secret is `test`.
fn assert_is_signed(call: &Call) {
    let header = call.header("authorization");
    let part = |name: &str| header.split_once(name).unwrap().1.split(',').next().unwrap();
    let (_, scope) = part("Credential=").split_once('/').unwrap();
    let signed = part("SignedHeaders=");
    for name in ["content-type", "host", "x-amz-date"] {
        assert!(signed.split(';').any(|it| it == name), "{name} in {signed}");
    }
    let line = |name| format!("{name}:{}\n", call.header(name).trim());
    let headers = signed.split(';').map(line).collect::<Vec<_>>().concat();
    let body = hex(&Sha256::digest(&call.body));
    let request = format!("POST\n/\n\n{headers}\n{signed}\n{body}");
    let time = call.header("x-amz-date");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(&request)));
    let key = scope.split('/').fold(b"AWS4test".to_vec(), |key, step| hmac(&key, step));
    assert_eq!(part("Signature="), hex(&hmac(&key, &to_sign)), "{request}");
}

#[test]
fn a_signed_request_goes_to_the_address_of_the_deployment() {
    for (description, url, host, service) in [
        (ADDRESS, None, "abc123.execute-api.us-east-1.amazonaws.com", "execute-api"),
        (ADDRESS, Some(URL), "abc123.execute-api.us-east-1.amazonaws.com", "execute-api"),
        ("", Some(URL), "0123.lambda-url.us-east-1.on.aws", "lambda"),
    ] {
        let aws = deployment(description, url, |_| None);
        let run = run(&aws, &DISCARD, &[]);
        assert!(run.starts_with("exit code 0\n") && !run.contains("note:"), "{run}");
        let all = aws.calls();
        assert!(calls(&all, "Invoke").is_empty());
        for call in calls(&all, "Ask") {
            assert_eq!(call.header("host"), host);
            let of = format!("/us-east-1/{service}/aws4_request, ");
            assert!(call.header("authorization").contains(&of), "{}", call.header("authorization"));
            assert_is_signed(call);
        }
        assert!(!calls(&all, "Ask").is_empty());
    }
}

#[test]
fn where_nobody_is_verified_it_is_invoked_directly_and_that_is_said_once() {
    for (description, url, status) in
        [(ADDRESS, None, 403), ("", Some(URL), 403), ("", Some(URL), 404), ("none", None, 0), ("", None, 0)]
    {
        let aws = deployment(description, url, move |_| {
            Some(Reply::Http(status, json!({ "Message": "Forbidden" })))
        });
        for (lang, note) in [("C", "note: the redrive was invoked directly"), ("es", "nota: se ha invocado")]
        {
            let before = aws.calls().len();
            let run = run(&aws, &DISCARD, &[("LC_ALL", lang)]);
            assert!(run.starts_with("exit code 0\n"), "{run}");
            assert_eq!(run.matches(note).count(), 1, "{run}");
            assert!(run.contains("`direct`"), "{run}");
            let all = &aws.calls()[before..];
            assert_eq!(calls(all, "Ask").len(), usize::from(status > 0), "it is tried once");
            assert!(!calls(all, "Invoke").is_empty());
            assert!(calls(all, "Invoke").iter().all(|call| call.request["actor"] == ACTOR));
        }
        // What leaves no record needs no remark.
        let listed = run(&aws, &["invalid", "list"], &[]);
        assert!(listed.starts_with("exit code 0\n") && !listed.contains("note:"), "{listed}");
    }
}

#[test]
fn a_direct_request_prints_no_remark_and_a_given_address_is_used_as_it_is() {
    let aws = deployment(ADDRESS, None, |_| None);
    let run_direct = run(&aws, &DISCARD, &[("ADUANA_REDRIVE_URL", "direct")]);
    assert!(run_direct.starts_with("exit code 0\n") && !run_direct.contains("note:"), "{run_direct}");
    let actions = aws.actions();
    assert!(
        !actions.iter().any(|action| ["GetAlias", "GetFunctionUrlConfig", "Ask"].contains(&action.as_str()))
    );

    let aws = deployment(ADDRESS, None, |_| None);
    let own = run(&aws, &DISCARD, &[("ADUANA_REDRIVE_URL", &aws.address)]);
    assert!(own.starts_with("exit code 0\n"), "{own}");
    let all = aws.calls();
    assert!(calls(&all, "GetAlias").is_empty() && calls(&all, "Invoke").is_empty());
    assert!(calls(&all, "Ask").iter().all(|call| format!("http://{}", call.header("host")) == aws.address));

    let wrong = run(&aws, &[&DISCARD[..], &["--redrive-url", "http://example.com/"]].concat(), &[]);
    assert!(wrong.starts_with("exit code 2\n") && wrong.contains("ADUANA_REDRIVE_URL"), "{wrong}");
}

#[test]
fn what_was_answered_is_not_asked_again_but_for_what_was_throttled() {
    let one = ["invalid", "discard", &id(1).to_string(), "--yes", "--reason", "r", "--if-version", "2"];
    for (status, body, expected) in [
        (503, refused(Code::Unavailable), "Unavailable"),
        (409, refused(Code::StaleVersion), "StaleVersion"),
        (502, json!({ "message": "Internal Server Error" }), "aws logs tail"),
        (503, json!({ "message": "Service Unavailable" }), "goes on from there"),
        (504, json!({ "message": "Endpoint request timed out" }), "goes on from there"),
        (413, json!({ "message": "Request Too Long" }), "6 MB"),
    ] {
        let aws = deployment(ADDRESS, None, move |_| Some(Reply::Http(status, body.clone())));
        let run = run(&aws, &one, &[]);
        assert!(run.contains(expected) && !run.starts_with("exit code 0"), "{status}: {run}");
        assert_eq!(calls(&aws.calls(), "Ask").len(), 1, "{status}");
        assert!(calls(&aws.calls(), "Invoke").is_empty(), "{status}");
    }
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let aws = deployment(ADDRESS, None, move |_| {
        let is_first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        is_first.then(|| Reply::Http(429, json!({ "message": "Too Many Requests" })))
    });
    assert!(run(&aws, &DISCARD, &[]).starts_with("exit code 0\n"));
    assert!(calls(&aws.calls(), "Invoke").is_empty());
}

#[test]
fn without_permission_for_either_the_needed_policy_is_named() {
    let aws = AwsStub::open(|call| match call.action.as_str() {
        "GetCallerIdentity" => Reply::Error(403, "AccessDenied"),
        "GetAlias" => Reply::Json(json!({ "Description": ADDRESS })),
        "Ask" => Reply::Http(403, json!({ "message": "Forbidden" })),
        _ => Reply::Error(403, "AccessDeniedException"),
    });
    let run = run(&aws, &DISCARD, &[]);
    assert!(run.starts_with("exit code 2\n"), "{run}");
    for part in ["ReviewerPolicyArn", "execute-api", "HTTP 403", "lambda:InvokeFunction"] {
        assert!(run.contains(part), "{part} in {run}");
    }
}
