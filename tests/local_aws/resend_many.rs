//! Many cases sent through again by the program, which is killed, or runs twice at once.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use aduana_testkit::samples::wrong_total;
use serde_json::json;
use xtask::aws::{Item, text};

use crate::operator::{aduana, command};
use crate::stack::{Stack, each, eventually};
#[cfg(target_os = "linux")]
use crate::workers::{kill, workers};

/// How many cases a run sends: `ADUANA_RESEND_CASES` sets it, for a nightly run of a thousand.
const CASES: usize = 300;

const RESEND: [&str; 6] = ["invalid", "resend", "--all", "--yes", "--reason", "corrected"];

fn wanted() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a test is its own edge")]
    let wanted = std::env::var("ADUANA_RESEND_CASES");
    wanted.map_or(CASES, |wanted| wanted.parse().expect("ADUANA_RESEND_CASES is a number"))
}

/// Holds so many invoices, and corrects each of them by its suggestion.
fn corrected(stack: &Stack, count: usize) {
    let bodies: Vec<String> = (1..=count)
        .map(|n| String::from_utf8(wrong_total(&format!("F-{n}"), u32::try_from(n).unwrap())).unwrap())
        .collect();
    for bodies in bodies.chunks(10) {
        stack.post(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    }
    stack.settle();
    assert_eq!(stack.cases().len(), count);
    aduana(stack, &["invalid", "fix", "--all", "--suggested", "--yes", "--reason", "the seller agrees"]);
}

fn in_state(cases: &[Item], states: &[&str]) -> usize {
    cases.iter().filter(|case| states.contains(&text(case, "state").unwrap())).count()
}

/// Each case ended, was claimed once, and has the one invoice that there is of it.
fn assert_each_once(stack: &Stack, count: usize) {
    stack.settle();
    let cases = stack.cases();
    assert_eq!((cases.len(), in_state(&cases, &["resolved"])), (count, count));
    assert_eq!((stack.stored().len(), each(&stack.stored(), "number").len()), (count, count));
    let mut acts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for event in stack.case_file() {
        if let Some(act) = text(&event, "act") {
            *acts.entry((act.to_owned(), text(&event, "case_id").unwrap().to_owned())).or_default() += 1;
        }
    }
    for act in ["received", "corrected", "claimed", "stored"] {
        let once = acts.iter().filter(|((name, _), times)| name == act && **times == 1).count();
        assert_eq!(once, count, "each case was {act} once");
    }
}

/// How many cases are left when the function has come to the end of what it was asked for last, on which it works whether or not
/// anybody waits for it: nothing is claimed, and nothing happens, for several looks.
fn left_alone(stack: &Stack) -> usize {
    let (mut last, mut quiet) = (usize::MAX, 0);
    eventually("nobody sends", || {
        sleep(Duration::from_secs(1));
        let cases = stack.cases();
        let open = in_state(&cases, &["open"]);
        quiet = if open == last && in_state(&cases, &["resending"]) == 0 { quiet + 1 } else { 0 };
        last = open;
        quiet == 4
    });
    last
}

#[test]
fn a_run_that_is_killed_twice_goes_on_where_it_was_and_sends_no_case_twice() {
    let stack = Stack::deploy("killed", &[]);
    let count = wanted();
    let begun = Instant::now();
    corrected(&stack, count);
    let ready = begun.elapsed();
    for part in [4, 2] {
        let mut run = command(&stack, &RESEND).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        eventually("a part is sent", || {
            // A look at all cases is work for a local AWS: not too often.
            sleep(Duration::from_secs(1));
            in_state(&stack.cases(), &["resent", "resolved"]) >= count / part
        });
        run.kill().unwrap();
        assert_eq!(run.wait().unwrap().code(), None, "it was killed in the middle");
    }
    let left = in_state(&stack.cases(), &["open"]);
    assert!(left > 0, "there was something left to do");
    let rest = left_alone(&stack);
    if rest > 0 {
        let said = aduana(&stack, &RESEND);
        assert!(said.contains(&format!("{rest} case")) && said.contains("sent"), "{rest}: {said}");
    }
    assert_each_once(&stack, count);
    let took = begun.elapsed();
    eprintln!(
        "{count} cases: ready after {ready:.1?}, sent and stored after {took:.1?}; {rest} by the last run"
    );
}

#[test]
fn two_operators_who_resend_the_same_cases_at_once_send_each_once() {
    let stack = Stack::deploy("two", &[]);
    let count = 60;
    corrected(&stack, count);
    let runs = [(); 2].map(|()| {
        command(&stack, &[&RESEND[..], &["--output", "json"]].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    let said = runs.map(|run| String::from_utf8(run.wait_with_output().unwrap().stdout).unwrap());
    let sent = |said: &String| said.lines().filter(|line| line.contains(r#""outcome":"sent""#)).count();
    assert_eq!(said.iter().map(sent).sum::<usize>(), count, "{said:?}");
    assert_each_once(&stack, count);
}

#[test]
fn a_cancelled_run_reports_what_was_sent_and_what_is_left_and_the_counts_add_up() {
    let stack = Stack::deploy("cancelled", &[]);
    let count = 60;
    corrected(&stack, count);
    // Slow enough to be cancelled in the middle.
    let slowly = [&RESEND[..], &["--rate", "10", "--output", "json"]].concat();
    let run = command(&stack, &slowly).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("something is sent", || in_state(&stack.cases(), &["resent", "resolved"]) > 0);
    // As Ctrl-C does.
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let outcomes =
        |what: &str| said.lines().filter(|line| line.contains(&format!(r#""outcome":"{what}""#))).count();
    let (sent, left) = (outcomes("sent"), outcomes("left"));
    assert!(sent > 0 && left > 0 && sent + left == count, "{sent} sent, {left} left: {said}");
    stack.settle();
    let cases = stack.cases();
    assert_eq!((in_state(&cases, &["resolved"]), in_state(&cases, &["open"])), (sent, left));
    aduana(&stack, &RESEND);
    assert_each_once(&stack, count);
}

#[cfg(target_os = "linux")]
#[test]
fn a_function_that_is_killed_in_the_middle_of_a_resend_loses_nothing_and_stores_nothing_twice() {
    let stack = Stack::deploy("worker", &[]);
    let count = 60;
    corrected(&stack, count);
    let mut run = command(&stack, &RESEND).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("something is sent", || in_state(&stack.cases(), &["resent", "resolved"]) > 0);
    let workers = workers(&stack.name("redrive"), stack.aws.endpoint());
    assert!(!workers.is_empty(), "the function runs");
    for worker in workers {
        kill(&worker);
    }
    run.wait().unwrap();
    // Its claims hold for five minutes. That is too long for a test: they end now.
    for case in stack.cases().iter().filter(|case| text(case, "state") == Some("resending")) {
        stack.end_claim(text(case, "case_id").unwrap());
    }
    let reconciled = stack.ask(&json!({ "action": "reconcile", "actor": "ana" }));
    assert_eq!(reconciled["failed"], 0, "{reconciled}");
    stack.settle();
    if in_state(&stack.cases(), &["open"]) > 0 {
        aduana(&stack, &RESEND);
        stack.settle();
    }
    let cases = stack.cases();
    assert_eq!((cases.len(), in_state(&cases, &["resolved"])), (count, count));
    assert_eq!((stack.stored().len(), each(&stack.stored(), "number").len()), (count, count));
}
