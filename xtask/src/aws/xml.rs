//! The little XML that the query protocol answers with: elements with text, without attributes that matter.

use std::fmt;

/// An element's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Xml(String);

impl Xml {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The content of the first element `name`, however deep.
    pub(super) fn first(&self, name: &str) -> Option<Self> {
        self.all(name).next()
    }

    /// The text of the first element `name`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(|element| unescape(element.0.trim()))
    }

    /// The contents of the elements `name`, in order. An element within one of its own name ends it: in AWS's answers
    /// that are read here there is none.
    pub(super) fn all<'x>(&'x self, name: &str) -> impl Iterator<Item = Self> + use<'x> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            let (_, after) = rest.split_once(&open)?;
            let (content, after) = after.split_once(&close)?;
            rest = after;
            Some(Self(content.to_owned()))
        })
    }
}

impl fmt::Display for Xml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim())
    }
}

fn unescape(text: &str) -> String {
    // The ampersand last, so that what it escapes is not unescaped twice.
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_order_and_their_text_is_unescaped() {
        let xml = Xml::new(
            "<Outputs><member><OutputKey>A</OutputKey></member><member><OutputKey>B &amp;lt; C</OutputKey></member></Outputs>"
                .to_owned(),
        );
        let keys: Vec<_> = xml.all("member").filter_map(|member| member.text("OutputKey")).collect();
        assert_eq!(keys, ["A", "B &lt; C"]);
        assert_eq!(xml.text("Missing"), None);
    }
}
