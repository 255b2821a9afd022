//! Costa Rica, Dominican Republic, Guatemala, Mexico, El Salvador.

use super::Finding::{self, Right, WrongShape};
use super::digits::{all_digits, digit, doubtful, exactly, luhn, value, weighted, weighted_from_right};
use super::south_america::eleven_or_k;

/// Cédula of a person (nine digits, here with the zero that was put before them), cédula jurídica (ten) and DIMEX of
/// a foreigner (eleven or twelve, the first 1): Ministerio de Hacienda, Anexos y estructuras de los comprobantes
/// electrónicos. They have no check digit; the first four digits of a cédula jurídica are those of its class
/// (Registro Nacional).
pub(super) fn cr(number: &[u8]) -> Finding {
    if !all_digits(number) {
        return WrongShape;
    }
    let right = match number {
        [b'0', b'1'..=b'9', rest @ ..] => rest.len() == 8,
        [a, b, c, d, rest @ ..] if rest.len() == 6 => cr_class([*a, *b, *c, *d]),
        [b'1', rest @ ..] => matches!(rest.len(), 10 | 11),
        _ => false,
    };
    if right { Right } else { WrongShape }
}

/// 2: the state; 3: companies and associations; 4 and 5: autonomous institutions.
fn cr_class(class: [u8; 4]) -> bool {
    match &class {
        [b'2', b'1'..=b'4', b'0', b'0'] | b"4000" | b"5001" => true,
        [b'3', b'0', tens, ones] => matches!(value(*tens) * 10 + value(*ones), 2..=14),
        [b'3', b'1', tens, ones] => matches!(value(*tens) * 10 + value(*ones), 1..=10),
        _ => false,
    }
}

/// RNC that are in the DGII's register though their check digit is wrong or missing: those that users of python-stdnum found there
/// (`stdnum/do/rnc.py` of its release 2.2).
const DO_LISTED: [&[u8]; 23] = [
    b"10233317",
    b"101581601",
    b"101582245",
    b"101595422",
    b"101595785",
    b"131188691",
    b"401007374",
    b"501341601",
    b"501378067",
    b"501620371",
    b"501651319",
    b"501651823",
    b"501651845",
    b"501651926",
    b"501656006",
    b"501658167",
    b"501670785",
    b"501676936",
    b"501680158",
    b"504654542",
    b"504680029",
    b"504681442",
    b"505038691",
];

/// RNC of a company (DGII): nine digits, the last modulo 11 over the weights 7 9 8 6 5 4 3 2. A person's is the
/// cédula: eleven digits, Luhn; the Junta Central Electoral has issued many that do not pass.
pub(super) fn do_(number: &[u8]) -> Finding {
    if DO_LISTED.contains(&number) {
        return Right;
    }
    if let Some(rnc) = exactly::<9>(number) {
        let remainder = weighted(&rnc, &[7, 9, 8, 6, 5, 4, 3, 2]) % 11;
        return digit((10 - remainder) % 9 + 1 == rnc[8]);
    }
    exactly::<11>(number).map_or(WrongShape, |cedula| doubtful(luhn(&cedula)))
}

/// NIT (SAT), módulo 11: weights from 2 upwards, from the right; K stands for 10. CF is the final consumer (SAT,
/// régimen FEL).
pub(super) fn gt(number: &[u8]) -> Finding {
    if number == b"CF" {
        return Right;
    }
    let Some((check, body)) = number.split_last() else { return WrongShape };
    if !(1..=11).contains(&body.len()) || !all_digits(body) || !matches!(check, b'0'..=b'9' | b'K') {
        return WrongShape;
    }
    digit(eleven_or_k(weighted_from_right(body, &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])) == *check)
}

/// RFC (SAT; Código Fiscal, and the Anexo on its homoclave): four letters of a person or three of a company, a date,
/// and two signs and a check digit modulo 11, which a person's may lack. One in four of those on record fails the
/// last. The two RFC for the general public and for foreigners have a check digit of their own.
pub(super) fn mx(number: &[u8]) -> Finding {
    if matches!(number, b"XAXX010101000" | b"XEXX010101000") {
        return Right;
    }
    let letters = match number.len() {
        10 | 13 => 4,
        12 => 3,
        _ => return WrongShape,
    };
    let Some((name, rest)) = number.split_at_checked(letters) else { return WrongShape };
    let Some((date, tail)) = rest.split_first_chunk::<6>() else { return WrongShape };
    let named = name.iter().all(|sign| matches!(*sign, b'A'..=b'Z' | b'&' | NTILDE));
    if !named
        || !is_date(*date)
        || !tail.iter().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
    {
        return WrongShape;
    }
    if letters == 4 && MX_UNSEEMLY.iter().any(|word| *word == name) {
        return WrongShape;
    }
    digit(tail.is_empty() || rfc_check(number) == tail.last().copied())
}

/// Words that the SAT does not issue; it puts an X in the place of their last letter (its Anexo IV, palabras
/// inconvenientes).
const MX_UNSEEMLY: [&[u8; 4]; 41] = [
    b"BUEI", b"BUEY", b"CACA", b"CACO", b"CAGA", b"CAGO", b"CAKA", b"CAKO", b"COGE", b"COJA", b"COJE",
    b"COJI", b"COJO", b"CULO", b"FETO", b"GUEY", b"JOTO", b"KACA", b"KACO", b"KAGA", b"KAGO", b"KAKA",
    b"KOGE", b"KOJO", b"KULO", b"MAME", b"MAMO", b"MEAR", b"MEAS", b"MEON", b"MION", b"MOCO", b"MULA",
    b"PEDA", b"PEDO", b"PENE", b"PUTA", b"PUTO", b"QULO", b"RATA", b"RUIN",
];

/// `Ñ` in Latin-1.
const NTILDE: u8 = 0xD1;

/// A day, month and year without the century; the 29th of February in every fourth year.
fn is_date(date: [u8; 6]) -> bool {
    let Some([y, ear, m, onth, d, ay]) = exactly::<6>(&date) else { return false };
    let days = match m * 10 + onth {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if (y * 10 + ear).is_multiple_of(4) => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&(d * 10 + ay))
}

/// Weights 2 to 13 from the right, over the values of the SAT's table, in which a company's missing fourth letter is
/// a blank.
fn rfc_check(number: &[u8]) -> Option<u8> {
    let (_, body) = number.split_last()?;
    let blank = if number.len() == 12 { 37 * 13 } else { 0 };
    let sum: u32 = body.iter().rev().zip(2..).map(|(sign, weight)| rfc_value(*sign) * weight).sum();
    Some(match (sum + blank) % 11 {
        0 => b'0',
        1 => b'A',
        remainder => b'0' + u8::try_from(11 - remainder).ok()?,
    })
}

/// 0 to 9, A to N, &, O to Z, blank, Ñ.
fn rfc_value(sign: u8) -> u32 {
    match sign {
        b'A'..=b'N' => u32::from(sign - b'A') + 10,
        b'&' => 24,
        b'O'..=b'Z' => u32::from(sign - b'O') + 25,
        NTILDE => 38,
        _ => value(sign),
    }
}

/// NIT (Ministerio de Hacienda): a municipality or country, a date, a serial number and a check digit módulo 11, by
/// an older rule for serial numbers up to 100. A person's is now the DUI: nine digits, the last módulo 10.
pub(super) fn sv(number: &[u8]) -> Finding {
    if let Some(dui) = exactly::<9>(number) {
        return digit((10 - weighted(&dui, &[9, 8, 7, 6, 5, 4, 3, 2]) % 10) % 10 == dui[8]);
    }
    let Some(nit) = exactly::<14>(number) else { return WrongShape };
    if !matches!(nit[0], 0 | 1 | 9) {
        return WrongShape;
    }
    let check = if nit[10] * 100 + nit[11] * 10 + nit[12] <= 100 {
        weighted(&nit, &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 % 10
    } else {
        (11 - weighted(&nit, &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10
    };
    digit(check == nit[13])
}
