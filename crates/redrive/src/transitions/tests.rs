use super::*;
use crate::ports::CaseLine;
use aduana_cases::trail::TrailEnd;

const NOW_MS: i64 = 1_000_000;

fn record(state: State) -> CaseRecord {
    let text = String::new;
    CaseRecord {
        line: CaseLine {
            id: CaseId::parse(&"0".repeat(32)).unwrap(),
            state,
            attempt: 1,
            sender: None,
            source: "sqs:q".to_owned(),
            received_at: text(),
            first_seen: text(),
            last_seen: text(),
            queued_at: None,
            reason_code: text(),
            reason_category: aduana_invoice::Category::Data,
            reason_count: 1,
            codes: Vec::new(),
            group_id: text(),
            group_label: text(),
            seller: None,
            seller_name: None,
            number: None,
            issue_date: None,
            currency: None,
            payable: None,
            owner: None,
            ticket: None,
        },
        version: 7,
        fingerprint: "a".to_owned(),
        bodies: vec!["a".to_owned()],
        alerted_at: None,
        ruleset: text(),
        buyer_name: None,
        resolved_at: None,
        ended_at: None,
        stored: None,
        trail: TrailEnd { seq: 3, hash: "h".to_owned() },
        redrive_state: RedriveState {
            claim: (state == State::Resending).then(|| claim("other", NOW_MS + 1)),
            ..RedriveState::default()
        },
    }
}

fn claim(owner: &str, until_ms: i64) -> Claim {
    Claim { owner: owner.to_owned(), until_ms }
}

const BY: Audit<'_> = Audit { actor: "ana", way: Way::Url, reason: "why", at_ms: NOW_MS };

fn written(step: Transition) -> Change {
    match step {
        Transition::Write(change) => *change,
        step => panic!("{step:?}"),
    }
}

fn take(record: &CaseRecord) -> Transition {
    on_claim(record, BY, claim("mine", NOW_MS + 5), 5, false)
}

fn correct(record: &CaseRecord, fingerprint: &str, overridden: bool) -> Transition {
    on_correct(record, BY, fingerprint, Packed::pack(b"{}", 0), overridden)
}

/// What a step does: the state that it writes, `None` for nothing, or why not.
type End = Result<Option<State>, Code>;

/// A step, with the rest of its command given.
type Act = fn(&CaseRecord) -> Transition;

fn end(step: Transition) -> End {
    match step {
        Transition::Write(change) => Ok(Some(change.state)),
        Transition::Nothing => Ok(None),
        Transition::Refuse(code) => Err(code),
    }
}

#[test]
fn each_act_moves_a_case_along_its_arrows_and_along_no_other() {
    use State::{Discarded, Open, Parked, Resending, Resent, Resolved};
    let wrong = Err(Code::WrongState);
    let held = Err(Code::Claimed);
    // In the order of these states.
    let states = [Open, Parked, Resending, Resent, Discarded, Resolved];
    let table: [(&str, Act, [End; 6]); 9] = [
        ("claim", take, [Ok(Some(Resending)), Err(Code::Parked), held, wrong, wrong, wrong]),
        ("sent", |it| on_sent(it, BY, "mine"), [Ok(None); 6]),
        ("lapse", |it| on_lapsed(it, BY), [Ok(None); 6]),
        (
            "return",
            |it| on_returned(it, BY, 2),
            [Ok(None), Ok(None), Ok(Some(Open)), Ok(Some(Open)), Ok(None), Ok(None)],
        ),
        (
            "correct",
            |it| correct(it, "b", false),
            [Ok(Some(Open)), Ok(Some(Parked)), held, wrong, wrong, wrong],
        ),
        (
            "discard",
            |it| on_discard(it, BY),
            [Ok(Some(Discarded)), Ok(Some(Discarded)), held, wrong, Ok(None), wrong],
        ),
        (
            "reopen",
            |it| on_reopen(it, BY),
            [Ok(None), Err(Code::Parked), held, Ok(Some(Open)), Ok(Some(Open)), wrong],
        ),
        ("release", |it| on_release(it, BY), [Ok(None), Ok(Some(Open)), wrong, wrong, wrong, wrong]),
        ("view", |it| on_view(it, BY), states.map(|state| Ok(Some(state)))),
    ];
    for (name, act, ends) in table {
        for (state, expected) in states.into_iter().zip(ends) {
            assert_eq!(end(act(&record(state))), expected, "{name} on {state:?}");
        }
    }
}

#[test]
fn a_claim_notes_what_will_be_under_way_and_a_mark_ends_it() {
    let open = record(State::Open);
    let change = written(take(&open));
    assert_eq!((change.version, change.event.seq, change.event.attempt), (7, 4, 2));
    assert_eq!((change.event.actor.as_str(), change.event.reason.as_str()), ("ana", "why"));
    assert_eq!(change.redrive_state.in_flight, Some(InFlight { fingerprint: "a".to_owned(), sends: 1 }));
    let claimed = open.after(&change);
    assert_eq!((claimed.version, claimed.state()), (8, State::Resending));
    assert_eq!(take(&claimed), Transition::Nothing, "it is this call's own");
    assert_eq!(on_sent(&claimed, BY, "other"), Transition::Nothing);
    let sent = written(on_sent(&claimed, BY, "mine"));
    assert_eq!((sent.state, sent.redrive_state.claim), (State::Resent, None));
    assert!(sent.redrive_state.in_flight.is_some(), "until its outcome");
}

#[test]
fn a_claim_ends_when_its_time_is_over_and_not_before() {
    let at = |at_ms| Audit { at_ms, ..BY };
    let claimed = record(State::Open).after(&written(take(&record(State::Open))));
    assert_eq!(on_lapsed(&claimed, at(NOW_MS + 4)), Transition::Nothing);
    let lapsed = written(on_lapsed(&claimed, at(NOW_MS + 5)));
    assert_eq!((lapsed.state, lapsed.redrive_state.claim), (State::Open, None));
    assert!(lapsed.redrive_state.in_flight.is_some(), "it may have been sent");
    let again = written(on_claim(&claimed, at(NOW_MS + 5), claim("other", NOW_MS + 9), 5, false));
    assert_eq!(again.redrive_state.in_flight.map(|sent| sent.sends), Some(2));
    let parked = written(on_claim(&claimed, at(NOW_MS + 5), claim("other", NOW_MS + 9), 1, false));
    assert_eq!((parked.state, parked.redrive_state.claim), (State::Parked, None));
    let correct = |at_ms| on_correct(&claimed, at(at_ms), "b", Packed::pack(b"b", 0), false);
    assert_eq!(end(correct(NOW_MS + 4)), Err(Code::Claimed));
    assert_eq!(end(correct(NOW_MS + 5)), Err(Code::WrongState), "it is opened first");
}

#[test]
fn what_was_certainly_not_sent_is_not_under_way() {
    let claimed = record(State::Open).after(&written(take(&record(State::Open))));
    assert_eq!(written(on_unsent(&claimed, BY, "mine", true)).redrive_state.in_flight, None);
    assert!(written(on_unsent(&claimed, BY, "mine", false)).redrive_state.in_flight.is_some());
    assert_eq!(on_unsent(&claimed, BY, "other", true), Transition::Nothing);
    // One of two is still on its way.
    let mut twice = claimed;
    twice.redrive_state.in_flight = Some(InFlight { fingerprint: "a".to_owned(), sends: 2 });
    let left = written(on_unsent(&twice, BY, "mine", true)).redrive_state.in_flight;
    assert_eq!(left.map(|sent| sent.sends), Some(1));
}

#[test]
fn while_one_body_may_be_in_flight_no_other_is_stored_or_sent() {
    let mut open = record(State::Open);
    open.redrive_state.in_flight = Some(InFlight { fingerprint: "a".to_owned(), sends: 1 });
    assert_eq!(end(correct(&open, "b", false)), Err(Code::MayBeInFlight));
    assert_eq!(end(take(&open)), Ok(Some(State::Resending)), "the same body may");
    let corrected = open.clone().after(&written(correct(&open, "b", true)));
    assert_eq!(end(take(&corrected)), Err(Code::MayBeInFlight));
    let change = written(on_claim(&corrected, BY, claim("mine", NOW_MS + 5), 5, true));
    assert_eq!(change.redrive_state.in_flight, Some(InFlight { fingerprint: "b".to_owned(), sends: 1 }));
}

#[test]
fn corrections_are_counted_and_bounded() {
    let mut open = record(State::Open);
    let change = written(correct(&open, "b", false));
    assert_eq!((change.event.before.as_str(), change.event.after.as_str()), ("a", "b"));
    assert!(change.body.is_some());
    open = open.after(&change);
    assert_eq!(open.current(), BodyVersion { attempt: 1, correction: Some(1) });
    assert_eq!(correct(&open, "b", false), Transition::Nothing);
    let change = written(correct(&open, "c", false));
    assert_eq!(change.redrive_state.correction.map(|correction| correction.number), Some(2));
    open.redrive_state.corrections = vec!["0".repeat(64); CORRECTIONS_MAX];
    assert_eq!(end(correct(&open, "c", false)), Err(Code::TooMany));
}

#[test]
fn attempts_are_counted_from_the_last_release() {
    let mut open = record(State::Open);
    for (attempt, released, state) in [
        (4, 0, State::Resending),
        (5, 0, State::Parked),
        (9, 0, State::Parked),
        (9, 5, State::Resending),
        (10, 5, State::Parked),
    ] {
        open.line.attempt = attempt;
        open.redrive_state.released = released;
        assert_eq!(written(take(&open)).state, state, "attempt {attempt}, released at {released}");
    }
    let mut parked = record(State::Parked);
    parked.line.attempt = 5;
    assert_eq!(written(on_release(&parked, BY)).redrive_state.released, 5);
}

#[test]
fn a_resend_that_came_back_is_opened_as_the_attempt_that_it_was() {
    let resent = record(State::Resent);
    for late in [1, 3] {
        assert_eq!(on_returned(&resent, BY, late), Transition::Nothing);
    }
    assert_eq!(end(on_returned(&resent, BY, 2)), Ok(Some(State::Open)));
    let claimed = record(State::Resending);
    assert!(claimed.redrive_state.claim.is_some());
    assert_eq!(written(on_returned(&claimed, BY, 2)).redrive_state.claim, None);
}
