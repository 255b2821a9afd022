//! `aduana doctor`.

use aduana_cases::case::State;
use aduana_redrive::answer::Answer;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{aduana, lines as objects, run, seen};
use crate::function::{ACTOR, json_of, line, lines, shown};
use aduana_testkit::aws_stub::AwsStub;

/// A deployment in which `missing` is not.
fn aws(missing: &'static str, ruleset: &'static str) -> AwsStub {
    AwsStub::answering(move |action, request| {
        let text = request.to_string();
        if !missing.is_empty() && (text.contains(missing) || action == missing) {
            return json!({"__type": "ResourceNotFoundException", "message": "not found"});
        }
        match action {
            "GetCallerIdentity" => Value::String(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ACTOR}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )),
            "GetQueueUrl" => {
                json!({"QueueUrl": format!("http://q/{}", request["QueueName"].as_str().unwrap())})
            }
            "DescribeTable" => json!({"Table": {"TableStatus": "ACTIVE",
                "GlobalSecondaryIndexes": [{"IndexName": "by_day"}, {"IndexName": "by_state"}]}}),
            "GetFunctionConfiguration" => json!({"State": "Active", "MemorySize": 256, "Timeout": 60,
                "LastUpdateStatus": "Successful", "LastModified": "2026-11-24T08:00:00.000+0000"}),
            "GetAlias" => json!({ "Description": "" }),
            "GetFunctionUrlConfig" => json!({ "FunctionUrl": "https://abc.lambda-url.us-east-1.on.aws/" }),
            "Ask" if request["action"] == "list" => lines(vec![line(1, State::Open)], None),
            "Ask" => {
                let mut shown = shown(false);
                ruleset.clone_into(&mut shown.ruleset);
                json_of(Answer::Get(Box::new(shown)))
            }
            other => panic!("{other} was not to be called"),
        }
    })
}

fn doctor(aws: &AwsStub, more: &[&str]) -> String {
    let output = aws.for_aws(aduana(&[&["doctor"], more].concat())).output().unwrap();
    seen(&output).replace(&aws.address, "http://ADDRESS")
}

#[test]
fn a_deployment_that_is_whole() {
    assert_snapshot!(doctor(&aws("", "3.4"), &[]));
    assert!(doctor(&aws("", "3.4"), &["--output", "json"]).starts_with("exit code 0\n"));
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    assert_snapshot!(doctor(&aws("aduana-InvalidMessages", "3.4"), &["--lang", "es"]));
    assert_snapshot!(doctor(&aws("Ask", "3.4"), &[]));
}

#[test]
fn another_rule_set_is_a_warning() {
    let run = doctor(&aws("", "0.9"), &["--output", "json"]);
    let output = run.split_once("--- standard output\n").unwrap().1;
    let last = objects(output.as_bytes()).pop().unwrap();
    assert_eq!((&last["check"], &last["result"]), (&json!("versions"), &json!("warning")));
    assert!(run.starts_with("exit code 0\n"));
}

#[test]
fn without_a_region_it_says_so() {
    assert_snapshot!(run(&["doctor"]));
}
