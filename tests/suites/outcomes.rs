//! What becomes of the messages of a batch when the world works, and when the messages do not.

use std::time::Duration;

use aduana_cases::message::Outcome;
use aduana_cases::ports::{CaseFile, HoldReply, InvoiceStore};
use aduana_intake::{BatchReport, Failures, Settings};
use aduana_invoice::{Category, Policy, Severity, Summary, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, DeadLetter, Fault, TIMEOUT_MS, World, case_of, run};

use crate::judges::{Fragile, Lenient, RejectsOn, Stern, violation};

fn outcomes(report: &BatchReport) -> Vec<Outcome> {
    report.outcomes().map(|(_, outcome)| outcome).collect()
}

#[test]
fn a_mixed_batch_is_settled_in_one_invocation() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        let refused = world.send(samples::without_number(1));
        world.send(samples::valid("F-2", 2));
        let rubbish = world.send("not JSON");
        world.send(samples::valid("F-1", 1));
        let report = world.invoke(&world.intake()).await.unwrap();

        let expected = ["stored", "held", "stored", "held", "already_stored"];
        assert_eq!(outcomes(&report).iter().map(|outcome| outcome.as_str()).collect::<Vec<_>>(), expected);
        assert_eq!(report.failures(), Failures::None);
        assert!(world.is_drained());
        assert_eq!(world.invoices().len(), 2);
        for id in [refused, rubbish] {
            let case = world.case(&case_of(&id)).unwrap();
            assert!(case.head.queued && case.head.alerted);
        }
        assert_eq!(world.held_messages().len(), 2);
        let counts = report.counts();
        assert_eq!((counts.received, counts.stored, counts.already_stored, counts.held), (5, 2, 1, 2));
    });
}

#[test]
fn invalid_is_not_failed_and_delays_nobody() {
    run(async {
        let world = World::new();
        for units in 1..=10 {
            world.send(samples::without_number(units));
        }
        let report = world.invoke(&world.intake()).await.unwrap();
        assert_eq!(report.failures(), Failures::None);
        assert!(world.is_drained());
        assert_eq!(world.held_messages().len(), 10);
        assert_eq!(world.alerts().len(), 1, "one alert a group");
        assert_eq!(world.alerts()[0].covers.len(), 10);
    });
}

#[test]
fn what_is_held_is_byte_for_byte_what_was_received() {
    run(async {
        let world = World::new();
        let body = samples::without_number_of(3000);
        world.send(body.clone());
        world.drain(&world.intake()).await;
        assert_eq!(world.held_messages()[0].body.as_bytes(), body);
        assert_eq!(world.cases()[0].case.body.unpack().unwrap(), body);
    });
}

#[test]
fn alerts_keep_the_order_of_the_batch() {
    run(async {
        let world = World::new();
        world.fail_by_chance(1, 0);
        let ids: Vec<_> =
            (1..=10).map(|units| case_of(&world.send(samples::without_number(units)))).collect();
        world.invoke(&world.intake()).await;
        let sent: Vec<_> = world.held_messages().into_iter().map(|message| message.case_id).collect();
        assert_eq!(sent, ids);
    });
}

#[test]
fn the_same_invoice_in_two_batches_is_stored_once() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        world.drain(&world.intake()).await;
        world.send(samples::valid("F-1", 1));
        let reports = world.drain(&world.intake()).await;
        assert_eq!(outcomes(&reports[0]), [Outcome::AlreadyStored]);
        assert_eq!(world.invoices().len(), 1);
        assert!(world.cases().is_empty());
    });
}

#[test]
fn an_invoice_of_the_same_key_and_other_contents_is_held() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        let other = world.send(samples::valid("F-1", 2));
        let report = world.invoke(&world.intake()).await.unwrap();
        assert_eq!(
            outcomes(&report),
            [Outcome::Stored, Outcome::Held],
            "the first of the batch is the one that is stored"
        );
        let case = world.case(&case_of(&other)).unwrap();
        assert_eq!(case.case.reasons.code, "FE-D-016");
        assert_eq!(world.invoices().len(), 1);
        assert_eq!(report.counts().held_by_code, [("FE-D-016", 1)].into());
    });
}

#[test]
fn a_conflict_is_held_even_where_its_rule_is_turned_off() {
    for severity in [None, Some(Severity::Warning)] {
        run(async {
            let world = World::new();
            world.send(samples::valid("F-1", 1));
            world.send(samples::valid("F-1", 2));
            let judge = Lenient(Validator::new(Policy::default()), severity);
            let report = world.invoke(&world.intake_with(judge, Settings::default())).await.unwrap();
            assert_eq!(
                outcomes(&report),
                [Outcome::Stored, Outcome::Held],
                "{severity:?}: there is no third place"
            );
            let reasons = &world.cases()[0].case.reasons;
            assert_eq!((reasons.code, reasons.count), ("FE-D-016", 1));
        });
    }
}

#[test]
fn whatever_a_summary_says_its_case_fits_the_table() {
    run(async {
        let world = World::new();
        let long = || Some("é".repeat(300_000));
        let summary =
            Summary { seller: long(), buyer: long(), number: long(), payable: long(), ..Summary::default() };
        let judge = Stern(vec![violation("BR-02", Category::Structure, "/number")], summary);
        world.send("{}");
        let report = world.invoke(&world.intake_with(judge, Settings::default())).await.unwrap();
        assert_eq!(outcomes(&report), [Outcome::Held]);
    });
}

#[test]
fn a_case_records_when_its_message_was_sent_and_when_it_was_seen() {
    run(async {
        let world = World::new();
        world.send(samples::without_number(1));
        let sent_at_ms = world.now_ms();
        tokio::time::sleep(Duration::from_mins(7)).await;
        world.drain(&world.intake()).await;
        let case = world.cases().remove(0).case;
        assert_eq!((case.received_at_ms, case.seen_at_ms), (sent_at_ms, sent_at_ms + 420_000));
    });
}

#[test]
fn a_panic_costs_its_record_and_sqs_dead_letters_it_in_the_end() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        let poison = world.send("PANIC");
        world.send(samples::without_number(1));
        world.set_receive_counts(5, 3);
        let reports = world.drain(&world.intake_with(Fragile::new(), Settings::default())).await;

        assert_eq!(outcomes(&reports[0]), [Outcome::Stored, Outcome::Retry, Outcome::Held]);
        assert_eq!(reports[0].failures(), Failures::Some(vec![poison.clone()]));
        assert_eq!(reports.len(), 8, "as often as maxReceiveCount says, of either queue");
        assert!(reports[1..].iter().all(|report| report.failures() == Failures::All));
        let unprocessed = world.dead_letters().into_iter().find_map(|dead_letter| match dead_letter {
            DeadLetter::Unprocessed { id, .. } => Some(id),
            DeadLetter::Held(_) => None,
        });
        assert_eq!(unprocessed, Some(poison));
        assert_eq!((world.invoices().len(), world.cases().len()), (1, 1));
    });
}

#[test]
fn near_the_deadline_no_further_record_is_started() {
    run(async {
        let world = World::new();
        for number in 1..=10 {
            world.send(samples::without_number(number));
        }
        // One at a time, and three take nearly all the time there is.
        for nth in 1..=3 {
            world.fail(Call::Hold, nth, Fault::Slow);
        }
        let settings = Settings { concurrency: std::num::NonZeroUsize::MIN, ..Settings::default() };
        let report =
            world.invoke(&world.intake_with(Validator::new(Policy::default()), settings)).await.unwrap();
        assert_eq!(report.counts().held, 3);
        assert_eq!(report.counts().retry, 7);
        assert_eq!(world.calls(Call::Hold), 3, "none was started after them");
        assert!(matches!(report.failures(), Failures::Some(ids) if ids.len() == 7));

        world.drain(&world.intake()).await;
        assert_eq!(world.cases().len(), 10);
    });
}

#[test]
fn a_deadline_that_is_past_starts_nothing() {
    run(async {
        for (start_margin_ms, starts) in
            [(TIMEOUT_MS - 1, true), (TIMEOUT_MS, false), (2 * TIMEOUT_MS, false)]
        {
            let world = World::new();
            let settings = Settings { start_margin_ms, ..Settings::default() };
            world.send(samples::valid("F-1", 1));
            world.send(samples::without_number(1));
            let report =
                world.invoke(&world.intake_with(Validator::new(Policy::default()), settings)).await.unwrap();
            assert_eq!(report.failures() != Failures::All, starts, "{start_margin_ms}");
            assert_eq!(world.calls(Call::Store) + world.calls(Call::Hold) > 0, starts, "{start_margin_ms}");
        }
    });
}

#[test]
fn an_effect_that_hangs_costs_its_record_and_not_the_batch() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        world.send(samples::valid("F-2", 2));
        let hanging = world.send(samples::without_number(1));
        world.fail(Call::Hold, 1, Fault::Hang);
        let report = world.invoke(&world.intake()).await.unwrap();
        assert_eq!(outcomes(&report), [Outcome::Stored, Outcome::Stored, Outcome::Retry]);
        assert_eq!(report.failures(), Failures::Some(vec![hanging]));
        world.drain(&world.intake()).await;
        assert_eq!((world.invoices().len(), world.held_messages().len()), (2, 1));
    });
}

#[test]
fn a_call_that_hangs_costs_the_invoices_that_it_stores_together() {
    run(async {
        let world = World::new();
        for number in 1..=2 {
            world.send(samples::valid(&format!("F-{number}"), number));
        }
        world.fail(Call::Store, 1, Fault::HangAfter);
        let report = world.invoke(&world.intake()).await.unwrap();
        assert_eq!(outcomes(&report), [Outcome::Retry, Outcome::Retry]);
        let reports = world.drain(&world.intake()).await;
        assert_eq!(outcomes(&reports[0]), [Outcome::AlreadyStored, Outcome::AlreadyStored]);
        assert_eq!(world.invoices().len(), 2);
    });
}

#[test]
fn what_was_stored_is_not_held_when_a_redelivery_is_refused() {
    run(async {
        let world = World::new();
        let midnight = aduana_cases::time::day(world.now_ms());
        let intake = world.intake_with(
            RejectsOn(Validator::new(Policy::default()), "FE-R-002", move |today| today > midnight),
            Settings::default(),
        );
        world.send(samples::valid("F-1", 1));
        world.fail(Call::Store, 1, Fault::CrashAfter);
        assert!(world.invoke(&intake).await.is_none());
        tokio::time::sleep(Duration::from_hours(24)).await;

        let reports = world.drain(&intake).await;
        assert_eq!(outcomes(&reports[0]), [Outcome::AlreadyStored]);
        assert_eq!((world.invoices().len(), world.cases().len(), world.dead_letters().len()), (1, 0, 0));
    });
}

#[test]
fn a_case_is_closed_when_a_redelivery_of_it_is_stored() {
    run(async {
        let world = World::new();
        let first_day = aduana_cases::time::day(aduana_testkit::world::START_MS);
        let judge = RejectsOn(Validator::new(Policy::default()), "FE-R-001", move |today| today == first_day);
        let intake = world.intake_with(judge, Settings::default());
        let id = world.send(samples::valid("F-1", 1));
        world.fail(Call::Hold, 1, Fault::CrashAfter);
        assert!(world.invoke(&intake).await.is_none());
        tokio::time::sleep(Duration::from_hours(24)).await;

        let reports = world.drain(&intake).await;
        assert_eq!(outcomes(&reports[0]), [Outcome::Stored]);
        assert_eq!(reports[0].counts().resolved, 1);
        let case = world.case(&case_of(&id)).unwrap();
        assert_eq!(case.head.state, aduana_cases::case::State::Resolved);
        assert_eq!(world.invoices().len(), 1);
        let stored = &world.invoices()[0];
        let has = InvoiceStore::has(&world, &stored.key, &stored.fingerprint, "another message");
        assert!(has.await.unwrap());
    });
}

#[test]
fn a_run_can_move_between_threads() {
    fn is_send(_: &impl Send) {}
    run(async {
        let intake = World::new().intake();
        is_send(&intake.run(Vec::new(), 0));
    });
}

#[test]
fn holding_twice_says_what_is_done() {
    run(async {
        let world = World::new();
        world.send(samples::without_number(1));
        world.drain(&world.intake()).await;
        let case = world.cases()[0].case.clone();
        let again = CaseFile::hold(&world, &case).await.unwrap();
        assert_eq!(again, HoldReply::AlreadyHeld { attempt: 1, queued: true, alerted: true });
    });
}
