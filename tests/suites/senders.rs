//! Who sent a message, and whose invoices a sender may send.

use aduana_cases::case::State;
use aduana_intake::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_redrive::answer::Code;
use aduana_testkit::requests::{number, one};
use aduana_testkit::samples;
use aduana_testkit::world::{CLIENT, World, case_of, run};
use serde_json::json;

use crate::redrive::RedriveHarness;

/// The seller of the samples.
const SELLER: &str = "tax:EC:1790012344001";

fn judge(senders: &serde_json::Value) -> Validator {
    Validator::new(Policy::from_json(&json!({ "senders": senders }).to_string()).unwrap())
}

/// A world in which these senders may send for these sellers.
fn harness(senders: &serde_json::Value) -> RedriveHarness {
    let world = World::new();
    RedriveHarness {
        intake: world.intake_with(judge(senders), Settings::default()),
        redrive: world.redrive_with(judge(senders), aduana_redrive::Settings::default()),
        world,
    }
}

#[test]
fn who_sent_it_is_on_the_invoice_the_case_the_trail_and_the_log() {
    run(async {
        let harness = RedriveHarness::new();
        harness.world.send(samples::valid("F-1", 1));
        let id = case_of(&harness.world.send(samples::without_number(1)));
        harness.world.produce(0, samples::without_number(2));
        let reports = harness.world.drain(&harness.intake).await;
        harness.world.drain_topic(&harness.intake, 10).await;
        assert_eq!(harness.world.invoices()[0].sender.as_ref().unwrap().as_str(), CLIENT);
        let case = harness.world.case(&id).unwrap();
        assert_eq!((case.head.sender.unwrap().as_str(), case.trail[0].way.as_str()), (CLIENT, CLIENT));
        let held = reports[0].log().into_iter().find(|line| line.message == "message held").unwrap();
        assert!(held.fields.contains(&("sender", json!(CLIENT))));
        // It can be listed by, and it stays through a resend, which is the redrive's own sending.
        for (sender, found) in [(CLIENT, 1), ("kafka:invoices", 1), ("AIDA", 0)] {
            let answer = harness.ask("list", json!({ "select": { "query": { "sender": sender } } })).await;
            assert_eq!(answer.unwrap()["cases"].as_array().unwrap().len(), found, "{sender}");
        }
        harness.ask("correct", json!({ "select": one(&id), "correction": number("R-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let stored = harness.world.invoices();
        assert!(stored.iter().all(|invoice| invoice.sender.as_ref().unwrap().as_str() == CLIENT));
        assert_eq!((stored.len(), harness.state(&id)), (2, State::Resolved));
    });
}

#[test]
fn an_invoice_of_a_seller_that_its_sender_may_not_send_is_held() {
    run(async {
        let harness = harness(&json!({ "AIDAOTHER": [SELLER], CLIENT: ["tax:ES:*"] }));
        let id = case_of(&harness.world.send(samples::valid("F-1", 1)));
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&id).unwrap();
        assert_eq!((case.case.reasons.codes(), harness.world.invoices().len()), (vec!["FE-D-017"], 0));
        // No correction of ours makes it his to send.
        let refused = harness.refused("resend", json!({ "select": one(&id) })).await;
        assert_eq!(refused, Code::StillInvalid);
        let forced = json!({ "select": one(&id), "override": true });
        harness.ask("resend", forced).await.unwrap();
        harness.world.drain(&harness.intake).await;
        harness.assert_trail(&id, &["received", "claimed", "sent", "refused"]);
        assert_eq!(harness.world.invoices().len(), 0, "the redrive's right to send is not his");
    });
}

#[test]
fn an_invoice_of_a_seller_that_its_sender_may_send_goes_through_and_is_corrected_and_resent() {
    run(async {
        let harness = harness(&json!({ CLIENT: [SELLER] }));
        harness.world.send(samples::valid("F-1", 1));
        let id = case_of(&harness.world.send(samples::without_number(1)));
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.invoices().len(), 1);
        harness.ask("correct", json!({ "select": one(&id), "correction": number("R-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&id) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.invoices().len(), 2);
    });
}

/// Of Kafka only the topic is known.
#[test]
fn a_topic_is_a_sender_like_any_other() {
    for (may, stored) in [("kafka:invoices", 1), ("kafka:others", 0), ("kafka:*", 1)] {
        run(async {
            let harness = harness(&json!({ may: ["*"] }));
            harness.world.produce(0, samples::valid("F-1", 1));
            harness.world.drain_topic(&harness.intake, 10).await;
            assert_eq!(harness.world.invoices().len(), stored, "{may}");
        });
    }
}

#[test]
fn as_a_warning_it_is_stored_with_the_code() {
    run(async {
        let world = World::new();
        let policy = json!({ "senders": { "AIDAOTHER": ["*"] }, "rules": { "FE-D-017": "warning" } });
        let judge = Validator::new(Policy::from_json(&policy.to_string()).unwrap());
        world.send(samples::valid("F-1", 1));
        world.drain(&world.intake_with(judge, Settings::default())).await;
        assert!(world.invoices()[0].warnings.contains(&"FE-D-017"));
    });
}
