//! What differs between two texts.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::pointer::NodePath;
use super::{Item, Masked, Node, Tree, by_name, string};

/// A place that differs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Difference {
    /// JSON Pointer of the place.
    pub pointer: String,
    /// What stands there, masked or as it is written; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<RawValue>>,
    /// What would stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<RawValue>>,
}

/// Shows the place.
impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Difference({:?})", self.pointer)
    }
}

/// The places that differ.
#[derive(Debug)]
pub struct Differences {
    /// The first of them.
    pub listed: Vec<Difference>,
    /// How many there are.
    pub count: usize,
}

/// The places at which `after` is not written as `before` is, the first `max` with their values, masked or not. Order of members
/// and blanks do not count; how a number is written does.
pub fn differences(before: &Tree<'_>, after: &Tree<'_>, max: usize, unmask: bool) -> Differences {
    let mut finder = Finder { found: Differences { listed: Vec::new(), count: 0 }, max, unmask };
    finder.compare(&NodePath::Root, Some(&before.root), Some(&after.root));
    finder.found
}

struct Finder {
    found: Differences,
    max: usize,
    unmask: bool,
}

impl Finder {
    fn compare(&mut self, place: &NodePath<'_>, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        match (before, after) {
            (Some(Node::Leaf(a)), Some(Node::Leaf(b))) if a == b || is_same_text(a, b) => {}
            (Some(Node::Many(a)), Some(Node::Many(b))) if a.is_object == b.is_object => {
                if a.is_object {
                    self.members(place, &a.items, &b.items);
                } else {
                    self.elements(place, &a.items, &b.items);
                }
            }
            _ => self.note(place, before, after),
        }
    }

    fn members(&mut self, place: &NodePath<'_>, before: &[Item<'_>], after: &[Item<'_>]) {
        // A correction leaves most members as they are and where they are: of the rest alone the places are looked up.
        let (mut before, mut after) = (before, after);
        while let (Some((a, rest)), Some((b, other_rest))) = (before.split_first(), after.split_first())
            && is_pair(a, b)
        {
            self.pair(place, a, b);
            (before, after) = (rest, other_rest);
        }
        let (to_the_end, other_to_the_end) = (before, after);
        while let (Some((a, rest)), Some((b, other_rest))) = (before.split_last(), after.split_last())
            && is_pair(a, b)
        {
            (before, after) = (rest, other_rest);
        }
        let (there, here) = (by_name(before), by_name(after));
        for item in before {
            let other = string(&item.name).and_then(|name| here.get(&name).copied());
            self.compare(&NodePath::Quoted(place, &item.name), Some(&item.node), other);
        }
        for item in after {
            if string(&item.name).is_some_and(|name| !there.contains_key(&name)) {
                self.compare(&NodePath::Quoted(place, &item.name), None, Some(&item.node));
            }
        }
        for (a, b) in to_the_end.iter().skip(before.len()).zip(other_to_the_end.iter().skip(after.len())) {
            self.pair(place, a, b);
        }
    }

    fn pair(&mut self, place: &NodePath<'_>, a: &Item<'_>, b: &Item<'_>) {
        self.compare(&NodePath::Quoted(place, &a.name), Some(&a.node), Some(&b.node));
    }

    fn elements(&mut self, place: &NodePath<'_>, before: &[Item<'_>], after: &[Item<'_>]) {
        for at in 0..before.len().max(after.len()) {
            let (a, b) = (before.get(at), after.get(at));
            self.compare(&NodePath::Index(place, at), a.map(|item| &item.node), b.map(|item| &item.node));
        }
    }

    fn note(&mut self, place: &NodePath<'_>, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        self.found.count += 1;
        if self.found.listed.len() < self.max {
            let shown = |node: Option<&Node<'_>>| {
                raw(if self.unmask { node?.to_string() } else { Masked(node?).to_string() })
            };
            let (pointer, before, after) = (place.to_string(), shown(before), shown(after));
            self.found.listed.push(Difference { pointer, before, after });
        }
    }
}

/// Whether two members of the same name are written alike, or are both to be looked into.
fn is_pair(a: &Item<'_>, b: &Item<'_>) -> bool {
    a.name == b.name
        && match (&a.node, &b.node) {
            (Node::Leaf(a), Node::Leaf(b)) => a == b,
            (Node::Many(_), Node::Many(_)) => true,
            _ => false,
        }
}

fn is_same_text(a: &str, b: &str) -> bool {
    string(a).is_some_and(|a| Some(a) == string(b))
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
