//! What differs between two texts.

use serde_json::value::RawValue;

use super::pointer::escaped;
use super::read::string;
use super::{Many, Masked, Node, Tree};
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
    let mut finder = Finder { found: Differences { listed: Vec::new(), count: 0 }, max, unmask };
    finder.compare("", Some(&before.root), Some(&after.root));
    finder.found
}

struct Finder {
    found: Differences,
    max: usize,
    unmask: bool,
}

impl Finder {
    fn compare(&mut self, pointer: &str, before: Option<&Node<'_>>, after: Option<&Node<'_>>) {
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
        let (there, here) = (before.by_name(), after.by_name());
        for item in &before.items {
            let Some(name) = string(&item.name) else { continue };
            let other = here.get(&name).copied();
            // Most are the same, and need no pointer.
            if other.is_some_and(|other| is_same_leaf(&item.node, other)) {
                continue;
            }
            self.compare(&format!("{pointer}/{}", escaped(&name)), Some(&item.node), other);
        }
        for item in &after.items {
            let Some(name) = string(&item.name) else { continue };
            if !there.contains_key(&name) {
                self.compare(&format!("{pointer}/{}", escaped(&name)), None, Some(&item.node));
            }
        }
    }

    fn elements(&mut self, pointer: &str, before: &Many<'_>, after: &Many<'_>) {
        for at in 0..before.items.len().max(after.items.len()) {
            let (a, b) = (before.items.get(at), after.items.get(at));
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

fn is_same_leaf(a: &Node<'_>, b: &Node<'_>) -> bool {
    matches!((a, b), (Node::Leaf(a), Node::Leaf(b)) if a == b || is_same_text(a, b))
}

fn is_same_text(a: &str, b: &str) -> bool {
    string(a).is_some_and(|a| Some(a) == string(b))
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
