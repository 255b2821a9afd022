//! `list`, `groups`, `get`.

use std::collections::BTreeSet;

use aduana_redrive::answer::Code;
use aduana_testkit::samples;
use aduana_testkit::world::{Call, run};
use serde_json::{Value, json};

use super::{RedriveHarness, one};

/// Everything that following the cursors gives.
async fn all(harness: &RedriveHarness, mut ask: Value) -> Vec<Value> {
    let mut cases = Vec::new();
    loop {
        let answer = harness.ask("list", ask.clone()).await.unwrap();
        cases.extend(answer["cases"].as_array().unwrap().iter().cloned());
        match answer.get("cursor") {
            Some(cursor) => ask["cursor"] = cursor.clone(),
            None => return cases,
        }
    }
}

#[test]
fn a_list_is_complete_whatever_the_size_of_its_pages() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=47).map(samples::without_number)).await;
        let expected: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
        for limit in [1, 7, 47, 500] {
            for select in
                [json!({ "query": {} }), json!({ "query": { "code": "BR-02" } }), json!({ "ids": ids })]
            {
                let listed = all(&harness, json!({ "select": select, "limit": limit })).await;
                let listed: Vec<_> =
                    listed.iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect();
                assert_eq!(listed.len(), 47, "{limit} {select}");
                assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
            }
        }
    });
}

#[test]
fn a_query_takes_what_matches_and_nothing_else() {
    run(async {
        let bodies = [samples::without_number(1), samples::wrong_total("F-7", 1), b"nonsense".to_vec()];
        let (harness, ids) = RedriveHarness::holding(bodies).await;
        harness.ask("discard", json!({ "select": one(&ids[2]) })).await.unwrap();
        let found = async |query: Value| {
            let listed = all(&harness, json!({ "select": { "query": query } })).await;
            let place = |case: &Value| ids.iter().position(|id| case["id"] == json!(id)).unwrap();
            listed.iter().map(place).collect::<BTreeSet<_>>()
        };
        let group = harness.world.case(&ids[1]).unwrap().case.reasons.group.id;
        for (query, expected) in [
            (json!({}), vec![0, 1]),
            (json!({ "state": ["discarded"] }), vec![2]),
            (json!({ "state": ["open", "discarded"] }), vec![0, 1, 2]),
            (json!({ "code": "BR-CO-15" }), vec![1]),
            (json!({ "category": "structure" }), vec![0]),
            (json!({ "group": group }), vec![1]),
            (json!({ "group": group, "state": ["resolved"] }), vec![]),
            (json!({ "seller": "tax:EC:1790012344001" }), vec![1]),
            (json!({ "seller": "quitumbe" }), vec![0, 1]),
            (json!({ "source": "sqs:aduana-invoices" }), vec![0, 1]),
            (json!({ "source": "kafka:" }), vec![]),
            (json!({ "text": "f-7" }), vec![1]),
            (json!({ "text": ids[0] }), vec![0]),
            (json!({ "since": "2026-11-24" }), vec![0, 1]),
            (json!({ "until": "2026-11-24" }), vec![]),
            (json!({ "since": "2026-11-24", "until": "2026-11-25T00:00:00Z", "code": "BR-02" }), vec![0]),
        ] {
            assert_eq!(found(query.clone()).await, expected.into_iter().collect(), "{query}");
        }
        let bad = json!({ "select": { "query": { "since": "yesterday" } } });
        assert_eq!(harness.refused("list", bad).await, Code::BadRequest);
        assert_eq!(harness.refused("list", json!({ "cursor": "?" })).await, Code::BadRequest);
    });
}

/// Also where what is open ends in the middle of a page.
#[test]
fn a_list_of_several_states_goes_on_from_one_to_the_next() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=4).map(samples::without_number)).await;
        harness.ask("discard", json!({ "select": { "ids": ids[1..] } })).await.unwrap();
        for limit in 1..=5 {
            let select = json!({ "query": { "state": ["open", "discarded"] } });
            assert_eq!(all(&harness, json!({ "select": select, "limit": limit })).await.len(), 4, "{limit}");
        }
    });
}

#[test]
fn a_group_is_listed_with_all_its_cases_whatever_became_of_them() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=3).map(samples::without_number)).await;
        let group = harness.world.case(&ids[0]).unwrap().case.reasons.group.id;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        let listed = all(&harness, json!({ "select": { "group": group } })).await;
        let states: BTreeSet<_> = listed.iter().map(|case| case["state"].as_str().unwrap()).collect();
        assert_eq!((listed.len(), states), (3, BTreeSet::from(["discarded", "open"])));
    });
}

#[test]
fn groups_are_counted_exactly_and_the_largest_is_first() {
    run(async {
        let bodies = (1..=5).map(samples::without_number);
        let bodies = bodies.chain((1..=9).map(|n| samples::wrong_total(&format!("F-{n}"), n)));
        let (harness, ids) = RedriveHarness::holding(bodies).await;
        harness.ask("discard", json!({ "select": one(&ids[0]) })).await.unwrap();
        let answer = harness.ask("groups", json!({ "lang": "es" })).await.unwrap();
        let counts: Vec<_> = answer["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["code"].clone(), it["count"].clone()))
            .collect();
        assert_eq!(counts, [(json!("BR-CO-15"), json!(9)), (json!("BR-02"), json!(4))]);
        assert_eq!(answer["cases"], json!(13));
        let days = json!([
            { "day": "2026-11-24", "held": 13, "stored": 0, "expiring": 0 },
            { "day": "2026-12-08", "held": 0, "stored": 0, "expiring": 13 },
        ]);
        assert_eq!(answer["days"], days, "the copies in the queue live for 14 days");
        assert!(answer["groups"][0]["message"].as_str().unwrap().contains("total"));
        assert!(!answer.to_string().contains("1790012344001"));
    });
}

#[test]
fn many_cases_are_looked_through_in_few_reads() {
    run(async {
        let (harness, ids) =
            RedriveHarness::holding([samples::wrong_total("F-1", 1), samples::without_number(1)]).await;
        harness.world.multiply(&ids[0], 9_998);
        let count = |before: usize| harness.world.calls(Call::Page) - before;
        let before = harness.world.calls(Call::Page);
        assert_eq!(
            harness.ask("list", json!({ "limit": 50 })).await.unwrap()["cases"].as_array().unwrap().len(),
            50
        );
        assert_eq!(count(before), 1);
        let before = harness.world.calls(Call::Page);
        assert_eq!(harness.ask("groups", json!({})).await.unwrap()["cases"], json!(10_000));
        assert!(count(before) <= 11, "{}", count(before));
        let before = harness.world.calls(Call::Page);
        assert_eq!(all(&harness, json!({ "select": { "query": { "code": "BR-02" } } })).await.len(), 1);
        assert!(count(before) <= 11, "{}", count(before));
        assert_eq!((harness.world.calls(Call::Heads), harness.world.calls(Call::Look)), (0, 0));
    });
}

#[test]
fn a_case_is_shown_masked_and_a_look_at_its_values_is_on_record() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::wrong_total("F-1", 1)]).await;
        let masked = harness.ask("get", json!({ "id": ids[0], "body": "current" })).await.unwrap();
        let text = masked.to_string();
        for value in [samples::SECRET, "Consumidor", "1790012344001", "11.50", "12.50"] {
            assert!(!text.contains(value), "{value} in {text}");
        }
        assert!(text.contains("BR-CO-15") && masked["trail_intact"] == json!(true));
        assert_eq!(masked["body"]["exact"], json!(false));
        assert!(masked["body"]["text"].as_str().unwrap().contains(r#""currency": "***""#), "names are shown");
        harness.assert_trail(&ids[0], &["received"]);

        let shown =
            harness.ask("get", json!({ "id": ids[0], "unmask": true, "body": "current" })).await.unwrap();
        assert_eq!(shown["body"]["text"].as_str().unwrap().as_bytes(), samples::wrong_total("F-1", 1));
        assert!(shown["case"]["seller_name"].as_str().unwrap().contains(samples::SECRET));
        assert!(shown["reasons"][0]["suggestion"].is_array());
        harness.assert_trail(&ids[0], &["received", "viewed"]);
        assert_eq!(shown["trail"].as_array().unwrap().len(), 2, "the look itself is shown");
    });
}

#[test]
fn bytes_that_are_no_text_are_shown_as_base64() {
    run(async {
        let harness = RedriveHarness::new();
        let id = harness.world.hold_record(b"\xFF\0".to_vec()).await;
        let shown =
            harness.ask("get", json!({ "id": id, "unmask": true, "body": "original" })).await.unwrap();
        assert_eq!((&shown["body"]["base64"], shown["body"].get("text")), (&json!("/wA="), None));
        let masked = harness.ask("get", json!({ "id": id, "body": "original" })).await.unwrap();
        assert_eq!((masked["body"].get("base64"), masked["body"].get("text")), (None, None));
        let missing = json!({ "id": id, "body": { "correction": 1 } });
        assert_eq!(harness.refused("get", missing).await, Code::NoSuchCase);
        assert_eq!(harness.refused("get", json!({ "id": "f".repeat(32) })).await, Code::NoSuchCase);
    });
}
