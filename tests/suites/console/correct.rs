//! One invoice, from the verdict while one types to the stored invoice.

use aduana_cases::case::State;
use aduana_testkit::samples;
use aduana_testkit::world::run;
use axum::http::StatusCode;

use super::{correcting, from, opened, page, reveal, typed};

#[test]
fn an_invoice_is_corrected_by_its_suggestion_and_sent_and_stored() {
    run(async {
        let (harness, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        let path = format!("/cases/{}/correct", ids[0]);
        assert!(
            !page(&browser, &path).await.says("<textarea name=\"text\""),
            "its values are asked for first"
        );
        reveal(&browser, &ids[0]).await;
        let seen = page(&browser, &path).await;
        assert!(seen.says("Not valid yet.") && seen.says("BR-CO-15 /totals/tax_inclusive"));
        let (text, from) = (typed(&seen), from(&seen));
        assert_eq!(text.as_bytes(), samples::wrong_total("F-1", 7), "every character of it");

        let form = [("from", from.as_str()), ("text", &text)];
        let all = [form.as_slice(), &[("op", "suggestion:BR-CO-15 /totals/tax_inclusive")]].concat();
        let seen = browser.post(&path, &all).await;
        assert!(seen.says("Valid: it can be sent.") && seen.says("<del>&#34;81.50&#34;</del>"));
        let corrected = typed(&seen);
        harness.assert_trail(&ids[0], &["received", "viewed"]);

        let send = [("from", from.as_str()), ("text", &corrected), ("op", "send"), ("reason", "totals")];
        let seen = browser.post(&path, &send).await;
        assert_eq!(seen.header("location"), format!("/cases/{}?done=sent", ids[0]), "{}", seen.text);
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&ids[0]), State::Resolved);
        harness.assert_trail(&ids[0], &["received", "viewed", "corrected", "claimed", "sent", "stored"]);
        let trail = harness.world.case(&ids[0]).unwrap().trail;
        assert!(trail[2..5].iter().all(|event| event.actor == aduana_testkit::console::OPERATOR));
        assert_eq!(trail[2].reason, "totals");
        assert_eq!(harness.world.invoices().len(), 1);
    });
}

#[test]
fn the_verdict_follows_what_is_typed_and_leaves_no_trace() {
    run(async {
        let (harness, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        reveal(&browser, &ids[0]).await;
        let path = format!("/cases/{}/verdict", ids[0]);
        let from = from(&page(&browser, &format!("/cases/{}/correct", ids[0])).await);
        let text = String::from_utf8(samples::wrong_total("F-1", 7)).unwrap();
        let judged = async |text: &str| {
            browser.post_live(&path, "text", &[("from", from.as_str()), ("text", text)]).await
        };
        let seen = judged(&text).await;
        assert!(
            seen.says("Not valid yet. Errors: 1") && seen.says("<dd>80.50</dd>"),
            "with values: {}",
            seen.text
        );
        let seen = judged(&text.replace("\"payable\"", "\"payable")).await;
        assert!(seen.says("This is not JSON."));
        let seen = judged(&text.replace("81.50", "80.50")).await;
        assert!(seen.says("Valid: it can be sent.") && seen.says("value=\"send\""));
        assert!(seen.says("id=\"fields\" hx-swap-oob"), "the fields follow the text");
        let seen = judged(&text.replace("\"number\": \"F-1\",", "")).await;
        assert!(seen.says("BR-02") && !seen.says("<html"), "a part of the page");
        harness.assert_trail(&ids[0], &["received", "viewed"]);
    });
}

#[test]
fn a_field_is_corrected_without_touching_the_text() {
    run(async {
        let (_, ids, browser) = opened([samples::without_number(7)]).await;
        reveal(&browser, &ids[0]).await;
        let open = page(&browser, &format!("/cases/{}/correct", ids[0])).await;
        assert!(open.says("name=\"field:/number\""));
        let form = [
            ("from", from(&open)),
            ("text", typed(&open)),
            ("was:/number", String::new()),
            ("field:/number", "F-77".to_owned()),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("/cases/{}/verdict", ids[0]);
        for trigger in ["field:/number", "field%3A%2Fnumber"] {
            let seen = browser.post_live(&path, trigger, &form).await;
            assert!(seen.says("Valid: it can be sent."), "{}", seen.text);
            assert!(
                typed(&seen).contains("\"number\":\"F-77\"") || typed(&seen).contains("\"number\": \"F-77\"")
            );
        }
        let seen = browser
            .post(&format!("/cases/{}/correct", ids[0]), &[form.as_slice(), &[("op", "check")]].concat())
            .await;
        assert!(seen.says("Valid: it can be sent."), "without script, too");
    });
}

#[test]
fn what_is_not_valid_is_sent_only_by_an_override_with_a_reason() {
    run(async {
        let (harness, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        let (path, open) = correcting(&browser, &ids[0]).await;
        let (from, text) = (from(&open), typed(&open).replace("Resma", "Caja"));
        let form = [("from", from.as_str()), ("text", text.as_str()), ("op", "send")];
        let seen = browser.post(&path, &[form.as_slice(), &[("reason", "urgent")]].concat()).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(typed(&seen), text, "what was typed is kept");
        let seen = browser.post(&path, &[form.as_slice(), &[("override", "1")]].concat()).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason");
        // The look, and what was tried because it is urgent.
        harness.assert_trail(&ids[0], &["received", "viewed", "viewed"]);
        let all = [form.as_slice(), &[("override", "1"), ("reason", "the buyer insists")]].concat();
        assert_eq!(browser.post(&path, &all).await.status, StatusCode::SEE_OTHER);
        assert_eq!(harness.state(&ids[0]), State::Resent);
        let trail = harness.world.case(&ids[0]).unwrap().trail;
        assert_eq!(trail[3].reason, "override: the buyer insists");
    });
}

#[test]
fn the_acts_on_one_case_are_done_and_on_record() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act", ids[0]);
        let without = browser.post(&path, &[("act", "discard"), ("reason", "")]).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (act, state) in [("discard", State::Discarded), ("reopen", State::Open)] {
            let seen = browser.post(&path, &[("act", act), ("reason", "as agreed")]).await;
            assert_eq!((seen.status, harness.state(&ids[0])), (StatusCode::SEE_OTHER, state), "{act}");
        }
        let remarks =
            [("act", "annotate"), ("owner", "Ana"), ("ticket", "T-7"), ("note", "calls back\r\non Monday")];
        browser.post(&path, &remarks).await;
        let case = page(&browser, &format!("/cases/{}", ids[0])).await;
        assert!(case.says("<dd>Ana</dd>") && case.says("<dd>T-7</dd>") && case.says("calls back\non Monday"));
        let seen = browser.post(&path, &[("act", "resend"), ("reason", "try"), ("override", "1")]).await;
        assert_eq!((seen.status, harness.state(&ids[0])), (StatusCode::SEE_OTHER, State::Resent));
        harness.assert_trail(&ids[0], &["received", "discarded", "reopened", "annotated", "claimed", "sent"]);
    });
}

#[test]
fn the_page_of_a_sent_case_asks_until_its_outcome_is_there() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let resend = [("act", "resend"), ("reason", "try"), ("override", "1")];
        browser.post(&format!("/cases/{}/act", ids[0]), &resend).await;
        let path = format!("/cases/{}/state", ids[0]);
        assert!(page(&browser, &path).await.says("hx-trigger=\"every 2s\""));
        harness.world.drain(&harness.intake).await;
        let settled = page(&browser, &path).await;
        assert_eq!(settled.header("hx-redirect"), format!("/cases/{}?done=refused", ids[0]));
    });
}
