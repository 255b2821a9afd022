//! How long ended cases are kept.

use std::time::Duration;

use aduana_intake::cases::State;
use aduana_intake::redrive::Settings;
use aduana_invoice::{Policy, Validator};
use aduana_tests::samples;
use aduana_tests::world::{Call, Fault, run};
use serde_json::{Value, json};

use super::{Office, number, one};

const DAY: Duration = Duration::from_hours(24);

/// An office that keeps ended cases for so many days.
fn keeping(mut office: Office, days: Option<i64>) -> Office {
    let keep_ended_ms = days.map(|days| days * 24 * 60 * 60 * 1000);
    let settings = Settings { keep_ended_ms, ..Settings::default() };
    office.redrive = office.world.redrive_with(Validator::new(Policy::default()), settings);
    office
}

async fn expired(office: &Office) -> Value {
    office.ask("reconcile", json!({})).await.unwrap()["expired"].clone()
}

#[test]
fn an_ended_case_is_kept_for_its_time_and_then_given_up() {
    run(async {
        let (office, ids) = Office::holding((1..=3).map(samples::without_number)).await;
        let office = keeping(office, Some(30));
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        office.ask("correct", json!({ "select": one(&ids[1]), "correction": number("F-1") })).await.unwrap();
        office.ask("resend", json!({ "select": one(&ids[1]) })).await.unwrap();
        office.world.drain(&office.intake).await;
        office.ask("reconcile", json!({})).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&office).await, json!(0));
        office.ask("annotate", json!({ "select": one(&ids[0]), "note": "late" })).await.unwrap();
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&office).await, json!(2), "what was noted after the end goes with it");
        assert_eq!(office.world.cases().len(), 1);
        assert_eq!(office.world.grace(), [DAY * 7; 2], "a run that is cut off has the next to finish it");
        assert_eq!(office.state(&ids[2]), State::Open, "however long it waits");
        let groups = office.ask("groups", json!({})).await.unwrap();
        assert_eq!((&groups["cases"], &groups["groups"][0]["count"]), (&json!(1), &json!(1)));
        assert_eq!(office.world.invoices().len(), 1, "what was stored stays");
    });
}

#[test]
fn the_time_counts_from_the_end_and_not_from_when_it_was_last_seen() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let office = keeping(office, Some(30));
        tokio::time::sleep(DAY * 40).await;
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&office).await, json!(0));
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&office).await, json!(1));
    });
}

#[test]
fn a_case_that_is_opened_again_is_kept() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let office = keeping(office, Some(30));
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        office.ask("reopen", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&office).await, json!(0));
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 29).await;
        assert_eq!(expired(&office).await, json!(0), "its time begins anew");
        tokio::time::sleep(DAY * 2).await;
        assert_eq!(expired(&office).await, json!(1));
    });
}

#[test]
fn cases_are_kept_for_ever_where_that_is_wanted() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let office = keeping(office, None);
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 36_500).await;
        assert_eq!((expired(&office).await, office.world.cases().len()), (json!(0), 1));
    });
}

#[test]
fn what_fails_is_tried_again_by_the_next_run() {
    for fault in [Fault::Throttle, Fault::LostReply] {
        run(async {
            let (office, ids) = Office::holding([samples::without_number(1)]).await;
            let office = keeping(office, Some(30));
            office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
            tokio::time::sleep(DAY * 31).await;
            office.world.fail(Call::Expire, 1, fault);
            let report = office.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["failed"], &report["complete"]), (&json!(1), &json!(false)), "{report}");
            let report = office.ask("reconcile", json!({})).await.unwrap();
            assert_eq!((&report["complete"], office.world.cases().len()), (&json!(true), 0), "{report}");
        });
    }
}

#[test]
fn what_has_not_ended_long_ago_is_not_even_read() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let office = keeping(office, Some(30));
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        // The first run deletes the copy in the queue, for which the case is read.
        office.ask("reconcile", json!({})).await.unwrap();
        let before = office.world.calls(Call::Heads);
        office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!(office.world.calls(Call::Heads), before);
        tokio::time::sleep(DAY * 31).await;
        assert_eq!(expired(&office).await, json!(1));
        assert_eq!(office.world.calls(Call::Heads), before + 1);
    });
}

#[test]
fn a_run_that_has_no_time_left_for_ended_cases_is_not_complete() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        let office = keeping(office, Some(30));
        office.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        tokio::time::sleep(DAY * 31).await;
        // 27 s of 30 are over when the ended cases are to be listed.
        for nth in 1..=3 {
            office.world.fail(Call::Page, nth, Fault::Slow);
        }
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["failed"], &report["expired"]), (&json!(0), &json!(0)), "{report}");
        assert_eq!(report["complete"], json!(false), "{report}");
        let report = office.ask("reconcile", json!({})).await.unwrap();
        assert_eq!((&report["expired"], &report["complete"]), (&json!(1), &json!(true)), "{report}");
    });
}
