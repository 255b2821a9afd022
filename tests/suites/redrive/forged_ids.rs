//! A stranger has written the id of a case to come on a message, as ids follow from where a message comes from: the message that
//! then comes is held beside it, once, and nobody waits behind it.

use std::time::Duration;

use aduana_cases::attributes::names;
use aduana_cases::case::State;
use aduana_cases::message::{Attribute, CaseId, Source};
use aduana_intake::Settings;
use aduana_invoice::{Category, Fingerprint, Summary};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, TOPIC, WorldIntake, case_of, run};
use serde_json::json;

use super::RedriveHarness;
use crate::judges::{Stern, violation};

fn record(partition: i32, offset: i64) -> CaseId {
    CaseId::of(&Source::Kafka { topic: TOPIC.to_owned(), partition, offset }, "")
}

/// A stranger's message is in the case file under this id.
async fn takes(harness: &RedriveHarness, id: &CaseId) {
    let attributes = vec![
        Attribute::text(names::INVALID_MESSAGE_ID, id.as_str()),
        Attribute::text(names::REASONS, r#"{"attempt":1}"#),
    ];
    harness.world.forge(samples::without_number(99), attributes);
    harness.ask("reconcile", json!({})).await.unwrap();
    assert_eq!(harness.world.case(id).unwrap().original(), samples::without_number(99));
}

/// An intake that refuses everything.
fn refusing(harness: &RedriveHarness) -> WorldIntake<Stern> {
    let reasons = vec![violation("FE-R-002", Category::Range, "/issue_date")];
    harness.world.intake_with(Stern(reasons, Summary::default()), Settings::default())
}

/// What is held under this id is this body, once, queued and told of when the window of its group has closed.
async fn assert_whole(harness: &RedriveHarness, id: &CaseId, body: &[u8]) {
    tokio::time::sleep(Duration::from_mins(10)).await;
    harness.ask("notify", json!({})).await.unwrap();
    let world = &harness.world;
    let case = world.case(id).unwrap();
    assert_eq!((case.original(), case.head.state, case.head.attempt), (body.to_vec(), State::Open, 1));
    assert!(case.head.queued && case.head.alerted);
    assert_eq!(world.held_messages().iter().filter(|message| message.case_id == *id).count(), 1);
    assert_eq!(world.told().iter().filter(|told| **told == (id.clone(), 1)).count(), 1);
}

/// Worlds 371 and 599 of the proof.
#[test]
fn a_record_is_held_beside_whoever_has_taken_its_id_and_its_partition_goes_on() {
    run(async {
        let harness = RedriveHarness::new();
        let taken = record(0, 0);
        takes(&harness, &taken).await;
        let body = samples::without_number(1);
        harness.world.produce(0, body.clone());
        harness.world.produce(0, samples::valid("F-1", 1));
        let beside = taken.sibling(&Fingerprint::of(&body));
        for _ in 0..2 {
            harness.world.drain_topic(&harness.intake, 100).await;
            assert_whole(&harness, &beside, &body).await;
            assert_eq!((harness.world.cases().len(), harness.world.invoices().len()), (2, 1));
            harness.assert_trail(&taken, &["received"]);
            harness.world.rewind_topic();
        }
    });
}

#[test]
fn who_has_taken_that_id_too_gets_a_second_attempt_and_keeps_nobody_waiting() {
    run(async {
        let harness = RedriveHarness::new();
        let body = samples::without_number(1);
        let beside = record(0, 0).sibling(&Fingerprint::of(&body));
        takes(&harness, &record(0, 0)).await;
        takes(&harness, &beside).await;
        harness.world.produce(0, body.clone());
        for _ in 0..2 {
            harness.world.drain_topic(&harness.intake, 100).await;
            let case = harness.world.case(&beside).unwrap();
            assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body.clone()));
            assert_eq!(harness.world.cases().len(), 2);
            harness.world.rewind_topic();
        }
    });
}

#[test]
fn an_invoice_that_is_accepted_later_closes_the_case_that_is_beside_the_strangers() {
    run(async {
        let harness = RedriveHarness::new();
        let taken = record(0, 0);
        takes(&harness, &taken).await;
        let stern = refusing(&harness);
        let body = samples::valid("F-1", 1);
        harness.world.produce(0, body.clone());
        harness.world.drain_topic(&stern, 100).await;
        let beside = taken.sibling(&Fingerprint::of(&body));
        assert_whole(&harness, &beside, &body).await;
        harness.world.rewind_topic();
        harness.world.drain_topic(&harness.intake, 100).await;
        assert_eq!(harness.world.invoices().len(), 1);
        assert_eq!((harness.state(&beside), harness.state(&taken)), (State::Resolved, State::Open));
    });
}

#[test]
fn what_sqs_gives_up_after_it_was_held_beside_a_stranger_is_finished_there() {
    run(async {
        let harness = RedriveHarness::new();
        let body = samples::without_number(1);
        harness.world.set_max_receive_count(2);
        let taken = case_of(&harness.world.send(body.clone()));
        takes(&harness, &taken).await;
        harness.world.fail_always(Call::Send, Some(Fault::Refuse));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["ingested"], json!(1), "{report}");
        assert_whole(&harness, &taken.sibling(&Fingerprint::of(&body)), &body).await;
        assert_eq!(harness.world.cases().len(), 2);
    });
}

#[test]
fn what_sqs_gives_up_after_it_was_stored_closes_the_case_that_is_beside_the_strangers() {
    // With a copy in the queue that carries the case, and without one: then nothing but the message tells which it is.
    for dies_at in [Call::Enter, Call::Send] {
        run(async {
            let harness = RedriveHarness::new();
            let body = samples::valid("F-1", 1);
            harness.world.set_max_receive_count(2);
            let taken = case_of(&harness.world.send(body.clone()));
            takes(&harness, &taken).await;
            let stern = refusing(&harness);
            harness.world.fail(dies_at, 1, Fault::CrashBefore);
            harness.world.invoke(&stern).await;
            tokio::time::sleep(Duration::from_hours(1)).await;
            harness.world.fail_always(Call::Resolve, Some(Fault::Refuse));
            harness.world.drain(&harness.intake).await;
            harness.world.heal();
            let beside = taken.sibling(&Fingerprint::of(&body));
            assert_eq!((harness.world.invoices().len(), harness.state(&beside)), (1, State::Open));
            assert_eq!(harness.world.held_messages().len(), if dies_at == Call::Send { 1 } else { 2 });
            harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((harness.state(&beside), harness.state(&taken)), (State::Resolved, State::Open));
        });
    }
}
