//! `reconcile`.

use std::time::Duration;

use aduana_intake::attributes::{MESSAGE_MAX, names};
use aduana_intake::cases::State;
use aduana_intake::claim::ClaimCheck;
use aduana_intake::message::{Attribute, CaseId};
use aduana_tests::samples;
use aduana_tests::world::{Call, DeadLetter, Fault, case_of, producers, run};
use serde_json::json;

use super::{Office, number, one};

#[test]
fn what_sqs_gave_up_is_taken_in_with_its_reasons_and_told_of() {
    run(async {
        let office = Office::new();
        let theirs = vec![Attribute::text("tenant", "north")];
        office.world.fail_always(Call::Hold, Some(Fault::Refuse));
        office.world.fail_always(Call::Store, Some(Fault::Refuse));
        let bad = office.world.send_with(samples::without_number(1), theirs.clone());
        let good = office.world.send(samples::valid("F-1", 1));
        office.world.drain(&office.intake).await;
        office.world.heal();
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["taken_in"], &report["complete"]), (&json!(2), &json!(true)));

        let case = office.world.case(&case_of(&bad)).unwrap().case;
        assert_eq!((case.reasons.code, case.reasons.codes()), ("UNPROCESSED", vec!["UNPROCESSED", "BR-02"]));
        let letters = office.world.held_messages();
        assert_eq!((letters.len(), office.world.dead_letters().len()), (2, 2), "the raw ones are gone");
        assert!(letters.iter().any(|letter| producers(letter) == Some(theirs.clone())));
        assert_eq!(office.world.alerts().iter().map(|alert| alert.covers.len()).sum::<usize>(), 2);

        let again = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&again["taken_in"], office.world.dead_letters().len()), (&json!(0), 2));
        office.ask("resend", json!({ "select": one(&case_of(&good)) })).await.unwrap();
        office.world.drain(&office.intake).await;
        assert_eq!(office.state(&case_of(&good)), State::Resolved);
    });
}

#[test]
fn what_sqs_gave_up_after_it_was_stored_is_not_held() {
    run(async {
        let office = Office::new();
        office.world.set_max_receive_count(2);
        office.world.fail(Call::Store, 1, Fault::CrashAfter);
        office.world.fail(Call::Store, 2, Fault::Throttle);
        office.world.send(samples::valid("F-1", 1));
        office.world.drain(&office.intake).await;
        assert_eq!((office.world.invoices().len(), office.world.dead_letters().len()), (1, 1));
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["already_stored"], json!(1));
        assert!(office.world.cases().is_empty() && office.world.dead_letters().is_empty());
    });
}

#[test]
fn taking_in_can_fail_at_any_step_and_is_done_by_the_next_run() {
    for call in
        [Call::Hold, Call::Send, Call::SendEntry, Call::Publish, Call::Mark, Call::Delete, Call::DeleteEntry]
    {
        for fault in [Fault::Throttle, Fault::LostReply, Fault::CrashBefore, Fault::CrashAfter] {
            run(async {
                let (office, id) = Office::giving_up().await;
                let is_entry = matches!(call, Call::SendEntry | Call::DeleteEntry);
                if is_entry && fault.is_crash() {
                    return;
                }
                office.world.fail(call, 1, fault);
                for _ in 0..3 {
                    let ask = super::request("system:schedule", "reconcile", &json!({}));
                    drop(office.redrive.ask(&ask).await);
                    tokio::time::sleep(Duration::from_mins(1)).await;
                }
                let case = office.world.case(&id).unwrap();
                assert!(case.head.queued && case.head.alerted, "{call:?} {fault:?}");
                assert_eq!(case.trail.len(), 1);
                let letters = office.world.dead_letters();
                assert!(
                    letters.iter().all(|letter| matches!(letter, DeadLetter::Held(_))),
                    "{call:?} {fault:?}"
                );
                assert_eq!(letters.len(), 1, "{call:?} {fault:?}");
            });
        }
    }
}

#[test]
fn copies_of_what_has_ended_or_gone_on_are_deleted_and_others_stay() {
    run(async {
        let (office, ids) = Office::holding((1..=4).map(samples::without_number)).await;
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[1]), "override": true })).await.unwrap();
        office.world.drain(&office.intake).await;
        office.world.duplicate_dead_letters();
        assert_eq!(office.world.dead_letters().len(), 10);
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["looked_at"], &report["deleted"]), (&json!(10), &json!(7)));
        let mut left: Vec<_> =
            office.world.held_messages().iter().map(|it| (it.case_id.clone(), it.attempt)).collect();
        left.sort();
        let mut expected = vec![(ids[1].clone(), 2), (ids[2].clone(), 1), (ids[3].clone(), 1)];
        expected.sort();
        assert_eq!(left, expected);
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(office.ask("reconcile", json!({})).await.unwrap()["deleted"], json!(0));
    });
}

#[test]
fn a_resend_that_sqs_gave_up_opens_its_case_again() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.fail_always(Call::Store, Some(Fault::Refuse));
        office.world.drain(&office.intake).await;
        office.world.heal();
        assert_eq!(office.state(&ids[0]), State::Resent);
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["returned"], office.state(&ids[0])), (&json!(1), State::Open));
        let case = office.world.case(&ids[0]).unwrap();
        assert_eq!(case.handling.under_way, None);
        let returned = case.trail.last().unwrap();
        assert_eq!(
            (returned.actor.as_str(), returned.reason.as_str()),
            ("system:redrive", "SQS gave the message up"),
            "and not whoever asked for the run"
        );
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.drain(&office.intake).await;
        office.assert_trail(
            &ids[0],
            &["received", "corrected", "claimed", "sent", "returned", "claimed", "sent", "stored"],
        );
    });
}

#[test]
fn it_is_bounded_and_goes_on_at_the_next_run() {
    run(async {
        let (office, _) = Office::holding((1..=45).map(samples::without_number)).await;
        let first = office.ask("reconcile", json!({ "max_receives": 2 })).await.unwrap();
        assert_eq!((&first["looked_at"], &first["complete"]), (&json!(20), &json!(false)));
        let rest = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&rest["looked_at"], &rest["complete"]), (&json!(25), &json!(true)));
    });
}

#[test]
fn it_tells_what_will_expire() {
    run(async {
        let (office, _) = Office::holding((1..=3).map(samples::without_number)).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expiring"], report.get("expires_first")), (&json!(0), None));
        tokio::time::sleep(Duration::from_hours(12 * 24)).await;
        office.world.send(samples::without_number(9));
        office.world.drain(&office.intake).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(
            (&report["expiring"], &report["expires_first"]),
            (&json!(3), &json!("2026-12-08T09:30:00.000Z"))
        );
        assert_eq!(report["oldest_open"], json!("2026-11-24T09:30:00.000Z"));
        // Of the first three the copies are gone by now.
        tokio::time::sleep(Duration::from_hours(3 * 24)).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expiring"], report.get("expires_first")), (&json!(0), None));
        assert_eq!(report["oldest_open"], json!("2026-11-24T09:30:00.000Z"), "the cases are not");
    });
}

#[test]
fn the_first_to_expire_is_the_first_that_was_queued_and_not_the_first_that_was_held() {
    run(async {
        let office = Office::new();
        // Held, and queued at its second delivery, three minutes later.
        office.world.fail(Call::Send, 1, Fault::Throttle);
        for units in [1, 2, 3] {
            office.world.send(samples::without_number(units));
            office.world.invoke(&office.intake).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        office.world.drain(&office.intake).await;
        tokio::time::sleep(Duration::from_hours(12 * 24)).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(
            (&report["expiring"], &report["expires_first"]),
            (&json!(3), &json!("2026-12-08T09:31:00.000Z"))
        );
    });
}

#[test]
fn a_message_that_borrows_a_cases_id_is_not_lost() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.world.fail_always(Call::Hold, Some(Fault::Refuse));
        let stranger = office.world.resend(&ids[0], 2, samples::without_number(7));
        office.world.drain(&office.intake).await;
        office.world.heal();
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["taken_in"], &report["returned"]), (&json!(1), &json!(0)));
        assert_eq!(
            office.world.case(&case_of(&stranger)).unwrap().case.body.unpack().unwrap(),
            samples::without_number(7)
        );
        office.assert_trail(&ids[0], &["received"]);
    });
}

/// The attributes of a held message, as anybody may write them.
fn forged(id: &CaseId) -> Vec<Attribute> {
    vec![
        Attribute::text(names::INVALID_MESSAGE_ID, id.as_str()),
        Attribute::text(names::REASONS, r#"{"attempt":1}"#),
    ]
}

/// Bodies that a stranger may pass off as those of this case.
fn strange_bodies(id: &CaseId) -> [Vec<u8>; 3] {
    let claim = json!({ "aduana_claim_check": {
        "case_id": id, "attempt": 1, "size": 2_000_000, "sha256": "0".repeat(64), "why": "too_large",
    }});
    [samples::without_number(7), samples::valid("S-1", 7), claim.to_string().into_bytes()]
}

#[test]
fn a_forged_copy_of_an_ended_case_is_taken_in_and_not_deleted() {
    for nth in 0..3 {
        run(async {
            let (office, ids) = Office::holding([samples::without_number(1)]).await;
            office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            let body = strange_bodies(&ids[0])[nth].clone();
            let stranger = office.world.forge(body.clone(), forged(&ids[0]));
            let report = office.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["deleted"], &report["taken_in"]), (&json!(1), &json!(1)), "{report}");
            let case = office.world.case(&case_of(&stranger)).unwrap();
            assert_eq!((case.original(), case.case.reasons.code), (body, "UNPROCESSED"));
            office.assert_trail(&ids[0], &["received", "discarded"]);
        });
    }
}

#[test]
fn a_forged_copy_of_an_open_case_does_not_take_the_place_of_the_true_one() {
    run(async {
        let office = Office::new();
        let id = case_of("00000000-0000-4000-8000-000000000001");
        office.world.forge(samples::without_number(7), forged(&id));
        assert_eq!(case_of(&office.world.send(samples::without_number(1))), id, "the id was guessed");
        office.world.drain(&office.intake).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["taken_in"]), (&json!(0), &json!(1)), "{report}");
        assert_eq!(office.world.cases().len(), 2);
        assert_eq!(office.world.held_messages().len(), 2);
    });
}

#[test]
fn a_forged_resend_is_taken_in_whatever_the_state_of_the_case_it_names() {
    for discarded in [false, true] {
        run(async {
            let (office, ids) = Office::holding([samples::without_number(1)]).await;
            if discarded {
                office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            }
            let before = office.world.case(&ids[0]).unwrap().trail;
            for body in strange_bodies(&ids[0]) {
                let attributes = vec![
                    Attribute::text(names::INVALID_MESSAGE_ID, ids[0].as_str()),
                    Attribute::number(names::ATTEMPT, 2),
                ];
                office.world.forge(body, attributes);
            }
            let report = office.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["returned"], &report["taken_in"]), (&json!(0), &json!(3)), "{report}");
            assert_eq!((office.world.case(&ids[0]).unwrap().trail, office.world.cases().len()), (before, 4));
        });
    }
}

#[test]
fn a_copy_of_any_body_that_its_case_has_had_is_known_as_such() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        // A correction that was sent, and replaced while its outcome was not known.
        let correct = |number_of: &str, overridden: bool| json!({ "select": one(&ids[0]), "correction": number(number_of), "override": overridden });
        office.ask("correct", correct("F-1", false)).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.fail_always(Call::Store, Some(Fault::Refuse));
        office.world.drain(&office.intake).await;
        office.world.heal();
        office.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.ask("correct", correct("F-2", true)).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        office.world.drain(&office.intake).await;
        assert_eq!(office.state(&ids[0]), State::Resolved);
        // In the queue: the copy of what was received, and the resend that SQS gave up.
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["taken_in"]), (&json!(2), &json!(0)), "{report}");
        assert_eq!((office.world.cases().len(), office.world.dead_letters().len()), (1, 0));
    });
}

#[test]
fn a_copy_of_a_correction_that_was_replaced_before_it_was_sent_is_known_as_such() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        for number_of in ["F-1", "F-2"] {
            let correct = json!({ "select": one(&ids[0]), "correction": number(number_of) });
            office.ask("correct", correct).await.unwrap();
        }
        let first = json!({ "id": ids[0], "unmask": true, "body": { "correction": 1 } });
        let body = office.ask("get", first).await.unwrap()["body"]["text"].as_str().unwrap().to_owned();
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.forge(body, forged(&ids[0]));
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["deleted"], &report["taken_in"]), (&json!(2), &json!(0)), "{report}");
        assert_eq!(office.world.cases().len(), 1);
    });
}

/// A claim check says where a body is: if nobody has that, what is left is the claim check itself, and a person may know.
#[test]
fn a_claim_check_whose_case_is_gone_stays_in_the_queue_and_is_counted() {
    run(async {
        // Held in a world whose case file is lost.
        let (before, ids) = Office::holding([samples::without_number_of(MESSAGE_MAX)]).await;
        let office = Office::new();
        let letter = before.world.held_messages().remove(0);
        let claim = ClaimCheck::parse(letter.body.as_bytes()).unwrap();
        assert_eq!(claim.case_id, ids[0]);
        office.world.forge(letter.body.clone().into_bytes(), letter.attributes);
        // As a resend that SQS gave up.
        let attributes = vec![
            Attribute::text(names::INVALID_MESSAGE_ID, ids[0].as_str()),
            Attribute::number(names::ATTEMPT, 2),
        ];
        office.world.forge(letter.body.clone().into_bytes(), attributes);
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["orphans"], &report["complete"]), (&json!(2), &json!(true)), "{report}");
        assert_eq!((&report["taken_in"], &report["deleted"]), (&json!(0), &json!(0)), "{report}");
        assert_eq!((office.world.cases().len(), office.world.dead_letters().len()), (0, 2));
    });
}

#[test]
fn a_claim_check_that_names_another_case_than_its_message_is_taken_in() {
    run(async {
        let office = Office::new();
        let [carried, named] = ["1", "2"].map(case_of);
        let body = strange_bodies(&named)[2].clone();
        office.world.forge(body.clone(), forged(&carried));
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["orphans"], &report["taken_in"]), (&json!(0), &json!(1)), "{report}");
        assert_eq!(office.world.case(&carried).unwrap().original(), body);
    });
}

#[test]
fn a_message_whose_case_cannot_be_read_stays_for_the_next_run() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.world.forge(samples::without_number(7), forged(&ids[0]));
        office.world.fail_always(Call::Look, Some(Fault::Throttle));
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["failed"], &report["complete"]), (&json!(1), &json!(false)), "{report}");
        office.world.heal();
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(office.ask("reconcile", json!({})).await.unwrap()["taken_in"], json!(1));
    });
}

#[test]
fn what_was_taken_in_keeps_its_case_when_aws_moves_it_back() {
    run(async {
        let (office, id) = Office::giving_up().await;
        office.ask("reconcile", json!({})).await.unwrap();
        // Under a new message id, as AWS's own redrive does: the copy that reconcile left there carries the case.
        office.world.move_dead_letters_back();
        office.world.drain(&office.intake).await;
        assert_eq!((office.world.cases().len(), office.world.case(&id).unwrap().head.attempt), (1, 2));
        office.assert_trail(&id, &["received", "refused"]);
        assert_eq!(office.world.case(&id).unwrap().case.reasons.codes(), ["BR-02"], "it was judged at last");
    });
}

#[test]
fn what_aws_moves_back_before_it_was_taken_in_opens_one_case() {
    run(async {
        let (office, _) = Office::giving_up().await;
        office.world.move_dead_letters_back();
        office.world.drain(&office.intake).await;
        office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((office.world.cases().len(), office.world.dead_letters().len()), (1, 1));
    });
}
