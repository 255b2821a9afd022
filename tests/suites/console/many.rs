//! Many cases at once: previewed, run, paused, stopped, gone on with.

use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_console::deployment::Kind;
use aduana_testkit::console::{Browser, Seen};
use aduana_testkit::samples;
use aduana_testkit::world::run;
use axum::http::StatusCode;

use super::{opened, page};
use crate::redrive::RedriveHarness;

/// Forty of one group, of which two stay invalid whatever is suggested: their currency is no currency.
async fn forty() -> (RedriveHarness, Vec<CaseId>, Browser) {
    let good = (1..=38).map(|n| samples::wrong_total(&format!("F-{n}"), n));
    let odd = (39..=40).map(|n| {
        let body = String::from_utf8(samples::wrong_total(&format!("F-{n}"), n)).unwrap();
        body.replace("\"USD\"", "\"QQQ\"").into_bytes()
    });
    opened(good.chain(odd)).await
}

fn prepared(seen: &Seen) -> String {
    let (_, rest) = seen.text.split_once("name=\"prepared\" value=\"").expect("a preview");
    rest.split('"').next().unwrap().to_owned()
}

async fn started(browser: &Browser, form: &[(&str, &str)]) -> String {
    let seen = browser.post("/runs", form).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    seen.header("location").to_owned()
}

fn count(harness: &RedriveHarness, state: State) -> usize {
    harness.world.cases().iter().filter(|case| case.head.state == state).count()
}

#[test]
fn a_group_is_previewed_corrected_and_sent_and_what_stays_invalid_is_left() {
    run(async {
        let (harness, _, browser) = forty().await;
        let seen =
            browser.post("/bulk/preview", &[("all", "1"), ("code", "BR-CO-15"), ("how", "suggested")]).await;
        assert!(
            seen.says("<b class=\"valid\">38</b> now valid, <b class=\"invalid\">2</b> not"),
            "{}",
            seen.text
        );
        assert!(seen.says("BR-CL-04 /currency"), "and why");
        assert_eq!(count(&harness, State::Open), 40, "nothing is changed by looking");
        assert!(harness.world.cases().iter().all(|case| case.trail.len() == 1));

        let key = prepared(&seen);
        let run =
            started(&browser, &[("act", "correct"), ("prepared", &key), ("reason", "totals, ticket 71")])
                .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        harness.world.drain(&harness.intake).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!((count(&harness, State::Resolved), count(&harness, State::Open)), (38, 2));
        let seen = page(&browser, &run).await;
        assert!(seen.says("Finished") && seen.says("38 / 38"), "{}", seen.text);
        assert!(seen.says("<dt>Stored</dt><dd>38</dd>") && seen.says("<dt>Refused again</dt><dd>0</dd>"));
        assert!(!seen.says("every 1s"), "it does not ask any more");
    });
}

#[test]
fn one_value_is_put_into_many() {
    run(async {
        let (harness, ids, browser) = opened((1..=3).map(samples::without_number)).await;
        let first = ids[0].as_str();
        let form = [
            ("id", first),
            ("id", ids[1].as_str()),
            ("how", "set"),
            ("pointer", "/number"),
            ("value", "007"),
            ("reason", "it is theirs"),
        ];
        let seen = browser.post("/bulk/preview", &form).await;
        assert!(seen.says("<b class=\"valid\">2</b>"), "{}", seen.text);
        let key = prepared(&seen);
        let run =
            started(&browser, &[("act", "correct_only"), ("prepared", &key), ("reason", "it is theirs")])
                .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(page(&browser, &run).await.says("<dt>Changed</dt><dd>2</dd>"));
        assert_eq!(harness.world.case(&ids[0]).unwrap().redrive_state.corrections.len(), 1);
        assert_eq!(count(&harness, State::Open), 3, "stored, not sent");

        let patch = r#"[{"op":"add","path":"/number","value":"008"}]"#;
        let form = [("id", first), ("how", "patch"), ("patch", patch), ("reason", "it is theirs")];
        let seen = browser.post("/bulk/preview", &form).await;
        assert!(seen.says("<b class=\"valid\">1</b>"));
        for bad in [("patch", "odd"), ("set", ""), ("", "")] {
            let seen =
                browser.post("/bulk/preview", &[("id", first), ("how", bad.0), ("patch", bad.1)]).await;
            assert!(seen.status.is_server_error() || seen.status.is_client_error(), "{bad:?}");
        }
    });
}

#[test]
fn a_run_keeps_its_rate_and_can_be_paused_and_stopped_and_gone_on_with() {
    run(async {
        let (harness, _, browser) = opened((1..=30).map(samples::without_number)).await;
        let form = [("act", "discard"), ("all", "1"), ("rate", "5"), ("reason", "test data")];
        let run = started(&browser, &form).await;
        let order = format!("{run}/order");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(count(&harness, State::Discarded), 10, "five at once, five a second later");
        browser.post(&order, &[("order", "pause")]).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(page(&browser, &run).await.says("Paused"));
        assert_eq!(count(&harness, State::Discarded), 10);
        browser.post(&order, &[("order", "go")]).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        browser.post(&order, &[("order", "cancel")]).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(page(&browser, &run).await.says("Stopped"));
        let done = count(&harness, State::Discarded);
        assert!((15..30).contains(&done), "{done}");
        browser.post(&order, &[("order", "go")]).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(count(&harness, State::Discarded), 30);
        assert!(harness.world.cases().iter().all(|case| case.trail.len() == 2), "each once");
    });
}

#[test]
fn a_run_that_was_cut_off_goes_on_from_there_and_nothing_is_sent_twice() {
    run(async {
        let (harness, _, browser) =
            opened((1..=60).map(|n| samples::wrong_total(&format!("F-{n}"), n))).await;
        let seen = browser.post("/bulk/preview", &[("all", "1"), ("how", "suggested")]).await;
        let key = prepared(&seen);
        let run = started(
            &browser,
            &[("act", "correct"), ("prepared", &key), ("rate", "10"), ("reason", "totals")],
        )
        .await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        browser.deployment.fail(Some(Kind::Unreachable));
        tokio::time::sleep(Duration::from_secs(5)).await;
        let broken = page(&browser, &run).await;
        assert!(broken.says("Stopped by a failure") && broken.says("The deployment does not answer"));
        browser.deployment.fail(None);
        browser.post(&format!("{run}/order"), &[("order", "go")]).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        harness.world.drain(&harness.intake).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!((count(&harness, State::Resolved), harness.world.invoices().len()), (60, 60));
        let sent = harness
            .world
            .cases()
            .iter()
            .flat_map(|case| case.trail.clone())
            .filter(|event| event.act == "sent")
            .count();
        assert_eq!(sent, 60);
        assert!(page(&browser, &run).await.says("<dt>Stored</dt><dd>60</dd>"));
    });
}

#[test]
fn a_run_needs_a_reason_and_a_choice() {
    run(async {
        let (harness, _, browser) = opened([samples::without_number(1)]).await;
        let seen = browser.post("/runs", &[("act", "discard"), ("all", "1")]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        let seen = browser.post("/runs", &[("act", "correct"), ("prepared", "odd"), ("reason", "x")]).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        assert!(page(&browser, "/bulk").await.says("Nothing is chosen."));
        assert_eq!(count(&harness, State::Open), 1);
    });
}

#[test]
fn five_hundred_cases_are_judged_before_anything_is_done_and_of_more_it_is_said_how_many() {
    run(async {
        let (_, ids, browser) = opened((1..=501).map(samples::without_number)).await;
        for (count, judged, said) in [(499, 499, None), (500, 500, None), (501, 500, Some("500 / 501"))] {
            let mut form: Vec<(&str, &str)> = ids[..count].iter().map(|id| ("id", id.as_str())).collect();
            form.extend([
                ("how", "set"),
                ("pointer", "/number"),
                ("value", "F-1"),
                ("reason", "it is theirs"),
            ]);
            let seen = browser.post("/bulk/preview", &form).await;
            assert!(seen.says(&format!("<b class=\"valid\">{judged}</b> now valid")), "{}", seen.text);
            assert_eq!(seen.says("Judged so far:"), said.is_some(), "{count}");
            assert!(said.is_none_or(|said| seen.says(said)), "{}", seen.text);
        }
    });
}
