//! The edges of telling: a topic out of reach, a crash between publishing and taking down, clocks that jump.

use aduana_intake::Settings;
use aduana_intake::alerts::board::NoticeBoard;
use aduana_intake::message::Outcome;
use aduana_invoice::{Policy, Validator};
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, case_of, run};
use serde_json::json;

use super::{Desk, attribute, minutes};
use crate::redrive::request;

#[test]
fn a_topic_out_of_reach_delays_no_message_and_forgets_none() {
    run(async {
        let desk = Desk::new();
        desk.world.fail_always(Call::Publish, Some(Fault::Refuse));
        let mut held = 0;
        for units in 1..=20 {
            desk.world.send(samples::without_number(units));
            let report = desk.world.invoke(&desk.intake).await.unwrap();
            assert!(report.outcomes().all(|(_, outcome)| outcome == Outcome::Held), "it is not a failure");
            held += report.counts().alerts_failed;
            tokio::time::sleep(minutes(1)).await;
            desk.tell().await;
        }
        assert!(desk.world.is_drained() && desk.alerts().is_empty());
        assert!(held > 0, "and is told in the metrics");
        desk.world.fail_always(Call::Publish, None);
        desk.tell_all().await;
        assert_eq!(desk.world.told().len(), 20);
        assert!(desk.alerts().len() <= 6, "{} alerts", desk.alerts().len());
        desk.check();
    });
}

#[test]
fn what_is_published_a_second_time_after_a_crash_has_the_same_id() {
    for is_digest in [false, true] {
        run(async {
            let desk = Desk::new();
            if is_digest {
                desk.hold(1).await;
                desk.hold(2).await;
                tokio::time::sleep(minutes(5)).await;
                desk.world.fail(Call::TakeDown, 1, Fault::CrashBefore);
                desk.tell().await;
            } else {
                desk.world.send(samples::without_number(1));
                desk.world.fail(Call::TakeDown, 1, Fault::CrashBefore);
                assert!(desk.world.invoke(&desk.intake).await.is_none(), "the function died");
                desk.world.drain(&desk.intake).await;
            }
            // Meanwhile another one of the group is held: it does not get into what was published.
            desk.hold(3).await;
            desk.tell_all().await;
            let ids: Vec<String> = desk.alerts().iter().map(|alert| alert.id.clone()).collect();
            let distinct = desk.world.distinct_alerts().len();
            assert_eq!(ids.len(), distinct + 1, "{ids:?}");
            assert_eq!(attribute(&desk.alerts()[0], "AlertId"), ids[0]);
            desk.check();
        });
    }
}

#[test]
fn a_clock_that_ran_ahead_puts_no_alert_off_for_long() {
    run(async {
        let desk = Desk::new();
        let day_ms = 24 * 60 * 60 * 1000;
        let ahead = desk.world.instance_ahead(day_ms);
        let wrong = ahead.intake_with(Validator::new(Policy::default()), Settings::default());
        // It opens a window that closes tomorrow, and puts up a notice that is due then.
        for units in 1..=2 {
            let envelope = aduana_intake::message::Envelope {
                source: aduana_intake::message::Source::Sqs { queue: "aduana-invoices".to_owned() },
                id: format!("m-{units}"),
                body: samples::without_number(units),
                attributes: Vec::new(),
                receive_count: Some(1),
                sent_at_ms: None,
            };
            wrong.run(vec![envelope], ahead.now_ms() + 30_000).await;
        }
        assert_eq!(desk.world.told().len(), 1);
        desk.hold(3).await;
        assert!(desk.alerts().len() >= 2, "no window is open for a day");
        desk.redrive.ask(&request("system:schedule", "reconcile", &json!({}))).await.unwrap().unwrap();
        assert!(desk.world.is_all_told());
        assert_eq!(desk.world.told().len(), 3);
    });
}

/// What a clock that ran ahead has put off is not due by the time that the schedule goes by; a reconcile looks at all of it.
#[test]
fn what_was_put_off_until_tomorrow_is_told_by_a_reconcile() {
    run(async {
        let desk = Desk::new();
        let ahead = desk.world.instance_ahead(24 * 60 * 60 * 1000);
        let wrong = ahead.intake_with(Validator::new(Policy::default()), Settings::default());
        for units in 1..=3 {
            desk.world.send(samples::without_number(units));
            ahead.drain(&wrong).await;
        }
        assert_eq!(desk.world.told().len(), 1);
        for (action, told) in [("tell", 1), ("reconcile", 3)] {
            desk.redrive.ask(&request("system:schedule", action, &json!({}))).await.unwrap().unwrap();
            assert_eq!(desk.world.told().len(), told, "{action}");
        }
    });
}

/// What is known need not be asked for again.
#[test]
fn a_window_is_read_once_while_it_is_open_and_a_group_once_when_it_is_told() {
    run(async {
        let desk = Desk::new();
        for units in 1..=3 {
            desk.hold(units).await;
            assert_eq!(desk.world.calls(Call::Windows), 1, "after {units}");
        }
        tokio::time::sleep(std::time::Duration::from_millis(
            Settings::default().window_ms.unsigned_abs() + 1,
        ))
        .await;
        desk.tell().await;
        assert_eq!((desk.world.told().len(), desk.world.calls(Call::Board)), (3, 1));
        desk.hold(4).await;
        assert_eq!(desk.world.calls(Call::Windows), 2, "it may be closed by now");
        assert_eq!(desk.world.calls(Call::Enter), 4, "none was tried with a window that is closed");
    });
}

#[test]
fn a_clock_that_goes_back_tells_each_once() {
    run(async {
        let desk = Desk::new();
        let behind = desk.world.instance_ahead(-60 * 60 * 1000);
        let wrong = behind.intake_with(Validator::new(Policy::default()), Settings::default());
        for units in 1..=3 {
            desk.hold(units).await;
            desk.world.send(samples::without_number(units + 10));
            behind.drain(&wrong).await;
        }
        desk.tell_all().await;
        assert_eq!(desk.world.told().len(), 6);
        desk.check();
    });
}

#[test]
fn a_message_that_is_refused_again_is_told_of_again() {
    run(async {
        let desk = Desk::new();
        let case = desk.hold(1).await;
        desk.world.resend(&case, 2, samples::without_number(2));
        desk.world.drain(&desk.intake).await;
        assert_eq!(desk.world.told(), [(case.clone(), 1)], "the window is open");
        tokio::time::sleep(minutes(5)).await;
        desk.tell().await;
        assert_eq!(desk.world.told().len(), 2);
        assert!(desk.world.told().contains(&(case, 2)));
    });
}

#[test]
fn what_sqs_gave_up_is_critical() {
    run(async {
        let desk = Desk::new();
        desk.world.fail_always(Call::Hold, Some(Fault::Refuse));
        desk.world.send(samples::without_number(1));
        desk.world.drain(&desk.intake).await;
        desk.world.heal();
        desk.redrive.ask(&request("system:schedule", "reconcile", &json!({}))).await.unwrap().unwrap();
        let [alert] = &desk.alerts()[..] else { panic!("one alert") };
        assert_eq!(
            (attribute(alert, "Severity"), attribute(alert, "ReasonCode")),
            ("critical", "UNPROCESSED")
        );
    });
}

#[test]
fn an_index_that_is_behind_costs_nobody_an_alert() {
    run(async {
        let desk = Desk::new();
        desk.hold(1).await;
        desk.hold(2).await;
        tokio::time::sleep(minutes(5)).await;
        // A run that finds nothing leaves everything as it is.
        desk.world.fail(Call::Posted, 1, Fault::LostReply);
        desk.tell().await;
        assert_eq!(desk.world.told().len(), 1);
        desk.tell().await;
        assert_eq!(desk.world.told().len(), 2);
    });
}

#[test]
fn groups_tell_what_the_administrators_know() {
    run(async {
        let desk = Desk::new();
        desk.hold(1).await;
        desk.hold(2).await;
        desk.hold(3).await;
        let answer =
            desk.redrive.ask(&request("ana", "groups", &json!({}))).await.unwrap().unwrap().to_json();
        #[expect(clippy::disallowed_methods, reason = "an answer, not an invoice")]
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            answer["groups"][0]["alert"],
            json!({ "told_at": "2026-11-24T09:30:00.000Z", "untold": 2, "next_at": "2026-11-24T09:35:00.000Z" })
        );
        let group = answer["groups"][0]["group"].as_str().unwrap();
        assert_eq!(desk.world.board(group).await.unwrap().notices.len(), 2);
        assert!(desk.world.case(&case_of("nobody")).is_none());
    });
}
