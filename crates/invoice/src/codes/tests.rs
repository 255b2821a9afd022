use proptest::prelude::*;

use super::*;

const ALL: [&CodeList; 16] = [
    &DOCUMENT_TYPES,
    &CURRENCIES,
    &TAX_POINT_DATES,
    &REFERENCE_QUALIFIERS,
    &IDENTIFIER_SCHEMES,
    &ITEM_CLASSIFICATIONS,
    &COUNTRIES,
    &PAYMENT_MEANS,
    &TAX_CATEGORIES,
    &ALLOWANCE_REASONS,
    &CHARGE_REASONS,
    &EXEMPTION_REASONS,
    &UNITS,
    &MEDIA_TYPES,
    &ADDRESS_SCHEMES,
    &VAT_PREFIXES,
];

#[test]
fn every_code_of_a_list_is_found_in_it() {
    for list in ALL {
        assert!(list.codes().all(|code| list.contains(code)), "{list:?}");
    }
}

#[test]
fn no_list_has_lost_a_code() {
    let counts: Vec<_> = ALL.iter().map(|list| (list.name(), list.codes().count())).collect();
    assert_eq!(
        counts,
        [
            ("UNCL1001", 62),
            ("ISO 4217", 178),
            ("UNCL2005", 3),
            ("UNCL1153", 818),
            ("ISO 6523 ICD", 243),
            ("UNCL7143", 185),
            ("ISO 3166-1", 251),
            ("UNCL4461", 84),
            ("UNCL5305", 10),
            ("UNCL5189", 19),
            ("UNCL7161", 178),
            ("VATEX", 88),
            ("UN/ECE Rec 20 and 21", 2162),
            ("EN 16931 media types", 6),
            ("EAS", 104),
            ("VAT prefixes", 252),
        ]
    );
}

#[test]
fn codes_of_the_standards_are_where_they_belong() {
    for (list, codes) in [
        (&DOCUMENT_TYPES, &["71", "380", "381", "935"] as &[&str]),
        (&CURRENCIES, &["AED", "EUR", "PYG", "ZWG"]),
        (&TAX_POINT_DATES, &["3", "35", "432"]),
        (&IDENTIFIER_SCHEMES, &["0002", "0088", "0160"]),
        (&COUNTRIES, &["1A", "EC", "ES", "XI", "ZW"]),
        (&PAYMENT_MEANS, &["1", "30", "58", "ZZZ"]),
        (&TAX_CATEGORIES, &["AE", "S", "Z"]),
        (&EXEMPTION_REASONS, &["VATEX-EU-132", "VATEX-EU-AE", "VATEX-EU-132-1A"]),
        (&UNITS, &["10", "C62", "H87", "KGM", "XPK", "ZP"]),
        (
            &MEDIA_TYPES,
            &["application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        ),
        (&VAT_PREFIXES, &["EL", "XI"]),
    ] {
        for code in codes {
            assert!(list.contains(code), "{code} in {list:?}");
        }
    }
}

#[test]
fn a_code_of_no_list_is_in_none() {
    for list in ALL {
        for code in [
            "",
            " ",
            "\0",
            "ñ",
            "#",
            "QQQ",
            "a very long code that no list has, however wide its cells may be",
        ] {
            assert!(!list.contains(code), "{code:?} in {list:?}");
        }
    }
    assert!(!COUNTRIES.contains("EL"));
    assert!(!CURRENCIES.contains("BGN"));
}

#[test]
fn a_code_is_spelled_exactly() {
    assert!(!CURRENCIES.contains("eur"));
    assert!(!CURRENCIES.contains("EUR "));
    assert!(!DOCUMENT_TYPES.contains("71 "), "the blanks that fill a cell are no part of the code");
    assert!(!TAX_CATEGORIES.contains("S "));
}

#[test]
fn the_nearest_code_differs_in_case_or_blanks_alone() {
    assert_eq!(CURRENCIES.nearest(" eur\n"), Some("EUR"));
    assert_eq!(MEDIA_TYPES.nearest("Application/PDF"), Some("application/pdf"));
    assert_eq!(DOCUMENT_TYPES.nearest("71 "), Some("71"));
    assert_eq!(UNITS.nearest("c62"), Some("C62"));
    assert_eq!(CURRENCIES.nearest("EURO"), None);
    assert_eq!(CURRENCIES.nearest(" "), None);
}

#[test]
fn the_nearest_code_is_what_a_look_at_every_code_finds() {
    let turned = |c: char| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    for list in ALL {
        let same = |code: &str| list.codes().find(|listed| listed.eq_ignore_ascii_case(code));
        for code in list.codes() {
            let (capitals, small) = (code.to_ascii_uppercase(), code.to_ascii_lowercase());
            let mixed = capitals.chars().zip(small.chars()).enumerate();
            let mixed: String =
                mixed.map(|(at, (big, small))| if at % 2 == 0 { big } else { small }).collect();
            for other in [capitals, small, mixed, code.chars().map(turned).collect(), format!("{code}~")] {
                let plain = list.codes().find(|listed| *listed == other).or_else(|| same(&other));
                assert_eq!(list.nearest(&other), plain, "{other} in {list:?}");
            }
        }
    }
}

#[test]
fn the_decimals_of_a_currency_are_those_of_iso_4217() {
    for (currency, units) in [
        ("EUR", Some(2)),
        ("USD", Some(2)),
        ("CLP", Some(0)),
        ("PYG", Some(0)),
        ("UYI", Some(0)),
        ("XPF", Some(0)),
        ("KWD", Some(3)),
        ("TND", Some(3)),
        ("CLF", Some(4)),
        ("UYW", Some(4)),
        ("XAU", None),
        ("XXX", None),
        ("eur", None),
        ("", None),
    ] {
        assert_eq!(minor_units(currency), units, "{currency}");
    }
}

#[test]
fn all_but_thirty_nine_currencies_have_cents() {
    let with = |units| CURRENCIES.codes().filter(|currency| minor_units(currency) == units).count();
    assert_eq!([with(Some(0)), with(Some(2)), with(Some(3)), with(Some(4)), with(None)], [17, 139, 7, 2, 13]);
}

proptest! {
    #[test]
    fn a_binary_search_finds_what_a_linear_one_finds(code in "[ -~]{0,4}|[A-Z0-9]{1,3}") {
        for list in ALL {
            prop_assert_eq!(list.contains(&code), list.codes().any(|listed| listed == code));
        }
    }
}
