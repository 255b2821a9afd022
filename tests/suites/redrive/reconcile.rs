//! `reconcile`.

use std::time::Duration;

use aduana_cases::attributes::{MESSAGE_MAX, names};
use aduana_cases::case::State;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, CaseId};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, DeadLetter, Fault, case_of, producers, run};
use serde_json::json;

use super::{RedriveHarness, number, one};

#[test]
fn what_sqs_dead_lettered_is_ingested_with_its_reasons_and_alerted() {
    run(async {
        let harness = RedriveHarness::new();
        let theirs = vec![Attribute::text("tenant", "north")];
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        harness.world.fail_always(Call::Store, Some(Fault::Refuse));
        let bad = harness.world.send_with(samples::without_number(1), theirs.clone());
        let good = harness.world.send(samples::valid("F-1", 1));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["ingested"], &report["complete"]), (&json!(2), &json!(true)));

        let case = harness.world.case(&case_of(&bad)).unwrap().case;
        assert_eq!((case.reasons.code, case.reasons.codes()), ("UNPROCESSED", vec!["UNPROCESSED", "BR-02"]));
        let dead_letters = harness.world.held_messages();
        assert_eq!((dead_letters.len(), harness.world.dead_letters().len()), (2, 2), "the raw ones are gone");
        assert!(dead_letters.iter().any(|dead_letter| producers(dead_letter) == Some(theirs.clone())));
        assert_eq!(harness.world.alerts().iter().map(|alert| alert.covers.len()).sum::<usize>(), 2);

        let again = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&again["ingested"], harness.world.dead_letters().len()), (&json!(0), 2));
        harness.ask("resend", json!({ "select": one(&case_of(&good)) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&case_of(&good)), State::Resolved);
    });
}

#[test]
fn what_sqs_dead_lettered_after_it_was_stored_is_not_held() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.set_max_receive_count(2);
        harness.world.fail(Call::Store, 1, Fault::CrashAfter);
        harness.world.fail(Call::Store, 2, Fault::ServerError);
        harness.world.send(samples::valid("F-1", 1));
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.invoices().len(), harness.world.dead_letters().len()), (1, 1));
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["already_stored"], json!(1));
        assert!(harness.world.cases().is_empty() && harness.world.dead_letters().is_empty());
    });
}

#[test]
fn taking_in_can_fail_at_any_step_and_is_done_by_the_next_run() {
    for call in
        [Call::Hold, Call::Send, Call::SendEntry, Call::Publish, Call::Mark, Call::Delete, Call::DeleteEntry]
    {
        for fault in [Fault::Throttle, Fault::LostReply, Fault::CrashBefore, Fault::CrashAfter] {
            run(async {
                let (harness, id) = RedriveHarness::with_a_dead_letter().await;
                let is_entry = matches!(call, Call::SendEntry | Call::DeleteEntry);
                if is_entry && fault.is_crash() {
                    return;
                }
                harness.world.fail(call, 1, fault);
                for _ in 0..3 {
                    let ask = super::request("system:schedule", "reconcile", &json!({}));
                    drop(harness.redrive.ask(&ask).await);
                    tokio::time::sleep(Duration::from_mins(1)).await;
                }
                let case = harness.world.case(&id).unwrap();
                assert!(case.head.queued && case.head.alerted, "{call:?} {fault:?}");
                assert_eq!(case.trail.len(), 1);
                let dead_letters = harness.world.dead_letters();
                assert!(
                    dead_letters.iter().all(|dead_letter| matches!(dead_letter, DeadLetter::Held(_))),
                    "{call:?} {fault:?}"
                );
                assert_eq!(dead_letters.len(), 1, "{call:?} {fault:?}");
            });
        }
    }
}

#[test]
fn copies_of_what_has_ended_or_gone_on_are_deleted_and_others_stay() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=4).map(samples::without_number)).await;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[1]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        harness.world.duplicate_dead_letters();
        assert_eq!(harness.world.dead_letters().len(), 10);
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["looked_at"], &report["deleted"]), (&json!(10), &json!(7)));
        let mut left: Vec<_> =
            harness.world.held_messages().iter().map(|it| (it.case_id.clone(), it.attempt)).collect();
        left.sort();
        let mut expected = vec![(ids[1].clone(), 2), (ids[2].clone(), 1), (ids[3].clone(), 1)];
        expected.sort();
        assert_eq!(left, expected);
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(harness.ask("reconcile", json!({})).await.unwrap()["deleted"], json!(0));
    });
}

#[test]
fn a_dead_lettered_resend_reopens_its_case() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.fail_always(Call::Store, Some(Fault::Refuse));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        assert_eq!(harness.state(&ids[0]), State::Resent);
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["returned"], harness.state(&ids[0])), (&json!(1), State::Open));
        let case = harness.world.case(&ids[0]).unwrap();
        assert_eq!(case.redrive_state.in_flight, None);
        let returned = case.trail.last().unwrap();
        assert_eq!(
            (returned.actor.as_str(), returned.reason.as_str()),
            ("system:redrive", "SQS gave the message up"),
            "and not whoever asked for the run"
        );
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        harness.assert_trail(
            &ids[0],
            &["received", "corrected", "claimed", "sent", "returned", "claimed", "sent", "stored"],
        );
    });
}

#[test]
fn it_is_bounded_and_goes_on_at_the_next_run() {
    run(async {
        let (harness, _) = RedriveHarness::holding((1..=45).map(samples::without_number)).await;
        let first = harness.ask("reconcile", json!({ "max_receives": 2 })).await.unwrap();
        assert_eq!((&first["looked_at"], &first["complete"]), (&json!(20), &json!(false)));
        let rest = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&rest["looked_at"], &rest["complete"]), (&json!(25), &json!(true)));
    });
}

#[test]
fn it_lists_what_will_expire() {
    run(async {
        let (harness, _) = RedriveHarness::holding((1..=3).map(samples::without_number)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expiring"], report.get("expires_first")), (&json!(0), None));
        tokio::time::sleep(Duration::from_hours(12 * 24)).await;
        harness.world.send(samples::without_number(9));
        harness.world.drain(&harness.intake).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(
            (&report["expiring"], &report["expires_first"]),
            (&json!(3), &json!("2026-12-08T09:30:00.000Z"))
        );
        assert_eq!(report["oldest_open"], json!("2026-11-24T09:30:00.000Z"));
        // Of the first three the copies are gone by now.
        tokio::time::sleep(Duration::from_hours(3 * 24)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expiring"], report.get("expires_first")), (&json!(0), None));
        assert_eq!(report["oldest_open"], json!("2026-11-24T09:30:00.000Z"), "the cases are not");
    });
}

#[test]
fn the_first_to_expire_is_the_first_that_was_queued_and_not_the_first_that_was_held() {
    run(async {
        let harness = RedriveHarness::new();
        // Held, and queued at its second delivery, three minutes later.
        harness.world.fail(Call::Send, 1, Fault::ServerError);
        for units in [1, 2, 3] {
            harness.world.send(samples::without_number(units));
            harness.world.invoke(&harness.intake).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        harness.world.drain(&harness.intake).await;
        tokio::time::sleep(Duration::from_hours(12 * 24)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(
            (&report["expiring"], &report["expires_first"]),
            (&json!(3), &json!("2026-12-08T09:31:00.000Z"))
        );
    });
}

#[test]
fn a_message_that_borrows_a_cases_id_is_not_lost() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.world.fail_always(Call::Hold, Some(Fault::Refuse));
        let stranger = harness.world.claim(&ids[0], 2, samples::without_number(7));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["ingested"], &report["returned"]), (&json!(1), &json!(0)));
        assert_eq!(
            harness.world.case(&case_of(&stranger)).unwrap().case.body.unpack().unwrap(),
            samples::without_number(7)
        );
        harness.assert_trail(&ids[0], &["received"]);
    });
}

/// The attributes of a held message, as anybody may write them.
fn forged(id: &CaseId) -> Vec<Attribute> {
    vec![
        Attribute::text(names::INVALID_MESSAGE_ID, id.as_str()),
        Attribute::text(names::REASONS, r#"{"attempt":1}"#),
    ]
}

/// Forged bodies that pose as those of this case.
fn strange_bodies(id: &CaseId) -> [Vec<u8>; 3] {
    let claim = json!({ "aduana_claim_check": {
        "case_id": id, "attempt": 1, "size": 2_000_000, "sha256": "0".repeat(64), "why": "too_large",
    }});
    [samples::without_number(7), samples::valid("S-1", 7), claim.to_string().into_bytes()]
}

#[test]
fn a_forged_copy_of_an_ended_case_is_ingested_and_not_deleted() {
    for nth in 0..3 {
        run(async {
            let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
            harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            let body = strange_bodies(&ids[0])[nth].clone();
            let stranger = harness.world.forge(body.clone(), forged(&ids[0]));
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["deleted"], &report["ingested"]), (&json!(1), &json!(1)), "{report}");
            let case = harness.world.case(&case_of(&stranger)).unwrap();
            assert_eq!((case.original(), case.case.reasons.code), (body, "UNPROCESSED"));
            harness.assert_trail(&ids[0], &["received", "discarded"]);
        });
    }
}

#[test]
fn a_forged_copy_of_an_open_case_does_not_take_the_place_of_the_true_one() {
    run(async {
        let harness = RedriveHarness::new();
        let id = case_of("00000000-0000-4000-8000-000000000001");
        harness.world.forge(samples::without_number(7), forged(&id));
        assert_eq!(case_of(&harness.world.send(samples::without_number(1))), id, "the id was guessed");
        harness.world.drain(&harness.intake).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["ingested"]), (&json!(0), &json!(1)), "{report}");
        assert_eq!(harness.world.cases().len(), 2);
        assert_eq!(harness.world.held_messages().len(), 2);
    });
}

#[test]
fn a_forged_resend_is_ingested_whatever_the_state_of_the_case_it_names() {
    for discarded in [false, true] {
        run(async {
            let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
            if discarded {
                harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            }
            let before = harness.world.case(&ids[0]).unwrap().trail;
            for body in strange_bodies(&ids[0]) {
                let attributes = vec![
                    Attribute::text(names::INVALID_MESSAGE_ID, ids[0].as_str()),
                    Attribute::number(names::ATTEMPT, 2),
                ];
                harness.world.forge(body, attributes);
            }
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["returned"], &report["ingested"]), (&json!(0), &json!(3)), "{report}");
            assert_eq!(
                (harness.world.case(&ids[0]).unwrap().trail, harness.world.cases().len()),
                (before, 4)
            );
        });
    }
}

#[test]
fn a_copy_of_any_body_that_its_case_has_had_is_known_as_such() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        // A correction that was sent, and replaced while its outcome was not known.
        let correct = |number_of: &str, overridden: bool| json!({ "select": one(&ids[0]), "correction": number(number_of), "override": overridden });
        harness.ask("correct", correct("F-1", false)).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.fail_always(Call::Store, Some(Fault::Refuse));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        harness.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.ask("correct", correct("F-2", true)).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&ids[0]), State::Resolved);
        // In the queue: the copy of what was received, and the resend that SQS dead-lettered.
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["ingested"]), (&json!(2), &json!(0)), "{report}");
        assert_eq!((harness.world.cases().len(), harness.world.dead_letters().len()), (1, 0));
    });
}

#[test]
fn a_copy_of_a_correction_that_was_replaced_before_it_was_sent_is_known_as_such() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for number_of in ["F-1", "F-2"] {
            let correct = json!({ "select": one(&ids[0]), "correction": number(number_of) });
            harness.ask("correct", correct).await.unwrap();
        }
        let first = json!({ "id": ids[0], "unmask": true, "body": { "correction": 1 } });
        let body = harness.ask("get", first).await.unwrap()["body"]["text"].as_str().unwrap().to_owned();
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.forge(body, forged(&ids[0]));
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["ingested"]), (&json!(2), &json!(0)), "{report}");
        assert_eq!(harness.world.cases().len(), 1);
    });
}

/// A claim check says where a body is: if nobody has that, what is left is the claim check itself, and a person may know.
#[test]
fn a_claim_check_whose_case_is_gone_stays_in_the_queue_and_is_counted() {
    run(async {
        // Held in a world whose case file is lost.
        let (before, ids) = RedriveHarness::holding([samples::without_number_of(MESSAGE_MAX)]).await;
        let harness = RedriveHarness::new();
        let dead_letter = before.world.held_messages().remove(0);
        let claim = ClaimCheck::parse(dead_letter.body.as_bytes()).unwrap();
        assert_eq!(claim.case_id, ids[0]);
        harness.world.leave_copy(dead_letter);
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["orphans"], &report["complete"]), (&json!(1), &json!(true)), "{report}");
        assert_eq!((&report["ingested"], &report["deleted"]), (&json!(0), &json!(0)), "{report}");
        assert_eq!((harness.world.cases().len(), harness.world.dead_letters().len()), (0, 1));
    });
}

#[test]
fn a_claim_check_that_names_another_case_than_its_message_is_ingested() {
    run(async {
        let harness = RedriveHarness::new();
        let [carried, named] = ["1", "2"].map(case_of);
        let body = strange_bodies(&named)[2].clone();
        let own = case_of(&harness.world.forge(body.clone(), forged(&carried)));
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["orphans"], &report["ingested"]), (&json!(0), &json!(1)), "{report}");
        assert_eq!(report["refused_claims"], json!(1), "{report}");
        assert_eq!(harness.world.case(&own).unwrap().original(), body);
    });
}

#[test]
fn a_message_whose_case_cannot_be_read_stays_where_it_is() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.world.forge(samples::without_number(7), forged(&ids[0]));
        harness.world.fail_always(Call::Heads, Some(Fault::Throttle));
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["complete"], json!(false), "{report}");
        assert_eq!(harness.world.dead_letters().len(), 2);
        harness.world.heal();
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(harness.ask("reconcile", json!({})).await.unwrap()["ingested"], json!(1));
    });
}

#[test]
fn what_was_ingested_keeps_its_case_when_aws_moves_it_back() {
    run(async {
        let (harness, id) = RedriveHarness::with_a_dead_letter().await;
        harness.ask("reconcile", json!({})).await.unwrap();
        // Under a new message id, as AWS's own redrive does: the copy that reconcile left there carries the case.
        harness.world.move_dead_letters_back();
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.cases().len(), harness.world.case(&id).unwrap().head.attempt), (1, 2));
        harness.assert_trail(&id, &["received", "refused"]);
        assert_eq!(harness.world.case(&id).unwrap().case.reasons.codes(), ["BR-02"], "it was judged at last");
    });
}

#[test]
fn what_aws_moves_back_before_it_was_ingested_opens_one_case() {
    run(async {
        let (harness, _) = RedriveHarness::with_a_dead_letter().await;
        harness.world.move_dead_letters_back();
        harness.world.drain(&harness.intake).await;
        harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((harness.world.cases().len(), harness.world.dead_letters().len()), (1, 1));
    });
}
