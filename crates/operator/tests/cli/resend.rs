//! `aduana invalid resend`.

use std::sync::atomic::{AtomicUsize, Ordering};

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_redrive::answer::Code;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{feed, seen};
use crate::function::{Function, id, ids, line, lines, resent, skipped};

const ALL: [&str; 6] = ["invalid", "resend", "--all", "--yes", "--reason", "corrected"];

fn open(numbers: std::ops::RangeInclusive<u32>) -> Value {
    lines(numbers.map(|number| line(number, State::Open)).collect(), None)
}

/// `count` open cases; of those that are sent, `state` is what becomes of them.
fn function(count: u32, became: impl Fn(&CaseId) -> State + Send + Sync + 'static) -> Function {
    Function::open(move |request| match (request["action"].as_str().unwrap(), ids(request)) {
        ("list", ids) if ids.is_empty() => open(1..=count),
        ("list", ids) => {
            let line = |id: CaseId| {
                let state = became(&id);
                aduana_redrive::answer::CaseSummary { id, ..line(1, state) }
            };
            lines(ids.into_iter().map(line).collect(), None)
        }
        _ => resent(request, &[]),
    })
}

/// How many cases each request sent.
fn waves(function: &Function) -> Vec<usize> {
    let asked = function.asked();
    let sends = asked.iter().filter(|request| request["action"] == "resend" && request["dry_run"].is_null());
    sends.map(|request| ids(request).len()).collect()
}

#[test]
fn what_would_be_sent_is_shown_and_nothing_is_sent() {
    let bad = [skipped(2, Code::StillInvalid, &["BR-CO-15"])];
    let function = Function::open(move |request| match request["action"].as_str() {
        Some("list") => open(1..=3),
        _ => resent(request, &bad),
    });
    assert_snapshot!(function.run(&["invalid", "resend", "--all", "--dry-run"]));
    assert!(waves(&function).is_empty());
}

#[test]
fn what_can_be_sent_is_sent_after_a_yes() {
    let bad = [skipped(2, Code::StillInvalid, &["BR-CO-15"])];
    let function = Function::open(move |request| match request["action"].as_str() {
        Some("list") => open(1..=3),
        _ => resent(request, &bad),
    });
    let args = ["invalid", "resend", "--all", "--reason", "corrected"];
    assert_snapshot!(seen(&feed(function.command(&args), b"y\n")));
    assert_eq!(waves(&function), [2]);
    feed(function.command(&args), b"n\n");
    assert_eq!(waves(&function), [2], "a no sends nothing");
}

#[test]
fn one_case_is_sent_without_a_question() {
    let function = function(1, |_| State::Resolved);
    let run =
        function.run(&["invalid", "resend", id(1).as_str(), "--wait", "--reason", "r", "--output", "json"]);
    assert_snapshot!(run);
}

#[test]
fn a_ramp_grows_as_long_as_all_are_stored() {
    let function = function(30, |_| State::Resolved);
    let run = function.run(&[&ALL[..], &["--ramp"]].concat());
    assert_snapshot!(run);
    assert_eq!(waves(&function), [1, 5, 20, 4]);
}

#[test]
fn a_ramp_stops_when_one_is_refused_again() {
    let function = function(30, |case| if *case == id(4) { State::Open } else { State::Resolved });
    assert_snapshot!(function.run(&[&ALL[..], &["--ramp"]].concat()));
    assert_eq!(waves(&function), [1, 5]);
}

#[test]
fn outcomes_that_do_not_come_are_not_waited_for_for_ever() {
    let function = function(30, |_| State::Resent);
    assert_snapshot!(function.run(&[&ALL[..], &["--ramp", "--patience", "1"]].concat()));
    assert_eq!(waves(&function), [1]);
}

#[test]
fn the_first_few_are_tried() {
    let function = function(30, |_| State::Resolved);
    function.run(&[&ALL[..], &["--first", "3"]].concat());
    assert_eq!(waves(&function), [3]);
}

#[test]
fn it_stops_when_too_many_cannot_be_sent() {
    let bad = [1, 2, 3].map(|number| skipped(number, Code::Claimed, &[]));
    let function = Function::open(move |request| match request["action"].as_str() {
        Some("list") => open(1..=9),
        _ if request["dry_run"] == json!(true) => resent(request, &[]),
        _ => resent(request, &bad),
    });
    let run = function.run(&[&ALL[..], &["--rate", "1000", "--stop-after", "2", "--first", "9"]].concat());
    assert!(run.starts_with("exit code 1\n"), "{run}");
    assert!(run.contains("too many could not be sent"), "{run}");
    let asked = function.asked();
    assert_eq!(asked.last().unwrap()["stop_after"], 2);
}

#[test]
fn what_was_sent_before_a_failure_is_reported() {
    let calls = AtomicUsize::new(0);
    let function = Function::open(move |request| match request["action"].as_str() {
        Some("list") => open(1..=4),
        _ if request["dry_run"] == json!(true) => resent(request, &[]),
        _ if calls.fetch_add(1, Ordering::SeqCst) == 0 => resent(request, &[]),
        _ => json!({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 60.00 seconds"}),
    });
    assert_snapshot!(function.run(&[&ALL[..], &["--rate", "2"]].concat()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_between_two_requests_and_says_what_is_left() {
    use std::process::{Command, Stdio};
    use std::sync::Mutex;
    use std::time::Duration;

    let (begun, wait) = std::sync::mpsc::channel();
    let begun = Mutex::new(begun);
    let function = Function::open(move |request| match request["action"].as_str() {
        Some("list") => open(1..=3),
        _ if request["dry_run"] == json!(true) => resent(request, &[]),
        _ => {
            begun.lock().unwrap().send(()).unwrap();
            // Ctrl-C comes while this request is on its way.
            std::thread::sleep(Duration::from_millis(500));
            resent(request, &[])
        }
    });
    let mut command = function.command(&[&ALL[..], &["--rate", "1"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(30)).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_snapshot!(seen(&child.wait_with_output().unwrap()));
    assert_eq!(waves(&function), [1], "the request on its way was awaited, and no other begun");
}
