//! Who may say that a message is of a case: whoever has a body of that case, and nobody else. What strangers write on their messages
//! closes, changes, delays and reads nothing of others.

use std::time::Duration;

use aduana_cases::attributes::names;
use aduana_cases::case::State;
use aduana_cases::claim::{ClaimCheck, KnownBody};
use aduana_cases::message::{Attribute, AttributeValue, CaseId, Source};
use aduana_intake::Settings;
use aduana_invoice::{Category, Fingerprint, Summary};
use aduana_testkit::samples;
use aduana_testkit::world::{CLIENT, TOPIC, WorldIntake, case_of, run};
use serde_json::json;

use super::{RedriveHarness, number, one};
use crate::judges::{Stern, violation};

fn record(partition: i32, offset: i64) -> CaseId {
    CaseId::of(&Source::Kafka { topic: TOPIC.to_owned(), partition, offset }, "")
}

fn claiming(id: &CaseId, attempt: u32) -> Vec<Attribute> {
    vec![Attribute::text(names::INVALID_MESSAGE_ID, id.as_str()), Attribute::number(names::ATTEMPT, attempt)]
}

/// A harness with a record held, and the case of it.
async fn with_record() -> (RedriveHarness, CaseId) {
    let harness = RedriveHarness::new();
    harness.world.produce(0, samples::without_number(1));
    harness.world.drain_topic(&harness.intake, 100).await;
    (harness, record(0, 0))
}

/// Nothing of the case is another's, and it can be worked on as ever.
async fn assert_untouched(harness: &RedriveHarness, id: &CaseId) {
    let case = harness.world.case(id).unwrap();
    assert_eq!((case.head.state, case.head.attempt, case.head.bodies.len()), (State::Open, 1, 1));
    assert_eq!(case.original(), samples::without_number(1));
    harness.assert_trail(id, &["received"]);
    harness.ask("correct", json!({ "select": one(id), "correction": number("R-1") })).await.unwrap();
    harness.ask("resend", json!({ "select": one(id) })).await.unwrap();
    harness.world.drain(&harness.intake).await;
    assert_eq!(harness.state(id), State::Resolved);
}

#[test]
fn a_strangers_invoice_closes_nobodys_case() {
    run(async {
        for attempt in [0, 1, 2, 7, u32::MAX] {
            let (harness, id) = with_record().await;
            harness.world.send_with(samples::valid("EVIL-1", 9), claiming(&id, attempt));
            let reports = harness.world.drain(&harness.intake).await;
            let counts = reports[0].counts();
            assert_eq!((counts.stored, counts.resolved, counts.refused_claims), (1, 0, 1), "{attempt}");
            assert_eq!(harness.world.invoices()[0].case_id, None, "{attempt}");
            assert_untouched(&harness, &id).await;
        }
    });
}

#[test]
fn one_invoice_sent_two_hundred_times_closes_none_of_two_hundred_cases() {
    run(async {
        let harness = RedriveHarness::new();
        for n in 0..200 {
            harness.world.produce(0, samples::without_number(n + 1));
        }
        harness.world.drain_topic(&harness.intake, 100).await;
        for n in 0..200 {
            harness.world.send_with(samples::valid("EVIL-1", 9), claiming(&record(0, n), 2));
        }
        harness.world.drain(&harness.intake).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(report["deleted"], json!(0), "{report}");
        let open = harness.world.cases().iter().filter(|case| case.head.state == State::Open).count();
        assert_eq!((open, harness.world.dead_letters().len()), (200, 200));
    });
}

/// His own body neither shows in the case, nor is stored by an operator's correction.
#[test]
fn a_strangers_body_comes_into_nobodys_case() {
    run(async {
        for attempt in [1, 2, u32::MAX] {
            let (harness, id) = with_record().await;
            let own = case_of(&harness.world.send_with(samples::without_number(77), claiming(&id, attempt)));
            harness.world.drain(&harness.intake).await;
            assert_eq!(harness.world.case(&own).unwrap().original(), samples::without_number(77));
            assert_eq!(harness.world.case(&own).unwrap().case.sender.unwrap().as_str(), CLIENT);
            assert_untouched(&harness, &id).await;
        }
    });
}

#[test]
fn a_stranger_does_not_take_the_place_of_a_resend() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let id = &ids[0];
        harness.ask("correct", json!({ "select": one(id), "correction": number("R-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(id) })).await.unwrap();
        harness.world.send_with(b"garbage".to_vec(), claiming(id, 2));
        harness.world.reverse_queue();
        harness.world.drain(&harness.intake).await;
        harness.assert_trail(id, &["received", "corrected", "claimed", "sent", "stored"]);
        assert_eq!(harness.world.invoices().len(), 1);
    });
}

/// Each refused claim is in the log with who made it, under the case that is the message's own.
#[test]
fn a_refused_claim_is_counted_and_logged_with_its_sender_and_loses_no_attribute() {
    run(async {
        let (harness, id) = with_record().await;
        let mut theirs = claiming(&id, 2);
        theirs.push(Attribute::text(names::SOURCE, "ERP of Ana Pérez"));
        theirs.push(Attribute::text(
            names::PRODUCER_ATTRIBUTES,
            json!({ "case_id": id, "attempt": 1 }).to_string(),
        ));
        let own = case_of(&harness.world.send_with(samples::without_number(7), theirs.clone()));
        let report = harness.world.drain(&harness.intake).await.remove(0);
        let line = report.log().into_iter().find(|line| line.message.starts_with("claim refused")).unwrap();
        assert_eq!(line.correlation_id.as_deref(), Some(own.as_str()));
        let field = |name: &str| line.fields.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        assert_eq!((field("sender"), field("claimed_case_id")), (json!(CLIENT), json!(id)));
        assert!(!format!("{:?}", report.log()).contains("Pérez"), "no value of an attribute is in a log");
        let case = harness.world.case(&own).unwrap();
        let json = case.case.producer_attributes.unwrap().unpack().unwrap();
        let mut kept = aduana_cases::attributes::from_json(&json).unwrap();
        kept.sort();
        theirs.sort();
        assert_eq!(kept, theirs);
        assert_eq!(case.case.source.to_string(), "sqs:aduana-invoices");
    });
}

/// The value and the headers of a record.
type Record = (Vec<u8>, Vec<Attribute>);

/// Whatever a record holds, it ends in a place, and those behind it in theirs.
#[test]
fn no_record_stops_its_partition() {
    let id = CaseId::parse(&"a".repeat(32)).unwrap();
    let claim = |id: &CaseId| {
        format!(
            r#"{{"aduana_claim_check":{{"case_id":"{id}","attempt":1,"size":1,"sha256":"00","why":""}}}}"#
        )
        .into_bytes()
    };
    let of = |id: &CaseId, attempt: u32, more: &[Attribute]| [claiming(id, attempt), more.to_vec()].concat();
    let key = |bytes: usize| Attribute {
        name: "KafkaKey".to_owned(),
        value: AttributeValue::Binary { data_type: "Binary".to_owned(), value: noise(bytes) },
    };
    let source = Attribute::text(names::SOURCE, format!("sqs:{}", "x".repeat(450_000)));
    let poison: [(&str, Vec<Record>); 5] = [
        ("a claim check with a wrong sum", vec![(claim(&record(0, 0)), of(&record(0, 0), 2, &[]))]),
        (
            "two of the last attempt that there is",
            vec![(b"x".to_vec(), of(&id, u32::MAX, &[])), (b"y".to_vec(), of(&id, u32::MAX, &[]))],
        ),
        ("a source of 450 KB", vec![(samples::without_number(3), of(&id, 2, &[source]))]),
        ("a key of 4.3 MB", vec![(b"x".to_vec(), vec![key(4_300_000)])]),
        ("a body and a key of 2 MB", vec![(noise(2_000_000), vec![key(2_000_000)])]),
    ];
    for (what, records) in poison {
        run(async {
            let (harness, _) = with_record().await;
            let held = records.len();
            for (body, attributes) in records.clone() {
                harness.world.produce_with(0, body, attributes);
            }
            for n in 0..20 {
                harness.world.produce(0, samples::valid(&format!("GOOD-{n}"), n + 1));
            }
            harness.world.drain_topic(&harness.intake, 100).await;
            assert_eq!(harness.world.invoices().len(), 20, "{what}");
            assert_eq!(harness.world.cases().len(), 1 + held, "{what}");
            for case in harness.world.cases() {
                assert_eq!(case.head.attempt, 1, "{what}");
                assert!(case.case.source.to_string().starts_with("kafka:invoices/0/"), "{what}");
            }
        });
    }
}

/// Bytes that no compression makes smaller.
fn noise(count: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// A record may hold a claim check of its own case, as its place in the topic is known before it is written: that is its body.
#[test]
fn a_body_that_reads_like_a_claim_check_is_a_body() {
    run(async {
        let harness = RedriveHarness::new();
        let id = record(0, 0);
        let body = format!(
            r#"{{"aduana_claim_check":{{"case_id":"{id}","attempt":1,"size":1,"sha256":"{}","why":"too_large"}}}}"#,
            "0".repeat(64)
        );
        assert!(ClaimCheck::parse(body.as_bytes()).is_some_and(|claim| claim.case_id == id));
        harness.world.produce(0, body.clone());
        harness.world.drain_topic(&harness.intake, 100).await;
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_mins(10)).await;
            let report = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["deleted"], &report["ingested"]), (&json!(0), &json!(0)), "{report}");
        }
        harness.world.move_dead_letters_back();
        harness.world.drain(&harness.intake).await;
        let [case] = &harness.world.cases()[..] else { panic!("one case") };
        assert_eq!((case.head.attempt, case.original()), (2, body.clone().into_bytes()));
        let knows = |print: &str| print == Fingerprint::of(body.as_bytes()).to_string();
        assert_eq!(KnownBody::of(body.as_bytes(), &id, knows), Some(KnownBody::Itself));
    });
}

/// This body is held under this id, once, queued and alerted when the window of its group has closed.
async fn assert_whole(harness: &RedriveHarness, id: &CaseId, body: &[u8]) {
    tokio::time::sleep(Duration::from_mins(10)).await;
    harness.ask("notify", json!({})).await.unwrap();
    let world = &harness.world;
    let case = world.case(id).unwrap();
    assert_eq!((case.original(), case.head.state, case.head.attempt), (body.to_vec(), State::Open, 1));
    assert!(case.head.queued && case.head.alerted);
    assert_eq!(world.held_messages().iter().filter(|message| message.case_id == *id).count(), 1);
    assert_eq!(world.alerted().iter().filter(|alerted| **alerted == (id.clone(), 1)).count(), 1);
}

/// The offsets of a topic that was deleted and made anew begin again: its records find cases under their ids.
#[test]
fn a_record_whose_id_is_taken_is_held_beside_it_and_its_partition_goes_on() {
    run(async {
        let (harness, taken) = with_record().await;
        harness.world.recreate_topic();
        let body = samples::without_number(2);
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

/// An intake that refuses everything.
fn refusing(harness: &RedriveHarness) -> WorldIntake<Stern> {
    let reasons = vec![violation("FE-R-002", Category::Range, "/issue_date")];
    harness.world.intake_with(Stern(reasons, Summary::default()), Settings::default())
}

#[test]
fn an_invoice_that_is_accepted_later_closes_the_case_beside() {
    run(async {
        let (harness, taken) = with_record().await;
        harness.world.recreate_topic();
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
