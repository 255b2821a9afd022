//! Time as it is given: milliseconds since the Unix epoch, in UTC.

use aduana_invoice::Date;
use time::{Month, OffsetDateTime, PrimitiveDateTime, Time};

/// RFC 3339 in UTC with milliseconds, e.g. `2026-11-24T09:30:00.000Z`. Texts of this form sort by time.
pub fn rfc3339(at_ms: i64) -> String {
    let at = date_time(at_ms);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second, ms) = (at.hour(), at.minute(), at.second(), at.millisecond());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Reads what [`rfc3339`] prints.
pub fn from_rfc3339(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let small = |from, to| number(from, to).and_then(|n| u8::try_from(n).ok());
    let month = Month::try_from(small(5, 7)?).ok()?;
    let date = Date::from_calendar_date(number(0, 4)?.into(), month, small(8, 10)?).ok()?;
    let time = Time::from_hms_milli(small(11, 13)?, small(14, 16)?, small(17, 19)?, number(20, 23)?).ok()?;
    let at_ms = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp_nanos() / 1_000_000;
    // As printed, to the letter.
    i64::try_from(at_ms).ok().filter(|at_ms| rfc3339(*at_ms) == text)
}

/// The day in UTC.
pub fn day(at_ms: i64) -> Date {
    date_time(at_ms).date()
}

/// A time out of the calendar's range (the year 9999) is a broken clock; the epoch shows it best.
fn date_time(at_ms: i64) -> OffsetDateTime {
    let nanos = i128::from(at_ms) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_in_utc_with_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_512_600_007), "2026-11-24T09:30:00.007Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
        for at_ms in [0, 1_795_512_600_007, -1] {
            assert_eq!(from_rfc3339(&rfc3339(at_ms)), Some(at_ms));
        }
        for wrong in
            ["", "2026-11-24", "2026-11-24T09:30:00Z", "2026-13-24T09:30:00.000Z", "ñ026-11-24T09:30:00.000Z"]
        {
            assert_eq!(from_rfc3339(wrong), None, "{wrong}");
        }
        assert_eq!(day(1_795_512_600_007).to_string(), "2026-11-24");
    }
}
