//! `reconcile`.

use std::time::Duration;

use aduana_intake::cases::State;
use aduana_intake::message::Attribute;
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
                let office = Office::new();
                office.world.fail_always(Call::Hold, Some(Fault::Refuse));
                let id = case_of(&office.world.send(samples::without_number(1)));
                office.world.drain(&office.intake).await;
                office.world.heal();
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
        assert_eq!(office.world.case(&ids[0]).unwrap().handling.under_way, None);
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
