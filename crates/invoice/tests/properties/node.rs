//! A JSON document as it is written: numbers keep their digits, members their order, and names may be there twice.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::Index;

/// Valid invoices, the smallest and the richest.
pub(crate) const INVOICES: [&str; 4] = [
    include_str!("../rules/base/plain.json"),
    include_str!("../rules/base/rich.json"),
    include_str!("../rules/base/not_subject.json"),
    include_str!("../rules/base/taxed.json"),
];

#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A string, a number, true, false or null, as written; or any other text.
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn read(text: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the project's own test data")]
        let value: serde_json::Value = serde_json::from_str(text).expect("a JSON document");
        Self::of(value)
    }

    fn of(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::of).collect()),
            serde_json::Value::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, Self::of(value))).collect())
            }
            scalar => Self::Text(scalar.to_string()),
        }
    }

    /// How many nodes there are in it, itself included.
    fn count(&self) -> usize {
        1 + match self {
            Self::Text(_) => 0,
            Self::List(items) => items.iter().map(Self::count).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.count()).sum(),
        }
    }

    /// The node number `at`, in the order of the text.
    fn nth(&mut self, at: usize) -> Option<&mut Self> {
        if at == 0 {
            return Some(self);
        }
        let mut left = at - 1;
        let children: Vec<&mut Self> = match self {
            Self::Text(_) => Vec::new(),
            Self::List(items) => items.iter_mut().collect(),
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        };
        for child in children {
            let count = child.count();
            if left < count {
                return child.nth(left);
            }
            left -= count;
        }
        None
    }

    pub(crate) fn change(&mut self, change: &Change) {
        let at = change.at.index(self.count());
        let Some(node) = self.nth(at) else { return };
        match (&change.kind, node) {
            (Kind::Replace(text), node) => *node = Self::Text(text.clone()),
            (Kind::Drop(which), Self::Object(members)) if !members.is_empty() => {
                members.remove(which.index(members.len()));
            }
            (Kind::Drop(which), Self::List(items)) if !items.is_empty() => {
                items.remove(which.index(items.len()));
            }
            (Kind::Empty, Self::Object(members)) => members.clear(),
            (Kind::Empty, Self::List(items)) => items.clear(),
            (Kind::Add(name, text), Self::Object(members)) => {
                members.push((name.clone(), Self::Text(text.clone())));
            }
            (Kind::Repeat(which), Self::Object(members)) if !members.is_empty() => {
                members.push(members[which.index(members.len())].clone());
            }
            (Kind::Repeat(which), Self::List(items)) if !items.is_empty() => {
                items.push(items[which.index(items.len())].clone());
            }
            _ => {}
        }
    }

    /// The same members in another order, everywhere.
    pub(crate) fn turn(&mut self, by: usize) {
        match self {
            Self::Text(_) => {}
            Self::List(items) => items.iter_mut().for_each(|item| item.turn(by)),
            Self::Object(members) => {
                if by % 2 == 1 {
                    members.reverse();
                }
                let length = members.len().max(1);
                members.rotate_left(by / 2 % length);
                for (_, value) in members {
                    value.turn(by);
                }
            }
        }
    }

    /// Whether an object has a name twice.
    pub(crate) fn repeats_a_name(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::List(items) => items.iter().any(Self::repeats_a_name),
            Self::Object(members) => {
                let twice = |at: usize| members[..at].iter().any(|(name, _)| *name == members[at].0);
                (0..members.len()).any(twice) || members.iter().any(|(_, value)| value.repeats_a_name())
            }
        }
    }
}

/// The JSON text.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(members) => {
                let member = |(name, value): &(String, Self)| format!("{}:{value}", string(name));
                write!(f, "{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// A text as a JSON string.
pub(crate) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One change of a document.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    at: Index,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Replace(String),
    Drop(Index),
    Empty,
    Add(String, String),
    Repeat(Index),
}

/// An invoice with some changes.
pub(crate) fn changed_invoice() -> impl Strategy<Value = Node> {
    let invoice = prop::sample::select(&INVOICES[..]).prop_map(Node::read);
    (invoice, prop::collection::vec(change(), 0..4)).prop_map(|(mut invoice, changes)| {
        for change in &changes {
            invoice.change(change);
        }
        invoice
    })
}

fn change() -> impl Strategy<Value = Change> {
    let name = prop::sample::select(
        &["dueDate", "due_date", "Number", "number", "id", "tax", "", "a/b~c", "type"][..],
    );
    let kind = prop_oneof![
        6 => odd_text().prop_map(Kind::Replace),
        2 => any::<Index>().prop_map(Kind::Drop),
        1 => Just(Kind::Empty),
        2 => (name, odd_text()).prop_map(|(name, text)| Kind::Add(name.to_owned(), text)),
        1 => any::<Index>().prop_map(Kind::Repeat),
    ];
    (any::<Index>(), kind).prop_map(|(at, kind)| Change { at, kind })
}

/// JSON values of all kinds, most of them near the border between what the format takes and what it does not.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(&STRINGS[..]).prop_map(string),
        3 => prop::sample::select(&RAW[..]).prop_map(str::to_owned),
        1 => (prop::sample::select(&["x", "ñ", "\u{1F600}", " ", "\u{85}"][..]), long()).prop_map(|(c, n)| string(&c.repeat(n))),
        1 => "-?[0-9]{0,17}(\\.[0-9]{0,12})?".prop_map(|text| string(&text)),
        1 => "-?(0|[1-9][0-9]{0,16})(\\.[0-9]{1,12})?".prop_map(|text| text),
        1 => "[0-9]{4}-[0-9]{1,2}-[0-9]{2}".prop_map(|text| string(&text)),
        1 => any::<String>().prop_map(|text| string(&text)),
    ]
}

fn long() -> impl Strategy<Value = usize> {
    prop::sample::select(&[1, 3, 50, 51, 300, 301, 2_000, 2_001, 10_000, 10_001][..])
}

const STRINGS: [&str; 60] = [
    "",
    " ",
    "\t",
    "\n",
    "\u{85}",
    "\u{A0}",
    "\u{FEFF}",
    "\u{200B}",
    "\u{180E}",
    "\u{2028}",
    "\u{3000}",
    "x\u{85}",
    "\u{85}x",
    "a b",
    "a\u{A0}b",
    "a\u{FEFF}",
    "a\tb",
    "\u{0}",
    "a\u{7}",
    "a\u{7F}",
    "\u{1F}",
    "a\u{80}",
    "a\u{9F}",
    "1",
    "-0",
    "0.00",
    "1.",
    ".5",
    "01",
    "-",
    "--1",
    "1e3",
    "1.0000000000",
    "1.00000000000",
    "999999999999999",
    "1000000000000000",
    "9999",
    "10000",
    "1234.5",
    "+1",
    "1,5",
    " 1",
    "1 ",
    "１",
    "٣",
    "1.2.3",
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "2024-02-29",
    "2026-6-1",
    "2026-06-1\u{663}",
    "1.0",
    "usd",
    "USD",
    "USDX",
    "EC",
    "AE",
    "TOOL",
    "380",
];

const RAW: [&str; 31] = [
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[1]",
    "[null]",
    "[[]]",
    "{\"a\":1}",
    "{\"id\":\"1\"}",
    "{\"id\":\"1\",\"id\":\"2\"}",
    "0",
    "-0",
    "1",
    "1.50",
    "-1.5",
    "1e2",
    "1E-2",
    "0e0",
    "1.0000000000",
    "1.00000000000",
    "999999999999999",
    "1000000000000000",
    "12345",
    "1e300",
    "1e400",
    "18446744073709551616",
    "\"\\u0031\"",
    "\"\\u00e9\"",
    "\"\\\"\"",
    "\"2026-06-\\u0031\\u0031\"",
];
