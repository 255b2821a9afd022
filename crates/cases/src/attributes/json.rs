//! A producer's attributes as one JSON text, and back.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::message::{Attribute, AttributeValue, CaseId};

/// One attribute: `{"name":…,"type":…,"value":…}` with text, or `{"name":…,"type":…,"base64":…}` with bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// Stands in `ProducerAttributes` when the attributes themselves do not fit.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InCaseFile {
    case_id: CaseId,
    attempt: u32,
}

/// `attributes` as a JSON array that SQS takes as a value.
pub fn to_json<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> String {
    let entries: Vec<Entry> = attributes
        .into_iter()
        .map(|Attribute { name, value }| {
            let (r#type, value, base64) = match value {
                AttributeValue::Text { data_type, value } => (data_type, Some(value.clone()), None),
                AttributeValue::Binary { data_type, value } => {
                    (data_type, None, Some(STANDARD.encode(value)))
                }
            };
            Entry { name: name.clone(), r#type: r#type.clone(), value, base64 }
        })
        .collect();
    // Strings in a list: there is nothing in it that JSON cannot say. Of what SQS refuses, JSON escapes all but these two.
    let json = serde_json::to_string(&entries).unwrap_or_default();
    json.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff")
}

/// Reads what [`to_json`] wrote.
pub fn from_json(json: &[u8]) -> Result<Vec<Attribute>, BadAttributes> {
    #[expect(clippy::disallowed_methods, reason = "our own attribute, not an invoice")]
    let entries: Vec<Entry> = serde_json::from_slice(json).map_err(|_| BadAttributes)?;
    entries
        .into_iter()
        .map(|Entry { name, r#type: data_type, value, base64 }| {
            let value = match (value, base64) {
                (Some(value), None) => AttributeValue::Text { data_type, value },
                (None, Some(base64)) => AttributeValue::Binary {
                    data_type,
                    value: STANDARD.decode(base64).map_err(|_| BadAttributes)?,
                },
                _ => return Err(BadAttributes),
            };
            Ok(Attribute { name, value })
        })
        .collect()
}

/// What says that the attributes are in the case file.
pub(super) fn in_case_file(case_id: &CaseId, attempt: u32) -> String {
    serde_json::json!({ "case_id": case_id, "attempt": attempt }).to_string()
}

/// The case and the attempt under which the attributes are in the case file, if that is what `json` says.
pub(super) fn read_in_case_file(json: &str) -> Option<(CaseId, u32)> {
    #[expect(clippy::disallowed_methods, reason = "our own attribute, not an invoice")]
    let InCaseFile { case_id, attempt } = serde_json::from_str(json).ok()?;
    Some((case_id, attempt))
}

/// A text that is not a producer's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadAttributes;

impl fmt::Display for BadAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("read the producer's attributes: not the JSON that was written")
    }
}

impl std::error::Error for BadAttributes {}
