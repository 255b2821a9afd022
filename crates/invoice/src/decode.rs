//! From bytes to a JSON text that is worth reading, and the strict reading of it.
//!
//! Strict means: UTF-8 without a byte order mark, one object, at most [`DEPTH_MAX`] levels and [`ITEMS_MAX`] items of lists, no
//! name twice in an object (RFC 8259, section 4, leaves open what that means).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::fault::{FaultSink, RuleFault};
use crate::limits::ITEMS_MAX;

/// The deepest nesting of objects and lists.
const DEPTH_MAX: usize = 32;

/// A text that cannot be read: the code of the rule that it breaks, and where.
pub(crate) type Unreadable = (&'static str, RuleFault);

/// The text of a body of at most `max` bytes.
pub(crate) fn text(body: &[u8], max: usize) -> Result<&str, Unreadable> {
    if body.len() > max {
        let fault =
            RuleFault::at("").expected(format!("≤ {max} bytes")).actual(format!("{} bytes", body.len()));
        return Err(("FE-S-002", fault));
    }
    if body.trim_ascii().is_empty() {
        return Err(not_json("", "an empty body"));
    }
    if body.starts_with(b"\xEF\xBB\xBF") {
        return Err(not_json("", "a byte order mark before the text"));
    }
    std::str::from_utf8(body).map_err(|error| {
        not_json("", format!("bytes that are not UTF-8, from byte {} on", error.valid_up_to()))
    })
}

fn not_json(path: impl Into<String>, actual: impl fmt::Display) -> Unreadable {
    ("FE-S-001", RuleFault::at(path).expected("one JSON object in UTF-8").actual(actual))
}

/// What the strict reading asks of its caller, and what it hands to it.
pub(crate) trait Guide {
    /// The format's own spelling of a field's name, if it has one of that name anywhere.
    fn known_name(&self, name: &str) -> Option<&'static str>;

    /// The number of items in the value at a place, if the value is to be passed over.
    fn passes_over(&self, path: &[PathStep<'_>]) -> Option<usize>;

    /// Whether it takes the items of the list of this name.
    fn takes(&self, list: &str) -> bool;

    /// Takes an item, in order.
    fn take(&mut self, list: &str, at: usize, item: &Value);
}

/// Reads `text` strictly. Numbers lose digits: the model reads them from the text. What `guide` passes over comes out as `null`, and so
/// do the items that it takes, one by one, so that there is never more than one of them. Of `extensions` only the names that may
/// not stand there come out, and no more of them than are reported.
pub(crate) fn strict<'a>(text: &'a str, guide: &'a mut dyn Guide) -> Result<Value, Unreadable> {
    let mut reader = Strict { guide: Some(guide), ..Strict::new(1) };
    let value = reader.read(text)?;
    if value.is_object() { Ok(value) } else { Err(not_json("", kind(&value))) }
}

/// Whether `text` is what the format wants of `extensions`, read strictly.
pub(crate) fn is_extensions(text: &str) -> bool {
    let mut reader = Strict { builds: false, ..Strict::new(2) };
    matches!(reader.read(text), Ok(Value::Object(wrong)) if wrong.is_empty())
}

/// Whether a name may stand in `extensions`.
pub(crate) fn is_namespace(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'))
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

/// What a value is, in the words of JSON Schema.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Reads strictly, and knows where it is.
struct Strict<'a> {
    guide: Option<&'a mut dyn Guide>,
    /// Whether values are kept: those in `extensions` are not, as nobody looks into them.
    builds: bool,
    depth: usize,
    items: usize,
    path: Vec<PathStep<'a>>,
    fault: Option<Unreadable>,
}

/// A step of the way from the document to the value at hand.
pub(crate) enum PathStep<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

impl<'a> Strict<'a> {
    fn new(depth: usize) -> Self {
        Self { guide: None, builds: true, depth: depth - 1, items: 0, path: Vec::new(), fault: None }
    }

    fn read(&mut self, text: &'a str) -> Result<Value, Unreadable> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = self.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
        read.map_err(|error| self.fault.take().unwrap_or_else(|| self.explain(&error)))
    }

    /// The place in the document, as far as its names are the format's own: others are a sender's.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                PathStep::Name(name) => {
                    let known = self.guide.as_ref().and_then(|guide| guide.known_name(name));
                    let Some(known) = known else { break };
                    pointer.extend(["/", known]);
                }
                PathStep::Index(index) => pointer.extend(["/", &index.to_string()]),
            }
        }
        pointer
    }

    fn explain(&self, error: &serde_json::Error) -> Unreadable {
        let text = error.to_string();
        if text.starts_with("number out of range") {
            return ("FE-S-007", RuleFault::at(self.pointer()).expected("1234.50"));
        }
        not_json(self.pointer(), text)
    }

    fn nested<T, E: serde::de::Error>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.depth == DEPTH_MAX {
            let fault = RuleFault::at(self.pointer()).expected(format!("≤ {DEPTH_MAX}"));
            self.fault = Some(("FE-S-003", fault));
            return Err(E::custom("too deep"));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// So many more items of lists.
    fn count<E: serde::de::Error>(&mut self, items: usize) -> Result<(), E> {
        self.items += items;
        if self.items <= ITEMS_MAX {
            return Ok(());
        }
        let fault = RuleFault::at(self.pointer()).expected(format!("≤ {ITEMS_MAX} items in all lists"));
        self.fault = Some(("FE-S-003", fault));
        Err(E::custom("too many items"))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Strict<'de> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let items = self.guide.as_ref().and_then(|guide| guide.passes_over(&self.path));
        let Some(items) = items else { return deserializer.deserialize_any(self) };
        self.count(items)?;
        IgnoredAny::deserialize(deserializer).map(|_| Value::Null)
    }
}

impl<'de> Strict<'de> {
    /// The list of the document that is at hand, if its items are taken.
    fn taken(&self) -> Option<Cow<'de, str>> {
        let [PathStep::Name(name)] = self.path.as_slice() else { return None };
        self.guide.as_ref().filter(|guide| guide.takes(name)).map(|_| name.clone())
    }

    /// An object of which only the names are of interest, and of those only the wrong ones in `extensions` itself.
    fn names_alone<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Value, A::Error> {
        let is_extensions = self.depth == 2;
        let mut names = HashSet::new();
        let mut wrong = Map::new();
        while let Some(Key(name)) = map.next_key()? {
            self.path.push(PathStep::Name(name.clone()));
            if is_extensions && wrong.len() < FaultSink::PLACES_MAX && !is_namespace(&name) {
                wrong.insert(name.clone().into_owned(), Value::Null);
            }
            if !names.insert(name) {
                return Err(self.twice());
            }
            map.next_value_seed(&mut *self)?;
            self.path.pop();
        }
        Ok(Value::Object(wrong))
    }

    fn twice<E: serde::de::Error>(&mut self) -> E {
        self.fault = Some(not_json(self.pointer(), "the same name twice in one object"));
        E::custom("a name twice")
    }
}

impl<'de> Visitor<'de> for &mut Strict<'de> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(if self.builds { Value::String(value.to_owned()) } else { Value::Null })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.nested(|reader| {
            let list = reader.taken();
            let mut items = Vec::new();
            let mut at = 0;
            reader.path.push(PathStep::Index(0));
            while let Some(item) = seq.next_element_seed(&mut *reader)? {
                match (&list, &mut reader.guide) {
                    (Some(list), Some(guide)) => {
                        guide.take(list, at, &item);
                        items.push(Value::Null);
                    }
                    _ if reader.builds => items.push(item),
                    _ => {}
                }
                at += 1;
                reader.path.pop();
                reader.count(1)?;
                reader.path.push(PathStep::Index(at));
            }
            reader.path.pop();
            Ok(Value::Array(items))
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.nested(|reader| {
            let in_extensions =
                matches!(reader.path.as_slice(), [PathStep::Name(name)] if name == "extensions");
            if !reader.builds || in_extensions {
                let built = std::mem::replace(&mut reader.builds, false);
                let names = reader.names_alone(map)?;
                reader.builds = built;
                return Ok(names);
            }
            let mut object = Map::new();
            while let Some(Key(name)) = map.next_key()? {
                reader.path.push(PathStep::Name(name.clone()));
                let Entry::Vacant(member) = object.entry(name) else { return Err(reader.twice()) };
                member.insert(map.next_value_seed(&mut *reader)?);
                reader.path.pop();
            }
            Ok(Value::Object(object))
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
