//! The arithmetic of check digits.

use super::Finding;

/// `number` as exactly `N` digits.
pub(super) fn exactly<const N: usize>(number: &[u8]) -> Option<[u32; N]> {
    let number: &[u8; N] = number.try_into().ok()?;
    all_digits(number).then(|| number.map(value))
}

pub(super) fn all_digits(number: &[u8]) -> bool {
    number.iter().all(u8::is_ascii_digit)
}

/// The value of a digit; the rules look at what they know to be one.
pub(super) fn value(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0'))
}

/// The number that digits spell. Ten of them at most fit; the rules spell nine.
pub(super) fn spelled(digits: &[u32]) -> u32 {
    digits.iter().fold(0_u32, |number, digit| number.wrapping_mul(10).wrapping_add(*digit))
}

/// The sum of the digits times their weights, both from the left.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The sum of the digits times their weights, both from the right; the weights begin anew where they are too few.
pub(super) fn weighted_from_right(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().rev().zip(weights.iter().cycle()).map(|(digit, weight)| value(*digit) * weight).sum()
}

/// ISO/IEC 7812-1, annex B (Luhn): every second digit from the right doubled, its digits added.
pub(super) fn luhn(digits: &[u32]) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

/// The sum of Luhn's rule: the last digit counts once, the one before it doubled.
pub(super) fn luhn_sum(digits: &[u32]) -> u32 {
    digits
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| crossed(digit * weight, 10))
        .sum()
}

/// The sum of the two digits that a number below the square of `base` has in it.
pub(super) fn crossed(number: u32, base: u32) -> u32 {
    number / base + number % base
}

pub(super) fn digit(right: bool) -> Finding {
    if right { Finding::Right } else { Finding::WrongDigit }
}

pub(super) fn doubtful(right: bool) -> Finding {
    if right { Finding::Right } else { Finding::DoubtfulDigit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_a_number_are_added_in_its_base() {
        for (number, base, sum) in
            [(0, 10, 0), (9, 10, 9), (10, 10, 1), (18, 10, 9), (35, 36, 35), (70, 36, 35)]
        {
            assert_eq!(crossed(number, base), sum, "{number} in base {base}");
        }
    }
}
