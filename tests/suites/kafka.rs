//! The event source Kafka: its records end as messages of the queue do, and a redelivery has no second effect.

use aduana_cases::attributes::names;
use aduana_cases::case::State;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::log::LogContext;
use aduana_cases::message::{Attribute, AttributeValue, CaseId, Outcome, Source};
use aduana_cases::trail;
use aduana_intake::{BatchReport, Settings};
use aduana_invoice::{Fingerprint, Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{
    Call, Fault, PARTITIONS, START_MS, TIMEOUT_MS, TOPIC, World, case_of, checkpoints, kafka_reply,
    producers, run,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The id of the case that a record opens.
fn case_of_record(partition: i32, offset: i64) -> CaseId {
    CaseId::of(&Source::Kafka { topic: TOPIC.to_owned(), partition, offset }, "")
}

fn ends(report: &BatchReport) -> Vec<(&str, Outcome)> {
    report.outcomes().collect()
}

#[test]
fn a_partition_goes_on_from_the_lowest_offset_that_failed() {
    let at = |partition: &str, offset| (partition.to_owned(), offset);
    let batch = [at("t-0", 4), at("t-0", 5), at("t-0", 7), at("t-1", 0), at("t-1", 1)];
    let next = |reply: Option<&Value>| {
        let next = checkpoints(&batch, reply);
        (next["t-0"], next["t-1"])
    };
    let ids = |ids: &[&str]| kafka_reply(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    assert_eq!(next(Some(&ids(&["t-0:7", "t-0:5"]))), (5, 2));
    assert_eq!(next(Some(&ids(&["t-1:0"]))), (8, 0));
    for success in
        [json!(null), json!({}), json!({"batchItemFailures": null}), json!({"batchItemFailures": []})]
    {
        assert_eq!(next(Some(&success)), (8, 2), "{success}");
    }
    let failure = |id: Value| json!({"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 5}}, {"itemIdentifier": id}]});
    for wrong in [
        failure(json!("t-0-5")),
        failure(json!("")),
        failure(json!(null)),
        failure(json!({"partition": "t-0", "offset": 6})),
        failure(json!({"partition": "t-2", "offset": 0})),
        failure(json!({"partition": "t-0", "offset": "5"})),
        failure(json!({"topic-partition": "t-0", "offset": 5})),
        json!({"failures": []}),
        json!([]),
    ] {
        assert_eq!(next(Some(&wrong)), (4, 0), "the whole batch again: {wrong}");
    }
    assert_eq!(next(None), (4, 0), "the function failed");
}

#[test]
fn each_record_ends_in_its_place_and_says_where_it_came_from() {
    run(async {
        let world = World::new();
        let offset = world.produce(0, samples::valid("F-1", 1));
        world.produce(1, samples::without_number(1));
        let [report] = world.drain_topic(&world.intake(), 100).await.try_into().unwrap();
        assert_eq!(ends(&report), [("invoices-0:0", Outcome::Stored), ("invoices-1:0", Outcome::Held)]);
        assert_eq!((offset, world.invoices()[0].source.to_string()), (0, "kafka:invoices/0/0".to_owned()));
        let case = world.case(&case_of_record(1, 0)).unwrap();
        assert_eq!(case.case.source.to_string(), "kafka:invoices/1/0");
        let [held] = world.held_messages().try_into().unwrap();
        let source = held.attributes.iter().find(|attribute| attribute.name == names::SOURCE).unwrap();
        assert_eq!((held.case_id, source.as_text()), (case_of_record(1, 0), Some("kafka:invoices/1/0")));
    });
}

#[test]
fn what_comes_again_after_a_failed_record_has_no_second_effect() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        world.produce(0, samples::valid("F-0", 1));
        world.produce(0, samples::valid("F-1", 1));
        world.produce(0, samples::without_number(2));
        world.produce(0, samples::valid("F-3", 1));
        world.fail(Call::StoreEntry, 2, Fault::ServerError);
        let first = world.invoke_from_topic(&intake, 100).await.unwrap();
        let outcomes: Vec<_> = first.outcomes().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, [Outcome::Stored, Outcome::Retry, Outcome::Held, Outcome::Stored]);
        let before = (world.held_messages().len(), world.alerts().len());
        let again = world.invoke_from_topic(&intake, 100).await.unwrap();
        assert_eq!(
            ends(&again),
            [
                ("invoices-0:1", Outcome::Stored),
                ("invoices-0:2", Outcome::Held),
                ("invoices-0:3", Outcome::AlreadyStored)
            ],
            "all from the checkpoint on"
        );
        assert!(world.is_topic_drained());
        assert_eq!((world.held_messages().len(), world.alerts().len()), before, "held and alerted once");
        assert_eq!((world.invoices().len(), world.cases()[0].trail.len()), (3, 1));
    });
}

#[test]
fn of_two_invoices_with_one_number_the_first_of_the_partition_is_stored_even_if_it_failed_at_first() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        world.produce(0, samples::valid("F-1", 1));
        world.produce(0, samples::valid("F-1", 2));
        world.produce(0, samples::valid("F-2", 1));
        world.fail(Call::StoreEntry, 1, Fault::ServerError);
        let first = world.invoke_from_topic(&intake, 100).await.unwrap();
        let outcomes: Vec<_> = first.outcomes().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, [Outcome::Retry, Outcome::Retry, Outcome::Stored]);
        let lines: Vec<_> = first.log().into_iter().map(|line| line.message).collect();
        assert!(
            lines.contains(&"messages left for redelivery: the one before them in their partition failed"),
            "{lines:?}"
        );
        world.drain_topic(&intake, 100).await;
        let stored = world.invoices();
        assert_eq!(stored[0].fingerprint, Fingerprint::of(&samples::valid("F-1", 1)));
        let case = world.case(&case_of_record(0, 1)).unwrap();
        assert_eq!((case.case.reasons.code, world.cases().len()), ("FE-D-016", 1));
    });
}

#[test]
fn near_the_deadline_records_not_begun_come_again() {
    run(async {
        let world = World::new();
        let settings = Settings { start_margin_ms: TIMEOUT_MS + 1, ..Settings::default() };
        let late = world.intake_with(Validator::new(Policy::default()), settings);
        world.produce(2, samples::valid("F-1", 1));
        let report = world.invoke_from_topic(&late, 10).await.unwrap();
        assert_eq!(ends(&report), [("invoices-2:0", Outcome::Retry)]);
        assert!(!world.is_topic_drained() && world.invoices().is_empty());
        world.drain_topic(&world.intake(), 10).await;
        assert_eq!(world.invoices().len(), 1);
    });
}

#[test]
fn any_bytes_are_kept_whole_and_what_sqs_does_not_take_is_named_by_a_claim_check() {
    run(async {
        let world = World::new();
        let noise: Vec<u8> =
            (0..4_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_be_bytes()[3]).collect();
        let poison = [
            b"".to_vec(),
            b"{\"number\":\"\0\"}".to_vec(),
            b"\xFF\xFE\x00".to_vec(),
            samples::without_number_of(1_048_576),
            samples::without_number_of(1_500_000),
            noise,
        ];
        for bytes in &poison {
            world.produce(0, bytes.clone());
        }
        world.produce(0, samples::valid("F-1", 1));
        world.drain_topic(&world.intake(), 100).await;
        assert_eq!((world.invoices().len(), world.cases().len()), (1, poison.len()));
        for (offset, bytes) in (0..).zip(&poison) {
            let id = case_of_record(0, offset);
            assert_eq!(world.case(&id).unwrap().original(), *bytes, "byte for byte");
            let held = world.held_messages().into_iter().find(|held| held.case_id == id).unwrap();
            let claim = ClaimCheck::parse(held.body.as_bytes()).unwrap();
            assert_eq!((claim.case_id, claim.size), (id, bytes.len()));
        }
    });
}

#[test]
fn a_producers_headers_come_back_whatever_they_hold() {
    run(async {
        let world = World::new();
        let bytes = |name: &str, value: &[u8]| Attribute {
            name: name.to_owned(),
            value: AttributeValue::Binary { data_type: "Binary".to_owned(), value: value.to_vec() },
        };
        let mut headers = vec![
            Attribute::text("trace", "1-2"),
            Attribute::text("trace", "again"),
            Attribute::text("KafkaKey", "seller-7"),
            bytes("raw", b"\xFF\0"),
            bytes("empty", b""),
            Attribute::text("odd name é", "x"),
            Attribute::text("AWS.trace", "x"),
        ];
        headers.extend((0..10).map(|n| Attribute::text(format!("h{n}"), "x")));
        world.produce_with(0, samples::without_number(1), headers.clone());
        world.drain_topic(&world.intake(), 100).await;
        headers.sort();
        let [held] = world.held_messages().try_into().unwrap();
        assert_eq!(producers(&held), Some(headers.clone()));

        // Moved back by AWS's own redrive, they are its producer's still.
        world.move_dead_letters_back();
        world.drain(&world.intake()).await;
        let case = world.case(&case_of_record(0, 0)).unwrap();
        assert_eq!((case.head.attempt, world.cases().len()), (2, 1));
        assert_eq!(producers(&world.held_messages()[0]), Some(headers));
    });
}

#[test]
fn an_invoice_that_comes_by_queue_and_topic_is_stored_once() {
    run(async {
        for queue_first in [true, false] {
            let world = World::new();
            let intake = world.intake();
            world.send(samples::valid("F-1", 1));
            world.produce(0, samples::valid_reordered("F-1", 1));
            if queue_first {
                world.drain(&intake).await;
                world.drain_topic(&intake, 100).await;
            } else {
                world.drain_topic(&intake, 100).await;
                world.drain(&intake).await;
            }
            assert_eq!((world.invoices().len(), world.cases().len()), (1, 0));
        }
    });
}

#[test]
fn a_resend_of_a_record_goes_through_the_queue_and_closes_its_case() {
    run(async {
        let world = World::new();
        let intake = world.intake();
        world.produce(1, samples::without_number(3));
        world.drain_topic(&intake, 100).await;
        let id = case_of_record(1, 0);
        let redrive = world.redrive();
        let ask = async |request: Value| redrive.ask(&request.to_string()).await.unwrap().unwrap();
        let body = String::from_utf8(samples::valid("F-1", 3)).unwrap();
        let select = json!({ "ids": [id] });
        ask(json!({ "action": "correct", "actor": "ana", "select": select, "correction": { "body": body }, "reason": "number" })).await;
        ask(json!({ "action": "resend", "actor": "ana", "select": select, "reason": "corrected" })).await;
        let [attributes] = world.queued().try_into().unwrap();
        let source = attributes.iter().find(|attribute| attribute.name == names::SOURCE).unwrap();
        assert_eq!(source.as_text(), Some("kafka:invoices/1/0"), "where it first came from");
        world.drain(&intake).await;
        let case = world.case(&id).unwrap();
        assert_eq!((case.head.state, world.cases().len()), (State::Resolved, 1));
        let [stored] = world.invoices().try_into().unwrap();
        assert_eq!((stored.case_id, stored.source.to_string()), (Some(id), "kafka:invoices/1/0".to_owned()));
        // The topic is read from its start once more, as by a consumer group of another name: nothing happens.
        world.rewind_topic();
        world.drain_topic(&intake, 100).await;
        assert_eq!((world.invoices().len(), world.cases().len()), (1, 1));
        assert_eq!(world.case(&case_of_record(1, 0)).unwrap().head.state, State::Resolved);
    });
}

/// What a producer may send, to queue or topic.
#[derive(Debug, Clone)]
enum Sent {
    Valid(u32),
    Conflict(u32),
    WithoutNumber(u32),
    Poison(Vec<u8>),
}

impl Sent {
    fn body(&self) -> Vec<u8> {
        match self {
            Self::Valid(n) => samples::valid(&format!("F-{n}"), 1),
            Self::Conflict(n) => samples::valid(&format!("F-{n}"), 2),
            Self::WithoutNumber(n) => samples::without_number(*n),
            Self::Poison(bytes) => bytes.clone(),
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        3 => (0..6_u32).prop_map(Sent::Valid),
        1 => (0..6_u32).prop_map(Sent::Conflict),
        3 => (1..4_u32).prop_map(Sent::WithoutNumber),
        2 => prop::collection::vec(any::<u8>(), 0..30).prop_map(Sent::Poison),
    ]
}

/// Produces, breaks things, reads to the end, and checks every promise.
fn check(records: &[(i32, Sent)], by_queue: &[u32], max: usize, seed: u64, percent: u64) {
    run(async {
        let world = World::new();
        world.set_max_receive_count(10_000);
        world.fail_by_chance(seed, percent);
        let intake = world.intake();
        let offsets: Vec<i64> =
            records.iter().map(|(partition, sent)| world.produce(*partition, sent.body())).collect();
        let queued: Vec<String> = by_queue.iter().map(|n| world.send(Sent::Valid(*n).body())).collect();
        let mut reports = world.drain_topic(&intake, max).await;
        reports.extend(world.drain(&intake).await);
        assert!(world.is_topic_drained() && world.is_drained());

        let stored: Vec<Fingerprint> = world.invoices().iter().map(|invoice| invoice.fingerprint).collect();
        for ((partition, sent), offset) in records.iter().zip(offsets) {
            let id = case_of_record(*partition, offset);
            let case = world.case(&id);
            let is_held = case.as_ref().is_some_and(|case| case.head.state == State::Open);
            let is_stored = stored.contains(&Fingerprint::of(&sent.body()));
            assert!(is_stored != is_held, "{sent:?}: stored {is_stored}, held {is_held}");
            let copies = world.held_messages().iter().filter(|held| held.case_id == id).count();
            assert_eq!(copies > 0, is_held, "{sent:?}");
            if let Some(case) = case {
                assert_eq!(case.original(), sent.body());
                assert_eq!(trail::verify(&id, &case.trail, &case.head.trail), Ok(()));
                assert_eq!(case.trail.len(), 1, "held once");
            }
        }
        for id in queued {
            // Stored, or held as another invoice of that number came first by the other source.
            let held = world.case(&case_of(&id));
            assert!(held.is_none_or(|case| case.case.reasons.code == "FE-D-016"));
        }
        assert!(stored.len() <= 6, "each number once");

        let context = LogContext::default();
        let lines = reports.iter().flat_map(BatchReport::log).map(|line| line.to_json(&context));
        for line in lines.chain(reports.iter().flat_map(|report| report.metrics(&context))) {
            assert!(!line.contains(samples::SECRET), "a value leaked: {line}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn every_record_ends_in_exactly_one_place(
        records in prop::collection::vec((0..PARTITIONS, sent()), 1..25),
        by_queue in prop::collection::vec(0..6_u32, 0..5),
        max in 1..12_usize,
        seed in any::<u64>(),
        percent in prop_oneof![Just(0_u64), 1..40_u64],
    ) {
        check(&records, &by_queue, max, seed, percent);
    }

    /// Invoices of few numbers with different contents: of each number, the first of the partition is stored, whatever
    /// breaks meanwhile.
    #[test]
    fn a_partition_keeps_its_order_through_any_failure(
        numbers in prop::collection::vec((0..3_u32, 1..5_u32), 1..15),
        max in 1..16_usize,
        seed in any::<u64>(),
        percent in 1..30_u64,
    ) {
        run(async {
            let world = World::new();
            world.fail_by_chance(seed, percent);
            for (number, units) in &numbers {
                world.produce(0, samples::valid(&format!("F-{number}"), *units));
            }
            world.drain_topic(&world.intake(), max).await;
            for stored in world.invoices() {
                let of_it = |(number, _): &&(u32, u32)| stored.key.number() == format!("F-{number}");
                let (number, units) = numbers.iter().find(of_it).unwrap();
                assert_eq!(stored.fingerprint, Fingerprint::of(&samples::valid(&format!("F-{number}"), *units)));
            }
            assert!(START_MS <= world.now_ms());
        });
    }
}
