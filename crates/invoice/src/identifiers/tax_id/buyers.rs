//! Numbers that a tax authority takes for a buyer, and for nobody else: identity cards, passports, a NIT without its digit.

use super::compact::whole;
use super::digits::{all_digits, exactly, value, weighted};

/// Whether the authority of `country` takes `number` as a buyer's, though it is no number of its own register.
pub(crate) fn is_taken_from_buyers(country: &str, number: &str) -> bool {
    let takes: fn(&str, &[u8]) -> bool = match country {
        "AR" => ar,
        "CO" => co,
        "EC" => ec,
        "GT" => gt,
        "PE" => pe,
        "UY" => uy,
        "VE" => ve,
        _ => return false,
    };
    whole(number, " .-").is_some_and(|compact| takes(number, compact.bytes()))
}

/// DNI, of seven or eight digits (ARCA, tipos de documento, 96).
fn ar(_: &str, number: &[u8]) -> bool {
    (7..=8).contains(&number.len()) && all_digits(number)
}

/// Cédula de ciudadanía: up to eight digits of old, now ten, the first 1. A company's NIT without its dígito de verificación: nine, the
/// first 8 or 9 (DIAN, Anexo técnico de la factura electrónica, tipos de documento 13 and 31). What has a hyphen before its last digit
/// has a dígito de verificación, and is judged with it.
fn co(written: &str, number: &[u8]) -> bool {
    let has_check_digit = written.as_bytes().iter().rev().nth(1) == Some(&b'-');
    let is_one =
        matches!((number.len(), number.first()), (5..=8, _) | (9, Some(b'8' | b'9')) | (10, Some(b'1')));
    is_one && !has_check_digit && all_digits(number)
}

/// A passport (SRI, Ficha técnica de comprobantes electrónicos, tabla 6, 06): up to nine letters and digits (ICAO 9303). One without any
/// letter cannot be distinguished from a RUC or a cédula that lacks digits.
fn ec(_: &str, number: &[u8]) -> bool {
    (6..=9).contains(&number.len())
        && number.iter().all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
        && number.iter().any(u8::is_ascii_uppercase)
        && number.iter().filter(|sign| sign.is_ascii_digit()).count() >= 4
}

/// CUI (RENAP; SAT, régimen FEL): eight digits, one módulo 11 over the weights 2 to 9, a department from 01 to 22, and a municipality.
fn gt(_: &str, number: &[u8]) -> bool {
    let Some(cui) = exactly::<13>(number) else { return false };
    let [.., check, d, department, m, municipality] = cui;
    weighted(&cui, &[2, 3, 4, 5, 6, 7, 8, 9]) % 11 == check
        && (1..=22).contains(&(d * 10 + department))
        && m * 10 + municipality > 0
}

/// DNI, of eight digits (SUNAT, catálogo 06, 1).
fn pe(_: &str, number: &[u8]) -> bool {
    number.len() == 8 && all_digits(number)
}

/// Cédula de identidad (DNIC; DGI, CFE, tipo de documento 3): seven digits, the first of which may be left out as a zero, and one
/// módulo 10 over the weights 2 9 8 7 6 3 4.
fn uy(_: &str, number: &[u8]) -> bool {
    let ci = exactly::<8>(number)
        .or_else(|| exactly::<7>(number).map(|[a, b, c, d, e, f, g]| [0, a, b, c, d, e, f, g]));
    ci.is_some_and(|ci| (10 - weighted(&ci, &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10 == ci[7])
}

/// Cédula de identidad, of six to eight digits, with the letter of Venezuelans or foreigners or without any (SENIAT).
fn ve(_: &str, number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"V").or_else(|| number.strip_prefix(b"E")).unwrap_or(number);
    (6..=8).contains(&digits.len()) && digits.iter().all(|digit| value(*digit) < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_card_is_taken_from_a_buyer() {
        for (country, number) in [
            ("AR", "12345678"),
            ("AR", "5.123.456"),
            ("CO", "1020304050"),
            ("CO", "1.020.304.050"),
            ("CO", "19234567"),
            ("CO", "52123"),
            ("CO", "800197268"),
            ("EC", "AB1234567"),
            ("GT", "1234567890101"),
            ("GT", "1234 56789 0101"),
            ("PE", "45678912"),
            ("UY", "1.234.567-2"),
            ("UY", "12345672"),
            ("VE", "V-12.345.678"),
            ("VE", "E81234567"),
            ("VE", "7123456"),
        ] {
            assert!(is_taken_from_buyers(country, number), "{country} {number}");
            assert!(super::super::check(country, number).is_err(), "{country} {number} is of the register");
        }
    }

    #[test]
    fn what_is_nearly_one_is_not() {
        for (country, number) in [
            ("AR", "123456"),
            ("AR", "123456789"),
            ("AR", "A1234567"),
            ("CO", "1234"),
            ("CO", "900373912-8"),
            ("CO", "123456789"),
            ("CO", "2020304050"),
            ("CO", "10203040501"),
            ("EC", "123456789"),
            ("EC", "AB12345678"),
            ("EC", "ABCDEFG12"),
            ("EC", "179182734100"),
            ("GT", "1234567880101"),
            ("GT", "1234567892301"),
            ("GT", "1234567890001"),
            ("GT", "1234567890100"),
            ("PE", "4567891"),
            ("PE", "456789123"),
            ("UY", "1.234.567-1"),
            ("UY", "123456"),
            ("VE", "J12345678"),
            ("VE", "V123456789"),
            ("VE", "V12345"),
            ("ES", "12345678"),
            ("MX", "12345678"),
        ] {
            assert!(!is_taken_from_buyers(country, number), "{country} {number}");
        }
    }
}
