//! `reconcile` ingests what SQS dead-lettered before it was judged.

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
use crate::judges::RejectsOn;

/// SQS dead-letters a message that was never judged, while these invoices are stored. Returns the report of reconcile.
async fn dead_lettered_beside(
    harness: &RedriveHarness,
    stored: &[Vec<u8>],
    body: Vec<u8>,
) -> (CaseId, Value) {
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
fn what_sqs_dead_lettered_is_compared_with_the_stored_invoice_by_content() {
    // The same document, its members in another order: it is in its place.
    run(async {
        let harness = RedriveHarness::new();
        let (_, report) =
            dead_lettered_beside(&harness, &[samples::valid("F-1", 1)], samples::valid_reordered("F-1", 1))
                .await;
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
            let (id, report) =
                dead_lettered_beside(&harness, &[samples::valid("F-1", 1)], body.clone()).await;
            assert_eq!((&report["already_stored"], &report["ingested"]), (&json!(0), &json!(1)), "{report}");
            let case = harness.world.case(&id).unwrap();
            assert_eq!((case.original(), case.case.reasons.codes()), (body, codes));
            assert_eq!(harness.world.held_messages().len(), 1);
        });
    }
}

#[test]
fn a_valid_message_that_sqs_dead_lettered_has_no_other_reason_than_that() {
    run(async {
        let harness = RedriveHarness::new();
        let (id, _) =
            dead_lettered_beside(&harness, &[samples::valid("F-1", 1)], samples::valid("F-2", 1)).await;
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
        let judge = RejectsOn(Validator::new(Policy::default()), "FE-R-002", move |day| day > today);
        let redrive = harness.world.redrive_with(judge, Settings::default());
        let ask = request("ana", "reconcile", &json!({}));
        let Answer::Reconcile(report) = redrive.ask(&ask).await.unwrap().unwrap() else { panic!("a report") };
        assert_eq!((report.already_stored, report.ingested), (1, 0));
        assert!(harness.world.cases().is_empty() && harness.world.dead_letters().is_empty());
    });
}

#[test]
fn a_message_that_could_not_be_ingested_is_counted_as_failed_whichever_step_it_was() {
    // If an alert could not be enqueued, the copy is in the queue by then, and fails in the same run.
    let steps =
        [(Call::Hold, 1), (Call::Send, 1), (Call::SendEntry, 1), (Call::Enter, 2), (Call::DeleteEntry, 1)];
    for (call, failed) in steps {
        run(async {
            let (harness, _) = RedriveHarness::with_a_dead_letter().await;
            harness.world.fail_always(call, Some(Fault::Refuse));
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            let counts = (&report["failed"], &report["ingested"], &report["complete"]);
            assert_eq!(counts, (&json!(failed), &json!(0), &json!(false)), "{call:?} {report}");
        });
    }
}
