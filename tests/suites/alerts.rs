//! Every held message is in exactly one alert or digest, whatever fails, and there are few of them.

mod edges;
mod storm;

use std::collections::BTreeSet;
use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::ports::Alert;
use aduana_intake::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_redrive as redrive;
use aduana_redrive::Settings as RedriveSettings;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, Rng, World, WorldIntake, WorldRedrive, case_of, run};
use futures_util::future::join_all;
use serde_json::json;

use crate::redrive::request;

/// A world with its two functions, and this window.
struct AlertHarness {
    world: World,
    intake: WorldIntake,
    redrive: WorldRedrive,
}

impl AlertHarness {
    fn with_window(window_ms: i64) -> Self {
        let world = World::new();
        let validator = || Validator::new(Policy::default());
        let intake = world.intake_with(validator(), Settings { window_ms, ..Settings::default() });
        let redrive =
            world.redrive_with(validator(), RedriveSettings { window_ms, ..redrive::Settings::default() });
        Self { world, intake, redrive }
    }

    fn new() -> Self {
        Self::with_window(Settings::default().window_ms)
    }

    /// Holds one more message of the group of invoices without a number.
    async fn hold(&self, units: u32) -> CaseId {
        let id = self.world.send(samples::without_number(units));
        self.world.drain(&self.intake).await;
        case_of(&id)
    }

    /// The schedule asks for what is due.
    async fn notify(&self) {
        drop(self.redrive.ask(&request("system:schedule", "notify", &json!({}))).await);
    }

    /// The schedule notifies once a minute until nothing is pending.
    async fn notify_all(&self) {
        for _ in 0..60 {
            if self.world.is_all_alerted() {
                return;
            }
            tokio::time::sleep(Duration::from_mins(1)).await;
            self.notify().await;
        }
        panic!("somebody is still to be alerted");
    }

    fn alerts(&self) -> Vec<Alert> {
        self.world.alerts()
    }

    /// Each held message is in exactly one alert.
    fn check(&self) {
        let alerted = self.world.alerted();
        let distinct: BTreeSet<_> = alerted.iter().cloned().collect();
        assert_eq!(alerted.len(), distinct.len(), "a message is in two alerts");
        assert_eq!(distinct, self.world.marked());
    }
}

fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

fn attribute<'a>(alert: &'a Alert, name: &str) -> &'a str {
    alert.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn the_first_of_a_group_is_reported_at_once_and_the_others_together_when_the_window_closes() {
    run(async {
        let harness = AlertHarness::new();
        let first = harness.hold(1).await;
        assert_eq!(harness.alerts()[0].covers, [(first, 1)]);
        for units in 2..=7 {
            harness.hold(units).await;
            harness.notify().await;
        }
        assert_eq!(harness.alerts().len(), 1, "the window is open");
        tokio::time::sleep(minutes(5)).await;
        harness.notify().await;
        let [at_once, digest] = &harness.alerts()[..] else { panic!("two alerts") };
        assert_eq!(digest.covers.len(), 6);
        assert_eq!((attribute(at_once, "Severity"), attribute(digest, "Severity")), ("high", "medium"));
        assert!(digest.body.contains("6 more invalid invoices of this kind"), "{}", digest.body);
        harness.check();
    });
}

#[test]
fn a_group_that_goes_on_has_one_alert_a_window_and_one_that_was_quiet_is_reported_at_once_again() {
    run(async {
        let harness = AlertHarness::new();
        for units in 1..=60 {
            harness.hold(units).await;
            tokio::time::sleep(minutes(1)).await;
            harness.notify().await;
        }
        assert!((12..=14).contains(&harness.alerts().len()), "{} alerts in an hour", harness.alerts().len());
        harness.notify_all().await;
        harness.check();

        tokio::time::sleep(minutes(6)).await;
        harness.notify().await;
        assert_eq!(harness.world.windows_open(), 0, "nothing is left of a group that is quiet");
        let before = harness.alerts().len();
        harness.hold(61).await;
        assert_eq!(attribute(harness.alerts().last().unwrap(), "Severity"), "high");
        assert_eq!(harness.alerts().len(), before + 1);
    });
}

#[test]
fn without_a_schedule_the_next_message_of_the_group_brings_the_digest() {
    run(async {
        let harness = AlertHarness::new();
        harness.hold(1).await;
        harness.hold(2).await;
        tokio::time::sleep(minutes(6)).await;
        harness.hold(3).await;
        assert_eq!(harness.world.alerted().len(), 3);
        assert!(harness.world.is_all_alerted());
        harness.check();
    });
}

#[test]
fn with_no_window_each_batch_is_reported_at_once() {
    run(async {
        let harness = AlertHarness::with_window(0);
        for units in 1..=4 {
            harness.hold(units).await;
        }
        assert_eq!(harness.alerts().len(), 4);
        assert_eq!((harness.world.calls(Call::Windows), harness.world.windows_open()), (0, 0));
        assert!(harness.world.is_all_alerted());
        harness.check();
    });
}

/// A burst of `count` over four instances at once, with faults by chance, redeliveries, and the schedule at work.
fn burst(count: u32, window_ms: i64, seed: u64, percent: u64) -> (usize, usize) {
    run(async {
        let harness = AlertHarness::with_window(window_ms);
        harness.world.set_max_receive_count(10_000);
        harness.world.fail_by_chance(seed, percent);
        let validator = || Validator::new(Policy::default());
        let settings = Settings { window_ms, ..Settings::default() };
        let intakes: Vec<_> = (0..4)
            .map(|_| {
                let instance = harness.world.instance();
                let intake = instance.intake_with(validator(), settings);
                (instance, intake)
            })
            .collect();
        for units in 1..=count {
            harness.world.send(samples::without_number(units));
        }
        let run_one = async |(instance, intake): &(World, WorldIntake)| drop(instance.drain(intake).await);
        join_all(intakes.iter().map(run_one)).await;
        harness.world.heal();
        harness.notify_all().await;
        assert_eq!(harness.world.cases().len(), count as usize);
        assert!(harness.world.cases().iter().all(|case| case.head.state == State::Open && case.head.queued));
        assert_eq!(harness.world.alerted().len(), count as usize, "all counted, each once");
        harness.check();
        (harness.world.distinct_alerts().len(), harness.alerts().len())
    })
}

#[test]
fn a_burst_of_2500_is_few_alerts_that_count_all_of_them() {
    let (distinct, published) = burst(2500, 300_000, 1, 0);
    assert!(distinct <= 5 && published == distinct, "{distinct} alerts, {published} times published");
}

#[test]
fn a_burst_is_counted_exactly_whatever_fails() {
    for seed in 0..12 {
        let percent = 3 * (seed % 6);
        let (distinct, _) = burst(150, 300_000, seed, percent);
        assert!(distinct <= 25, "{distinct} alerts at seed {seed}");
        burst(60, 0, seed, percent);
    }
}

#[test]
fn histories_of_groups_windows_faults_and_skewed_clocks_count_each_message_once() {
    for seed in 0..150 {
        run(async {
            let mut rng = Rng::new(seed);
            let window_ms = rng.pick(&[0, 60_000, 300_000]);
            let harness = AlertHarness::with_window(window_ms);
            harness.world.set_max_receive_count(10_000);
            let settings = Settings { window_ms, ..Settings::default() };
            let ahead_ms = rng.pick(&[0, 5_000, -5_000]);
            let other = harness.world.instance_ahead(ahead_ms);
            let their = other.intake_with(Validator::new(Policy::default()), settings);
            harness.world.fail_by_chance(seed, rng.pick(&[0, 5, 20]));
            for n in 0..25_u32 {
                for _ in 0..rng.below(4) {
                    let body = match rng.below(3) {
                        0 => samples::wrong_total(&format!("W-{n}"), n + 1),
                        1 => format!("nonsense {n}").into_bytes(),
                        _ => samples::without_number(n + 1),
                    };
                    harness.world.send(body);
                }
                match rng.below(5) {
                    0 => harness.notify().await,
                    1 => {
                        let ask = request("ana", "reconcile", &json!({}));
                        drop(tokio::join!(harness.world.invoke(&harness.intake), harness.redrive.ask(&ask)));
                    }
                    2 => drop(tokio::join!(harness.world.invoke(&harness.intake), other.invoke(&their))),
                    3 => tokio::time::sleep(Duration::from_secs(rng.below(400))).await,
                    _ => drop(harness.world.invoke(&harness.intake).await),
                }
            }
            harness.world.heal();
            harness.world.drain(&harness.intake).await;
            harness.notify_all().await;
            assert!(harness.world.cases().iter().all(|case| case.head.alerted), "seed {seed}");
            harness.check();
        });
    }
}

/// The functions crash or lose their replies at the nth call of this kind, for some n.
#[test]
fn wherever_the_dispatch_stops_each_message_is_in_one_alert() {
    for call in [
        Call::Windows,
        Call::Enter,
        Call::Publish,
        Call::TakeDown,
        Call::GroupOutbox,
        Call::Fix,
        Call::Pending,
    ] {
        for fault in Fault::ALL {
            for nth in 1..=3 {
                run(async {
                    let harness = AlertHarness::new();
                    harness.world.fail(call, nth, fault);
                    harness.world.set_max_receive_count(100);
                    for units in 1..=3 {
                        harness.hold(units).await;
                    }
                    tokio::time::sleep(minutes(6)).await;
                    for _ in 0..6 {
                        harness.notify().await;
                        tokio::time::sleep(minutes(1)).await;
                    }
                    harness.notify_all().await;
                    assert_eq!(harness.world.alerted().len(), 3, "{call:?} {nth} {fault:?}");
                    harness.check();
                });
            }
        }
    }
}
