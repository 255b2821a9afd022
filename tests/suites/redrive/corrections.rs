//! `preview` and `correct`.

use aduana_cases::case::State;
use aduana_redrive::answer::Code;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, run};
use serde_json::{Value, json};

use super::{RedriveHarness, codes, number, one, request};

#[test]
fn a_preview_shows_what_would_change_and_changes_nothing() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::wrong_total("F-1", 1)]).await;
        let ask = json!({ "select": one(&ids[0]), "correction": { "suggested": true } });
        let preview = harness.ask("preview", ask).await.unwrap();
        let case = &preview["cases"][0];
        assert_eq!((&preview["valid"], &case["verdict"]), (&json!(1), &json!("valid")));
        assert!(
            case["diff"].as_array().unwrap().iter().any(|place| place["pointer"] == "/totals/tax_inclusive")
        );
        assert!(case["diff"].as_array().unwrap().iter().all(|place| place["before"] == "***"));
        assert_eq!(harness.world.calls(Call::Write), 0);
        harness.assert_trail(&ids[0], &["received"]);
    });
}

#[test]
fn of_a_group_it_says_how_many_become_valid_and_why_the_others_do_not() {
    run(async {
        let short = |n: u32| String::from_utf8(samples::wrong_total(&format!("F-{n}"), n)).unwrap();
        let bodies = (1..=40).map(|n| match n {
            // In these two, nothing says what is right.
            7 | 9 => short(n).replace("\"USD\"", "\"XYZ\"").into_bytes(),
            _ => short(n).into_bytes(),
        });
        let (harness, ids) = RedriveHarness::holding(bodies).await;
        let ask = json!({ "select": { "query": {} }, "correction": { "suggested": true }, "max": 100 });
        let preview = harness.ask("preview", ask).await.unwrap();
        assert_eq!((&preview["valid"], &preview["invalid"]), (&json!(38), &json!(2)));
        let left: Vec<&Value> =
            preview["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "invalid").collect();
        assert!(left.iter().all(|case| !case["reasons"].as_array().unwrap().is_empty()));
        assert!(left.iter().all(|case| case["id"] == json!(ids[6]) || case["id"] == json!(ids[8])));

        let ask = json!({ "select": { "query": {} }, "correction": { "suggested": true }, "max": 100 });
        let done = harness.ask("correct", ask).await.unwrap();
        assert_eq!(done["done"].as_array().unwrap().len(), 38);
        assert_eq!(codes(&done["skipped"]), ["StillInvalid", "StillInvalid"]);
    });
}

/// Every line with three amounts written with a comma: more than is corrected at once.
#[test]
fn a_large_body_is_corrected_in_part_and_the_rest_is_counted() {
    run(async {
        let line = |id: usize| {
            json!({
                "id": id.to_string(), "quantity": "1,0", "unit": "C62", "net_amount": "10,00", "price": { "net": "10,00" },
                "tax": { "category": "S", "rate": "15" }, "item": { "name": "x" }
            })
        };
        #[expect(clippy::disallowed_methods, reason = "a sample of our own")]
        let mut invoice: Value = serde_json::from_slice(&samples::valid("F-1", 1)).unwrap();
        invoice["lines"] = (0..3_000).map(line).collect();
        let body = invoice.to_string();
        assert!((300_000..512_000).contains(&body.len()));
        let (harness, ids) = RedriveHarness::holding([body.into_bytes()]).await;
        let suggested = || json!({ "select": one(&ids[0]), "correction": { "suggested": true } });
        let preview = harness.ask("preview", suggested()).await.unwrap();
        let case = &preview["cases"][0];
        assert_eq!((&preview["invalid"], &case["verdict"]), (&json!(1), &json!("invalid")));
        assert!(case["changes"].as_u64().unwrap() > 1_000, "{}", case["changes"]);
        let reported = case["reasons"].as_array().unwrap().len() as u64;
        let left_off = case["reasons_left_off"].as_u64().unwrap_or(0);
        assert!(
            reported > 0 && reported + left_off >= 1_000,
            "{reported} reasons are shown, and {left_off} are left"
        );
        assert_eq!(harness.refused("correct", suggested()).await, Code::StillInvalid);
    });
}

#[test]
fn a_correction_is_a_new_version_and_the_original_stays() {
    run(async {
        let original = samples::without_number(1);
        let (harness, ids) = RedriveHarness::holding([original.clone()]).await;
        for n in ["F-1", "F-2"] {
            harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number(n) })).await.unwrap();
        }
        let body = async |which: Value| {
            let shown =
                harness.ask("get", json!({ "id": ids[0], "unmask": true, "body": which })).await.unwrap();
            shown["body"]["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(body(json!("original")).await.as_bytes(), original);
        assert!(body(json!({ "correction": 1 })).await.contains("\"F-1\""));
        assert!(body(json!("current")).await.contains("\"F-2\""));
        let missing = json!({ "id": ids[0], "body": { "correction": 3 } });
        assert_eq!(harness.refused("get", missing).await, Code::NoSuchCase);
        let shown = harness.ask("get", json!({ "id": ids[0] })).await.unwrap();
        let versions: Vec<_> = shown["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["correction"].clone(), it["current"].clone()))
            .collect();
        assert_eq!(
            versions,
            [(Value::Null, json!(false)), (json!(1), json!(false)), (json!(2), json!(true))]
        );
    });
}

#[test]
fn the_same_correction_again_writes_nothing() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let ask = || json!({ "select": one(&ids[0]), "correction": number("F-1") });
        harness.ask("correct", ask()).await.unwrap();
        let again = harness.ask("correct", ask()).await.unwrap();
        assert_eq!(again["done"][0]["changed"], json!(false));
        harness.assert_trail(&ids[0], &["received", "corrected"]);
    });
}

#[test]
fn a_correction_that_leaves_it_invalid_takes_an_override() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let wrong = |overridden: bool| {
            let patch = json!([{ "op": "add", "path": "/number", "value": "F-1" }, { "op": "remove", "path": "/currency" }]);
            json!({ "select": one(&ids[0]), "correction": { "patch": patch }, "override": overridden })
        };
        let failure = harness.ask("correct", wrong(false)).await.unwrap_err();
        assert_eq!(failure.error.code, Code::StillInvalid);
        assert!(failure.error.message.contains("BR-05"), "{}", failure.error.message);
        harness.assert_trail(&ids[0], &["received", "viewed"]);
        harness.ask("correct", wrong(true)).await.unwrap();
        assert!(harness.world.case(&ids[0]).unwrap().trail[2].reason.starts_with("override: "));
        // It is judged once more before it is sent, and then by the validator.
        assert_eq!(harness.refused("resend", json!({ "select": one(&ids[0]) })).await, Code::StillInvalid);
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let case = harness.world.case(&ids[0]).unwrap();
        assert_eq!(
            (case.head.state, case.head.attempt, case.redrive_state.correction),
            (State::Open, 2, None)
        );
    });
}

#[test]
fn what_does_not_fit_is_a_clear_error_and_changes_nothing() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1), b"{broken".to_vec()]).await;
        let (good, broken) = (&ids[0], &ids[1]);
        let patch = |op: &str| json!({ "patch": [{ "op": op, "path": "/nowhere" }] });
        for (id, correction, code) in [
            (good, patch("remove"), Code::PatchDoesNotApply),
            (good, patch("replace"), Code::PatchDoesNotApply),
            (good, json!({ "set": [{ "pointer": "/no/where", "value": 1 }] }), Code::PatchDoesNotApply),
            (good, json!({ "body": "{not json" }), Code::NotJson),
            (good, json!({ "suggested": true }), Code::NothingSuggested),
            (good, json!({ "suggested": false }), Code::BadRequest),
            (broken, patch("remove"), Code::NotJson),
            (broken, json!({ "suggested": true }), Code::NothingSuggested),
        ] {
            for action in ["preview", "correct"] {
                let ask = json!({ "select": one(id), "correction": correction });
                assert_eq!(harness.refused(action, ask).await, code, "{action} {correction}");
            }
        }
        let ask = json!({ "select": one(good), "correction": patch("remove") });
        let message = harness.ask("correct", ask).await.unwrap_err().error.message;
        assert_eq!(message, r#"the patch does not fit the body: step 1 at "/nowhere""#);
        harness.assert_trail(good, &["received", "viewed"]);
        let body = json!({ "body": String::from_utf8(samples::valid("F-1", 1)).unwrap() });
        harness.ask("correct", json!({ "select": one(broken), "correction": body })).await.unwrap();
        harness.ask("resend", json!({ "select": one(broken) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        assert_eq!(harness.state(broken), State::Resolved);
    });
}

#[test]
fn a_number_that_is_taken_by_another_invoice_is_seen_before_it_is_sent() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(2)]).await;
        harness.world.send(samples::valid("F-1", 1));
        harness.world.drain(&harness.intake).await;
        let ask = json!({ "select": one(&ids[0]), "correction": number("F-1") });
        let preview = harness.ask("preview", ask).await.unwrap();
        assert_eq!(preview["cases"][0]["reasons"][0]["code"], json!("FE-D-016"));
        let ask = json!({ "select": one(&ids[0]), "correction": number("F-1") });
        assert_eq!(harness.refused("correct", ask).await, Code::StillInvalid);
    });
}

#[test]
fn what_is_not_corrected_stays_as_it_was_written() {
    run(async {
        let body = String::from_utf8(samples::without_number(1)).unwrap();
        let body = body.replace(
            "\"issue_date\"",
            "\"extensions\": {\"erp\": {\"n\" : 12345678901234567890.1000}},\n  \"issue_date\"",
        );
        let (harness, ids) = RedriveHarness::holding([body.clone().into_bytes()]).await;
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        harness.ask("resend", json!({ "select": one(&ids[0]) })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let stored = String::from_utf8(harness.world.invoices()[0].body.unpack().unwrap()).unwrap();
        assert!(stored.contains("{\"n\" : 12345678901234567890.1000}"), "{stored}");
        let without: Vec<&str> =
            stored.lines().filter(|line| !line.contains("\"number\": \"F-1\"")).collect();
        assert!(without.len() >= body.lines().count() - 1);
    });
}

#[test]
fn an_unmasked_preview_is_on_record() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        let ask = json!({ "select": one(&ids[0]), "correction": number("F-1"), "unmask": true });
        let preview = harness.ask("preview", ask).await.unwrap();
        assert_eq!(preview["cases"][0]["diff"], json!([{ "pointer": "/number", "after": "F-1" }]));
        harness.assert_trail(&ids[0], &["received", "viewed"]);
    });
}

#[test]
fn after_a_refusal_the_body_that_was_refused_is_the_current_one() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.ask("resend", json!({ "select": one(&ids[0]), "override": true })).await.unwrap();
        harness.world.drain(&harness.intake).await;
        let versions = async || {
            let shown = harness.ask("get", json!({ "id": ids[0] })).await.unwrap();
            let versions = shown["versions"].as_array().unwrap().iter();
            versions.map(|it| (it["attempt"].clone(), it["current"] == json!(true))).collect::<Vec<_>>()
        };
        assert_eq!(versions().await, [(json!(1), false), (json!(2), true)]);
        harness.ask("correct", json!({ "select": one(&ids[0]), "correction": number("F-1") })).await.unwrap();
        assert_eq!(versions().await, [(json!(1), false), (json!(2), false), (json!(2), true)]);
    });
}

/// Both are made of the same body: the second does not take the first's place unseen.
#[test]
fn of_two_corrections_at_once_one_is_made() {
    for (other, ends) in [("F-2", Some(Code::StaleVersion)), ("F-1", None)] {
        run(async {
            let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
            let another = harness.world.redrive();
            let correct = |actor, n| {
                request(actor, "correct", &json!({ "select": one(&ids[0]), "correction": number(n) }))
            };
            let (ana, eva) = (correct("ana", "F-1"), correct("eva", other));
            // Ana's has read the body, and is overtaken.
            harness.world.fail(Call::LookUp, 1, Fault::Slow);
            let (first, second) = tokio::join!(harness.redrive.ask(&ana), another.ask(&eva));
            assert!(second.unwrap().is_ok());
            assert_eq!(first.unwrap().err().map(|failure| failure.error.code), ends);
            harness.assert_trail(&ids[0], &["received", "corrected", "viewed"]);
            let trail = harness.world.case(&ids[0]).unwrap().trail;
            assert_eq!([1, 2].map(|nth: usize| trail[nth].actor.as_str()), ["eva", "ana"]);
        });
    }
}

#[test]
fn one_request_takes_the_given_number_of_cases() {
    run(async {
        let (harness, ids) =
            RedriveHarness::holding((1..=3).map(|n| samples::wrong_total(&format!("F-{n}"), n))).await;
        for (action, cases) in [("preview", "cases"), ("correct", "done")] {
            let mut ask = json!({ "select": { "ids": ids }, "correction": { "suggested": true }, "max": 1 });
            for left in [2, 1, 0] {
                let answer = harness.ask(action, ask.clone()).await.unwrap();
                assert_eq!(answer[cases].as_array().unwrap().len(), 1, "{action}, {left} left");
                assert_eq!(answer.get("cursor").is_some(), left > 0, "{action}, {left} left");
                ask["cursor"] = answer.get("cursor").cloned().unwrap_or_default();
            }
        }
    });
}

#[test]
fn a_case_that_cannot_be_previewed_costs_only_itself_unless_it_is_the_only_one() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1), b"{broken".to_vec()]).await;
        let ask = |select: Value| json!({ "select": select, "correction": number("F-1") });
        let preview = harness.ask("preview", ask(json!({ "ids": ids }))).await.unwrap();
        assert_eq!(
            (&preview["valid"], preview["skipped"][0]["id"].as_str()),
            (&json!(1), Some(ids[1].as_str()))
        );
        assert_eq!(harness.refused("preview", ask(one(&ids[1]))).await, Code::NotJson);
    });
}

/// It would be stored already: the same document, whatever its bytes.
#[test]
fn a_correction_to_what_is_stored_is_no_conflict() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        harness.world.send(samples::valid("F-1", 1));
        harness.world.drain(&harness.intake).await;
        let same = String::from_utf8(samples::valid("F-1", 1)).unwrap();
        for (body, verdict) in [
            (same.clone(), "valid"),
            (same.replacen('{', "{ \n", 1), "valid"),
            (same.replacen("Consumidor", "Otro", 1), "invalid"),
        ] {
            let ask = json!({ "select": one(&ids[0]), "correction": { "body": body } });
            let preview = harness.ask("preview", ask).await.unwrap();
            assert_eq!(preview["cases"][0]["verdict"], json!(verdict), "{body}");
        }
    });
}

/// Lambda takes six megabytes as an answer.
#[test]
fn a_preview_of_much_says_as_much_as_an_answer_holds() {
    run(async {
        let note = |n: usize| json!({ "text": format!("{n} {}", "x".repeat(9_000)) });
        let notes = |from: usize| json!((from..from + 100).map(note).collect::<Vec<_>>());
        let body = |n: u32| {
            let body = String::from_utf8(samples::without_number(n)).unwrap();
            body.replacen('{', &format!(r#"{{"notes":{},"#, notes(0)), 1).into_bytes()
        };
        let (harness, ids) = RedriveHarness::holding((1..=12).map(body)).await;
        let set = json!({ "set": [{ "pointer": "/notes", "value": notes(1_000) }] });
        let ask = json!({ "select": { "ids": ids }, "correction": set, "unmask": true });
        let preview = harness.ask("preview", ask).await.unwrap();
        let bytes = preview.to_string().len();
        assert!(bytes < 6_000_000, "{bytes} bytes");
        let shown = preview["cases"].as_array().unwrap().len();
        assert!(shown == 12 || preview.get("cursor").is_some(), "{shown} cases");
    });
}
