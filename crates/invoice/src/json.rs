//! JSON that keeps how it is written: digits, order, blanks, escapes.
//!
//! `serde_json`'s tree would not do: it reads 123456789012345678.99 as 123456789012345680, and sorts members. In a [`Tree`] every leaf is
//! the text that it was read from, and what stands between leaves is kept with them.
//!
//! - [`Tree`]: a text taken apart; [`apply`] and [`set`] change it, [`differences`] compares two.
//! - [`pointer`]: the places in a document; [`locate`]: where in a text they are.
//! - [`same_document`]: whether two texts hold the same document.

mod diff;
mod equality;
mod locate;
mod patch;
pub mod pointer;
mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

pub use diff::{Difference, Differences, differences};
pub use equality::{same_document, same_text};
pub use locate::{Place, break_in, locate};
pub use patch::{PatchError, PatchOp, PatchStep, PatchVerb, Put, apply, set};
pub use read::string;

/// A JSON text, taken apart.
#[derive(Debug, Clone)]
pub struct Tree<'t> {
    before: &'t str,
    root: Node<'t>,
    after: &'t str,
    /// How many values were read.
    nodes: usize,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Node<'t> {
    /// A text, a number, `true`, `false` or `null`, as it is written.
    Leaf(Cow<'t, str>),
    /// An object or a list.
    Many(Many<'t>),
}

/// An object or a list.
#[derive(Debug, Clone)]
pub struct Many<'t> {
    is_object: bool,
    items: Vec<Item<'t>>,
    /// The blanks in it if it has no items.
    blank: &'t str,
}

/// A member of an object, or an element of a list, with the blanks around it.
#[derive(Debug, Clone)]
struct Item<'t> {
    before: Cow<'t, str>,
    /// A member's name, quoted as it is written, and the colon with its blanks; both empty in a list.
    name: Cow<'t, str>,
    colon: Cow<'t, str>,
    node: Node<'t>,
    after: Cow<'t, str>,
}

impl<'t> Many<'t> {
    /// Whether it is an object.
    pub const fn is_object(&self) -> bool {
        self.is_object
    }

    /// Its values in their order, of an object each with its name.
    pub fn items(&self) -> impl ExactSizeIterator<Item = (Option<Cow<'_, str>>, &Node<'t>)> {
        self.items.iter().map(|item| (string(&item.name), &item.node))
    }

    /// The place of the item that a step of a pointer names; in a list it may be beyond the end.
    fn place(&self, step: &str) -> Option<usize> {
        if self.is_object { self.find(step) } else { pointer::index(step) }
    }

    /// The place of the member of that name: the last, where a name is there twice, as most readers take it.
    fn find(&self, name: &str) -> Option<usize> {
        self.items.iter().rposition(|item| item.is_named(name))
    }

    /// Puts an item at `at`, laid out as its neighbours are.
    fn insert(&mut self, at: usize, name: Option<&str>, node: Node<'t>) {
        let at = at.min(self.items.len());
        let name = name.map_or(Cow::Borrowed(""), |name| Cow::Owned(quoted(name)));
        let like = self.items.get(at).or(self.items.last());
        let colon = match (like, name.is_empty()) {
            (_, true) => Cow::Borrowed(""),
            (Some(like), false) => like.colon.clone(),
            (None, false) => Cow::Borrowed(":"),
        };
        let mut item = Item { before: Cow::Borrowed(""), name, colon, node, after: Cow::Borrowed("") };
        if let Some(like) = like {
            item.before.clone_from(&like.before);
            // The blanks before the closing bracket stay before it.
            if at == self.items.len()
                && let Some(last) = self.items.last_mut()
            {
                item.after = std::mem::take(&mut last.after);
            }
        }
        self.items.insert(at, item);
    }

    fn remove(&mut self, at: usize) -> Option<Node<'t>> {
        if at >= self.items.len() {
            return None;
        }
        let item = self.items.remove(at);
        if at == self.items.len()
            && let Some(last) = self.items.last_mut()
        {
            last.after = item.after;
        }
        self.blank = "";
        Some(item.node)
    }
}

impl<'t> Node<'t> {
    /// The value at the end of the steps.
    fn get(&self, steps: &[String]) -> Option<&Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let Self::Many(many) = self else { return None };
        many.items.get(many.place(step)?)?.node.get(rest)
    }

    /// The same, to be changed.
    fn get_mut(&mut self, steps: &[String]) -> Option<&mut Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let Self::Many(many) = self else { return None };
        let at = many.place(step)?;
        many.items.get_mut(at)?.node.get_mut(rest)
    }

    /// The object or list in which the last step is.
    fn parent_mut<'s>(&mut self, steps: &'s [String]) -> Option<(&mut Many<'t>, &'s str)> {
        let (last, parents) = steps.split_last()?;
        match self.get_mut(parents)? {
            Self::Many(many) => Some((many, last)),
            Self::Leaf(_) => None,
        }
    }
}

/// Members by their names: of each name the one that [`Many::find`] would find.
fn by_name<'n, 't>(items: &'n [Item<'t>]) -> HashMap<Cow<'n, str>, &'n Node<'t>> {
    let mut members = HashMap::with_capacity(items.len());
    members.extend(items.iter().filter_map(|item| Some((string(&item.name)?, &item.node))));
    members
}

impl Item<'_> {
    fn is_named(&self, name: &str) -> bool {
        string(&self.name).is_some_and(|own| own == name)
    }
}

/// As a JSON text writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'t> Tree<'t> {
    /// The whole.
    pub const fn root(&self) -> &Node<'t> {
        &self.root
    }

    /// The value at a JSON Pointer (RFC 6901), if there is one; of a name that is there twice the last.
    pub fn at(&self, pointer: &str) -> Option<&Node<'t>> {
        self.root.get(&pointer::steps(pointer)?)
    }
}

/// What stands in the place of a value that is not shown.
const MASK: &str = "\"***\"";

impl Tree<'_> {
    /// The same text with a mask in the place of every value.
    pub fn masked(&self) -> String {
        Masked(&self.root).to_string()
    }
}

/// The text: what was read, where nothing was changed.
impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.root, self.after)
    }
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f, |leaf| leaf)
    }
}

/// A value with a mask in the place of every leaf.
struct Masked<'n, 't>(&'n Node<'t>);

impl fmt::Display for Masked<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, f, |_| MASK)
    }
}

fn print<'n>(node: &'n Node<'_>, f: &mut fmt::Formatter<'_>, leaf: fn(&'n str) -> &'n str) -> fmt::Result {
    let Many { is_object, items, blank } = match node {
        Node::Leaf(text) => return f.write_str(leaf(text)),
        Node::Many(many) => many,
    };
    f.write_str(if *is_object { "{" } else { "[" })?;
    if items.is_empty() {
        f.write_str(blank)?;
    }
    let mut separator = "";
    for Item { before, name, colon, node, after } in items {
        // Not by `write!`: a body has ten thousands of these, and takes five times as long by it.
        for text in [separator, before, name, colon] {
            f.write_str(text)?;
        }
        print(node, f, leaf)?;
        f.write_str(after)?;
        separator = ",";
    }
    f.write_str(if *is_object { "}" } else { "]" })
}
