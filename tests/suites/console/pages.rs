//! What is shown, and what is not.

use aduana_cases::case::State;
use aduana_cases::message::{Attribute, CaseId};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, run};
use axum::http::StatusCode;
use serde_json::json;

use super::{opened, page, reveal};
use crate::redrive::one;

#[test]
fn the_overview_counts_what_was_stored_held_and_corrected() {
    run(async {
        let bodies =
            [samples::without_number(1), samples::wrong_total("F-1", 1), samples::wrong_total("F-2", 2)];
        let (harness, ids, browser) = opened(bodies).await;
        let correct = json!({ "select": one(&ids[1]), "correction": { "suggested": true } });
        harness.ask("correct", correct).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[1]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(&ids[1]), State::Resolved);
        let overview = page(&browser, "/").await;
        for (count, what) in
            [("2", "to review"), ("2", "causes"), ("1", "stored today"), ("1", "corrected in 14 days")]
        {
            assert!(overview.says(&format!("<b>{count}</b> {what}")), "{count} {what}");
        }
        assert!(overview.says("The total with tax is not the total without tax plus the tax."));
        assert!(
            overview.says("<th scope=\"row\">2026-12-08</th><td class=\"number\">2</td>"),
            "what expires when"
        );
        assert!(
            overview.says(
                "<th scope=\"row\">2026-11-24</th><td class=\"number\">1</td><td class=\"number\">3</td>"
            )
        );
    });
}

#[test]
fn values_are_masked_until_somebody_asks_and_that_is_on_record() {
    run(async {
        let (harness, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        let id = &ids[0];
        let paths = ["/", "/groups", "/cases", "/bulk?all=1"].map(str::to_owned);
        let own = ["", "/correct", "/state"].map(|end| format!("/cases/{id}{end}"));
        let group = format!("/groups/{}", harness.world.case(id).unwrap().case.reasons.group.id);
        for path in paths.into_iter().chain(own).chain([group]) {
            let seen = page(&browser, &path).await;
            for value in [samples::SECRET, "1790012344001", "Resma de papel", "70.00", "81.50", "Consumidor"]
            {
                assert!(!seen.says(value), "{value} in {path}");
            }
        }
        harness.assert_trail(id, &["received"]);
        let path = format!("/cases/{id}/reveal");
        let without = browser.post(&path, &[("reason", " ")]).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        harness.assert_trail(id, &["received"]);

        reveal(&browser, id).await;
        harness.assert_trail(id, &["received", "viewed"]);
        let event = harness.world.case(id).unwrap().trail.pop().unwrap();
        assert_eq!(
            (event.actor.as_str(), event.reason.as_str()),
            (aduana_testkit::console::OPERATOR, "to correct it")
        );
        let case = page(&browser, &format!("/cases/{id}")).await;
        assert!(case.says(samples::SECRET) && case.says("81.50"));
        page(&browser, &format!("/cases/{id}")).await;
        harness.assert_trail(id, &["received", "viewed"]);

        browser.post(&format!("/cases/{id}/hide"), &[]).await;
        assert!(!page(&browser, &format!("/cases/{id}")).await.says(samples::SECRET));
    });
}

#[test]
fn the_attributes_of_the_producer_are_shown_masked_until_somebody_asks() {
    run(async {
        let harness = crate::redrive::RedriveHarness::new();
        let attributes = vec![Attribute::text("tenant", "quito-7"), Attribute::number("shard", 42)];
        let message = harness.world.send_with(samples::without_number(1), attributes);
        harness.world.drain(&harness.intake).await;
        let id = aduana_testkit::world::case_of(&message);
        let browser = aduana_testkit::console::Browser::open(&harness.world).await;
        let case = page(&browser, &format!("/cases/{id}")).await;
        assert!(case.says("tenant") && case.says("shard") && !case.says("quito-7"));
        reveal(&browser, &id).await;
        let case = page(&browser, &format!("/cases/{id}")).await;
        assert!(case.says("<dd class=\"code\">quito-7</dd>") && case.says("<dd class=\"code\">42</dd>"));
    });
}

#[test]
fn values_are_masked_again_after_half_an_hour() {
    run(async {
        let (_, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        let path = format!("/cases/{}", ids[0]);
        reveal(&browser, &ids[0]).await;
        tokio::time::sleep(std::time::Duration::from_mins(29)).await;
        assert!(page(&browser, &path).await.says(samples::SECRET));
        tokio::time::sleep(std::time::Duration::from_mins(2)).await;
        assert!(!page(&browser, &path).await.says(samples::SECRET));
    });
}

#[test]
fn a_violation_stands_at_its_place_in_the_text_and_on_the_paper() {
    run(async {
        let (_, ids, browser) = opened([samples::wrong_total("F-1", 7)]).await;
        reveal(&browser, &ids[0]).await;
        let case = page(&browser, &format!("/cases/{}", ids[0])).await;
        assert!(case.says("<mark>&#34;81.50&#34;</mark>"), "in the text");
        assert!(case.says("<span class=\"wrong\">81.50</span>"), "on the paper");
        assert!(case.says("id=\"place-1\"") && case.says("href=\"#place-1\""));
        assert!(case.says("<dd>80.50</dd>"), "what was expected");
    });
}

#[test]
fn whatever_stands_in_an_invoice_is_text_on_every_page() {
    run(async {
        let payloads = [
            "<script>alert(1)</script>",
            "\\\"><img src=x onerror=alert(1)>",
            "'-alert(1)-'",
            "</textarea><script>alert(1)</script>",
            "</code></title><svg onload=alert(1)>",
            "{{ v.csrf }} {% raw %} ${7*7}",
            "&lt;b&gt;",
            "\\u202eevil\\u0000\\u200b",
            "javascript:alert(1)",
        ];
        for payload in payloads {
            let body = String::from_utf8(samples::wrong_total("F-1", 7)).unwrap();
            let mut body =
                body.replace("Resma de papel", payload).replace("\"F-1\"", &format!("\"{payload}\""));
            body = body.replace(samples::SECRET, payload).replace("Consumidor final", payload);
            let (_, ids, browser) = opened([body.into_bytes()]).await;
            reveal(&browser, &ids[0]).await;
            for path in ["/", "/groups", "/cases"]
                .map(str::to_owned)
                .into_iter()
                .chain(["", "/correct"].map(|end| format!("/cases/{}{end}", ids[0])))
            {
                let text = page(&browser, &path).await.text;
                let tags = |tag: &str| text.matches(tag).count();
                assert_eq!(tags("<script"), 2, "{payload} on {path}");
                assert_eq!(tags("<img") + tags("<b>alert") + tags("<svg onload"), 0, "{payload} on {path}");
                assert_eq!((tags("<textarea"), tags("<title")), (tags("</textarea>"), tags("</title>")));
                assert!(!text.contains(['\u{202e}', '\u{0}', '\u{200b}']), "{payload} on {path}");
            }
        }
    });
}

#[test]
fn a_body_that_is_no_invoice_is_shown_as_what_it_is() {
    run(async {
        let bodies =
            [b"not an invoice".to_vec(), b"[1, 2]".to_vec(), vec![0xff, 0xfe, 0x41], b"{\"a\":".to_vec()];
        let (_, ids, browser) = opened(bodies).await;
        for id in &ids {
            page(&browser, &format!("/cases/{id}")).await;
            reveal(&browser, id).await;
            let case = page(&browser, &format!("/cases/{id}")).await;
            assert!(case.says("It cannot be read as an invoice."));
            page(&browser, &format!("/cases/{id}/correct")).await;
        }
    });
}

#[test]
fn ten_thousand_cases_are_opened_by_few_reads_and_small_pages() {
    run(async {
        let (harness, ids, browser) =
            opened([samples::wrong_total("F-1", 1), samples::without_number(1)]).await;
        harness.world.multiply(&ids[0], 9_998);
        let group = harness.world.case(&ids[0]).unwrap().case.reasons.group.id;
        for (path, asks, reads) in [
            ("/".to_owned(), 2, 30),
            ("/groups".to_owned(), 1, 15),
            (format!("/groups/{group}"), 4, 40),
            ("/cases".to_owned(), 1, 1),
            ("/cases?state=open&state=parked&category=data".to_owned(), 1, 10),
            ("/cases?text=nowhere".to_owned(), 4, 20),
            ("/bulk?all=1".to_owned(), 1, 15),
        ] {
            let (asked, read) = (browser.deployment.asked(), harness.world.calls(Call::Page));
            let seen = page(&browser, &path).await;
            let (asked, read) = (browser.deployment.asked() - asked, harness.world.calls(Call::Page) - read);
            assert!(asked <= asks && read <= reads, "{path}: asked {asked} times, read {read} pages");
            assert!(seen.text.len() < 200_000, "{path}: {} bytes", seen.text.len());
        }
    });
}

#[test]
fn a_list_leads_on_to_its_end_and_back() {
    run(async {
        let (_, ids, browser) = opened((1..=120).map(|n| samples::wrong_total(&format!("F-{n}"), n))).await;
        let link = |text: &str, rel: &str| {
            let (before, _) = text.split_once(&format!("\" rel=\"{rel}\""))?;
            Some(before.rsplit_once("href=\"")?.1.replace("&#38;", "&"))
        };
        let mut path = "/cases?code=BR-CO-15".to_owned();
        let (mut seen, mut pages) = (Vec::new(), Vec::new());
        loop {
            let list = page(&browser, &path).await.text;
            seen.extend(ids.iter().filter(|id| list.contains(&format!("href=\"/cases/{id}\""))));
            pages.push(path.clone());
            let Some(next) = link(&list, "next") else { break };
            assert!(next.contains("code=BR-CO-15"), "the filter stays in the address");
            path = next;
        }
        assert_eq!((seen.len(), pages.len()), (120, 3));
        let last = page(&browser, &pages[2]).await.text;
        assert_eq!(link(&last, "prev").as_deref(), Some(pages[1].as_str()));
        let second = page(&browser, &pages[1]).await.text;
        assert_eq!(link(&second, "prev").as_deref(), Some("/cases?code=BR-CO-15"));
    });
}

#[test]
fn the_pages_are_in_the_language_of_the_browser_or_the_one_that_was_chosen() {
    run(async {
        let (_, ids, mut browser) = opened([samples::wrong_total("F-1", 1)]).await;
        browser.languages = "es-EC,es;q=0.9,en;q=0.5";
        let case = page(&browser, &format!("/cases/{}", ids[0])).await;
        assert!(case.says("<html lang=\"es\">") && case.says("Por qué está retenida"));
        assert!(case.says("El total con impuestos no es"), "the rule, too");
        browser.cookie.push_str("; aduana_lang=en");
        let case = page(&browser, &format!("/cases/{}", ids[0])).await;
        assert!(case.says("<html lang=\"en\">") && case.says("Why it is held"));
    });
}

#[test]
fn what_is_new_since_the_last_visit_is_shown() {
    run(async {
        let (harness, _, mut browser) = opened([samples::without_number(1)]).await;
        tokio::time::sleep(std::time::Duration::from_hours(1)).await;
        harness.world.send(samples::wrong_total("F-1", 1));
        harness.world.drain(&harness.intake).await;
        assert!(!page(&browser, "/").await.says("New since your last visit"), "it is the first");
        let console = aduana_console::Console::new(browser.deployment.clone(), 4711, None).unwrap();
        browser.router = console.router();
        let path = console.opening_address().split_once("4711").unwrap().1.to_owned();
        let request = browser.request("GET", &path);
        let request = request.header("cookie", "aduana_seen=2026-11-24T10:00:00.000Z");
        let opened = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
        opened.header("set-cookie").split(';').next().unwrap().clone_into(&mut browser.cookie);
        let overview = page(&browser, "/").await;
        assert!(overview.says("Held and waiting since 2026-11-24 10:00 UTC: <b>1</b>"), "{}", overview.text);
    });
}

#[test]
fn a_group_shows_twenty_of_its_cases_and_the_way_to_all_of_them() {
    run(async {
        for (count, shown) in [(19, 19), (20, 20), (21, 20)] {
            let (harness, ids, browser) = opened((1..=count).map(samples::without_number)).await;
            let group = harness.world.case(&ids[0]).unwrap().case.reasons.group.id;
            let seen = page(&browser, &format!("/groups/{group}")).await;
            let named = ids.iter().filter(|id| seen.says(&format!("\"/cases/{id}\""))).count();
            assert_eq!(named, shown, "{count}");
            assert!(seen.says("All of them") || count < 20, "{}", seen.text);
        }
    });
}

/// Forty cases for one reason: it is said once, and each case's record has the look.
#[test]
fn the_reason_of_a_session_is_said_once_and_stands_on_the_record_of_every_look() {
    run(async {
        let (harness, ids, browser) = opened((1..=3).map(samples::without_number)).await;
        let why = |id: &CaseId| harness.world.case(id).unwrap().trail.pop().unwrap().reason;
        let session = [("reason", "month's end, ticket 71"), ("session", "1"), ("body", "current")];
        let seen = browser.post(&format!("/cases/{}/reveal", ids[0]), &session).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER);
        let overview = page(&browser, "/").await;
        assert!(overview.says("month&#39;s end, ticket 71"), "it is shown on every page");
        for id in &ids[1..] {
            assert!(
                !page(&browser, &format!("/cases/{id}")).await.says(samples::SECRET),
                "to look is no look"
            );
            let seen = browser.post(&format!("/cases/{id}/reveal"), &[("body", "current")]).await;
            assert_eq!(seen.status, StatusCode::SEE_OTHER);
            harness.assert_trail(id, &["received", "viewed"]);
        }
        assert!(ids.iter().all(|id| why(id) == "month's end, ticket 71"));

        // What is changed holds from then on, and what is ended is asked for again.
        browser.post("/reason", &[("reason", "audit"), ("back", "/cases")]).await;
        browser.post(&format!("/cases/{}/reveal", ids[1]), &[("body", "current")]).await;
        assert_eq!(why(&ids[1]), "audit");
        let back = browser.post("/reason", &[("reason", "audit"), ("end", "1"), ("back", "/cases")]).await;
        assert_eq!(back.header("location"), "/cases");
        let without = browser.post(&format!("/cases/{}/reveal", ids[2]), &[("body", "current")]).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        harness.assert_trail(&ids[2], &["received", "viewed"]);
    });
}

#[test]
fn a_search_by_the_seller_asks_why_and_goes_on_with_the_reason() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let asked = browser.get("/cases?seller=Quitumbe").await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.says("action=\"/reason\"") && !asked.says(ids[0].as_str()), "{}", asked.text);
        assert!(asked.says("name=\"back\" value=\"/cases?seller=Quitumbe\""), "it leads back to the search");
        browser.post("/reason", &[("reason", "ticket 71"), ("back", "/")]).await;
        assert!(page(&browser, "/cases?seller=Quitumbe").await.says(ids[0].as_str()));
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn a_change_of_ones_own_over_many_is_tried_out_for_a_reason_and_is_on_each_record() {
    run(async {
        let (harness, ids, browser) = opened((1..=2).map(samples::without_number)).await;
        let change = [("all", "1"), ("how", "set"), ("pointer", "/number"), ("value", "F-1")];
        let asked = browser.post("/bulk/preview", &change).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        harness.assert_trail(&ids[0], &["received"]);
        let seen =
            browser.post("/bulk/preview", &[change.as_slice(), &[("reason", "ticket 71")]].concat()).await;
        assert!(
            seen.says("name=\"reason\" required maxlength=\"1000\" value=\"ticket 71\""),
            "{}",
            seen.text
        );
        for id in &ids {
            harness.assert_trail(id, &["received", "viewed"]);
        }
    });
}

#[test]
fn what_is_stored_in_the_place_of_a_case_is_set_aside_by_its_button_for_a_reason() {
    run(async {
        let harness = crate::redrive::RedriveHarness::new();
        harness.world.send(samples::valid("F-1", 9));
        harness.world.drain(&harness.intake).await;
        let id = aduana_testkit::world::case_of(&harness.world.send(samples::valid("F-1", 1)));
        harness.world.drain(&harness.intake).await;
        let browser = aduana_testkit::console::Browser::open(&harness.world).await;
        let path = format!("/cases/{id}");
        let case = page(&browser, &path).await;
        let stored = harness.world.invoices()[0].fingerprint.to_string();
        assert!(case.says(&format!("name=\"fingerprint\" value=\"{stored}\"")), "{}", case.text);
        let ask = format!("{path}/set-aside");
        let without = browser.post(&ask, &[("fingerprint", &stored), ("reason", " ")]).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        let other = "0".repeat(64);
        let another = browser.post(&ask, &[("fingerprint", &other), ("reason", "not theirs")]).await;
        assert_eq!((another.status, harness.world.invoices().len()), (StatusCode::CONFLICT, 1));
        let seen = browser.post(&ask, &[("fingerprint", &stored), ("reason", "not theirs")]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER);
        assert!(page(&browser, seen.header("location")).await.says("is set aside"));
        assert!(!page(&browser, &path).await.says("name=\"fingerprint\""));
        assert_eq!(harness.world.set_aside_invoices()[0].event.reason, "not theirs");
    });
}
