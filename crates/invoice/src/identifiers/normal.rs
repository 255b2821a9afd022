//! The normal form of a text that identifies something, and the signs that have no place in one.
//!
//! Two texts that a reader takes for the same have one normal form: Unicode's NFKC (UAX 15), without the signs that nobody sees, every
//! dash a hyphen, every slash a slash, blanks one by one. Capital and small letters stay what they are.

use std::borrow::Cow;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// What is `Default_Ignorable_Code_Point` (Unicode, `DerivedCoreProperties.txt`): the first and the last of each range.
const IGNORABLE: [(char, char); 17] = [
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFF8}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// The normal form. Plain ASCII with single blanks inside is its own, and costs a look at each byte.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let signs = text.nfkd().filter(|sign| !is_left_out(*sign)).map(|sign| match sign {
        '\u{2044}' | '\u{2215}' => '/',
        sign if is_dash(sign) => '-',
        sign => sign,
    });
    let text: String = signs.nfc().collect();
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Only visible ASCII signs, and single blanks between them.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let plain = text.bytes().all(|byte| {
        let follows = byte.is_ascii_graphic() || byte == b' ' && before != b' ';
        before = byte;
        follows
    });
    plain && before != b' '
}

fn is_left_out(sign: char) -> bool {
    is_ignorable(sign) || sign.is_control() && !sign.is_whitespace()
}

/// Whether nothing is seen of it: joiners, marks of direction, selectors, fillers.
fn is_ignorable(sign: char) -> bool {
    !sign.is_ascii() && IGNORABLE.iter().any(|(first, last)| (*first..=*last).contains(&sign))
}

fn is_dash(sign: char) -> bool {
    // The minus sign, the hyphen bullet and the minus of phonetics are no dashes to Unicode.
    matches!(sign, '\u{2212}' | '\u{2043}' | '\u{2D7}')
        || !sign.is_ascii() && get_general_category(sign) == GeneralCategory::DashPunctuation
}

/// Whether an identifier must not have it: nobody sees it, it turns the direction of others, or Unicode gives it no meaning.
fn is_improper(sign: char) -> bool {
    if sign.is_ascii() {
        return sign.is_ascii_control();
    }
    is_ignorable(sign)
        || matches!(
            get_general_category(sign),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
}

/// Whether a text has a sign that an identifier must not have.
pub(crate) fn is_improper_text(text: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    !text.bytes().all(is_visible) && text.chars().any(is_improper)
}

/// The text without its improper signs, where that is surely what was meant: one that may stand for a blank or a hyphen leaves it open,
/// and so does one that has no meaning to us.
pub(crate) fn without_improper(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let stands_for_nothing = |sign: char| sign != '\u{AD}' && is_ignorable(sign);
    let open = trimmed.chars().any(|sign| is_improper(sign) && !stands_for_nothing(sign));
    let proper: String = trimmed.chars().filter(|sign| !stands_for_nothing(*sign)).collect();
    let proper = proper.trim();
    (!open && !proper.is_empty()).then(|| proper.to_owned())
}

/// The text with its improper signs written as JSON escapes, so that they are seen.
pub(crate) fn shown(text: &str) -> String {
    let escaped = |sign: char| {
        let mut units = [0; 2];
        let units = sign.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
    };
    let signs = text.chars().map(|sign| if is_improper(sign) { escaped(sign) } else { sign.to_string() });
    signs.collect()
}

/// The scripts whose letters look like each other's. Other letters stand beside any of them in real numbers: a Chinese series has Latin
/// letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
    Coptic,
    Lisu,
}

fn script(sign: char) -> Option<Script> {
    if !sign.is_alphabetic() {
        return None;
    }
    Some(match sign {
        'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{2AF}' | '\u{1E00}'..='\u{1EFF}' | '\u{A722}'..='\u{A7FF}' => {
            Script::Latin
        }
        '\u{370}'..='\u{3E1}' | '\u{3F0}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{A640}'..='\u{A69F}' => Script::Cyrillic,
        '\u{531}'..='\u{588}' => Script::Armenian,
        '\u{13A0}'..='\u{13FD}' | '\u{AB70}'..='\u{ABBF}' => Script::Cherokee,
        '\u{3E2}'..='\u{3EF}' | '\u{2C80}'..='\u{2CFF}' => Script::Coptic,
        '\u{A4D0}'..='\u{A4FF}' => Script::Lisu,
        _ => return None,
    })
}

/// Whether a text has letters of two scripts that look like each other's, or digits of two kinds.
pub(crate) fn mixes_scripts(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let normal = normal(text);
    let mut scripts = normal.chars().filter_map(script);
    let first = scripts.next();
    let mut digits = normal
        .chars()
        .filter(|sign| get_general_category(*sign) == GeneralCategory::DecimalNumber)
        .map(|digit| digit.is_ascii());
    let kind = digits.next();
    scripts.any(|script| Some(script) != first) || digits.any(|is_ascii| Some(is_ascii) != kind)
}

/// Whether a number is of digits alone but for letters that look like 0 or 1, at a place where a series has none: after a digit, or two
/// of them ahead of one. `O-17` and `O2026-1` are series; `OO1-001` and `1O1` are digits that were not read as such.
pub(crate) fn has_letters_for_digits(number: &str) -> bool {
    let looks_like_a_digit = |byte: u8| matches!(byte, b'O' | b'o' | b'I' | b'l');
    let is_part = |byte: u8| byte.is_ascii_digit() || looks_like_a_digit(byte) || b"-/. _".contains(&byte);
    if !number.bytes().any(looks_like_a_digit) || !number.bytes().all(is_part) {
        return false;
    }
    number.split(|sign: char| !sign.is_ascii_alphanumeric()).any(|part| {
        let letters = part.bytes().take_while(|byte| looks_like_a_digit(*byte)).count();
        let rest = part.get(letters..).unwrap_or_default();
        let doubled = letters > 1 && part.bytes().take(letters).all(|byte| matches!(byte, b'O' | b'o'));
        !rest.is_empty() && (doubled || rest.bytes().any(looks_like_a_digit))
    })
}

#[cfg(test)]
mod tests;
