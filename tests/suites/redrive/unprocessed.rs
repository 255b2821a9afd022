//! `reconcile` takes in what SQS gave up before anybody had judged it.

use std::time::Duration;

use aduana_cases::message::CaseId;
use aduana_cases::time::day;
use aduana_invoice::{Policy, Validator};
use aduana_redrive::Settings;
use aduana_redrive::answer::Answer;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, START_MS, case_of, run};
use serde_json::{Value, json};

use super::{RedriveHarness, request};
use crate::judges::UntilMidnight;

/// A message that SQS gave up before it was judged once, while all of these invoices are stored. What reconcile says of it.
async fn given_up_beside(harness: &RedriveHarness, stored: &[Vec<u8>], body: Vec<u8>) -> (CaseId, Value) {
    for body in stored {
        harness.world.send(body.clone());
    }
    harness.world.drain(&harness.intake).await;
    assert_eq!(harness.world.invoices().len(), stored.len());
    let calls = [Call::Hold, Call::Store, Call::Has];
    for call in calls {
        harness.world.fail_always(call, Some(Fault::Refuse));
    }
    let id = case_of(&harness.world.send(body));
    harness.world.drain(&harness.intake).await;
    assert_eq!(harness.world.dead_letters().len(), 1);
    harness.world.heal();
    (id, harness.ask("reconcile", json!({})).await.unwrap())
}

#[test]
fn what_sqs_gave_up_and_is_stored_with_other_bytes_or_other_content_is_told_apart() {
    // The same document, its members in another order: it is in its place.
    run(async {
        let harness = RedriveHarness::new();
        let (_, report) =
            given_up_beside(&harness, &[samples::valid("F-1", 1)], samples::valid_reordered("F-1", 1)).await;
        assert_eq!((&report["already_stored"], &report["ingested"]), (&json!(1), &json!(0)), "{report}");
        assert!(harness.world.cases().is_empty() && harness.world.dead_letters().is_empty());
    });
    // Another one with its number: it is held, for what the validator would have said.
    let codes = [
        (samples::valid("F-1", 2), vec!["UNPROCESSED", "FE-D-016"]),
        // Where the number is taken besides, that is not what is to be corrected first.
        (samples::wrong_total("F-1", 1), vec!["UNPROCESSED", "BR-CO-15"]),
    ];
    for (body, codes) in codes {
        run(async {
            let harness = RedriveHarness::new();
            let (id, report) = given_up_beside(&harness, &[samples::valid("F-1", 1)], body.clone()).await;
            assert_eq!((&report["already_stored"], &report["ingested"]), (&json!(0), &json!(1)), "{report}");
            let case = harness.world.case(&id).unwrap();
            assert_eq!((case.original(), case.case.reasons.codes()), (body, codes));
            assert_eq!(harness.world.held_messages().len(), 1);
        });
    }
}

#[test]
fn what_sqs_gave_up_and_is_in_order_has_no_other_reason_than_that() {
    run(async {
        let harness = RedriveHarness::new();
        let (id, _) = given_up_beside(&harness, &[samples::valid("F-1", 1)], samples::valid("F-2", 1)).await;
        assert_eq!(harness.world.case(&id).unwrap().case.reasons.codes(), ["UNPROCESSED"]);
        for (lang, words) in [("en", "could not be brought to an end"), ("es", "no se pudo llevar a término")]
        {
            let shown = harness.ask("get", json!({ "id": id, "lang": lang })).await.unwrap();
            assert!(shown["reasons"][0]["message"].as_str().unwrap().contains(words), "{lang}");
        }
    });
}

#[test]
fn what_was_stored_is_in_its_place_although_it_would_be_refused_by_now() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.set_max_receive_count(1);
        harness.world.fail(Call::Store, 1, Fault::CrashAfter);
        harness.world.send(samples::valid("F-1", 1));
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.invoices().len(), harness.world.dead_letters().len()), (1, 1));
        tokio::time::sleep(Duration::from_hours(24)).await;
        let today = day(START_MS);
        let judge = UntilMidnight(Validator::new(Policy::default()), today);
        let redrive = harness.world.redrive_with(judge, Settings::default());
        let ask = request("ana", "reconcile", &json!({}));
        let Answer::Reconcile(report) = redrive.ask(&ask).await.unwrap().unwrap() else { panic!("a report") };
        assert_eq!((report.already_stored, report.ingested), (1, 0));
        assert!(harness.world.cases().is_empty() && harness.world.dead_letters().is_empty());
    });
}

#[test]
fn a_message_that_could_not_be_taken_in_is_counted_as_failed_whichever_step_it_was() {
    // Of what could not be put on the board the copy is in the queue by then, and fails in the same run.
    let steps =
        [(Call::Hold, 1), (Call::Send, 1), (Call::SendEntry, 1), (Call::Enter, 2), (Call::DeleteEntry, 1)];
    for (call, failed) in steps {
        run(async {
            let (harness, _) = RedriveHarness::giving_up().await;
            harness.world.fail_always(call, Some(Fault::Refuse));
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            let counts = (&report["failed"], &report["ingested"], &report["complete"]);
            assert_eq!(counts, (&json!(failed), &json!(0), &json!(false)), "{call:?} {report}");
        });
    }
}
