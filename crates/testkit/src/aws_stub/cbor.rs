//! JSON values in CBOR (RFC 8949).

use serde_json::Value;

/// The value in CBOR. A number becomes a double, and one named `Timestamp` a point in time.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let head = |major: u8, length: usize| vec![(major << 5) | 0x18, u8::try_from(length).unwrap()];
    match value {
        Value::Object(members) => members.iter().fold(head(5, members.len()), |mut bytes, (name, value)| {
            bytes.extend(encode(&Value::String(name.clone())));
            bytes.extend(if name == "Timestamp" { &[0xC1][..] } else { &[] });
            bytes.extend(encode(value));
            bytes
        }),
        Value::Array(items) => items.iter().fold(head(4, items.len()), |mut bytes, item| {
            bytes.extend(encode(item));
            bytes
        }),
        Value::String(text) => [&head(3, text.len())[..], text.as_bytes()].concat(),
        other => [&[0xFB][..], &other.as_f64().unwrap().to_be_bytes()].concat(),
    }
}
