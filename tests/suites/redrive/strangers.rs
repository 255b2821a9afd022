//! A stranger has written the id of a case to come on a message, as ids follow from where a message comes from: the message that
//! then comes is held beside it, once, and nobody waits behind it.

use std::time::Duration;

use aduana_intake::Settings;
use aduana_intake::attributes::names;
use aduana_intake::cases::State;
use aduana_intake::message::{Attribute, CaseId, Source};
use aduana_invoice::{Category, Fingerprint, Summary};
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, TOPIC, WorldIntake, case_of, run};
use serde_json::json;

use super::Office;
use crate::judges::{Stern, violation};

fn record(partition: i32, offset: i64) -> CaseId {
    CaseId::of(&Source::Kafka { topic: TOPIC.to_owned(), partition, offset }, "")
}

/// A stranger's message is in the case file under this id.
async fn takes(office: &Office, id: &CaseId) {
    let attributes = vec![
        Attribute::text(names::INVALID_MESSAGE_ID, id.as_str()),
        Attribute::text(names::REASONS, r#"{"attempt":1}"#),
    ];
    office.world.forge(samples::without_number(99), attributes);
    office.ask("reconcile", json!({})).await.unwrap();
    assert_eq!(office.world.case(id).unwrap().original(), samples::without_number(99));
}

/// An intake that refuses everything.
fn refusing(office: &Office) -> WorldIntake<Stern> {
    let reasons = vec![violation("FE-R-002", Category::Range, "/issue_date")];
    office.world.intake_with(Stern(reasons, Summary::default()), Settings::default())
}

/// What is held under this id is this body, once, queued and told of when the window of its group has closed.
async fn assert_whole(office: &Office, id: &CaseId, body: &[u8]) {
    tokio::time::sleep(Duration::from_mins(10)).await;
    office.ask("tell", json!({})).await.unwrap();
    let world = &office.world;
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
        let office = Office::new();
        let taken = record(0, 0);
        takes(&office, &taken).await;
        let body = samples::without_number(1);
        office.world.produce(0, body.clone());
        office.world.produce(0, samples::valid("F-1", 1));
        let beside = taken.beside(&Fingerprint::of(&body));
        for _ in 0..2 {
            office.world.drain_topic(&office.intake, 100).await;
            assert_whole(&office, &beside, &body).await;
            assert_eq!((office.world.cases().len(), office.world.invoices().len()), (2, 1));
            office.assert_trail(&taken, &["received"]);
            office.world.rewind_topic();
        }
    });
}

#[test]
fn who_has_taken_that_id_too_gets_a_second_attempt_and_keeps_nobody_waiting() {
    run(async {
        let office = Office::new();
        let body = samples::without_number(1);
        let beside = record(0, 0).beside(&Fingerprint::of(&body));
        takes(&office, &record(0, 0)).await;
        takes(&office, &beside).await;
        office.world.produce(0, body.clone());
        for _ in 0..2 {
            office.world.drain_topic(&office.intake, 100).await;
            let case = office.world.case(&beside).unwrap();
            assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body.clone()));
            assert_eq!(office.world.cases().len(), 2);
            office.world.rewind_topic();
        }
    });
}

#[test]
fn an_invoice_that_is_accepted_later_closes_the_case_that_is_beside_the_strangers() {
    run(async {
        let office = Office::new();
        let taken = record(0, 0);
        takes(&office, &taken).await;
        let stern = refusing(&office);
        let body = samples::valid("F-1", 1);
        office.world.produce(0, body.clone());
        office.world.drain_topic(&stern, 100).await;
        let beside = taken.beside(&Fingerprint::of(&body));
        assert_whole(&office, &beside, &body).await;
        office.world.rewind_topic();
        office.world.drain_topic(&office.intake, 100).await;
        assert_eq!(office.world.invoices().len(), 1);
        assert_eq!((office.state(&beside), office.state(&taken)), (State::Resolved, State::Open));
    });
}

#[test]
fn what_sqs_gives_up_after_it_was_held_beside_a_stranger_is_finished_there() {
    run(async {
        let office = Office::new();
        let body = samples::without_number(1);
        office.world.set_max_receive_count(2);
        let taken = case_of(&office.world.send(body.clone()));
        takes(&office, &taken).await;
        office.world.fail_always(Call::Send, Some(Fault::Refuse));
        office.world.drain(&office.intake).await;
        office.world.heal();
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["taken_in"], json!(1), "{report}");
        assert_whole(&office, &taken.beside(&Fingerprint::of(&body)), &body).await;
        assert_eq!(office.world.cases().len(), 2);
    });
}

#[test]
fn what_sqs_gives_up_after_it_was_stored_closes_the_case_that_is_beside_the_strangers() {
    // With a copy in the queue that carries the case, and without one: then nothing but the message tells which it is.
    for dies_at in [Call::Enter, Call::Send] {
        run(async {
            let office = Office::new();
            let body = samples::valid("F-1", 1);
            office.world.set_max_receive_count(2);
            let taken = case_of(&office.world.send(body.clone()));
            takes(&office, &taken).await;
            let stern = refusing(&office);
            office.world.fail(dies_at, 1, Fault::CrashBefore);
            office.world.invoke(&stern).await;
            tokio::time::sleep(Duration::from_hours(1)).await;
            office.world.fail_always(Call::Resolve, Some(Fault::Refuse));
            office.world.drain(&office.intake).await;
            office.world.heal();
            let beside = taken.beside(&Fingerprint::of(&body));
            assert_eq!((office.world.invoices().len(), office.state(&beside)), (1, State::Open));
            assert_eq!(office.world.held_messages().len(), if dies_at == Call::Send { 1 } else { 2 });
            office.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((office.state(&beside), office.state(&taken)), (State::Resolved, State::Open));
        });
    }
}
