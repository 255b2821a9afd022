use aduana_invoice::{Category, Severity as Weight, Summary, Violation, catalogue};

use super::*;
use crate::case::Reasons;
use crate::error::EffectErrorKind;

fn violation(code: &'static str) -> Violation {
    Violation {
        code,
        category: Category::Data,
        severity: Weight::Error,
        path: "/number".to_owned(),
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    }
}

/// The cause of a message that breaks so many rules of the catalogue.
fn cause(rules: usize) -> Cause {
    let violations = catalogue::all().take(rules).map(|rule| violation(rule.code)).collect();
    Cause::of(&Reasons::new(violations, &Summary::default()))
}

/// A pending alert of so many cases.
fn pending_alert(cases: usize, rules: usize) -> PendingAlert {
    let case = |at| (CaseId::parse(&format!("{at:032x}")).unwrap(), 1);
    PendingAlert {
        id: "0".repeat(32),
        group: "0123456789abcdef".to_owned(),
        cause: cause(rules),
        cases: (0..cases).map(case).collect(),
        at_ms: 0,
        due_ms: 0,
        at_once: true,
    }
}

/// The part for programs.
fn json(alert: &Alert) -> serde_json::Value {
    let line = alert.body.lines().find(|line| line.starts_with('{')).unwrap();
    #[expect(clippy::disallowed_methods, reason = "our own alert, not an invoice")]
    serde_json::from_str(line).unwrap()
}

#[test]
fn twenty_cases_are_named_and_of_one_more_it_is_said_that_there_is_one() {
    for (count, named, left) in [(19, 19, None), (20, 20, None), (21, 20, Some(1))] {
        for (lang, more) in
            [(Lang::En, "and 1 more; the whole group:"), (Lang::Es, "y 1 más; el grupo entero:")]
        {
            let alert = at_once(&pending_alert(count, 1), lang);
            assert_eq!(alert.body.matches("aduana invalid show").count(), named, "{count}");
            assert_eq!(alert.body.contains(more), left == Some(1), "{count}: {}", alert.body);
            assert_eq!(alert.body.contains("aduana invalid list --group"), left.is_some());
            assert_eq!(alert.covers.len(), count);
        }
    }
    assert_eq!(CASES_MAX, 20);
}

#[test]
fn programs_get_five_hundred_cases_and_the_number_of_those_left_off() {
    for (count, named, left) in [(499, 499, 0), (500, 500, 0), (501, 500, 1)] {
        let json = json(&at_once(&pending_alert(count, 1), Lang::En));
        let cases = json["cases"].as_array().unwrap().len();
        assert_eq!(
            (cases, json["cases_left_off"].as_u64(), json["count"].as_u64()),
            (named, Some(left), Some(count as u64))
        );
    }
    assert_eq!(CASES_IN_JSON_MAX, 500);
}

#[test]
fn ten_rules_are_named_and_of_one_more_it_is_said_that_there_is_one() {
    for (rules, named, left) in [(9, 9, 0), (10, 10, 0), (11, 10, 1), (12, 10, 2)] {
        let cause = cause(rules);
        assert_eq!((cause.rules.len(), cause.rules_left_off, cause.codes.len()), (named, left, rules));
        let said = [(Lang::En, "- and 1 more rule\n"), (Lang::Es, "- y 1 regla más\n")];
        for (lang, more) in said {
            assert_eq!(cause.print(lang).contains(more), left == 1, "{rules}");
            assert_eq!(cause.print(lang).lines().count(), named + usize::from(left > 0));
        }
    }
}

#[test]
fn a_hundred_codes_are_named_to_programs() {
    for (rules, named) in [(99, 99), (100, 100), (101, 100)] {
        assert_eq!(cause(rules).codes.len(), named);
    }
    assert!(catalogue::all().count() > 101, "there are so many rules");
}

/// The most that one alert can say: a digest over as many pending alerts as it takes, each of as many cases as fit, of messages that
/// break every rule there is.
#[test]
fn the_largest_alert_is_far_below_what_sns_takes() {
    let pending_alerts: Vec<PendingAlert> =
        std::iter::repeat_n(pending_alert(outbox::WRITES_MAX - 2, usize::MAX), outbox::DIGEST_ALERTS_MAX)
            .collect();
    let digest = Digest {
        id: "0".repeat(32),
        group: "0123456789abcdef".to_owned(),
        pending_alerts: Vec::new(),
        lease_until_ms: 0,
    };
    for lang in [Lang::En, Lang::Es] {
        let alert = together(&digest, &pending_alerts.iter().collect::<Vec<_>>(), lang).unwrap();
        assert_eq!(alert.covers.len(), 98 * 98);
        assert!(alert.size() <= 64 * 1024, "{} bytes", alert.size());
        for is_digest in [true, false] {
            let subject = Subject {
                id: "",
                is_digest,
                group: "",
                cause: &pending_alerts[0].cause,
                cases: Vec::new(),
                since_ms: 0,
            };
            assert!(subject.alert(lang).subject.len() < 100, "SNS takes fewer than 100 characters");
        }
    }
}

/// A round-up over so many groups, of so many cases each.
fn roundup(groups: usize, cases: usize, lang: Lang) -> Alert {
    let counted = |at: usize| GroupCount {
        group: format!("{at:016x}"),
        reason_code: "BR-CO-15".to_owned(),
        reason_category: "structure".to_owned(),
        count: cases,
    };
    let mut pending_alert = pending_alert(groups * cases, 1);
    pending_alert.group = ROUNDUP.to_owned();
    pending_alert.cause = Cause::over((0..groups).map(counted));
    let digest = Digest {
        id: "0".repeat(32),
        group: ROUNDUP.to_owned(),
        pending_alerts: Vec::new(),
        lease_until_ms: 0,
    };
    together(&digest, &[&pending_alert], lang).unwrap()
}

#[test]
fn a_round_up_names_fifty_groups_and_two_hundred_to_programs_and_counts_the_others() {
    for (groups, named, left) in [(49, 49, None), (50, 50, None), (51, 50, Some(1)), (201, 50, Some(151))] {
        for (lang, more) in [(Lang::En, "more; all of them"), (Lang::Es, "más; todos")] {
            let alert = roundup(groups, 2, lang);
            assert_eq!(alert.body.matches("aduana invalid list --group").count(), named, "{groups}");
            let said = left.is_some_and(|left| alert.body.contains(&format!("{left} {more}")));
            assert_eq!(said, left.is_some(), "{}", alert.body);
        }
    }
    for (groups, named, left) in [(199, 199, None), (200, 200, None), (201, 200, Some(1))] {
        let json = json(&roundup(groups, 1, Lang::En));
        let listed = json["groups"].as_array().unwrap().len();
        assert_eq!((listed, json["groups_left_off"].as_u64()), (named, left));
    }
    assert_eq!((GROUPS_MAX, GROUPS_IN_JSON_MAX), (50, 200));
    assert!(roundup(9_000, 1, Lang::Es).size() <= 64 * 1024);
}

#[test]
fn a_round_up_counts_a_group_once_and_is_as_urgent_as_its_most_urgent_group() {
    let counted = |group: &str, code: &str, count| GroupCount {
        group: group.to_owned(),
        reason_code: code.to_owned(),
        reason_category: "data".to_owned(),
        count,
    };
    let cause = Cause::over(
        [counted("a", "BR-02", 1), counted("b", "BR-24", 2), counted("a", "BR-02", 4)].into_iter(),
    );
    assert_eq!(cause.groups, [counted("a", "BR-02", 5), counted("b", "BR-24", 2)]);
    assert_eq!((cause.code.as_str(), cause.codes.len()), ("BR-02", 2));
    let cause = Cause::over([counted("a", "BR-02", 9), counted("b", UNPROCESSED, 1)].into_iter());
    let subject =
        Subject { id: "", is_digest: true, group: ROUNDUP, cause: &cause, cases: Vec::new(), since_ms: 0 };
    assert_eq!(subject.severity(), Severity::Critical);
}

#[test]
fn what_became_of_alerts_adds_up() {
    let alert = at_once(&pending_alert(3, 1), Lang::En);
    let mut dispatched = DispatchResult::default();
    dispatched.count(&alert);
    dispatched.count(&alert);
    dispatched.fail(&EffectError::new(EffectErrorKind::Throttled, "publish"));
    assert_eq!((dispatched.sent, dispatched.failed, dispatched.covered), (2, 1, 6));
    let mut all = DispatchResult::default();
    for one in [&dispatched, &dispatched, &DispatchResult::default()] {
        all.add(one);
    }
    assert_eq!((all.sent, all.failed, all.covered), (4, 2, 12));
    assert_eq!(all.error.map(|error| error.kind), Some(EffectErrorKind::Throttled));
}

#[test]
fn an_alert_says_since_when_to_the_minute() {
    assert_eq!(
        (minute(0).as_str(), minute(1_795_512_659_999).as_str()),
        ("1970-01-01 00:00", "2026-11-24 09:30")
    );
}

#[test]
fn what_sns_counts_of_an_alert_is_its_subject_its_body_and_its_attributes_with_their_types() {
    let alert = Alert {
        id: "0".to_owned(),
        subject: "12345",
        body: "1234567".to_owned(),
        attributes: vec![("ab", "cde".to_owned()), ("f", String::new())],
        covers: Vec::new(),
    };
    assert_eq!(alert.size(), 5 + 7 + (2 + 6 + 3) + (1 + 6));
}

#[test]
fn an_entry_writes_each_window_each_notice_and_each_case() {
    let window_update = || outbox::WindowUpdate { group: "g".to_owned(), read_ms: None, until_ms: 1 };
    let entry = outbox::Entry {
        window_updates: vec![window_update(), window_update()],
        pending_alerts: vec![pending_alert(3, 1), pending_alert(4, 1)],
        at_ms: 0,
    };
    assert_eq!(entry.writes(), 2 + (1 + 3) + (1 + 4));
}
