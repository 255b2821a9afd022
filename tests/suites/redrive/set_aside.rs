//! A stored invoice is set aside: a squatter is undone.

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::trail::{self, Event, trail_of_key};
use aduana_invoice::Fingerprint;
use aduana_redrive::answer::Code;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, case_of, run};
use serde_json::{Value, json};

use super::{RedriveHarness, one};

const NUMBER: &str = "001-001-000000124";

/// Another client has sent first, under the victim's tax id and next number. The case of the real one.
async fn squatted() -> (RedriveHarness, CaseId) {
    let harness = RedriveHarness::new();
    harness.world.send(samples::valid(NUMBER, 9));
    harness.world.drain(&harness.intake).await;
    let id = case_of(&harness.world.send(samples::valid(NUMBER, 1)));
    harness.world.drain(&harness.intake).await;
    (harness, id)
}

fn print(body: &[u8]) -> String {
    Fingerprint::of(body).to_string()
}

fn order(id: &CaseId) -> Value {
    json!({ "id": id, "fingerprint": print(&samples::valid(NUMBER, 9)), "reason": "not the seller's, ticket 71" })
}

fn stored(harness: &RedriveHarness) -> Vec<String> {
    harness.world.invoices().iter().map(|invoice| invoice.fingerprint.to_string()).collect()
}

#[test]
fn a_squatter_is_set_aside_and_the_real_invoice_is_stored() {
    run(async {
        let (harness, id) = squatted().await;
        let resend = json!({ "select": one(&id) });
        assert_eq!(harness.refused("resend", resend.clone()).await, Code::StillInvalid);
        let shown = harness.ask("get", json!({ "id": id })).await.unwrap();
        assert_eq!(shown["in_the_way"]["fingerprint"], json!(print(&samples::valid(NUMBER, 9))));
        assert_eq!(shown["in_the_way"]["source"], "sqs:aduana-invoices");
        assert!(!shown["in_the_way"].to_string().contains("1790012344001"), "{shown}");

        let done = harness.ask("set_aside", order(&id)).await.unwrap();
        assert_eq!((&done["changed"], &done["event"]["act"]), (&json!(true), &json!("set_aside")));
        assert_eq!(done["event"]["reason"], "not the seller's, ticket 71");
        assert_eq!(harness.world.invoices().len(), 0, "its key is free");
        assert_eq!(harness.ask("get", json!({ "id": id })).await.unwrap().get("in_the_way"), None);
        harness.ask("resend", resend).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&id), State::Resolved);
        assert_eq!(stored(&harness), [print(&samples::valid(NUMBER, 1))]);

        let aside = harness.world.set_aside_invoices();
        let [row] = aside.as_slice() else { panic!("one is set aside") };
        assert_eq!(row.invoice.body.unpack().unwrap(), samples::valid(NUMBER, 9), "it stays, whole");
        assert_eq!((row.event.actor.as_str(), row.event.seq), ("ana", 1));
        let key = trail_of_key(&row.invoice.key);
        assert_eq!(trail::verify(&key, std::slice::from_ref(&row.event), &row.event.end()), Ok(()));
    });
}

#[test]
fn nothing_is_set_aside_but_what_was_looked_at_and_for_a_reason() {
    run(async {
        let (harness, id) = squatted().await;
        let with = |name: &str, value: Value| {
            let mut order = order(&id);
            order[name] = value;
            order
        };
        for (ask, code) in [
            (with("fingerprint", json!(print(b"another"))), Code::StaleVersion),
            (with("reason", json!("")), Code::BadRequest),
            (with("id", json!("f".repeat(32))), Code::NoSuchCase),
            (with("key", json!({ "seller": "s", "number": "n" })), Code::BadRequest),
            (with("key", json!("n".repeat(20_000))), Code::BadRequest),
        ] {
            assert_eq!(harness.refused("set_aside", ask.clone()).await, code, "{ask}");
        }
        let key = json!(harness.world.invoices()[0].key);
        let by_key = |key: &Value| {
            let fingerprint = print(&samples::valid(NUMBER, 9));
            json!({ "key": key, "fingerprint": fingerprint, "reason": "not the seller's" })
        };
        let mut nobodys = key.clone();
        for part in nobodys.as_object_mut().unwrap().values_mut() {
            *part = json!(format!("{}X", part.as_str().unwrap()));
        }
        assert_eq!(harness.refused("set_aside", by_key(&nobodys)).await, Code::NoSuchInvoice);
        assert_eq!((harness.world.invoices().len(), harness.world.set_aside_invoices().len()), (1, 0));
        harness.ask("set_aside", by_key(&key)).await.unwrap();
        assert_eq!(harness.world.invoices().len(), 0);
    });
}

/// By a lost reply, a crash, or a second click.
#[test]
fn it_is_done_once_however_often_it_is_asked_for() {
    for fault in [None, Some(Fault::LostReply), Some(Fault::CrashAfter), Some(Fault::Throttle)] {
        run(async {
            let (harness, id) = squatted().await;
            if let Some(fault) = fault {
                harness.world.fail(Call::SetAside, 1, fault);
            }
            let ask = super::request("ana", "set_aside", &order(&id));
            drop(harness.redrive.ask(&ask).await);
            let again = harness.ask("set_aside", order(&id)).await.unwrap();
            assert_eq!(again["changed"], json!(false), "{fault:?}");
            assert_eq!(again["event"]["seq"], json!(1));
            assert_eq!(harness.world.set_aside_invoices().len(), 1);
        });
    }
}

/// Late redeliveries of its own message change nothing; another message with the same bytes is for a person to decide about.
#[test]
fn what_was_set_aside_is_not_stored_again_by_its_own_message_nor_by_another() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.produce(0, samples::valid(NUMBER, 9));
        harness.world.drain_topic(&harness.intake, 100).await;
        let id = case_of(&harness.world.send(samples::valid(NUMBER, 1)));
        harness.world.drain(&harness.intake).await;
        harness.ask("set_aside", order(&id)).await.unwrap();
        let again = async || {
            harness.world.reread(0, 1);
            harness.world.drain_topic(&harness.intake, 100).await;
        };
        again().await;
        assert_eq!(
            (harness.world.invoices().len(), harness.world.cases().len()),
            (0, 1),
            "it is in its place"
        );
        let other = case_of(&harness.world.send(samples::valid(NUMBER, 9)));
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&other).unwrap();
        assert_eq!((case.head.state, case.case.reasons.code), (State::Open, "FE-D-016"));
        // Nor by an operator's resend, unless something of it is changed.
        assert_eq!(harness.refused("resend", json!({ "select": one(&other) })).await, Code::StillInvalid);
        harness.ask("resend", json!({ "select": one(&other), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.state(&other), harness.world.invoices().len()), (State::Open, 0));
        harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        again().await;
        assert_eq!(
            (stored(&harness), harness.world.cases().len()),
            (vec![print(&samples::valid(NUMBER, 1))], 2)
        );
    });
}

/// As SQS gave its message up although it was stored.
#[test]
fn the_dead_letter_of_what_was_set_aside_is_in_its_place_and_that_of_another_message_is_held() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.fail_always(Call::Store, Some(Fault::LostReply));
        harness.world.send(samples::valid(NUMBER, 9));
        harness.world.drain(&harness.intake).await;
        harness.world.heal();
        assert_eq!((harness.world.invoices().len(), harness.world.dead_letters().len()), (1, 1));
        let id = case_of(&harness.world.send(samples::valid(NUMBER, 1)));
        harness.world.drain(&harness.intake).await;
        harness.ask("set_aside", order(&id)).await.unwrap();
        harness.world.forge(samples::valid(NUMBER, 9), Vec::new());
        tokio::time::sleep(std::time::Duration::from_mins(10)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["already_stored"], &report["ingested"]), (&json!(1), &json!(1)), "{report}");
        assert_eq!((harness.world.invoices().len(), harness.world.cases().len()), (0, 2));
    });
}

#[test]
fn one_after_the_other_is_set_aside_from_one_key_and_the_trail_is_one_chain() {
    run(async {
        let (harness, id) = squatted().await;
        harness.ask("set_aside", order(&id)).await.unwrap();
        harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let key = harness.world.invoices()[0].key.clone();
        let fingerprint = print(&samples::valid(NUMBER, 1));
        harness.ask("set_aside", json!({ "key": key, "fingerprint": fingerprint })).await.unwrap();
        let mut events: Vec<Event> =
            harness.world.set_aside_invoices().into_iter().map(|row| row.event).collect();
        events.sort_by_key(|event| event.seq);
        assert_eq!(trail::verify(&trail_of_key(&key), &events, &events[1].end()), Ok(()));
        // The case that it had resolved stays so, and says what became of its invoice.
        let shown = harness.ask("get", json!({ "id": id })).await.unwrap();
        assert_eq!(shown["case"]["state"], "resolved");
        assert_eq!((&shown["set_aside"]["seq"], &shown["set_aside"]["actor"]), (&json!(2), &json!("ana")));
        assert_eq!(harness.refused("reopen", json!({ "select": one(&id) })).await, Code::WrongState);
    });
}

#[test]
fn a_hundred_are_set_aside_from_one_key_and_no_more() {
    run(async {
        let harness = RedriveHarness::new();
        for nth in 1..=101 {
            harness.world.send(samples::valid(NUMBER, nth));
            harness.world.drain(&harness.intake).await;
            let invoice = harness.world.invoices().pop().unwrap();
            let ask = json!({ "key": invoice.key, "fingerprint": invoice.fingerprint.to_string() });
            let code = harness.ask("set_aside", ask).await.err().map(|failure| failure.error.code);
            assert_eq!(code, (nth > 100).then_some(Code::TooMany), "{nth}");
        }
    });
}

/// World 1751 of the simulation: SQS delivers a message twice and counts neither, and between the two what was in its way is set aside.
#[test]
fn an_invoice_that_is_stored_where_another_was_set_aside_closes_the_case_of_its_first_delivery() {
    run(async {
        let (harness, id) = squatted().await;
        harness.ask("set_aside", order(&id)).await.unwrap();
        let first = harness.world.case(&id).unwrap();
        let envelope = aduana_cases::message::Envelope {
            source: first.case.source.clone(),
            id: first.case.message_id.clone(),
            body: first.original(),
            attributes: Vec::new(),
            receive_count: Some(1),
            sent_at_ms: None,
            sender: None,
        };
        harness.intake.run(vec![envelope], harness.world.now_ms() + 30_000).await;
        assert_eq!(
            (harness.state(&id), harness.world.invoices().len()),
            (aduana_cases::case::State::Resolved, 1)
        );
    });
}
