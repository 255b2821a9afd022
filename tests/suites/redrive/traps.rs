//! The traps of the platform on the way back, where no other suite of the redrive has them. The letters are those of `crate::traps`.

use aduana_intake::cases::State;
use aduana_intake::message::Attribute;
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, case_of, producers, run};
use serde_json::json;

use super::{Office, number, one};

#[test]
fn b_a_body_of_1_mib_minus_10_bytes_comes_back_with_its_ten_attributes() {
    run(async {
        let office = Office::new();
        let body = samples::without_number_of(1_048_576 - 10 - 10 * 10);
        let theirs: Vec<Attribute> = (0..10).map(|n| Attribute::text(format!("P{n}"), "v")).collect();
        let id = case_of(&office.world.send_with(body.clone(), theirs.clone()));
        office.world.drain(&office.intake).await;
        office.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
        office.world.drain(&office.intake).await;
        let case = office.world.case(&id).unwrap();
        assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body));
        let held = office.world.held_messages().pop().unwrap();
        assert!(producers(&held).is_none_or(|came_back| came_back == theirs));
    });
}

#[test]
fn c_a_kafka_value_with_nul_or_invalid_utf_8_is_sent_by_its_name_and_can_be_corrected() {
    for body in [b"{\"number\":\"\0\"}".to_vec(), vec![b'{', 0xFF, 0xFE, b'}']] {
        run(async {
            let office = Office::new();
            let id = office.world.hold_record(body.clone()).await;
            office.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
            office.world.drain(&office.intake).await;
            let case = office.world.case(&id).unwrap();
            assert_eq!((case.head.attempt, case.case.body.unpack().unwrap()), (2, body.clone()));
            assert_eq!(case.case.source.to_string(), "kafka:invoices/0/7");

            let whole = json!({ "body": String::from_utf8(samples::valid("F-1", 1)).unwrap() });
            office.ask("correct", json!({ "select": one(&id), "correction": whole })).await.unwrap();
            office.ask("resend", json!({ "select": one(&id) })).await.unwrap();
            office.world.drain(&office.intake).await;
            assert_eq!((office.state(&id), office.world.invoices().len()), (State::Resolved, 1));
        });
    }
}

#[test]
fn e_one_entry_fails_inside_a_200_and_only_its_case_is_given_back() {
    run(async {
        let (office, ids) = Office::holding((1..=3).map(samples::without_number)).await;
        office.world.fail(Call::ResendEntry, 2, Fault::Throttle);
        let select = json!({ "select": { "ids": ids }, "override": true });
        let answer = office.ask("resend", select).await.unwrap();
        assert_eq!(answer["sent"].as_array().unwrap().len(), 2, "{answer}");
        let states: Vec<State> = ids.iter().map(|id| office.state(id)).collect();
        assert_eq!(states, [State::Resent, State::Open, State::Resent]);
    });
}

#[test]
fn h_a_correction_that_makes_it_invalid_in_a_new_way_is_the_next_attempt_with_the_new_reasons() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let before = office.world.case(&ids[0]).unwrap().case.reasons.codes();
        let body = String::from_utf8(samples::wrong_total("F-1", 1)).unwrap();
        let select =
            json!({ "select": one(&ids[0]), "correction": { "body": body.clone() }, "override": true });
        office.ask("correct", select).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        office.world.drain(&office.intake).await;
        let case = office.world.case(&ids[0]).unwrap();
        assert_eq!((case.head.state, case.head.attempt), (State::Open, 2));
        assert_eq!((before, case.case.reasons.codes()), (vec!["BR-02"], vec!["BR-CO-15"]));
        assert_eq!(case.handling.correction, None, "it is the attempt's own body now");
        assert_eq!(case.original(), samples::without_number(1));
    });
}

#[test]
fn n_two_cases_that_become_the_same_invoice_are_one_invoice_and_both_are_resolved() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1), samples::without_number(1)]).await;
        for id in &ids {
            office.ask("correct", json!({ "select": one(id), "correction": number("F-1") })).await.unwrap();
        }
        let answer = office.ask("resend", json!({ "select": { "ids": ids } })).await.unwrap();
        assert_eq!(answer["sent"].as_array().unwrap().len(), 2, "{answer}");
        office.world.drain(&office.intake).await;
        assert_eq!(office.world.invoices().len(), 1);
        assert!(ids.iter().all(|id| office.state(id) == State::Resolved));
    });
}
