//! Whatever crashes between whichever two steps, and however often a message is delivered: it ends in exactly one place.

use aduana_intake::cases::State;
use aduana_intake::report::LogContext;
use aduana_intake::trail;
use aduana_tests::samples;
use aduana_tests::world::{World, case_of, run};
use proptest::prelude::*;

/// What a producer may send.
#[derive(Debug, Clone)]
enum Sent {
    Valid(u32),
    /// A copy of a valid one, with members in another order.
    Copy(u32),
    /// The same number as a valid one, with other contents: whichever comes first is stored.
    Conflict(u32),
    WithoutNumber(u32),
    Rubbish(Vec<u8>),
}

impl Sent {
    fn body(&self) -> Vec<u8> {
        match self {
            Self::Valid(n) => samples::valid(&format!("F-{n}"), 1),
            Self::Copy(n) => samples::valid_reordered(&format!("F-{n}"), 1),
            Self::Conflict(n) => samples::valid(&format!("F-{n}"), 2),
            Self::WithoutNumber(n) => samples::without_number(*n),
            Self::Rubbish(bytes) => bytes.clone(),
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        3 => (0..6_u32).prop_map(Sent::Valid),
        1 => (0..6_u32).prop_map(Sent::Copy),
        1 => (0..6_u32).prop_map(Sent::Conflict),
        3 => (1..4_u32).prop_map(Sent::WithoutNumber),
        1 => "[!-z]{1,30}".prop_map(|text| Sent::Rubbish(text.into_bytes())),
    ]
}

/// Sends, breaks things, drains, and checks every promise.
fn check(messages: &[Sent], seed: u64, percent: u64) {
    run(async {
        let world = World::new();
        world.set_max_receive_count(10_000);
        world.fail_by_chance(seed, percent);
        let ids: Vec<String> = messages.iter().map(|message| world.send(message.body())).collect();
        let reports = world.drain(&world.intake()).await;
        assert!(world.is_drained());
        world.heal();
        for _ in 0..10 {
            tokio::time::sleep(std::time::Duration::from_mins(2)).await;
            world.redrive().ask(r#"{"action":"tell","actor":"system:schedule"}"#).await;
        }

        for (message, id) in messages.iter().zip(&ids) {
            let fingerprint = aduana_invoice::Fingerprint::of(&message.body());
            let case = world.case(&case_of(id));
            let is_held = case.as_ref().is_some_and(|case| case.head.state == State::Open);
            let stored = world.invoices();
            // A copy of a stored invoice is in the table by its content.
            let is_stored = stored.iter().any(|invoice| {
                invoice.fingerprint == fingerprint
                    || matches!(message, Sent::Valid(_) | Sent::Copy(_))
                        && aduana_invoice::same_content(&invoice.body.unpack().unwrap(), &message.body())
            });
            assert!(is_stored != is_held, "{message:?}: stored {is_stored}, held {is_held}");
            let in_queue = world.held_messages().iter().filter(|held| held.case_id == case_of(id)).count();
            let told = world.told().iter().filter(|(case, _)| *case == case_of(id)).count();
            assert_eq!((in_queue > 0, told), (is_held, usize::from(is_held)), "{message:?}");
            if let Some(case) = case {
                assert!(case.head.queued && case.head.alerted);
                assert_eq!(case.case.body.unpack().unwrap(), message.body());
                assert_eq!(trail::verify(&case.case.id, &case.trail, &case.head.trail), Ok(()));
                assert_eq!(case.trail.len(), 1);
            }
        }
        assert!(world.dead_letters().len() == world.held_messages().len(), "SQS gave nothing up");

        let context = LogContext::default();
        let lines =
            reports.iter().flat_map(|report| report.log().into_iter().map(|line| line.to_json(&context)));
        let metrics = reports.iter().flat_map(|report| report.metrics(&context));
        let alerts = world.alerts().into_iter().map(|alert| format!("{alert:?}"));
        let attributes = world.held_messages().into_iter().flat_map(|message| message.attributes);
        let attributes = attributes.map(|attribute| attribute.as_text().unwrap_or_default().to_owned());
        for text in lines.chain(metrics).chain(alerts).chain(attributes) {
            assert!(!text.contains(samples::SECRET), "a value leaked: {text}");
            assert!(!text.contains('\n') || text.contains("aduana invalid show"), "one line each: {text}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn every_message_ends_in_exactly_one_place(
        messages in proptest::collection::vec(sent(), 1..25),
        seed in any::<u64>(),
        percent in prop_oneof![Just(0_u64), 1..40_u64],
    ) {
        check(&messages, seed, percent);
    }
}

/// Holds `count` messages; sends each through again, corrected, as often as `times` says; moves the copies in the queue
/// back in between; breaks things all the while. Each case is resolved, and its invoice stored once.
fn check_resends(count: u32, times: u32, move_back: bool, seed: u64, percent: u64) {
    run(async {
        let world = World::new();
        let intake = world.intake();
        world.set_max_receive_count(10_000);
        world.fail_by_chance(seed, percent);
        let ids: Vec<String> = (1..=count).map(|n| world.send(samples::without_number(n))).collect();
        world.drain(&intake).await;
        if move_back {
            world.move_dead_letters_back();
        }
        for _ in 0..times {
            for (n, id) in (1..).zip(&ids) {
                world.resend(&case_of(id), 2, samples::valid(&format!("F-{n}"), n));
            }
            world.invoke(&intake).await;
        }
        world.drain(&intake).await;
        assert_eq!(world.invoices().len(), ids.len());
        assert_eq!(world.cases().len(), ids.len(), "no case but those that were held");
        for id in &ids {
            let case = world.case(&case_of(id)).unwrap();
            assert_eq!(case.head.state, State::Resolved);
            assert_eq!(trail::verify(&case.case.id, &case.trail, &case.head.trail), Ok(()));
            assert_eq!(case.trail.iter().filter(|event| event.act == "stored").count(), 1);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn what_is_sent_through_again_is_stored_once_and_closes_its_case(
        count in 1..8_u32,
        times in 1..4_u32,
        move_back in any::<bool>(),
        seed in any::<u64>(),
        percent in prop_oneof![Just(0_u64), 1..40_u64],
    ) {
        check_resends(count, times, move_back, seed, percent);
    }
}

#[test]
fn without_faults_nothing_is_done_twice() {
    run(async {
        let world = World::new();
        for units in 1..=35 {
            world.send(samples::without_number(units));
            world.send(samples::valid(&format!("F-{units}"), units));
        }
        world.drain(&world.intake()).await;
        assert_eq!(world.invoices().len(), 35);
        assert_eq!(world.held_messages().len(), 35);
        assert_eq!(world.alerts().len(), 1, "the group's window is open");
        tokio::time::sleep(std::time::Duration::from_mins(5)).await;
        world.redrive().ask(r#"{"action":"tell","actor":"system:schedule"}"#).await;
        assert_eq!((world.alerts().len(), world.told().len()), (2, 35));
    });
}
