//! Many causes at once: SNS suspends an e-mail subscription that gets more than ten messages a second, and tells nobody.

use std::collections::BTreeSet;
use std::time::Duration;

use aduana_cases::alerts::ROUNDUP;
use aduana_cases::ports::Alert;
use aduana_intake::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, World, WorldIntake, run};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{AlertHarness, attribute, minutes};
use crate::redrive::request;

/// Sends one invalid invoice of each of these sellers to as many instances at once as there are batches of ten.
async fn storm(harness: &AlertHarness, sellers: std::ops::Range<u32>) {
    let batches = sellers.len().div_ceil(10);
    for seller in sellers {
        harness.world.send(samples::without_number_of_seller(seller));
    }
    let instances: Vec<(World, WorldIntake)> = (0..batches)
        .map(|_| {
            let instance = harness.world.instance();
            let intake = instance.intake_with(
                Validator::new(Policy::default()),
                Settings { window_ms: 300_000, ..Settings::default() },
            );
            (instance, intake)
        })
        .collect();
    join_all(instances.iter().map(async |(world, intake)| drop(world.invoke(intake).await))).await;
}

fn programs(alert: &Alert) -> Value {
    let line = alert.body.lines().find(|line| line.starts_with('{')).unwrap();
    #[expect(clippy::disallowed_methods, reason = "our own alert, not an invoice")]
    serde_json::from_str(line).unwrap()
}

fn roundups(harness: &AlertHarness) -> Vec<Alert> {
    harness.alerts().into_iter().filter(|alert| attribute(alert, "Group") == ROUNDUP).collect()
}

#[test]
fn a_hundred_causes_in_one_second_are_five_alerts_and_one_over_all_others() {
    run(async {
        let harness = AlertHarness::new();
        storm(&harness, 0..100).await;
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.alerts().len(), 5, "as many as are alerted one by one");
        harness.notify_all().await;
        assert!(harness.world.most_alerts_in_a_second() <= 6 && !harness.world.is_email_suspended());
        assert_eq!(harness.world.alerted().len(), 100, "each is alerted");
        harness.check();
        let [roundup] = &roundups(&harness)[..] else { panic!("one alert over all others") };
        assert_eq!((harness.alerts().len(), roundup.covers.len()), (6, 95));
        assert_eq!(attribute(roundup, "Severity"), "high");
        let programs = programs(roundup);
        assert_eq!((&programs["event"], &programs["count"]), (&json!("held_roundup"), &json!(95)));
        let groups = programs["groups"].as_array().unwrap();
        let distinct: BTreeSet<&str> = groups.iter().map(|group| group["group"].as_str().unwrap()).collect();
        let counted: u64 = groups.iter().map(|group| group["count"].as_u64().unwrap()).sum();
        assert_eq!((distinct.len(), counted), (95, 95), "each group with its count");
        assert!(!roundup.body.contains(samples::SECRET), "no value of an invoice");
    });
}

#[test]
fn five_causes_at_once_are_alerted_one_by_one_and_of_six_one_waits() {
    for (causes, at_once) in [(4, 4), (5, 5), (6, 5)] {
        run(async {
            let harness = AlertHarness::new();
            storm(&harness, 0..causes).await;
            assert_eq!(harness.alerts().len(), at_once, "{causes}");
            harness.notify_all().await;
            assert_eq!(harness.world.alerted().len(), causes as usize);
            harness.check();
        });
    }
}

#[test]
fn a_cause_is_reported_at_once_again_when_the_storm_is_over() {
    run(async {
        let harness = AlertHarness::new();
        storm(&harness, 0..100).await;
        harness.notify_all().await;
        tokio::time::sleep(minutes(11)).await;
        harness.notify().await;
        assert_eq!(harness.world.windows_open(), 0, "nothing is left of a storm that is over");
        let before = harness.alerts().len();
        storm(&harness, 200..201).await;
        assert_eq!(harness.alerts().len(), before + 1);
        assert_eq!(harness.alerts().last().unwrap().covers.len(), 1);
        harness.check();
    });
}

/// The topic is out of reach while many causes wait in groups of their own. When it is back, all of them are due.
#[test]
fn many_due_alerts_are_published_five_a_second_and_the_oldest_first() {
    run(async {
        let harness = AlertHarness::new();
        harness.world.fail_always(Call::Publish, Some(Fault::Refuse));
        for minute in 0..40 {
            storm(&harness, minute..minute + 1).await;
            tokio::time::sleep(minutes(1)).await;
        }
        harness.world.fail_always(Call::Publish, None);
        assert_eq!(harness.alerts().len(), 0);
        harness.notify_all().await;
        assert!(harness.world.most_alerts_in_a_second() <= 5);
        assert_eq!(harness.world.alerted().len(), 40);
        let waited: Vec<i64> = harness.alerts().iter().map(first_held_ms).collect();
        assert!(waited.is_sorted(), "{waited:?}");
        harness.check();
    });
}

fn first_held_ms(alert: &Alert) -> i64 {
    aduana_cases::time::from_rfc3339(programs(alert)["since"].as_str().unwrap()).unwrap()
}

#[test]
fn a_storm_is_counted_exactly_whatever_fails() {
    for seed in 0..10 {
        run(async {
            let harness = AlertHarness::new();
            harness.world.set_max_receive_count(10_000);
            harness.world.fail_by_chance(seed, 2 * seed);
            for first in [0, 40, 80] {
                storm(&harness, first..first + 60).await;
                tokio::time::sleep(Duration::from_secs(45)).await;
                drop(harness.redrive.ask(&request("system:schedule", "notify", &json!({}))).await);
            }
            harness.world.heal();
            harness.world.drain(&harness.intake).await;
            harness.notify_all().await;
            assert_eq!(harness.world.alerted().len(), 180, "seed {seed}");
            assert!(!harness.world.is_email_suspended(), "seed {seed}");
            harness.check();
        });
    }
}
