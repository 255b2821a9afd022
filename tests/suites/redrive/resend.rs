//! `resend`, and the acts that end a case or open it again.

use std::time::Duration;

use aduana_intake::attributes::names;
use aduana_intake::cases::State;
use aduana_intake::message::Attribute;
use aduana_intake::redrive::answer::Code;
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, case_of, run};
use serde_json::json;

use super::{Office, codes, number, one, request};

#[test]
fn a_corrected_case_is_sent_stored_and_resolved() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        let sent = office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!((&sent["sent"][0]["attempt"], &sent["left"]), (&json!(2), &json!(0)));
        assert_eq!(office.state(&ids[0]), State::Resent);
        office.world.drain(&office.intake).await;
        assert_eq!(office.state(&ids[0]), State::Resolved);
        let [invoice] = &office.world.invoices()[..] else { panic!("one invoice") };
        assert_eq!(invoice.case_id.as_ref(), Some(&ids[0]));
        office.assert_trail(&ids[0], &["received", "corrected", "claimed", "sent", "stored"]);
        let trail = office.world.case(&ids[0]).unwrap().trail;
        let actors: Vec<_> = trail.iter().map(|it| it.actor.as_str()).collect();
        assert_eq!(actors, ["system:validator", "ana", "ana", "ana", "system:validator"]);
        // Why it is sent is said where it is taken, once.
        assert_eq!((trail[2].reason.as_str(), trail[3].reason.as_str()), ("the supplier asked for it", ""));
    });
}

#[test]
fn ours_are_stripped_and_the_producers_restored() {
    run(async {
        let office = Office::new();
        let theirs: Vec<Attribute> = (0..10).map(|n| Attribute::text(format!("P{n}"), "v")).collect();
        let id = case_of(&office.world.send_with(samples::without_number(1), theirs.clone()));
        office.world.drain(&office.intake).await;
        office.ask("resend", json!({ "select": one(&id), "override": true })).await.unwrap();
        let message = office.world.queued().pop().unwrap();
        let named = |name: &str| message.iter().any(|attribute| attribute.name == name);
        assert!(named(names::INVALID_MESSAGE_ID) && named(names::ATTEMPT) && named(names::SOURCE));
        assert!(!named(names::REASONS) && !named(names::REASON_CODE));
        office.world.drain(&office.intake).await;
        let held = office.world.held_messages().pop().unwrap();
        assert_eq!((held.attempt, aduana_tests::world::producers(&held)), (2, Some(theirs)));
    });
}

#[test]
fn a_body_too_large_for_the_queue_is_sent_by_its_name() {
    run(async {
        let mut body = samples::without_number(1);
        body.resize(1_048_576, b' ');
        let (office, ids) = Office::holding([body]).await;
        let mut corrected = samples::valid("F-1", 1);
        corrected.resize(1_048_576, b' ');
        let correction = json!({ "body": String::from_utf8(corrected.clone()).unwrap() });
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": correction })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.drain(&office.intake).await;
        assert_eq!(office.world.invoices()[0].body.unpack().unwrap(), corrected);
        assert_eq!(office.state(&ids[0]), State::Resolved);
    });
}

#[test]
fn what_would_be_refused_is_not_sent_unless_somebody_insists() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        assert_eq!(office.refused("resend", json!({ "select": one(&ids[0]) })).await, Code::StillInvalid);
        office.assert_trail(&ids[0], &["received"]);
        office.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        office.world.drain(&office.intake).await;
        let case = office.world.case(&ids[0]).unwrap();
        assert_eq!((case.head.state, case.head.attempt), (State::Open, 2));
        assert_eq!(case.handling.under_way, None, "its outcome is known");
        office.assert_trail(&ids[0], &["received", "claimed", "sent", "refused"]);
    });
}

#[test]
fn a_double_click_sends_once() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        let other = office.world.redrive();
        let request = |actor| request(actor, "resend", &json!({ "select": one(&ids[0]) }));
        let (ana, eva) = (request("ana"), request("eva"));
        office.world.fail_by_chance(7, 0);
        let (first, second) = tokio::join!(office.redrive.ask(&ana), other.ask(&eva));
        let ends = [first.unwrap(), second.unwrap()];
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
        office.world.drain(&office.intake).await;
        assert_eq!((office.world.calls(Call::Resend), office.world.invoices().len()), (1, 1));
    });
}

#[test]
fn a_run_that_was_cut_off_goes_on_where_it_stopped() {
    run(async {
        let (office, ids) = Office::holding((1..=35).map(samples::without_number)).await;
        for (n, id) in ids.iter().enumerate() {
            let correction = number(&format!("F-{n}"));
            office.ask("correct", json!({ "select": one(id), "correction": correction })).await.unwrap();
        }
        let resend = || request("ana", "resend", &json!({ "select": { "query": {} }, "max": 1000 }));
        office.world.fail(Call::Resend, 3, Fault::CrashAfter);
        assert!(office.redrive.ask(&resend()).await.is_none(), "it dies in its third batch");
        let count = |state| office.world.cases().iter().filter(|case| case.head.state == state).count();
        assert_eq!((count(State::Resent), count(State::Resending), count(State::Open)), (20, 10, 5));
        assert!(office.redrive.ask(&resend()).await.unwrap().is_ok());
        assert_eq!((count(State::Resent), count(State::Resending), count(State::Open)), (25, 10, 0));
        office.world.drain(&office.intake).await;
        assert_eq!((count(State::Resolved), office.world.invoices().len()), (35, 35));
        assert_eq!(office.world.received(), 35 + 35, "no case was sent twice");
    });
}

#[test]
fn a_lapsed_claim_whose_message_was_sent_after_all_is_one_invoice() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        office.world.fail(Call::Resend, 1, Fault::CrashAfter);
        let resend = request("ana", "resend", &json!({ "select": one(&ids[0]) }));
        assert!(office.redrive.ask(&resend).await.is_none());
        assert_eq!(office.refused("resend", json!({ "select": one(&ids[0]) })).await, Code::Claimed);
        assert_eq!(office.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::Claimed);
        tokio::time::sleep(Duration::from_mins(6)).await;
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["lapsed"], office.state(&ids[0])), (&json!(1), State::Open));
        let correct = json!({ "select": one(&ids[0]), "correction": number("F-2") });
        assert_eq!(office.refused("correct", correct).await, Code::MayBeUnderWay);
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.drain(&office.intake).await;
        assert_eq!((office.world.invoices().len(), office.state(&ids[0])), (1, State::Resolved));
        let acts = ["received", "corrected", "claimed", "lapsed", "claimed", "sent", "stored"];
        office.assert_trail(&ids[0], &acts);
    });
}

#[test]
fn a_send_that_failed_gives_the_case_back() {
    for (fault, code, under_way) in [
        (Fault::Refuse, Code::Unavailable, false),
        (Fault::Throttle, Code::Uncertain, true),
        (Fault::LostReply, Code::Uncertain, true),
    ] {
        run(async {
            let (office, ids) = Office::holding([samples::wrong_total("F-1", 1)]).await;
            let suggested = json!({ "suggested": true });
            office.ask("correct", json!({ "select": one(&ids[0]), "correction": suggested })).await.unwrap();
            office.world.fail(Call::ResendEntry, 1, fault);
            assert_eq!(office.refused("resend", json!({ "select": one(&ids[0]) })).await, code);
            let case = office.world.case(&ids[0]).unwrap();
            assert_eq!((case.head.state, case.handling.under_way.is_some()), (State::Open, under_way));
            office.assert_trail(&ids[0], &["received", "corrected", "claimed", "unsent"]);
            assert_ne!(case.trail[3].reason, case.trail[2].reason, "what failed, and not why it was sent");
            office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
            office.world.drain(&office.intake).await;
            assert_eq!((office.world.invoices().len(), office.state(&ids[0])), (1, State::Resolved));
        });
    }
}

#[test]
fn a_dry_run_says_what_would_be_sent_and_sends_nothing() {
    run(async {
        let (office, ids) = Office::holding((1..=3).map(samples::without_number)).await;
        office.ask("correct", json!({ "select": one(&ids[1]), "correction": number("F-1") })).await.unwrap();
        let dry = office.ask("resend", json!({ "select": { "ids": ids }, "dry_run": true })).await.unwrap();
        assert_eq!((&dry["dry_run"], &dry["sent"]), (&json!(true), &json!([{ "id": ids[1], "attempt": 2 }])));
        assert_eq!(codes(&dry["skipped"]), ["StillInvalid", "StillInvalid"]);
        assert_eq!(dry["skipped"][0]["codes"], json!(["BR-02"]));
        assert!(office.world.is_drained());
        office.assert_trail(&ids[1], &["received", "corrected"]);
    });
}

#[test]
fn a_run_stops_after_as_many_failures_as_it_is_told() {
    run(async {
        let (office, _) = Office::holding((1..=30).map(samples::without_number)).await;
        let ask = json!({ "select": { "query": {} }, "stop_after": 3, "max": 1000 });
        let answer = office.ask("resend", ask).await.unwrap();
        assert_eq!((&answer["stopped"], answer["skipped"].as_array().unwrap().len()), (&json!(true), 10));
        assert!(answer["cursor"].is_string() && answer.get("left").is_none());
    });
}

#[test]
fn what_is_not_to_be_sent_is_no_failure_of_a_run() {
    run(async {
        let (office, ids) = Office::holding((1..=4).map(samples::without_number)).await;
        office.ask("discard", json!({ "select": { "ids": ids[..3] } })).await.unwrap();
        let ask = json!({ "select": { "ids": ids }, "stop_after": 1, "override": true });
        let answer = office.ask("resend", ask).await.unwrap();
        assert_eq!(codes(&answer["skipped"]), ["WrongState"; 3]);
        assert_eq!((answer["sent"].as_array().unwrap().len(), answer.get("stopped")), (1, None));
    });
}

#[test]
fn of_none_at_all_a_run_is_at_its_end_at_once() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        for select in [json!({ "query": {} }), json!({ "ids": ids })] {
            let ask = json!({ "select": select, "first": 0, "override": true });
            let answer = office.ask("resend", ask).await.unwrap();
            assert_eq!((answer["sent"].as_array().unwrap().len(), answer.get("cursor")), (0, None));
        }
        office.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn where_no_time_is_left_nothing_is_begun_and_the_cursor_says_where_to_go_on() {
    use aduana_intake::redrive::Settings;
    use aduana_invoice::{Policy, Validator};
    use aduana_tests::world::TIMEOUT_MS;

    run(async {
        let (mut office, ids) = Office::holding([samples::without_number(1)]).await;
        for (stop_margin_ms, begins) in [(TIMEOUT_MS, false), (TIMEOUT_MS - 1, true)] {
            let settings = Settings { stop_margin_ms, ..Settings::default() };
            office.redrive = office.world.redrive_with(Validator::new(Policy::default()), settings);
            let listed = office.ask("list", json!({})).await.unwrap();
            assert_eq!(!listed["cases"].as_array().unwrap().is_empty(), begins);
            assert_eq!(listed.get("cursor").is_none(), begins);
            let ask = json!({ "select": one(&ids[0]), "override": true });
            let sent = office.ask("resend", ask).await.unwrap();
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
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        for (action, more) in [("discard", json!({})), ("resend", json!({ "override": true }))] {
            let mut ask = json!({ "select": one(&ids[0]) });
            ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let before = office.world.calls(Call::Write);
            office.world.fail(Call::Write, 1, Fault::Refuse);
            assert_eq!(office.refused(action, ask).await, Code::Unavailable, "{action}");
            assert_eq!(office.world.calls(Call::Write) - before, 1, "{action}");
        }
        office.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn the_first_n_are_the_oldest_and_no_more() {
    run(async {
        let office = Office::new();
        let mut ids = Vec::new();
        for n in 1..=30 {
            ids.push(case_of(&office.world.send(samples::without_number(n))));
            office.world.drain(&office.intake).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut sent = Vec::new();
        let mut cursor = None;
        loop {
            let mut ask = json!({ "select": { "query": {} }, "first": 17, "max": 5, "override": true });
            if let Some(cursor) = cursor {
                ask["cursor"] = cursor;
            }
            let answer = office.ask("resend", ask).await.unwrap();
            sent.extend(answer["sent"].as_array().unwrap().iter().map(|sent| sent["id"].clone()));
            // What is refused again in between is not sent again by the same run.
            office.world.drain(&office.intake).await;
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
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let select = || json!({ "select": one(&ids[0]), "override": true });
        for _ in 0..4 {
            office.ask("resend", select()).await.unwrap();
            office.world.drain(&office.intake).await;
        }
        let mut dry = select();
        dry["dry_run"] = json!(true);
        assert_eq!(office.refused("resend", dry).await, Code::Parked);
        assert_eq!(office.state(&ids[0]), State::Open, "nothing was done");
        assert_eq!(office.refused("resend", select()).await, Code::Parked);
        assert_eq!(office.refused("resend", select()).await, Code::Parked);
        assert_eq!(office.refused("reopen", json!({ "select": one(&ids[0]) })).await, Code::Parked);
        assert_eq!(
            (office.state(&ids[0]), office.world.case(&ids[0]).unwrap().head.attempt),
            (State::Parked, 5)
        );
        office.ask("release", json!({ "select": { "query": {} } })).await.unwrap();
        office.ask("resend", select()).await.unwrap();
        assert_eq!(office.state(&ids[0]), State::Resent);
    });
}

#[test]
fn a_case_is_given_up_and_taken_up_again() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let select = || json!({ "select": one(&ids[0]) });
        let done = office.ask("discard", select()).await.unwrap();
        assert_eq!(done["done"][0]["changed"], json!(true));
        let again = office.ask("discard", select()).await.unwrap();
        assert_eq!(
            (&again["done"][0]["changed"], &again["done"][0]["state"]),
            (&json!(false), &json!("discarded"))
        );
        for action in ["resend", "release"] {
            assert_eq!(office.refused(action, select()).await, Code::WrongState);
        }
        office.ask("reopen", select()).await.unwrap();
        office.assert_trail(&ids[0], &["received", "discarded", "reopened"]);
        let reason = &office.world.case(&ids[0]).unwrap().trail[1].reason;
        assert_eq!(reason, "the supplier asked for it");
    });
}

#[test]
fn a_resent_case_whose_outcome_does_not_come_can_be_opened_again() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!(office.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::WrongState);
        office.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.drain(&office.intake).await;
        assert_eq!((office.world.invoices().len(), office.state(&ids[0])), (1, State::Resolved));
        assert_eq!(office.refused("reopen", json!({ "select": one(&ids[0]) })).await, Code::WrongState);
    });
}

#[test]
fn an_act_upon_a_case_that_has_changed_since_is_refused() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let version = office.ask("get", json!({ "id": ids[0] })).await.unwrap()["version"].clone();
        office.ask("annotate", json!({ "select": one(&ids[0]), "owner": "eva" })).await.unwrap();
        for action in ["discard", "resend"] {
            let ask = json!({ "select": one(&ids[0]), "version": version, "override": true });
            let ask =
                if action == "discard" { json!({ "select": one(&ids[0]), "version": version }) } else { ask };
            assert_eq!(office.refused(action, ask).await, Code::StaleVersion);
        }
        let ask = json!({ "select": one(&ids[0]), "version": version, "correction": number("F-1") });
        assert_eq!(office.refused("correct", ask).await, Code::StaleVersion);
        office.assert_trail(&ids[0], &["received", "annotated"]);
    });
}

#[test]
fn what_is_not_there_or_cannot_be_is_said() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let nobody = json!({ "ids": ["f".repeat(32)] });
        for action in ["discard", "reopen", "release", "resend"] {
            assert_eq!(office.refused(action, json!({ "select": nobody })).await, Code::NoSuchCase);
        }
        let many: Vec<String> = (0..1001).map(|n| format!("{n:032}")).collect();
        assert_eq!(office.refused("discard", json!({ "select": { "ids": many } })).await, Code::TooMany);
        let long = json!({ "select": one(&ids[0]), "note": "x".repeat(2001) });
        assert_eq!(office.refused("annotate", long).await, Code::TooMany);
        for (field, wrong) in [("actor", " "), ("actor", "a\u{1b}[31m"), ("reason", ""), ("reason", "a\nb")] {
            let ask = json!({ "select": one(&ids[0]), field: wrong });
            assert_eq!(office.refused("discard", ask).await, Code::BadRequest, "{field} {wrong:?}");
        }
        office.world.fail_always(Call::Heads, Some(Fault::ServerError));
        assert_eq!(office.refused("discard", json!({ "select": one(&ids[0]) })).await, Code::Unavailable);
        office.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn an_act_whose_reply_was_lost_is_done_once() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        office.world.fail(Call::Write, 1, Fault::LostReply);
        let done = office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert_eq!(done["done"][0]["changed"], json!(true));
        office.assert_trail(&ids[0], &["received", "discarded"]);
        office.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.world.fail(Call::Write, 1, Fault::LostReply);
        office.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        office.assert_trail(&ids[0], &["received", "discarded", "reopened", "claimed", "sent"]);
    });
}

#[test]
fn an_annotation_changes_what_it_names_and_leaves_the_rest() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let select = one(&ids[0]);
        office.ask("annotate", json!({ "select": select, "owner": "eva", "note": "calls" })).await.unwrap();
        office.ask("annotate", json!({ "select": select, "ticket": "T-1", "note": "" })).await.unwrap();
        let handling = office.world.case(&ids[0]).unwrap().handling;
        assert_eq!(
            (handling.owner.as_deref(), handling.note, handling.ticket.as_deref()),
            (Some("eva"), None, Some("T-1"))
        );
        let again = office.ask("annotate", json!({ "select": select, "owner": "eva" })).await.unwrap();
        assert_eq!(again["done"][0]["changed"], json!(false));
        let found = office.ask("list", json!({ "select": { "query": { "text": "t-1" } } })).await.unwrap();
        assert_eq!(found["cases"][0]["owner"], json!("eva"));
    });
}
