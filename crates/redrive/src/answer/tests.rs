use aduana_invoice::{Category, Lang};

use super::*;
use aduana_cases::case::State;
use aduana_cases::trail::{Act, Entry, TrailEnd};

fn group(group: &str, count: u64, seen: [&str; 2]) -> GroupLine {
    let [first_seen, last_seen] = seen.map(str::to_owned);
    GroupLine {
        group: group.to_owned(),
        label: "BR-02 without a path".to_owned(),
        code: "BR-02".to_owned(),
        category: Category::Structure,
        message: String::new(),
        seller: None,
        count,
        first_seen,
        last_seen,
        alert: None,
    }
}

#[test]
fn the_counts_of_two_pages_are_one_count() {
    let day = |day: &str, held| DayLine { day: day.to_owned(), held, stored: 1, expiring: 2 };
    let mut all = GroupLines {
        groups: vec![
            group("a", 3, ["2026-11-02", "2026-11-05"]),
            group("b", 2, ["2026-11-03", "2026-11-03"]),
        ],
        cases: 5,
        days: vec![day("2026-11-03", 5)],
        cursor: Some("more".to_owned()),
    };
    let alert = Some(GroupAlert { not_alerted: 4, ..GroupAlert::default() });
    all.add(GroupLines {
        groups: vec![
            GroupLine { alert: alert.clone(), ..group("b", 2, ["2026-11-01", "2026-11-04"]) },
            group("c", 4, ["2026-11-04", "2026-11-04"]),
        ],
        cases: 6,
        days: vec![day("2026-11-03", 1), day("2026-11-01", 5)],
        cursor: None,
    });
    // The largest first, those of one size by their ids.
    let counts: Vec<_> = all.groups.iter().map(|line| (line.group.as_str(), line.count)).collect();
    assert_eq!(counts, [("b", 4), ("c", 4), ("a", 3)]);
    let both = &all.groups[0];
    assert_eq!((both.first_seen.as_str(), both.last_seen.as_str()), ("2026-11-01", "2026-11-04"));
    assert_eq!(both.alert, alert);
    let days: Vec<_> =
        all.days.iter().map(|day| (day.day.as_str(), day.held, day.stored, day.expiring)).collect();
    assert_eq!(days, [("2026-11-01", 5, 1, 2), ("2026-11-03", 6, 2, 4)]);
    assert_eq!((all.cases, all.cursor), (11, None));
}

#[test]
fn what_the_administrators_know_of_a_group_is_kept_when_a_later_page_does_not_say() {
    let alert = Some(GroupAlert { not_alerted: 4, ..GroupAlert::default() });
    let first = GroupLine { alert: alert.clone(), ..group("a", 1, ["2026-11-02", "2026-11-02"]) };
    let mut all = GroupLines { groups: vec![first], ..GroupLines::default() };
    all.add(GroupLines {
        groups: vec![group("a", 1, ["2026-11-02", "2026-11-02"])],
        ..GroupLines::default()
    });
    assert_eq!(all.groups[0].alert, alert);
}

/// A case of which so many events are shown.
fn shown(events: usize) -> Shown {
    let id = CaseId::parse(&"a".repeat(32)).unwrap();
    let (mut end, mut trail) = (TrailEnd::default(), Vec::new());
    for at in 0..events {
        let act = if at == 0 { Act::Received } else { Act::Viewed };
        let reason = String::new();
        let entry =
            Entry { at_ms: 0, actor: "ana", way: "", act, attempt: 1, reason, before: None, after: "f" };
        trail.push(end.next(&id, entry));
        end = trail[at].end();
    }
    Shown {
        case: CaseSummary {
            id,
            state: State::Open,
            attempt: 1,
            code: String::new(),
            category: Category::Structure,
            errors: 1,
            codes: Vec::new(),
            group: String::new(),
            group_label: String::new(),
            seller: None,
            seller_name: None,
            number: None,
            issue_date: None,
            currency: None,
            payable: None,
            source: String::new(),
            sender: None,
            received_at: String::new(),
            first_seen: String::new(),
            last_seen: String::new(),
            expires_at: None,
            owner: None,
            ticket: None,
        },
        version: 1,
        buyer_name: None,
        note: None,
        ruleset: String::new(),
        alerted_at: None,
        resolved_at: None,
        claimed_until: None,
        may_be_in_flight: false,
        versions: Vec::new(),
        reasons: Vec::new(),
        trail,
        in_the_way: None,
        set_aside: None,
        trail_intact: true,
        trail_broken_at: None,
        body: None,
        attributes: Vec::new(),
    }
}

#[test]
fn a_record_that_fits_is_whole() {
    for events in [0, 1, 4] {
        assert_eq!(shown(events).broken_at(), None, "{events}");
    }
}

#[test]
fn a_record_is_broken_where_whoever_asked_finds_it_whatever_the_function_says() {
    type Damage = fn(&mut Shown);
    let damages: [(Damage, u32); 5] = [
        (|it| it.trail[1].reason.push_str("for the supplier"), 2),
        (|it| it.trail[3].after = "another body".to_owned(), 4),
        (|it| drop(it.trail.remove(0)), 1),
        (|it| drop(it.trail.remove(2)), 3),
        (|it| it.trail.swap(1, 2), 2),
    ];
    for (damage, expected) in damages {
        let mut it = shown(4);
        damage(&mut it);
        assert_eq!(it.broken_at(), Some(expected));
    }
}

#[test]
fn a_record_is_broken_where_the_function_says_although_all_that_is_shown_fits() {
    // The last events are gone: what is left does not tell.
    let mut cut = shown(4);
    cut.trail.truncate(2);
    assert_eq!(cut.broken_at(), None);
    (cut.trail_intact, cut.trail_broken_at) = (false, Some(3));
    assert_eq!(cut.broken_at(), Some(3));
    // And of two places the first.
    cut.trail[0].actor = "somebody else".to_owned();
    assert_eq!(cut.broken_at(), Some(1));
    let mut both = shown(4);
    (both.trail_intact, both.trail_broken_at) = (false, Some(1));
    both.trail[3].actor = "somebody else".to_owned();
    assert_eq!(both.broken_at(), Some(1));
    // A function that does not say where.
    let mut somewhere = shown(4);
    somewhere.trail_intact = false;
    assert_eq!(somewhere.broken_at(), Some(1));
}

#[test]
fn a_refusal_reads_as_its_message_with_what_exactly_is_wrong() {
    let failure = Failure::new(Code::NoSuchCase, Lang::En);
    assert_eq!(failure.to_string(), "there is no such case");
    assert_eq!(failure.because(&"the second").to_string(), "there is no such case: the second");
    assert_eq!(Failure::new(Code::NoSuchCase, Lang::Es).to_string(), "no existe tal caso");
}
