//! How long ended cases are kept.

use std::time::Duration;

use aduana_cases::case::State;
use aduana_invoice::{Policy, Validator};
use aduana_redrive::Settings;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, run};
use serde_json::{Value, json};

use super::{RedriveHarness, number, one};

const DAY: Duration = Duration::from_hours(24);

/// A harness that keeps ended cases for this many days.
fn keeping(mut harness: RedriveHarness, days: Option<i64>) -> RedriveHarness {
    let keep_ended_ms = days.map(|days| days * 24 * 60 * 60 * 1000);
    let settings = Settings { keep_ended_ms, ..Settings::default() };
    harness.redrive = harness.world.redrive_with(Validator::new(Policy::default()), settings);
    harness
}

async fn expired(harness: &RedriveHarness) -> Value {
    harness.ask("reconcile", json!({})).await.unwrap()["expired"].clone()
}

#[test]
fn an_ended_case_is_kept_for_its_time_and_then_expires() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=3).map(samples::without_number)).await;
        let harness = keeping(harness, Some(30));
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.ask("correct", json!({ "select": one(&ids[1]), "correction": number("F-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[1]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        harness.ask("reconcile", json!({})).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&harness).await, json!(0));
        harness.ask("annotate", json!({ "select": one(&ids[0]), "note": "late" })).await.unwrap();
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&harness).await, json!(2), "what was noted after the end goes with it");
        assert_eq!(harness.world.cases().len(), 1);
        assert_eq!(harness.world.grace(), [DAY * 7; 2], "a run that is cut off has the next to finish it");
        assert_eq!(harness.state(&ids[2]), State::Open, "however long it waits");
        let groups = harness.ask("groups", json!({})).await.unwrap();
        assert_eq!((&groups["cases"], &groups["groups"][0]["count"]), (&json!(1), &json!(1)));
        assert_eq!(harness.world.invoices().len(), 1, "what was stored stays");
    });
}

#[test]
fn the_time_counts_from_the_end_and_not_from_when_it_was_last_seen() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = keeping(harness, Some(30));
        tokio::time::sleep(DAY * 40).await;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&harness).await, json!(0));
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&harness).await, json!(1));
    });
}

#[test]
fn a_case_that_is_opened_again_is_kept() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = keeping(harness, Some(30));
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        harness.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&harness).await, json!(0));
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&harness).await, json!(0), "its time begins anew");
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&harness).await, json!(1));
    });
}

#[test]
fn cases_are_kept_for_ever_where_that_is_wanted() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = keeping(harness, None);
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 36_500).await;
        assert_eq!((expired(&harness).await, harness.world.cases().len()), (json!(0), 1));
    });
}

#[test]
fn what_fails_is_tried_again_by_the_next_run() {
    for fault in [Fault::ServerError, Fault::LostReply] {
        run(async {
            let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
            let harness = keeping(harness, Some(30));
            harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            tokio::time::sleep(DAY * 31).await;
            harness.world.fail(Call::Expire, 1, fault);
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["failed"], &report["complete"]), (&json!(1), &json!(false)), "{report}");
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["complete"], harness.world.cases().len()), (&json!(true), 0), "{report}");
        });
    }
}

#[test]
fn what_has_not_ended_long_ago_is_not_even_read() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = keeping(harness, Some(30));
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        // The first run deletes the copy in the queue, for which the case is read.
        harness.ask("reconcile", json!({})).await.unwrap();
        let before = harness.world.calls(Call::Heads);
        harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(harness.world.calls(Call::Heads), before);
        tokio::time::sleep(DAY * 31).await;
        assert_eq!(expired(&harness).await, json!(1));
        assert_eq!(harness.world.calls(Call::Heads), before + 1);
    });
}

#[test]
fn a_run_that_has_no_time_left_for_ended_cases_is_not_complete() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = keeping(harness, Some(30));
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 31).await;
        // 27 s of 30 are over when the ended cases are to be listed.
        for nth in 1..=3 {
            harness.world.fail(Call::Page, nth, Fault::Slow);
        }
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["failed"], &report["expired"]), (&json!(0), &json!(0)), "{report}");
        assert_eq!(report["complete"], json!(false), "{report}");
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expired"], &report["complete"]), (&json!(1), &json!(true)), "{report}");
    });
}
