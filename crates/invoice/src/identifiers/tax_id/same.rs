//! Which numbers are one person's: the spellings of a number, and the numbers that the law makes one.
//!
//! | Country | One are | Because |
//! |---|---|---|
//! | all | capital and small letters, separators, the country's code before the number | they are written and read so |
//! | GR | `EL` and `GR` as country | `EL` is the prefix that VIES has for Greece |
//! | GB | `XI` and `GB`; the number with and without the three digits of a branch | the number of Northern Ireland has the same digits; a branch is no person |
//! | BE | nine digits and ten with a zero before them | the registry put the zero before them in 2005 |
//! | FR | the VAT number, the SIREN and the SIRET | the VAT number is a key and the SIREN (CGI, article 286 ter); a SIRET is a SIREN and the number of an establishment, which is no person (Code de commerce, R123-221) |
//! | CH | with and without `MWST`, `TVA`, `IVA` | the tax's name is no part of the UID (UIDG, article 6) |
//! | EC | a natural person's RUC and the cédula | the RUC is the cédula and `001` (Ley del RUC; SRI) |
//! | CO | the NIT with and without its dígito de verificación | the digit is calculated and no part of the number (DIAN) |
//! | CR | with and without the zeros of its parts | the same cédula |
//! | PA | with and without blanks and the `DV` behind it | the DV is calculated and no part of the RUC (DGI). Its hyphens are: `8-1-23` is not `81-2-3` |
//! | HU | adószám and VAT number | the VAT number is its first eight digits |
//! | NO | with and without `MVA` | it says only that the person is registered for the tax |
//! | SE | organisationsnummer and VAT number | the VAT number is that and `01` |
//! | JP | with and without `T` | the T-number of a company is `T` and its corporate number |
//!
//! Not one are a Brazilian company's establishments (each has its own series), an Italian partita IVA and codice fiscale, a Dutch number
//! with another suffix, a Mexican RFC with and without its homoclave: the second cannot be calculated from the first, or is another person's.

use super::{Finding, TaxIdFault, check, read, rule_of, south_america, without_prefix};
use crate::identifiers::normal::normal;

/// One text for all numbers of one person: `FR:303265045`.
pub(crate) fn identity(country: &str, number: &str) -> String {
    let country = match country {
        "EL" => "GR",
        "XI" => "GB",
        country => country,
    };
    let number = normal(number);
    let spelled = match rule_of(country).map(|rule| read(rule, &number)) {
        Some((Some(compact), found)) if !matches!(found, Finding::WrongShape) => Some(compact.to_text()),
        Some(_) => respelled(country, &number),
        None => None,
    };
    let person = match spelled {
        Some(spelled) => person(country, &spelled, &number),
        None => person_anywhere(country, &number),
    };
    format!("{country}:{person}")
}

/// The spelling in which a country takes a number that it does not take as it is written: in capitals, without separators, without the
/// country's code. Nothing where it takes none of them.
fn respelled(country: &str, number: &str) -> Option<String> {
    let rule = rule_of(country)?;
    let bare: String =
        normal(number).to_uppercase().chars().filter(|sign| !" .-/,:'_".contains(*sign)).collect();
    let prefixed = match rule.country {
        "GR" => bare.strip_prefix("EL"),
        "GB" => bare.strip_prefix("XI"),
        _ => None,
    };
    let candidates = [Some(bare.as_str()), without_prefix(rule, &bare), prefixed];
    let taken = |bare: &str| {
        let (compact, found) = read(rule, bare);
        compact.filter(|_| !matches!(found, Finding::WrongShape)).map(|_| bare.to_owned())
    };
    candidates.into_iter().flatten().find_map(taken)
}

/// What a number has to be instead, where only its spelling is wrong: in capitals and in Unicode's composed form, and if that is not
/// enough, without separators and the country's code. Nothing where no spelling is right.
pub(crate) fn right_spelling(country: &str, number: &str) -> Option<String> {
    let is_taken = |number: &String| {
        !matches!(
            check(country, number),
            Err(TaxIdFault::Shape { .. } | TaxIdFault::CheckDigit { certain: true })
        )
    };
    let rule = rule_of(country)?;
    let capitals = normal(number).to_uppercase();
    Some(capitals).filter(is_taken).or_else(|| respelled(rule.country, number).filter(is_taken))
}

/// The person behind a number that its country takes, without separators. `written` has them.
fn person(country: &str, number: &str, written: &str) -> String {
    let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let first = |length| number.get(..length).unwrap_or(number);
    match (country, number.len()) {
        ("BE", 9) => return format!("0{number}"),
        ("FR", 11) => return number.get(2..).unwrap_or(number).to_owned(),
        ("CH", _) => first(10),
        ("GB", 12) => first(9),
        ("EC", 13) if number.ends_with("001") && south_america::is_natural(number.as_bytes()) => first(10),
        ("CO", _) if is_digits => without_check_digit(number, written),
        _ => number,
    }
    .to_owned()
}

/// A company's NIT has nine digits and begins with 8 or 9, a person's is the cédula: up to eight digits of old, now ten, the first 1. What has
/// one digit more has its dígito de verificación, and so has what is written with a hyphen before the last.
fn without_check_digit<'n>(number: &'n str, written: &str) -> &'n str {
    if number == "222222222222" {
        return number;
    }
    let parted = written.len() > 2 && written.as_bytes().iter().rev().nth(1) == Some(&b'-');
    let is_company = number.starts_with(['8', '9']);
    let is_bare =
        !parted && (number.len() == 9 && is_company || number.len() == 10 && number.starts_with('1'));
    match number.len().checked_sub(1) {
        Some(body) if !is_bare => number.get(..body).unwrap_or(number),
        _ => number,
    }
}

/// The person behind a number of a country without a rule, or of one that does not take it.
fn person_anywhere(country: &str, number: &str) -> String {
    let keeps_hyphens = country == "PA";
    let separators = if keeps_hyphens { " " } else { " .-/,:'" };
    let bare: String = number.to_uppercase().chars().filter(|sign| !separators.contains(*sign)).collect();
    let unprefixed =
        bare.strip_prefix(country).filter(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()));
    let bare = unprefixed.unwrap_or(&bare);
    let is_digits = bare.bytes().all(|byte| byte.is_ascii_digit());
    let digits_of =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match country {
        "PA" => without_dv(bare),
        "NO" => bare.strip_suffix("MVA").filter(|rest| digits_of(rest, 9)).unwrap_or(bare),
        "SE" if bare.len() == 12 && is_digits => bare.strip_suffix("01").unwrap_or(bare),
        "HU" if bare.len() == 11 && is_digits => bare.get(..8).unwrap_or(bare),
        "JP" => bare.strip_prefix('T').filter(|rest| digits_of(rest, 13)).unwrap_or(bare),
        _ => bare,
    }
    .to_owned()
}

/// `8-123-456DV12` and `8-123-456-DV12` are `8-123-456`.
fn without_dv(number: &str) -> &str {
    let rest = number.trim_end_matches(|sign: char| sign.is_ascii_digit());
    match rest.strip_suffix("DV") {
        Some(ruc) if rest.len() < number.len() => ruc.trim_end_matches('-'),
        _ => number,
    }
}

/// Registers whose numbers are the tax authority's, by their ISO/IEC 6523 code: the country, and how many digits a number has there (0: the
/// country's rule says).
const REGISTERS: [(&str, &str, usize); 17] = [
    // Organisationsnummer.
    ("0007", "SE", 10),
    // SIRENE: SIREN; and SIRET.
    ("0002", "FR", 0),
    ("0009", "FR", 14),
    // ABN.
    ("0151", "AU", 11),
    // UID.
    ("0183", "CH", 0),
    // CVR, and the SE-nummer, which is of the same series.
    ("0184", "DK", 0),
    ("0198", "DK", 0),
    // Corporate number, and registered number of issuers.
    ("0188", "JP", 13),
    ("0221", "JP", 13),
    // Organisasjonsnummer.
    ("0192", "NO", 9),
    // UEN.
    ("0195", "SG", 0),
    // KBO/BCE.
    ("0208", "BE", 0),
    // Codice fiscale, partita IVA.
    ("0210", "IT", 0),
    ("0211", "IT", 0),
    // Y-tunnus, ALV-numero.
    ("0212", "FI", 8),
    ("0213", "FI", 8),
    // Vienotais reģistrācijas numurs.
    ("0218", "LV", 11),
];

/// The same text as [`identity`] gives, for a number of a register that is the tax authority's, too. Nothing for other schemes, and for what
/// is no number of that register.
pub(crate) fn of_register(scheme: &str, id: &str) -> Option<String> {
    let (_, country, digits) = REGISTERS.iter().find(|(known, ..)| *known == scheme)?;
    let id = normal(id);
    if *digits == 0 {
        let id = if *country == "SG" { id.strip_prefix("SGUEN").unwrap_or(&id) } else { &id };
        let is_taken = matches!(read(rule_of(country)?, id), (_, Finding::Right | Finding::DoubtfulDigit));
        let spelled = if is_taken { id.to_owned() } else { respelled(country, id)? };
        return Some(identity(country, &spelled));
    }
    let person = person_anywhere(country, &id);
    if person.len() != *digits || !person.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(identity(country, if scheme == "0009" { person.get(..9)? } else { &person }))
}

/// Whether a number stands for buyers whom nobody names: the final consumer, the general public, a foreigner without a number.
pub(crate) fn is_nobody(identity: &str) -> bool {
    matches!(
        identity,
        "CL:666666666"
            | "CL:555555555"
            | "CO:222222222222"
            | "EC:9999999999999"
            | "GT:CF"
            | "MX:XAXX010101000"
            | "MX:XEXX010101000"
            | "PT:999999990"
            | "PY:444444017"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_one_person_are_one() {
        for (person, numbers) in [
            (
                "GR:094019245",
                &[("EL", "094019245"), ("GR", "094019245"), ("EL", "EL094019245"), ("GR", "EL 094019245")][..],
            ),
            (
                "GB:434031494",
                &[("GB", "434031494"), ("XI", "434031494"), ("GB", "434031494001"), ("GB", "GB 434 0314 94")],
            ),
            ("BE:0403019261", &[("BE", "403019261"), ("BE", "0403019261"), ("BE", "BE 0403.019.261")]),
            (
                "FR:303265045",
                &[
                    ("FR", "40303265045"),
                    ("FR", "303265045"),
                    ("FR", "FR 40 303 265 045"),
                    ("FR", "fr40303265045"),
                ],
            ),
            ("FR:356000000", &[("FR", "39356000000"), ("FR", "356000000")]),
            (
                "CH:E100155212",
                &[
                    ("CH", "E100155212"),
                    ("CH", "E100155212MWST"),
                    ("CH", "E100155212TVA"),
                    ("CH", "CHE-100.155.212 IVA"),
                ],
            ),
            (
                "ES:B12345674",
                &[("ES", "B12345674"), ("ES", "ESB12345674"), ("ES", "B-12345674"), ("ES", "b12345674")],
            ),
            ("EC:1710034065", &[("EC", "1710034065"), ("EC", "1710034065001"), ("EC", "1710034065-001")]),
            ("EC:1790011674001", &[("EC", "1790011674001"), ("EC", "EC1790011674001")]),
            ("EC:9999999999999", &[("EC", "9999999999999")]),
            (
                "CO:800197268",
                &[("CO", "800197268-4"), ("CO", "8001972684"), ("CO", "800.197.268-4"), ("CO", "800197268")],
            ),
            ("CO:222222222222", &[("CO", "222222222222")]),
            ("CL:60803000K", &[("CL", "60.803.000-K"), ("CL", "60803000-K"), ("CL", "60803000k")]),
            ("CR:0102340567", &[("CR", "1-0234-0567"), ("CR", "102340567"), ("CR", "0102340567")]),
            (
                "MX:ÑAÑ010203AB1",
                &[("MX", "ÑAÑ010203AB1"), ("MX", "N\u{303}AN\u{303}010203AB1"), ("MX", "ÑAÑ-010203-AB1")],
            ),
            ("DE:136695976", &[("DE", "136695976"), ("DE", "DE136695976"), ("DE", "DE 136 695 976")]),
            ("PT:502757191", &[("PT", "502757191"), ("PT", "PT502757191"), ("PT", "PT 502 757 191")]),
            (
                "PA:155596713-2-2015",
                &[
                    ("PA", "155596713-2-2015"),
                    ("PA", "155596713 - 2 - 2015"),
                    ("PA", "155596713-2-2015 DV 59"),
                    ("PA", "155596713\u{2010}2\u{2010}2015-DV59"),
                ],
            ),
            ("HU:12345678", &[("HU", "12345678-2-41"), ("HU", "HU12345678"), ("HU", "12345678")]),
            ("NO:923609016", &[("NO", "923609016MVA"), ("NO", "NO 923 609 016 MVA"), ("NO", "923609016")]),
            ("SE:5566778899", &[("SE", "SE556677889901"), ("SE", "556677-8899")]),
            ("JP:7000012050002", &[("JP", "T7000012050002"), ("JP", "7000012050002")]),
            ("US:123456789", &[("US", "12-3456789"), ("US", "US 123456789")]),
        ] {
            for (country, number) in numbers {
                assert_eq!(identity(country, number), person, "{country} {number}");
            }
        }
    }

    #[test]
    fn a_number_that_is_only_spelled_wrong_has_one_right_spelling() {
        for (country, number, right) in [
            ("CL", "60.803.000-k", Some("60.803.000-K")),
            ("BR", "12abc34501de35", Some("12ABC34501DE35")),
            ("DE", "DE136695976", Some("136695976")),
            ("DE", "DE 136 695 976", Some("136695976")),
            ("EL", "EL094019245", Some("094019245")),
            ("BE", "0403.019.261", Some("0403019261")),
            ("CH", "CHE-100.155.212 MWST", Some("E100155212MWST")),
            ("MX", "N\u{303}AN\u{303}010203AB1", Some("ÑAÑ010203AB1")),
            ("AT", "atu10223006", Some("U10223006")),
            ("ES", "b12345674", Some("B12345674")),
            // The digit is wrong, or the number, or no rule is known.
            ("CL", "60.803.000-1", None),
            ("CL", "60.803.001-k", None),
            ("EC", "179001167400", None),
            ("NZ", "*123*", None),
        ] {
            let spelled = right_spelling(country, number);
            let is_right = check(country, number).is_ok();
            assert_eq!(spelled.as_deref().filter(|_| !is_right), right, "{country} {number}");
        }
    }

    #[test]
    fn the_numbers_of_two_persons_are_two() {
        for [(a, one), (b, other)] in [
            [("PA", "8-1-23"), ("PA", "81-2-3")],
            [("BR", "11222333000181"), ("BR", "11222333000262")],
            [("ES", "B12345674"), ("PT", "B12345674")],
            [("EC", "1710034065001"), ("EC", "1710034065002")],
            [("NL", "004495445B01"), ("NL", "004495445B02")],
            [("FR", "303265045"), ("FR", "356000000")],
        ] {
            assert_ne!(identity(a, one), identity(b, other), "{one} {other}");
        }
    }

    #[test]
    fn a_register_that_is_the_tax_authoritys_gives_the_same_person() {
        for (scheme, id, person) in [
            ("0002", "303265045", Some("FR:303265045")),
            ("0009", "303 265 045 00017", Some("FR:303265045")),
            ("0208", "0403.019.261", Some("BE:0403019261")),
            ("0192", "923609016", Some("NO:923609016")),
            ("0007", "556677-8899", Some("SE:5566778899")),
            ("0212", "1234567-1", Some("FI:12345671")),
            ("0183", "CHE100155212", Some("CH:E100155212")),
            ("0184", "13585628", Some("DK:13585628")),
            ("0151", "51824753556", Some("AU:51824753556")),
            ("0188", "7000012050002", Some("JP:7000012050002")),
            ("0211", "IT00743110157", Some("IT:00743110157")),
            ("0218", "40003009497", Some("LV:40003009497")),
            // No number of that register, and registers of others.
            ("0002", "12345", None),
            ("0009", "303265045", None),
            ("0106", "12345678", None),
            ("0088", "5412345000013", None),
            ("", "303265045", None),
        ] {
            assert_eq!(of_register(scheme, id).as_deref(), person, "{scheme} {id}");
        }
    }

    #[test]
    fn the_final_consumers_number_is_nobodys() {
        for (country, number) in [
            ("EC", "9999999999999"),
            ("GT", "CF"),
            ("GT", "cf"),
            ("CO", "222222222222"),
            ("MX", "XAXX010101000"),
            ("MX", "XEXX-010101-000"),
            ("CL", "66.666.666-6"),
            ("CL", "55.555.555-5"),
            ("PT", "999999990"),
            ("PY", "44444401-7"),
        ] {
            assert!(
                is_nobody(&identity(country, number)),
                "{country} {number}: {}",
                identity(country, number)
            );
        }
        assert!(!is_nobody("EC:1790011674001"));
    }
}
