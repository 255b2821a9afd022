//! Taking a text apart.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Item, Many, Node, Tree};

/// The deepest nesting of objects and lists. The validator takes less.
pub(super) const DEPTH_MAX: usize = 128;

/// The most values of a text that is taken apart, which takes a hundred times the bytes of the shortest of them. An invoice of
/// 1 MiB, with ten thousand lines, has fewer.
pub(super) const NODES_MAX: usize = 131_072;

impl<'t> Tree<'t> {
    /// The JSON text in `text`; `None` if it is none, is nested too deeply, or holds more than [`NODES_MAX`] values.
    pub fn read(text: &'t str) -> Option<Self> {
        if !Self::is_json(text) {
            return None;
        }
        let mut reader = Reader { text, at: 0, nodes: 0 };
        let before = reader.blanks();
        let root = reader.node(0)?;
        let after = reader.blanks();
        Some(Self { before, root, after, nodes: reader.nodes })
    }

    /// Whether a text is JSON. A parser that is known to be right says so, and the reader of the tree can be simple.
    pub fn is_json(text: &str) -> bool {
        #[expect(
            clippy::disallowed_methods,
            reason = "not read, only looked over; the decoder judges the result"
        )]
        serde_json::from_str::<IgnoredAny>(text).is_ok()
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'t str {
        let from = self.at;
        while self.peek().is_some_and(&belongs) {
            self.at += 1;
        }
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn blanks(&mut self) -> &'t str {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// A text with its quotes.
    fn string(&mut self) -> &'t str {
        let from = self.at;
        self.at += 1;
        loop {
            self.take_while(|byte| byte != b'"' && byte != b'\\');
            match self.peek() {
                Some(b'\\') => self.at += 2,
                _ => break,
            }
        }
        self.at += 1;
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn node(&mut self, depth: usize) -> Option<Node<'t>> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return None;
        }
        match self.peek()? {
            b'"' => Some(Node::Leaf(Cow::Borrowed(self.string()))),
            b'{' | b'[' if depth == DEPTH_MAX => None,
            bracket @ (b'{' | b'[') => self.many(bracket == b'{', depth + 1).map(Node::Many),
            _ => {
                let is_end = |byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                Some(Node::Leaf(Cow::Borrowed(self.take_while(|byte| !is_end(byte)))))
            }
        }
    }

    fn many(&mut self, is_object: bool, depth: usize) -> Option<Many<'t>> {
        self.at += 1;
        let close = if is_object { b'}' } else { b']' };
        let mut items = Vec::new();
        let mut before = self.blanks();
        if self.take(close) {
            return Some(Many { is_object, items, blank: before });
        }
        loop {
            let (name, colon) = if is_object { (self.string(), self.colon()) } else { ("", "") };
            let node = self.node(depth)?;
            let after = self.blanks();
            let [before_it, name, colon, after] = [before, name, colon, after].map(Cow::Borrowed);
            items.push(Item { before: before_it, name, colon, node, after });
            if self.take(close) {
                return Some(Many { is_object, items, blank: "" });
            }
            if !self.take(b',') {
                return None;
            }
            before = self.blanks();
        }
    }

    fn colon(&mut self) -> &'t str {
        self.take_while(|byte| matches!(byte, b':' | b' ' | b'\t' | b'\n' | b'\r'))
    }
}

/// The string that a JSON text holds, if it is one.
pub fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    String::deserialize(&mut reader).ok().map(Cow::Owned)
}
