//! Numbers of GS1: the GLN of a place or party (scheme 0088), the GTIN of an item (scheme 0160).

/// Whether `number` is a GLN: 13 digits, the last of which proves the others.
pub(crate) fn is_gln(number: &str) -> bool {
    number.len() == 13 && has_check_digit(number)
}

/// Whether `number` is a GTIN of 8, 12, 13 or 14 digits, the last of which proves the others.
pub(crate) fn is_gtin(number: &str) -> bool {
    matches!(number.len(), 8 | 12 | 13 | 14) && has_check_digit(number)
}

/// GS1 General Specifications, section 7.9.1: from the right, the digits weigh 1 and 3 in turns; the sum is a
/// multiple of ten. Numbers of all lengths share the rule.
fn has_check_digit(number: &str) -> bool {
    let sum = number.bytes().rev().zip([1, 3].into_iter().cycle()).try_fold(0_u32, |sum, (byte, weight)| {
        byte.is_ascii_digit().then(|| sum + u32::from(byte - b'0') * weight)
    });
    sum.is_some_and(|sum| sum.is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_the_gs1_handbook_pass() {
        // The examples of GS1's own explanation of the check digit, and of Wikipedia's article on the GTIN.
        assert!(is_gtin("6291041500213"));
        assert!(is_gtin("4006381333931"));
        assert!(is_gtin("73513537"));
        assert!(is_gtin("036000291452"));
        assert!(is_gtin("10036000291459"));
        assert!(is_gln("6291041500213"));
    }

    #[test]
    fn a_wrong_digit_is_noticed() {
        assert!(!is_gtin("6291041500214"));
        assert!(!is_gtin("73513536"));
        assert!(!is_gln("6291041500203"));
    }

    #[test]
    fn other_lengths_and_signs_are_no_number_of_gs1() {
        for number in [
            "",
            "0",
            "0000000",
            "000000000",
            "00000000000",
            "000000000000000",
            "629104150021٣",
            "6291041-500213",
        ] {
            assert!(!is_gtin(number), "{number}");
        }
        for number in ["73513537", "036000291452", "10036000291459", " 6291041500213"] {
            assert!(!is_gln(number), "{number}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_digit_is_always_noticed(body in "[0-9]{12}", at in 0..13_usize, add in 1..10_u8) {
            let number = (0..10).map(|digit| format!("{body}{digit}")).find(|number| is_gln(number));
            let mut bytes = number.expect("one digit fits").into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + add) % 10;
            prop_assert!(!is_gln(&String::from_utf8(bytes).expect("digits")));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = (is_gln(&text), is_gtin(&text));
        }
    }
}
