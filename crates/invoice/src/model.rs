//! The typed, borrowed model of an invoice: what the rules read.
//!
//! It is read leniently, in one pass over the text: a field is there ([`Field::Is`]), not there ([`Field::Absent`]), or there
//! in a form that the schema does not allow ([`Field::Bad`]). A rule that needs a bad field says nothing; what is wrong
//! with the field stands in the schema's report. [`Read::is_clean`] says whether there is anything to report at all, so
//! that an invoice in order, the common case, needs no report; that both agree is held by a property test.

mod invoice;
mod leaf;
mod object;

use invoice::NAMES;
pub(crate) use invoice::*;
pub(crate) use leaf::{Percent, Text, date, is_blank};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use crate::decimal::Decimal;
use crate::decode::Key;
use crate::json::pointer::NodePath;
use crate::limits::ITEMS_MAX;

/// The format's own spelling of a field's name, if it has one of that name anywhere.
pub(crate) fn known_name(name: &str) -> Option<&'static str> {
    NAMES.iter().flat_map(|object| object.iter()).copied().find(|known| *known == name)
}

/// Whether the invoice itself has a field of this name.
pub(crate) fn is_root_name(name: &str) -> bool {
    NAMES.first().is_some_and(|names| names.contains(&name))
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

    /// The value, made anew in its place.
    fn begin(&mut self) -> &mut T
    where
        T: Default,
    {
        *self = Self::Is(T::default());
        match self {
            Self::Is(value) => value,
            Self::Absent | Self::Bad(_) => unreachable!("it was just set"),
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
    /// Reads the value at hand into the field, where it stays: an object is large to move about. It errs where the text is
    /// not JSON, and only there.
    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error>;

    /// Whether the schema has nothing against what is in it.
    fn is_clean(&self) -> bool {
        true
    }

    /// Whether it says the same, however it is written: `33.0`, `33.00` and `"33.00"` are one amount.
    fn says_the_same(&self, other: &Self) -> bool;

    /// How many items the lists in it have, all together.
    fn items(&self) -> usize {
        0
    }

    /// Adds the bad fields in it; `at` is its own place.
    fn bad_fields(&self, _at: &NodePath<'_>, _found: &mut Vec<BadField<'a>>) {}
}

/// A field in a form that the schema does not allow.
pub(crate) struct BadField<'a> {
    /// JSON Pointer of its place.
    pub(crate) path: String,
    /// For a decimal its JSON text; empty otherwise.
    text: &'a str,
}

impl<'a> BadField<'a> {
    /// Its JSON text, if it is a number that is no decimal of the format.
    pub(crate) fn number(&self) -> Option<&'a str> {
        self.text.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(self.text)
    }
}

/// What has fields with names.
pub(crate) trait Fields {
    /// The number of items in the field of this name, if it is there and clean.
    fn clean_field(&self, name: &str) -> Option<usize>;
}

/// The field that the value at hand is read into.
struct Slot<'f, 'a, T>(&'f mut Field<'a, T>);

impl<'a, T: Read<'a>> DeserializeSeed<'a> for Slot<'_, 'a, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        T::read(deserializer, self.0)
    }
}

/// Reads a text; nothing if it is not JSON.
pub(crate) fn read(text: &str) -> Field<'_, Invoice<'_>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut field = Field::Absent;
    match Invoice::read(&mut json, &mut field).and_then(|()| json.end()) {
        Ok(()) => field,
        Err(_) => Field::Absent,
    }
}

/// Whether two texts hold the same invoice, field by field; not, where the schema has something against one of them.
pub(crate) fn hold_the_same(a: &str, b: &str) -> bool {
    let (a, b) = (read(a), read(b));
    a.is_clean(true) && b.is_clean(true) && a.says_the_same(&b)
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

    fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Absent, Self::Absent) => true,
            (Self::Is(one), Self::Is(other)) => one.says_the_same(other),
            _ => false,
        }
    }

    /// The number of items in it, if it is there and clean.
    fn clean_items(&self) -> Option<usize> {
        self.get().filter(|value| value.is_clean()).map(Read::items)
    }

    fn bad_fields(&self, at: &NodePath<'_>, found: &mut Vec<BadField<'a>>) {
        match self {
            Self::Bad(text) => found.push(BadField { path: at.to_string(), text }),
            Self::Is(value) if !value.is_clean() => value.bad_fields(at, found),
            Self::Absent | Self::Is(_) => {}
        }
    }
}

/// A JSON value of one form: whatever has another is bad. What is read goes into the field, which is bad until then.
trait Form<'a>: Sized {
    type Value;

    fn of_text(_text: Cow<'a, str>, _field: &mut Field<'a, Self::Value>) {}

    fn of_map<A: MapAccess<'a>>(mut map: A, _field: &mut Field<'a, Self::Value>) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn of_seq<A: SeqAccess<'a>>(mut seq: A, _field: &mut Field<'a, Self::Value>) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Reads a value of the form `F`.
fn read_form<'a, F: Form<'a>, D: Deserializer<'a>>(
    deserializer: D,
    field: &mut Field<'a, F::Value>,
) -> Result<(), D::Error> {
    *field = Field::Bad("");
    deserializer.deserialize_any(FormVisitor::<F> { field })
}

struct FormVisitor<'f, 'a, F: Form<'a>> {
    field: &'f mut Field<'a, F::Value>,
}

impl<'a, F: Form<'a>> Visitor<'a> for FormVisitor<'_, 'a, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        F::of_text(Cow::Borrowed(text), self.field);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        F::of_text(Cow::Owned(text.to_owned()), self.field);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<(), A::Error> {
        F::of_map(map, self.field)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<(), A::Error> {
        F::of_seq(seq, self.field)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A name where it stands in the text: empty if it is written with escapes.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    fn of(key: &Key<'a>) -> Self {
        match key.0 {
            Cow::Borrowed(name) => Self(name),
            Cow::Owned(_) => Self::default(),
        }
    }

    pub(crate) const fn as_str(self) -> &'a str {
        self.0
    }

    /// Which bytes of `text`, of which it was read, it is; nothing if it is empty.
    pub(crate) fn range(self, text: &str) -> Option<Range<usize>> {
        let begin = text.as_bytes().element_offset(self.0.as_bytes().first()?)?;
        Some(begin..begin + self.0.len())
    }
}

/// The first name of an object.
#[derive(Debug, Default)]
pub(crate) struct FirstName<'a>(Option<Name<'a>>);

impl<'a> FirstName<'a> {
    /// Takes the names as they come.
    fn pass(&mut self, key: &Key<'a>) {
        self.0.get_or_insert_with(|| Name::of(key));
    }

    pub(crate) const fn get(&self) -> Option<Name<'a>> {
        self.0
    }
}

/// All names of an object, in their order.
#[derive(Debug, Default)]
pub(crate) struct AllNames<'a>(Vec<Name<'a>>);

impl<'a> AllNames<'a> {
    /// Takes the names as they come.
    fn pass(&mut self, key: &Key<'a>) {
        if self.0.is_empty() {
            // As many as most invoices have: it need not grow.
            self.0.reserve(32);
        }
        self.0.push(Name::of(key));
    }

    pub(crate) fn as_slice(&self) -> &[Name<'a>] {
        &self.0
    }
}

/// A list; an empty one is no list of the format.
impl<'a, T: Read<'a>> Read<'a> for List<'a, T> {
    fn says_the_same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one.says_the_same(other))
    }

    fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
        read_form::<ListForm<T>, D>(deserializer, field)
    }

    fn is_clean(&self) -> bool {
        !self.is_empty() && self.iter().all(|item| item.is_clean(true))
    }

    fn items(&self) -> usize {
        self.len() + self.iter().filter_map(Field::get).map(Read::items).sum::<usize>()
    }

    fn bad_fields(&self, at: &NodePath<'_>, found: &mut Vec<BadField<'a>>) {
        for (index, item) in self.iter().enumerate() {
            item.bad_fields(&NodePath::Index(at, index), found);
        }
    }
}

struct ListForm<T>(PhantomData<T>);

impl<'a, T: Read<'a>> Form<'a> for ListForm<T> {
    type Value = List<'a, T>;

    fn of_seq<A: SeqAccess<'a>>(mut seq: A, field: &mut Field<'a, Self::Value>) -> Result<(), A::Error> {
        let mut items = Vec::new();
        loop {
            items.push(Field::Absent);
            let Some(item) = items.last_mut() else { break };
            if seq.next_element_seed(Slot(item))?.is_none() {
                items.pop();
                break;
            }
            // It is too long already: what else is in it need not be kept.
            if items.len() > ITEMS_MAX {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        *field = Field::Is(items);
        Ok(())
    }
}
