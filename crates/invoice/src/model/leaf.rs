//! The leaves of the model: texts of several kinds, decimals, dates, and the extensions.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::value::RawValue;
use time::{Date, Month};

use super::{Field, Form, Read, read_form};
use crate::decimal::Decimal;
use crate::decode;
use crate::json;

/// A text of a kind.
pub(crate) struct Text<'a, K> {
    text: Cow<'a, str>,
    kind: PhantomData<K>,
}

impl<K> Text<'_, K> {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Shows nothing of the invoice.
impl<K> fmt::Debug for Text<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.text.len())
    }
}

/// What the schema asks of a text, in the words of its `$defs`.
pub(crate) trait Kind {
    fn accepts(text: &str) -> bool;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $accepts:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $kind {}

        impl Kind for $kind {
            fn accepts(text: &str) -> bool {
                let accepts: fn(&str) -> bool = $accepts;
                accepts(text)
            }
        }
    )+};
}

kinds! {
    /// `short`
    Short: |text| is_text(text, 300);
    /// `text`
    Long: |text| is_text(text, 10_000);
    /// `code`
    Code: is_code;
    /// `taxId.number`
    TaxNumber: |text| is_text(text, 50);
    /// `currency`
    Currency: |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    /// `country`
    Country: |text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    /// `taxCategory`
    Category: |text| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    /// `attachment.uri`
    Uri: |text| !text.is_empty() && has_at_most(text, 2_000);
    /// `attachment.file.content`
    Content: |_| true;
    /// `schema_version`
    Version: |text| text == "1.0";
}

/// Not blank, at most `max` characters, no control characters but tab and line ends.
fn is_text(text: &str, max: usize) -> bool {
    let is_control = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F;
    !is_blank(text) && has_at_most(text, max) && !text.bytes().any(is_control)
}

/// 1 to 50 characters, none of them a blank or a control character.
fn is_code(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return (1..=50).contains(&text.len());
    }
    is_text(text, 50) && !text.chars().any(is_blank_char)
}

pub(crate) fn is_blank(text: &str) -> bool {
    // The first character decides for nearly all.
    !text.bytes().next().is_some_and(|byte| byte.is_ascii_graphic()) && text.chars().all(is_blank_char)
}

/// ECMA-262's `\s`, which is what `\S` in the schema's patterns means.
fn is_blank_char(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{FEFF}'
}

fn has_at_most(text: &str, max: usize) -> bool {
    text.len() <= max || text.chars().count() <= max
}

impl<'a, K: Kind> Read<'a> for Text<'a, K> {
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        read_form::<Self, D>(deserializer, field)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'a, K: Kind> Form<'a> for Text<'a, K> {
    type Value = Self;

    fn of_text(text: Cow<'a, str>, field: &mut Field<'a, Self>) {
        if K::accepts(&text) {
            *field = Field::Is(Self { text, kind: PhantomData });
        }
    }
}

/// A decimal, written as a string or as a number. A number is read from its text, as written.
fn read_decimal<'a, D: Deserializer<'a>>(
    deserializer: D,
    integers: usize,
) -> Result<Field<'a, Decimal>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let decimal = match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(text) if text.contains('\\') => {
            json::string(raw).and_then(|text| Decimal::parse(&text, integers))
        }
        Some(text) => Decimal::parse(text, integers),
        None => Decimal::parse(raw, integers),
    };
    Ok(decimal.map_or(Field::Bad(raw), Field::Is))
}

/// `amount` and `quantity`
impl<'a> Read<'a> for Decimal {
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        *field = read_decimal(deserializer, 15)?;
        Ok(())
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// `percent`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Percent(pub(crate) Decimal);

impl<'a> Read<'a> for Percent {
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        *field = match read_decimal(deserializer, 4)? {
            Field::Absent => Field::Absent,
            Field::Bad(raw) => Field::Bad(raw),
            Field::Is(decimal) => Field::Is(Self(decimal)),
        };
        Ok(())
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Field<'_, Percent> {
    pub(crate) fn value(&self) -> Option<Decimal> {
        self.get().map(|percent| percent.0)
    }
}

/// `date`: `YYYY-MM-DD`, a day of the calendar.
impl<'a> Read<'a> for Date {
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        read_form::<DateForm, D>(deserializer, field)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self == other
    }
}

enum DateForm {}

impl<'a> Form<'a> for DateForm {
    type Value = Date;

    fn of_text(text: Cow<'a, str>, field: &mut Field<'a, Date>) {
        if let Some(date) = date(&text) {
            *field = Field::Is(date);
        }
    }
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut part = |digits| {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse::<u16>().ok() } else { None }
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

/// `extensions`: objects of any content by namespace. The rules do not look into it.
pub(crate) struct Extensions<'a> {
    text: &'a str,
    is_clean: bool,
}

/// Shows nothing of the invoice.
impl fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extensions({} bytes)", self.text.len())
    }
}

impl<'a> Read<'a> for Extensions<'a> {
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        *field = Field::Is(Self { text, is_clean: decode::is_extensions(text) });
        Ok(())
    }

    fn says_the_same(&self, other: &Self) -> bool {
        json::same_text(self.text, other.text)
    }

    fn is_clean(&self) -> bool {
        self.is_clean
    }
}
