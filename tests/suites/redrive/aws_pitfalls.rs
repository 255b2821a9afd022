//! The pitfalls of AWS for resends. The letters are those of `crate::aws_pitfalls`.

use aduana_cases::case::State;
use aduana_cases::message::Attribute;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, case_of, producers, run};
use serde_json::json;

use super::{RedriveHarness, number, one};

#[test]
fn b_a_body_of_1_mib_minus_10_bytes_comes_back_with_its_ten_attributes() {
    run(async {
        let harness = RedriveHarness::new();
        let body = samples::without_number_of(1_048_576 - 10 - 10 * 10);
        let theirs: Vec<Attribute> = (0..10).map(|n| Attribute::text(format!("P{n}"), "v")).collect();
        let id = case_of(&harness.world.send_with(body.clone(), theirs.clone()));
        harness.world.drain(&harness.intake).await;
        harness.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&id).unwrap();
        assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body));
        let held = harness.world.held_messages().pop().unwrap();
        assert!(producers(&held).is_none_or(|came_back| came_back == theirs));
    });
}

#[test]
fn c_a_kafka_value_with_nul_or_invalid_utf_8_is_sent_by_its_name_and_can_be_corrected() {
    for body in [b"{\"number\":\"\0\"}".to_vec(), vec![b'{', 0xFF, 0xFE, b'}']] {
        run(async {
            let harness = RedriveHarness::new();
            let id = harness.world.hold_record(body.clone()).await;
            harness.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
            harness.world.drain(&harness.intake).await;
            let case = harness.world.case(&id).unwrap();
            assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body.clone()));
            assert_eq!(case.case.source.to_string(), "kafka:invoices/0/7");

            let whole = json!({ "body": String::from_utf8(samples::valid("F-1", 1)).unwrap() });
            harness.ask("correct", json!({ "select": one(&id), "correction": whole })).await.unwrap();
            harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
            harness.world.drain(&harness.intake).await;
            assert_eq!((harness.state(&id), harness.world.invoices().len()), (State::Resolved, 1));
        });
    }
}

#[test]
fn e_one_entry_fails_inside_a_200_and_only_its_case_is_reopened() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=3).map(samples::without_number)).await;
        harness.world.fail(Call::ResendEntry, 2, Fault::Refuse);
        let select = json!({ "select": { "ids": ids }, "override": true });
        let answer = harness.ask("resend", select).await.unwrap();
        assert_eq!(answer["sent"].as_array().unwrap().len(), 2, "{answer}");
        let states: Vec<State> = ids.iter().map(|id| harness.state(id)).collect();
        assert_eq!(states, [State::Resent, State::Open, State::Resent]);
    });
}

#[test]
fn h_a_correction_that_makes_it_invalid_in_a_new_way_is_the_next_attempt_with_the_new_reasons() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let before = harness.world.case(&ids[0]).unwrap().case.reasons.codes();
        let body = String::from_utf8(samples::wrong_total("F-1", 1)).unwrap();
        let select =
            json!({ "select": one(&ids[0]), "correction": { "body": body.clone() }, "override": true });
        harness.ask("correct", select).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&ids[0]).unwrap();
        assert_eq!((case.head.state, case.head.attempt), (State::Open, 2));
        assert_eq!((before, case.case.reasons.codes()), (vec!["BR-02"], vec!["BR-CO-15"]));
        assert_eq!(case.redrive_state.correction, None, "it is the attempt's own body now");
        assert_eq!(case.original(), samples::without_number(1));
    });
}

#[test]
fn n_two_cases_that_become_the_same_invoice_are_one_invoice_and_both_are_resolved() {
    run(async {
        let (harness, ids) =
            RedriveHarness::holding([samples::without_number(1), samples::without_number(1)]).await;
        for id in &ids {
            harness.ask("correct", json!({ "select": one(id), "correction": number("F-1") })).await.unwrap();
        }
        let answer = harness.ask("resend", json!({ "select": { "ids": ids } })).await.unwrap();
        assert_eq!(answer["sent"].as_array().unwrap().len(), 2, "{answer}");
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.invoices().len(), 1);
        assert!(ids.iter().all(|id| harness.state(id) == State::Resolved));
    });
}
