//! A number without what stands between its signs.

/// The longest number of any country with a rule, and some.
const LONGEST: usize = 20;

/// The signs of a number, one byte each, in Latin-1: `Ñ` is a letter of Mexican numbers.
pub(super) struct Compact {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Compact {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        self.bytes().iter().copied().map(char::from).collect()
    }

    fn empty() -> Self {
        Self { bytes: [0; LONGEST], len: 0 }
    }

    fn push(&mut self, sign: char) -> Option<()> {
        *self.bytes.get_mut(self.len)? = u8::try_from(u32::from(sign)).ok()?;
        self.len += 1;
        Some(())
    }
}

/// All signs but the separators, which may only stand between others. `None` where no number of any country fits.
pub(super) fn whole(number: &str, separators: &str) -> Option<Compact> {
    // No letter or digit separates: most signs need no search.
    let separates = |sign: char| !sign.is_ascii_alphanumeric() && separators.contains(sign);
    if number.is_empty() || number.starts_with(separates) || number.ends_with(separates) {
        return None;
    }
    let mut compact = Compact::empty();
    number.chars().filter(|sign| !separates(*sign)).try_for_each(|sign| compact.push(sign))?;
    Some(compact)
}

/// Costa Rica: the three parts of a person's number (province, volume, entry) are written with or without their
/// leading zeros, and all nine digits with or without the zero before them. Comes out with all zeros.
pub(super) fn in_parts(number: &str, separators: &str) -> Option<Compact> {
    let all = whole(number, separators)?;
    let mut parts = number.split(|sign| separators.contains(sign));
    let first_three = (parts.next()?, parts.next(), parts.next());
    match (first_three, parts.next()) {
        ((province, Some(volume), Some(entry)), None)
            if (1..=4).contains(&volume.len()) && (1..=4).contains(&entry.len()) =>
        {
            // Two digits are a province with its zero; there are nine provinces.
            let province = province.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(province);
            (province.len() == 1).then_some(())?;
            filled_up([(province, 2), (volume, 4), (entry, 4)])
        }
        ((number, None, None), None) if number.len() == 9 => filled_up([(number, 10)]),
        _ => Some(all),
    }
}

/// The parts, each with zeros before it up to its width.
fn filled_up<const N: usize>(parts: [(&str, usize); N]) -> Option<Compact> {
    let mut compact = Compact::empty();
    for (part, width) in parts {
        let zeros = std::iter::repeat_n('0', width.saturating_sub(part.len()));
        zeros.chain(part.chars()).try_for_each(|sign| compact.push(sign))?;
    }
    Some(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_20_signs_is_looked_at_and_a_longer_one_is_none() {
        for (signs, is_looked_at) in [(19, true), (20, true), (21, false)] {
            let number = "1".repeat(signs);
            assert_eq!(whole(&number, "-").map(|it| it.to_text()), is_looked_at.then_some(number.clone()));
            assert_eq!(in_parts(&number, "-").is_some(), is_looked_at, "{signs}");
            let printed = format!("1-{}", &number[1..]);
            assert_eq!(whole(&printed, "-").is_some(), is_looked_at, "separators do not count");
        }
    }

    #[test]
    fn only_nine_digits_and_three_parts_are_filled_up() {
        for (number, filled_up) in [
            ("102340567", "0102340567"),
            ("1-234-567", "0102340567"),
            ("01-0234-0567", "0102340567"),
            ("12345678", "12345678"),
            ("0102340567", "0102340567"),
            ("3-101", "3101"),
        ] {
            assert_eq!(in_parts(number, "-").map(|it| it.to_text()).as_deref(), Some(filled_up), "{number}");
        }
    }
}
