//! Tax identifiers: their national shape and their check digits.
//!
//! The rules of each country stand in the files below, with the name and the source of each. They are written here
//! and not taken from a library because the three answers that the rules need (wrong shape, surely wrong, perhaps
//! wrong) and what may stand between the digits are decided country by country.
//!
//! # Layout
//!
//! - [`RULES`]: the countries, what each allows, and how far its check digits are to be trusted.
//! - `compact`: a number without what stands between its signs; `digits`: the arithmetic.
//! - `same`: which numbers are one person's; `buyers`: what is taken from a buyer and from nobody else.
//! - `south_america`, `central_america`, `iberia`, `europe`, `others`: the countries.

mod buyers;
mod central_america;
mod compact;
mod digits;
mod europe;
mod iberia;
mod others;
mod same;
mod south_america;

pub(crate) use buyers::is_taken_from_buyers;
use compact::{Compact, in_parts, whole};
pub(crate) use same::{identity, is_nobody, of_register, right_spelling};

/// What is wrong with a tax identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaxIdFault {
    /// Not the national shape.
    Shape {
        /// The shape, as a regular expression over the number without separators.
        expected: &'static str,
    },
    /// The shape is right and the check digit is not.
    CheckDigit {
        /// No such number has been issued. Otherwise the registry is known for exceptions, or the project does not
        /// vouch for the country.
        certain: bool,
    },
}

/// What a country says of a number without separators.
enum Finding {
    Right,
    WrongShape,
    WrongDigit,
    /// A wrong digit on a kind of number with known exceptions, in a country that otherwise has none.
    DoubtfulDigit,
}

struct Rule {
    country: &'static str,
    /// A regular expression, for people.
    shape: &'static str,
    /// What may stand between the signs. Where numbers are exchanged bare, nothing.
    separators: &'static str,
    /// Whether the country's own code may stand before the number.
    prefixed: bool,
    /// Whether a wrong check digit proves that the number does not exist.
    certain: bool,
    compact: fn(&str, &str) -> Option<Compact>,
    judge: fn(&[u8]) -> Finding,
}

const fn rule(country: &'static str, judge: fn(&[u8]) -> Finding, shape: &'static str) -> Rule {
    Rule { country, shape, separators: "", prefixed: false, certain: false, compact: whole, judge }
}

impl Rule {
    /// A country where numbers are printed with separators, and often with the country before them.
    const fn printed(self, separators: &'static str) -> Self {
        Self { separators, prefixed: true, ..self }
    }

    const fn certain(self) -> Self {
        Self { certain: true, ..self }
    }
}

/// Sorted by country. Certain are the countries whose numbers of record all pass; Ecuador, Mexico, Paraguay and El
/// Salvador have issued others, and for the rest we have too few to say.
static RULES: [Rule; 30] = [
    rule("AE", others::ae, "[0-9]{15}"),
    rule("AR", south_america::ar, "(2[034567]|3[034]|5[015])[0-9]{9}").printed("- ").certain(),
    rule("AT", europe::at, "U[0-9]{8}"),
    rule("BE", europe::be, "[01]?[0-9]{9}"),
    rule("BR", south_america::br, "[0-9A-Z]{12}[0-9]{2}|[0-9]{11}").printed("-–./ ").certain(),
    rule("CH", europe::ch, "E[0-9]{9}(MWST|TVA|IVA)?"),
    rule("CL", south_america::cl, "[0-9]{6,8}[0-9K]").printed("-. ").certain(),
    rule("CO", south_america::co, "[0-9]{8,11}|2{12}").printed("-–—., ").certain(),
    Rule {
        compact: in_parts,
        ..rule("CR", central_america::cr, "0?[1-9][0-9]{8}|(2[1-4]0|3[01][01]|400|500)[0-9]{7}|1[0-9]{10,11}")
            .printed("- ")
            .certain()
    },
    rule("DE", europe::de, "[1-9][0-9]{8}"),
    rule("DK", europe::dk, "[1-9][0-9]{7}"),
    rule("DO", central_america::do_, "[0-9]{9}|[0-9]{11}").printed("- ").certain(),
    rule("EC", south_america::ec, "(0[1-9]|1[0-9]|2[0-4]|30|50)[0-69][0-9]{7}([0-9]{3})?|9{13}").printed("-"),
    rule("ES", iberia::es, "[0-9]{8}[A-Z]|[XYZKLM][0-9]{7}[A-Z]|[A-HJNP-SUVW][0-9]{7}[0-9A-J]")
        .printed("- ")
        .certain(),
    rule("FR", europe::fr, "([0-9A-HJ-NP-Z]{2})?[0-9]{9}").printed(" ").certain(),
    rule("GB", europe::gb, "[0-9]{9}([0-9]{3})?|GD[0-4][0-9]{2}|HA[5-9][0-9]{2}"),
    rule("GR", europe::gr, "[0-9]{9}"),
    rule("GT", central_america::gt, "[0-9]{1,11}[0-9K]|CF").printed("- ").certain(),
    rule("IN", others::in_, "[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]"),
    rule("IT", europe::it, "[0-9]{11}|[A-Z]{6}[0-9A-Z]{9}[A-Z]").printed(" ").certain(),
    rule("MX", central_america::mx, "[A-ZÑ&]{3,4}[0-9]{6}([0-9A-Z]{3})?").printed("- "),
    rule("NL", europe::nl, "[0-9]{9}B[0-9]{2}"),
    rule("PE", south_america::pe, "(1[0567]|20)[0-9]{9}").printed("- ").certain(),
    rule("PL", europe::pl, "[0-9]{10}"),
    rule("PT", iberia::pt, "[1-3568][0-9]{8}|(45|7[0-24-57-9]|9[0189])[0-9]{7}").printed(" ").certain(),
    rule("PY", south_america::py, "[0-9]{4,8}[0-9]").printed("-"),
    rule("SG", others::sg, "(M[0-9A-Z][0-9]{7}|[0-9]{8}|(19|20)[0-9]{7}|[RST][0-9]{2}[A-Z]{2}[0-9]{4})[A-Z]"),
    rule("SV", central_america::sv, "[019][0-9]{13}|[0-9]{9}").printed("- "),
    rule("UY", south_america::uy, "(0[1-9]|1[0-9]|2[012])[0-9]{6}001[0-9]").printed("- ").certain(),
    rule("VE", south_america::ve, "[CEGJPV][0-9]{9}").printed("-– ").certain(),
];

/// The shape of a number from a country without a rule.
const ANY: &str =
    r"[\p{Alphabetic}\p{N}]([\p{Alphabetic}\p{N} .,:/&+*#'()_–-]{0,38}[\p{Alphabetic}\p{N}*+)])?";

/// Judges a number that was given for `country` (ISO 3166-1 alpha-2, or a VAT prefix: `EL` for Greece, `XI` for
/// Northern Ireland). From a country without a rule, anything passes that could be printed on an invoice.
pub(crate) fn check(country: &str, number: &str) -> Result<(), TaxIdFault> {
    let Some(rule) = rule_of(country) else {
        return if printable(number) { Ok(()) } else { Err(TaxIdFault::Shape { expected: ANY }) };
    };
    match read(rule, number).1 {
        Finding::Right => Ok(()),
        Finding::WrongShape => Err(TaxIdFault::Shape { expected: rule.shape }),
        Finding::WrongDigit => Err(TaxIdFault::CheckDigit { certain: rule.certain }),
        Finding::DoubtfulDigit => Err(TaxIdFault::CheckDigit { certain: false }),
    }
}

fn rule_of(country: &str) -> Option<&'static Rule> {
    let country = match country {
        "EL" => "GR",
        "XI" => "GB",
        country => country,
    };
    RULES.binary_search_by_key(&country, |rule| rule.country).ok().and_then(|row| RULES.get(row))
}

/// The number without separators, and what its country says of it; without the country's code where it says nothing
/// of the number with it.
fn read(rule: &Rule, number: &str) -> (Option<Compact>, Finding) {
    let judged = |number: &str| {
        let compact = (rule.compact)(number, rule.separators);
        let found = compact.as_ref().map_or(Finding::WrongShape, |compact| (rule.judge)(compact.bytes()));
        (compact, found)
    };
    let bare = rule.prefixed.then(|| without_prefix(rule, number)).flatten();
    match (judged(number), bare) {
        ((_, Finding::WrongShape), Some(bare)) => judged(bare),
        (judged, _) => judged,
    }
}

fn without_prefix<'a>(rule: &Rule, number: &'a str) -> Option<&'a str> {
    let (prefix, rest) = number.split_at_checked(2)?;
    let rest = rest.strip_prefix(|sign| rule.separators.contains(sign)).unwrap_or(rest);
    prefix.eq_ignore_ascii_case(rule.country).then_some(rest)
}

fn printable(number: &str) -> bool {
    let inside = |sign: char| sign.is_alphanumeric() || " .,:/&+*#'()_–-".contains(sign);
    number.chars().take(41).count() <= 40
        && number.starts_with(char::is_alphanumeric)
        && number.ends_with(|sign: char| sign.is_alphanumeric() || "*+)".contains(sign))
        && number.chars().all(inside)
}

#[cfg(test)]
mod tests;
