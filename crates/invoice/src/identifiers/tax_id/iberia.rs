//! Spain and Portugal.

use super::Finding::{self, WrongShape};
use super::digits::{crossed, digit, exactly, spelled, value, weighted};

/// NIF (Real Decreto 1065/2007, articles 18 to 28; Orden EHA/451/2008): eight digits and a letter for a person (the
/// DNI); a letter, seven digits and a letter for a foreigner (the NIE) and for persons without either; a letter,
/// seven digits and a digit or letter for an entity.
pub(super) fn es(number: &[u8]) -> Finding {
    let (Some([first, body @ ..]), Some(last)) = (number.first_chunk::<8>(), number.get(8)) else {
        return WrongShape;
    };
    if number.len() != 9 {
        return WrongShape;
    }
    let Some(body) = exactly::<7>(body) else { return WrongShape };
    match first {
        b'0'..=b'9' => person(value(*first), &body, *last),
        b'X' | b'K' | b'L' | b'M' => person(0, &body, *last),
        b'Y' => person(1, &body, *last),
        b'Z' => person(2, &body, *last),
        b'A'..=b'H' | b'J' | b'N' | b'P'..=b'S' | b'U' | b'V' | b'W' => entity(*first, &body, *last),
        _ => WrongShape,
    }
}

/// The letter is that of the remainder of 23.
fn person(first: u32, body: &[u32; 7], letter: u8) -> Finding {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    if !letter.is_ascii_uppercase() {
        return WrongShape;
    }
    let remainder = (first * 10_000_000 + spelled(body)) % 23;
    digit(LETTERS.iter().zip(0..).any(|(expected, at)| at == remainder && *expected == letter))
}

/// Every other digit doubled, as by Luhn. Authorities, religious bodies, foreign entities and the like end with a
/// letter, companies and communities of owners with a digit, the others with either.
fn entity(kind: u8, body: &[u32; 7], last: u8) -> Finding {
    const LETTERS: &[u8; 10] = b"JABCDEFGHI";
    if !matches!(last, b'0'..=b'9' | b'A'..=b'J') {
        return WrongShape;
    }
    let sum: u32 =
        body.iter().zip([2, 1].into_iter().cycle()).map(|(digit, weight)| crossed(digit * weight, 10)).sum();
    let check = (10 - sum % 10) % 10;
    let as_digit = last.is_ascii_digit() && value(last) == check;
    let as_letter = LETTERS.iter().zip(0..).any(|(expected, at)| at == check && *expected == last);
    digit(match kind {
        b'N' | b'P' | b'Q' | b'R' | b'S' | b'W' => as_letter,
        b'A' | b'B' | b'E' | b'H' => as_digit,
        _ => as_digit || as_letter,
    })
}

/// NIF (Autoridade Tributária; Decreto-Lei 14/2013): the first digits say what the holder is; módulo 11 over the
/// weights 9 to 2, 10 and 11 are written 0.
pub(super) fn pt(number: &[u8]) -> Finding {
    let Some(nif) = exactly::<9>(number) else { return WrongShape };
    let known = match nif[0] {
        1..=3 | 5 | 6 | 8 => true,
        4 => nif[1] == 5,
        7 => !matches!(nif[1], 3 | 6),
        9 => matches!(nif[1], 0 | 1 | 8 | 9),
        _ => false,
    };
    if !known {
        return WrongShape;
    }
    let check = 11 - weighted(&nif, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(nif[8] == if check > 9 { 0 } else { check })
}
