use super::*;
use crate::body::Packed;
use crate::trail::verify;

fn violation(code: &'static str, category: Category, path: &str) -> Violation {
    Violation {
        code,
        category,
        severity: Severity::Error,
        path: path.to_owned(),
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    }
}

fn case(attempt: u32, body: &str) -> NewCase {
    let summary = Summary::default();
    NewCase {
        id: CaseId::parse(&"0".repeat(32)).unwrap(),
        attempt,
        source: Source::Sqs { queue: "q".to_owned() },
        sender: None,
        message_id: "m".to_owned(),
        received_at_ms: 0,
        seen_at_ms: 1000,
        fingerprint: Fingerprint::of(body.as_bytes()),
        body: Packed::pack(body.as_bytes(), 0),
        producer_attributes: None,
        ruleset: "1.0".to_owned(),
        reasons: Reasons::new(vec![violation("BR-02", Category::Structure, "")], &summary),
        summary,
    }
}

/// A head as a case file would have written it after these messages, and its trail.
fn held(cases: &[NewCase]) -> (CaseHead, Vec<Event>) {
    let mut head: Option<CaseHead> = None;
    let mut trail = Vec::new();
    for case in cases {
        let (HoldStep::Open(event) | HoldStep::Reopen(event)) = on_hold(head.as_ref(), case) else {
            panic!("not held")
        };
        let mut bodies = head.map(|head| head.bodies).unwrap_or_default();
        bodies.push(case.fingerprint.to_string());
        head = Some(CaseHead {
            state: State::Open,
            attempt: case.attempt,
            fingerprint: case.fingerprint.to_string(),
            source: case.source.clone(),
            sender: None,
            bodies,
            corrections: Vec::new(),
            queued: false,
            alerted: false,
            correction: None,
            in_flight: None,
            trail: event.end(),
        });
        trail.push(event);
    }
    (head.unwrap(), trail)
}

fn resolution(attempt: u32, body: &str) -> Resolution {
    let fingerprint = Fingerprint::of(body.as_bytes());
    Resolution {
        attempt,
        invoice: aduana_invoice::InvoiceKey { seller: "s".to_owned(), document: "n".to_owned() },
        fingerprint,
        at_ms: 2000,
    }
}

fn reply(head: &CaseHead, case: &NewCase) -> HoldReply {
    match on_hold(Some(head), case) {
        HoldStep::Reply(reply) => reply,
        step => panic!("{step:?}"),
    }
}

fn already(attempt: u32, queued: bool, alerted: bool) -> HoldReply {
    HoldReply::AlreadyHeld { attempt, queued, alerted }
}

#[test]
fn the_same_delivery_again_writes_nothing_and_says_what_is_done() {
    let (head, _) = held(&[case(1, "a")]);
    assert_eq!(reply(&head, &case(1, "a")), already(1, false, false));
    let head = CaseHead { queued: true, ..head };
    assert_eq!(reply(&head, &case(1, "a")), already(1, true, false));
    let head = CaseHead { queued: false, state: State::Resending, ..head };
    assert_eq!(reply(&head, &case(1, "a")), already(1, true, true));
}

#[test]
fn a_redelivery_of_what_became_a_later_attempt_finds_it() {
    let (head, _) = held(&[case(1, "a"), case(2, "b"), case(3, "c")]);
    assert_eq!(reply(&head, &case(2, "c")), already(3, false, false));
}

#[test]
fn a_later_attempt_opens_the_case_again_whatever_state_it_is_in() {
    for state in
        [State::Open, State::Resending, State::Resent, State::Parked, State::Resolved, State::Discarded]
    {
        let head = CaseHead { state, ..held(&[case(1, "a")]).0 };
        let HoldStep::Reopen(event) = on_hold(Some(&head), &case(2, "b")) else { panic!("{state:?}") };
        assert_eq!((event.seq, event.act.as_str(), event.attempt), (2, "refused", 2));
        assert_eq!((&event.before, &event.prev), (&head.fingerprint, &head.trail.hash));
    }
}

#[test]
fn an_old_copy_of_a_closed_case_opens_nothing() {
    let head = CaseHead { state: State::Resolved, ..held(&[case(1, "a")]).0 };
    assert_eq!(reply(&head, &case(2, "a")), HoldReply::Superseded);
}

#[test]
fn an_earlier_attempt_is_a_late_copy_or_a_stranger() {
    let (head, _) = held(&[case(1, "a"), case(2, "b")]);
    assert_eq!(reply(&head, &case(1, "a")), HoldReply::Superseded);
    assert_eq!(reply(&head, &case(1, "x")), HoldReply::Occupied { attempt: 2 });
    assert_eq!(reply(&head, &case(2, "x")), HoldReply::Occupied { attempt: 2 });
}

#[test]
fn a_stored_invoice_closes_its_case_and_no_strangers() {
    let id = case(1, "a").id;
    let (head, _) = held(&[case(1, "a")]);
    let head = CaseHead { corrections: vec![Fingerprint::of(b"b").to_string()], ..head };
    assert_eq!(on_resolve(&id, None, &resolution(2, "b")), ResolveStep::Reply(ResolveReply::NoCase));
    for attempt in [1, 2, u32::MAX] {
        let foreign = on_resolve(&id, Some(&head), &resolution(attempt, "x"));
        assert_eq!(foreign, ResolveStep::Reply(ResolveReply::Foreign));
    }
    for (attempt, body) in [(2, "b"), (1, "a")] {
        let ResolveStep::Close(event) = on_resolve(&id, Some(&head), &resolution(attempt, body)) else {
            panic!("attempt {attempt}")
        };
        assert_eq!((event.act.as_str(), event.seq, event.attempt), ("stored", 2, attempt));
    }
    let head = CaseHead { state: State::Resolved, ..head };
    let again = on_resolve(&id, Some(&head), &resolution(2, "b"));
    assert_eq!(again, ResolveStep::Reply(ResolveReply::AlreadyResolved));
}

#[test]
fn a_missing_or_altered_event_shows() {
    let messages = [case(1, "a"), case(2, "b"), case(3, "c")];
    let (head, trail) = held(&messages);
    let id = &messages[0].id;
    assert_eq!(verify(id, &trail, &head.trail), Ok(()));
    assert_eq!(verify(id, &trail[..2], &head.trail), Err(3));
    assert_eq!(verify(id, &trail[1..], &head.trail), Err(1));
    let mut altered = trail.clone();
    altered[1].actor = "somebody".to_owned();
    assert_eq!(verify(id, &altered, &head.trail), Err(2));
    let mut gap = trail.clone();
    gap.remove(1);
    assert_eq!(verify(id, &gap, &head.trail), Err(2));
    let (_, another) = held(&[case(1, "x"), case(2, "b")]);
    assert_eq!(
        verify(id, &[trail[0].clone(), another[1].clone()], &another[1].end()),
        Err(2),
        "of another trail"
    );
    let other = CaseId::parse(&"1".repeat(32)).unwrap();
    assert_eq!(verify(&other, &trail, &head.trail), Err(1));
    assert_eq!(trail[2].item(), "event:000003");
}

#[test]
fn a_group_is_the_codes_and_places_of_one_seller() {
    let group = |places: &[(&'static str, &str)], seller: &str| {
        let violations = places.iter().map(|(code, path)| violation(code, Category::Data, path)).collect();
        let key = aduana_invoice::InvoiceKey { seller: seller.to_owned(), document: "n".to_owned() };
        Reasons::new(violations, &Summary { key: Some(key), ..Summary::default() }).group
    };
    let one = group(&[("BR-24", "/lines/0/net_amount")], "s");
    assert_eq!(one.id.len(), 16);
    assert_eq!(one.label, "BR-24 /lines/*/net_amount");
    assert_eq!(one, group(&[("BR-24", "/lines/7/net_amount"), ("BR-24", "/lines/9/net_amount")], "s"));
    assert_ne!(one.id, group(&[("BR-24", "/lines/0/net_amount")], "t").id);
    assert_ne!(one.id, group(&[("BR-24", "/lines/0/net_amount"), ("BR-02", "")], "s").id);
    let nameless = |seller: &str| {
        let summary = Summary { seller: Some(seller.to_owned()), ..Summary::default() };
        Reasons::new(vec![violation("BR-02", Category::Structure, "/number")], &summary).group
    };
    assert_ne!(nameless("s").id, nameless("t").id);
    assert_eq!(group(&[("BR-02", ""), ("BR-24", "/lines/0/net_amount")], "s").label, "BR-02 +1");
}

#[test]
fn the_code_is_the_first_errors_and_the_category_the_worst() {
    let warning =
        Violation { severity: Severity::Warning, ..violation("FE-R-003", Category::Structure, "/due_date") };
    let violations = vec![
        violation("BR-CO-15", Category::Data, "/totals/tax_inclusive"),
        violation("FE-R-001", Category::Range, "/issue_date"),
        violation("BR-CO-15", Category::Data, "/totals/tax_inclusive"),
        warning,
    ];
    let reasons = Reasons::new(violations, &Summary::default());
    assert_eq!((reasons.code, reasons.category, reasons.count), ("BR-CO-15", Category::Data, 3));
    assert_eq!(reasons.codes(), ["BR-CO-15", "FE-R-001"]);
    assert_eq!(reasons.listed.len(), 4);
}

#[test]
fn reasons_never_fill_the_item() {
    let long = Violation {
        actual: Some("é".repeat(120)),
        ..violation("BR-24", Category::Data, "/lines/1/net_amount")
    };
    let reasons = Reasons::new(vec![long; 5000], &Summary::default());
    assert_eq!(reasons.count, 5000);
    assert!(reasons.listed.len() > 500 && reasons.listed.len() < 5000);
}

/// A violation that takes so many bytes in the table, by a value that was found.
fn of_size(bytes: usize) -> Violation {
    let bare = Violation { actual: Some(String::new()), ..violation("BR-02", Category::Data, "/number") };
    Violation { actual: Some("x".repeat(bytes - size_in_table(&bare))), ..bare }
}

#[test]
fn a_reason_of_16_kib_is_kept_whole_and_a_larger_one_by_its_code_and_place() {
    for (bytes, is_whole) in
        [(REASON_BYTES_MAX - 1, true), (REASON_BYTES_MAX, true), (REASON_BYTES_MAX + 1, false)]
    {
        let given = of_size(bytes);
        assert_eq!(size_in_table(&given), bytes);
        let reasons = Reasons::new(vec![given.clone()], &Summary::default());
        let [listed] = reasons.listed.as_slice() else { panic!("one reason") };
        assert_eq!((listed.code, listed.path.as_str()), ("BR-02", "/number"));
        assert_eq!(listed.actual, given.actual.filter(|_| is_whole), "{bytes}");
    }
}

#[test]
fn reasons_of_256_kib_are_listed_and_of_one_byte_more_all_but_the_last() {
    const EACH: usize = 16_000;
    const ALL_BUT_LAST: usize = EACH * 16;
    let max = Reasons::BYTES_MAX;
    for (bytes, listed) in [(max - 1, 17), (max, 17), (max + 1, 16)] {
        let mut violations = vec![of_size(EACH); 16];
        violations.push(of_size(bytes - ALL_BUT_LAST));
        let reasons = Reasons::new(violations, &Summary::default());
        assert_eq!((reasons.listed.len(), reasons.count), (listed, 17), "{bytes}");
    }
}

#[test]
fn a_state_goes_by_its_name() {
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
    }
    assert_eq!((State::parse("Open"), State::parse("")), (None, None));
}

#[test]
fn only_what_was_waited_for_ends_a_correction() {
    let (head, _) = held(&[case(1, "a")]);
    let waiting = |fingerprint: &str| Some(fingerprint.to_owned());
    let head = CaseHead { correction: waiting("b"), in_flight: waiting("c"), ..head };
    assert!(head.ends_correction("b") && !head.ends_correction("c") && !head.ends_correction("a"));
    assert!(head.ends_in_flight("c") && !head.ends_in_flight("b") && !head.ends_in_flight("a"));
    let head = CaseHead { correction: None, in_flight: None, ..head };
    assert!(!head.ends_correction("b") && !head.ends_in_flight("c"));
}

/// What it says at length can be had again from the body; its code and its place stay.
#[test]
fn a_reason_that_is_too_long_keeps_its_code_and_its_place() {
    let long = || "x".repeat(REASON_BYTES_MAX);
    let reason = || violation("BR-02", Category::Structure, "/number");
    let patch = |value: String| {
        vec![aduana_invoice::PatchOp::Replace { path: "/number".to_owned(), value: value.into() }]
    };
    for too_long in [
        Violation { expected: Some(long().into()), ..reason() },
        Violation { actual: Some(long()), ..reason() },
        Violation { suggestion: patch(long()), ..reason() },
    ] {
        let full = Violation {
            expected: too_long.expected.clone().or(Some("e".into())),
            actual: too_long.actual.clone().or(Some("a".to_owned())),
            suggestion: if too_long.suggestion.is_empty() {
                patch("s".to_owned())
            } else {
                too_long.suggestion
            },
            ..too_long
        };
        assert_eq!(bounded(vec![full, reason()]), [reason(), reason()]);
    }
    let short = Violation { expected: Some("e".into()), actual: Some("a".to_owned()), ..reason() };
    assert_eq!(bounded(vec![short.clone()]), [short]);
}

#[test]
fn the_bytes_of_a_reason_are_those_of_its_texts_and_some_for_names() {
    let bare = violation("BR-02", Category::Structure, "");
    let long = |bytes: usize| "x".repeat(bytes);
    let more = |violation: Violation| size_in_table(&violation) - size_in_table(&bare);
    assert_eq!(more(Violation { path: long(10), ..bare.clone() }), 10);
    assert_eq!(more(Violation { expected: Some(long(20).into()), ..bare.clone() }), 20);
    assert_eq!(more(Violation { actual: Some(long(30)), ..bare.clone() }), 30);
    let all =
        Violation { path: long(10), expected: Some(long(20).into()), actual: Some(long(30)), ..bare.clone() };
    assert_eq!(more(all), 60);
    assert!(size_in_table(&bare) >= 160);
}
