//! What one request may ask for, and how much of it one call does.

use aduana_cases::Judge;
use aduana_cases::message::CaseId;
use aduana_intake::Settings;
use aduana_invoice::{Category, Date, Fingerprint, Policy, Summary, Validator, Verdict, Violation};
use aduana_redrive::answer::Code;
use aduana_redrive::{ANSWER_MAX, DIFF_MAX, IDS_MAX, LIST_MAX, PIECE_MAX, SHOWN_MAX};
use aduana_testkit::hostile::today;
use aduana_testkit::samples;
use aduana_testkit::simulation::ledger::case_of_record;
use aduana_testkit::world::{Call, run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::around;
use crate::judges::{no_conflicts, violation};
use crate::redrive::{RedriveHarness, one};

async fn asked(harness: &RedriveHarness, action: &str, more: Value) -> Option<Code> {
    harness.ask(action, more).await.err().map(|failure| failure.error.code)
}

#[test]
fn a_request_names_a_thousand_cases_and_a_page_has_five_hundred() {
    run(async {
        let harness = RedriveHarness::new();
        for (count, is_taken) in around(IDS_MAX) {
            let ids: Vec<String> = (0..count).map(|at| format!("{at:032x}")).collect();
            let refused = asked(&harness, "list", json!({ "select": { "ids": ids } })).await;
            assert_eq!(refused.is_none(), is_taken, "{count}: {refused:?}");
        }
        let world = &harness.world;
        for units in 0..=LIST_MAX {
            world.send(samples::without_number(u32::try_from(units + 1).unwrap()));
        }
        world.drain(&harness.intake).await;
        for (limit, shown) in [(LIST_MAX - 1, LIST_MAX - 1), (LIST_MAX, LIST_MAX), (LIST_MAX + 1, LIST_MAX)] {
            let page = harness.ask("list", json!({ "limit": limit })).await.unwrap();
            assert_eq!(page["cases"].as_array().unwrap().len(), shown, "{limit}");
        }
    });
}

#[test]
fn what_people_write_has_a_most_and_what_is_longer_is_refused_whole() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for (field, limit) in [("note", 2_000), ("owner", 200), ("ticket", 200)] {
            for (length, is_taken) in around(limit) {
                let text = "ñ".repeat(length);
                let refused =
                    asked(&harness, "annotate", json!({ "select": one(&ids[0]), field: text })).await;
                assert_eq!(refused, (!is_taken).then_some(Code::TooMany), "{field} of {length}");
            }
        }
        for (length, is_taken) in around(256) {
            let ask = json!({ "action": "list", "actor": "ñ".repeat(length) }).to_string();
            assert_eq!(harness.redrive.ask(&ask).await.unwrap().is_ok(), is_taken, "an actor of {length}");
        }
        for (length, is_taken) in [(1_001, false), (1_000, true), (999, true)] {
            let more = json!({ "select": one(&ids[0]), "reason": "ñ".repeat(length) });
            assert_eq!(asked(&harness, "discard", more).await.is_none(), is_taken, "a reason of {length}");
        }
    });
}

#[test]
fn a_preview_shows_a_hundred_differences_and_counts_them_all() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for (count, shown) in [(DIFF_MAX - 1, DIFF_MAX - 1), (DIFF_MAX, DIFF_MAX), (DIFF_MAX + 1, DIFF_MAX)] {
            let values: Vec<Value> =
                (0..count).map(|at| json!({ "pointer": format!("/x{at}"), "value": 1 })).collect();
            let more = json!({ "select": one(&ids[0]), "correction": { "set": values } });
            let preview = harness.ask("preview", more).await.unwrap();
            let case = &preview["cases"][0];
            assert_eq!(
                (case["diff"].as_array().unwrap().len(), case["changes"].as_u64()),
                (shown, Some(count as u64))
            );
        }
        assert_eq!(DIFF_MAX, 100);
    });
}

#[test]
fn a_request_works_on_25_cases_if_nothing_is_said_and_on_1000_at_most() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=1_001).map(samples::without_number)).await;
        for (count, done) in [(24, 24), (25, 25), (26, 25)] {
            let more = json!({ "select": { "ids": ids[..count] }, "ticket": format!("T-{count}") });
            let answer = harness.ask("annotate", more).await.unwrap();
            assert_eq!(answer["done"].as_array().unwrap().len(), done);
            assert_eq!(answer.get("cursor").is_some(), count > done, "{count}");
        }
        for (max, done) in [(999, 999), (1_000, 1_000), (1_001, 1_000)] {
            let more = json!({ "select": { "query": {} }, "ticket": format!("T-{max}"), "max": max });
            let answer = harness.ask("annotate", more).await.unwrap();
            assert_eq!(answer["done"].as_array().unwrap().len(), done);
            assert!(answer.get("cursor").is_some(), "there is one more, at least");
        }
    });
}

#[test]
fn twenty_pages_are_read_for_an_answer_and_the_cursor_leads_to_the_rest() {
    run(async {
        // Of pages that hold one line each: the last of them is empty.
        for (cases, is_whole) in [(18, true), (19, true), (20, false)] {
            let (harness, _) = RedriveHarness::holding((1..=cases).map(samples::without_number)).await;
            harness.world.set_page_lines(1);
            let ask = |cursor: Option<Value>| {
                let query = json!({ "text": "what no case says" });
                harness.ask("list", json!({ "select": { "query": query }, "cursor": cursor }))
            };
            let before = harness.world.calls(Call::Page);
            let answer = ask(None).await.unwrap();
            assert_eq!(answer.get("cursor").is_none(), is_whole, "{cases}");
            let read = usize::try_from(cases).unwrap() + 1;
            assert_eq!(harness.world.calls(Call::Page) - before, read.min(20));
            if let Some(cursor) = answer.get("cursor") {
                let rest = ask(Some(cursor.clone())).await.unwrap();
                assert!(rest.get("cursor").is_none() && rest["cases"].as_array().unwrap().is_empty());
            }
        }
    });
}

#[test]
fn a_hundred_heads_are_read_in_one_call() {
    run(async {
        let (harness, ids) = RedriveHarness::holding((1..=101).map(samples::without_number)).await;
        for (count, calls) in [(99, 1), (100, 1), (101, 2)] {
            let before = harness.world.calls(Call::Heads);
            let answer = harness
                .ask("list", json!({ "select": { "ids": ids[..count] }, "limit": LIST_MAX }))
                .await
                .unwrap();
            assert_eq!(answer["cases"].as_array().unwrap().len(), count);
            assert_eq!(harness.world.calls(Call::Heads) - before, calls, "{count}");
        }
    });
}

#[test]
fn ten_dead_letters_are_received_in_one_call() {
    run(async {
        for (dead_letters, calls) in [(9, 2), (10, 2), (11, 3)] {
            let (harness, _) = RedriveHarness::holding((1..=dead_letters).map(samples::without_number)).await;
            assert_eq!(harness.world.dead_letters().len(), usize::try_from(dead_letters).unwrap());
            // The last call finds the queue empty.
            let answer = harness.ask("reconcile", json!({})).await.unwrap();
            assert_eq!(answer["looked_at"], dead_letters);
            assert_eq!(harness.world.calls(Call::Receive), calls, "{dead_letters}");
        }
    });
}

/// A harness in which this record of Kafka is held, and its case.
async fn holding_record(body: Vec<u8>) -> (RedriveHarness, CaseId) {
    let harness = RedriveHarness::new();
    let offset = harness.world.produce(0, body);
    while !harness.world.is_topic_drained() {
        drop(harness.world.invoke_from_topic(&harness.intake, 1).await);
    }
    (harness, case_of_record(0, offset))
}

#[test]
fn a_case_is_shown_with_its_body_as_long_as_lambda_hands_it_on_and_without_it_then() {
    run(async {
        // In the response of a function URL each of its quotes takes four bytes.
        const QUOTES: usize = 1_200_000;
        let body = |others: usize| [vec![b'"'; QUOTES], vec![b'x'; others]].concat();
        let show = |others: usize| async move {
            let (harness, id) = holding_record(body(others)).await;
            // The world refuses a longer answer.
            let more = json!({ "id": id, "unmask": true, "body": "current" });
            let answer = harness.ask("get", more).await.unwrap();
            (answer["body"].clone(), json!(answer.to_string()).to_string().len())
        };
        let (_, bytes) = show(1_000_000).await;
        let others = 1_000_000 + SHOWN_MAX - bytes;
        for (others, is_there) in [(others - 1, true), (others, true), (others + 1, false)] {
            let (shown, bytes) = show(others).await;
            assert_eq!((shown.get("text").is_some(), bytes <= SHOWN_MAX), (is_there, true), "{bytes}");
            assert_eq!(shown["bytes"], QUOTES + others);
            assert_eq!(shown["fingerprint"], Fingerprint::of(&body(others)).to_string());
        }
    });
}

#[test]
fn a_body_comes_in_pieces_of_two_million_bytes_each_on_record() {
    run(async {
        for (length, pieces) in [(PIECE_MAX - 1, 1), (PIECE_MAX, 1), (PIECE_MAX + 1, 2)] {
            // What is no text, and has no two places alike for long.
            let body: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap() | 0x80).collect();
            let (harness, id) = holding_record(body.clone()).await;
            let (mut read, mut asked) = (Vec::new(), 0);
            while read.len() < length {
                let more = json!({ "id": id, "unmask": true, "body": "original", "from": read.len(), "reason": "audit" });
                let answer = harness.ask("get", more).await.unwrap();
                let piece = &answer["body"];
                assert_eq!((&piece["from"], &piece["bytes"]), (&json!(read.len()), &json!(length)));
                assert_eq!(piece["fingerprint"], Fingerprint::of(&body).to_string());
                read.extend(STANDARD.decode(piece["base64"].as_str().unwrap()).unwrap());
                asked += 1;
            }
            assert!(read == body);
            assert_eq!(asked, pieces);
            harness.assert_trail(&id, &[&["received"], &vec!["viewed"; pieces][..]].concat());
            assert!(harness.world.case(&id).unwrap().trail[1..].iter().all(|event| event.reason == "audit"));
            // Beyond the end there is nothing.
            let more = json!({ "id": id, "unmask": true, "body": "original", "from": length });
            assert_eq!(harness.ask("get", more).await.unwrap()["body"]["base64"], "");
        }
    });
}

#[test]
fn a_piece_of_a_body_is_shown_to_nobody_who_is_not_put_on_record() {
    run(async {
        let (harness, ids) = RedriveHarness::holding([samples::without_number(1)]).await;
        for more in [json!({ "body": "original" }), json!({ "unmask": true })] {
            let mut ask = json!({ "id": ids[0], "from": 0 });
            ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(asked(&harness, "get", ask).await, Some(Code::BadRequest));
        }
        harness.assert_trail(&ids[0], &["received"]);
    });
}

/// A body that breaks some rules in each of so many lines.
fn broken_lines(lines: usize) -> Vec<u8> {
    format!(r#"{{"lines":[{}]}}"#, vec!["{}"; lines].join(",")).into_bytes()
}

#[test]
fn a_preview_is_no_longer_than_what_lambda_hands_on_and_counts_the_reasons_that_are_left_off() {
    run(async {
        // The world refuses a longer answer.
        let (harness, ids) = RedriveHarness::holding([broken_lines(1_000)]).await;
        let answer = harness.ask("preview", json!({ "select": one(&ids[0]) })).await.unwrap();
        let case = &answer["cases"][0];
        let listed = case["reasons"].as_array().unwrap().len();
        let left_off = usize::try_from(case["reasons_left_off"].as_u64().unwrap()).unwrap();
        let validator = Validator::new(Policy::default());
        let all = validator.judge(&broken_lines(1_000), today()).violations().len();
        assert_eq!(listed + left_off, all);
        assert!(listed > 1_000 && left_off > 0, "{listed} and {left_off}");
        assert!(answer.to_string().len() <= ANSWER_MAX);

        let (harness, ids) = RedriveHarness::holding([broken_lines(10)]).await;
        let answer = harness.ask("preview", json!({ "select": one(&ids[0]) })).await.unwrap();
        assert!(answer["cases"][0].get("reasons_left_off").is_none(), "nothing is");
    });
}

#[test]
fn a_preview_of_many_large_cases_ends_before_it_is_too_long_and_its_cursor_leads_to_the_rest() {
    run(async {
        let bodies = (0..35).map(|at| {
            let mut body = broken_lines(120);
            body.resize(body.len() + at, b' ');
            body
        });
        let (harness, ids) = RedriveHarness::holding(bodies).await;
        let (mut seen, mut answers, mut cursor) = (Vec::new(), 0, Value::Null);
        loop {
            let more = json!({ "select": { "ids": ids }, "max": 35, "cursor": cursor });
            let answer = harness.ask("preview", more).await.unwrap();
            assert!(answer.to_string().len() <= ANSWER_MAX, "{} bytes", answer.to_string().len());
            let cases = answer["cases"].as_array().unwrap();
            assert!(!cases.is_empty());
            seen.extend(cases.iter().map(|case| case["id"].clone()));
            answers += 1;
            let Some(next) = answer.get("cursor") else { break };
            cursor = next.clone();
        }
        assert_eq!(json!(seen), json!(ids), "each once, in order");
        assert!((2..=4).contains(&answers), "{answers}");
    });
}

/// Refuses every body, as an invoice of the seller that the body names, at a place with a long name.
struct OfItsSeller;

impl Judge for OfItsSeller {
    fn ruleset(&self) -> &'static str {
        "1.0"
    }

    fn judge(&self, body: &[u8], _today: Date) -> Verdict {
        let seller = Some(String::from_utf8_lossy(body).into_owned());
        let place = format!("/{}", "a".repeat(600));
        Verdict::Reject {
            summary: Summary { seller, ..Summary::default() },
            violations: vec![violation("BR-24", Category::Data, &place)],
        }
    }

    no_conflicts!();
}

#[test]
fn groups_of_very_many_sellers_are_counted_over_several_answers() {
    run(async {
        for (sellers, answers) in [(1_499, 1), (1_501, 2), (3_001, 3)] {
            let harness = RedriveHarness::new();
            let intake = harness.world.intake_with(OfItsSeller, Settings::default());
            for seller in 0..sellers {
                harness.world.send(format!("seller {seller}"));
            }
            harness.world.drain(&intake).await;
            let (mut cases, mut groups, mut asked, mut cursor) = (0, 0, 0, Value::Null);
            loop {
                // The world refuses an answer that is too long.
                let answer = harness.ask("groups", json!({ "cursor": cursor })).await.unwrap();
                assert!(answer.to_string().len() <= ANSWER_MAX);
                cases += answer["cases"].as_u64().unwrap();
                groups += answer["groups"].as_array().unwrap().len();
                asked += 1;
                let Some(next) = answer.get("cursor") else { break };
                cursor = next.clone();
            }
            assert_eq!((cases, groups, asked), (sellers, usize::try_from(sellers).unwrap(), answers));
        }
    });
}

#[test]
fn a_reconcile_receives_a_thousand_times_and_says_whether_it_came_to_the_end() {
    run(async {
        // The last receive finds the queue empty.
        for (dead_letters, is_complete) in [(998, true), (999, true), (1_000, false)] {
            let harness = RedriveHarness::new();
            let intake = harness.world.intake_with(OfItsSeller, Settings::default());
            for dead_letter in 0..dead_letters {
                harness.world.send(format!("seller {}", dead_letter % 2));
            }
            harness.world.drain(&intake).await;
            harness.world.set_dead_letters_at_once(1);
            let answer = harness.ask("reconcile", json!({ "max_receives": 1_001 })).await.unwrap();
            assert_eq!(answer["looked_at"], dead_letters);
            assert_eq!(answer["complete"], is_complete, "{dead_letters}: {answer}");
            assert_eq!(harness.world.calls(Call::Receive), 1_000.min(dead_letters + 1));
        }
    });
}
