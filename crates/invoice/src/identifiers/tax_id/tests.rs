use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Verdicts of third parties that ours differ from, each for a reason.
const DIFFERENT: [(&str, &str, &str); 2] = [
    ("CO", "12.449.965-4", "refused by one for its dots and dash, which others accept in 15.252.525-0"),
    ("CR", "310132541", "too short for the company it was meant as, and a person's number of nine digits"),
];

struct Case {
    country: String,
    number: String,
    valid: bool,
    reason: String,
}

fn carried() -> Vec<Case> {
    cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/taxids.csv"))
}

/// The full set where `ADUANA_TAXIDS` names it, else the part of it that the project may carry.
fn all() -> Vec<Case> {
    std::env::var_os("ADUANA_TAXIDS").map_or_else(carried, |path| cases(Path::new(&path)))
}

fn cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).expect("the file of cases can be read");
    text.lines()
        .skip(1)
        .map(|line| match fields(line).as_slice() {
            [country, number, expected, reason, ..] => Case {
                country: country.clone(),
                number: number.clone(),
                valid: expected == "valid",
                reason: reason.clone(),
            },
            _ => panic!("four columns or more: {line}"),
        })
        .collect()
}

/// The fields of a line of CSV (RFC 4180).
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for sign in line.chars() {
        match sign {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            sign => fields.last_mut().expect("never empty").push(sign),
        }
    }
    fields
}

/// A valid number may be doubted where that is known; an invalid one must be refused or doubted.
fn as_stated(case: &Case) -> bool {
    match check(&case.country, &case.number) {
        Ok(()) => case.valid,
        Err(TaxIdFault::CheckDigit { certain: false }) => !case.valid || known_exception(case),
        Err(_) => !case.valid,
    }
}

/// One in four Mexican numbers of record has another check digit than its rule gives, and so has a company in
/// Ecuador.
fn known_exception(case: &Case) -> bool {
    case.country == "MX" || (case.country == "EC" && case.number == "1793221293001")
}

#[test]
fn every_number_is_judged_as_third_parties_do() {
    let differing: Vec<_> = all()
        .into_iter()
        .filter(|case| !as_stated(case))
        .map(|case| (case.country, case.number, case.valid))
        .collect();
    let unexplained: Vec<_> = differing
        .iter()
        .filter(|(country, number, _)| !DIFFERENT.iter().any(|(c, n, _)| c == country && n == number))
        .collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

#[test]
fn a_wrong_digit_and_a_wrong_shape_are_distinguished() {
    let mistaken: Vec<_> = all()
        .into_iter()
        .filter(|case| match check(&case.country, &case.number) {
            Err(TaxIdFault::Shape { .. }) => case.reason == "InvalidChecksum",
            Err(TaxIdFault::CheckDigit { .. }) => {
                matches!(case.reason.as_str(), "InvalidLength" | "InvalidFormat" | "InvalidComponent")
            }
            Ok(()) => false,
        })
        .map(|case| (case.country, case.number, case.reason))
        .collect();
    assert!(mistaken.is_empty(), "{mistaken:#?}");
}

#[test]
fn the_differences_from_third_parties_are_still_there() {
    for case in all() {
        if let Some((.., why)) =
            DIFFERENT.iter().find(|(country, number, _)| *country == case.country && *number == case.number)
        {
            assert!(!as_stated(&case), "no longer a difference: {why}");
        }
    }
}

#[test]
fn the_set_of_cases_is_not_empty() {
    assert_eq!(carried().len(), 224);
    assert!(carried().iter().any(|case| case.valid) && carried().iter().any(|case| !case.valid));
}

/// Numbers of tax authorities, large companies and conventions, known from print, and some that the rules give.
const PUBLIC: [(&str, &str); 33] = [
    ("AR", "33-69345023-9"),
    ("AR", "30546689979"),
    ("BR", "33.000.167/0001-01"),
    ("BR", "00.000.000/0001-91"),
    ("CL", "60.803.000-K"),
    ("CL", "61.704.000-K"),
    ("CO", "800.197.268-4"),
    ("CO", "899.999.068-1"),
    ("CO", "222222222222"),
    ("CR", "2-100-042005"),
    ("CR", "4-000-042139"),
    ("DO", "401-50625-4"),
    ("EC", "1760013210001"),
    ("EC", "1768152560001"),
    ("EC", "9999999999999"),
    ("ES", "Q2826000H"),
    ("ES", "A28015865"),
    ("FR", "552081317"),
    ("FR", "FR 03 552081317"),
    ("GT", "CF"),
    ("IT", "00484960588"),
    ("IT", "RSSMRA85T10A562S"),
    ("MX", "SAT970701NN3"),
    ("MX", "XAXX010101000"),
    ("MX", "PEP9207167XA"),
    ("PE", "20131312955"),
    ("PE", "20100017491"),
    ("PT", "503504564"),
    ("PY", "44444401-7"),
    ("UY", "21-123456-001-9"),
    ("VE", "G-20000303-0"),
    ("VE", "J-00095036-9"),
    ("EL", "094019245"),
];

#[test]
fn well_known_numbers_pass() {
    let refused: Vec<_> =
        PUBLIC.into_iter().filter(|(country, number)| check(country, number).is_err()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

fn shape(country: &str, number: &str) -> bool {
    matches!(check(country, number), Err(TaxIdFault::Shape { .. }))
}

#[test]
fn a_real_ruc_of_an_ecuadorian_company_is_doubted_and_not_refused() {
    assert_eq!(check("EC", "1793221293001"), Err(TaxIdFault::CheckDigit { certain: false }));
}

#[test]
fn a_wrong_digit_is_certain_where_the_policy_says_so() {
    for (country, number) in [
        ("AR", "33-69345023-8"),
        ("BR", "33.000.167/0001-02"),
        ("CL", "60.803.000-1"),
        ("CO", "800.197.268-5"),
        ("DO", "401-50625-5"),
        ("ES", "A28015866"),
        ("ES", "Q28260008"), // its letter would be H
        ("ES", "A2801586E"), // a company has a digit, 5
        ("FR", "552081318"),
        ("FR", "FR 04 552081317"), // the key is 03
        ("GT", "1234567-8"),
        ("IT", "RSSMRA85T10A562T"),
        ("PE", "20131312956"),
        ("PT", "503504565"),
        ("UY", "211234560018"),
        ("VE", "J-00095036-8"),
    ] {
        assert_eq!(
            check(country, number),
            Err(TaxIdFault::CheckDigit { certain: true }),
            "{country} {number}"
        );
    }
    for (country, number) in [
        ("MX", "SAT970701NN4"),
        ("PY", "44444401-8"),
        ("SV", "0614-010190-101-9"),
        ("DE", "111111126"),
        ("DO", "00113918204"),
        ("EC", "1714307104"),
        ("EC", "1714307104001"),
        ("EC", "1760013220001"), // neither an authority's nor a person's
    ] {
        assert_eq!(
            check(country, number),
            Err(TaxIdFault::CheckDigit { certain: false }),
            "{country} {number}"
        );
    }
}

#[test]
fn both_rules_of_el_salvador_and_the_dui_are_known() {
    for number in [
        "0614-010190-101-5",
        "0614-010190-001-8",
        "0614-250380-100-8", // the last serial number of the older rule, the newer gives 1
        "0614-250380-150-8", // the older gives 1
        "00016297-5",
        "01234567-8",
    ] {
        assert_eq!(check("SV", number), Ok(()), "{number}");
    }
}

#[test]
fn a_vat_prefix_stands_for_its_country() {
    assert_eq!(check("EL", "094019245"), check("GR", "094019245"));
    assert_eq!(check("XI", "GD103"), Ok(()));
    assert!(shape("EL", "94019245"));
}

#[test]
fn separators_stand_between_the_signs_only() {
    for number in [
        "-20131312955",
        "20131312955-",
        " 20131312955",
        "20131312955 ",
        "\u{a0}20131312955",
        "2013131295\u{0665}",
    ] {
        assert!(shape("PE", number), "{number:?}");
    }
    assert!(shape("DE", "111 111 125"), "German numbers are exchanged bare");
    assert!(shape("DE", "DE111111125"), "and without their prefix");
}

#[test]
fn capital_letters_are_part_of_the_shape() {
    for (country, number) in
        [("CL", "60803000-k"), ("ES", "a28015865"), ("NL", "000099998b57"), ("VE", "j000950369")]
    {
        assert!(shape(country, number), "{country} {number}");
    }
}

#[test]
fn a_shape_is_explained_by_its_expression() {
    assert_eq!(check("PE", "1"), Err(TaxIdFault::Shape { expected: "(1[0567]|20)[0-9]{9}" }));
    assert_eq!(check("ZZ", " "), Err(TaxIdFault::Shape { expected: ANY }));
}

/// One spelling for all those in which [`check`] takes the same number: without separators and without the country.
/// A number of the wrong shape stays as it is.
fn canonical<'a>(country: &str, number: &'a str) -> Cow<'a, str> {
    match rule_of(country).map(|rule| read(rule, number)) {
        Some((Some(compact), found)) if !matches!(found, Finding::WrongShape) => {
            Cow::Owned(compact.to_text())
        }
        _ => Cow::Borrowed(number),
    }
}

/// The expression as it is shown, anchored.
fn whole_number(expected: &str) -> regex::Regex {
    regex::Regex::new(&format!("^(?:{expected})$")).expect("an expression")
}

/// A RNC that is in the register and lacks a digit.
const WITHOUT_ITS_DIGIT: &str = "10233317";

#[test]
fn what_has_the_shape_matches_its_expression() {
    let cases = all();
    for rule in &RULES {
        let expression = whole_number(rule.shape);
        for Case { number, .. } in cases.iter().filter(|case| case.country == rule.country) {
            let form = canonical(rule.country, number);
            let matches = expression.is_match(&form) || form == WITHOUT_ITS_DIGIT;
            assert!(matches || shape(rule.country, number), "{} {form}: {expression}", rule.country);
        }
    }
}

#[test]
fn a_number_from_elsewhere_passes_if_it_can_be_printed() {
    for number in ["1", "12-3456789", "T1234567890123", "登録番号123", "ИНН 7707083893", "C.I.F. 12/3"]
    {
        assert_eq!(check("JP", number), Ok(()), "{number}");
    }
    let long = "1".repeat(41);
    for number in ["", " ", "-", "1\n2", " 1", "1 ", "\u{200b}1", "<1>", long.as_str()] {
        assert!(shape("JP", number), "{number:?}");
    }
}

#[test]
fn the_spellings_of_a_number_have_one_canonical_form() {
    for (country, spellings, canonical_form) in [
        ("CO", ["800.197.268-4", "800197268 - 4", "8001972684"], "8001972684"),
        ("CR", ["1-234-567", "01-0234-0567", "102340567"], "0102340567"),
        ("FR", ["FR 03 552081317", "Fr03552081317", "03 552 081 317"], "03552081317"),
        ("MX", ["ÑAÑ010203AB4", "ÑAÑ-010203-AB4", "ÑAÑ 010203 AB4"], "ÑAÑ010203AB4"),
        ("VE", ["J-00095036-9", "J000950369", "J – 00095036 – 9"], "J000950369"),
        ("BR", ["33.000.167/0001-01", "33000167000101", "33 000 167/0001–01"], "33000167000101"),
    ] {
        for spelling in spellings {
            assert_eq!(canonical(country, spelling), canonical_form, "{country} {spelling}");
        }
    }
    assert_eq!(canonical("CO", "no number"), "no number");
    assert_eq!(canonical("US", "12-3456789"), "12-3456789");
}

#[test]
fn the_countries_are_sorted() {
    assert!(RULES.is_sorted_by(|a, b| a.country < b.country));
}

/// A country of those with a rule, or any text.
fn country() -> impl Strategy<Value = String> {
    prop_oneof![4 => (0..RULES.len()).prop_map(|row| RULES[row].country.to_owned()), 1 => ".*"]
}

static ANY_NUMBER: LazyLock<regex::Regex> = LazyLock::new(|| whole_number(ANY));

proptest! {
    #[test]
    fn no_number_of_any_country_makes_it_panic(country in country(), number in "[0-9A-ZÑ&. -]{0,24}|[0-9]{7,15}|.*") {
        let fault = check(&country, &number);
        prop_assert!(fault.is_ok() || canonical(&country, &number).len() <= number.len().max(10));
    }

    #[test]
    fn a_canonical_form_is_judged_as_the_number_and_stays(
        country in country(),
        number in "[0-9A-Z. -]{1,16}|[0-9-]{8,15}",
    ) {
        let form = canonical(&country, &number).into_owned();
        prop_assert_eq!(check(&country, &form), check(&country, &number));
        prop_assert_eq!(canonical(&country, &form).into_owned(), form.clone());
    }

    #[test]
    fn the_expression_for_other_countries_is_what_is_judged(
        // Letters as old as the expression's tables, which are a Unicode behind the language's.
        number in "[ -~À-ÿА-я一-龥٠-٩\u{200b}]{0,8}|[0-9A-Zñ .*_-]{36,44}",
    ) {
        prop_assert_eq!(check("JP", &number).is_ok(), ANY_NUMBER.is_match(&number));
    }

    #[test]
    fn a_number_has_one_check_digit_at_most(digits in "[0-9]{13}") {
        for (country, head, length) in [
            ("AR", "30", 8), ("AT", "U", 7), ("BE", "0", 8), ("BR", "", 10), ("BR", "", 13), ("CL", "", 8),
            ("CO", "9", 8), ("DE", "1", 7), ("DK", "1", 6), ("DO", "1", 7), ("DO", "0", 9), ("EC", "179", 6),
            ("ES", "B", 7), ("FR", "", 8), ("GR", "0", 7), ("GT", "", 7), ("IT", "0", 9), ("NL", "1", 7),
            ("PE", "20", 8), ("PL", "1", 8), ("PT", "5", 7), ("PY", "8", 7), ("SV", "0", 12), ("SV", "0", 7),
            ("UY", "21", 6), ("VE", "J", 8),
        ] {
            let tail = match country { "UY" => "001", _ => "" };
            let end = match country { "EC" => "001", "NL" => "B01", _ => "" };
            let body = &digits[..length];
            let with = |last| format!("{head}{body}{tail}{last}{end}");
            let fitting = "0123456789K".chars().filter(|last| check(country, &with(*last)).is_ok()).count();
            // A Dutch sole trader's number is proven by its two last digits also.
            prop_assert!(fitting <= if country == "NL" { 2 } else { 1 }, "{country} {head}{body}{tail}: {fitting}");
        }
    }
}

#[test]
fn what_no_office_issues_has_the_wrong_shape_whatever_its_digits() {
    for (country, number) in [
        ("BE", "2200000007"),        // they begin with 0 or 1
        ("CL", "12345-6"),           // two digits short
        ("CR", "3-534-123456"),      // no such class of companies
        ("CR", "21234567890"),       // a foreigner's begins with 1
        ("CR", "1123456789012"),     // and has twelve digits at most
        ("DK", "01234567"),          // they do not begin with 0
        ("EC", "2590567818001"),     // provinces end at 24
        ("EC", "1774307103"),        // a third digit that is no kind of person
        ("EC", "1714307103000"),     // a person's first place of business is 001
        ("EC", "1760013210000"),     // an authority's, too
        ("EC", "1791827341000"),     // and a company's
        ("GB", "12345678"),          // a digit short
        ("GB", "GD500"),             // departments end at 499
        ("GB", "HA499"),             // health authorities begin at 500
        ("GT", "1"),                 // a check digit of nothing
        ("GT", "1234567890123"),     // a digit too long
        ("GT", "FF12"),              // letters
        ("GT", "12D"),               // a letter for a check that is not K
        ("IT", "RSSMRA85T10A5621"),  // the check is a letter
        ("MX", "SAT971301NN3"),      // a thirteenth month
        ("MX", "XAXX010229AAA"),     // 2001 had no 29th of February
        ("MX", "GODE740229"),        // nor had 1974
        ("MX", "PUTA010101AAA"),     // a word that is not issued
        ("PE", "30131312955"),       // neither a person nor a company
        ("PT", "440000000"),         // of the fours, only 45
        ("PT", "730000000"),         // 73 is none
        ("PY", "1234"),              // a digit short
        ("SG", "M9123456A"),         // a digit short
        ("SG", "M912345678A"),       // a digit too long
        ("SG", "T08SS001A"),         // a digit short
        ("SG", "1991234567A"),       // a company's year, and a digit too long
        ("SV", "2614-010190-101-9"), // neither a municipality nor a country
        ("UY", "231234560011"),      // registers end at 22
        ("UY", "210000000011"),      // no serial number
        ("VE", "X-00095036-9"),      // no such kind of person
    ] {
        assert!(shape(country, number), "{country} {number}: {:?}", check(country, number));
    }
}

#[test]
fn each_kind_of_holder_has_its_own_rule() {
    // Computed by the published rules.
    for (country, number) in [
        ("CO", "800197274-9"),   // a remainder of 2, the first that is taken from 11
        ("CR", "3-002-000001"),  // an association
        ("CR", "3-101-000001"),  // a company
        ("CR", "11234567890"),   // a foreigner
        ("CR", "112345678901"),  // a foreigner
        ("EC", "1714307103"),    // a person's cédula
        ("EC", "1714307103001"), // and RUC
        ("FR", "4Z123456782"),   // keys with a letter behind, and before
        ("FR", "6A123456782"),
        ("FR", "A0123456782"),
        ("FR", "K7399859412"),
        ("MX", "BE&830504AB9"), // the signs of names that are no letters from A to Z
        ("MX", "MUÑ850607AB0"),
        ("MX", "GODE720229"), // a person without a homoclave, born on a 29th of February
        ("PT", "451234561"),  // a foreigner without residence
        ("PT", "701234563"),  // an inheritance
        ("SG", "T08SS0001A"), // a society
        ("UY", "22-123456-001-6"), // the last register
        ("VE", "V-00095036-6"), // a person (1 in the sum)
        ("VE", "E-81234567-5"), // a foreigner (2)
        ("VE", "P-00095036-5"), // a passport (4)
    ] {
        assert_eq!(check(country, number), Ok(()), "{country} {number}");
    }
    assert_eq!(check("DO", "10233317"), Ok(()), "in the register without a check digit");
    assert!(shape("DO", "10233318"));
}

#[test]
fn a_sign_of_another_kind_in_its_place_is_the_wrong_shape() {
    for (country, number, sign, places) in [
        ("IN", "27AAPFU0939F1ZV", 'A', [0, 1, 7, 10].as_slice()), // the state, the digits of the PAN
        ("IN", "27AAPFU0939F1ZV", '1', &[2, 6, 11, 13]),          // the letters of the PAN, and that after it
        ("IN", "27AAPFU0939F1ZV", '0', &[12]),                    // registrations are counted from 1
        ("IN", "27AAPFU0939F1ZV", 'v', &[14]),                    // a small letter
        ("SG", "MR2345678A", 'A', &[2, 8]),
        ("SG", "MR2345678A", '1', &[9]),
        ("SG", "MR2345678A", '&', &[1]),
        ("SG", "T08SS0001A", 'A', &[0, 1, 2, 5, 8]), // the century, the year, the serial number
        ("SG", "T08SS0001A", '1', &[3, 4, 9]),       // the kind, the check
    ] {
        assert_eq!(check(country, number), Ok(()), "{country} {number}");
        for place in places {
            let mut changed = number.to_owned();
            changed.replace_range(place..=place, sign.encode_utf8(&mut [0; 4]));
            assert!(shape(country, &changed), "{country} {changed}");
        }
    }
}

#[test]
fn numbers_of_the_dominican_register_that_break_its_rule_pass() {
    for number in ["131188691", "1-01-58160-1", "501620371", "505038691", "10233317"] {
        assert_eq!(check("DO", number), Ok(()), "{number}");
    }
    assert_eq!(check("DO", "131188692"), Err(TaxIdFault::CheckDigit { certain: true }));
}
