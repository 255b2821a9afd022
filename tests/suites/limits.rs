//! Every limit that AWS sets or we do: where it is, and what tries it just below, at it and just above.
//!
//! The first half of this file is those tests that need no private part; the table in `limits_table.rs` names the test of each
//! limit, wherever it is.

use aduana_intake::attributes::{self, COUNT_MAX, MESSAGE_MAX, ToHold, unpack};
use aduana_intake::body::{PART_MAX, Packed, Parts};
use aduana_intake::cases::Reasons;
use aduana_intake::claim::ClaimCheck;
use aduana_intake::message::{Attribute, CaseId, Source};
use aduana_intake::plan::{self, batches};
use aduana_intake::ports::HeldMessage;
use aduana_intake::redrive::answer::Code;
use aduana_intake::redrive::{IDS_MAX, LIST_MAX};
use aduana_invoice::{InvoiceKey, Policy, Summary, Validator, Violation};
use aduana_tests::hostile::today;
use aduana_tests::samples;
use aduana_tests::world::run;
use serde_json::{Value, json};

use crate::judges::violation;
use crate::redrive::{Office, one};

/// One below, the limit, one above; and whether each is within.
fn around(limit: usize) -> [(usize, bool); 3] {
    [(limit - 1, true), (limit, true), (limit + 1, false)]
}

fn codes(body: &[u8], policy: &str) -> Vec<&'static str> {
    let validator = Validator::new(Policy::from_json(policy).unwrap());
    validator.judge(body, today()).violations().iter().map(|violation| violation.code).collect()
}

fn changed(pointer: &str, value: Value) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "the project's own sample")]
    let mut invoice: Value = serde_json::from_slice(&samples::valid("F-1", 1)).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    invoice.pointer_mut(parent).unwrap()[name] = value;
    invoice.to_string().into_bytes()
}

#[test]
fn a_body_of_1_mib_is_read_and_one_byte_more_is_not() {
    for (bytes, is_read) in around(1_048_576) {
        let mut body = samples::valid("F-1", 1);
        body.resize(bytes, b' ');
        assert_eq!(codes(&body, "{}") != ["FE-S-002"], is_read, "{bytes}");
    }
}

#[test]
fn levels_and_items_have_a_most() {
    for (levels, is_read) in around(32) {
        let list = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        let body = format!("{{\"number\":{list}}}");
        assert_eq!(codes(body.as_bytes(), "{}") != ["FE-S-003"], is_read, "{levels} levels");
    }
    for (items, is_read) in around(12_000) {
        let body = format!("{{\"number\":[{}]}}", vec!["1"; items].join(","));
        assert_eq!(codes(body.as_bytes(), "{}") != ["FE-S-003"], is_read, "{items} items");
    }
}

#[test]
fn a_policy_sets_the_most_lines_bytes_and_the_largest_amount() {
    #[expect(clippy::disallowed_methods, reason = "the project's own sample")]
    let whole: Value = serde_json::from_slice(&samples::valid("F-1", 1)).unwrap();
    for (lines, is_within) in around(3) {
        let body = changed("/lines", vec![whole["lines"][0].clone(); lines].into());
        let codes = codes(&body, r#"{"limits":{"max_lines":3}}"#);
        assert_eq!(!codes.contains(&"FE-R-010"), is_within, "{lines}: {codes:?}");
    }
    let body = samples::valid("F-1", 1);
    for (bytes, is_within) in [(body.len() - 1, false), (body.len(), true), (body.len() + 1, true)] {
        let codes = codes(&body, &format!(r#"{{"limits":{{"max_body_bytes":{bytes}}}}}"#));
        assert_eq!(codes.is_empty(), is_within, "{bytes}: {codes:?}");
    }
    for (amount, is_within) in [("11.49", true), ("11.50", true), ("12.01", false)] {
        let body = changed("/totals/payable", amount.into());
        let codes = codes(&body, r#"{"limits":{"max_amount":12}}"#);
        assert_eq!(!codes.contains(&"FE-R-005"), is_within, "{amount}: {codes:?}");
    }
}

#[test]
fn one_rule_tells_of_a_thousand_places_and_a_value_is_told_in_120_characters() {
    for (lines, told) in [(999, 999), (1_000, 1_000), (1_001, 1_000)] {
        let body = changed("/lines", vec![json!({}); lines].into());
        let codes = codes(&body, "{}");
        let most = codes.iter().filter(|code| **code == "BR-21").count();
        assert_eq!(most, told, "{lines} lines without an id");
    }
    for (length, told) in [(119, 119), (120, 120), (121, 120)] {
        let body = changed("/currency", "x".repeat(length).into());
        let verdict = Validator::new(Policy::default()).judge(&body, today());
        let at = verdict.violations().iter().find(|violation| violation.path == "/currency").unwrap();
        assert_eq!(at.actual.as_ref().unwrap().chars().count(), told);
    }
    assert_eq!(Violation::ACTUAL_MAX, 120);
}

#[test]
fn a_key_of_1024_bytes_is_its_own_and_a_longer_one_is_a_hash() {
    // The schema allows less; a key must fit the table whatever the schema will be.
    assert_eq!(InvoiceKey::PART_MAX, 1024);
    let body = changed("/number", "9".repeat(200).into());
    let verdict = Validator::new(Policy::default()).judge(&body, today());
    assert!(verdict.summary().key.as_ref().is_none_or(|key| key.number.len() <= InvoiceKey::PART_MAX));
}

fn packed(body: &[u8], producer: &[Attribute], errors: usize) -> HeldMessage {
    let violations = (0..errors)
        .map(|line| violation("BR-24", aduana_invoice::Category::Data, &format!("/lines/{line}/x")))
        .collect();
    let reasons = Reasons::new(violations, &Summary::default());
    let id = CaseId::parse(&"a".repeat(CaseId::LEN)).unwrap();
    let source = Source::Sqs { queue: "q".to_owned() };
    attributes::pack(&ToHold {
        id: &id,
        attempt: 1,
        source: &source,
        ruleset: "1.0",
        reasons: &reasons,
        body,
        producer,
    })
}

#[test]
fn a_message_of_1_mib_with_its_attributes_is_sent_whole_and_one_byte_more_as_a_claim_check() {
    let bare = packed(b"{}", &[], 0).size() - 2;
    for (size, is_whole) in around(MESSAGE_MAX) {
        let message = packed(&vec![b'x'; size - bare], &[], 0);
        assert!(message.size() <= MESSAGE_MAX);
        assert_eq!(ClaimCheck::parse(message.body.as_bytes()).is_none(), is_whole, "{size}");
    }
}

#[test]
fn a_producers_attributes_stay_beside_ours_until_there_are_ten_in_all() {
    let ours = packed(b"{}", &[], 1).attributes.len();
    for (count, is_beside) in around(COUNT_MAX - ours) {
        let producer: Vec<Attribute> = (0..count).map(|at| Attribute::text(format!("P{at}"), "v")).collect();
        let message = packed(b"{}", &producer, 1);
        assert!(message.attributes.len() <= COUNT_MAX);
        let is_packed = message.attributes.iter().any(|it| it.name == attributes::names::PRODUCER_ATTRIBUTES);
        assert_eq!(!is_packed, is_beside, "{count}");
    }
}

#[test]
fn a_name_of_256_characters_is_sent_as_it_is_and_a_longer_one_in_ours() {
    for (length, is_sent) in around(256) {
        let producer = [Attribute::text("n".repeat(length), "v")];
        let message = packed(b"{}", &producer, 1);
        assert_eq!(message.attributes.contains(&producer[0]), is_sent, "{length}");
        let came_back = unpack(&message.attributes).producer;
        assert_eq!(came_back, attributes::Producer::Here(producer.into()));
    }
}

#[test]
fn characters_at_the_edges_of_what_sqs_takes() {
    let sent = ["\t", "\n", "\r", " ", "\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{10000}", "\u{10ffff}"];
    let refused = ["", "\0", "\u{8}", "\u{b}", "\u{c}", "\u{e}", "\u{1f}", "\u{fffe}", "\u{ffff}"];
    assert!(sent.iter().all(|text| attributes::is_sendable(text)));
    assert!(!refused.iter().any(|text| attributes::is_sendable(text)));
}

#[test]
fn a_batch_has_ten_entries_and_the_bytes_of_its_service() {
    for limits in [plan::SQS, plan::SNS] {
        for (entries, is_one) in around(limits.entries) {
            assert_eq!(batches(vec![1; entries], limits).len() == 1, is_one, "{entries}");
        }
        for (bytes, is_one) in around(limits.bytes) {
            assert_eq!(batches([bytes - 1, 1], limits).len() == 1, is_one, "{bytes}");
        }
    }
}

#[test]
fn a_part_of_a_body_has_350_000_bytes_at_most() {
    // A generator of bytes that cannot be compressed.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(2 * PART_MAX)
    .collect();
    let Parts::Split(parts) = Packed::pack(&noise, 0).parts else { panic!("not split") };
    assert_eq!(parts[0].len(), PART_MAX);
    assert!(parts.iter().all(|part| part.len() <= PART_MAX));
    let Parts::Inline(whole) = Packed::pack(&noise[..1000], PART_MAX).parts else { panic!("split") };
    for (inline_max, is_inline) in [(whole.len() - 1, false), (whole.len(), true), (whole.len() + 1, true)] {
        assert_eq!(matches!(Packed::pack(&noise[..1000], inline_max).parts, Parts::Inline(_)), is_inline);
    }
}

async fn asked(office: &Office, action: &str, more: Value) -> Option<Code> {
    office.ask(action, more).await.err().map(|failure| failure.error.code)
}

#[test]
fn a_request_names_a_thousand_cases_and_a_page_has_five_hundred() {
    run(async {
        let office = Office::new();
        for (count, is_taken) in around(IDS_MAX) {
            let ids: Vec<String> = (0..count).map(|at| format!("{at:032x}")).collect();
            let refused = asked(&office, "list", json!({ "select": { "ids": ids } })).await;
            assert_eq!(refused.is_none(), is_taken, "{count}: {refused:?}");
        }
        let world = &office.world;
        for units in 0..=LIST_MAX {
            world.send(samples::without_number(u32::try_from(units + 1).unwrap()));
        }
        world.drain(&office.intake).await;
        for (limit, shown) in [(LIST_MAX - 1, LIST_MAX - 1), (LIST_MAX, LIST_MAX), (LIST_MAX + 1, LIST_MAX)] {
            let page = office.ask("list", json!({ "limit": limit })).await.unwrap();
            assert_eq!(page["cases"].as_array().unwrap().len(), shown, "{limit}");
        }
    });
}

#[test]
fn what_people_write_has_a_most_and_what_is_longer_is_refused_whole() {
    run(async {
        let (office, ids) = Office::holding([samples::without_number(1)]).await;
        for (field, limit) in [("note", 2_000), ("owner", 200), ("ticket", 200)] {
            for (length, is_taken) in around(limit) {
                let text = "ñ".repeat(length);
                let refused =
                    asked(&office, "annotate", json!({ "select": one(&ids[0]), field: text })).await;
                assert_eq!(refused, (!is_taken).then_some(Code::TooMany), "{field} of {length}");
            }
        }
        for (length, is_taken) in around(256) {
            let ask = json!({ "action": "list", "actor": "ñ".repeat(length) }).to_string();
            assert_eq!(office.redrive.ask(&ask).await.unwrap().is_ok(), is_taken, "an actor of {length}");
        }
        for (length, is_taken) in [(1_001, false), (1_000, true)] {
            let more = json!({ "select": one(&ids[0]), "reason": "ñ".repeat(length) });
            assert_eq!(asked(&office, "discard", more).await.is_none(), is_taken, "a reason of {length}");
        }
    });
}
