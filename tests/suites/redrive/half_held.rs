//! `reconcile` finishes what was held and neither queued nor alerted.

use std::time::Duration;

use aduana_cases::attributes::MESSAGE_MAX;
use aduana_cases::case::State;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, BodyVersion, CaseId};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, DeadLetter, Fault, case_of, producers, run};
use serde_json::json;

use super::{RedriveHarness, one, request};

/// SQS dead-letters a message whose rejection is in the case file, and neither queued nor alerted.
async fn dead_letter_between_case_file_and_queue(harness: &RedriveHarness) {
    dead_letter_between_case_file_and_queue_beside(harness, 0).await;
}

/// The same, beside this many copies of held messages.
async fn dead_letter_between_case_file_and_queue_beside(harness: &RedriveHarness, copies: usize) {
    let alerted = harness.world.alerted().len();
    harness.world.fail_always(Call::Send, Some(Fault::Refuse));
    harness.world.drain(&harness.intake).await;
    harness.world.heal();
    assert_eq!(harness.world.alerted().len(), alerted);
    assert_eq!(harness.world.held_messages().len(), copies);
}

/// The second attempt of these cases is queued and alerted, once, with its body and its producer's attributes.
fn assert_second_attempts_are_whole(harness: &RedriveHarness, ids: &[CaseId], theirs: &[Attribute]) {
    let dead_letters = harness.world.held_messages();
    assert_eq!((dead_letters.len(), harness.world.dead_letters().len()), (ids.len(), ids.len()));
    for id in ids {
        let case = harness.world.case(id).unwrap();
        assert_eq!((case.head.state, case.head.attempt), (State::Open, 2));
        assert!(case.head.queued && case.head.alerted);
        assert_eq!(harness.world.alerted().iter().filter(|alerted| **alerted == (id.clone(), 2)).count(), 1);
        let dead_letter = dead_letters.iter().find(|dead_letter| dead_letter.case_id == *id).unwrap();
        assert_eq!(dead_letter.attempt, 2);
        let body = case.case.body.unpack().unwrap();
        let claim = ClaimCheck::parse(dead_letter.body.as_bytes());
        assert!(dead_letter.body.as_bytes() == body || claim.unwrap().version() == BodyVersion::received(2));
        assert_eq!(producers(dead_letter).unwrap(), theirs);
    }
}

/// World 278 of the simulation.
#[test]
fn a_copy_dead_lettered_after_its_rejection_was_held_is_not_deleted_before_it_is_queued_and_alerted() {
    run(async {
        let harness = RedriveHarness::new();
        let theirs = vec![Attribute::text("tenant", "north")];
        let bodies = [samples::without_number(1), samples::without_number_of(MESSAGE_MAX - 20)];
        let ids = bodies.map(|body| case_of(&harness.world.send_with(body, theirs.clone())));
        harness.world.drain(&harness.intake).await;
        harness.world.move_dead_letters_back();
        dead_letter_between_case_file_and_queue(&harness).await;
        // SQS may deliver a message twice; a transaction can mark a case once.
        harness.world.duplicate_dead_letters();
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["ingested"], &report["deleted"]), (&json!(2), &json!(0)), "{report}");
        assert_second_attempts_are_whole(&harness, &ids, &theirs);
        for id in &ids {
            harness.assert_trail(id, &["received", "refused"]);
        }
    });
}

#[test]
fn a_resend_dead_lettered_after_its_rejection_was_held_is_not_deleted_before_it_is_queued_and_alerted() {
    run(async {
        let harness = RedriveHarness::new();
        let theirs = vec![Attribute::text("tenant", "north")];
        let id = case_of(&harness.world.send_with(samples::without_number(1), theirs.clone()));
        harness.world.drain(&harness.intake).await;
        harness.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
        // The copy of the first attempt is gone by then: it would be a reason of its own to finish the second.
        harness.world.expire_dead_letters();
        dead_letter_between_case_file_and_queue(&harness).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["ingested"], &report["returned"]), (&json!(1), &json!(0)), "{report}");
        assert_second_attempts_are_whole(&harness, &[id], &theirs);
    });
}

#[test]
fn a_copy_whose_case_is_gone_is_alerted_although_a_run_crashed_between_case_file_and_queue() {
    run(async {
        // Held in a world whose case file is lost: all that is left is the queue.
        let (before, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let harness = RedriveHarness::new();
        let dead_letter = before.world.held_messages().remove(0);
        harness.world.leave_copy(dead_letter);
        harness.world.fail(Call::Send, 1, Fault::CrashBefore);
        assert!(harness.redrive.ask(&request("system:schedule", "reconcile", &json!({}))).await.is_none());
        tokio::time::sleep(Duration::from_mins(2)).await;
        harness.ask("reconcile", json!({})).await.unwrap();
        let case = harness.world.case(&ids[0]).unwrap();
        assert!(case.head.queued && case.head.alerted);
        assert_eq!(
            (harness.world.alerted(), harness.world.dead_letters().len()),
            (vec![(ids[0].clone(), 1)], 1)
        );
        harness.assert_trail(&ids[0], &["received"]);
    });
}

/// How often a message was sent to the dead-letter queue.
fn sent(harness: &RedriveHarness) -> usize {
    harness.world.calls(Call::SendEntry)
}

#[test]
fn a_copy_that_is_in_the_queue_is_not_sent_a_second_time_to_alert_it() {
    run(async {
        let harness = RedriveHarness::new();
        let id = case_of(&harness.world.send(samples::without_number(1)));
        // It is in the queue, and not marked as queued when SQS dead-letters the message.
        harness.world.fail(Call::Send, 1, Fault::CrashAfter);
        harness.world.invoke(&harness.intake).await;
        dead_letter_between_case_file_and_queue_beside(&harness, 1).await;
        let case = harness.world.case(&id).unwrap();
        assert!(!case.head.queued && !case.head.alerted);
        let before = sent(&harness);
        for _ in 0..2 {
            harness.ask("reconcile", json!({})).await.unwrap();
            tokio::time::sleep(Duration::from_mins(10)).await;
        }
        let case = harness.world.case(&id).unwrap();
        assert!(case.head.queued && case.head.alerted);
        assert_eq!((sent(&harness), harness.world.alerted()), (before, vec![(id.clone(), 1)]));
        let dead_letters = harness.world.dead_letters();
        assert!(
            dead_letters.len() == 1 && matches!(dead_letters[0], DeadLetter::Held(_)),
            "{dead_letters:?}"
        );
    });
}

#[test]
fn what_was_queued_and_could_not_be_enqueued_for_alerts_is_marked_so_that_it_is_not_queued_twice() {
    run(async {
        let (harness, id) = RedriveHarness::with_a_dead_letter().await;
        harness.world.fail_always(Call::Enter, Some(Fault::Refuse));
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        // The message, and the copy that the same run finds in the queue.
        assert_eq!((&report["failed"], &report["ingested"]), (&json!(2), &json!(0)), "{report}");
        let case = harness.world.case(&id).unwrap();
        assert_eq!((case.head.queued, case.head.alerted, sent(&harness)), (true, false, 1));
        harness.world.heal();
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_mins(10)).await;
            harness.ask("reconcile", json!({})).await.unwrap();
        }
        assert_eq!((sent(&harness), harness.world.alerted()), (1, vec![(id.clone(), 1)]));
        let dead_letters = harness.world.dead_letters();
        assert!(
            dead_letters.len() == 1 && matches!(dead_letters[0], DeadLetter::Held(_)),
            "{dead_letters:?}"
        );
        harness.assert_trail(&id, &["received"]);
    });
}

/// What could not be queued is neither alerted nor marked as queued: reconcile would not look for it.
#[test]
fn what_could_not_be_queued_is_not_marked_as_queued_and_its_neighbour_is() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        let ids = [1, 2].map(|n| case_of(&harness.world.send(samples::without_number(n))));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        harness.world.fail(Call::SendEntry, 1, Fault::Refuse);
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["failed"], &report["ingested"]), (&json!(1), &json!(1)), "{report}");
        let marks = ids.each_ref().map(|id| {
            let head = harness.world.case(id).unwrap().head;
            (head.queued, head.alerted)
        });
        assert_eq!(marks, [(false, false), (true, true)]);
        tokio::time::sleep(Duration::from_mins(10)).await;
        harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((harness.world.held_messages().len(), harness.world.dead_letters().len()), (2, 2));
    });
}

/// A case whose resend SQS dead-lettered after its invoice was stored, with a body of `size` bytes.
async fn dead_lettered_between_invoice_and_case(size: usize) -> (RedriveHarness, CaseId) {
    let (harness, ids) = RedriveHarness::holding([samples::without_number_of(size)]).await;
    let id = ids[0].clone();
    let mut body = String::from_utf8(samples::valid("F-1", 1)).unwrap();
    // Too large for SQS, so that a claim check is sent.
    body.push_str(&" ".repeat(size.saturating_sub(body.len())));
    let correction = json!({ "select": one(&id), "correction": { "body": body } });
    harness.ask("correct", correction).await.unwrap();
    harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
    harness.world.set_max_receive_count(2);
    harness.world.fail_always(Call::Resolve, Some(Fault::Refuse));
    harness.world.drain(&harness.intake).await;
    harness.world.heal();
    assert_eq!((harness.state(&id), harness.world.invoices().len()), (State::Resent, 1));
    (harness, id)
}

/// World 7427 of the simulation.
#[test]
fn a_resend_dead_lettered_after_its_invoice_was_stored_closes_its_case() {
    for size in [10_000, MESSAGE_MAX] {
        run(async {
            let (harness, id) = dead_lettered_between_invoice_and_case(size).await;
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((harness.state(&id), &report["returned"]), (State::Resolved, &json!(0)), "{report}");
            // The copy of the first attempt was looked at before, and is hidden until that run is over.
            tokio::time::sleep(Duration::from_mins(10)).await;
            harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!(harness.world.dead_letters().len(), 0);
            harness.assert_trail(&id, &["received", "corrected", "claimed", "sent", "stored"]);
        });
    }
}

/// Neither answer may be guessed. A case wrongly taken for stored would be closed without an invoice. One wrongly taken for not stored
/// would be open for another correction beside its invoice.
#[test]
fn a_dead_lettered_resend_waits_while_it_is_unknown_whether_its_invoice_was_stored() {
    // By the invoice itself; by the body that is to be looked up, which is in the case file; by the case that is to be closed.
    let outages = [(10_000, Call::LookUp), (MESSAGE_MAX, Call::Fetch), (10_000, Call::Resolve)];
    for (size, call) in outages {
        run(async {
            let (harness, id) = dead_lettered_between_invoice_and_case(size).await;
            harness.world.fail_always(call, Some(Fault::Refuse));
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!(report["failed"], 1, "{call:?}: {report}");
            assert_eq!(
                (&report["returned"], &report["deleted"]),
                (&json!(0), &json!(0)),
                "{call:?}: {report}"
            );
            assert_eq!(harness.state(&id), State::Resent, "{call:?}");
            let dead_letters = harness.world.dead_letters();
            assert!(
                dead_letters.iter().any(|it| matches!(it, DeadLetter::Unprocessed { .. })),
                "{call:?}: it is there"
            );
            // The next run, without faults, when the dead letter is visible again.
            harness.world.heal();
            tokio::time::sleep(Duration::from_mins(10)).await;
            harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!(harness.state(&id), State::Resolved, "{call:?}");
            harness.assert_trail(&id, &["received", "corrected", "claimed", "sent", "stored"]);
        });
    }
}
