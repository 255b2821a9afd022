//! What is shown when something is not as it should be: a clear page, and nothing lost of what was typed.

use aduana_console::deployment::Kind;
use aduana_testkit::samples;
use aduana_testkit::world::run;
use axum::http::StatusCode;
use serde_json::json;

use super::{correcting, from, opened, page, typed};
use crate::redrive::{number, one};

#[test]
fn every_page_reports_an_error_in_plain_words() {
    run(async {
        let (_, ids, browser) = opened([samples::without_number(1)]).await;
        for (kind, status, words) in [
            (Kind::Unreachable, StatusCode::BAD_GATEWAY, "The deployment does not answer"),
            (Kind::SignedOut, StatusCode::UNAUTHORIZED, "Your AWS session has ended"),
            (Kind::Failed, StatusCode::BAD_GATEWAY, "It did not work as it should"),
        ] {
            browser.deployment.fail(Some(kind));
            for path in ["/", "/groups", "/groups/x", "/cases", "/bulk?all=1"]
                .map(str::to_owned)
                .into_iter()
                .chain(["", "/correct", "/state"].map(|end| format!("/cases/{}{end}", ids[0])))
            {
                let seen = browser.get(&path).await;
                assert_eq!(seen.status, status, "{path}");
                assert!(
                    seen.says(words) && seen.says("it is only a test") && seen.says("wait for the end"),
                    "{path}"
                );
            }
        }
        browser.deployment.fail(None);
        page(&browser, "/").await;
    });
}

#[test]
fn what_was_typed_is_kept_whatever_fails() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let (path, open) = correcting(&browser, &ids[0]).await;
        let (from, text) =
            (from(&open), typed(&open).replace("\"type_code\"", "\"number\": \"MINE-1\", \"type_code\""));
        let form = [("from", from.as_str()), ("text", text.as_str()), ("reason", "by hand")];
        for kind in [Kind::Unreachable, Kind::SignedOut, Kind::Failed] {
            browser.deployment.fail(Some(kind));
            for op in ["send", "store", "check", "layout", "all"] {
                let seen = browser.post(&path, &[form.as_slice(), &[("op", op)]].concat()).await;
                assert!(typed(&seen).contains("MINE-1"), "{op}");
                assert!(seen.says("value=\"by hand\""), "the reason, too");
            }
            let seen = browser.post_live(&format!("/cases/{}/verdict", ids[0]), "text", &form).await;
            assert!(seen.says("No verdict") && seen.says("What you typed is still here."));
        }
        browser.deployment.fail(None);
        let seen = browser.post(&path, &[form.as_slice(), &[("op", "send")]].concat()).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.world.invoices().len(), 1);
    });
}

#[test]
fn a_case_that_somebody_else_has_changed_is_not_written_over() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let (path, open) = correcting(&browser, &ids[0]).await;
        let (began, text) =
            (from(&open), typed(&open).replace("\"type_code\"", "\"number\": \"MINE-1\", \"type_code\""));
        harness.ask("annotate", json!({ "select": one(&ids[0]), "owner": "Luis" })).await.unwrap();
        harness
            .ask("correct", json!({ "select": one(&ids[0]), "correction": number("THEIRS-1") }))
            .await
            .unwrap();
        let form = [("from", began.as_str()), ("text", text.as_str()), ("op", "send"), ("reason", "by hand")];
        let seen = browser.post(&path, &form).await;
        assert_eq!(seen.status, StatusCode::CONFLICT);
        assert!(
            seen.says("Somebody else has changed this case") && seen.says("ana · corrected"),
            "who, and what"
        );
        assert!(typed(&seen).contains("MINE-1"));
        assert_eq!(harness.world.case(&ids[0]).unwrap().redrive_state.corrections.len(), 1, "only theirs");

        let on =
            browser.post(&path, &[("from", began.as_str()), ("text", text.as_str()), ("op", "rebase")]).await;
        assert!(typed(&on).contains("MINE-1") && from(&on) != began);
        let now = from(&on);
        let form =
            [("from", now.as_str()), ("text", text.as_str()), ("op", "send"), ("reason", "agreed with Ana")];
        assert_eq!(browser.post(&path, &form).await.status, StatusCode::SEE_OTHER);
        assert_eq!(harness.world.case(&ids[0]).unwrap().redrive_state.corrections.len(), 2);
    });
}

#[test]
fn a_remark_or_a_look_of_somebody_else_is_no_conflict() {
    run(async {
        let (harness, ids, browser) = opened([samples::wrong_total("F-1", 1)]).await;
        let (path, open) = correcting(&browser, &ids[0]).await;
        harness.ask("annotate", json!({ "select": one(&ids[0]), "owner": "Luis" })).await.unwrap();
        harness.ask("get", json!({ "id": ids[0], "unmask": true })).await.unwrap();
        let (from, text) = (from(&open), typed(&open).replace("12.50", "11.50"));
        let form = [("from", from.as_str()), ("text", text.as_str()), ("op", "send"), ("reason", "by hand")];
        let seen = browser.post(&path, &form).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    });
}

#[test]
fn an_act_on_another_version_is_refused() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        harness.ask("annotate", json!({ "select": one(&ids[0]), "owner": "Luis" })).await.unwrap();
        let form = [("act", "discard"), ("reason", "old"), ("version", "1"), ("back", "/cases")];
        let seen = browser.post(&format!("/cases/{}/act", ids[0]), &form).await;
        assert_eq!(seen.status, StatusCode::CONFLICT);
        assert!(seen.says("Somebody else has changed this case") && seen.says("href=\"/cases\""));
        harness.assert_trail(&ids[0], &["received", "annotated"]);
    });
}

#[test]
fn an_address_that_leads_nowhere_says_so() {
    run(async {
        let (_, _, browser) = opened([]).await;
        let unknown = "0".repeat(32);
        for path in [
            "/nowhere",
            "/cases/odd",
            "/runs/9",
            "/runs/x",
            "/groups/none",
            &format!("/cases/{unknown}"),
            &format!("/cases/{unknown}/correct"),
        ] {
            assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(browser.get("/cases?since=yesterday").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.get("/cases?cursor=odd").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}
