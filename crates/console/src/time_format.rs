//! Times, as the console writes them.

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

const DAY: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// Milliseconds since the Unix epoch as RFC 3339 with milliseconds.
pub(crate) fn rfc3339(ms: i64) -> String {
    aduana_cases::time::rfc3339(ms)
}

/// `2026-11-24 09:30` of `2026-11-24T09:30:12.345Z`.
pub(crate) fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// `2026-11-24` of a time.
pub(crate) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// The last `days` days up to that of `now_ms`, the oldest first.
pub(crate) fn last_days(now_ms: i64, days: u16) -> Vec<String> {
    let today =
        OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let day =
        |back: u16| (today - time::Duration::days(i64::from(back))).date().format(DAY).unwrap_or_default();
    (0..days).rev().map(day).collect()
}

/// In one unit: `42 s`, `12 min`, `3 h`, `9 d`.
pub(crate) fn in_one_unit(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_days_end_with_today() {
        // 2026-03-01T00:30:00Z
        assert_eq!(last_days(1_772_325_000_000, 3), ["2026-02-27", "2026-02-28", "2026-03-01"]);
    }

    #[test]
    fn an_age_has_one_unit() {
        let ages: Vec<_> = [0, 59, 60, 3_599, 3_600, 172_799, 172_800].into_iter().map(in_one_unit).collect();
        assert_eq!(ages, ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d"]);
    }
}
