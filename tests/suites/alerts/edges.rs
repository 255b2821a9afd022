//! The edges of telling: a topic out of reach, a crash between publishing and taking down, clocks that jump.

use aduana_cases::alerts::outbox::AlertOutbox;
use aduana_cases::message::Outcome;
use aduana_intake::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, case_of, run};
use serde_json::json;

use super::{AlertHarness, attribute, minutes};
use crate::redrive::request;

#[test]
fn a_topic_out_of_reach_delays_no_message_and_forgets_none() {
    run(async {
        let harness = AlertHarness::new();
        harness.world.fail_always(Call::Publish, Some(Fault::Refuse));
        let mut held = 0;
        for units in 1..=20 {
            harness.world.send(samples::without_number(units));
            let report = harness.world.invoke(&harness.intake).await.unwrap();
            assert!(report.outcomes().all(|(_, outcome)| outcome == Outcome::Held), "it is not a failure");
            held += report.counts().alerts_failed;
            tokio::time::sleep(minutes(1)).await;
            harness.notify().await;
        }
        assert!(harness.world.is_drained() && harness.alerts().is_empty());
        assert!(held > 0, "and is alerted in the metrics");
        harness.world.fail_always(Call::Publish, None);
        harness.notify_all().await;
        assert_eq!(harness.world.alerted().len(), 20);
        assert!(harness.alerts().len() <= 6, "{} alerts", harness.alerts().len());
        harness.check();
    });
}

#[test]
fn what_is_published_a_second_time_after_a_crash_has_the_same_id() {
    for is_digest in [false, true] {
        run(async {
            let harness = AlertHarness::new();
            if is_digest {
                harness.hold(1).await;
                harness.hold(2).await;
                tokio::time::sleep(minutes(5)).await;
                harness.world.fail(Call::TakeDown, 1, Fault::CrashBefore);
                harness.notify().await;
            } else {
                harness.world.send(samples::without_number(1));
                harness.world.fail(Call::TakeDown, 1, Fault::CrashBefore);
                assert!(harness.world.invoke(&harness.intake).await.is_none(), "the function died");
                harness.world.drain(&harness.intake).await;
            }
            // Meanwhile another one of the group is held: it does not get into what was published.
            harness.hold(3).await;
            harness.notify_all().await;
            let ids: Vec<String> = harness.alerts().iter().map(|alert| alert.id.clone()).collect();
            let distinct = harness.world.distinct_alerts().len();
            assert_eq!(ids.len(), distinct + 1, "{ids:?}");
            assert_eq!(attribute(&harness.alerts()[0], "AlertId"), ids[0]);
            harness.check();
        });
    }
}

#[test]
fn a_clock_that_ran_ahead_puts_no_alert_off_for_long() {
    run(async {
        let harness = AlertHarness::new();
        let day_ms = 24 * 60 * 60 * 1000;
        let ahead = harness.world.instance_ahead(day_ms);
        let wrong = ahead.intake_with(Validator::new(Policy::default()), Settings::default());
        // It opens a window that closes tomorrow, and enqueues an alert that is due then.
        for units in 1..=2 {
            let envelope = aduana_cases::message::Envelope {
                source: aduana_cases::message::Source::Sqs { queue: "aduana-invoices".to_owned() },
                id: format!("m-{units}"),
                body: samples::without_number(units),
                attributes: Vec::new(),
                receive_count: Some(1),
                sent_at_ms: None,
                sender: None,
            };
            wrong.run(vec![envelope], ahead.now_ms() + 30_000).await;
        }
        assert_eq!(harness.world.alerted().len(), 1);
        harness.hold(3).await;
        assert!(harness.alerts().len() >= 2, "no window is open for a day");
        harness.redrive.ask(&request("system:schedule", "reconcile", &json!({}))).await.unwrap().unwrap();
        assert!(harness.world.is_all_alerted());
        assert_eq!(harness.world.alerted().len(), 3);
    });
}

/// What a clock that ran ahead has put off is not due by the time that the schedule goes by; a reconcile looks at all of it.
#[test]
fn what_was_put_off_until_tomorrow_is_alerted_by_a_reconcile() {
    run(async {
        let harness = AlertHarness::new();
        let ahead = harness.world.instance_ahead(24 * 60 * 60 * 1000);
        let wrong = ahead.intake_with(Validator::new(Policy::default()), Settings::default());
        for units in 1..=3 {
            harness.world.send(samples::without_number(units));
            ahead.drain(&wrong).await;
        }
        assert_eq!(harness.world.alerted().len(), 1);
        for (action, alerted) in [("notify", 1), ("reconcile", 3)] {
            harness.redrive.ask(&request("system:schedule", action, &json!({}))).await.unwrap().unwrap();
            assert_eq!(harness.world.alerted().len(), alerted, "{action}");
        }
    });
}

/// What is known need not be asked for again.
#[test]
fn a_window_is_read_once_while_it_is_open_and_a_group_once_when_it_is_alerted() {
    run(async {
        let harness = AlertHarness::new();
        for units in 1..=3 {
            harness.hold(units).await;
            assert_eq!(harness.world.calls(Call::Windows), 1, "after {units}");
        }
        tokio::time::sleep(std::time::Duration::from_millis(
            Settings::default().window_ms.unsigned_abs() + 1,
        ))
        .await;
        harness.notify().await;
        assert_eq!((harness.world.alerted().len(), harness.world.calls(Call::GroupOutbox)), (3, 1));
        harness.hold(4).await;
        assert_eq!(harness.world.calls(Call::Windows), 2, "it may be closed by now");
        assert_eq!(harness.world.calls(Call::Enter), 4, "none was tried with a window that is closed");
    });
}

#[test]
fn a_clock_that_goes_back_alerts_each_once() {
    run(async {
        let harness = AlertHarness::new();
        let behind = harness.world.instance_ahead(-60 * 60 * 1000);
        let wrong = behind.intake_with(Validator::new(Policy::default()), Settings::default());
        for units in 1..=3 {
            harness.hold(units).await;
            harness.world.send(samples::without_number(units + 10));
            behind.drain(&wrong).await;
        }
        harness.notify_all().await;
        assert_eq!(harness.world.alerted().len(), 6);
        harness.check();
    });
}

#[test]
fn a_message_that_is_rejected_again_is_alerted_again() {
    run(async {
        let harness = AlertHarness::new();
        let case = harness.hold(1).await;
        harness.world.resend(&case, 2, samples::without_number(2));
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.alerted(), [(case.clone(), 1)], "the window is open");
        tokio::time::sleep(minutes(5)).await;
        harness.notify().await;
        assert_eq!(harness.world.alerted().len(), 2);
        assert!(harness.world.alerted().contains(&(case, 2)));
    });
}

#[test]
fn what_sqs_dead_lettered_is_critical() {
    run(async {
        let harness = AlertHarness::new();
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        harness.world.send(samples::without_number(1));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        harness.redrive.ask(&request("system:schedule", "reconcile", &json!({}))).await.unwrap().unwrap();
        let [alert] = &harness.alerts()[..] else { panic!("one alert") };
        assert_eq!(
            (attribute(alert, "Severity"), attribute(alert, "ReasonCode")),
            ("critical", "UNPROCESSED")
        );
    });
}

#[test]
fn an_index_that_is_behind_costs_nobody_an_alert() {
    run(async {
        let harness = AlertHarness::new();
        harness.hold(1).await;
        harness.hold(2).await;
        tokio::time::sleep(minutes(5)).await;
        // A run that finds nothing leaves everything as it is.
        harness.world.fail(Call::Pending, 1, Fault::LostReply);
        harness.notify().await;
        assert_eq!(harness.world.alerted().len(), 1);
        harness.notify().await;
        assert_eq!(harness.world.alerted().len(), 2);
    });
}

#[test]
fn groups_tell_what_the_administrators_know() {
    run(async {
        let harness = AlertHarness::new();
        harness.hold(1).await;
        harness.hold(2).await;
        harness.hold(3).await;
        let answer =
            harness.redrive.ask(&request("ana", "groups", &json!({}))).await.unwrap().unwrap().to_json();
        #[expect(clippy::disallowed_methods, reason = "an answer, not an invoice")]
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            answer["groups"][0]["alert"],
            json!({ "alerted_at": "2026-11-24T09:30:00.000Z", "not_alerted": 2, "next_at": "2026-11-24T09:35:00.000Z" })
        );
        let group = answer["groups"][0]["group"].as_str().unwrap();
        assert_eq!(harness.world.group(group).await.unwrap().pending_alerts.len(), 2);
        assert!(harness.world.case(&case_of("nobody")).is_none());
    });
}
