//! A value of a JSON text as it can be shown, whatever its form. It is not judged here.

use aduana_invoice::json::{Node, string};

/// A value in one line, as a person reads it.
pub(crate) fn line(node: &Node<'_>) -> String {
    match node {
        Node::Leaf(written) => string(written).unwrap_or_else(|| written.as_ref().into()).into_owned(),
        Node::Many(many) if many.is_object() => "{…}".to_owned(),
        Node::Many(_) => "[…]".to_owned(),
    }
}

/// A text or a number as a person reads it, and anything else as JSON.
pub(crate) fn in_full(node: &Node<'_>) -> String {
    let Node::Many(many) = node else { return line(node) };
    let items = many.items().map(|(name, node)| match name {
        Some(name) => format!("{name}: {}", in_full(node)),
        None => in_full(node),
    });
    let items = items.collect::<Vec<_>>().join(", ");
    if many.is_object() { format!("{{{items}}}") } else { format!("[{items}]") }
}

#[cfg(test)]
mod tests {
    use aduana_invoice::json::Tree;

    use super::*;

    #[test]
    fn values_are_shown_as_they_are_written() {
        let text = r#"{"a/b": [1.50, "x\u0041", null], "n": 123456789012345678.99, "n2": {"k": true}}"#;
        let tree = Tree::read(text).unwrap();
        for (pointer, shown, full) in [
            ("/a~1b/0", "1.50", "1.50"),
            ("/a~1b/1", "xA", "xA"),
            ("/a~1b", "[…]", "[1.50, xA, null]"),
            ("/n", "123456789012345678.99", "123456789012345678.99"),
            ("/n2", "{…}", "{k: true}"),
            ("/n2/k", "true", "true"),
        ] {
            let node = tree.at(pointer).unwrap();
            assert_eq!((line(node).as_str(), in_full(node).as_str()), (shown, full), "{pointer}");
        }
        assert!(tree.at("/n2/none").is_none());
    }
}
