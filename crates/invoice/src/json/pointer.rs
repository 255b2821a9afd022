//! JSON Pointer (RFC 6901): how a place in a document is written.

use std::borrow::Cow;
use std::fmt;

use super::string;

/// A name as a step of a pointer.
pub fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}

/// The name that a step of a pointer stands for. A `~` that begins no escape stays.
pub fn unescaped(step: &str) -> Cow<'_, str> {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~").into() } else { step.into() }
}

/// The names and indices of a pointer; `None` if it is none.
pub fn steps(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let is_whole = |step: &str| !step.replace("~0", "").replace("~1", "").contains('~');
    let name = |step: &str| is_whole(step).then(|| unescaped(step).into_owned());
    pointer.strip_prefix('/')?.split('/').map(name).collect()
}

/// An index as RFC 6901 writes it: no sign, no leading zero.
pub fn index(step: &str) -> Option<usize> {
    let is_index = step == "0" || !step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit());
    if is_index { step.parse().ok() } else { None }
}

/// A place on the way down through a document. It is written as a pointer only where somebody asks for it.
pub(crate) enum NodePath<'p> {
    Root,
    /// The member of that name of the object there.
    Name(&'p Self, &'p str),
    /// The same, by the name as a JSON text writes it, with its quotes.
    Quoted(&'p Self, &'p str),
    /// The element at that index of the list there.
    Index(&'p Self, usize),
}

/// The pointer.
impl fmt::Display for NodePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Name(above, name) => write!(f, "{above}/{}", escaped(name)),
            Self::Quoted(above, name) => write!(f, "{above}/{}", escaped(&string(name).unwrap_or_default())),
            Self::Index(above, index) => write!(f, "{above}/{index}"),
        }
    }
}
