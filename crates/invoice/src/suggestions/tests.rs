use super::*;
use crate::json::PatchOp;

fn amount(text: &str) -> Option<String> {
    plain_decimal(text, 15)
}

#[test]
fn amounts_as_people_write_them_are_understood() {
    for (written, plain) in [
        ("25,00", "25.00"),
        ("0,5", "0.5"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("-1.234,50", "-1234.50"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("1.234,567", "1234.567"),
        ("+12.50", "12.50"),
        (" 12.50\t", "12.50"),
        ("+5", "5"),
        ("3E+1", "30"),
        ("2e0", "2"),
        ("1.5E3", "1500"),
        ("-1.2345E2", "-123.45"),
        ("1E-2", "0.01"),
        ("12.5E-1", "1.25"),
        ("0E+2", "0"),
    ] {
        assert_eq!(amount(written).as_deref(), Some(plain), "{written}");
    }
}

#[test]
fn what_may_mean_two_things_is_left_to_a_person() {
    for written in [
        "1,234",
        "12,345",
        "1,2,3",
        "1.2,3,4",
        "1,2.3.4",
        "1.2.3",
        "12.34,50",
        "1,23.50",
        "1234.567,00",
        ",5",
        ".5",
        "5,",
        "1 234,50",
        "3E",
        "E3",
        "3E1.5",
        "1E16",
        "3,5E1",
        "1E-11",
        "USD 5",
        "--5",
        "",
        " ",
        "١,٥",
        "1.234.567",
        "1000000000000000,00",
        "0,00000000000",
    ] {
        assert_eq!(amount(written), None, "{written}");
    }
}

#[test]
fn a_percentage_has_four_digits_at_most() {
    let corrected = |path: &str| !decimal(RuleFault::at(path), "12345,50").suggestion.is_empty();
    assert!(corrected("/totals/tax"));
    assert!(!corrected("/lines/0/tax/rate") && !corrected("/allowances/0/percentage"));
}

#[test]
fn dates_as_people_write_them_are_understood() {
    for (written, plain) in [
        ("13/06/2026", "2026-06-13"),
        ("06/13/2026", "2026-06-13"),
        ("6/6/2026", "2026-06-06"),
        ("2026/6/10", "2026-06-10"),
        ("2026.06.10", "2026-06-10"),
        ("20261124", "2026-11-24"),
        ("2026-11-24Z", "2026-11-24"),
        ("2026-11-24+01:00", "2026-11-24"),
        ("2026-06-10T00:00:00", "2026-06-10"),
        ("2026-06-10 09:30", "2026-06-10"),
        ("31-12-2025", "2025-12-31"),
        ("29.02.2024", "2024-02-29"),
        ("2026-06-10T09:30:00-05:00", "2026-06-10"),
    ] {
        assert_eq!(plain_date(written).as_deref(), Some(plain), "{written}");
    }
}

#[test]
fn what_is_no_day_is_left_to_a_person() {
    for written in [
        "10/06/2026",
        "05-11-2026",
        "1.6.2026",
        "2026-06-10T00:00:00Z",
        "2026-06-09T23:00:00.000Z",
        "2026-06-10T00:00:00+00:00",
        "2026-06-10T00:00:00-0000",
        "2026-06-10T",
        "2026-06-10T?",
        "20261324",
        "2026-11-24*",
        "31/06/2026",
        "29/02/2026",
        "06/31/2026",
        "10/06/26",
        "10/06",
        "10/06/2026/1",
        "junio",
        "",
        "2026-06",
    ] {
        assert_eq!(plain_date(written), None, "{written}");
    }
}

#[test]
fn the_suggestion_stands_at_the_place_of_the_fault() {
    let suggestion = date(RuleFault::at("/due_date"), " 21/07/2026 ").suggestion;
    assert_eq!(suggestion, [PatchOp::Replace { path: "/due_date".to_owned(), value: "2026-07-21".into() }]);
}
