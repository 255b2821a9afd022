//! JSON Pointer (RFC 6901).

use super::{Many, Node};

/// The steps of a pointer; `None` if it is none.
pub(super) fn steps(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let is_whole = |step: &str| !step.replace("~0", "").replace("~1", "").contains('~');
    let plain = |step: &str| is_whole(step).then(|| step.replace("~1", "/").replace("~0", "~"));
    pointer.strip_prefix('/')?.split('/').map(plain).collect()
}

/// A name as a step of a pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// An index as RFC 6901 writes it: no sign, no leading zero.
pub(super) fn index(step: &str) -> Option<usize> {
    let is_index = step == "0" || !step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit());
    if is_index { step.parse().ok() } else { None }
}

impl Many<'_> {
    /// The place of the item that a step names; in a list it may be beyond the end.
    pub(super) fn place(&self, step: &str) -> Option<usize> {
        if self.is_object { self.find(step) } else { index(step) }
    }
}

impl<'t> Node<'t> {
    /// The value at the end of the steps.
    pub(super) fn get(&self, steps: &[String]) -> Option<&Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let Self::Many(many) = self else { return None };
        many.items.get(many.place(step)?)?.node.get(rest)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, steps: &[String]) -> Option<&mut Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let Self::Many(many) = self else { return None };
        let at = many.place(step)?;
        many.items.get_mut(at)?.node.get_mut(rest)
    }

    /// The object or list in which the last step is.
    pub(super) fn parent_mut<'s>(&mut self, steps: &'s [String]) -> Option<(&mut Many<'t>, &'s str)> {
        let (last, parents) = steps.split_last()?;
        match self.get_mut(parents)? {
            Self::Many(many) => Some((many, last)),
            Self::Leaf(_) => None,
        }
    }
}
