//! What `reconcile` and `notify` report of what they could not do.

use std::time::Duration;

use aduana_cases::case::State;
use aduana_redrive::answer::Code;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, run};
use serde_json::json;

use super::{RedriveHarness, one, request};

/// A reconcile with this fault reports one failure; the next one succeeds.
async fn assert_failed_once(harness: &RedriveHarness, fault: Call, counted: &str) {
    harness.world.fail_always(fault, Some(Fault::Refuse));
    let report = harness.ask("reconcile", json!({})).await.unwrap();
    assert_eq!((&report["failed"], &report[counted]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(report["complete"], json!(false));
    harness.world.heal();
    tokio::time::sleep(Duration::from_mins(10)).await;
    let report = harness.ask("reconcile", json!({})).await.unwrap();
    assert_eq!((&report["failed"], &report[counted]), (&json!(0), &json!(1)), "{report}");
    assert_eq!(report["complete"], json!(true));
}

#[test]
fn a_copy_that_could_not_be_deleted_is_counted_as_failed() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_failed_once(&harness, Call::DeleteEntry, "deleted").await;
        assert!(harness.world.dead_letters().is_empty());
    });
}

#[test]
fn a_claim_that_could_not_be_ended_is_counted_as_failed() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.world.fail(Call::Resend, 1, Fault::CrashBefore);
        let resend = json!({ "select": one(&ids[0]), "override": true });
        assert!(harness.redrive.ask(&request("ana", "resend", &resend)).await.is_none());
        tokio::time::sleep(Duration::from_mins(6)).await;
        assert_failed_once(&harness, Call::Write, "lapsed").await;
        harness.assert_trail(&ids[0], &["received", "claimed", "lapsed"]);
    });
}

#[test]
fn a_run_that_can_do_nothing_at_all_is_refused_and_one_that_can_do_something_says_what_failed() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        // The lists of cases, the outbox of alerts, the dead-letter queue.
        let all = [Call::Page, Call::Pending, Call::Receive];
        for call in all {
            harness.world.fail_always(call, Some(Fault::Refuse));
        }
        assert_eq!(harness.refused("reconcile", json!({})).await, Code::Unavailable);
        for works in all {
            harness.world.fail_always(works, None);
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert!(report["failed"].as_u64().unwrap() >= 2, "{works:?} {report}");
            assert_eq!(report["complete"], json!(false), "{works:?}");
            harness.world.fail_always(works, Some(Fault::Refuse));
        }
    });
}

#[test]
fn an_alert_that_could_not_be_published_is_counted_as_failed_and_published_later() {
    run(async {
        let harness = RedriveHarness::new();
        let notify = async || harness.ask("notify", json!({})).await.unwrap();
        assert_eq!(notify().await, json!({ "alerts_sent": 0, "alerts_failed": 0, "complete": true }));
        harness.world.fail_always(Call::Publish, Some(Fault::Refuse));
        harness.world.send(samples::without_number(1));
        harness.world.drain(&harness.intake).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        assert_eq!(notify().await, json!({ "alerts_sent": 0, "alerts_failed": 1, "complete": false }));
        harness.world.heal();
        assert_eq!(notify().await, json!({ "alerts_sent": 1, "alerts_failed": 0, "complete": true }));
        assert!(harness.world.is_all_alerted());
    });
}

#[test]
fn a_dead_lettered_resend_stays_in_the_queue_until_its_case_could_be_reopened() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        assert_failed_once(&harness, Call::Write, "returned").await;
        assert_eq!(harness.state(&ids[0]), State::Open);
        harness.assert_trail(&ids[0], &["received", "claimed", "sent", "returned"]);
    });
}
