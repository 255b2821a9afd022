//! International bank account numbers (ISO 13616).

use super::normal::normal;

/// Countries with an IBAN and the length of theirs: SWIFT's IBAN registry, release 99, and XK (Kosovo), which is in
/// it.
const LENGTHS: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The longest IBAN that ISO 13616 allows.
const LONGEST: usize = 34;

/// What is wrong with an account's identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IbanFault {
    /// It is an IBAN but for its small letters: this is it in capitals.
    SmallLetters(String),
    /// Its length, its check digits or one of its signs.
    Wrong,
}

/// Looks at an account's identifier. It is meant as an IBAN, be it right or wrong, if it begins with a country that has IBANs and
/// two digits, and goes on with at least as much as the shortest of them, in letters and digits; or with anything, where
/// `is_transfer` says that it is the account of a credit transfer or a direct debit. The word `IBAN` may stand before it, and blanks,
/// hyphens, dots, slashes and colons between its signs: none of them counts.
///
/// An IBAN has the length of its country, is in capital letters and digits, and 1 modulo 97 (ISO 7064) with its first four signs put last
/// and A to Z read as 10 to 35.
pub(crate) fn check(account: &str, is_transfer: bool) -> Result<(), IbanFault> {
    if is_iban(account.as_bytes()) {
        return Ok(());
    }
    let signs: String = normal(account).chars().filter(|sign| !SEPARATORS.contains(*sign)).collect();
    let word = signs.get(..4).filter(|word| word.eq_ignore_ascii_case("IBAN"));
    let iban = signs.get(word.map_or(0, str::len)..).unwrap_or_default();
    if !is_meant(iban.as_bytes(), is_transfer) || is_iban(iban.as_bytes()) {
        return Ok(());
    }
    let capitals = iban.to_ascii_uppercase();
    Err(if is_iban(capitals.as_bytes()) { IbanFault::SmallLetters(capitals) } else { IbanFault::Wrong })
}

/// What is printed between the signs of an account.
const SEPARATORS: &str = " -./:";

fn is_meant(account: &[u8], is_transfer: bool) -> bool {
    let [a, b, c, d, rest @ ..] = account else { return false };
    let is_long = (11..=LONGEST - 4).contains(&rest.len()) && rest.iter().all(u8::is_ascii_alphanumeric);
    length_in([a.to_ascii_uppercase(), b.to_ascii_uppercase()]).is_some()
        && c.is_ascii_digit()
        && d.is_ascii_digit()
        && (is_transfer || is_long)
}

/// Whether these signs, without any between them, are an IBAN.
fn is_iban(account: &[u8]) -> bool {
    let Some((head @ [a, b, c, d], rest)) = account.split_first_chunk::<4>() else { return false };
    length_in([*a, *b]) == Some(account.len())
        && c.is_ascii_digit()
        && d.is_ascii_digit()
        && account.iter().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
        && rest.iter().chain(head).copied().fold(0, remainder) == 1
}

fn remainder(so_far: u32, sign: u8) -> u32 {
    match sign {
        b'0'..=b'9' => (so_far * 10 + u32::from(sign - b'0')) % 97,
        _ => (so_far * 100 + u32::from(sign - b'A') + 10) % 97,
    }
}

fn length_in(country: [u8; 2]) -> Option<usize> {
    let row = LENGTHS.binary_search_by_key(&country, |(country, _)| **country).ok()?;
    LENGTHS.get(row).map(|(_, length)| *length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The examples of SWIFT's registry.
    const EXAMPLES: [&str; 14] = [
        "ES9121000418450200051332",
        "DE89370400440532013000",
        "FR1420041010050500013M02606",
        "GB29NWBK60161331926819",
        "IT60X0542811101000000123456",
        "PT50000201231234567890154",
        "NL91ABNA0417164300",
        "BR1800360305000010009795493C1",
        "CR05015202001026284066",
        "DO28BAGR00000001212453611324",
        "GT82TRAJ01020000001210029690",
        "SV62CENR00000000000000700025",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
    ];

    const WRONG: Result<(), IbanFault> = Err(IbanFault::Wrong);

    #[test]
    fn the_registrys_examples_pass() {
        for iban in EXAMPLES {
            assert!(is_iban(iban.as_bytes()) && check(iban, true).is_ok(), "{iban}");
        }
    }

    #[test]
    fn an_account_of_34_signs_is_looked_at_and_a_longer_one_is_none() {
        for (signs, is_looked_at) in [(33, true), (34, true), (35, false)] {
            let account = format!("ES91{}", "0".repeat(signs - 4));
            assert_eq!(check(&account, false).is_err(), is_looked_at, "{signs}");
            let printed = format!("ES91 {}", "0 ".repeat(signs - 4));
            assert_eq!(check(&printed, false).is_err(), is_looked_at, "blanks do not count");
            assert_eq!(check(&account, true), WRONG, "{signs}");
        }
        assert!(LENGTHS.iter().all(|(_, length)| (1..=LONGEST).contains(length)), "every country's fits");
    }

    #[test]
    fn an_account_is_looked_at_without_what_is_printed_between_its_signs() {
        for (right, wrong) in [
            ("ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 1333"),
            (
                "ES91\u{a0}2100\u{a0}0418\u{a0}4502\u{a0}0005\u{a0}1332",
                "ES91\u{a0}2100\u{a0}0418\u{a0}4502\u{a0}0005\u{a0}1333",
            ),
            ("ES91\u{202f}2100\u{2009}0418 4502 0005 1332", "ES91\u{202f}2100\u{2009}0418 4502 0005 1333"),
            ("ES91-2100-0418-4502-0005-1332", "ES91-2100-0418-4502-0005-1333"),
            ("ES91\u{2013}2100\u{2010}0418-4502-0005-1332", "ES91\u{2013}2100\u{2010}0418-4502-0005-1333"),
            ("IBAN ES9121000418450200051332", "IBAN ES9121000418450200051333"),
            ("IBAN: ES91.2100.0418.4502.0005.1332", "iban:ES91.2100.0418.4502.0005.1333"),
            (" ES9121000418450200051332 ", " ES9121000418450200051333"),
        ] {
            assert_eq!(check(right, false), Ok(()), "{right}");
            assert_eq!(check(wrong, false), WRONG, "{wrong}");
        }
    }

    #[test]
    fn a_wrong_digit_or_length_is_noticed_and_small_letters_are_set_right() {
        for iban in ["ES9121000418450200051333", "ES912100041845020005133", "es9121000418450200051333"] {
            assert_eq!(check(iban, false), WRONG, "{iban}");
        }
        let capitals = IbanFault::SmallLetters("ES9121000418450200051332".to_owned());
        assert_eq!(check("es91 2100 0418 4502 0005 1332", false), Err(capitals));
    }

    #[test]
    fn the_account_of_a_transfer_that_begins_as_an_iban_is_one() {
        for account in ["ES91", "ES91 2100 0418", "ES9121000418450200051332123456789012345", "DE89 3704?"] {
            assert_eq!(check(account, true), WRONG, "{account}");
            assert_eq!(check(account, false), Ok(()), "{account}");
        }
        for account in ["", "1234567890", "012180015084923456", "US12345678901234567", "ESXX2100", "E9"] {
            assert_eq!(check(account, true), Ok(()), "{account}");
        }
    }

    #[test]
    fn the_length_is_that_of_the_country() {
        // 1 modulo 97, but two digits too many for Spain.
        let tail = (0..97).map(|n| format!("ES{n:02}2100041845020005133200")).find(|iban| {
            let (head, rest) = iban.as_bytes().split_at(4);
            rest.iter().chain(head).copied().fold(0, remainder) == 1
        });
        assert_eq!(check(&tail.expect("one of 97 fits"), false), WRONG);
    }

    #[test]
    fn other_accounts_do_not_look_like_an_iban() {
        for account in [
            "",
            "IBAN",
            "1234567890",
            "012180015084923456",
            "US12345678901234567",
            "ES91",
            "ESXX21000418450200051332",
            "ES91*2100*0418*4502*0005*1333",
            "ES91210004184502000513321234567890123",
        ] {
            assert_eq!(check(account, false), Ok(()), "{account}");
        }
    }

    #[test]
    fn the_countries_are_sorted_and_their_lengths_possible() {
        assert!(LENGTHS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(LENGTHS.iter().all(|(_, length)| (15..=LONGEST).contains(length)));
    }

    proptest! {
            #[test]
            fn one_changed_digit_is_always_noticed(example in 0..EXAMPLES.len(), at in 2..15_usize, add in 1..10_u8) {
                let mut bytes = EXAMPLES[example].as_bytes().to_vec();
                if bytes[at].is_ascii_digit() {
                    bytes[at] = b'0' + (bytes[at] - b'0' + add) % 10;
    prop_assert_eq!(check(&String::from_utf8(bytes).expect("ASCII"), false), WRONG);
                }
            }

            #[test]
            fn what_is_wrong_anywhere_is_wrong_for_a_transfer(text in "[A-Z]{2}[0-9]{2}[A-Z0-9 ]{0,32}|.*") {
                prop_assert!(check(&text, false).is_ok() || check(&text, true).is_err());
            }
        }
}
