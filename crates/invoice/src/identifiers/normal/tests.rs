use proptest::prelude::*;

use super::*;

#[test]
fn what_a_reader_takes_for_one_text_has_one_normal_form() {
    for (text, form) in [
        ("001-001-000000124", "001-001-000000124"),
        ("  F 1\t2\n", "F 1 2"),
        ("F\u{A0}\u{A0}1", "F 1"),
        (
            "001\u{2010}001\u{2011}2\u{2013}3\u{2014}4\u{2212}5\u{FF0D}6\u{FE63}7\u{2043}8",
            "001-001-2-3-4-5-6-7-8",
        ),
        ("A\u{2044}1\u{2215}2\u{FF0F}3", "A/1/2/3"),
        ("\u{FEFF}F\u{200B}-\u{202E}1\u{2069}\u{AD}\u{34F}", "F-1"),
        ("\u{FF26}\u{FF0D}\u{FF11}", "F-1"),
        ("AN\u{303}O", "AÑO"),
        ("F-1a", "F-1a"),
        ("\u{7}F\u{85}1", "F 1"),
        ("\u{200B}", ""),
        (" ", ""),
        ("", ""),
    ] {
        assert_eq!(normal(text), form, "{text:?}");
    }
    assert!(matches!(normal("F 1-2/3"), Cow::Borrowed(_)), "plain text costs no copy");
}

#[test]
fn signs_without_a_place_in_an_identifier_are_reported() {
    let improper = [
        '\u{0}',
        '\t',
        '\n',
        '\u{7F}',
        '\u{85}',
        '\u{AD}',
        '\u{200B}',
        '\u{200D}',
        '\u{200E}',
        '\u{202E}',
        '\u{2028}',
        '\u{2066}',
        '\u{FE0F}',
        '\u{FEFF}',
        '\u{E000}',
        '\u{378}',
        '\u{FFFF}',
        '\u{E0041}',
        '\u{3164}',
        '\u{110BD}',
    ];
    for sign in improper {
        assert!(is_improper(sign), "{sign:?}");
    }
    for sign in " A1-ñÑ中Ω\u{301}\u{A0}\u{2010}&·".chars() {
        assert!(!is_improper(sign), "{sign:?}");
    }
    assert!(IGNORABLE.windows(2).all(|pair| pair[0].1 < pair[1].0), "in order");
}

#[test]
fn what_was_surely_meant_is_the_text_without_them() {
    for (text, meant) in [
        ("A-1\u{200B}", Some("A-1")),
        ("\u{FEFF}A-1\u{202E}", Some("A-1")),
        ("A-1\n", Some("A-1")),
        ("A\u{FE0F}-1", Some("A-1")),
        // A soft hyphen may be a hyphen, a tab a blank, and the meaning of a private sign is its owner's.
        ("A\u{AD}1", None),
        ("A\t1", None),
        ("A\u{E000}1", None),
        ("\u{200B}", None),
    ] {
        assert_eq!(without_improper(text).as_deref(), meant, "{text:?}");
    }
    assert_eq!(shown("A\u{200B}-1\u{E0041}"), "A\\u200b-1\\udb40\\udc41");
}

#[test]
fn letters_of_several_scripts_in_one_text_are_reported() {
    for (text, is_mixed) in [
        ("FA-1", false),
        ("F\u{410}-1", true),
        ("\u{424}\u{410}-1", false),
        ("\u{391}-1A", true),
        ("\u{3A4}\u{3A0}\u{3A5}-1", false),
        ("Ñandú-1", false),
        ("發票A-1", false),
        ("\u{FF26}A-1", false),
        ("\u{661}1", true),
        ("\u{661}\u{662}", false),
    ] {
        assert_eq!(mixes_scripts(text), is_mixed, "{text}");
    }
}

#[test]
fn letters_in_the_place_of_digits_are_reported_and_series_are_not() {
    for number in ["OO1-001-000000124", "001-O01-1O1", "1O1", "00l-001", "2026/1I0", "0O"] {
        assert!(has_letters_for_digits(number), "{number}");
    }
    for number in
        ["O-17", "O2026-1", "I2026/1", "II-2026", "II2026", "FO1", "OO", "001-001-000000124", "F-1O1", "l1"]
    {
        assert!(!has_letters_for_digits(number), "{number}");
    }
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_and_has_no_improper_sign_but_what_has_no_meaning(text in r"\PC{0,12}|[A-F0-9 \t\u{200B}\u{2010}ñ́-]{0,12}") {
        let form = normal(&text).into_owned();
        prop_assert_eq!(normal(&form).into_owned(), form.clone());
        prop_assert!(!form.chars().any(|sign| is_ignorable(sign) || sign.is_control()), "{:?}", form);
    }

    #[test]
    fn an_ignorable_sign_anywhere_changes_no_normal_form(text in "[A-Z0-9/. -]{1,12}", at in 0_usize..13, of in 0_usize..17) {
        let mut signs: Vec<char> = text.chars().collect();
        signs.insert(at.min(signs.len()), IGNORABLE[of].0);
        let with: String = signs.into_iter().collect();
        prop_assert_eq!(normal(&with), normal(&text));
        prop_assert!(with.chars().any(is_improper));
    }
}
