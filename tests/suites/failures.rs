//! Every port, every way it can fail: a decided outcome, and the right end once the world works again.

use aduana_cases::message::Outcome;
use aduana_cases::ports::{CasePorts, EffectError, HeldMessage, InvalidMessageChannel};
use aduana_cases::trail;
use aduana_intake::{Failures, Intake, IntakePorts, Settings};
use aduana_invoice::{Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, TIMEOUT_MS, World, case_of, run};

/// One valid and one invalid message; the first `call` goes wrong by `fault`, in the first delivery or in the second.
fn deliver_with(call: Call, fault: Fault) -> World {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        world.send(samples::without_number(1));
        world.fail(call, 1, fault);
        world.drain(&world.intake()).await;
        // An alert that could not be sent is sent by the schedule.
        tokio::time::sleep(std::time::Duration::from_mins(2)).await;
        world.redrive().ask(r#"{"action":"notify","actor":"system:schedule"}"#).await;
        world
    })
}

#[test]
fn whatever_fails_every_message_ends_in_its_place() {
    for call in [
        Call::Store,
        Call::Hold,
        Call::Mark,
        Call::Send,
        Call::SendEntry,
        Call::Windows,
        Call::Enter,
        Call::Publish,
        Call::PublishEntry,
        Call::TakeDown,
    ] {
        for fault in Fault::ALL {
            let is_entry = matches!(call, Call::SendEntry | Call::PublishEntry);
            if is_entry
                && !matches!(fault, Fault::Throttle | Fault::ServerError | Fault::Refuse | Fault::LostReply)
            {
                continue;
            }
            let world = deliver_with(call, fault);
            let what = format!("{call:?} {fault:?}");
            assert_eq!(world.invoices().len(), 1, "{what}");
            let [case] = &world.cases()[..] else { panic!("{what}") };
            assert!(case.head.queued && case.head.alerted, "{what}");
            assert_eq!(trail::verify(&case.case.id, &case.trail, &case.head.trail), Ok(()), "{what}");
            assert_eq!(case.trail.len(), 1, "{what}: a redelivery is not an event");
            let copies = world.held_messages().len();
            assert!((1..=2).contains(&copies), "{what}: {copies} copies");
            let alerts = world.alerts().len();
            assert!((1..=2).contains(&alerts), "{what}: {alerts} alerts");
            assert_eq!(world.alerted(), [(case.case.id.clone(), 1)], "{what}");
        }
    }
}

#[test]
fn a_step_that_is_done_is_not_done_again() {
    for fault in [Fault::Throttle, Fault::ServerError, Fault::Refuse] {
        // The alert could not be enqueued: the message is in the queue, and is not sent again.
        for call in [Call::Publish, Call::Enter, Call::Windows] {
            let world = deliver_with(call, fault);
            assert_eq!((world.held_messages().len(), world.alerts().len()), (1, 1), "{call:?} {fault:?}");
        }
        // The send failed: no alert lists a message that is not in the queue.
        let world = deliver_with(Call::Send, fault);
        assert_eq!((world.held_messages().len(), world.alerts().len()), (1, 1), "{fault:?}");
    }
}

#[test]
fn a_failed_effect_is_a_retry_and_leaves_its_batch_mates_alone() {
    for (call, outcomes) in [
        (Call::Store, [Outcome::Retry, Outcome::Held]),
        (Call::StoreEntry, [Outcome::Retry, Outcome::Held]),
        (Call::Hold, [Outcome::Stored, Outcome::Retry]),
        (Call::Send, [Outcome::Stored, Outcome::Retry]),
        (Call::SendEntry, [Outcome::Stored, Outcome::Retry]),
        (Call::Windows, [Outcome::Stored, Outcome::Retry]),
        (Call::Enter, [Outcome::Stored, Outcome::Retry]),
    ] {
        for fault in [Fault::ServerError, Fault::Refuse, Fault::LostReply] {
            run(async {
                let world = World::new();
                world.send(samples::valid("F-1", 1));
                world.send(samples::without_number(1));
                world.fail(call, 1, fault);
                let report = world.invoke(&world.intake()).await.unwrap();
                let ends: Vec<Outcome> = report.outcomes().map(|(_, outcome)| outcome).collect();
                assert_eq!(ends, outcomes, "{call:?} {fault:?}");
                let counts = report.counts();
                assert_eq!(counts.failed_effects.values().sum::<usize>(), 1, "{call:?} {fault:?}");
            });
        }
    }
}

/// Every effect of a batch but the alert, for which nobody waits, and the four reads that only some messages need.
#[test]
fn what_is_throttled_waits_in_the_function_and_costs_no_delivery() {
    for call in [
        Call::Store,
        Call::StoreEntry,
        Call::Note,
        Call::NoteEntry,
        Call::Hold,
        Call::Send,
        Call::SendEntry,
        Call::Windows,
        Call::Enter,
    ] {
        run(async {
            let world = World::new();
            world.send(samples::valid_to_a_company("F-1", 1));
            world.send(samples::without_number(1));
            for nth in 1..=5 {
                world.fail(call, nth, Fault::Throttle);
            }
            let began = world.now_ms();
            let report = world.invoke(&world.intake()).await.unwrap();
            let ends: Vec<Outcome> = report.outcomes().map(|(_, outcome)| outcome).collect();
            assert_eq!(ends, [Outcome::Stored, Outcome::Held], "{call:?}");
            assert!(world.now_ms() > began, "{call:?}");
        });
    }
}

#[test]
fn what_stays_throttled_is_left_for_redelivery_in_time_and_alone() {
    run(async {
        let world = World::new();
        for n in 0..9 {
            world.send(samples::valid(&format!("F-{n}"), 1));
        }
        world.send(samples::without_number(1));
        world.fail_always(Call::Hold, Some(Fault::Throttle));
        let began = world.now_ms();
        let counts = world.invoke(&world.intake()).await.unwrap().counts();
        assert_eq!((counts.stored, counts.retry), (9, 1));
        let took = world.now_ms() - began;
        assert!((15_000..TIMEOUT_MS - 500).contains(&took), "{took} ms");
    });
}

#[test]
fn an_alert_that_fails_costs_its_message_nothing() {
    for call in [Call::Publish, Call::PublishEntry, Call::TakeDown] {
        run(async {
            let world = World::new();
            world.send(samples::without_number(1));
            world.fail(call, 1, Fault::ServerError);
            let report = world.invoke(&world.intake()).await.unwrap();
            assert_eq!(report.failures(), Failures::None, "{call:?}");
            let lines: Vec<_> = report.log().iter().map(|line| line.message).collect();
            let is_logged = lines.contains(&"alerts left for later: they could not be published");
            assert_eq!(is_logged, call != Call::TakeDown, "{call:?}: {lines:?}");
        });
    }
}

#[test]
fn closing_and_fetching_a_case_can_fail_too() {
    for call in [Call::Resolve, Call::Fetch] {
        for fault in Fault::ALL {
            run(async {
                let world = World::new();
                let intake = world.intake();
                // Too large for the queue together with its attributes: it travels as a claim check.
                let id = world.send(samples::without_number_of(1_048_576));
                world.drain(&intake).await;
                world.move_dead_letters_back();
                world.resend(&case_of(&id), 3, samples::valid("F-1", 1));
                world.fail(call, 1, fault);
                world.drain(&intake).await;
                let case = world.case(&case_of(&id)).unwrap();
                assert_eq!(case.head.state, aduana_cases::case::State::Resolved, "{call:?} {fault:?}");
                assert_eq!(trail::verify(&case.case.id, &case.trail, &case.head.trail), Ok(()));
                assert_eq!(world.invoices().len(), 1);
            });
        }
    }
}

#[test]
fn looking_an_invoice_up_can_fail_too() {
    for fault in Fault::ALL {
        run(async {
            let world = World::new();
            world.send(samples::wrong_total("F-1", 1));
            world.send(samples::without_number(1));
            // A second delivery asks whether what it refuses is stored.
            world.fail(Call::Hold, 1, Fault::ServerError);
            world.fail(Call::Hold, 2, Fault::ServerError);
            world.fail(Call::Has, 1, fault);
            world.drain(&world.intake()).await;
            assert_eq!(world.invoices().len() + world.cases().len(), 2, "{fault:?}");
        });
    }
}

#[test]
fn nothing_is_lost_when_nothing_works_for_a_while() {
    run(async {
        let world = World::new();
        world.set_max_receive_count(100);
        for call in Call::ALL {
            world.fail_always(call, Some(Fault::Refuse));
        }
        world.send(samples::valid("F-1", 1));
        world.send(samples::without_number(1));
        for _ in 0..20 {
            world.invoke(&world.intake()).await;
            tokio::time::sleep(std::time::Duration::from_mins(4)).await;
        }
        assert!(world.invoices().is_empty() && world.cases().is_empty() && world.dead_letters().is_empty());
        world.heal();
        world.drain(&world.intake()).await;
        assert_eq!((world.invoices().len(), world.held_messages().len(), world.alerts().len()), (1, 1, 1));
    });
}

/// A channel that says nothing of what it was given.
struct Silent;

impl InvalidMessageChannel for Silent {
    async fn send(&self, _messages: &[HeldMessage]) -> Vec<Result<(), EffectError>> {
        Vec::new()
    }
}

/// A world with that channel.
struct WithSilent(World);

impl CasePorts for WithSilent {
    type Cases = World;
    type Channel = Silent;
    type Alerts = World;
    type Clock = World;

    fn cases(&self) -> &World {
        &self.0
    }

    fn channel(&self) -> &Silent {
        &Silent
    }

    fn alerts(&self) -> &World {
        &self.0
    }

    fn clock(&self) -> &World {
        &self.0
    }
}

impl IntakePorts for WithSilent {
    type Invoices = World;

    fn invoices(&self) -> &World {
        &self.0
    }
}

#[test]
fn what_a_channel_does_not_answer_for_did_not_happen() {
    run(async {
        let world = World::new();
        let intake =
            Intake::new(WithSilent(world.clone()), Validator::new(Policy::default()), Settings::default());
        let envelope = aduana_cases::message::Envelope {
            source: aduana_cases::message::Source::Sqs { queue: "q".to_owned() },
            id: "m".to_owned(),
            body: samples::without_number(1),
            attributes: Vec::new(),
            receive_count: Some(1),
            sent_at_ms: None,
            sender: None,
        };
        let report = intake.run(vec![envelope], world.now_ms() + 30_000).await;
        assert_eq!(report.failures(), Failures::All);
        assert!(world.alerts().is_empty());
    });
}
