use aduana_invoice::{Category, Severity, Summary, Violation};
use proptest::prelude::*;

use super::*;

fn violation(code: &'static str, path: String) -> Violation {
    Violation {
        code,
        category: Category::Data,
        severity: Severity::Error,
        path,
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    }
}

fn reasons(count: usize) -> Reasons {
    let violations =
        (0..count.max(1)).map(|line| violation("BR-24", format!("/lines/{line}/net_amount"))).collect();
    Reasons::new(violations, &Summary::default())
}

fn packed(body: &[u8], producer: &[Attribute], reasons: &Reasons) -> HeldMessage {
    pack(&ToHold { id: &id(), attempt: 1, source: &source(), ruleset: "1.0", reasons, body, producer })
}

fn id() -> CaseId {
    CaseId::parse(&"0123456789abcdef".repeat(2)).unwrap()
}

fn source() -> Source {
    Source::Sqs { queue: "aduana-invoices".to_owned() }
}

#[test]
fn what_is_no_list_of_attributes_is_reported_as_that() {
    let error = from_json(br#"{"Name":1}"#).unwrap_err();
    assert_eq!(error.to_string(), "read the producer's attributes: not the JSON that was written");
}

/// All of SQS's limits on one message.
fn assert_sendable(message: &HeldMessage) {
    assert!(message.size() <= MESSAGE_MAX, "{} bytes", message.size());
    assert!(is_sendable(&message.body));
    assert!(message.attributes.len() <= COUNT_MAX, "{} attributes", message.attributes.len());
    for attribute in &message.attributes {
        assert!(is_sendable_attribute(attribute), "{attribute:?}");
    }
    let names: BTreeSet<_> = message.attributes.iter().map(|attribute| &attribute.name).collect();
    assert_eq!(names.len(), message.attributes.len(), "a name twice");
}

fn text<'a>(message: &'a HeldMessage, name: &str) -> Option<&'a str> {
    message.attributes.iter().find(|attribute| attribute.name == name).and_then(Attribute::as_text)
}

fn sorted(mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes.sort();
    attributes
}

/// What SQS can deliver: at most ten, valid names, each once; ours among the names.
fn from_sqs() -> impl Strategy<Value = Vec<Attribute>> {
    let name = prop_oneof![
        3 => "[A-Za-z0-9_-]{1,12}(\\.[a-z]{1,5})?".prop_filter("reserved by AWS", |name| is_sendable_name(name)),
        1 => proptest::sample::select(&names::OURS[..]).prop_map(str::to_owned),
    ];
    let value = prop_oneof![
        4 => "[a-zñ€😀\\t\\n ]{1,40}".prop_map(|value| AttributeValue::Text { data_type: "String".to_owned(), value }),
        1 => (1..30_000_usize).prop_map(|n| AttributeValue::Text { data_type: "String.big".to_owned(), value: "x".repeat(n) }),
        1 => "-?[0-9]{1,9}".prop_map(|value| AttributeValue::Text { data_type: "Number.int".to_owned(), value }),
        2 => proptest::collection::vec(any::<u8>(), 1..60)
            .prop_map(|value| AttributeValue::Binary { data_type: "Binary".to_owned(), value }),
    ];
    proptest::collection::btree_map(name, value, 0..=10)
        .prop_map(|map| map.into_iter().map(|(name, value)| Attribute { name, value }).collect())
}

/// What Kafka can deliver: any names and values, twice and empty included.
fn from_kafka() -> impl Strategy<Value = Vec<Attribute>> {
    let value = prop_oneof![
        any::<String>().prop_map(|value| AttributeValue::Text { data_type: "String".to_owned(), value }),
        proptest::collection::vec(any::<u8>(), 0..60)
            .prop_map(|value| AttributeValue::Binary { data_type: "Binary".to_owned(), value }),
    ];
    let name =
        prop_oneof![any::<String>(), "[a-c]", Just("AWS.x".to_owned()), Just("\u{FFFE}\u{FFFF}".to_owned())];
    proptest::collection::vec((name, value).prop_map(|(name, value)| Attribute { name, value }), 0..30)
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "\\PC{1,200}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        2 => (MESSAGE_MAX - 6000..MESSAGE_MAX + 10).prop_map(|size| vec![b'x'; size]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_packed_keeps_the_limits_and_comes_back_whole(
        producer in prop_oneof![from_sqs(), from_kafka()],
        body in bodies(),
        errors in 0..400_usize,
    ) {
        let message = packed(&body, &producer, &reasons(errors));
        assert_sendable(&message);

        let carried = unpack(&message.attributes).unwrap();
        prop_assert_eq!((carried.case, carried.attempt), (id(), 2));
        prop_assert_eq!(carried.source, Some(source()));
        match carried.producer {
            Producer::Here(attributes) => prop_assert_eq!(sorted(attributes), sorted(producer)),
            Producer::InCaseFile { .. } => prop_assert!(producer.iter().map(Attribute::size).sum::<usize>() > 100_000),
        }
        if let Some(claim) = ClaimCheck::parse(message.body.as_bytes()) {
            prop_assert_eq!(claim.sha256, aduana_invoice::Fingerprint::of(&body).to_string());
        } else {
            prop_assert_eq!(message.body.as_bytes(), body.as_slice());
        }
    }

    #[test]
    fn attributes_as_json_come_back_whole(attributes in from_kafka()) {
        let json = to_json(&attributes);
        prop_assert!(is_sendable(&json));
        prop_assert_eq!(from_json(json.as_bytes()), Ok(attributes));
    }

    #[test]
    fn whatever_arrives_is_unpacked(attributes in from_kafka(), packed in any::<String>()) {
        let mut attributes = attributes;
        attributes.push(Attribute::text(names::INVALID_MESSAGE_ID, id().as_str()));
        attributes.push(Attribute::text(names::REASONS, packed.clone()));
        attributes.push(Attribute::text(names::PRODUCER_ATTRIBUTES, packed));
        prop_assert!(unpack(&attributes).is_some());
    }
}

#[test]
fn five_of_a_producer_stay_beside_ours_and_the_sixth_moves() {
    let producer = |count| (0..count).map(|n| Attribute::text(format!("P{n}"), "v")).collect::<Vec<_>>();
    let names = |count| {
        let message = packed(b"{}", &producer(count), &reasons(1));
        message.attributes.iter().map(|attribute| attribute.name.clone()).collect::<Vec<_>>().split_off(5)
    };
    assert_eq!(names(0), [""; 0]);
    assert_eq!(names(5), ["P0", "P1", "P2", "P3", "P4"]);
    assert_eq!(names(6), ["P0", "P1", "P2", "P3", "ProducerAttributes"]);
    assert_eq!(names(10), ["P0", "P1", "P2", "P3", "ProducerAttributes"]);
}

#[test]
fn reasons_take_4_kib_and_say_how_many_there_are() {
    let message = packed(b"{}", &[], &reasons(1000));
    let reasons = text(&message, names::REASONS).unwrap();
    assert!((4000..=REASONS_MAX).contains(&reasons.len()), "{}", reasons.len());
    assert!(reasons.contains(r#""count":1000"#), "{reasons}");
    assert!(reasons.contains(r#"["BR-24","/lines/0/net_amount"]"#));
}

#[test]
fn reasons_fill_4096_bytes_and_the_one_that_does_not_fit_is_left_off_and_counted() {
    let two = |path: usize| {
        let violations = vec![violation("BR-24", "/a".to_owned()), violation("BR-25", "x".repeat(path))];
        Reasons::new(violations, &Summary::default())
    };
    let around = text(&packed(b"{}", &[], &two(0)), names::REASONS).unwrap().len();
    for (size, listed) in [(REASONS_MAX - 1, 2), (REASONS_MAX, 2), (REASONS_MAX + 1, 1)] {
        let message = packed(b"{}", &[], &two(size - around));
        let json = text(&message, names::REASONS).unwrap();
        assert_eq!(json.matches("[\"BR-").count(), listed, "{size}");
        assert!(json.contains(r#""count":2"#));
        if listed == 2 {
            assert_eq!(json.len(), size);
        }
    }
}

#[test]
fn reasons_shrink_before_the_body_does() {
    let bare = packed(b"{}", &[], &reasons(1000));
    let others = bare.size() - bare.body.len() - text(&bare, names::REASONS).unwrap().len();
    let body = vec![b'x'; MESSAGE_MAX - others - 200];
    let message = packed(&body, &[], &reasons(1000));
    assert_eq!(message.body.len(), body.len());
    assert!(text(&message, names::REASONS).unwrap().len() <= 200);
    assert_sendable(&message);
}

#[test]
fn a_body_that_does_not_fit_is_replaced_by_a_claim_check() {
    let body = vec![b'x'; MESSAGE_MAX];
    let message = packed(&body, &[], &reasons(1));
    let claim = ClaimCheck::parse(message.body.as_bytes()).unwrap();
    assert_eq!((claim.case_id, claim.attempt, claim.size), (id(), 1, body.len()));
    assert_eq!(claim.why, "too_large");
}

#[test]
fn a_body_that_sqs_refuses_is_replaced_by_a_claim_check() {
    for body in [&b"a\0b"[..], b"", b"\xFF", "\u{FFFF}".as_bytes()] {
        let message = packed(body, &[], &reasons(1));
        assert_eq!(ClaimCheck::parse(message.body.as_bytes()).unwrap().why, "characters");
    }
}

#[test]
fn attributes_that_do_not_fit_are_named() {
    let producer = vec![Attribute::text("Big", "x".repeat(MESSAGE_MAX - 100))];
    let message = packed(b"{}", &producer, &reasons(1));
    assert_sendable(&message);
    assert_eq!(message.body, "{}");
    assert_eq!(unpack(&message.attributes).unwrap().producer, Producer::InCaseFile { attempt: 1 });
}

#[test]
fn producers_attributes_that_cannot_be_read_are_kept_as_they_are() {
    let own = Attribute::text(names::INVALID_MESSAGE_ID, id().as_str());
    for altered in
        ["", "[", "{}", r#"[{"name":"a","type":"String"}]"#, r#"[{"name":"a","type":"Binary","base64":"?"}]"#]
    {
        let theirs = Attribute::text(names::PRODUCER_ATTRIBUTES, altered);
        let carried = unpack(&[own.clone(), theirs.clone()]).unwrap();
        assert_eq!(carried.producer, Producer::Here(vec![theirs]), "{altered}");
    }
}

#[test]
fn a_message_without_a_case_is_all_its_producers() {
    for id in [None, Some("not an id")] {
        let mut attributes = vec![Attribute::text("Source", "ERP"), Attribute::text("ReasonCode", "42")];
        attributes.extend(id.map(|id| Attribute::text(names::INVALID_MESSAGE_ID, id)));
        assert_eq!(unpack(&attributes), None);
    }
}

#[test]
fn a_resent_message_says_its_attempt_and_a_moved_one_is_the_next() {
    let marked = |more: &[Attribute]| {
        let mut attributes = vec![Attribute::text(names::INVALID_MESSAGE_ID, id().as_str())];
        attributes.extend_from_slice(more);
        unpack(&attributes).unwrap().attempt
    };
    let reasons = Attribute::text(names::REASONS, r#"{"ruleset":"1.0","attempt":4,"count":1,"reasons":[]}"#);
    assert_eq!(marked(&[Attribute::number(names::ATTEMPT, 3)]), 3);
    assert_eq!(marked(&[Attribute::number(names::ATTEMPT, 3), reasons.clone()]), 3);
    assert_eq!(marked(std::slice::from_ref(&reasons)), 5);
    assert_eq!(marked(&[]), 2);
    for wrong in ["0", "-1", "x", "99999999999"] {
        assert_eq!(marked(&[Attribute::text(names::ATTEMPT, wrong), reasons.clone()]), 5, "{wrong}");
    }
}

/// Three of the ten attributes of a message are ours.
#[test]
fn a_message_sent_again_carries_seven_attributes_of_the_producer_as_they_are() {
    for (theirs, as_they_are) in [(6, 6), (7, 7), (8, 6)] {
        let producer: Vec<Attribute> = (0..theirs).map(|n| Attribute::text(format!("P{n}"), "v")).collect();
        let message = pack_resend(&ToResend {
            id: &id(),
            attempt: 2,
            version: crate::message::BodyVersion::received(1),
            source: "sqs:q",
            body: b"{}",
            producer: &producer,
            group: String::new(),
        });
        let kept = message.attributes.iter().filter(|attribute| producer.contains(attribute)).count();
        assert_eq!((kept, message.attributes.len()), (as_they_are, 10.min(3 + theirs)), "{theirs}");
    }
}
