//! JSON Patch (RFC 6902), on a text.

use std::fmt;

use super::pointer::{index, steps};
use super::read::string;
use super::{Many, Node, Tree};
use crate::redrive::request::{PatchStep, PatchVerb};

/// A step of a patch that does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatchError {
    /// Which, from 0.
    pub(crate) step: usize,
    /// Its place.
    pub(crate) path: String,
}

/// Says which step; of the place only that which is the patch's own.
impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} at {:?}", self.step + 1, self.path)
    }
}

/// Applies a patch: all of its steps in order, or it is an error.
pub(crate) fn apply<'t>(tree: &mut Tree<'t>, patch: &'t [PatchStep]) -> Result<(), PatchError> {
    for (at, step) in patch.iter().enumerate() {
        tree.step(step).ok_or_else(|| PatchError { step: at, path: step.path.clone() })?;
    }
    Ok(())
}

/// A value for a place.
pub(crate) struct Put<'t> {
    pub(crate) pointer: &'t str,
    pub(crate) json: &'t str,
}

/// Puts values in their places: in the place of what is there, or beside it. The object or list around it must be there.
pub(crate) fn set<'t>(tree: &mut Tree<'t>, values: &[Put<'t>]) -> Result<(), PatchError> {
    for (at, Put { pointer, json }) in values.iter().enumerate() {
        let mut put = || {
            let path = steps(pointer)?;
            let value = value(json)?;
            match tree.root.get_mut(&path) {
                Some(there) => *there = value,
                None => tree.root.add(&path, value)?,
            }
            Some(())
        };
        put().ok_or_else(|| PatchError { step: at, path: (*pointer).to_owned() })?;
    }
    Ok(())
}

fn value(json: &str) -> Option<Node<'_>> {
    Tree::read(json).map(|tree| tree.root)
}

impl<'t> Tree<'t> {
    fn step(&mut self, step: &'t PatchStep) -> Option<()> {
        let path = steps(&step.path)?;
        let given = || value(step.value.as_ref()?.get());
        let from = || steps(step.from.as_ref()?);
        match step.op {
            PatchVerb::Add => self.root.add(&path, given()?),
            PatchVerb::Remove => self.root.remove(&path).map(drop),
            PatchVerb::Replace => {
                *self.root.get_mut(&path)? = given()?;
                Some(())
            }
            PatchVerb::Move => {
                let from = from()?;
                if path == from {
                    return self.root.get(&path).map(|_| ());
                }
                // A value cannot be moved into itself.
                if path.starts_with(&from) {
                    return None;
                }
                let value = self.root.remove(&from)?;
                self.root.add(&path, value)
            }
            PatchVerb::Copy => {
                let value = self.root.get(&from()?)?.clone();
                self.root.add(&path, value)
            }
            PatchVerb::Test => same(self.root.get(&path)?, &given()?).then_some(()),
        }
    }
}

impl Node<'_> {
    /// RFC 6902, 4.1: a member is replaced if it is there; an element is put before the one at that index.
    fn add(&mut self, path: &[String], value: Self) -> Option<()> {
        if path.is_empty() {
            *self = value;
            return Some(());
        }
        let (parent, step) = self.parent_mut(path)?;
        if !parent.is_object {
            let end = parent.items.len();
            let at = if step == "-" { end } else { index(step).filter(|at| *at <= end)? };
            parent.insert(at, None, value);
        } else if let Some(there) = parent.find(step).and_then(|at| parent.items.get_mut(at)) {
            there.node = value;
        } else {
            parent.insert(parent.items.len(), Some(step), value);
        }
        Some(())
    }

    fn remove(&mut self, path: &[String]) -> Option<Self> {
        let (parent, step) = self.parent_mut(path)?;
        let at = parent.place(step)?;
        parent.remove(at)
    }
}

/// RFC 6902, 4.6: the same texts, numbers of the same value, the same elements in order, the same members in any.
fn same(a: &Node<'_>, b: &Node<'_>) -> bool {
    match (a, b) {
        (Node::Leaf(a), Node::Leaf(b)) => match (string(a), string(b)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => a == b || number(a).is_some_and(|a| Some(a) == number(b)),
            _ => false,
        },
        (Node::Many(a), Node::Many(b)) => {
            a.is_object == b.is_object && a.items.len() == b.items.len() && same_items(a, b)
        }
        _ => false,
    }
}

fn same_items(a: &Many<'_>, b: &Many<'_>) -> bool {
    if !a.is_object {
        return a.items.iter().zip(&b.items).all(|(a, b)| same(&a.node, &b.node));
    }
    a.items.iter().all(|item| {
        let other = string(&item.name).and_then(|name| b.items.get(b.find(&name)?));
        other.is_some_and(|other| same(&item.node, &other.node))
    })
}

/// A number as sign, digits without zeros at either end, and the power of ten of the last of them.
fn number(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.trim_start_matches('0').is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let exponent: i64 = exponent.parse().ok()?;
    let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    Some((negative, significant.trim_start_matches('0').to_owned(), power))
}
