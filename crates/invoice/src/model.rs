//! The typed, borrowed model of an invoice: what the rules read.
//!
//! It is read leniently, in one pass over the text: a field is there ([`Field::Is`]), not there ([`Field::Absent`]), or there
//! in a form that the schema does not allow ([`Field::Bad`]). A rule that needs a bad field says nothing; what is wrong
//! with the field is told by the schema's report. [`Read::is_clean`] says whether there is anything to report at all, so
//! that an invoice in order, the common case, needs no report; that both agree is held by a property test.

mod invoice;
mod leaf;
mod object;

use invoice::NAMES;
pub(crate) use invoice::*;
pub(crate) use leaf::{Percent, Text, date, is_blank};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::decimal::Decimal;
use crate::decode::ITEMS_MAX;

/// The format's own spelling of a field's name, if it has one of that name anywhere.
pub(crate) fn known_name(name: &str) -> Option<&'static str> {
    NAMES.iter().flat_map(|object| object.iter()).copied().find(|known| *known == name)
}

/// A field of an object.
#[derive(Debug, Default)]
pub(crate) enum Field<'a, T> {
    /// It is not there.
    #[default]
    Absent,
    /// It is there in another form than the schema's; for a decimal with its JSON text.
    Bad(&'a str),
    /// It is there.
    Is(T),
}

impl<T> Field<'_, T> {
    pub(crate) const fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Bad(_) => None,
        }
    }

    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) const fn is_bad(&self) -> bool {
        matches!(self, Self::Bad(_))
    }
}

impl<K> Field<'_, Text<'_, K>> {
    /// The text, if it is there.
    pub(crate) fn text(&self) -> Option<&str> {
        self.get().map(Text::as_str)
    }
}

/// A list of the model. Its items can be bad, too.
pub(crate) type List<'a, T> = Vec<Field<'a, T>>;

impl<'a, T> Field<'a, List<'a, T>> {
    /// The items that can be read, with their indices; none if the list is not there.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, &T)> {
        let items = self.get().map_or(&[][..], Vec::as_slice);
        items.iter().enumerate().filter_map(|(index, item)| Some((index, item.get()?)))
    }

    /// Whether the list, or one of its items, cannot be read.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_bad() || self.get().is_some_and(|items| items.iter().any(Field::is_bad))
    }
}

impl Field<'_, Decimal> {
    /// The value; 0 if it is not there, and nothing if it is bad.
    pub(crate) fn or_zero(&self) -> Option<Decimal> {
        match self {
            Self::Absent => Some(Decimal::ZERO),
            Self::Bad(_) => None,
            Self::Is(value) => Some(*value),
        }
    }
}

/// What a field can hold.
pub(crate) trait Read<'a>: Sized {
    /// Reads the value at hand. It errs where the text is not JSON, and only there.
    fn read<D: Deserializer<'a>>(deserializer: D) -> Result<Field<'a, Self>, D::Error>;

    /// Whether the schema has nothing against what is in it.
    fn is_clean(&self) -> bool {
        true
    }

    /// How many items the lists in it have, all together.
    fn items(&self) -> usize {
        0
    }

    /// Adds the JSON numbers in it that are no decimals of the format, with their places; `at` is its own.
    fn bad_numbers(&self, _at: &mut Vec<Step>, _found: &mut Vec<(String, &'a str)>) {}
}

/// One step of a place in the document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Key(&'static str),
    Index(usize),
}

/// The JSON Pointer (RFC 6901) of a place. The format's own names need no escapes.
pub(crate) fn pointer(steps: &[Step]) -> String {
    let mut pointer = String::new();
    for step in steps {
        pointer.push('/');
        match step {
            Step::Key(key) => pointer.push_str(key),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
    }
    pointer
}

impl<'a, T: Read<'a>> Deserialize<'a> for Field<'a, T> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer)
    }
}

impl<'a, T: Read<'a>> Field<'a, T> {
    /// Whether the schema has nothing against the field, which may have to be there.
    fn is_clean(&self, required: bool) -> bool {
        match self {
            Self::Absent => !required,
            Self::Bad(_) => false,
            Self::Is(value) => value.is_clean(),
        }
    }

    fn bad_numbers(&self, key: &'static str, at: &mut Vec<Step>, found: &mut Vec<(String, &'a str)>) {
        at.push(Step::Key(key));
        match self {
            Self::Bad(text) if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                found.push((pointer(at), text));
            }
            Self::Is(value) => value.bad_numbers(at, found),
            Self::Absent | Self::Bad(_) => {}
        }
        at.pop();
    }
}

/// A JSON value of one form: whatever has another is bad.
trait Form<'a>: Sized {
    type Value;

    fn of_text(_text: Cow<'a, str>) -> Field<'a, Self::Value> {
        Field::Bad("")
    }

    fn of_map<A: MapAccess<'a>>(mut map: A) -> Result<Field<'a, Self::Value>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Bad(""))
    }

    fn of_seq<A: SeqAccess<'a>>(mut seq: A) -> Result<Field<'a, Self::Value>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Bad(""))
    }
}

/// Reads a value of the form `F`.
fn read_form<'a, F: Form<'a>, D: Deserializer<'a>>(deserializer: D) -> Result<Field<'a, F::Value>, D::Error> {
    deserializer.deserialize_any(FormVisitor::<F>(PhantomData))
}

struct FormVisitor<F>(PhantomData<F>);

impl<'a, F: Form<'a>> Visitor<'a> for FormVisitor<F> {
    type Value = Field<'a, F::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Self::Value, E> {
        Ok(F::of_text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(F::of_text(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<Self::Value, A::Error> {
        F::of_map(map)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<Self::Value, A::Error> {
        F::of_seq(seq)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Field::Bad(""))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Bad(""))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Bad(""))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Bad(""))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Bad(""))
    }
}

/// The name of a field.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'a> Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'a> Visitor<'a> for KeyVisitor {
    type Value = Key<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

/// A list; an empty one is no list of the format.
impl<'a, T: Read<'a>> Read<'a> for List<'a, T> {
    fn read<D: Deserializer<'a>>(deserializer: D) -> Result<Field<'a, Self>, D::Error> {
        read_form::<ListForm<T>, D>(deserializer)
    }

    fn is_clean(&self) -> bool {
        !self.is_empty() && self.iter().all(|item| item.is_clean(true))
    }

    fn items(&self) -> usize {
        self.len() + self.iter().filter_map(Field::get).map(Read::items).sum::<usize>()
    }

    fn bad_numbers(&self, at: &mut Vec<Step>, found: &mut Vec<(String, &'a str)>) {
        for (index, item) in self.iter().enumerate() {
            at.push(Step::Index(index));
            if let Field::Is(item) = item {
                item.bad_numbers(at, found);
            }
            at.pop();
        }
    }
}

struct ListForm<T>(PhantomData<T>);

impl<'a, T: Read<'a>> Form<'a> for ListForm<T> {
    type Value = List<'a, T>;

    fn of_seq<A: SeqAccess<'a>>(mut seq: A) -> Result<Field<'a, Self::Value>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
            // It is too long already: what else is in it need not be kept.
            if items.len() > ITEMS_MAX {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(Field::Is(items))
    }
}
