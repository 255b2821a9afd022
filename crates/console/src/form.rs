//! The fields of a form or of an address.

use std::fmt;

use aduana_cases::message::CaseId;

/// The fields of a form or of a query, in their order.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The same, unless there are more than `max`.
    pub(crate) fn parse_bounded(bytes: &[u8], max: usize) -> Option<Self> {
        (bytes.split(|byte| *byte == b'&').nth(max).is_none()).then(|| Self::parse(bytes))
    }

    /// The first of that name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The first of that name, without blanks around it; `None` if nothing is left.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.first(name).map(str::trim).filter(|value| !value.is_empty())
    }

    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.pairs().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a box of that name is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// The ids under that name; what is none is left out.
    pub(crate) fn ids(&self, name: &str) -> Vec<CaseId> {
        self.all(name).filter_map(CaseId::parse).collect()
    }
}

/// Shows the names.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether an address is one of ours: a path, and no other host.
pub(crate) fn is_local(address: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    address.starts_with('/') && !address.starts_with("//") && address.bytes().all(is_plain)
}
