//! `resend`, and the acts that end a case or open it again.

use std::time::Duration;

use aduana_cases::attributes::names;
use aduana_cases::case::State;
use aduana_cases::message::Attribute;
use aduana_redrive::answer::Code;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, case_of, run};
use serde_json::json;

use super::{RedriveHarness, codes, number, one, request};

#[test]
fn a_corrected_case_is_sent_stored_and_resolved() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        let sent = harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!((&sent["sent"][0]["attempt"], &sent["left"]), (&json!(2), &json!(0)));
        assert_eq!(harness.state(&ids[0]), State::Resent);
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&ids[0]), State::Resolved);
        let [invoice] = &harness.world.invoices()[..] else { panic!("one invoice") };
        assert_eq!(invoice.case_id.as_ref(), Some(&ids[0]));
        harness.assert_trail(&ids[0], &["received", "corrected", "claimed", "sent", "stored"]);
        let trail = harness.world.case(&ids[0]).unwrap().trail;
        let actors: Vec<_> = trail.iter().map(|it| it.actor.as_str()).collect();
        assert_eq!(actors, ["system:validator", "ana", "ana", "ana", "system:validator"]);
        // Why it is sent is said where it is taken, once.
        assert_eq!((trail[2].reason.as_str(), trail[3].reason.as_str()), ("the supplier asked for it", ""));
    });
}

#[test]
fn ours_are_stripped_and_the_producers_restored() {
    run(async {
        let harness = RedriveHarness::new();
        let theirs: Vec<Attribute> = (0..10).map(|n| Attribute::text(format!("P{n}"), "v")).collect();
        let id = case_of(&harness.world.send_with(samples::without_number(1), theirs.clone()));
        harness.world.drain(&harness.intake).await;
        harness.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
        let message = harness.world.queued().pop().unwrap();
        let named = |name: &str| message.iter().any(|attribute| attribute.name == name);
        assert!(named(names::INVALID_MESSAGE_ID) && named(names::ATTEMPT) && named(names::SOURCE));
        assert!(!named(names::REASONS) && !named(names::REASON_CODE));
        harness.world.drain(&harness.intake).await;
        let held = harness.world.held_messages().pop().unwrap();
        assert_eq!((held.attempt, aduana_testkit::world::producers(&held)), (2, Some(theirs)));
    });
}

#[test]
fn a_body_too_large_for_the_queue_is_sent_by_its_name() {
    run(async {
        let mut body = samples::without_number(1);
        body.resize(1_048_576, b' ');
        let (harness, ids) = RedriveHarness::holding([body]).await;
        let mut corrected = samples::valid("F-1", 1);
        corrected.resize(1_048_576, b' ');
        let correction = json!({ "body": String::from_utf8(corrected.clone()).unwrap() });
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": correction })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.invoices()[0].body.unpack().unwrap(), corrected);
        assert_eq!(harness.state(&ids[0]), State::Resolved);
    });
}

#[test]
fn what_would_be_refused_is_not_sent_unless_somebody_insists() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        assert_eq!(harness.refused("resend", json!({ "select": one(&ids[0]) })).await, Code::StillInvalid);
        harness.assert_trail(&ids[0], &["received"]);
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&ids[0]).unwrap();
        assert_eq!((case.head.state, case.head.attempt), (State::Open, 2));
        assert_eq!(case.redrive_state.in_flight, None, "its outcome is known");
        harness.assert_trail(&ids[0], &["received", "claimed", "sent", "refused"]);
    });
}

#[test]
fn a_double_click_sends_once() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        let other = harness.world.redrive();
        let request = |actor| request(actor, "resend", &json!({ "select": one(&ids[0]) }));
        let (ana, eva) = (request("ana"), request("eva"));
        harness.world.fail_by_chance(7, 0);
        let (first, second) = tokio::join!(harness.redrive.ask(&ana), other.ask(&eva));
        let ends = [first.unwrap(), second.unwrap()];
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.calls(Call::Resend), harness.world.invoices().len()), (1, 1));
    });
}

#[test]
fn a_run_that_was_cut_off_goes_on_where_it_stopped() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=35).map(samples::without_number)).await;
        for (n, id) in ids.iter().enumerate() {
            let correction = number(&format!("F-{n}"));
            harness.ask("correct", json!({ "select": one(id), "correction": correction })).await.unwrap();
        }
        let resend = || request("ana", "resend", &json!({ "select": { "query": {} }, "max": 1000 }));
        harness.world.fail(Call::Resend, 3, Fault::CrashAfter);
        assert!(harness.redrive.ask(&resend()).await.is_none(), "it dies in its third batch");
        let count = |state| harness.world.cases().iter().filter(|case| case.head.state == state).count();
        assert_eq!((count(State::Resent), count(State::Resending), count(State::Open)), (20, 10, 5));
        assert!(harness.redrive.ask(&resend()).await.unwrap().is_ok());
        assert_eq!((count(State::Resent), count(State::Resending), count(State::Open)), (25, 10, 0));
        harness.world.drain(&harness.intake).await;
        assert_eq!((count(State::Resolved), harness.world.invoices().len()), (35, 35));
        assert_eq!(harness.world.received(), 35 + 35, "no case was sent twice");
    });
}

#[test]
fn a_lapsed_claim_whose_message_was_sent_after_all_is_one_invoice() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        harness.world.fail(Call::Resend, 1, Fault::CrashAfter);
        let resend = request("ana", "resend", &json!({ "select": one(&ids[0]) }));
        assert!(harness.redrive.ask(&resend).await.is_none());
        assert_eq!(harness.refused("resend", json!({ "select": one(&ids[0]) })).await, Code::Claimed);
        assert_eq!(harness.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::Claimed);
        tokio::time::sleep(Duration::from_mins(6)).await;
        let report = harness.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["lapsed"], harness.state(&ids[0])), (&json!(1), State::Open));
        let correct = json!({ "select": one(&ids[0]), "correction": number("F-2") });
        assert_eq!(harness.refused("correct", correct).await, Code::MayBeInFlight);
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.invoices().len(), harness.state(&ids[0])), (1, State::Resolved));
        let acts = ["received", "corrected", "claimed", "lapsed", "viewed", "claimed", "sent", "stored"];
        harness.assert_trail(&ids[0], &acts);
    });
}

#[test]
fn a_send_that_failed_gives_the_case_back() {
    for (fault, code, in_flight) in [
        (Fault::Refuse, Code::Unavailable, false),
        (Fault::ServerError, Code::Uncertain, true),
        (Fault::LostReply, Code::Uncertain, true),
    ] {
        run(async {
            let (harness, ids) = RedriveHarness::holding([samples::wrong_total("F-1", 1)]).await;
            let suggested = json!({ "suggested": true });
            harness.ask("correct", json!({ "select": one(&ids[0]), "correction": suggested })).await.unwrap();
            harness.world.fail(Call::ResendEntry, 1, fault);
            assert_eq!(harness.refused("resend", json!({ "select": one(&ids[0]) })).await, code);
            let case = harness.world.case(&ids[0]).unwrap();
            assert_eq!((case.head.state, case.redrive_state.in_flight.is_some()), (State::Open, in_flight));
            harness.assert_trail(&ids[0], &["received", "corrected", "claimed", "unsent"]);
            assert_ne!(case.trail[3].reason, case.trail[2].reason, "what failed, and not why it was sent");
            harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
            harness.world.drain(&harness.intake).await;
            assert_eq!((harness.world.invoices().len(), harness.state(&ids[0])), (1, State::Resolved));
        });
    }
}

#[test]
fn a_dry_run_says_what_would_be_sent_and_sends_nothing() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=3).map(samples::without_number)).await;
        harness.ask("correct", json!({ "select": one(&ids[1]), "correction": number("F-1") })).await.unwrap();
        let dry = harness.ask("resend", json!({ "select": { "ids": ids }, "dry_run": true })).await.unwrap();
        assert_eq!((&dry["dry_run"], &dry["sent"]), (&json!(true), &json!([{ "id": ids[1], "attempt": 2 }])));
        assert_eq!(codes(&dry["skipped"]), ["StillInvalid", "StillInvalid"]);
        assert_eq!(dry["skipped"][0]["codes"], json!(["BR-02"]));
        assert!(harness.world.is_drained());
        harness.assert_trail(&ids[1], &["received", "corrected"]);
    });
}

#[test]
fn a_run_stops_after_the_given_number_of_failures() {
    run(async {
        let (harness, _) = RedriveHarness::holding((1..=30).map(samples::without_number)).await;
        let ask = json!({ "select": { "query": {} }, "stop_after": 3, "max": 1000 });
        let answer = harness.ask("resend", ask).await.unwrap();
        assert_eq!((&answer["stopped"], answer["skipped"].as_array().unwrap().len()), (&json!(true), 10));
        assert!(answer["cursor"].is_string() && answer.get("left").is_none());
    });
}

#[test]
fn what_is_not_to_be_sent_is_no_failure_of_a_run() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=4).map(samples::without_number)).await;
        harness.ask("discard", json!({ "select": { "ids": ids[..3] } })).await.unwrap();
        let ask = json!({ "select": { "ids": ids }, "stop_after": 1, "override": true });
        let answer = harness.ask("resend", ask).await.unwrap();
        assert_eq!(codes(&answer["skipped"]), ["WrongState"; 3]);
        assert_eq!((answer["sent"].as_array().unwrap().len(), answer.get("stopped")), (1, None));
    });
}

#[test]
fn of_none_at_all_a_run_is_at_its_end_at_once() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for select in [json!({ "query": {} }), json!({ "ids": ids })] {
            let ask = json!({ "select": select, "first": 0, "override": true });
            let answer = harness.ask("resend", ask).await.unwrap();
            assert_eq!((answer["sent"].as_array().unwrap().len(), answer.get("cursor")), (0, None));
        }
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn where_no_time_is_left_nothing_is_begun_and_the_cursor_says_where_to_go_on() {
    use aduana_invoice::{Policy, Validator};
    use aduana_redrive::Settings;
    use aduana_testkit::world::TIMEOUT_MS;

    run(async {
        let (mut harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for (stop_margin_ms, begins) in [(TIMEOUT_MS, false), (TIMEOUT_MS - 1, true)] {
            let settings = Settings { stop_margin_ms, ..Settings::default() };
            harness.redrive = harness.world.redrive_with(Validator::new(Policy::default()), settings);
            let listed = harness.ask("list", json!({})).await.unwrap();
            assert_eq!(!listed["cases"].as_array().unwrap().is_empty(), begins);
            assert_eq!(listed.get("cursor").is_none(), begins);
            let ask = json!({ "select": one(&ids[0]), "override": true });
            let sent = harness.ask("resend", ask).await.unwrap();
            assert_eq!(
                (!sent["sent"].as_array().unwrap().is_empty(), sent.get("cursor").is_none()),
                (begins, begins)
            );
        }
    });
}

/// What certainly did not happen is said at once: another try is the caller's to make.
#[test]
fn an_act_that_was_refused_is_not_tried_again() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for (action, more) in [("discard", json!({})), ("resend", json!({ "override": true }))] {
            let mut ask = json!({ "select": one(&ids[0]) });
            ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let before = harness.world.calls(Call::Write);
            harness.world.fail(Call::Write, 1, Fault::Refuse);
            assert_eq!(harness.refused(action, ask).await, Code::Unavailable, "{action}");
            assert_eq!(harness.world.calls(Call::Write) - before, 1, "{action}");
        }
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn the_first_n_are_the_oldest_and_no_more() {
    run(async {
        let harness = RedriveHarness::new();
        let mut ids = Vec::new();
        for n in 1..=30 {
            ids.push(case_of(&harness.world.send(samples::without_number(n))));
            harness.world.drain(&harness.intake).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut sent = Vec::new();
        let mut cursor = None;
        loop {
            let mut ask = json!({ "select": { "query": {} }, "first": 17, "max": 5, "override": true });
            if let Some(cursor) = cursor {
                ask["cursor"] = cursor;
            }
            let answer = harness.ask("resend", ask).await.unwrap();
            sent.extend(answer["sent"].as_array().unwrap().iter().map(|sent| sent["id"].clone()));
            // What is refused again in between is not sent again by the same run.
            harness.world.drain(&harness.intake).await;
            cursor = answer.get("cursor").cloned();
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(json!(sent), json!(ids[..17]));
    });
}

#[test]
fn too_many_attempts_park_a_case_until_a_person_releases_it() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let select = || json!({ "select": one(&ids[0]), "override": true });
        for _ in 0..4 {
            harness.ask("resend", select()).await.unwrap();
            harness.world.drain(&harness.intake).await;
        }
        let mut dry = select();
        dry["dry_run"] = json!(true);
        assert_eq!(harness.refused("resend", dry).await, Code::Parked);
        assert_eq!(harness.state(&ids[0]), State::Open, "nothing was done");
        assert_eq!(harness.refused("resend", select()).await, Code::Parked);
        assert_eq!(harness.refused("resend", select()).await, Code::Parked);
        assert_eq!(harness.refused("reopen", json!({ "select": one(&ids[0]) })).await, Code::Parked);
        assert_eq!(
            (harness.state(&ids[0]), harness.world.case(&ids[0]).unwrap().head.attempt),
            (State::Parked, 5)
        );
        harness.ask("release", json!({ "select": { "query": {} } })).await.unwrap();
        harness.ask("resend", select()).await.unwrap();
        assert_eq!(harness.state(&ids[0]), State::Resent);
    });
}

#[test]
fn a_case_is_given_up_and_taken_up_again() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let select = || json!({ "select": one(&ids[0]) });
        let done = harness.ask("discard", select()).await.unwrap();
        assert_eq!(done["done"][0]["changed"], json!(true));
        let again = harness.ask("discard", select()).await.unwrap();
        assert_eq!(
            (&again["done"][0]["changed"], &again["done"][0]["state"]),
            (&json!(false), &json!("discarded"))
        );
        for action in ["resend", "release"] {
            assert_eq!(harness.refused(action, select()).await, Code::WrongState);
        }
        harness.ask("reopen", select()).await.unwrap();
        harness.assert_trail(&ids[0], &["received", "discarded", "reopened"]);
        let reason = &harness.world.case(&ids[0]).unwrap().trail[1].reason;
        assert_eq!(reason, "the supplier asked for it");
    });
}

#[test]
fn a_resent_case_whose_outcome_does_not_come_can_be_opened_again() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!(harness.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::WrongState);
        harness.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!((harness.world.invoices().len(), harness.state(&ids[0])), (1, State::Resolved));
        assert_eq!(harness.refused("reopen", json!({ "select": one(&ids[0]) })).await, Code::WrongState);
    });
}

#[test]
fn an_act_upon_a_case_that_has_changed_since_is_refused() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let version = harness.ask("get", json!({ "id": ids[0] })).await.unwrap()["version"].clone();
        harness.ask("annotate", json!({ "select": one(&ids[0]), "owner": "eva" })).await.unwrap();
        for action in ["discard", "resend"] {
            let ask = json!({ "select": one(&ids[0]), "version": version, "override": true });
            let ask =
                if action == "discard" { json!({ "select": one(&ids[0]), "version": version }) } else { ask };
            assert_eq!(harness.refused(action, ask).await, Code::StaleVersion);
        }
        let ask = json!({ "select": one(&ids[0]), "version": version, "correction": number("F-1") });
        assert_eq!(harness.refused("correct", ask).await, Code::StaleVersion);
        harness.assert_trail(&ids[0], &["received", "annotated"]);
    });
}

#[test]
fn what_is_not_there_or_cannot_be_is_said() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let nobody = json!({ "ids": ["f".repeat(32)] });
        for action in ["discard", "reopen", "release", "resend"] {
            assert_eq!(harness.refused(action, json!({ "select": nobody })).await, Code::NoSuchCase);
        }
        let many: Vec<String> = (0..1001).map(|n| format!("{n:032}")).collect();
        assert_eq!(harness.refused("discard", json!({ "select": { "ids": many } })).await, Code::TooMany);
        let long = json!({ "select": one(&ids[0]), "note": "x".repeat(2001) });
        assert_eq!(harness.refused("annotate", long).await, Code::TooMany);
        for (field, wrong) in [("actor", " "), ("actor", "a\u{1b}[31m"), ("reason", ""), ("reason", "a\nb")] {
            let ask = json!({ "select": one(&ids[0]), field: wrong });
            assert_eq!(harness.refused("discard", ask).await, Code::BadRequest, "{field} {wrong:?}");
        }
        harness.world.fail_always(Call::Heads, Some(Fault::ServerError));
        assert_eq!(harness.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::Unavailable);
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn an_act_whose_reply_was_lost_is_done_once() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.world.fail(Call::Write, 1, Fault::LostReply);
        let done = harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!(done["done"][0]["changed"], json!(true));
        harness.assert_trail(&ids[0], &["received", "discarded"]);
        harness.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.fail(Call::Write, 1, Fault::LostReply);
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.assert_trail(&ids[0], &["received", "discarded", "reopened", "claimed", "sent"]);
    });
}

#[test]
fn an_annotation_changes_what_it_names_and_leaves_the_rest() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let select = one(&ids[0]);
        harness.ask("annotate", json!({ "select": select, "owner": "eva", "note": "calls" })).await.unwrap();
        harness.ask("annotate", json!({ "select": select, "ticket": "T-1", "note": "" })).await.unwrap();
        let redrive_state = harness.world.case(&ids[0]).unwrap().redrive_state;
        assert_eq!(
            (redrive_state.owner.as_deref(), redrive_state.note, redrive_state.ticket.as_deref()),
            (Some("eva"), None, Some("T-1"))
        );
        let again = harness.ask("annotate", json!({ "select": select, "owner": "eva" })).await.unwrap();
        assert_eq!(again["done"][0]["changed"], json!(false));
        let found = harness.ask("list", json!({ "select": { "query": { "text": "t-1" } } })).await.unwrap();
        assert_eq!(found["cases"][0]["owner"], json!("eva"));
    });
}
