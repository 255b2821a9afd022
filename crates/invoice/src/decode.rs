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

use crate::model::{self, Key, Step};
use crate::rules::{FaultSink, RuleFault};
use crate::valid_parts::ValidParts;

/// The deepest nesting of objects and lists.
const DEPTH_MAX: usize = 32;

/// The most items of all lists of a document together: what bounds the report on one that has a fault in each.
pub(crate) const ITEMS_MAX: usize = 12_000;

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

/// What becomes of the items of the document's own lists.
pub(crate) trait Items {
    /// Whether it takes the items of the list of this name.
    fn takes(&self, list: &str) -> bool;

    /// Takes an item, in order.
    fn take(&mut self, list: &str, at: usize, item: &Value);
}

/// Reads `text` strictly. Numbers lose digits: what they are is read from the text, by the model. What is in `valid_parts` is passed
/// over, and comes out as `null`; so do the items that `items` takes, one by one, so that there is never more than one of them.
/// Of `extensions` come out as many of the names that may not stand there as are told, and nothing else.
pub(crate) fn strict<'a>(
    text: &'a str,
    valid_parts: &'a ValidParts<'a>,
    items: &'a mut dyn Items,
) -> Result<Value, Unreadable> {
    let mut reader = Strict { valid_parts: Some(valid_parts), taker: Some(items), ..Strict::new(1) };
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

/// The string that a JSON text holds.
pub(crate) fn string(json: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the decoder")]
    serde_json::from_str(json).ok()
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
    valid_parts: Option<&'a ValidParts<'a>>,
    taker: Option<&'a mut dyn Items>,
    /// Whether values are kept: those in `extensions` are not, as nobody looks into them.
    builds: bool,
    depth: usize,
    items: usize,
    path: Vec<PathStep<'a>>,
    fault: Option<Unreadable>,
}

enum PathStep<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

impl<'a> Strict<'a> {
    fn new(depth: usize) -> Self {
        Self {
            valid_parts: None,
            taker: None,
            builds: true,
            depth: depth - 1,
            items: 0,
            path: Vec::new(),
            fault: None,
        }
    }

    fn read(&mut self, text: &'a str) -> Result<Value, Unreadable> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = self.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
        read.map_err(|error| self.fault.take().unwrap_or_else(|| self.explain(&error)))
    }

    /// The number of items in the value at hand, if it is one to pass over.
    fn passes_over(&self) -> Option<usize> {
        match self.path.as_slice() {
            [PathStep::Name(name)] => self.valid_parts?.field(name),
            [PathStep::Name(name), PathStep::Index(at)] if name == "lines" => self.valid_parts?.line(*at),
            [PathStep::Name(name), PathStep::Index(at), PathStep::Name(field)] if name == "lines" => {
                self.valid_parts?.has_field_of_line(*at, field).then_some(0)
            }
            _ => None,
        }
    }

    /// The place in the document, as far as its names are the format's own: others are a sender's.
    fn pointer(&self) -> String {
        let known = self.path.iter().map_while(|step| match step {
            PathStep::Name(name) => model::known_name(name).map(Step::Key),
            PathStep::Index(index) => Some(Step::Index(*index)),
        });
        model::pointer(&known.collect::<Vec<_>>())
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
        let Some(items) = self.passes_over() else { return deserializer.deserialize_any(self) };
        self.count(items)?;
        IgnoredAny::deserialize(deserializer).map(|_| Value::Null)
    }
}

impl<'de> Strict<'de> {
    /// The list of the document that is at hand, if its items are taken.
    fn taken(&self) -> Option<Cow<'de, str>> {
        let [PathStep::Name(name)] = self.path.as_slice() else { return None };
        self.taker.as_ref().filter(|taker| taker.takes(name)).map(|_| name.clone())
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
                match (&list, &mut reader.taker) {
                    (Some(list), Some(taker)) => {
                        taker.take(list, at, &item);
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
