//! VAT numbers of Europe, bare of their prefix (EN 16931's BT-31 has it; `tax_id.country` stands for it here).
//!
//! The algorithms are those that the national administrations gave to the Commission for VIES.

use super::Finding::{self, WrongShape};
use super::digits::{all_digits, digit, exactly, luhn, luhn_sum, spelled, value, weighted};

/// UID: `U`, seven digits, and one that fills up their sum by Luhn's rule, and 4, to a multiple of ten.
pub(super) fn at(number: &[u8]) -> Finding {
    let Some([body @ .., check]) = number.strip_prefix(b"U").and_then(exactly::<8>) else {
        return WrongShape;
    };
    digit((luhn_sum(&body) + 4 + check).is_multiple_of(10))
}

/// Ondernemingsnummer: ten digits, the last two 97 less the remainder of the first eight by 97. Of old without its
/// first zero.
pub(super) fn be(number: &[u8]) -> Finding {
    let digits = exactly::<10>(number).filter(|digits| digits[0] < 2);
    let digits = digits
        .or_else(|| exactly::<9>(number).map(|[a, b, c, d, e, f, g, h, i]| [0, a, b, c, d, e, f, g, h, i]));
    let Some([body @ .., x, y]) = digits else { return WrongShape };
    digit(97 - spelled(&body) % 97 == x * 10 + y)
}

/// UID (bare of `CH`): `E` and nine digits, the last modulo 11 over the weights 5 4 3 2 7 6 5 4; perhaps the tax's
/// name.
pub(super) fn ch(number: &[u8]) -> Finding {
    let suffixes: [&[u8]; 3] = [b"MWST", b"TVA", b"IVA"];
    let number = suffixes.iter().find_map(|suffix| number.strip_suffix(*suffix)).unwrap_or(number);
    let Some(uid) = number.strip_prefix(b"E").and_then(exactly::<9>) else { return WrongShape };
    digit((11 - weighted(&uid, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11 == uid[8])
}

/// USt-IdNr: nine digits, ISO 7064 mod 11, 10.
pub(super) fn de(number: &[u8]) -> Finding {
    let Some([body @ .., check]) = exactly::<9>(number).filter(|digits| digits[0] > 0) else {
        return WrongShape;
    };
    let product = body.iter().fold(10, |product, digit| match (product + digit) % 10 {
        0 => 9,
        sum => sum * 2 % 11,
    });
    digit((11 - product) % 10 == check)
}

/// CVR-nummer: eight digits, a multiple of 11 over the weights 2 7 6 5 4 3 2 1.
pub(super) fn dk(number: &[u8]) -> Finding {
    let Some(cvr) = exactly::<8>(number).filter(|digits| digits[0] > 0) else { return WrongShape };
    digit(weighted(&cvr, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// SIREN (INSEE): nine digits, Luhn. Numéro de TVA (Code général des impôts, article 286 ter): a key of two
/// digits or letters before it.
pub(super) fn fr(number: &[u8]) -> Finding {
    if let Some(siren) = exactly::<9>(number) {
        return digit(luhn(&siren));
    }
    let Some(([a, b], Some(siren))) =
        number.split_first_chunk::<2>().map(|(key, rest)| (key, exactly::<9>(rest)))
    else {
        return WrongShape;
    };
    let (Some(a), Some(b)) = (fr_value(*a), fr_value(*b)) else { return WrongShape };
    // The numbers of Monaco are no SIREN, and La Poste uses keys of its own.
    let proven = siren.starts_with(&[0, 0, 0]) || luhn(&siren);
    digit(siren == [3, 5, 6, 0, 0, 0, 0, 0, 0] || proven && fr_key(a, b, spelled(&siren)))
}

/// Digits, and letters but I and O.
fn fr_value(sign: u8) -> Option<u32> {
    b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
        .iter()
        .zip(0..)
        .find(|(known, _)| **known == sign)
        .map(|(_, value)| value)
}

/// Two digits: the remainder of the number with 12 behind it by 97. With a letter: the number modulo 11 is given by
/// the key.
fn fr_key(a: u32, b: u32, siren: u32) -> bool {
    if a < 10 && b < 10 {
        // 100 is 3, modulo 97.
        return (siren * 3 + 12) % 97 == a * 10 + b;
    }
    let key = if a < 10 { (a * 24 + b).checked_sub(10) } else { (a * 34 + b).checked_sub(100) };
    key.is_some_and(|key| (siren + 1 + key / 11) % 11 == key % 11)
}

/// VAT registration number: nine digits, by 97 or, since 2010, by 97 with 55 added; three more for a branch;
/// government departments and health authorities have a number of three digits.
pub(super) fn gb(number: &[u8]) -> Finding {
    match number {
        [b'G', b'D', rest @ ..] => return three(rest, 0..=499),
        [b'H', b'A', rest @ ..] => return three(rest, 500..=999),
        _ => {}
    }
    let (Some(vat), 9 | 12, true) = (number.first_chunk::<9>(), number.len(), all_digits(number)) else {
        return WrongShape;
    };
    let vat = vat.map(value);
    let sum = weighted(&vat, &[8, 7, 6, 5, 4, 3, 2, 10, 1]);
    digit(sum > 0 && (sum.is_multiple_of(97) || (sum + 55).is_multiple_of(97)))
}

fn three(number: &[u8], range: std::ops::RangeInclusive<u32>) -> Finding {
    match exactly::<3>(number) {
        Some(digits) if range.contains(&spelled(&digits)) => Finding::Right,
        _ => WrongShape,
    }
}

/// AFM: nine digits, the last the sum of the others times 256, 128 … 2, modulo 11 and 10.
pub(super) fn gr(number: &[u8]) -> Finding {
    let Some(afm) = exactly::<9>(number) else { return WrongShape };
    digit(afm != [0; 9] && weighted(&afm, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == afm[8])
}

/// Partita IVA and codice fiscale (DM 23.12.1976). The first has eleven digits, Luhn; the office within it is not
/// looked at, it no longer says anything. The second is a person's: sixteen signs, the last a letter by the sum of
/// the others.
pub(super) fn it(number: &[u8]) -> Finding {
    if let Some(iva) = exactly::<11>(number) {
        return digit(iva != [0; 11] && luhn(&iva));
    }
    let Ok(fiscal) = <&[u8; 16]>::try_from(number) else { return WrongShape };
    // Letters, and digits for which letters stand where two persons would have the same number.
    let right = fiscal.iter().zip(b"AAAAAA99A99A999A").all(|(sign, kind)| match kind {
        b'A' => sign.is_ascii_uppercase(),
        _ => matches!(sign, b'0'..=b'9' | b'L'..=b'N' | b'P'..=b'V'),
    });
    if !right {
        return WrongShape;
    }
    let [body @ .., check] = fiscal;
    let sum: u32 =
        body.iter().zip([true, false].into_iter().cycle()).map(|(sign, odd)| it_value(*sign, odd)).sum();
    digit(sum % 26 == it_value(*check, false))
}

/// The place in the alphabet, and on odd places what the decree gives for it. A digit counts as the letter of its
/// place.
fn it_value(sign: u8, odd: bool) -> u32 {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let place = if sign.is_ascii_digit() { sign - b'0' } else { sign.wrapping_sub(b'A') };
    if odd { ODD.get(usize::from(place)).copied().unwrap_or_default() } else { u32::from(place) }
}

/// Btw-nummer: nine digits, `B`, two digits. A company's nine digits are a multiple of 11 over the weights 9 to 2 and
/// -1; a sole trader's whole number, since 2020, is 1 modulo 97 (ISO 7064) with `NL` before it.
pub(super) fn nl(number: &[u8]) -> Finding {
    let Some((body, [b'B', x, y])) = number.split_first_chunk::<9>() else { return WrongShape };
    let (Some(body), Some(suffix)) = (exactly::<9>(body), exactly::<2>(&[*x, *y])) else { return WrongShape };
    // 10 times the last digit is the last digit taken away, modulo 11.
    let eleven = body != [0; 9] && weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11);
    // N is 23, L is 21, B is 11.
    let head = body.iter().fold(2321, |so_far, digit| (so_far * 10 + digit) % 97);
    digit(eleven || (head * 10_000 + 1_100 + spelled(&suffix)) % 97 == 1)
}

/// NIP: ten digits, the last modulo 11 over the weights 6 5 7 2 3 4 5 6 7.
pub(super) fn pl(number: &[u8]) -> Finding {
    let Some(nip) = exactly::<10>(number) else { return WrongShape };
    digit(nip != [0; 10] && weighted(&nip, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == nip[9])
}
