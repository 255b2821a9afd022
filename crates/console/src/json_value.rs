//! A JSON text as it can be shown: every value as it is written, whatever its form. It is not judged here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper than any place of an invoice; what is below is shown as its text.
const DEPTH_MAX: usize = 32;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
    Text(String),
    /// A number, `true`, `false` or `null` as it is written; or what is too deep to look into.
    Bare(String),
}

/// The members of an object in their order, as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Deserialize<'a> for Members<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'a> Visitor<'a> for InOrder {
            type Value = Members<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Node {
    /// Reads a text; `None` where it is no JSON.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(Self::of(parse(text)?, DEPTH_MAX))
    }

    fn of(raw: &RawValue, depth: usize) -> Self {
        let text = raw.get();
        let bare = || Self::Bare(text.to_owned());
        let Some(deeper) = depth.checked_sub(1) else { return bare() };
        match text.as_bytes().first() {
            Some(b'{') => parse::<Members<'_>>(text).map_or_else(bare, |Members(members)| {
                Self::Object(members.into_iter().map(|(name, raw)| (name, Self::of(raw, deeper))).collect())
            }),
            Some(b'[') => parse::<Vec<&RawValue>>(text).map_or_else(bare, |items| {
                Self::List(items.into_iter().map(|raw| Self::of(raw, deeper)).collect())
            }),
            Some(b'"') => parse(text).map_or_else(bare, Self::Text),
            _ => bare(),
        }
    }

    /// The member of that name; the last, where it is there twice.
    fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rfind(|(known, _)| known == name).map(|(_, json_value)| json_value)
    }

    /// What a JSON Pointer leads to.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |json_value, step| match json_value {
            Self::Object(_) => json_value.member(&step.replace("~1", "/").replace("~0", "~")),
            Self::List(items) => items.get(step.parse::<usize>().ok()?),
            Self::Text(_) | Self::Bare(_) => None,
        })
    }

    /// How many elements a list has.
    pub(crate) fn len(&self) -> usize {
        if let Self::List(items) = self { items.len() } else { 0 }
    }

    /// A value in one line, as a person reads it.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Text(text) | Self::Bare(text) => text.clone(),
            Self::Object(_) => "{…}".to_owned(),
            Self::List(_) => "[…]".to_owned(),
        }
    }

    /// A text or a number as a person reads it, and anything else as JSON.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Text(text) | Self::Bare(text) => text.clone(),
            Self::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, json_value)| format!("{name}: {}", json_value.in_full()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::in_full).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "to show it as it is; what it is worth, the validator says")]
fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_are_written() {
        let json_value =
            Node::read(r#"{"a/b": [1.50, "x\u0041", null], "n": 123456789012345678.99, "n2": {"k": true}}"#);
        let json_value = json_value.unwrap();
        let line = |pointer| json_value.at(pointer).map(Node::line);
        assert_eq!(line("/a~1b/0").as_deref(), Some("1.50"));
        assert_eq!(line("/a~1b/1").as_deref(), Some("xA"));
        assert_eq!(line("/n").as_deref(), Some("123456789012345678.99"));
        assert_eq!(line("/n2/k").as_deref(), Some("true"));
        assert_eq!(line("/n2/none"), None);
        assert_eq!(json_value.at("/a~1b").unwrap().len(), 3);
        assert!(Node::read("{").is_none());
    }

    #[test]
    fn a_deep_text_is_read_to_a_depth() {
        let list = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        // The last level is of values: what begins another list there is shown as its text.
        for (levels, innermost) in
            [(DEPTH_MAX - 2, "1"), (DEPTH_MAX - 1, "1"), (DEPTH_MAX, "1"), (DEPTH_MAX + 1, "[1]")]
        {
            let json_value = Node::read(&list(levels)).unwrap();
            let found = json_value.at(&"/0".repeat(levels.min(DEPTH_MAX))).map(Node::line);
            assert_eq!(found.as_deref(), Some(innermost), "{levels}");
        }
        assert!(Node::read(&list(100)).is_some());
    }
}
