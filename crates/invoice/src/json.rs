//! JSON.

pub mod pointer;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

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

/// The string that a JSON text holds, if it is one.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    String::deserialize(&mut reader).ok().map(Cow::Owned)
}
