//! Argentina, Brazil, Chile, Colombia, Ecuador, Peru, Paraguay, Uruguay, Venezuela.

use super::Finding::{self, Right, WrongShape};
use super::digits::{all_digits, digit, exactly, luhn, value, weighted, weighted_from_right};

/// CUIT (ARCA, formerly AFIP): two digits for the kind of person, eight, and one modulo 11 over the weights 5 4 3 2 7
/// 6 5 4 3 2. A remainder of 1 would give 10, and 9 is written.
pub(super) fn ar(number: &[u8]) -> Finding {
    let Some(cuit) = exactly::<11>(number) else { return WrongShape };
    if !matches!(
        number,
        [b'2', b'0' | b'3'..=b'7', ..] | [b'3', b'0' | b'3' | b'4', ..] | [b'5', b'0' | b'1' | b'5', ..]
    ) {
        return WrongShape;
    }
    let check = match 11 - weighted(&cuit, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        11 => 0,
        10 => 9,
        check => check,
    };
    digit(check == cuit[10])
}

/// CPF of a person, CNPJ of a company (Receita Federal; with letters from July 2026, IN RFB 2.229/2024): two digits
/// modulo 11 each. Repetitions of one digit pass the arithmetic and are never issued.
pub(super) fn br(number: &[u8]) -> Finding {
    let same = number.windows(2).all(|pair| pair.first() == pair.last());
    match number.len() {
        11 => exactly::<11>(number).map_or(WrongShape, |cpf| digit(!same && is_cpf(&cpf))),
        14 => cnpj(number).map_or(WrongShape, |cnpj| digit(!same && is_cnpj(&cnpj))),
        _ => WrongShape,
    }
}

/// Weights 10 to 2 for the first digit, 11 to 2 for the second.
fn is_cpf(cpf: &[u32; 11]) -> bool {
    let weights = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |sum: u32| sum * 10 % 11 % 10;
    check(weighted(cpf, &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == cpf[9] && check(weighted(cpf, &weights)) == cpf[10]
}

/// Twelve digits or capital letters, which count as their ASCII code less 48, and two digits.
fn cnpj(number: &[u8]) -> Option<[u32; 14]> {
    let number: &[u8; 14] = number.try_into().ok()?;
    let (body, checks) = number.split_first_chunk::<12>()?;
    let right =
        body.iter().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase()) && all_digits(checks);
    right.then(|| number.map(value))
}

/// Weights 2 to 9 from the right, beginning anew.
fn is_cnpj(cnpj: &[u32; 14]) -> bool {
    let check = |sum: u32| sum * 10 % 11 % 10;
    check(weighted(cnpj, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == cnpj[12]
        && check(weighted(cnpj, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == cnpj[13]
}

/// RUT (SII), módulo 11: weights 2 to 7 from the right, beginning anew; K stands for 10.
pub(super) fn cl(number: &[u8]) -> Finding {
    let Some((check, body)) = number.split_last() else { return WrongShape };
    if !(6..=8).contains(&body.len()) || !all_digits(body) || !matches!(check, b'0'..=b'9' | b'K') {
        return WrongShape;
    }
    digit(eleven_or_k(weighted_from_right(body, &[2, 3, 4, 5, 6, 7])) == *check)
}

/// 11 less the remainder; 11 is written 0 and 10 is written K.
pub(super) fn eleven_or_k(sum: u32) -> u8 {
    match (11 - sum % 11) % 11 {
        10 => b'K',
        check => b'0' + u8::try_from(check).unwrap_or_default(),
    }
}

/// NIT with its dígito de verificación (DIAN, Orden administrativa 4 of 1989), módulo 11: prime weights from the
/// right. 222222222222 is the final consumer (DIAN, Anexo técnico de la factura electrónica).
pub(super) fn co(number: &[u8]) -> Finding {
    if number == b"222222222222" {
        return Right;
    }
    let Some((check, body)) = number.split_last() else { return WrongShape };
    if !(7..=10).contains(&body.len()) || !all_digits(number) {
        return WrongShape;
    }
    let remainder = weighted_from_right(body, &[3, 7, 13, 17, 19, 23, 29, 37, 41, 43]) % 11;
    digit(value(*check) == if remainder < 2 { remainder } else { 11 - remainder })
}

/// RUC and cédula (SRI; Registro Civil). The first two digits are a province, the third the kind of person: below 6 a
/// natural one, 6 the public sector (or a natural one), 9 a company. 9999999999999 is the final consumer (SRI, Ficha
/// técnica de comprobantes electrónicos).
pub(super) fn ec(number: &[u8]) -> Finding {
    if number == b"9999999999999" {
        return Right;
    }
    let [p, q, kind, ..] = number else { return WrongShape };
    let province = value(*p) * 10 + value(*q);
    if !all_digits(number) || !(matches!(province, 1..=24 | 30 | 50)) {
        return WrongShape;
    }
    match (number.len(), kind) {
        (10, b'0'..=b'6') => digit(is_cedula(number)),
        (13, b'0'..=b'5') if !number.ends_with(b"000") => digit(is_cedula(number)),
        (13, b'6') if !number.ends_with(b"000") => digit(is_public(number) || is_cedula(number)),
        (13, b'9') if !number.ends_with(b"000") => digit(is_company(number)),
        _ => WrongShape,
    }
}

/// Whether a RUC is a natural person's, the cédula and a number of three digits behind it.
pub(super) fn is_natural(ruc: &[u8]) -> bool {
    match ruc.get(2) {
        Some(b'0'..=b'5') => true,
        Some(b'6') => is_cedula(ruc) && !is_public(ruc),
        _ => false,
    }
}

/// Módulo 10 (Luhn) over the first ten digits.
fn is_cedula(number: &[u8]) -> bool {
    number.first_chunk::<10>().is_some_and(|cedula| luhn(&cedula.map(value)))
}

/// Módulo 11 over the first nine digits, the last of which is the check digit.
fn is_public(number: &[u8]) -> bool {
    number
        .first_chunk::<9>()
        .is_some_and(|ruc| weighted(&ruc.map(value), &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// Módulo 11 over the first ten digits. The SRI has issued numbers of companies that do not pass.
fn is_company(number: &[u8]) -> bool {
    number
        .first_chunk::<10>()
        .is_some_and(|ruc| weighted(&ruc.map(value), &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// RUC (SUNAT), módulo 11: weights 5 4 3 2 7 6 5 4 3 2; of 10 and 11 the last digit is written.
pub(super) fn pe(number: &[u8]) -> Finding {
    let Some(ruc) = exactly::<11>(number) else { return WrongShape };
    if !matches!(number, [b'1', b'0' | b'5' | b'6' | b'7', ..] | [b'2', b'0', ..]) {
        return WrongShape;
    }
    digit((11 - weighted(&ruc, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 10 == ruc[10])
}

/// RUC (DNIT, formerly SET), módulo 11: weights from 2 upwards, from the right; 10 and 11 are written 0.
pub(super) fn py(number: &[u8]) -> Finding {
    let Some((check, body)) = number.split_last() else { return WrongShape };
    if !(4..=8).contains(&body.len()) || !all_digits(number) {
        return WrongShape;
    }
    digit((11 - weighted_from_right(body, &[2, 3, 4, 5, 6, 7, 8, 9]) % 11) % 11 % 10 == value(*check))
}

/// RUT (DGI): a register from 01 to 22, six digits, 001, and one módulo 11 over the weights 4 3 2 9 8 7 6 5 4 3 2.
/// Numbers for which it would be 10 are not issued.
pub(super) fn uy(number: &[u8]) -> Finding {
    let Some(rut) = exactly::<12>(number) else { return WrongShape };
    let [tens, ones, body @ .., check] = rut;
    if !(1..=22).contains(&(tens * 10 + ones)) || body.starts_with(&[0; 6]) || !body.ends_with(&[0, 0, 1]) {
        return WrongShape;
    }
    digit((11 - weighted(&rut, &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 == check)
}

/// RIF (SENIAT): a letter for the kind of person, eight digits, and one módulo 11 over the weights 4 (of the letter's
/// number) and 3 2 7 6 5 4 3 2. 10 and 11 are written 0.
pub(super) fn ve(number: &[u8]) -> Finding {
    let Some((letter, rest)) = number.split_first() else { return WrongShape };
    let (Some(digits), Some(letter)) = (exactly::<9>(rest), ve_letter(*letter)) else { return WrongShape };
    let check = 11 - (letter * 4 + weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2])) % 11;
    digit(digits[8] == if check > 9 { 0 } else { check })
}

/// Venezuelan, foreigner, company or commune, passport, government.
fn ve_letter(letter: u8) -> Option<u32> {
    Some(match letter {
        b'V' => 1,
        b'E' => 2,
        b'J' | b'C' => 3,
        b'P' => 4,
        b'G' => 5,
        _ => return None,
    })
}
