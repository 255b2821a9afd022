//! United Arab Emirates, India, Singapore.

use super::Finding::{self, Right, WrongShape};
use super::digits::{all_digits, crossed, digit, value};

/// TRN (Federal Tax Authority): fifteen digits; how they are checked is not public.
pub(super) fn ae(number: &[u8]) -> Finding {
    if number.len() == 15 && all_digits(number) { Right } else { WrongShape }
}

/// GSTIN (GST Council): the state, the holder's PAN, the registration's number, a letter, and a check sign by Luhn's
/// rule in base 36.
pub(super) fn in_(number: &[u8]) -> Finding {
    let Ok(number) = <&[u8; 15]>::try_from(number) else { return WrongShape };
    let [s, t, pan @ .., entity, kind, _] = number;
    let Some((letters, [digits @ .., last])) = pan.split_first_chunk::<5>() else { return WrongShape };
    let right = all_digits(&[*s, *t])
        && letters.iter().all(u8::is_ascii_uppercase)
        && all_digits(digits)
        && last.is_ascii_uppercase()
        && matches!(entity, b'1'..=b'9' | b'A'..=b'Z')
        && kind.is_ascii_uppercase()
        && number.iter().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase());
    if !right {
        return WrongShape;
    }
    let sum: u32 = number
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(sign, weight)| crossed(base_36(*sign) * weight, 36))
        .sum();
    digit(sum.is_multiple_of(36))
}

fn base_36(sign: u8) -> u32 {
    if sign.is_ascii_digit() { value(sign) } else { u32::from(sign.wrapping_sub(b'A')) + 10 }
}

/// GST registration number (IRAS): `M`, a sign, seven digits, a letter; or the UEN (ACRA): a business has eight
/// digits and a letter, a company its year, five digits and a letter, others a letter for the century, a year, two
/// letters for the kind, four digits and a letter. How the letters are checked is not public.
pub(super) fn sg(number: &[u8]) -> Finding {
    let Some((last, body)) = number.split_last() else { return WrongShape };
    let right = match body {
        [b'M', kind, digits @ ..] if digits.len() == 7 => {
            (kind.is_ascii_digit() || kind.is_ascii_uppercase()) && all_digits(digits)
        }
        [b'R' | b'S' | b'T', tens, ones, kind, of_entity, serial @ ..] if serial.len() == 4 => {
            all_digits(&[*tens, *ones])
                && [kind, of_entity].iter().all(|sign| sign.is_ascii_uppercase())
                && all_digits(serial)
        }
        [b'1', b'9', ..] | [b'2', b'0', ..] if body.len() == 9 => all_digits(body),
        _ => body.len() == 8 && all_digits(body),
    };
    if right && last.is_ascii_uppercase() { Right } else { WrongShape }
}
