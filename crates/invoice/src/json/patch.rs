//! JSON Patch (RFC 6902), on a text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::equality::same;
use super::pointer::{index, steps};
use super::read::{DEPTH_MAX, NODES_MAX};
use super::{Node, Tree};

/// One step of a suggested correction: an operation of JSON Patch (RFC 6902).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum PatchOp {
    /// Put a value where there is none.
    Add {
        /// JSON Pointer (RFC 6901) of the place.
        path: String,
        /// The value to put there.
        value: serde_json::Value,
    },
    /// Put a value in the place of another.
    Replace {
        /// JSON Pointer (RFC 6901) of the place.
        path: String,
        /// The value to put there.
        value: serde_json::Value,
    },
    /// Take a value away.
    Remove {
        /// JSON Pointer (RFC 6901) of the place.
        path: String,
    },
}

/// An operation of JSON Patch (RFC 6902), its value as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PatchStep {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: PatchVerb,
    /// JSON Pointer (RFC 6901) of the place.
    pub path: String,
    /// For `move` and `copy`: where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For `add`, `replace` and `test`.
    #[serde(default, deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
}

/// A value that is there, `null` included.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// The operations of JSON Patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "RFC 6902, section 4")]
pub enum PatchVerb {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// A step of a patch that does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchError {
    /// Which, from 0.
    pub step: usize,
    /// Its place.
    pub path: String,
    /// Whether it may apply, and the patch is more than is done at once.
    pub is_too_much: bool,
}

/// Says which step; of the place only that which is the patch's own.
impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} at {:?}", self.step + 1, self.path)
    }
}

/// Applies a patch: all of its steps in order, or it is an error.
pub fn apply<'t>(tree: &mut Tree<'t>, patch: &'t [PatchStep]) -> Result<(), PatchError> {
    let mut left = Left::of(tree);
    for (at, step) in patch.iter().enumerate() {
        tree.step(step, &mut left).ok_or_else(|| left.error(at, &step.path))?;
    }
    Ok(())
}

/// How much a patch may still do. Without an end to it, forty copies of the whole into itself fill any memory, and a few thousand
/// steps in an object of as many members take minutes.
struct Left {
    /// Values that may come in.
    nodes: usize,
    /// Bytes that may be copied.
    bytes: usize,
    /// Values that may be passed on the way to a place, or moved to make room there.
    work: usize,
    is_too_much: bool,
}

/// The most bytes that the copies of one patch have together.
pub(super) const COPIED_MAX: usize = 4 * 1024 * 1024;

/// The most values that one patch passes or moves. To replace a value in each of 10,000 lines takes most of it.
pub(super) const WORK_MAX: usize = 500_000;

/// What a step takes, whatever it does; and how many values are moved as quickly as one is compared.
pub(super) const STEP: usize = 10;
const MOVED: usize = 4;

impl Left {
    fn of(tree: &Tree<'_>) -> Self {
        let nodes = NODES_MAX.saturating_sub(tree.nodes);
        Self { nodes, bytes: COPIED_MAX, work: WORK_MAX, is_too_much: false }
    }

    /// Takes so much of what is left; `None` if it is not.
    fn spend(&mut self, nodes: usize, bytes: usize, work: usize) -> Option<()> {
        let left =
            (self.nodes.checked_sub(nodes), self.bytes.checked_sub(bytes), self.work.checked_sub(work));
        let (Some(nodes), Some(bytes), Some(work)) = left else {
            self.is_too_much = true;
            return None;
        };
        (self.nodes, self.bytes, self.work) = (nodes, bytes, work);
        Some(())
    }

    fn error(&self, step: usize, path: &str) -> PatchError {
        PatchError { step, path: path.to_owned(), is_too_much: self.is_too_much }
    }

    /// Looks at a value that goes to a place: it must not be nested deeper there than what can be read again, and printed.
    fn goes_to(&mut self, path: &[String], value: &Node<'_>, is_new: bool, is_copy: bool) -> Option<()> {
        let Size { nodes, bytes, depth } = value.size();
        if path.len() + depth > DEPTH_MAX {
            self.is_too_much = true;
            return None;
        }
        self.spend(if is_new { nodes } else { 0 }, if is_copy { bytes } else { 0 }, nodes)
    }

    /// Reads a value that comes in.
    fn value<'t>(&mut self, path: &[String], json: &'t str) -> Option<Node<'t>> {
        let Some(Tree { root, .. }) = Tree::read(json) else {
            // It was JSON when the request was read: it is too deep, or too much.
            self.is_too_much = true;
            return None;
        };
        self.goes_to(path, &root, true, false).map(|()| root)
    }
}

/// A value for a place.
#[derive(Debug)]
pub struct Put<'t> {
    /// JSON Pointer (RFC 6901) of the place.
    pub pointer: &'t str,
    /// The value, a JSON text.
    pub json: &'t str,
}

/// Puts values in their places: in the place of what is there, or beside it. The object or list around it must be there.
pub fn set<'t>(tree: &mut Tree<'t>, values: &[Put<'t>]) -> Result<(), PatchError> {
    let mut left = Left::of(tree);
    for (at, Put { pointer, json }) in values.iter().enumerate() {
        let mut put = |left: &mut Left| {
            let path = steps(pointer)?;
            left.spend(0, 0, tree.root.way(&path, true))?;
            let value = left.value(&path, json)?;
            match tree.root.get_mut(&path) {
                Some(there) => *there = value,
                None => tree.root.add(&path, value)?,
            }
            Some(())
        };
        put(&mut left).ok_or_else(|| left.error(at, pointer))?;
    }
    Ok(())
}

impl<'t> Tree<'t> {
    fn step(&mut self, step: &'t PatchStep, left: &mut Left) -> Option<()> {
        let path = steps(&step.path)?;
        let moves = !matches!(step.op, PatchVerb::Replace | PatchVerb::Test);
        left.spend(0, 0, self.root.way(&path, moves))?;
        let given = |left: &mut Left| left.value(&path, step.value.as_ref()?.get());
        let from = || steps(step.from.as_ref()?);
        match step.op {
            PatchVerb::Add => self.root.add(&path, given(left)?),
            PatchVerb::Remove => self.root.remove(&path).map(drop),
            PatchVerb::Replace => {
                *self.root.get_mut(&path)? = given(left)?;
                Some(())
            }
            PatchVerb::Move => {
                let from = from()?;
                left.spend(0, 0, self.root.way(&from, true))?;
                if path == from {
                    return self.root.get(&path).map(|_| ());
                }
                // A value cannot be moved into itself.
                if path.starts_with(&from) {
                    return None;
                }
                left.goes_to(&path, self.root.get(&from)?, false, false)?;
                let value = self.root.remove(&from)?;
                self.root.add(&path, value)
            }
            PatchVerb::Copy => {
                let from = from()?;
                left.spend(0, 0, self.root.way(&from, false))?;
                let value = self.root.get(&from)?;
                left.goes_to(&path, value, true, true)?;
                let value = value.clone();
                self.root.add(&path, value)
            }
            PatchVerb::Test => same(self.root.get(&path)?, &given(left)?).then_some(()),
        }
    }
}

/// How large a value is.
struct Size {
    /// The values in it, itself included.
    nodes: usize,
    /// Its text, and the names in it.
    bytes: usize,
    /// The levels of objects and lists.
    depth: usize,
}

impl Node<'_> {
    /// How many values are passed on the way to a place, those that have to move there included.
    fn way(&self, path: &[String], moves: bool) -> usize {
        let (Some((step, rest)), Self::Many(many)) = (path.split_first(), self) else { return STEP };
        let passed = if many.is_object { many.items.len() } else { 1 };
        let after = if moves && rest.is_empty() { many.items.len() / MOVED } else { 0 };
        let next = many.place(step).and_then(|at| many.items.get(at));
        passed + after + next.map_or(STEP, |item| item.node.way(rest, moves))
    }

    fn size(&self) -> Size {
        let many = match self {
            Self::Leaf(text) => return Size { nodes: 1, bytes: text.len(), depth: 0 },
            Self::Many(many) => many,
        };
        many.items.iter().fold(Size { nodes: 1, bytes: 2, depth: 1 }, |all, item| {
            let Size { nodes, bytes, depth } = item.node.size();
            let around = item.before.len() + item.name.len() + item.colon.len() + item.after.len() + 1;
            Size {
                nodes: all.nodes + nodes,
                bytes: all.bytes + bytes + around,
                depth: all.depth.max(depth + 1),
            }
        })
    }

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
