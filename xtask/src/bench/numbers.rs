//! How figures are written.

use std::time::Duration;

/// The middle one.
pub(super) fn median(values: impl IntoIterator<Item = u128>) -> u128 {
    let mut values: Vec<u128> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// `value / unit` in hundredths, rounded to the nearest.
pub(super) fn hundredths(value: u128, unit: u128) -> u128 {
    (value * 100 + unit / 2) / unit.max(1)
}

/// `value / unit` with two decimals.
pub(super) fn ratio(value: u128, unit: u128) -> String {
    let hundredths = hundredths(value, unit);
    format!("{}.{:02} ×", hundredths / 100, hundredths % 100)
}

/// `value / unit` with one decimal.
pub(super) fn tenths(value: u128, unit: u128) -> String {
    let tenths = (value * 10 + unit / 2) / unit.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Nanoseconds as microseconds.
pub(super) fn microseconds(nanoseconds: u128) -> String {
    format!("{} µs", tenths(nanoseconds, 1_000))
}

/// Milliseconds.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{} ms", tenths(time.as_micros(), 1_000))
}

/// Millions of bytes.
pub(super) fn megabytes(bytes: u128) -> String {
    format!("{} MB", tenths(bytes, 1_000_000))
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_rounded_to_the_nearest_hundredth() {
        assert_eq!(ratio(2, 3), "0.67 ×");
        assert_eq!(ratio(225, 100), "2.25 ×");
        assert_eq!(tenths(1_749, 1_000), "1.7");
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median([9, 1, 5]), 5);
        assert_eq!(median([]), 0);
    }

    #[test]
    fn large_numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
