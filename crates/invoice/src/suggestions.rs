//! Suggestions for values that were written in another form than the format's: how people write amounts and dates.

use crate::decimal::Decimal;
use crate::fault::RuleFault;
use crate::model::date as parse_date;

/// An amount with a decimal comma, with separators of thousands, with blanks around it, with a plus before it or with an exponent.
pub(crate) fn decimal(fault: RuleFault, text: &str) -> RuleFault {
    // A rate or a percentage has fewer digits before its point than an amount.
    let is_percent = fault.path.ends_with("/rate") || fault.path.ends_with("/percentage");
    match plain_decimal(text, if is_percent { 4 } else { 15 }) {
        Some(plain) => fault.replace_by(plain),
        None => fault,
    }
}

fn plain_decimal(text: &str, integers: usize) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Some((digits, exponent)) = text.split_once(['e', 'E']) {
        return without_exponent(digits, exponent).filter(|plain| Decimal::parse(plain, integers).is_some());
    }
    let last = text.rfind(['.', ',']).and_then(|at| text.get(at..=at));
    let point = match (text.matches('.').count(), text.matches(',').count()) {
        (_, 0) => '.',
        (0, 1) => {
            // 1,234 may be either.
            let after = text.rsplit(',').next().unwrap_or_default();
            if after.len() == 3 {
                return None;
            }
            ','
        }
        (_, 1) if last == Some(",") => ',',
        (1, _) if last == Some(".") => '.',
        _ => return None,
    };
    let thousands = if point == ',' { '.' } else { ',' };
    if !is_grouped(text, thousands, point) {
        return None;
    }
    let plain = text.replace(thousands, "").replace(point, ".");
    Decimal::parse(&plain, integers).map(|_| plain)
}

/// `3E+1` is 30: programs write amounts so that they keep as decimals.
fn without_exponent(digits: &str, exponent: &str) -> Option<String> {
    let number = Decimal::parse(digits, 15)?;
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 15)?;
    let shown = number.to_string();
    let (sign, shown) = shown.strip_prefix('-').map_or(("", shown.as_str()), |shown| ("-", shown));
    let (whole, fraction) = shown.split_once('.').unwrap_or((shown, ""));
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let mut all = [whole, fraction].concat();
    let before = usize::try_from(-point.min(0)).ok()?;
    all.insert_str(0, &"0".repeat(before));
    let point = usize::try_from(point.max(0)).ok()?;
    all.extend(std::iter::repeat_n('0', point.saturating_sub(all.len())));
    let (whole, fraction) = all.split_at_checked(point)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// Whether the separators of thousands, if there are any, stand before every three digits.
fn is_grouped(text: &str, thousands: char, point: char) -> bool {
    let whole = text.split(point).next().unwrap_or_default();
    let Some((first, others)) = whole.split_once(thousands) else { return true };
    (1..=3).contains(&first.trim_start_matches('-').len())
        && others.split(thousands).all(|group| group.len() == 3)
}

/// A day in the order of another country, without its hyphens, or with a time or a zone behind it.
pub(crate) fn date(fault: RuleFault, text: &str) -> RuleFault {
    match plain_date(text.trim()) {
        Some(plain) => fault.replace_by(plain),
        None => fault,
    }
}

/// The one day that a text can mean. 11/05/2026 is in May or in November, and a time in UTC is of another day somewhere: these
/// are left to a person.
fn plain_date(text: &str) -> Option<String> {
    let plain = match text.split_once(['T', ' ']) {
        Some((day, time)) if is_local(time) => day,
        Some(_) => return None,
        None => without_zone(text),
    };
    if parse_date(plain).is_some() {
        return Some(plain.to_owned());
    }
    let is_digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|it| it.is_ascii_digit());
    let in_order = |year: &str, month: &str, day: &str| {
        let plain = format!("{year}-{month:0>2}-{day:0>2}");
        parse_date(&plain).map(|_| plain)
    };
    if is_digits(plain, 8) {
        return in_order(plain.get(..4)?, plain.get(4..6)?, plain.get(6..)?);
    }
    let parts: Vec<&str> = plain.split(['/', '-', '.']).take(4).collect();
    let [first, second, third] = *parts.as_slice() else { return None };
    if is_digits(first, 4) {
        return in_order(first, second, third);
    }
    if !is_digits(third, 4) {
        return None;
    }
    match (in_order(third, second, first), in_order(third, first, second)) {
        (Some(day_first), Some(month_first)) if day_first != month_first => None,
        (day_first, month_first) => day_first.or(month_first),
    }
}

/// Whether a time is that of a place: it names no zone, or a zone that is not UTC.
fn is_local(time: &str) -> bool {
    let digits = || time.bytes().filter(u8::is_ascii_digit).count();
    let offset = time.rsplit_once(['+', '-']).map(|(_, offset)| offset);
    let is_utc = offset.is_some_and(|offset| offset.bytes().all(|sign| matches!(sign, b'0' | b':')));
    !is_utc && digits() >= 4 && time.bytes().all(|sign| sign.is_ascii_digit() || b":.+-".contains(&sign))
}

/// A day of XML without its zone (`2026-11-24Z`, `2026-11-24+01:00`): it is the day of that place.
fn without_zone(text: &str) -> &str {
    match text.split_at_checked(10) {
        Some((day, "Z")) => day,
        Some((day, zone))
            if zone.len() == 6 && zone.starts_with(['+', '-']) && zone.get(3..4) == Some(":") =>
        {
            day
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests;
