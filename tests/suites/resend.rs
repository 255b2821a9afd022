//! Messages that were held before and come again: resent by an operator, moved back by AWS, late copies, forged messages.

use aduana_cases::case::State;
use aduana_cases::message::{Attribute, CaseId, Outcome};
use aduana_cases::trail;
use aduana_intake::BatchReport;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, World, WorldIntake, case_of, producers, run};

/// A world with one held message, its intake, and its case.
async fn held() -> (World, WorldIntake, CaseId) {
    let world = World::new();
    let intake = world.intake();
    let id = world.send_with(samples::without_number(1), vec![Attribute::text("tenant", "north")]);
    world.drain(&intake).await;
    (world, intake, case_of(&id))
}

/// Dispatches what waits for its window to close.
async fn notify(world: &World) {
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    world.redrive().ask(r#"{"action":"notify","actor":"system:schedule"}"#).await;
}

fn outcome(reports: &[BatchReport]) -> Outcome {
    reports[0].outcomes().next().unwrap().1
}

fn assert_trail(world: &World, id: &CaseId, acts: &[&str]) {
    let case = world.case(id).unwrap();
    let found: Vec<_> = case.trail.iter().map(|event| event.act.as_str()).collect();
    assert_eq!(found, acts);
    assert_eq!(trail::verify(id, &case.trail, &case.head.trail), Ok(()));
}

#[test]
fn a_corrected_invoice_is_stored_and_closes_its_case() {
    run(async {
        let (world, intake, case) = held().await;
        world.resend(&case, 2, samples::valid("F-1", 1));
        let reports = world.drain(&intake).await;
        assert_eq!(outcome(&reports), Outcome::Stored);
        assert_eq!(reports[0].counts().resolved, 1);
        // Found by the same id as its beginning.
        let ids: Vec<_> = reports[0].log().into_iter().filter_map(|line| line.correlation_id).collect();
        assert_eq!(ids, [case.to_string()]);
        assert_eq!(world.invoices()[0].case_id.as_ref(), Some(&case));
        assert_eq!(world.case(&case).unwrap().head.state, State::Resolved);
        assert_trail(&world, &case, &["received", "stored"]);
    });
}

#[test]
fn a_case_is_closed_once_although_its_invoice_comes_again() {
    run(async {
        let (world, intake, case) = held().await;
        world.resend(&case, 2, samples::valid("F-1", 1));
        world.resend(&case, 2, samples::valid("F-1", 1));
        world.fail(Call::Resolve, 1, Fault::LostReply);
        world.drain(&intake).await;
        assert_eq!(world.invoices().len(), 1);
        assert_trail(&world, &case, &["received", "stored"]);
    });
}

#[test]
fn a_case_that_is_rejected_again_is_open_and_alerted_again() {
    run(async {
        let (world, intake, case) = held().await;
        world.change_case(&case, |head| head.state = State::Resent);
        world.resend(&case, 2, samples::without_number(2));
        let reports = world.drain(&intake).await;
        assert_eq!(outcome(&reports), Outcome::Held);
        let row = world.case(&case).unwrap();
        assert_eq!((row.head.state, row.head.attempt, row.head.bodies.len()), (State::Open, 2, 2));
        assert_eq!(world.held_messages().len(), 2);
        notify(&world).await;
        let mut found = world.alerted();
        found.sort();
        assert_eq!(found, [(case.clone(), 1), (case.clone(), 2)]);
        assert_trail(&world, &case, &["received", "refused"]);
    });
}

#[test]
fn a_late_copy_of_an_attempt_that_is_past_does_nothing() {
    run(async {
        let (world, intake, case) = held().await;
        world.resend(&case, 2, samples::without_number(2));
        world.drain(&intake).await;
        let before = (world.held_messages().len(), world.alerts().len());
        world.resend(&case, 1, samples::without_number(1));
        assert_eq!(outcome(&world.drain(&intake).await), Outcome::Held);
        assert_eq!((world.held_messages().len(), world.alerts().len()), before);
        assert_trail(&world, &case, &["received", "refused"]);
    });
}

#[test]
fn the_copy_that_is_left_in_the_queue_does_not_open_a_closed_case() {
    run(async {
        let (world, intake, case) = held().await;
        world.resend(&case, 2, samples::valid("F-1", 1));
        world.drain(&intake).await;
        world.move_dead_letters_back();
        assert_eq!(outcome(&world.drain(&intake).await), Outcome::Held);
        assert!(world.dead_letters().is_empty(), "the copy is gone");
        assert_eq!(world.case(&case).unwrap().head.state, State::Resolved);
        assert_trail(&world, &case, &["received", "stored"]);
    });
}

#[test]
fn a_message_with_the_id_of_a_forged_case_gets_a_case_of_its_own() {
    run(async {
        let (world, intake, case) = held().await;
        let stranger = world.claim(&case, 1, samples::without_number(7));
        assert_eq!(outcome(&world.drain(&intake).await), Outcome::Held);
        assert_eq!(world.cases().len(), 2);
        assert_eq!(world.case(&case_of(&stranger)).unwrap().case.attempt, 1);
        assert_trail(&world, &case, &["received"]);

        world.claim(&case, 1, samples::valid("F-9", 9));
        world.drain(&intake).await;
        assert_eq!(
            world.case(&case).unwrap().head.state,
            State::Open,
            "nor does its invoice close the stranger's case"
        );
    });
}

#[test]
fn awss_own_redrive_lands_on_the_case_and_keeps_the_producers_attributes() {
    run(async {
        let (world, intake, case) = held().await;
        for attempt in 2..=4 {
            world.move_dead_letters_back();
            world.drain(&intake).await;
            let [message] = &world.held_messages()[..] else { panic!("one copy") };
            assert_eq!((&message.case_id, message.attempt), (&case, attempt));
            assert_eq!(producers(message), Some(vec![Attribute::text("tenant", "north")]));
        }
        assert_eq!(world.cases().len(), 1);
        assert_trail(&world, &case, &["received", "refused", "refused", "refused"]);
    });
}

#[test]
fn two_copies_moved_back_together_are_one_attempt() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        let id = world.send(samples::without_number(1));
        world.fail(Call::Send, 1, Fault::CrashAfter);
        world.drain(&intake).await;
        assert_eq!(world.held_messages().len(), 2);
        world.move_dead_letters_back();
        world.drain(&intake).await;
        assert_eq!(world.held_messages().len(), 1, "queued once");
        notify(&world).await;
        assert_eq!(world.alerted().len(), 2, "once for each attempt");
        assert_trail(&world, &case_of(&id), &["received", "refused"]);
    });
}

#[test]
fn two_that_are_sent_through_again_at_once_are_two_attempts_of_one_case() {
    for (first, second) in [(2, 2), (3, 2)] {
        run(async {
            let (world, intake, case) = held().await;
            // No attempt is believed beyond the next one.
            world.resend(&case, first, samples::without_number(2));
            world.resend(&case, second, samples::without_number(3));
            // The second finds its attempt taken, and crashes when it has the next one.
            world.fail(Call::Hold, 3, Fault::CrashAfter);
            world.drain(&intake).await;
            let row = world.case(&case).unwrap();
            assert_eq!((world.cases().len(), row.head.attempt), (1, 3));
            assert!(row.head.queued && row.head.alerted);
            assert_trail(&world, &case, &["received", "refused", "refused"]);
        });
    }
}

#[test]
fn a_copy_that_was_moved_back_does_not_keep_a_correction_from_closing_the_case() {
    run(async {
        let (world, intake, case) = held().await;
        world.move_dead_letters_back();
        world.drain(&intake).await;
        world.resend(&case, 2, samples::valid("F-1", 1));
        world.drain(&intake).await;
        assert_eq!(world.case(&case).unwrap().head.state, State::Resolved);
        assert_trail(&world, &case, &["received", "refused", "stored"]);
    });
}

#[test]
fn producers_attributes_that_stayed_in_the_case_file_come_back() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        // So large that a claim check in the place of the body would not make room enough.
        let theirs = vec![Attribute::text("huge", "x".repeat(1_048_576 - 20))];
        world.send_with("{}", theirs.clone());
        world.drain(&intake).await;
        assert_eq!(producers(&world.held_messages()[0]), None);
        world.move_dead_letters_back();
        world.drain(&intake).await;
        let json = world.cases()[0].case.producer_attributes.clone().unwrap().unpack().unwrap();
        assert_eq!(aduana_cases::attributes::from_json(&json), Ok(theirs));
        assert_eq!(world.cases()[0].head.attempt, 2);
    });
}

#[test]
fn a_claim_check_whose_body_is_damaged_is_not_judged() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        let id = world.send(samples::without_number_of(1_048_576));
        world.drain(&intake).await;
        world.damage_case(&case_of(&id), 1);
        world.move_dead_letters_back();
        let report = world.invoke(&intake).await.unwrap();
        assert_eq!(outcome(&[report]), Outcome::Retry);
        assert_eq!(world.case(&case_of(&id)).unwrap().head.attempt, 1);
    });
}

#[test]
fn a_claim_check_redeems_nothing_but_its_own_case() {
    run(async {
        let (world, intake, case) = held().await;
        world.send(samples::without_number_of(1_048_576));
        world.drain(&intake).await;
        let claim = world.held_messages().pop().unwrap().body;
        let stranger = world.claim(&case, 2, claim.clone());
        world.drain(&intake).await;
        assert_eq!(world.calls(Call::Fetch), 0);
        assert_eq!(
            world.case(&case_of(&stranger)).unwrap().original(),
            claim.as_bytes(),
            "it is judged as it is"
        );
    });
}

#[test]
fn what_sqs_dead_lettered_can_be_moved_back_and_opens_its_own_case() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        world.set_max_receive_count(2);
        world.fail_always(Call::Hold, Some(Fault::Refuse));
        world.send(samples::without_number(1));
        world.drain(&intake).await;
        assert!(world.cases().is_empty() && world.held_messages().is_empty());
        assert_eq!(world.dead_letters().len(), 1);
        world.heal();
        world.move_dead_letters_back();
        world.drain(&intake).await;
        assert_eq!((world.cases().len(), world.held_messages().len()), (1, 1));
    });
}
