use super::*;

fn group(group: &str, count: u64, seen: [&str; 2]) -> GroupLine {
    let [first_seen, last_seen] = seen.map(str::to_owned);
    GroupLine {
        group: group.to_owned(),
        label: "BR-02 without a path".to_owned(),
        code: "BR-02".to_owned(),
        category: "structure".to_owned(),
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
    let alert = Some(GroupAlert { untold: 4, ..GroupAlert::default() });
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
    let alert = Some(GroupAlert { untold: 4, ..GroupAlert::default() });
    let first = GroupLine { alert: alert.clone(), ..group("a", 1, ["2026-11-02", "2026-11-02"]) };
    let mut all = GroupLines { groups: vec![first], ..GroupLines::default() };
    all.add(GroupLines {
        groups: vec![group("a", 1, ["2026-11-02", "2026-11-02"])],
        ..GroupLines::default()
    });
    assert_eq!(all.groups[0].alert, alert);
}
