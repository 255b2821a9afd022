//! Who is let in. Whatever is refused, nothing happens.

use aduana_cases::case::State;
use aduana_testkit::console::{Browser, PORT, host};
use aduana_testkit::samples;
use aduana_testkit::world::{World, run};
use axum::body::Body;
use axum::http::StatusCode;

use super::{opened, page};

/// Sends what would discard a case, with one header changed (or taken away), and sees that it is refused.
async fn refused(browser: &Browser, path: &str, header: &str, value: Option<&str>) {
    let mut request = browser.request("POST", path).body(browser.form(&discard())).unwrap();
    match value {
        Some(value) => drop(request.headers_mut().insert(header_name(header), value.parse().unwrap())),
        None => drop(request.headers_mut().remove(header)),
    }
    let seen = browser.send(request).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "{header}: {value:?}");
    assert!(!seen.says("name=\"csrf\""), "no key is handed out");
}

fn header_name(name: &str) -> axum::http::HeaderName {
    name.parse().unwrap()
}

fn discard() -> [(&'static str, &'static str); 2] {
    [("act", "discard"), ("reason", "forged")]
}

#[test]
fn what_is_forged_is_refused_and_nothing_happens() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act", ids[0]);
        let before = browser.deployment.asked();
        for host in [
            "evil.example",
            "127.0.0.1",
            "127.0.0.1:1",
            "localhost",
            "[::1]:4711",
            "127.0.0.1:4711.evil.example",
        ] {
            refused(&browser, &path, "host", Some(host)).await;
        }
        refused(&browser, &path, "host", None).await;
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:4711",
            "http://127.0.0.1:1",
            "http://localhost",
        ] {
            refused(&browser, &path, "origin", Some(origin)).await;
        }
        refused(&browser, &path, "origin", None).await;
        for site in ["cross-site", "same-site", "none"] {
            refused(&browser, &path, "sec-fetch-site", Some(site)).await;
        }
        let name = browser.cookie.split('=').next().unwrap();
        for cookie in [
            String::new(),
            format!("{name}="),
            format!("{name}={}", "0".repeat(64)),
            format!("x{}", browser.cookie),
        ] {
            refused(&browser, &path, "cookie", Some(&cookie)).await;
        }
        refused(&browser, &path, "cookie", None).await;
        for kind in ["text/plain", "multipart/form-data", "application/json"] {
            refused(&browser, &path, "content-type", Some(kind)).await;
        }
        assert_eq!(browser.deployment.asked(), before, "nobody was asked");
        assert_eq!(harness.state(&ids[0]), State::Open);
        harness.assert_trail(&ids[0], &["received"]);

        let seen = browser.post(&path, &discard()).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "the same, not forged, is done");
        assert_eq!(harness.state(&ids[0]), State::Discarded);
    });
}

#[test]
fn a_form_without_the_token_of_the_session_is_refused() {
    run(async {
        let (harness, ids, mut browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act", ids[0]);
        let cookie = browser.cookie.split_once('=').unwrap().1.to_owned();
        for csrf in
            [String::new(), "0".repeat(64), cookie, browser.csrf.to_uppercase(), browser.csrf[1..].to_owned()]
        {
            browser.csrf = csrf;
            assert_eq!(browser.post(&path, &discard()).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(harness.state(&ids[0]), State::Open);
    });
}

#[test]
fn other_methods_are_refused_and_a_look_changes_nothing() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act?act=discard&reason=forged&csrf={}", ids[0], browser.csrf);
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "ODD"] {
            let request = browser.request(method, &path).body(Body::empty()).unwrap();
            assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN, "{method}");
        }
        let id = &ids[0];
        for path in [
            "/".to_owned(),
            "/groups".to_owned(),
            "/cases".to_owned(),
            "/runs".to_owned(),
            format!("/cases/{id}"),
            format!("/cases/{id}/state"),
            format!("/cases/{id}/correct"),
            format!("/bulk?id={id}"),
            "/bulk?all=1".to_owned(),
        ] {
            page(&browser, &path).await;
        }
        harness.assert_trail(id, &["received"]);
    });
}

#[test]
fn the_opening_address_works_once_and_leads_to_one_without_a_secret() {
    run(async {
        let browser = Browser::open(&World::new()).await;
        let path = browser.opened_by.strip_prefix(&format!("http://127.0.0.1:{PORT}")).unwrap();
        let stranger =
            |path: &str| axum::http::Request::get(path).header("host", host()).body(Body::empty()).unwrap();
        let again = browser.send(stranger(path)).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
        assert_eq!(again.header("set-cookie"), "");
        for path in ["/", "/?token=", "/?token=0", "/cases", "/runs"] {
            assert_eq!(browser.send(stranger(path)).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let own = browser.get(path).await;
        assert_eq!(
            (own.status, own.header("location")),
            (StatusCode::SEE_OTHER, "/"),
            "the same browser goes on"
        );
        assert_eq!(own.header("referrer-policy"), "no-referrer", "the address holds the token");
    });
}

#[test]
fn the_session_is_for_this_browser_and_no_script_and_no_other_site() {
    run(async {
        let world = World::new();
        let deployment = std::sync::Arc::new(aduana_testkit::console::WorldDeployment::new(&world));
        let console = aduana_console::Console::new(deployment, PORT, None).unwrap();
        let path = console.opening_address().split_once("4711").unwrap().1.to_owned();
        let request = axum::http::Request::get(path).header("host", host()).body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(console.router(), request).await.unwrap();
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 2);
        for cookie in cookies {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        }
    });
}

#[test]
fn every_answer_says_what_the_browser_must_refuse() {
    run(async {
        let (_, ids, browser) = opened([samples::without_number(1)]).await;
        let stranger =
            axum::http::Request::get("/").header("host", "evil.example").body(Body::empty()).unwrap();
        let pages = [
            browser.get("/").await,
            browser.get(&format!("/cases/{}", ids[0])).await,
            browser.get("/nowhere").await,
            browser.get("/assets/console.css").await,
            browser.post("/language", &[("lang", "es")]).await,
            browser.send(stranger).await,
        ];
        for seen in pages {
            let policy = seen.header("content-security-policy");
            for rule in [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
            ] {
                assert!(policy.split("; ").any(|own| own == rule), "{rule} in {policy}");
            }
            assert_eq!(seen.header("x-content-type-options"), "nosniff");
            assert_eq!(seen.header("cache-control"), "no-store");
            assert_eq!(seen.header("referrer-policy"), "same-origin");
            assert_eq!(seen.header("cross-origin-opener-policy"), "same-origin");
            assert_eq!(seen.header("x-frame-options"), "DENY");
        }
    });
}

#[test]
fn no_page_has_script_or_style_written_into_it_or_fetched_from_elsewhere() {
    run(async {
        let (_, ids, browser) = opened([samples::wrong_total("F-1", 1)]).await;
        super::reveal(&browser, &ids[0]).await;
        for path in ["/", "/groups", "/cases", "/runs", "/bulk?all=1"]
            .map(str::to_owned)
            .into_iter()
            .chain(["", "/correct"].map(|end| format!("/cases/{}{end}", ids[0])))
        {
            let text = page(&browser, &path).await.text;
            for bad in [
                " style=",
                "<style",
                " onclick=",
                " onload=",
                "javascript:",
                "http://",
                "https://",
                "hx-on",
                "src=\"//",
            ] {
                assert!(!text.contains(bad), "{bad} in {path}");
            }
            for script in text.split("<script").skip(1) {
                assert!(script.starts_with(" src=\"/assets/"), "{path}: {}", &script[..40]);
            }
        }
    });
}

#[test]
fn a_form_that_is_too_large_is_refused() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act", ids[0]);
        let around = "csrf=&act=discard&reason=long&more=".len() + browser.csrf.len();
        let max = 4 * 1024 * 1024;
        for (bytes, status) in [
            (5 * 1024 * 1024, StatusCode::PAYLOAD_TOO_LARGE),
            (max + 1, StatusCode::PAYLOAD_TOO_LARGE),
            (max, StatusCode::SEE_OTHER),
            (max - 1, StatusCode::SEE_OTHER),
        ] {
            let long = "x".repeat(bytes - around);
            let seen = browser.post(&path, &[("act", "discard"), ("reason", "long"), ("more", &long)]).await;
            assert_eq!(seen.status, status, "{bytes}");
            let is_done = harness.state(&ids[0]) == State::Discarded;
            assert_eq!(is_done, status == StatusCode::SEE_OTHER, "{bytes}");
        }
    });
}

#[test]
fn a_form_of_too_many_fields_is_refused() {
    run(async {
        let (harness, ids, browser) = opened([samples::without_number(1)]).await;
        let path = format!("/cases/{}/act", ids[0]);
        // With the token, the act and the reason.
        for (more, status) in [
            (1_998, StatusCode::PAYLOAD_TOO_LARGE),
            (500_000, StatusCode::PAYLOAD_TOO_LARGE),
            (1_997, StatusCode::SEE_OTHER),
        ] {
            let mut fields = vec![("act", "discard"), ("reason", "many")];
            fields.extend(std::iter::repeat_n(("x", ""), more));
            let seen = browser.post(&path, &fields).await;
            assert_eq!(seen.status, status, "{more}");
            assert_eq!(harness.state(&ids[0]) == State::Discarded, status == StatusCode::SEE_OTHER, "{more}");
        }
    });
}

#[test]
fn an_address_that_is_too_long_is_refused_and_so_is_one_to_go_back_to() {
    run(async {
        let (_, _, browser) = opened([]).await;
        for (length, is_taken) in [(8_191, true), (8_192, true), (8_193, false), (60_000, false)] {
            let address = format!("/cases?code={}", "x".repeat(length - "/cases?code=".len()));
            let seen = browser.get(&address).await;
            assert_eq!(seen.status != StatusCode::BAD_REQUEST, is_taken, "{length}");
            assert_eq!(seen.text.contains("That address is too long"), !is_taken, "{length}");
            let seen = browser.post("/language", &[("lang", "en"), ("back", &address)]).await;
            assert_eq!(seen.status == StatusCode::SEE_OTHER, is_taken, "{length}");
            if is_taken {
                assert_eq!(seen.header("location"), address);
            }
        }
        // What no header can hold is no way back.
        for back in ["/cases?code=\u{1}", "/cases?text=ñ", "/a b"] {
            let seen = browser.post("/language", &[("lang", "en"), ("back", back)]).await;
            assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, "/"), "{back}");
        }
    });
}

#[test]
fn the_way_back_leads_to_no_other_site() {
    run(async {
        let (_, _, browser) = opened([]).await;
        for back in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
            let seen = browser.post("/language", &[("lang", "es"), ("back", back)]).await;
            assert_eq!((seen.status, seen.header("location")), (StatusCode::SEE_OTHER, "/"), "{back}");
        }
        let seen = browser.post("/language", &[("lang", "es"), ("back", "/cases?code=BR-02")]).await;
        assert_eq!(seen.header("location"), "/cases?code=BR-02");
        assert!(seen.header("set-cookie").starts_with("aduana_lang=es;"));
    });
}
