//! Suggestions for values that were written in another form than the format's: how people write amounts and dates.

use crate::decimal::Decimal;
use crate::fault::RuleFault;
use crate::model::date as parse_date;

/// An amount with a decimal comma, with separators of thousands, with blanks around it or with a plus before it.
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
    let last = text.rfind(['.', ',']).and_then(|at| text.get(at..=at));
    let point = match (text.matches('.').count(), text.matches(',').count()) {
        (_, 0) => '.',
        (0, 1) => {
            // 1,234 may be either: nobody can say.
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

/// Whether the separators of thousands, if there are any, stand before every three digits.
fn is_grouped(text: &str, thousands: char, point: char) -> bool {
    let whole = text.split(point).next().unwrap_or_default();
    let Some((first, others)) = whole.split_once(thousands) else { return true };
    (1..=3).contains(&first.trim_start_matches('-').len())
        && others.split(thousands).all(|group| group.len() == 3)
}

/// A day written `DD/MM/YYYY`, `DD-MM-YYYY` or `DD.MM.YYYY`, as in Spain and Latin America, or with a time behind it.
pub(crate) fn date(fault: RuleFault, text: &str) -> RuleFault {
    match plain_date(text.trim()) {
        Some(plain) => fault.replace_by(plain),
        None => fault,
    }
}

fn plain_date(text: &str) -> Option<String> {
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    if parse_date(day).is_some() {
        return Some(day.to_owned());
    }
    let mut parts = day.split(['/', '-', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let plain = format!("{year}-{month:0>2}-{day:0>2}");
    parse_date(&plain).map(|_| plain)
}

#[cfg(test)]
mod tests;
