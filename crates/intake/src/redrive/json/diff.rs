//! What differs between two texts.

use serde_json::value::RawValue;

use super::pointer::escaped;
use super::read::string;
use super::{Item, Many, Masked, Node, Tree, by_name};
use crate::redrive::answer::Difference;

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
    let mut finder = Finder { found: Differences { listed: Vec::new(), count: 0 }, max, unmask, depth: 0 };
    finder.compare("", Some(&before.root), Some(&after.root));
    finder.found
}

struct Finder {
    found: Differences,
    max: usize,
    unmask: bool,
    /// How deep the values at hand are.
    depth: usize,
}

/// Down to this depth, values that are written alike are passed over as a whole: the document, its fields, their elements and
/// what is in those. Further down they have been looked at as often already.
const ALIKE_TO: usize = 4;

impl Finder {
    fn compare(&mut self, pointer: &str, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        self.depth += 1;
        self.compare_here(pointer, before, after);
        self.depth -= 1;
    }

    fn compare_here(&mut self, pointer: &str, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        match (before, after) {
            (Some(before), Some(after)) if is_same_leaf(before, after) => {}
            (Some(Node::Many(a)), Some(Node::Many(b))) if a.is_object == b.is_object => {
                if a.is_object {
                    self.members(pointer, a, b);
                } else {
                    self.elements(pointer, a, b);
                }
            }
            (None, None) => {}
            _ => self.note(pointer, before, after),
        }
    }

    fn members(&mut self, pointer: &str, before: &Many<'_>, after: &Many<'_>) {
        // A correction leaves most members as they are and where they are: of the rest alone the places are looked up.
        let (before, after) = self.unlike(&before.items, &after.items);
        let (there, here) = (by_name(before), by_name(after));
        for item in before {
            let Some(name) = string(&item.name) else { continue };
            let other = here.get(&name).copied();
            // Most are the same, and need no pointer.
            if other.is_some_and(|other| is_same_leaf(&item.node, other)) {
                continue;
            }
            self.compare(&format!("{pointer}/{}", escaped(&name)), Some(&item.node), other);
        }
        for item in after {
            let Some(name) = string(&item.name) else { continue };
            if !there.contains_key(&name) {
                self.compare(&format!("{pointer}/{}", escaped(&name)), None, Some(&item.node));
            }
        }
    }

    /// What is left of two lists of members without what both begin and end with.
    fn unlike<'n, 't>(
        &self,
        before: &'n [Item<'t>],
        after: &'n [Item<'t>],
    ) -> (&'n [Item<'t>], &'n [Item<'t>]) {
        let (mut before, mut after) = (before, after);
        while let (Some((a, rest)), Some((b, other_rest))) = (before.split_first(), after.split_first())
            && self.is_alike(a, b)
        {
            (before, after) = (rest, other_rest);
        }
        while let (Some((a, rest)), Some((b, other_rest))) = (before.split_last(), after.split_last())
            && self.is_alike(a, b)
        {
            (before, after) = (rest, other_rest);
        }
        (before, after)
    }

    fn is_alike(&self, a: &Item<'_>, b: &Item<'_>) -> bool {
        a.name == b.name
            && match (&a.node, &b.node) {
                (Node::Leaf(a), Node::Leaf(b)) => a == b,
                (a, b) => self.depth < ALIKE_TO && is_written_alike(a, b),
            }
    }

    fn elements(&mut self, pointer: &str, before: &Many<'_>, after: &Many<'_>) {
        for at in 0..before.items.len().max(after.items.len()) {
            let (a, b) = (before.items.get(at), after.items.get(at));
            if let (Some(a), Some(b)) = (a, b)
                && self.is_alike(a, b)
            {
                continue;
            }
            self.compare(&format!("{pointer}/{at}"), a.map(|item| &item.node), b.map(|item| &item.node));
        }
    }

    fn note(&mut self, pointer: &str, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
        self.found.count += 1;
        if self.found.listed.len() < self.max {
            let shown = |node: Option<&Node<'_>>| {
                raw(if self.unmask { node?.to_string() } else { Masked(node?).to_string() })
            };
            let (before, after) = (shown(before), shown(after));
            self.found.listed.push(Difference { pointer: pointer.to_owned(), before, after });
        }
    }
}

/// Whether both have the same members or elements in the same order, each written as the other.
fn is_written_alike(a: &Node<'_>, b: &Node<'_>) -> bool {
    match (a, b) {
        (Node::Leaf(a), Node::Leaf(b)) => a == b,
        (Node::Many(a), Node::Many(b)) => {
            a.is_object == b.is_object
                && a.items.len() == b.items.len()
                && a.items
                    .iter()
                    .zip(&b.items)
                    .all(|(a, b)| a.name == b.name && is_written_alike(&a.node, &b.node))
        }
        _ => false,
    }
}

fn is_same_leaf(a: &Node<'_>, b: &Node<'_>) -> bool {
    matches!((a, b), (Node::Leaf(a), Node::Leaf(b)) if a == b || is_same_text(a, b))
}

fn is_same_text(a: &str, b: &str) -> bool {
    string(a).is_some_and(|a| Some(a) == string(b))
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
