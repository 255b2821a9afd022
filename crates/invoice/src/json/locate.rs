//! Finds the places that JSON Pointers (RFC 6901) speak of, in the text of a document.
//!
//! One pass over the text finds them all, whatever the text holds: it need not be JSON to its end, nor UTF-8. What comes before
//! the first error is found.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::pointer::unescaped;
use super::string;

/// Deeper than any place of an invoice; beyond it the text is not followed.
const DEPTH: usize = 256;

/// Where a pointer leads to, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The value, if it is simple; if it is an object or an array, its key, or its opening bracket where it has none.
    pub range: Range<usize>,
    /// Whether the pointer's own value was found; otherwise the place is that of the nearest parent that is there.
    pub exact: bool,
}

/// The place of each of `pointers`, in their order; `None` where not even the document begins.
pub fn locate<'p>(text: &[u8], pointers: impl IntoIterator<Item = &'p str>) -> Vec<Option<Place>> {
    let mut wanted = Wanted::default();
    let nodes: Vec<usize> = pointers.into_iter().map(|pointer| wanted.add(pointer)).collect();
    Scanner { text, at: 0, wanted: &mut wanted }.scan();
    nodes.into_iter().map(|node| wanted.place(node)).collect()
}

/// The pointers as a tree; node 0 is the whole document.
struct Wanted {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    parent: Option<usize>,
    children: HashMap<String, usize>,
    found: Option<Range<usize>>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Wanted {
    fn add(&mut self, pointer: &str) -> usize {
        pointer.split('/').skip(1).fold(0, |parent, token| {
            let key = unescaped(token);
            if let Some(child) = self.child(Some(parent), &key) {
                return child;
            }
            let child = self.nodes.len();
            self.nodes.push(Node { parent: Some(parent), ..Node::default() });
            if let Some(node) = self.nodes.get_mut(parent) {
                node.children.insert(key.into_owned(), child);
            }
            child
        })
    }

    fn child(&self, node: Option<usize>, key: &str) -> Option<usize> {
        self.nodes.get(node?)?.children.get(key).copied()
    }

    /// Of a key that stands twice the last counts: it is the one too many.
    fn found(&mut self, node: Option<usize>, range: Range<usize>) {
        if let Some(node) = node.and_then(|node| self.nodes.get_mut(node)) {
            node.found = Some(range);
        }
    }

    fn place(&self, node: usize) -> Option<Place> {
        let mut exact = true;
        let mut next = self.nodes.get(node);
        while let Some(node) = next {
            if let Some(range) = node.found.clone() {
                return Some(Place { range, exact });
            }
            exact = false;
            next = node.parent.and_then(|parent| self.nodes.get(parent));
        }
        None
    }
}

/// An object or array that is open, and the node it stands for.
enum Open {
    Object(Option<usize>),
    Array(Option<usize>, usize),
}

/// What a value turned out to be.
enum Value {
    Simple,
    Opens(Open),
}

struct Scanner<'t, 'w> {
    text: &'t [u8],
    at: usize,
    wanted: &'w mut Wanted,
}

impl Scanner<'_, '_> {
    /// Runs over the text until its end, or until it is not JSON any more: `None` says no more than that.
    fn scan(&mut self) -> Option<()> {
        let mut open: Vec<Open> = Vec::new();
        let mut value = Some((Some(0), None));
        loop {
            // A value, then what follows it.
            if let Some((node, key)) = value.take()
                && let Value::Opens(opened) = self.value(node, key)?
            {
                open.push(opened);
                if open.len() > DEPTH {
                    return None;
                }
                if !self.skip(b'}') && !self.skip(b']') {
                    value = Some(self.member(open.last_mut()?)?);
                    continue;
                }
                open.pop();
            }
            if open.is_empty() {
                return Some(());
            }
            if self.skip(b',') {
                value = Some(self.member(open.last_mut()?)?);
            } else if self.skip(b'}') || self.skip(b']') {
                open.pop();
            } else {
                return None;
            }
        }
    }

    /// What stands before the next value in an open object or array: the node it is for, and the key's range.
    fn member(&mut self, open: &mut Open) -> Option<(Option<usize>, Option<Range<usize>>)> {
        match open {
            Open::Array(parent, index) => {
                let node = parent.and_then(|_| self.wanted.child(*parent, &index.to_string()));
                *index += 1;
                Some((node, None))
            }
            Open::Object(parent) => {
                self.blanks();
                let range = self.string()?;
                let node = match parent {
                    Some(_) => self.wanted.child(*parent, &key(self.text.get(range.clone())?)?),
                    None => None,
                };
                self.skip(b':').then_some((node, Some(range)))
            }
        }
    }

    /// Runs over a simple value, or into an object or array.
    fn value(&mut self, node: Option<usize>, key: Option<Range<usize>>) -> Option<Value> {
        self.blanks();
        let start = self.at;
        let opened = match *self.text.get(start)? {
            b'{' => Open::Object(node),
            b'[' => Open::Array(node, 0),
            b'"' => {
                // A string that never ends is still found, up to the end of its line.
                let range = self.string().unwrap_or_else(|| start..self.line_end(start));
                self.at = range.end;
                self.wanted.found(node, range);
                return Some(Value::Simple);
            }
            _ => {
                let rest = self.text.get(start..)?;
                let ends = |byte: &u8| {
                    byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']' | b':' | b'"')
                };
                self.at = start + rest.iter().position(ends).unwrap_or(rest.len());
                if self.at == start {
                    return None;
                }
                self.wanted.found(node, start..self.at);
                return Some(Value::Simple);
            }
        };
        self.at += 1;
        self.wanted.found(node, key.unwrap_or(start..start + 1));
        Some(Value::Opens(opened))
    }

    /// The range of the string that begins here, with its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if *self.text.get(start)? != b'"' {
            return None;
        }
        let mut at = start + 1;
        loop {
            match *self.text.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(start..self.at)
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        self.blanks();
        let here = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(here);
        here
    }
}

/// The key that `raw` is, with its quotes.
fn key(raw: &[u8]) -> Option<Cow<'_, str>> {
    match String::from_utf8_lossy(raw) {
        Cow::Borrowed(text) => string(text),
        Cow::Owned(text) => string(&text).map(|key| Cow::Owned(key.into_owned())),
    }
}

/// Where the text stops being JSON in UTF-8, if it does.
#[expect(
    clippy::disallowed_methods,
    reason = "only the place of the error is asked for, and every value ignored"
)]
pub fn break_in(text: &[u8]) -> Option<usize> {
    if let Err(error) = std::str::from_utf8(text) {
        return Some(error.valid_up_to());
    }
    let error = serde_json::from_slice::<serde::de::IgnoredAny>(text).err()?;
    let line_start = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    Some((line_start + error.column().saturating_sub(1)).min(text.len()))
}

#[cfg(test)]
mod tests;
