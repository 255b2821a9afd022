//! Masked is masked: no look, search, preview or refusal shows a masked value, unless a reason is on record.

use aduana_cases::message::CaseId;
use aduana_redrive::answer::{Code, Failure};
use aduana_testkit::samples;
use aduana_testkit::world::run;
use serde_json::{Value, json};

use super::{RedriveHarness, one};

/// A request of Eve's, who gives no reason that the test does not give.
async fn eve(harness: &RedriveHarness, mut request: Value) -> Result<Value, Failure> {
    request["actor"] = "eve".into();
    let answer = harness.redrive.ask(&request.to_string()).await.expect("it does not die")?;
    #[expect(clippy::disallowed_methods, reason = "an answer, not an invoice")]
    Ok(serde_json::from_str(&answer.to_json()).unwrap())
}

async fn refused(harness: &RedriveHarness, request: Value) -> Failure {
    eve(harness, request).await.unwrap_err()
}

/// The looks on a case's trail: who, and why.
fn looks(harness: &RedriveHarness, id: &CaseId) -> Vec<(String, String)> {
    let trail = harness.world.case(id).unwrap().trail;
    let looks = trail.into_iter().filter(|event| event.act == "viewed");
    looks.map(|event| (event.actor, event.reason)).collect()
}

fn look(why: &str) -> (String, String) {
    ("eve".to_owned(), why.to_owned())
}

fn with_reason(mut request: Value, reason: &str) -> Value {
    request["reason"] = reason.into();
    request
}

/// Corrections that would each reveal something of the value that they meet.
fn guesses() -> [Value; 6] {
    [
        json!({ "patch": [{ "op": "test", "path": "/totals/payable", "value": "80.50" }] }),
        json!({ "patch": [{ "op": "replace", "path": "/totals/payable", "value": "80.50" }] }),
        json!({ "patch": [{ "op": "copy", "from": "/seller/name", "path": "/buyer/name" }] }),
        json!({ "patch": [{ "op": "remove", "path": "/note" }] }),
        json!({ "set": [{ "pointer": "/totals/payable", "value": "80.50" }] }),
        json!({ "body": String::from_utf8(samples::without_number(7)).unwrap() }),
    ]
}

#[test]
fn no_value_is_shown_without_a_reason_and_none_was_looked_at() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(7)]).await;
        for request in [
            json!({ "action": "get", "id": ids[0], "unmask": true, "body": "current" }),
            json!({ "action": "get", "id": ids[0], "unmask": true, "body": "current", "reason": " " }),
            json!({ "action": "get", "id": ids[0], "unmask": true, "body": "current", "from": 0 }),
            json!({ "action": "preview", "select": one(&ids[0]), "unmask": true }),
        ] {
            for (lang, why, what_to_do) in
                [("en", "for a reason only", "`--reason`"), ("es", "solo con un motivo", "`--reason`")]
            {
                let mut request = request.clone();
                request["lang"] = lang.into();
                let Failure { error } = refused(&harness, request.clone()).await;
                assert_eq!(error.code, Code::NeedsReason, "{request}");
                assert!(error.message.contains(why) && error.help.contains(what_to_do), "{error:?}");
            }
        }
        harness.assert_trail(&ids[0], &["received"]);
        // What shows nothing takes no reason, and is on no record.
        for request in [
            json!({ "action": "get", "id": ids[0], "body": "current" }),
            json!({ "action": "preview", "select": one(&ids[0]) }),
            json!({ "action": "preview", "select": one(&ids[0]), "correction": { "suggested": false } }),
            json!({ "action": "list", "select": { "query": { "code": "BR-02", "text": "br-02" } } }),
        ] {
            let answer = eve(&harness, request.clone()).await;
            let said = answer.map_or_else(|failure| failure.to_json(), |answer| answer.to_string());
            assert!(!said.contains("NeedsReason") && !said.contains(samples::SECRET), "{request}: {said}");
        }
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn a_guess_at_a_value_takes_a_reason_and_is_on_the_trail_of_the_case() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(7)]).await;
        for correction in guesses() {
            let preview = json!({ "action": "preview", "select": one(&ids[0]), "correction": correction });
            assert_eq!(
                refused(&harness, preview.clone()).await.error.code,
                Code::NeedsReason,
                "{correction}"
            );
            let empty = json!({ "action": "correct", "select": one(&ids[0]), "correction": correction, "reason": "" });
            assert_eq!(refused(&harness, empty).await.error.code, Code::BadRequest, "{correction}");
        }
        harness.assert_trail(&ids[0], &["received"]);
        // Whatever comes of it: a step that does not apply, a verdict, nothing to change.
        for (nth, correction) in guesses().into_iter().enumerate() {
            for action in ["preview", "correct"] {
                let why = format!("{action} {nth}");
                let ask = json!({ "action": action, "select": one(&ids[0]), "correction": correction });
                let before = looks(&harness, &ids[0]).len();
                let answer = eve(&harness, with_reason(ask, &why)).await;
                let is_corrected =
                    harness.world.case(&ids[0]).unwrap().trail.last().unwrap().act == "corrected";
                assert!(!is_corrected, "none of them makes a valid invoice: {answer:?}");
                assert_eq!(looks(&harness, &ids[0])[before..], [look(&why)], "{answer:?}");
            }
        }
        assert_eq!(harness.world.case(&ids[0]).unwrap().trail.len(), 1 + 12);
    });
}

#[test]
fn what_one_person_tries_for_one_reason_within_an_hour_is_one_look() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(7)]).await;
        let [guess, ..] = guesses();
        let ask = json!({ "action": "preview", "select": one(&ids[0]), "correction": guess });
        let mut known = Vec::new();
        for (reason, after_minutes, is_new) in [
            ("ticket 71", 0, true),
            ("ticket 71", 59, false),
            ("ticket 71", 2, true),
            ("ticket 72", 0, true),
            ("ticket 71", 0, false),
            ("ticket 71", 61, true),
        ] {
            tokio::time::sleep(std::time::Duration::from_mins(after_minutes)).await;
            drop(eve(&harness, with_reason(ask.clone(), reason)).await);
            known.extend(is_new.then(|| look(reason)));
            assert_eq!(looks(&harness, &ids[0]), known, "{reason} {after_minutes}");
        }
        let of_ana = json!({ "select": one(&ids[0]), "correction": guess, "reason": "ticket 71" });
        drop(harness.ask("preview", of_ana).await);
        assert_eq!(looks(&harness, &ids[0]).last().unwrap().0, "ana");
    });
}

#[test]
fn a_look_that_cannot_be_recorded_shows_nothing() {
    run(async {
        use aduana_testkit::world::{Call, Fault};
        let (harness, ids) = RedriveHarness::holding([samples::without_number(7)]).await;
        harness.world.fail_always(Call::Write, Some(Fault::Refuse));
        let [test, ..] = guesses();
        for action in ["preview", "correct"] {
            for value in ["80.50", "70.00"] {
                let mut correction = test.clone();
                correction["patch"][0]["value"] = value.into();
                let ask = json!({ "action": action, "select": one(&ids[0]), "correction": correction });
                let code = refused(&harness, with_reason(ask, "ticket 71")).await.error.code;
                assert_eq!(code, Code::Unavailable, "{action} {value}");
            }
        }
    });
}

/// The seller's name is read by nobody letter by letter.
#[test]
fn a_search_by_the_seller_takes_a_reason_whatever_is_done_with_what_it_finds() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(7)]).await;
        let by = |seller: &str| json!({ "query": { "seller": seller } });
        for letter in ["q", "comercial", "tax:EC:1790012344001"] {
            for request in [
                json!({ "action": "list", "select": by(letter) }),
                json!({ "action": "groups", "query": { "seller": letter } }),
                json!({ "action": "preview", "select": by(letter) }),
                json!({ "action": "annotate", "select": by(letter), "owner": "eve" }),
                json!({ "action": "resend", "select": by(letter), "dry_run": true, "reason": "" }),
            ] {
                let code = refused(&harness, request.clone()).await.error.code;
                assert!(matches!(code, Code::NeedsReason | Code::BadRequest), "{code:?} {request}");
            }
        }
        // A text is looked for in nothing that is masked.
        for letter in ["q", "comercial", "quitumbe", "consumidor", "1790012344001"] {
            let listed =
                eve(&harness, json!({ "action": "list", "select": { "query": { "text": letter } } })).await;
            assert_eq!(listed.unwrap()["cases"], json!([]), "{letter}");
        }
        harness.assert_trail(&ids[0], &["received"]);
        let found =
            eve(&harness, json!({ "action": "list", "select": by("quitumbe"), "reason": "ticket 71" })).await;
        assert_eq!(found.unwrap()["cases"][0]["id"], json!(ids[0]));
    });
}
