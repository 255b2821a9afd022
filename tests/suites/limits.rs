//! Every limit that AWS sets or we do, tried just below, at it and just above.
//!
//! Here are the tests that need no private part; the table in `limits_table.rs` names the test of each limit, wherever it is.

mod alerts;
mod invoice;
mod redrive;

use aduana_cases::attributes::{self, COUNT_MAX, MESSAGE_MAX, ToHold, unpack};
use aduana_cases::case::Reasons;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, AttributeValue, CaseId, Source};
use aduana_cases::plan::{self, batches};
use aduana_cases::ports::HeldMessage;
use aduana_invoice::Summary;

use crate::judges::violation;

/// One below, the limit, one above; and whether each is within.
fn around(limit: usize) -> [(usize, bool); 3] {
    [(limit - 1, true), (limit, true), (limit + 1, false)]
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
        let came_back = unpack(&message.attributes).unwrap().producer;
        assert_eq!(came_back, attributes::Producer::Here(producer.into()));
    }
}

#[test]
fn a_type_of_256_characters_is_sent_as_it_is_and_a_longer_one_in_ours() {
    for (length, is_sent) in around(256) {
        let data_type = format!("String.{}", "t".repeat(length - "String.".len()));
        let value = AttributeValue::Text { data_type, value: "v".to_owned() };
        let producer = [Attribute { name: "n".to_owned(), value }];
        let message = packed(b"{}", &producer, 1);
        assert_eq!(message.attributes.contains(&producer[0]), is_sent, "{length}");
        assert_eq!(
            unpack(&message.attributes).unwrap().producer,
            attributes::Producer::Here(producer.into())
        );
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
