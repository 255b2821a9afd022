//! Outages of hours: what SQS gives up meanwhile is nothing for people to do.

use std::time::Duration;

use aduana_cases::case::State;
use aduana_intake::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, World, case_of, run};

use serde_json::json;

use crate::judges::RejectsOn;
use crate::redrive::RedriveHarness;

/// The calls of each service that the intake needs.
const SERVICES: [(&str, &[Call]); 5] = [
    ("the table of invoices", &[Call::Store, Call::Note, Call::Has]),
    (
        "the table of cases",
        &[Call::Hold, Call::Mark, Call::Windows, Call::Enter, Call::Find, Call::Resolve, Call::TakeDown],
    ),
    ("the outbox alone", &[Call::Windows, Call::Enter, Call::TakeDown]),
    ("the dead-letter queue", &[Call::Send]),
    ("the topic", &[Call::Publish]),
];

/// Works through what can be received for so long.
async fn work_for(world: &World, time: Duration) {
    let intake = world.intake();
    let end_ms = world.now_ms() + i64::try_from(time.as_millis()).unwrap();
    while world.now_ms() < end_ms {
        match world.next_delivery() {
            Some(wait) if wait < Duration::from_mins(1) => {
                tokio::time::sleep(wait).await;
                world.invoke(&intake).await;
            }
            _ => tokio::time::sleep(Duration::from_mins(1)).await,
        }
    }
}

#[test]
fn an_outage_of_three_hours_is_nothing_for_people_to_do() {
    for (service, calls) in SERVICES {
        for fault in [Fault::Throttle, Fault::ServerError, Fault::LostReply] {
            run(async {
                let world = World::new();
                for call in calls {
                    world.fail_always(*call, Some(fault));
                }
                for n in 0..30 {
                    world.send(samples::valid_to_a_company(&format!("F-{n}"), n + 1));
                }
                let invalid: Vec<String> = (1..=5).map(|n| world.send(samples::without_number(n))).collect();
                work_for(&world, Duration::from_hours(3)).await;
                world.heal();
                world.drain(&world.intake()).await;
                let context = format!("{service}, {fault:?}");
                assert_eq!(world.invoices().len(), 30, "{context}");
                // Those that are invalid, and no other; each with its reasons, and none because SQS gave it up.
                assert_eq!(world.cases().len(), 5, "{context}");
                for id in &invalid {
                    let case =
                        world.case(&case_of(id)).unwrap_or_else(|| panic!("{context}: {id} has no case"));
                    assert_eq!(
                        (case.head.state, case.case.reasons.code),
                        (State::Open, "BR-02"),
                        "{context}"
                    );
                }
                assert_eq!(world.held_messages().len(), world.dead_letters().len(), "{context}");
            });
        }
    }
}

#[test]
fn what_was_half_held_before_it_was_given_up_is_one_case() {
    run(async {
        let world = World::new();
        world.set_receive_counts(2, 10);
        let id = world.send(samples::without_number(1));
        // It is in the case file at its first delivery, and cannot be queued at either.
        world.fail_always(Call::Send, Some(Fault::Refuse));
        work_for(&world, Duration::from_mins(10)).await;
        world.heal();
        world.drain(&world.intake()).await;
        assert_eq!(world.cases().len(), 1);
        assert!(world.case(&case_of(&id)).unwrap().head.queued);
        assert_eq!((world.held_messages().len(), world.dead_letters().len()), (1, 1));
    });
}

#[test]
fn what_was_stored_before_it_was_given_up_is_stored_once() {
    run(async {
        let world = World::new();
        world.set_receive_counts(2, 10);
        world.fail_always(Call::Store, Some(Fault::LostReply));
        world.send(samples::valid("F-1", 1));
        work_for(&world, Duration::from_mins(10)).await;
        world.heal();
        let reports = world.drain(&world.intake()).await;
        let counts = reports.last().unwrap().counts();
        assert_eq!((counts.already_stored, world.invoices().len(), world.cases().len()), (1, 1, 0));
    });
}

/// Two functions have the message at once, and do not agree on the day; the one that refuses it waits for a throttled case file.
#[test]
fn what_is_stored_while_its_other_delivery_waits_to_be_held_is_in_one_place() {
    run(async {
        let world = World::new();
        let refusing = world.intake_with(
            RejectsOn(Validator::new(Policy::default()), "FE-R-002", |_| true),
            Settings::default(),
        );
        let id = world.send(samples::valid("F-1", 1));
        world.fail(Call::Hold, 1, Fault::ServerError);
        world.invoke(&refusing).await;
        tokio::time::sleep(world.next_delivery().unwrap()).await;
        world.receive_twice(&id);
        for nth in 1..=4 {
            world.fail(Call::Hold, nth, Fault::Throttle);
        }
        let accepting = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            world.invoke(&world.intake()).await
        };
        futures_util::future::join(world.invoke(&refusing), accepting).await;
        world.drain(&refusing).await;
        assert_eq!((world.invoices().len(), world.cases().len()), (1, 0));
        assert!(world.dead_letters().is_empty());
    });
}

/// A copy looks the same before and after it was moved back. What is stored must not be held for ever because of it.
#[test]
fn a_copy_that_was_moved_back_stored_and_given_up_closes_its_case() {
    run(async {
        let harness = RedriveHarness::new();
        let world = &harness.world;
        world.set_max_receive_count(1);
        let id = world.forge(samples::valid("F-1", 1), Vec::new());
        harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(world.case(&case_of(&id)).unwrap().head.state, State::Open);
        tokio::time::sleep(Duration::from_mins(2)).await;
        world.move_dead_letters_back();
        world.fail(Call::Resolve, 1, Fault::ServerError);
        world.drain(&harness.intake).await;
        assert_eq!((world.invoices().len(), world.dead_letters().len()), (1, 1));
        harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(world.case(&case_of(&id)).unwrap().head.state, State::Resolved);
        assert!(world.dead_letters().is_empty());
    });
}
