//! The pitfalls of AWS, each with its letter in the names of the tests.

use aduana_cases::attributes::{Producer, names, unpack};
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, AttributeValue, Envelope, Outcome, Source};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, TIMEOUT_MS, World, case_of, invalid_envelope, producers, run};

fn text<'a>(attributes: &'a [Attribute], name: &str) -> &'a str {
    attributes
        .iter()
        .find(|attribute| attribute.name == name)
        .and_then(Attribute::as_text)
        .unwrap_or_default()
}

#[test]
fn a_the_producer_already_uses_ten_attributes() {
    run(async {
        let world = World::new();
        let mut theirs: Vec<Attribute> =
            (0..7).map(|n| Attribute::text(format!("p{n}"), format!("v{n}"))).collect();
        theirs.push(Attribute::text(names::SOURCE, "their ERP"));
        theirs.push(Attribute::number("Retries", 3));
        let value = AttributeValue::Binary { data_type: "Binary.png".to_owned(), value: vec![0, 255, 10] };
        theirs.push(Attribute { name: "logo".to_owned(), value });
        world.send_with(samples::without_number(1), theirs.clone());
        world.drain(&world.intake()).await;

        let [message] = &world.held_messages()[..] else { panic!("held once") };
        assert_eq!(message.attributes.len(), 10);
        assert_eq!(text(&message.attributes, names::SOURCE), "sqs:aduana-invoices");
        theirs.sort();
        assert_eq!(producers(message), Some(theirs));
    });
}

#[test]
fn b_a_body_of_1_mib_minus_10_bytes() {
    run(async {
        let world = World::new();
        let body = samples::without_number_of(1_048_576 - 10);
        let id = world.send(body.clone());
        world.drain(&world.intake()).await;

        let [message] = &world.held_messages()[..] else { panic!("held once") };
        let claim = ClaimCheck::parse(message.body.as_bytes()).expect("a claim check");
        assert_eq!(
            (&claim.case_id, claim.size, claim.why.as_str()),
            (&case_of(&id), body.len(), "too_large")
        );
        assert_eq!(world.cases()[0].case.body.unpack().unwrap(), body);

        // AWS's own redrive brings the claim check back: it is the body that is judged again.
        world.move_dead_letters_back();
        world.drain(&world.intake()).await;
        let [case] = &world.cases()[..] else { panic!("one case") };
        assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body));
    });
}

#[test]
fn c_a_kafka_value_with_nul_and_with_invalid_utf_8() {
    run(async {
        let world = World::new();
        let record = |offset: i64, body: &[u8]| Envelope {
            source: Source::Kafka { topic: "invoices".to_owned(), partition: 2, offset },
            id: format!("invoices-2:{offset}"),
            body: body.to_vec(),
            attributes: vec![Attribute::text("kafka header / any name", "\0"), Attribute::text("trace", "")],
            receive_count: None,
            sent_at_ms: None,
            sender: None,
        };
        let bodies = [&b"{\"number\":\"a\0b\"}"[..], b"{\"number\":\"\xFF\"}", b""];
        let batch = (0..).zip(bodies).map(|(offset, body)| record(offset, body)).collect();
        let report = world.intake().run(batch, world.now_ms() + TIMEOUT_MS).await;
        assert_eq!(report.counts().held, 3);

        for (message, body) in world.held_messages().iter().zip(bodies) {
            let claim = ClaimCheck::parse(message.body.as_bytes()).expect("a claim check");
            assert_eq!((claim.size, claim.why.as_str()), (body.len(), "characters"));
            assert!(text(&message.attributes, names::SOURCE).starts_with("kafka:invoices/2/"));
            let case = world.case(&message.case_id).unwrap();
            assert_eq!(case.case.body.unpack().unwrap(), body);
            assert_eq!(producers(message).map(|theirs| theirs.len()), Some(2));
        }

        // Moved to the intake queue, it still says where it first came from.
        world.move_dead_letters_back();
        world.drain(&world.intake()).await;
        let held = world.held_messages();
        assert_eq!(held.len(), 3);
        assert!(held.iter().all(|message| message.attempt == 2));
        assert!(
            held.iter()
                .all(|message| text(&message.attributes, names::SOURCE).starts_with("kafka:invoices/2/"))
        );
    });
}

#[test]
fn d_the_send_to_the_channel_is_throttled() {
    for (call, of_it) in [(Call::Send, 1..=3), (Call::SendEntry, 1..=3)] {
        run(async {
            let world = World::new();
            world.send(samples::without_number(1));
            for nth in of_it {
                world.fail(call, nth, Fault::Throttle);
            }
            let reports = world.drain(&world.intake()).await;
            let outcomes: Vec<_> = reports.iter().map(|report| report.outcomes().next().unwrap().1).collect();
            assert_eq!(outcomes, [Outcome::Held], "it waits in the function");
            assert_eq!((world.held_messages().len(), world.alerts().len(), world.cases().len()), (1, 1, 1));
        });
    }
}

#[test]
fn e_one_entry_fails_inside_a_200_of_send_message_batch_or_publish_batch() {
    for call in [Call::SendEntry, Call::PublishEntry] {
        run(async {
            let world = World::new();
            // Two groups, so two entries of either call.
            world.send(samples::valid("F-1", 1));
            world.send(samples::valid("F-1", 2));
            world.send("not JSON");
            world.fail(call, 2, Fault::ServerError);
            let report = world.invoke(&world.intake()).await.unwrap();
            let counts = report.counts();
            // An alert that fails stays in the outbox. Its message is not affected.
            let retries = usize::from(call == Call::SendEntry);
            assert_eq!((counts.stored, counts.held, counts.retry), (1, 2 - retries, retries), "{call:?}");
            world.drain(&world.intake()).await;
            assert_eq!(world.held_messages().len(), 2, "{call:?}");
            tokio::time::sleep(std::time::Duration::from_mins(2)).await;
            world.redrive().ask(r#"{"action":"notify","actor":"system:schedule"}"#).await;
            assert_eq!(world.alerted().len(), 2, "{call:?}: each in exactly one alert");
        });
    }
}

#[test]
fn f_a_crash_after_the_send_before_the_acknowledgement() {
    run(async {
        let world = World::new();
        world.send(samples::without_number(1));
        world.fail(Call::Send, 1, Fault::CrashAfter);
        assert!(world.invoke(&world.intake()).await.is_none(), "the function died");
        world.drain(&world.intake()).await;
        let copies = world.held_messages();
        assert_eq!(copies.len(), 2, "a copy too many");
        assert_eq!(copies[0], copies[1], "and they share the case");
        assert_eq!((world.cases().len(), world.cases()[0].trail.len(), world.alerts().len()), (1, 1, 1));
    });
}

#[test]
fn i_a_resent_invoice_is_refused_again_attempt_2_same_case() {
    run(async {
        let world = World::new();
        let id = world.send(samples::without_number(1));
        world.drain(&world.intake()).await;
        world.resend(&case_of(&id), 2, samples::without_number(2));
        world.drain(&world.intake()).await;
        let [case] = &world.cases()[..] else { panic!("one case") };
        assert_eq!(case.head.attempt, 2);
        let acts: Vec<_> = case.trail.iter().map(|event| (event.act.as_str(), event.attempt)).collect();
        assert_eq!(acts, [("received", 1), ("refused", 2)]);
        let last = &world.held_messages()[1];
        assert!(text(&last.attributes, names::REASONS).contains("\"attempt\":2"));
        let carried = unpack(&last.attributes).unwrap();
        assert_eq!((carried.case, carried.attempt), (case_of(&id), 3), "the next one is the third");
        assert_eq!(carried.producer, Producer::Here(vec![]), "ours are not the producer's");
    });
}

#[test]
fn k_a_burst_of_2500_invalid_messages() {
    run(async {
        let world = World::new();
        let burst = (1..=2500).map(invalid_envelope).collect();
        let report = world.intake().run(burst, world.now_ms() + TIMEOUT_MS).await;
        assert_eq!(report.counts().held, 2500);
        tokio::time::sleep(std::time::Duration::from_mins(5)).await;
        world.redrive().ask(r#"{"action":"notify","actor":"system:schedule"}"#).await;
        let [first, digest] = &world.alerts()[..] else { panic!("few alerts") };
        assert_eq!(first.covers.len() + digest.covers.len(), 2500, "all counted");
        let count = digest.covers.len();
        assert!(digest.body.contains(&format!("{count} more invalid invoices")), "{}", digest.body);
        assert!(digest.body.contains(&format!("\"cases_left_off\":{}", count - 500)));
        assert!(digest.size() < 64 * 1024, "{} bytes", digest.size());
    });
}

#[test]
fn n_the_same_invoice_twice_in_one_batch() {
    for seed in 0..50 {
        run(async {
            let world = World::new();
            world.fail_by_chance(seed, 0);
            for _ in 0..3 {
                world.send(samples::valid("F-1", 1));
                world.send(samples::without_number(1));
            }
            world.send(samples::valid("F-1", 2));
            let report = world.invoke(&world.intake()).await.unwrap();
            let counts = report.counts();
            assert_eq!((counts.stored, counts.already_stored, counts.held), (1, 2, 4), "seed {seed}");
            assert_eq!(world.invoices().len(), 1);
        });
    }
}

#[test]
fn n_the_same_contents_in_another_order_of_members() {
    run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        world.send(samples::valid_reordered("F-1", 1));
        let report = world.invoke(&world.intake()).await.unwrap();
        assert_eq!((report.counts().stored, report.counts().already_stored), (1, 1));
    });
}

#[test]
fn o_the_reply_to_a_write_is_lost_the_write_happened() {
    for call in [Call::Store, Call::Hold, Call::Send, Call::Enter, Call::Publish] {
        run(async {
            let world = World::new();
            world.send(samples::valid("F-1", 1));
            world.send(samples::without_number(1));
            world.fail(call, 1, Fault::LostReply);
            world.drain(&world.intake()).await;
            assert_eq!((world.invoices().len(), world.cases().len()), (1, 1), "{call:?}");
            let copies = world.held_messages();
            let expected = if matches!(call, Call::Send) { 2 } else { 1 };
            assert_eq!(
                copies.len(),
                expected,
                "{call:?}: the queue may hold a copy too many, the tables never"
            );
        });
    }
}
