//! What differs between two texts.

use std::fmt;

use serde_json::value::RawValue;

use super::pointer::escaped;
use super::read::string;
use super::{Item, Masked, Node, Tree, by_name};
use crate::answer::Difference;

/// The places that differ.
pub(crate) struct Differences {
    /// The first of them.
    pub(crate) listed: Vec<Difference>,
    /// How many there are.
    pub(crate) count: usize,
}

/// The places at which `after` is not written as `before` is, the first `max` with their values, masked or not. Order of members
/// and blanks do not count; how a number is written does.
pub(crate) fn differences(before: &Tree<'_>, after: &Tree<'_>, max: usize, unmask: bool) -> Differences {
    let mut finder = Finder { found: Differences { listed: Vec::new(), count: 0 }, max, unmask };
    finder.compare(&Place::Whole, Some(&before.root), Some(&after.root));
    finder.found
}

/// Where the values at hand are. It is written as a pointer only where they differ: most are the same.
enum Place<'p> {
    Whole,
    /// The member of that name, quoted as it is written.
    Member(&'p Self, &'p str),
    Element(&'p Self, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Member(around, name) => {
                write!(f, "{around}/{}", escaped(&string(name).unwrap_or_default()))
            }
            Self::Element(around, at) => write!(f, "{around}/{at}"),
        }
    }
}

struct Finder {
    found: Differences,
    max: usize,
    unmask: bool,
}

impl Finder {
    fn compare(&mut self, place: &Place<'_>, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
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

    fn members(&mut self, place: &Place<'_>, before: &[Item<'_>], after: &[Item<'_>]) {
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
            self.compare(&Place::Member(place, &item.name), Some(&item.node), other);
        }
        for item in after {
            if string(&item.name).is_some_and(|name| !there.contains_key(&name)) {
                self.compare(&Place::Member(place, &item.name), None, Some(&item.node));
            }
        }
        for (a, b) in to_the_end.iter().skip(before.len()).zip(other_to_the_end.iter().skip(after.len())) {
            self.pair(place, a, b);
        }
    }

    fn pair(&mut self, place: &Place<'_>, a: &Item<'_>, b: &Item<'_>) {
        self.compare(&Place::Member(place, &a.name), Some(&a.node), Some(&b.node));
    }

    fn elements(&mut self, place: &Place<'_>, before: &[Item<'_>], after: &[Item<'_>]) {
        for at in 0..before.len().max(after.len()) {
            let (a, b) = (before.get(at), after.get(at));
            self.compare(&Place::Element(place, at), a.map(|item| &item.node), b.map(|item| &item.node));
        }
    }

    fn note(&mut self, place: &Place<'_>, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
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
